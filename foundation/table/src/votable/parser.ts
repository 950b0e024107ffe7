import { TableFormatError, TableLimitError, UnsupportedTableError } from '../errors.ts';
import type { ColumnSpec } from '../model/column.ts';
import { makeTable, type Table, type TableMeta } from '../model/table.ts';
import type { XmlElement } from '../xml/element.ts';
import { XmlScanner, type XmlToken } from '../xml/scanner.ts';
import { Base64Decoder } from './base64.ts';
import { BinaryDamage, BinaryRowDecoder } from './binary-rows.ts';
import { textCell, type TextCell } from '../intake/cell-text.ts';
import type { VotableDocument } from './document.ts';
import { parseField } from './field.ts';
import { parseDocument, parseTableMeta } from './parse-document.ts';
import { ColumnSink, MemoryBudget } from '../intake/column-sink.ts';
import { readRows } from './tabledata.ts';

export interface VotableReadOptions {
  /** Rows per batch; all rows of a table in one batch by default. */
  readonly batchRows?: number;
  /** What a cell that does not fit its type does: `throw` (default), or become `null`. */
  readonly onBadCell?: 'throw' | 'null';
  /** Meaning of datatype names that are not of the standard: `{ mytype: 'int' }`. */
  readonly datatypes?: Readonly<Record<string, string>>;
  /** Most columns of one table (default 20 000). */
  readonly maxColumns?: number;
  /** Most rows of one table (default: no limit). */
  readonly maxRows?: number;
}

/** What a document yields while it is read. */
export type VotableEvent =
  /** A table begins; its rows follow. */
  | { readonly kind: 'table'; readonly index: number; readonly columns: readonly ColumnSpec[]; readonly meta: TableMeta }
  /** Some rows of the table begun last. */
  | { readonly kind: 'rows'; readonly index: number; readonly rows: Table }
  /** A FITS serialization, as bytes of the FITS file. */
  | { readonly kind: 'fits'; readonly index: number; readonly bytes: Uint8Array; readonly extnum: number }
  /** The whole tree, with the tables' rows where they were read as one batch. */
  | { readonly kind: 'document'; readonly document: VotableDocument };

interface MutableElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

interface OpenTable {
  readonly element: MutableElement;
  readonly index: number;
  readonly sinks: readonly ColumnSink[];
  readonly cells: readonly TextCell[];
  readonly parts: Table[];
  rowBase: number;
}

