import { TableShapeError } from '../errors.ts';
import { type BigIntArray, type ColumnData, DATA_TYPES, type DataType, type NumberArray } from './datatype.ts';

/** Plain data that survives JSON. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** What a column says of itself, apart from its values. */
export interface ColumnMeta {
  /** Unit in VOUnits or FITS spelling; kept as written. */
  readonly unit?: string;
  readonly ucd?: string;
  readonly utype?: string;
  /** DALI extended type, such as `timestamp` or `point`. */
  readonly xtype?: string;
  readonly description?: string;
  /** XML identifier. */
  readonly id?: string;
  /** Identifier of a coordinate or time system, or of another element. */
  readonly ref?: string;
  /** Characters of a string of fixed length; absent where strings vary in length. */
  readonly charLength?: number;
  /** How VOTable spells the type, where it has two names for one: `bit` (boolean), `unicodeChar` (string). */
  readonly votableType?: 'bit' | 'unicodeChar';
  /** Display width [character]. */
  readonly width?: number;
  /** Display precision as VOTable writes it: `5`, `F5` or `E3`. */
  readonly precision?: string;
  /** Value that stands for null in formats without a null mask (FITS TNULL, VOTable VALUES null): bigint for integer types, number for floats. */
  readonly nullValue?: bigint | number;
  readonly min?: string;
  readonly max?: string;
  readonly options?: readonly string[];
  readonly links?: readonly Link[];
  /** Everything else, such as ECSV `meta`. */
  readonly extra?: { readonly [key: string]: JsonValue };
}

export interface Link {
  readonly href?: string;
  readonly title?: string;
  readonly role?: string;
  readonly contentType?: string;
  readonly action?: string;
  readonly value?: string;
}

/**
 * One column: a name, a type and all its values in one array.
 *
 * `shape` is that of one cell, slowest axis first: `[]` for a scalar, `[3]` for a triple, `[-1]` for a list of varying length;
 * only the first axis may be -1. Cells of fixed shape follow each other in `data`.
 * Cells of varying length are found through `offsets` (row i holds the values from `offsets[i]` to `offsets[i + 1]`).
 * The value under a null is NaN for floats and unspecified for other types.
 * Treat columns as immutable: operations return new columns that may share arrays with their input.
 */
export interface Column extends ColumnMeta {
  readonly name: string;
  readonly datatype: DataType;
  readonly shape: readonly number[];
  readonly data: ColumnData;
  /** Row starts in values, with one more for the end; only where `shape[0]` is -1. */
  readonly offsets?: Int32Array;
  /** One per row; non-zero where the whole cell is null. Absent when no cell is. */
  readonly nulls?: Uint8Array;
  /** One per value of an array column; non-zero where that value is null inside its cell. */
  readonly itemNulls?: Uint8Array;
}

export interface Complex {
  readonly re: number;
  readonly im: number;
}

/** One cell. Array cells are views on the column (booleans and strings: fresh arrays); complex arrays are interleaved pairs. */
export type Cell = number | bigint | boolean | string | null | Complex | NumberArray | BigIntArray | readonly boolean[] | readonly string[];

export interface ColumnSpec extends ColumnMeta {
  readonly name: string;
  readonly datatype: DataType;
  /** Shape of one cell; scalar by default. */
  readonly shape?: readonly number[];
}

/**
 * Wraps arrays as a column, without copying.
 *
 * @param spec - Name, type, shape and metadata, with `data` (adopted) and, where needed, `offsets`, `nulls`, `itemNulls`.
 * @throws {TableShapeError} if the lengths do not agree.
 */
export function makeColumn(spec: ColumnSpec & Pick<Column, 'data'> & Partial<Pick<Column, 'offsets' | 'nulls' | 'itemNulls'>>): Column {
  const column: Column = { ...spec, shape: spec.shape ?? [] };
  const { slots } = DATA_TYPES[column.datatype];
  const values = column.data.length / slots;
  if (isVariable(column)) {
    const end = column.offsets?.at(-1) ?? -1;
    if (!column.offsets || end > values || end < 0)
      throw new TableShapeError(
        `column "${column.name}" has cells of varying length: offsets must end at or before ${values}; found ${end}`,
        { details: { column: column.name, expected: values, found: end } },
      );
  } else {
    const per = valuesPerCell(column.shape);
    if (per > 0 && values % per !== 0)
      throw new TableShapeError(`column "${column.name}" must hold a multiple of ${per} values; found ${values}`, {
        details: { column: column.name, expected: per, found: values },
      });
  }
  const rows = rowCount(column);
  if (column.nulls && column.nulls.length !== rows)
    throw new TableShapeError(`nulls of column "${column.name}" must have ${rows} entries; found ${column.nulls.length}`, {
      details: { column: column.name, expected: rows, found: column.nulls.length },
    });
  return column;
}

/** True where cells differ in length. */
export function isVariable(column: Pick<Column, 'shape'>): boolean {
  return column.shape[0] === -1;
}

/** True where a cell is one value. */
export function isScalar(column: Pick<Column, 'shape'>): boolean {
  return column.shape.length === 0;
}

/** Values in one cell of fixed shape (1 for a scalar), or in one step of the varying axis. */
export function valuesPerCell(shape: readonly number[]): number {
  let count = 1;
  for (const n of shape) if (n !== -1) count *= n;
  return count;
}

/** Rows of a column. A column of zero-length cells counts its nulls. */
export function rowCount(column: Column): number {
  if (column.offsets) return column.offsets.length - 1;
  const per = valuesPerCell(column.shape) * DATA_TYPES[column.datatype].slots;
  return per === 0 ? (column.nulls?.length ?? 0) : column.data.length / per;
}

/** True where the cell is null. NaN is a value, not a null. */
export function isNullAt(column: Column, row: number): boolean {
  return column.nulls !== undefined && column.nulls[row] !== 0;
}

/** True where any cell is null. */
export function hasNulls(column: Column): boolean {
  return column.nulls?.some((n) => n !== 0) ?? false;
}

/** First and one-past-last value of a cell, in values (not slots). */
export function cellRange(column: Column, row: number): readonly [start: number, end: number] {
  if (column.offsets) return [column.offsets[row], column.offsets[row + 1]];
  const per = valuesPerCell(column.shape);
  return [row * per, (row + 1) * per];
}

/** Reads one cell. See {@link Cell} for what comes back. */
export function cellAt(column: Column, row: number): Cell {
  if (isNullAt(column, row)) return null;
  const { data, datatype } = column;
  if (column.shape.length > 0) {
    const [start, end] = cellRange(column, row);
    if (datatype === 'string') return (data as string[]).slice(start, end);
    if (datatype === 'boolean') return Array.from((data as Uint8Array).subarray(start, end), (v) => v !== 0);
    const { slots } = DATA_TYPES[datatype];
    return (data as NumberArray).subarray(start * slots, end * slots);
  }
  if (datatype === 'boolean') return data[row] !== 0;
  if (datatype === 'complex64' || datatype === 'complex128') return { re: data[2 * row] as number, im: data[2 * row + 1] as number };
  return data[row];
}
