import { NotInFileError } from '../errors.ts';
import type { PixelArray } from '../image/pixels.ts';
import type { ColumnFormat } from './column-format.ts';

/** Values of a column, all cells one after the other; strings are one a cell (or one an inner cell). */
export type ColumnValues = PixelArray | readonly string[];

/** One column of a table in memory. */
export interface FitsColumn {
  readonly name: string;
  /** As stored; for ASCII tables the nearest binary format. */
  readonly format: ColumnFormat;
  /**
   * Physical values: integers stay integers (unsigned where the standard's TZERO convention says so, 64-bit ones as bigint arrays),
   * scaled ones are doubles, logicals and bits are 0 or 1, complex numbers are pairs.
   */
  readonly values: ColumnValues;
  /** Shape of a cell in C order; [] for one value a cell. Strings have it without their characters. */
  readonly cellShape: readonly number[];
  /** Variable-length arrays: cell i is `values` from `offsets[i]` to `offsets[i + 1]` (in numbers, so pairs for complex). */
  readonly offsets?: Float64Array;
  /** 1 where an element is undefined (TNULL, or a null logical); absent where none can be. */
  readonly nulls?: Uint8Array;
  readonly unit: string | undefined;
  readonly ucd: string | undefined;
  readonly description: string | undefined;
  readonly display: string | undefined;
}

export interface FitsTable {
  readonly rows: number;
  readonly columns: readonly FitsColumn[];
}

export interface ReadTableOptions {
  /** Names of the columns to read, in this order and without regard to case; all without it. */
  readonly columns?: readonly string[];
  /** Half-open range of rows. */
  readonly rows?: readonly [start: number, stop: number];
  /** Most bytes the result may take; 16 GiB unless told. */
  readonly maxBytes?: number;
}

export const MAX_TABLE_BYTES: number = 2 ** 34;

/** A column by name, without regard to case. @throws {NotInFileError} */
export function getColumn(table: FitsTable, name: string): FitsColumn {
  return findByName(table.columns, name);
}

/** Finds a described column by exact name, then without regard to case. @throws {NotInFileError} */
export function findByName<T extends { readonly name: string }>(columns: readonly T[], name: string, hdu?: number): T {
  const lower = name.toLowerCase();
  const found = columns.find((column) => column.name === name) ?? columns.find((column) => column.name.toLowerCase() === lower);
  if (found === undefined) throw new NotInFileError(`no column "${name}"; the table has ${columns.map((c) => c.name).join(', ')}`, { hdu });
  return found;
}

/** Checks a range of rows. @throws {NotInFileError} */
export function checkRows(range: ReadTableOptions['rows'], rows: number, hdu: number): readonly [number, number] {
  const [start, stop] = range ?? [0, rows];
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(stop) || start < 0 || stop < start || stop > rows)
    throw new NotInFileError(`rows [${start}, ${stop}) must lie in a table of ${rows} rows`, { hdu });
  return [start, stop];
}

/** Cells of a variable-length column, or rows of a fixed one, as arrays for display; not for large tables. */
export function cellOf(column: FitsColumn, row: number): string | number | bigint | boolean | null | readonly unknown[] {
  const width = column.cellShape.reduce((product, length) => product * length, 1) * (/[CM]/.test(column.format.code) ? 2 : 1);
  const start = column.offsets ? column.offsets[row] : row * width;
  const stop = column.offsets ? column.offsets[row + 1] : start + width;
  const items: (string | number | bigint | boolean | null)[] = [];
  for (let i = start; i < stop; i++) {
    const value = column.values[i];
    items.push(column.nulls?.[i] ? null : column.format.code === 'L' ? value === 1 : value);
  }
  return column.offsets === undefined && column.cellShape.length === 0 && items.length === 1 ? items[0] : items;
}
