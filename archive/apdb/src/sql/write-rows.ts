import { createHash } from 'node:crypto';
import type { SqlValue } from '@almagest/butler';
import type { SchemaColumn, SchemaTable } from '@almagest/schema';
import { lonLatToNestColumn } from '@almagest/sphere';
import { type Column, findColumn, type Table } from '@almagest/table';
import { ApdbRowError } from '../errors.ts';
import { PIXEL_ORDER } from './physical-schema.ts';

/** A table's rows in the order of a schema's columns, checked. */
export interface RowSet {
  readonly columns: readonly string[];
  readonly rows: SqlValue[][];
}

/**
 * Turns a table into rows for the database; columns that are missing become null, columns that the schema lacks are ignored.
 *
 * @param fixed - Values that every row gets, such as the time of processing.
 * @throws {ApdbRowError} if a value is missing where null is forbidden, or does not fit.
 */
export function rowsForDatabase(schema: SchemaTable, table: Table, fixed: Readonly<Record<string, SqlValue>> = {}): RowSet {
  const columns = schema.columns.map((column) => column.name);
  const readers = schema.columns.map((column) => cellReader(schema, column, table, fixed));
  const rows: SqlValue[][] = [];
  for (let row = 0; row < table.nrows; row += 1) rows.push(readers.map((reader) => reader(row)));
  return { columns, rows };
}

/** Fixed-point digest of rows: equal for equal rows in any order, computed over the published columns. */
export function digestRows(sets: readonly RowSet[]): string {
  const hash = createHash('sha256');
  for (const { columns, rows } of sets) {
    const skip = columns.indexOf('timeProcessedMjdTai');
    hash.update(`${columns.length}:${rows.length};`);
    const lines = rows.map((row) => row.map((value, i) => (i === skip ? '' : digestText(value))).join('|'));
    for (const line of lines.toSorted()) hash.update(line).update('\n');
  }
  return hash.digest('hex');
}

/** Pixels of positions [deg]; a position that is not finite is refused. */
export function pixelsOf(tableName: string, ra: ArrayLike<number>, dec: ArrayLike<number>): Float64Array {
  const lon = Float64Array.from(ra, (value) => (value * Math.PI) / 180);
  const lat = Float64Array.from(dec, (value) => (value * Math.PI) / 180);
  const pixels = lonLatToNestColumn(PIXEL_ORDER, lon, lat);
  const bad = pixels.findIndex(Number.isNaN);
  if (bad >= 0)
    throw new ApdbRowError(`${tableName} needs positions on the sky; found ra ${ra[bad]}, dec ${dec[bad]} (row ${bad})`, {
      details: { table: tableName, column: 'ra', row: bad },
    });
  return pixels;
}

function digestText(value: SqlValue): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function cellReader(
  schema: SchemaTable,
  column: SchemaColumn,
  table: Table,
  fixed: Readonly<Record<string, SqlValue>>,
): (row: number) => SqlValue {
  const constant = fixed[column.name];
  if (constant !== undefined) return () => constant;
  const source = findColumn(table, column.name);
  const refuse = (row: number, what: string): never => {
    throw new ApdbRowError(`${schema.name}.${column.name} ${what} (row ${row})`, {
      details: { table: schema.name, column: column.name, row },
    });
  };
  if (!source)
    return column.nullable ? () => null : (row) => emptyCount(column) ?? refuse(row, 'may not be null; the table has no such column');
  const read = valueReader(column, source);
  return (row) => {
    const value = source.nulls?.[row] ? null : read(row);
    if (value !== null) return value;
    return column.nullable ? null : (emptyCount(column) ?? refuse(row, 'may not be null'));
  };
}

/** Counts that may not be null are zero where nothing was counted. */
function emptyCount(column: SchemaColumn): number | undefined {
  return column.datatype === 'int' && /Ndata$|^bboxSize$/.test(column.name) ? 0 : undefined;
}

function valueReader(column: SchemaColumn, source: Column): (row: number) => SqlValue {
  const data = source.data as ArrayLike<number | bigint | string>;
  switch (column.datatype) {
    case 'long':
      return (row) => BigInt(data[row]!);
    case 'boolean':
      return (row) => Boolean(data[row]);
    case 'byte':
    case 'short':
    case 'int':
      return (row) => Number(data[row]);
    case 'float':
    case 'double':
      return (row) => {
        const value = Number(data[row]);
        return Number.isNaN(value) ? null : value;
      };
    default:
      return (row) => String(data[row]);
  }
}
