import { cellRange, type Column, type ColumnSpec, isNullAt, rowCount } from '../model/column.ts';
import { sliceRows } from '../model/operations.ts';
import type { Table } from '../model/table.ts';
import { type TableWriter, writeThrough } from '../model/table-writer.ts';
import { ByteWriter } from '../text/byte-writer.ts';
import { concatBytes } from '../text/concat-bytes.ts';
import { jsonCell } from '../text/json-cell.ts';

export interface CsvWriteOptions {
  /** One character between cells (default comma). */
  readonly delimiter?: string;
  /** False leaves the row of names out. */
  readonly header?: boolean;
}

/** Writes delimited text; nulls are empty cells, empty text is `""`, arrays and complex numbers are JSON. */
export function writeCsv(table: Table, options: CsvWriteOptions = {}): Uint8Array {
  return concatBytes(writeThrough(new CsvWriter(table, options), table, sliceRows));
}

/** {@link writeCsv} batch by batch. */
export class CsvWriter implements TableWriter {
  readonly #columns: readonly ColumnSpec[];
  readonly #delimiter: string;
  readonly #header: boolean;
  readonly #out: ByteWriter = new ByteWriter();

  constructor(table: { readonly columns: readonly ColumnSpec[] }, options: CsvWriteOptions = {}) {
    this.#columns = table.columns;
    this.#delimiter = options.delimiter ?? ',';
    this.#header = options.header ?? true;
  }

  start(): Uint8Array {
    if (!this.#header) return new Uint8Array(0);
    this.#out.text(`${this.#columns.map((column) => quoted(column.name, this.#delimiter)).join(this.#delimiter)}\n`);
    return this.#out.take();
  }

  rows(batch: Table): Uint8Array {
    writeDelimitedRows(this.#out, batch.columns, this.#delimiter);
    return this.#out.take();
  }

  finish(): Uint8Array {
    return new Uint8Array(0);
  }
}

/** Rows as delimited text. */
export function writeDelimitedRows(out: ByteWriter, columns: readonly Column[], delimiter: string): void {
  const count = columns.length === 0 ? 0 : rowCount(columns[0]);
  const separator = delimiter.charCodeAt(0);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < columns.length; i++) {
      if (i > 0) out.byte(separator);
      const column = columns[i];
      if (isNullAt(column, row)) {
        if (delimiter === ' ') out.text('""');
      } else writeCell(out, column, row, delimiter);
    }
    out.byte(10);
  }
}

function writeCell(out: ByteWriter, column: Column, row: number, delimiter: string): void {
  const { datatype, data } = column;
  if (column.shape.length > 0) {
    const [start, end] = cellRange(column, row);
    out.text(quoted(jsonCell(column, start, end), delimiter));
    return;
  }
  switch (datatype) {
    case 'string':
      out.text(quoted(data[row] as string, delimiter));
      return;
    case 'boolean':
      out.text(data[row] === 0 ? 'False' : 'True');
      return;
    case 'float64':
    case 'float32': {
      const value = data[row] as number;
      if (!Number.isFinite(value)) out.text(Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf');
      else if (datatype === 'float64') out.float64(value);
      else out.float32(value);
      return;
    }
    case 'int64':
    case 'uint64':
      out.text(String(data[row]));
      return;
    case 'complex64':
    case 'complex128':
      out.text(quoted(jsonCell(column, row, row + 1), delimiter));
      return;
    default:
      out.integer(data[row] as number);
  }
}

/** Text in quotes where it needs them. */
export function quoted(text: string, delimiter: string): string {
  const needs =
    text === '' ||
    text.includes(delimiter) ||
    text.includes('"') ||
    text.includes('\n') ||
    text.includes('\r') ||
    text.startsWith('#') ||
    text !== text.trim();
  return needs ? `"${text.replaceAll('"', '""')}"` : text;
}
