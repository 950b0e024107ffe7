import { nullTest, readColumns } from '../csv/parse-csv.ts';
import { cellText, splitCells } from '../csv/split-cells.ts';
import { quoted, writeDelimitedRows } from '../csv/write-csv.ts';
import { TableFormatError } from '../errors.ts';
import { parseJsonTable } from '../json/json-table.ts';
import { columnFromCells } from '../model/builder.ts';
import { type Cell, cellAt, type Column, type ColumnSpec } from '../model/column.ts';
import { sliceRows } from '../model/operations.ts';
import { makeTable, type Table, type TableMeta } from '../model/table.ts';
import { type TableWriter, writeThrough } from '../model/table-writer.ts';
import { ByteWriter } from '../text/byte-writer.ts';
import { concatBytes } from '../text/concat-bytes.ts';
import { formatFloat32, formatFloat64 } from '../text/format-number.ts';
import { formatEcsvHeader, parseEcsvHeader } from './ecsv-header.ts';

const COMPLEX = /^\(?\s*([+-]?(?:[\d.]+(?:e[+-]?\d+)?|nan|inf))?(?:([+-](?:[\d.]+(?:e[+-]?\d+)?|nan|inf))j)?\s*\)?$/i;

/**
 * Reads ECSV 1.0: types, units, descriptions and metadata from the YAML header; lists (`subtype: float64[3]`, `int64[null]`) as array columns.
 *
 * Objects and ragged arrays stay JSON text.
 *
 * @throws {TableFormatError} if the header or a cell is not as the format wants it.
 * @see Astropy Proposal for Enhancement 6, https://github.com/astropy/astropy-APEs/blob/main/APE6.rst
 */
export function parseEcsv(bytes: Uint8Array): Table {
  const { lines, end } = headerLines(bytes);
  const header = parseEcsvHeader(lines);
  const body = bytes.subarray(end);
  const cells = splitCells(body, {
    delimiter: header.delimiter.charCodeAt(0),
    comment: 35,
    collapse: header.delimiter === ' ',
    maxColumns: 20_000,
    format: 'ecsv',
  });
  const names = Array.from({ length: cells.columns }, (_, i) => cellText(cells, i));
  const wanted = header.columns.map((column) => column.spec.name);
  if (cells.rows === 0 || names.join('\n') !== wanted.join('\n'))
    throw new TableFormatError(`the row of names must be ${wanted.join(', ').slice(0, 200)}; found ${names.join(', ').slice(0, 200)}`, {
      details: { format: 'ecsv' },
    });
  // Empty text is null in ECSV, quoted or not.
  const isNull = nullTest(cells, []);
  const missing = (index: number): boolean => isNull(index) || cells.starts[index] === cells.ends[index];
  const specs = header.columns.map((column): ColumnSpec =>
    column.json || isComplex(column.spec) ? { ...column.spec, datatype: 'string', shape: [] } : column.spec,
  );
  const raw = readColumns({ cells, firstRow: 1, specs, isNull: missing, format: 'ecsv', meta: header.meta });
  const columns = raw.columns.map((column, i) => {
    const { spec, json } = header.columns[i];
    return json ? fromJson(column, spec) : isComplex(spec) ? fromComplexText(column, spec) : column;
  });
  return { ...makeTable(columns, header.meta), nrows: raw.nrows };
}

function isComplex(spec: ColumnSpec): boolean {
  return spec.datatype === 'complex64' || spec.datatype === 'complex128';
}

function headerLines(bytes: Uint8Array): { lines: string[]; end: number } {
  const lines: string[] = [];
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const decoder = new TextDecoder();
  while (bytes[at] === 35) {
    const stop = bytes.indexOf(10, at);
    const end = stop < 0 ? bytes.length : stop;
    const line = decoder.decode(bytes.subarray(at + 1, end)).replace(/\r$/, '');
    lines.push(line.startsWith(' ') ? line.slice(1) : line);
    at = end + 1;
  }
  return { lines, end: Math.min(at, bytes.length) };
}

/** A column of JSON texts as a column of arrays, through the exact JSON reader. */
function fromJson(column: Column, spec: ColumnSpec): Column {
  const texts = column.data as readonly string[];
  const rows = texts.map((text, row) => (column.nulls?.[row] ? '[null]' : `[${text}]`));
  const { name, datatype, shape = [] } = spec;
  const matrix = `{"metadata":[${JSON.stringify({ name, datatype, shape })}],"data":[${rows.join(',')}]}`;
  const [parsed] = parseJsonTable(new TextEncoder().encode(matrix)).columns;
  return { ...parsed, ...spec, shape };
}

function fromComplexText(column: Column, spec: ColumnSpec): Column {
  const cells = (column.data as readonly string[]).map((text, row): Cell => {
    if (column.nulls?.[row]) return null;
    const match = COMPLEX.exec(text.trim());
    if (!match)
      throw new TableFormatError(`column "${spec.name}" holds complex numbers like 1+2j; found "${text.slice(0, 60)}" (row ${row})`, {
        details: { format: 'ecsv', column: spec.name, row },
      });
    const number = (part: string | undefined): number =>
      part === undefined ? 0 : Number(part.replace(/inf/i, 'Infinity').replace(/^[+-]?nan$/i, 'NaN'));
    return { re: number(match[1]), im: number(match[2]) };
  });
  return columnFromCells(spec, cells);
}

/** Writes ECSV 1.0. Null and empty text are both written as `""`, as the format has one for both. */
export function writeEcsv(table: Table, options: { readonly delimiter?: ' ' | ',' } = {}): Uint8Array {
  return concatBytes(writeThrough(new EcsvWriter(table, options), table, sliceRows));
}

/** {@link writeEcsv} batch by batch. */
export class EcsvWriter implements TableWriter {
  readonly #columns: readonly ColumnSpec[];
  readonly #meta: TableMeta;
  readonly #delimiter: string;
  readonly #out: ByteWriter = new ByteWriter();

  constructor(
    table: { readonly columns: readonly ColumnSpec[]; readonly meta?: TableMeta },
    options: { readonly delimiter?: ' ' | ',' } = {},
  ) {
    this.#columns = table.columns;
    this.#meta = table.meta ?? {};
    this.#delimiter = options.delimiter ?? ',';
  }

  start(): Uint8Array {
    this.#out.text(formatEcsvHeader(this.#columns, this.#meta, this.#delimiter));
    this.#out.text(`${this.#columns.map((column) => quoted(column.name, this.#delimiter)).join(this.#delimiter)}\n`);
    return this.#out.take();
  }

  rows(batch: Table): Uint8Array {
    writeDelimitedRows(this.#out, batch.columns.map(complexAsText), this.#delimiter);
    return this.#out.take();
  }

  finish(): Uint8Array {
    return new Uint8Array(0);
  }
}

/** Complex numbers as Python writes them. */
function complexAsText(column: Column): Column {
  if (!isComplex(column) || column.shape.length > 0) return column;
  const format = column.datatype === 'complex64' ? formatFloat32 : formatFloat64;
  const part = (value: number): string => format(value).replace('NaN', 'nan').replace('Inf', 'inf').replace('+inf', 'inf');
  const rows = column.data.length / 2;
  const data = Array.from({ length: rows }, (_, row) => {
    const cell = cellAt(column, row) as { re: number; im: number } | null;
    if (cell === null) return '';
    const im = part(cell.im);
    return `${part(cell.re)}${im.startsWith('-') ? '' : '+'}${im}j`;
  });
  return { ...column, datatype: 'string', data };
}
