import { TableShapeError, UnsupportedTableError } from '../errors.ts';
import { cellRange, type Column, isNullAt, isVariable, makeColumn, rowCount, valuesPerCell } from './column.ts';
import { type ColumnData, DATA_TYPES, makeColumnData, type NumberArray } from './datatype.ts';
import { getColumn, makeTable, type Row, rowAt, type Table } from './table.ts';

/** A table of the named columns, in that order. Shares arrays with its input. */
export function selectColumns(table: Table, names: readonly string[]): Table {
  const columns = names.map((name) => getColumn(table, name));
  return { columns, nrows: table.nrows, meta: table.meta };
}

/** A table with the column added at the end, or in the place of the one of that name. */
export function withColumn(table: Table, column: Column): Table {
  const at = table.columns.findIndex((c) => c.name === column.name);
  const columns = at < 0 ? [...table.columns, column] : table.columns.with(at, column);
  return makeTable(columns, table.meta);
}

/** A table without the named columns; names that it does not have are ignored. */
export function withoutColumns(table: Table, names: readonly string[]): Table {
  return { ...table, columns: table.columns.filter((column) => !names.includes(column.name)) };
}

/** A table with columns renamed by `names` (old to new). */
export function renameColumns(table: Table, names: Readonly<Record<string, string>>): Table {
  return { ...table, columns: table.columns.map((column) => ({ ...column, name: names[column.name] ?? column.name })) };
}

/** Rows from `start` to before `end`, both clipped to the table. Number arrays are views on the input. */
export function sliceRows(table: Table, start: number, end: number = table.nrows): Table {
  const from = Math.min(Math.max(0, start), table.nrows);
  const to = Math.min(Math.max(from, end), table.nrows);
  return { columns: table.columns.map((column) => sliceColumn(column, from, to)), nrows: to - from, meta: table.meta };
}

/** Rows by index, in the order given; indices may repeat. Fresh arrays. */
export function takeRows(table: Table, rows: ArrayLike<number>): Table {
  for (let i = 0; i < rows.length; i++)
    if (!(rows[i] >= 0 && rows[i] < table.nrows))
      throw new TableShapeError(`row index must be from 0 to ${table.nrows - 1}; found ${rows[i]}`, {
        details: { expected: table.nrows, found: rows[i] },
      });
  return { columns: table.columns.map((column) => takeColumn(column, rows)), nrows: rows.length, meta: table.meta };
}

/** Rows for which the predicate holds, or whose mask entry is non-zero. Fresh arrays. */
export function filterRows(table: Table, keep: Uint8Array | ((row: Row, index: number) => boolean)): Table {
  const rows: number[] = [];
  for (let i = 0; i < table.nrows; i++) if (typeof keep === 'function' ? keep(rowAt(table, i), i) : keep[i] !== 0) rows.push(i);
  return takeRows(table, rows);
}

export interface SortKey {
  readonly column: string;
  readonly descending?: boolean;
}

/** Stable sort by scalar columns. Nulls come last, NaN before them, whatever the direction; strings by code unit. */
export function sortRows(table: Table, keys: readonly (string | SortKey)[]): Table {
  return takeRows(table, sortOrder(table, keys));
}

/** Row order of {@link sortRows}. */
export function sortOrder(table: Table, keys: readonly (string | SortKey)[]): Uint32Array {
  const comparers = keys.map((key) => {
    const { column: name, descending = false } = typeof key === 'string' ? { column: key } : key;
    const column = getColumn(table, name);
    if (column.shape.length > 0 || DATA_TYPES[column.datatype].slots !== 1)
      throw new UnsupportedTableError(
        `sort keys must be scalar and not complex; column "${name}" is ${column.datatype}[${column.shape.join(',')}]`,
        {
          details: { format: 'sort', column: name },
        },
      );
    return compareRows(column, descending ? -1 : 1);
  });
  const order = Uint32Array.from({ length: table.nrows }, (_, i) => i);
  return order.toSorted((a, b) => {
    for (const compare of comparers) {
      const sign = compare(a, b);
      if (sign !== 0) return sign;
    }
    return a - b;
  });
}

function compareRows(column: Column, direction: 1 | -1): (a: number, b: number) => number {
  const data = column.data as readonly (number | bigint | string)[];
  const rank = (row: number): number => (isNullAt(column, row) ? 2 : Number.isNaN(data[row]) ? 1 : 0);
  return (a, b) => {
    const ranks = rank(a) - rank(b);
    if (ranks !== 0 || rank(a) > 0) return ranks;
    return data[a] < data[b] ? -direction : data[a] > data[b] ? direction : 0;
  };
}

/**
 * Rows of all tables, one after the other. The first table's metadata and column order hold; columns are matched by name.
 *
 * @throws {TableShapeError} if a table lacks a column or has one of another type or cell shape.
 */
export function concatTables(tables: readonly Table[]): Table {
  const [first] = tables;
  if (!first) return makeTable([]);
  if (tables.length === 1) return first;
  const nrows = tables.reduce((sum, table) => sum + table.nrows, 0);
  const columns = first.columns.map((column, index) =>
    concatColumns(
      tables.map((table) => {
        const same = table.columns[index]?.name === column.name ? table.columns[index] : getColumn(table, column.name);
        return same;
      }),
    ),
  );
  return { columns, nrows, meta: first.meta };
}

