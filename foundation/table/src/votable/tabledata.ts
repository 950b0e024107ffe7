import { NumberSyntax } from '../text/parse-number.ts';
import type { XmlScanner } from '../xml/scanner.ts';
import { Base64Decoder } from './base64.ts';
import { BinaryDamage, BinaryRowDecoder } from './binary-rows.ts';
import { readCellText, type TextCell } from '../intake/cell-text.ts';

const LT = 60;
const AMP = 38;
const ENCODER = new TextEncoder();

export interface TabledataOptions {
  /** `throw` on a cell that does not fit its type, or make it `null`. */
  readonly onBadCell: 'throw' | 'null';
  /** Row number of the table's first row still in the columns, for messages. */
  readonly rowBase: number;
}

/**
 * Reads rows from where the scanner stands, inside TABLEDATA, until the bytes or the rows run out.
 *
 * The plain spellings `<TR>`, `<TD>`, `</TD>`, `<TD/>`, `</TR>` are read from the bytes; everything else (prefixes, attributes,
 * comments, CDATA, entities) goes through the scanner. A row cut off by the end of the bytes is dropped and read again.
 *
 * @returns `done` after `</TABLEDATA>`, `more` where bytes are wanted, `full` after `maxRows` rows.
 */
export function readRows(
  scanner: XmlScanner,
  cells: readonly TextCell[],
  maxRows: number,
  options: TabledataOptions,
): 'done' | 'more' | 'full' {
  let rows = cells[0]?.sink.rows ?? 0;
  for (;;) {
    if (rows >= maxRows) return 'full';
    const row = nextRowStart(scanner);
    if (row !== 'row') return row;
    const start = scanner.at;
    const rowStart = rowStartOf(scanner, start);
    const marks = cells.map((cell) => cell.sink.values);
    if (!readRow(scanner, cells, options)) {
      for (const [i, cell] of cells.entries()) cell.sink.rewind(rows, marks[i]);
      scanner.at = rowStart;
      return 'more';
    }
    rows++;
  }
}

/** Where the `<TR>` before `at` begins: always the plain tag, put there by nextRowStart or by the scanner. */
function rowStartOf(scanner: XmlScanner, at: number): number {
  return scanner.bytes.lastIndexOf(LT, at - 1);
}

/** Moves past the next `<TR>`. */
function nextRowStart(scanner: XmlScanner): 'row' | 'done' | 'more' {
  const { bytes } = scanner;
  let { at } = scanner;
  while (at < bytes.length && bytes[at] <= 32) at++;
  scanner.at = at;
  if (bytes[at] === LT && bytes[at + 1] === 84 && bytes[at + 2] === 82 && bytes[at + 3] === 62) {
    scanner.at = at + 4;
    return 'row';
  }
  for (;;) {
    const token = scanner.next();
    if (token.kind === 'more') return 'more';
    if (token.kind === 'start' && token.name === 'TR' && !token.selfClosing) return 'row';
    if (token.kind === 'end' && token.name === 'TABLEDATA') return 'done';
    if (token.kind === 'text' && token.text.trim() === '') continue;
    scanner.fail(`expected <TR> or </TABLEDATA>; found ${describe(token)}`);
  }
}

/** Reads cells up to and with `</TR>`; false where the bytes end first. */
function readRow(scanner: XmlScanner, cells: readonly TextCell[], options: TabledataOptions): boolean {
  const { bytes } = scanner;
  let { at } = scanner;
  const count = cells.length;
  for (let column = 0; column < count; column++) {
    const cell = cells[column];
    while (bytes[at] <= 32) at++;
    // <TD>
    if (bytes[at] === LT && bytes[at + 1] === 84 && bytes[at + 2] === 68 && bytes[at + 3] === 62) {
      const start = at + 4;
      let end = start;
      let c = bytes[end];
      while (c !== LT && c !== AMP && c !== undefined) c = bytes[++end];
      // </TD>
      if (c === LT && bytes[end + 1] === 47 && bytes[end + 2] === 84 && bytes[end + 3] === 68 && bytes[end + 4] === 62) {
        putCell(scanner, cell, bytes, start, end, options);
        at = end + 5;
        continue;
      }
      scanner.at = start;
      if (!readSlowCell(scanner, cell, options, false)) return false;
      ({ at } = scanner);
      continue;
    }
    // <TD/>
    if (bytes[at] === LT && bytes[at + 1] === 84 && bytes[at + 2] === 68 && bytes[at + 3] === 47 && bytes[at + 4] === 62) {
      readCellText(cell, bytes, at, at);
      at += 5;
      continue;
    }
    scanner.at = at;
    const opened = nextCellStart(scanner);
    if (opened === 'more') return false;
    if (opened === 'end') {
      // A short row ends in nulls, as services that omit trailing empty cells mean it.
      for (let rest = column; rest < count; rest++) cells[rest].sink.endNullRow();
      return true;
    }
    if (opened === 'empty') readCellText(cell, bytes, at, at);
    else if (!readSlowCell(scanner, cell, options, opened === 'base64')) return false;
    ({ at } = scanner);
  }
  scanner.at = at;
  return endRow(scanner, options, cells);
}