const MAX_DEPTH = 64;
const MAX_ELEMENTS = 1_000_000;
const ENCODING = /^<\?xml[^>]*encoding\s*=\s*["']([\w.-]+)["']/;

/**
 * Reads a VOTable from bytes that arrive in pieces: `push` each piece, then `finish`.
 *
 * Versions 1.0 to 1.5; TABLEDATA, BINARY and BINARY2. Nothing outside the document is fetched.
 */
export class VotableParser {
  readonly #options: VotableReadOptions;
  readonly #scanner: XmlScanner = new XmlScanner();
  readonly #budget: MemoryBudget = new MemoryBudget();
  readonly #stack: MutableElement[] = [];
  readonly #tables: Map<XmlElement, Table> = new Map();
  readonly #values: Map<string, XmlElement> = new Map();
  readonly #tablesById: Map<string, XmlElement> = new Map();
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #transcoder: TextDecoder | undefined;
  #sawStart = false;
  #elements = 0;
  #tableCount = 0;
  #table: OpenTable | undefined;
  #inRows = false;
  #base64: Base64Decoder | undefined;
  #binary: BinaryRowDecoder | undefined;
  #fits: Uint8Array[] | undefined;
  #finished = false;

  constructor(options: VotableReadOptions = {}) {
    this.#options = options;
  }

  /** Reads as far as the bytes go. The piece is adopted. */
  *push(piece: Uint8Array): Generator<VotableEvent> {
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
    this.#budget.sawInput(piece.length);
    if (!this.#sawStart && this.#waitingBytes < 256) return;
    if (this.#waitingBytes + this.#scanner.pending < this.#scanner.wanted) return;
    this.#feed();
    yield* this.#advance();
  }

  /** Reads the rest. @throws {TableFormatError} if the document is not complete. */
  *finish(): Generator<VotableEvent> {
    this.#feed();
    this.#scanner.ended = true;
    yield* this.#advance();
    if (!this.#finished) this.#scanner.fail('the document ends before </VOTABLE>');
  }

  #feed(): void {
    if (this.#waiting.length === 0) return;
    let joined = this.#waiting.length === 1 ? this.#waiting[0] : concatBytes(this.#waiting, this.#waitingBytes);
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
    if (!this.#sawStart) {
      this.#sawStart = true;
      const encoding = detectEncoding(joined);
      if (encoding) this.#transcoder = new TextDecoder(encoding);
      if (joined[0] === 0xef && joined[1] === 0xbb && joined[2] === 0xbf) joined = joined.subarray(3);
    }
    if (this.#transcoder) joined = new TextEncoder().encode(this.#transcoder.decode(joined, { stream: true }));
    this.#scanner.feed(joined);
  }

  *#advance(): Generator<VotableEvent> {
    for (;;) {
      if (this.#inRows) {
        const state = yield* this.#advanceRows();
        if (state === 'more') return;
        continue;
      }
      if (this.#base64 && this.#scanner.bytes[this.#scanner.at] !== 60) {
        if (this.#scanner.pending === 0) {
          if (this.#scanner.ended) this.#scanner.fail('the document ends inside a STREAM');
          return;
        }
        yield* this.#advanceStream(this.#base64);
        continue;
      }
      const token = this.#scanner.next();
      if (token.kind === 'more') return;
      if (token.kind === 'eof') return;
      yield* this.#take(token);
    }
  }

  *#take(token: XmlToken): Generator<VotableEvent> {
    if (token.kind === 'text') {
      const top = this.#stack.at(-1);
      if (top) top.text += token.text;
      else if (token.text.trim() !== '') this.#scanner.fail('text outside the document element');
    } else if (token.kind === 'start') {
      yield* this.#open(token.name, token.attributes);
      if (token.selfClosing && !this.#inRows) yield* this.#close(token.name);
      else if (token.selfClosing) {
        this.#inRows = false;
        yield* this.#close(token.name);
      }
    } else if (token.kind === 'end') yield* this.#close(token.name);
  }

  *#open(name: string, attributes: Readonly<Record<string, string>>): Generator<VotableEvent> {
    if (this.#finished) this.#scanner.fail(`expected the end after </VOTABLE>; found <${name}>`);
    if (this.#stack.length === 0 && name !== 'VOTABLE') this.#scanner.fail(`the document element must be VOTABLE; found <${name}>`);
    if (this.#stack.length >= MAX_DEPTH) this.#limit('depth', this.#stack.length + 1, MAX_DEPTH);
    if (++this.#elements > MAX_ELEMENTS) this.#limit('elements', this.#elements, MAX_ELEMENTS);
    const element: MutableElement = { name, attributes, children: [], text: '' };
    this.#stack.at(-1)?.children.push(element);
    this.#stack.push(element);
    if (name === 'VALUES' && attributes['ID'] !== undefined) this.#values.set(attributes['ID'], element);
    const parent = this.#stack.at(-2)?.name;
    if (name === 'DATA' && parent === 'TABLE') yield* this.#openTable(this.#stack.at(-2) as MutableElement);
    else if (name === 'TABLEDATA' && this.#table) this.#inRows = true;
    else if (name === 'STREAM') this.#openStream(parent ?? '', attributes);
  }

  *#openTable(element: MutableElement): Generator<VotableEvent> {
    if (element.attributes['ID'] !== undefined) this.#tablesById.set(element.attributes['ID'], element);
    const own = element.children.filter((child) => child.name === 'FIELD');
    // A table without fields may have those of another one.
    const model = own.length === 0 ? this.#tablesById.get(element.attributes['ref'] ?? '') : undefined;
    const fields = model ? model.children.filter((child) => child.name === 'FIELD') : own;
    const maximum = this.#options.maxColumns ?? 20_000;
    if (fields.length > maximum) this.#limit('columns', fields.length, maximum);
    const specs = fields.map((field) =>
      parseField(field, { valuesById: this.#values, ...(this.#options.datatypes ? { datatypes: this.#options.datatypes } : {}) }),
    );
    const sinks = specs.map((spec) => new ColumnSink(spec, this.#budget));
    this.#table = { element, index: this.#tableCount++, sinks, cells: sinks.map(textCell), parts: [], rowBase: 0 };
    yield { kind: 'table', index: this.#table.index, columns: specs, meta: parseTableMeta(element) };
  }

  #openStream(parent: string, attributes: Readonly<Record<string, string>>): void {
    const { href, encoding } = attributes;
    if (href !== undefined)
      throw new UnsupportedTableError(`the rows are in another file, ${href.slice(0, 200)}; fetch it and read it by its own format`, {
        details: { format: 'votable' },
      });
    if (!this.#table || !['BINARY', 'BINARY2', 'FITS'].includes(parent))
      this.#scanner.fail(`STREAM must be inside BINARY, BINARY2 or FITS; found it inside ${parent}`);
    if (encoding !== 'base64')
      this.#scanner.fail(`the encoding of a STREAM inside the document must be base64; found ${encoding ?? 'none'}`);
    this.#base64 = new Base64Decoder();
    if (parent === 'FITS') this.#fits = [];
    else this.#binary = new BinaryRowDecoder(this.#table.sinks, parent === 'BINARY2');
  }

  *#advanceRows(): Generator<VotableEvent, 'more' | 'on'> {
    const table = this.#table as OpenTable;
    if (table.cells.length === 0) {
      this.#inRows = false;
      return this.#scanner.pending > 0 ? 'on' : 'more';
    }
    const state = readRows(this.#scanner, table.cells, this.#batchRows(), {
      onBadCell: this.#options.onBadCell ?? 'throw',
      rowBase: table.rowBase,
    });
    if (state === 'more') {
      if (this.#scanner.ended) this.#scanner.fail('the document ends inside TABLEDATA');
      yield* this.#flush(table, false);
      return 'more';
    }
    yield* this.#flush(table, state === 'done');
    if (state === 'done') {
      this.#inRows = false;
      yield* this.#close('TABLEDATA');
    }
    return 'on';
  }

  *#advanceStream(decoder: Base64Decoder): Generator<VotableEvent> {
    const scanner = this.#scanner;
    const tag = scanner.bytes.indexOf(60, scanner.at);
    const end = tag < 0 ? scanner.bytes.length : tag;
    // One decoded piece at a time, so that a batch does not need the whole stream in memory twice.
    const stop = Math.min(end, scanner.at + 4 * 1024 * 1024);
    const bytes = decoder.push(scanner.bytes, scanner.at, stop);
    if (!bytes) scanner.fail('a STREAM holds characters that are not base64');
    scanner.at = stop;
    if (this.#fits) {
      this.#fits.push(bytes as Uint8Array);
      return;
    }
    const table = this.#table as OpenTable;
    const binary = this.#binary as BinaryRowDecoder;
    if (table.sinks.length === 0) return;
    try {
      let full = binary.push(bytes as Uint8Array, this.#batchRows());
      while (full) {
        yield* this.#flush(table, false);
        full = binary.push(new Uint8Array(0), this.#batchRows());
      }
    } catch (error) {
      if (!(error instanceof BinaryDamage)) throw error;
      const row = table.rowBase + (table.sinks[0]?.rows ?? 0);
      scanner.fail(`${error.message} (column "${error.column}", row ${row})`, { column: error.column, row });
    }
  }

  *#close(name: string): Generator<VotableEvent> {
    const element = this.#stack.pop();
    if (!element || element.name !== name) this.#scanner.fail(`expected </${element?.name ?? 'VOTABLE'}>; found </${name}>`);
    if (name === 'STREAM' && this.#base64) yield* this.#closeStream();
    else if (name === 'DATA' && this.#table) {
      const table = this.#table;
      yield* this.#flush(table, true);
      this.#table = undefined;
    } else if (name === 'TABLE' && !this.#tables.has(element as XmlElement)) {
      yield* this.#openTable(element as MutableElement);
      yield* this.#flush(this.#table as unknown as OpenTable, true);
      this.#table = undefined;
    }
    if (this.#stack.length > 0) return;
    this.#finished = true;
    yield {
      kind: 'document',
      document: parseDocument(element as XmlElement, (table) => ({ ...(this.#tables.get(table) as Table), meta: parseTableMeta(table) })),
    };
  }

  *#closeStream(): Generator<VotableEvent> {
    const table = this.#table as OpenTable;
    const left = this.#binary?.pending ?? 0;
    if (left > 0 || !this.#base64?.complete)
      this.#scanner.fail(`a STREAM ends inside a row: ${left} bytes are left over (row ${table.rowBase + (table.sinks[0]?.rows ?? 0)})`);
    if (this.#fits) {
      const size = this.#fits.reduce((sum, part) => sum + part.length, 0);
      const fitsElement = this.#stack.at(-1);
      yield {
        kind: 'fits',
        index: table.index,
        bytes: concatBytes(this.#fits, size),
        extnum: Number(fitsElement?.attributes['extnum'] ?? 1),
      };
    }
    this.#base64 = undefined;
    this.#binary = undefined;
    this.#fits = undefined;
  }

  /** Hands the rows over: in batches, or at the table's end as one. */
  *#flush(table: OpenTable, last: boolean): Generator<VotableEvent> {
    const rows = table.sinks[0]?.rows ?? 0;
    const { maxRows, batchRows } = this.#options;
    if (maxRows !== undefined && table.rowBase + rows > maxRows) this.#limit('rows', table.rowBase + rows, maxRows);
    const full = batchRows !== undefined && rows >= batchRows;
    if (full || last) {
      if (rows > 0 || (last && batchRows === undefined && table.rowBase === 0)) {
        const columns = table.sinks.map((sink) => sink.take());
        const part = makeTable(columns, parseTableMeta(table.element));
        table.rowBase += rows;
        if (batchRows === undefined) table.parts.push(part);
        yield { kind: 'rows', index: table.index, rows: part };
      }
    }
    if (last) this.#tables.set(table.element, table.parts[0] ?? makeTable(table.sinks.map((sink) => sink.take())));
  }

  #batchRows(): number {
    return this.#options.batchRows ?? Number.MAX_SAFE_INTEGER;
  }

  #limit(limit: string, value: number, maximum: number): never {
    throw new TableLimitError(`a VOTable may have at most ${maximum} ${limit}; found ${value} (line ${this.#scanner.line()})`, {
      details: { limit, value, maximum },
    });
  }
}

function detectEncoding(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  const declared = ENCODING.exec(head)?.[1]?.toLowerCase();
  if (declared === undefined || declared === 'utf-8' || declared === 'us-ascii' || declared === 'ascii' || declared === 'utf8')
    return undefined;
  try {
    return new TextDecoder(declared).encoding;
  } catch {
    throw new TableFormatError(`the document's encoding must be one that is known; found "${declared}"`, {
      details: { format: 'votable' },
    });
  }
}

function concatBytes(parts: readonly Uint8Array[], size: number): Uint8Array {
  const joined = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
