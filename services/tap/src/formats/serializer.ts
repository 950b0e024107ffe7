import { type Cell, cellAt, type Column, type ColumnSpec, type Table, type TableMeta, VotableWriter } from '@almagest/table';
import type { FormatName } from './response-format.ts';

/** How a result ended. */
export interface ResultEnd {
  /** True if the query had more rows than were allowed. */
  readonly overflow: boolean;
  /** A failure after rows had been sent. */
  readonly error?: string;
}

/** Turns a result into bytes batch by batch, in bounded memory where the format allows it. */
export interface ResultSerializer {
  start(): Uint8Array;
  rows(batch: Table): Uint8Array;
  finish(end: ResultEnd): Uint8Array | Promise<Uint8Array>;
}

export interface ResultHead {
  readonly columns: readonly ColumnSpec[];
  readonly meta?: TableMeta;
  /** Written into the document where it has a place for such. */
  readonly query?: string;
}

export function createSerializer(format: FormatName, head: ResultHead): ResultSerializer {
  switch (format) {
    case 'votable':
    case 'votable/b2':
      return votableSerializer(head, 'BINARY2');
    case 'votable/td':
      return votableSerializer(head, 'TABLEDATA');
    case 'csv':
      return textSerializer(head, ',');
    case 'tsv':
      return textSerializer(head, '\t');
    case 'json':
      return jsonSerializer(head);
  }
}

function votableSerializer(head: ResultHead, format: 'BINARY2' | 'TABLEDATA'): ResultSerializer {
  const infos = [{ name: 'QUERY_STATUS', value: 'OK' }, ...(head.query === undefined ? [] : [{ name: 'QUERY', value: head.query }])];
  const writer = new VotableWriter(
    {
      columns: head.columns,
      ...(head.meta ? { meta: head.meta } : {}),
      document: { version: '1.4', resources: [{ type: 'results', infos, tables: [] }] },
    },
    { format, version: '1.4' },
  );
  return {
    start: () => writer.start(),
    rows: (batch) => writer.rows(batch),
    finish: ({ overflow, error }) => {
      if (error !== undefined) return writer.finish([{ name: 'QUERY_STATUS', value: 'ERROR', text: error }]);
      return writer.finish(overflow ? [{ name: 'QUERY_STATUS', value: 'OVERFLOW' }] : []);
    },
  };
}

const encoder = new TextEncoder();

/** @see RFC 4180; the first line has the names */
function textSerializer({ columns }: ResultHead, separator: ',' | '\t'): ResultSerializer {
  const line = (cells: readonly string[]): string => `${cells.join(separator)}\r\n`;
  const quote = (text: string): string =>
    separator === '\t' ? text.replaceAll(/[\t\r\n]/g, ' ') : /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  return {
    start: () => encoder.encode(line(columns.map((column) => quote(column.name)))),
    rows: (batch) => {
      let text = '';
      for (let row = 0; row < batch.nrows; row++) text += line(batch.columns.map((column) => quote(cellText(column, row))));
      return encoder.encode(text);
    },
    finish: ({ overflow, error }) =>
      encoder.encode(error === undefined ? (overflow ? '# OVERFLOW\r\n' : '') : `# ERROR ${error.replaceAll(/[\r\n]+/g, ' ')}\r\n`),
  };
}

function cellText(column: Column, row: number): string {
  const cell = cellAt(column, row);
  if (cell === null || Number.isNaN(cell)) return '';
  return typeof cell === 'object' ? Array.from(cell as ArrayLike<number>, String).join(' ') : String(cell);
}

/** `{"metadata": [...], "data": [[...]], "overflow": false}`; integers beyond 2^53 are strings so that no digit is lost. */
function jsonSerializer({ columns }: ResultHead): ResultSerializer {
  let first = true;
  return {
    start: () => encoder.encode(`{"metadata":${JSON.stringify(columns)},"data":[`),
    rows: (batch) => {
      let text = '';
      for (let row = 0; row < batch.nrows; row++) {
        text += `${first ? '' : ','}\n${JSON.stringify(batch.columns.map((column) => jsonCell(cellAt(column, row))))}`;
        first = false;
      }
      return encoder.encode(text);
    },
    finish: ({ overflow, error }) =>
      encoder.encode(`\n],"overflow":${overflow}${error === undefined ? '' : `,"error":${JSON.stringify(error)}`}}\n`),
  };
}

function jsonCell(cell: Cell): unknown {
  if (typeof cell === 'bigint') return Number.isSafeInteger(Number(cell)) ? Number(cell) : String(cell);
  if (typeof cell === 'number') return Number.isFinite(cell) ? cell : null;
  if (cell !== null && typeof cell === 'object' && 'length' in cell) return Array.from(cell as ArrayLike<Cell>, jsonCell);
  return cell;
}