function endRow(scanner: XmlScanner, options: TabledataOptions, cells: readonly TextCell[]): boolean {
  const { bytes } = scanner;
  let { at } = scanner;
  while (bytes[at] <= 32) at++;
  if (bytes[at] === LT && bytes[at + 1] === 47 && bytes[at + 2] === 84 && bytes[at + 3] === 82 && bytes[at + 4] === 62) {
    scanner.at = at + 5;
    return true;
  }
  scanner.at = at;
  for (;;) {
    const token = scanner.next();
    if (token.kind === 'more') return false;
    if (token.kind === 'end' && token.name === 'TR') return true;
    if (token.kind === 'text' && token.text.trim() === '') continue;
    const row = options.rowBase + (cells[0]?.sink.rows ?? 1) - 1;
    return scanner.fail(`expected </TR> after ${cells.length} cells; found ${describe(token)} (row ${row})`, { row });
  }
}

/** Moves past the next start of a TD. */
function nextCellStart(scanner: XmlScanner): 'cell' | 'base64' | 'empty' | 'end' | 'more' {
  for (;;) {
    const token = scanner.next();
    if (token.kind === 'more') return 'more';
    if (token.kind === 'text' && token.text.trim() === '') continue;
    if (token.kind === 'end' && token.name === 'TR') return 'end';
    if (token.kind === 'start' && token.name === 'TD') {
      const encoding = token.attributes['encoding'] ?? 'none';
      if (encoding !== 'none' && encoding !== 'base64') scanner.fail(`the encoding of a TD must be base64; found "${encoding}"`);
      return token.selfClosing ? 'empty' : encoding === 'base64' ? 'base64' : 'cell';
    }
    scanner.fail(`expected <TD> or </TR>; found ${describe(token)}`);
  }
}

/** A cell with comments, CDATA or entities; false where the bytes end first. */
function readSlowCell(scanner: XmlScanner, cell: TextCell, options: TabledataOptions, isBase64: boolean): boolean {
  let text = '';
  for (;;) {
    const token = scanner.next();
    if (token.kind === 'more') return false;
    if (token.kind === 'text') text += token.text;
    else if (token.kind === 'end' && token.name === 'TD') break;
    else scanner.fail(`expected text or </TD>; found ${describe(token)}`);
  }
  const bytes = ENCODER.encode(text);
  if (isBase64) putBase64Cell(scanner, cell, bytes, options);
  else putCell(scanner, cell, bytes, 0, bytes.length, options);
  return true;
}

function putCell(scanner: XmlScanner, cell: TextCell, bytes: Uint8Array, start: number, end: number, options: TabledataOptions): void {
  try {
    readCellText(cell, bytes, start, end);
  } catch (error) {
    if (!(error instanceof NumberSyntax)) throw error;
    if (options.onBadCell === 'null') {
      cell.sink.endNullRow();
      return;
    }
    const { name, datatype, shape = [] } = cell.sink.spec;
    const text = new TextDecoder().decode(bytes.subarray(start, Math.min(end, start + 60)));
    const row = options.rowBase + cell.sink.rows;
    scanner.fail(
      `column "${name}" holds ${datatype}${shape.length > 0 ? ` of shape [${shape.join(', ')}]` : ''}; found "${text}" (row ${row})`,
      {
        column: name,
        row,
      },
    );
  }
}

/** A cell in the binary form of its type (VOTable 1.0 to 1.2). */
function putBase64Cell(scanner: XmlScanner, cell: TextCell, text: Uint8Array, options: TabledataOptions): void {
  const { sink } = cell;
  const row = sink.rows;
  const binary = new BinaryRowDecoder([sink], false);
  const bytes = new Base64Decoder().push(text, 0, text.length);
  try {
    if (bytes?.length === 0) sink.endNullRow();
    else if (bytes) binary.push(bytes, row + 1);
  } catch (error) {
    if (!(error instanceof BinaryDamage)) throw error;
  }
  if (sink.rows === row + 1 && binary.pending === 0) return;
  const at = options.rowBase + row;
  scanner.fail(`column "${sink.spec.name}" must hold one ${sink.spec.datatype} cell in base64; found something else (row ${at})`, {
    column: sink.spec.name,
    row: at,
  });
}

function describe(token: { readonly kind: string; readonly name?: string; readonly text?: string }): string {
  if (token.kind === 'eof') return 'the end of the document';
  if (token.kind === 'text') return `text "${(token.text ?? '').trim().slice(0, 40)}"`;
  return `<${token.kind === 'end' ? '/' : ''}${token.name}>`;
}
