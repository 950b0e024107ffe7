import { TableFormatError, TableLimitError } from '../errors.ts';

/** Where the cells of a delimited text lie, row after row. */
export interface SplitCells {
  readonly bytes: Uint8Array;
  readonly columns: number;
  readonly rows: number;
  /** First byte of cell `row * columns + column`, inside its quotes. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** 1 for a quoted cell, 3 for one with doubled quotes inside. */
  readonly quoted: Uint8Array;
}

export interface SplitOptions {
  readonly delimiter: number;
  /** Lines that begin with this byte are skipped. */
  readonly comment?: number;
  /** Runs of the delimiter count as one, as in ECSV with blanks. */
  readonly collapse?: boolean;
  readonly maxColumns: number;
  readonly format: string;
}

const QUOTE = 34;
const CR = 13;
const LF = 10;

/**
 * Finds the cells of a delimited text (RFC 4180: quotes around cells, doubled inside; CR LF, LF or CR end a row).
 *
 * Blank lines are skipped in tables of more than one column. A short row ends in empty cells.
 *
 * @throws {TableFormatError} if a row has more cells than the first, or a quote does not end.
 */
export function splitCells(bytes: Uint8Array, options: SplitOptions): SplitCells {
  const { delimiter, comment, format } = options;
  const n = bytes.length;
  if (n >= 2 ** 32 - 1)
    throw new TableLimitError('a delimited text must have less than 4 GiB; read it in parts', {
      details: { limit: 'bytes', value: n, maximum: 2 ** 32 - 1 },
    });
  let capacity = 4096;
  let starts = new Uint32Array(capacity);
  let ends = new Uint32Array(capacity);
  let quoted = new Uint8Array(capacity);
  let count = 0;
  let columns = 0;
  let row = 0;
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;

  while (at < n) {
    const first = bytes[at];
    if (comment !== undefined && first === comment) {
      while (at < n && bytes[at] !== LF && bytes[at] !== CR) at++;
      while (at < n && (bytes[at] === LF || bytes[at] === CR)) at++;
      continue;
    }
    if ((first === LF || first === CR) && columns !== 1) {
      at++;
      continue;
    }
    let cells = 0;
    for (let inRow = true; inRow;) {
      if (options.collapse) while (bytes[at] === delimiter) at++;
      let start = at;
      let end: number;
      let flag = 0;
      if (bytes[at] === QUOTE) {
        flag = 1;
        start = ++at;
        for (;;) {
          end = bytes.indexOf(QUOTE, at);
          if (end < 0) throw new TableFormatError(`a quoted cell does not end (row ${row})`, { details: { format, row, offset: start } });
          if (bytes[end + 1] !== QUOTE) break;
          flag = 3;
          at = end + 2;
        }
        at = end + 1;
        if (delimiter !== 32) while (at < n && bytes[at] === 32) at++;
        if (at < n && bytes[at] !== delimiter && bytes[at] !== LF && bytes[at] !== CR)
          throw new TableFormatError(`a quoted cell must be followed by a delimiter or the end of the row (row ${row})`, {
            details: { format, row, offset: at },
          });
      } else {
        while (at < n && bytes[at] !== delimiter && bytes[at] !== LF && bytes[at] !== CR) at++;
        end = at;
      }
      if (count === capacity) {
        capacity *= 2;
        starts = copyInto(new Uint32Array(capacity), starts);
        ends = copyInto(new Uint32Array(capacity), ends);
        quoted = copyInto(new Uint8Array(capacity), quoted);
      }
      starts[count] = start;
      ends[count] = end;
      quoted[count++] = flag;
      cells++;
      if (cells > options.maxColumns)
        throw new TableLimitError(`a table may have at most ${options.maxColumns} columns`, {
          details: { limit: 'columns', value: cells, maximum: options.maxColumns },
        });
      if (options.collapse) {
        let next = at;
        while (bytes[next] === delimiter) next++;
        if (next >= n || bytes[next] === LF || bytes[next] === CR) at = next;
      }
      if (at < n && bytes[at] === delimiter) at++;
      else inRow = false;
    }
    if (bytes[at] === CR && bytes[at + 1] === LF) at += 2;
    else at++;
    if (columns === 0) columns = cells;
    if (cells > columns)
      throw new TableFormatError(`a row must have ${columns} cells like the first; found ${cells} (row ${row})`, {
        details: { format, row },
      });
    for (; cells < columns; cells++) {
      if (count === capacity) {
        capacity *= 2;
        starts = copyInto(new Uint32Array(capacity), starts);
        ends = copyInto(new Uint32Array(capacity), ends);
        quoted = copyInto(new Uint8Array(capacity), quoted);
      }
      starts[count] = at;
      ends[count] = at;
      quoted[count++] = 0;
    }
    row++;
  }
  return { bytes, columns, rows: row, starts, ends, quoted };
}

function copyInto<T extends Uint32Array | Uint8Array>(target: T, source: T): T {
  target.set(source);
  return target;
}

const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

/** Text of one cell. */
export function cellText(cells: SplitCells, index: number): string {
  const text = DECODER.decode(cells.bytes.subarray(cells.starts[index], cells.ends[index]));
  return cells.quoted[index] === 3 ? text.replaceAll('""', '"') : text;
}