function sliceColumn(column: Column, start: number, end: number): Column {
  const { slots } = DATA_TYPES[column.datatype];
  const [from, to] = start < end ? [cellRange(column, start)[0], cellRange(column, end - 1)[1]] : [0, 0];
  const data = Array.isArray(column.data) ? column.data.slice(from, to) : column.data.subarray(from * slots, to * slots);
  return {
    ...column,
    data,
    ...(column.offsets
      ? { offsets: Int32Array.from({ length: end - start + 1 }, (_, i) => (column.offsets as Int32Array)[start + i] - from) }
      : {}),
    ...(column.nulls ? { nulls: column.nulls.subarray(start, end) } : {}),
    ...(column.itemNulls ? { itemNulls: column.itemNulls.subarray(from, to) } : {}),
  };
}

function takeColumn(column: Column, rows: ArrayLike<number>): Column {
  const n = rows.length;
  const nulls = column.nulls ? { nulls: Uint8Array.from({ length: n }, (_, i) => (column.nulls as Uint8Array)[rows[i]]) } : {};
  if (column.shape.length === 0 && DATA_TYPES[column.datatype].slots === 1) {
    return { ...column, data: takeValues(column.data, rows), ...nulls };
  }
  const { slots } = DATA_TYPES[column.datatype];
  const offsets = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) {
    const [start, end] = cellRange(column, rows[i]);
    offsets[i + 1] = offsets[i] + end - start;
  }
  const data = makeColumnData(column.datatype, offsets[n]) as NumberArray;
  const source = column.data as NumberArray;
  const itemNulls = column.itemNulls ? new Uint8Array(offsets[n]) : undefined;
  for (let i = 0; i < n; i++) {
    const [start, end] = cellRange(column, rows[i]);
    for (let j = start * slots, k = offsets[i] * slots; j < end * slots; j++, k++) data[k] = source[j];
    if (itemNulls) itemNulls.set((column.itemNulls as Uint8Array).subarray(start, end), offsets[i]);
  }
  return { ...column, data, ...(isVariable(column) ? { offsets } : {}), ...nulls, ...(itemNulls ? { itemNulls } : {}) };
}

/** Values by index. Numbers are moved as words, so that one loop serves all types of a width, and every bit is kept. */
function takeValues(data: ColumnData, rows: ArrayLike<number>): ColumnData {
  if (Array.isArray(data)) {
    const taken: string[] = [];
    for (let i = 0; i < rows.length; i++) taken.push((data as string[])[rows[i]]);
    return taken;
  }
  const source = data as NumberArray;
  const Type = source.constructor as new (n: number) => NumberArray;
  const out = new Type(rows.length);
  const words = (array: NumberArray): Int32Array => new Int32Array(array.buffer, array.byteOffset, array.byteLength >> 2);
  if (source.BYTES_PER_ELEMENT === 8) takePairs(words(source), rows, words(out));
  else if (source.BYTES_PER_ELEMENT === 4) takeWords(words(source), rows, words(out));
  else for (let i = 0; i < rows.length; i++) out[i] = source[rows[i]];
  return out;
}

function takePairs(source: Int32Array, rows: ArrayLike<number>, out: Int32Array): void {
  for (let i = 0; i < rows.length; i++) {
    const at = 2 * rows[i];
    out[2 * i] = source[at];
    out[2 * i + 1] = source[at + 1];
  }
}

function takeWords(source: Int32Array, rows: ArrayLike<number>, out: Int32Array): void {
  for (let i = 0; i < rows.length; i++) out[i] = source[rows[i]];
}

/** Columns of one type and cell shape, one after the other; the first one's metadata hold. */
export function concatColumns(columns: readonly Column[]): Column {
  const [first] = columns;
  for (const column of columns)
    if (column.datatype !== first.datatype || column.shape.join() !== first.shape.join())
      throw new TableShapeError(
        `column "${first.name}" must be ${first.datatype}[${first.shape.join()}] in every table; found ${column.datatype}[${column.shape.join()}]`,
        { details: { column: first.name, expected: valuesPerCell(first.shape), found: valuesPerCell(column.shape) } },
      );
  const rows = columns.map(rowCount);
  const total = rows.reduce((a, b) => a + b, 0);
  const used = columns.map((column, i) => (rows[i] > 0 ? [cellRange(column, 0)[0], cellRange(column, rows[i] - 1)[1]] : [0, 0]));
  const values = used.reduce((sum, [start, end]) => sum + end - start, 0);
  const { slots } = DATA_TYPES[first.datatype];
  const data: ColumnData = first.datatype === 'string' ? [] : makeColumnData(first.datatype, values);
  const offsets = isVariable(first) ? new Int32Array(total + 1) : undefined;
  const nulls = columns.some((c) => c.nulls) ? new Uint8Array(total) : undefined;
  const itemNulls = columns.some((c) => c.itemNulls) ? new Uint8Array(values) : undefined;
  let row = 0;
  let value = 0;
  for (const [i, column] of columns.entries()) {
    const [start, end] = used[i];
    if (Array.isArray(data)) for (let j = start; j < end; j++) data.push((column.data as string[])[j]);
    else (data as NumberArray).set((column.data as NumberArray).subarray(start * slots, end * slots), value * slots);
    if (offsets && column.offsets) for (let j = 0; j < rows[i]; j++) offsets[row + j + 1] = value + column.offsets[j + 1] - start;
    if (nulls && column.nulls) nulls.set(column.nulls, row);
    if (itemNulls && column.itemNulls) itemNulls.set(column.itemNulls.subarray(start, end), value);
    row += rows[i];
    value += end - start;
  }
  return makeColumn({ ...first, data, ...(offsets ? { offsets } : {}), ...(nulls ? { nulls } : {}), ...(itemNulls ? { itemNulls } : {}) });
}
