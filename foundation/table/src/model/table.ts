import { ColumnNotFoundError, TableShapeError } from '../errors.ts';
import { type Cell, cellAt, type Column, type JsonValue, type Link, rowCount } from './column.ts';

/** A named value that belongs to the whole table. */
export interface Param {
  readonly name: string;
  readonly value: string;
  readonly datatype: string;
  readonly arraysize?: string;
  readonly id?: string;
  readonly unit?: string;
  readonly ucd?: string;
  readonly utype?: string;
  readonly xtype?: string;
  readonly ref?: string;
  readonly description?: string;
}

export interface Info {
  readonly name: string;
  readonly value: string;
  readonly id?: string;
  readonly text?: string;
  readonly unit?: string;
  readonly ucd?: string;
  readonly utype?: string;
  readonly xtype?: string;
  readonly ref?: string;
}

/** Columns and parameters that belong together, by identifier. */
export interface Group {
  readonly id?: string;
  readonly name?: string;
  readonly ucd?: string;
  readonly utype?: string;
  readonly ref?: string;
  readonly description?: string;
  readonly fieldRefs: readonly { readonly ref: string; readonly ucd?: string; readonly utype?: string }[];
  readonly paramRefs: readonly { readonly ref: string; readonly ucd?: string; readonly utype?: string }[];
  readonly params: readonly Param[];
  readonly groups: readonly Group[];
}

/** What a table says of itself. */
export interface TableMeta {
  readonly name?: string;
  readonly id?: string;
  readonly description?: string;
  readonly ucd?: string;
  readonly utype?: string;
  readonly params?: readonly Param[];
  readonly infos?: readonly Info[];
  readonly links?: readonly Link[];
  readonly groups?: readonly Group[];
  /** Everything else, such as ECSV `meta` or FITS cards. */
  readonly extra?: { readonly [key: string]: JsonValue };
}

/** Columns of equal length. Plain data; treat as immutable. */
export interface Table {
  readonly columns: readonly Column[];
  readonly nrows: number;
  readonly meta: TableMeta;
}

/** One row as an object keyed by column name. */
export type Row = Record<string, Cell>;

/**
 * Joins columns into a table.
 *
 * @throws {TableShapeError} if the columns differ in length.
 */
export function makeTable(columns: readonly Column[], meta: TableMeta = {}): Table {
  const nrows = columns.length > 0 ? rowCount(columns[0]) : 0;
  for (const column of columns)
    if (rowCount(column) !== nrows)
      throw new TableShapeError(`column "${column.name}" must have ${nrows} rows like "${columns[0].name}"; found ${rowCount(column)}`, {
        details: { column: column.name, expected: nrows, found: rowCount(column) },
      });
  return { columns, nrows, meta };
}

/** The column of that name (exact), or undefined. The first one, where names repeat. */
export function findColumn(table: Table, name: string): Column | undefined {
  return table.columns.find((column) => column.name === name);
}

/**
 * The column of that name (exact).
 *
 * @throws {ColumnNotFoundError} if there is none; the message lists the names.
 */
export function getColumn(table: Table, name: string): Column {
  const column = findColumn(table, name);
  if (column) return column;
  const known = table.columns.map((c) => c.name);
  throw new ColumnNotFoundError(`no column "${name}"; the table has ${known.slice(0, 50).join(', ')}${known.length > 50 ? ' ...' : ''}`, {
    details: { name, known },
  });
}

/** Reads one row. For loops over many rows take the columns' arrays instead. */
export function rowAt(table: Table, row: number): Row {
  const out: Row = {};
  for (const column of table.columns) out[column.name] = cellAt(column, row);
  return out;
}

/** All rows, one object each. */
export function* rowsOf(table: Table): Generator<Row> {
  for (let row = 0; row < table.nrows; row++) yield rowAt(table, row);
}
