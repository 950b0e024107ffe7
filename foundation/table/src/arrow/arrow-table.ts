import type * as Arrow from 'apache-arrow';
import { TableFormatError, UnsupportedTableError } from '../errors.ts';
import { ColumnBuilder, columnFromCells } from '../model/builder.ts';
import { type Cell, type Column, type ColumnSpec, hasNulls, makeColumn, rowCount, valuesPerCell } from '../model/column.ts';
import { DATA_TYPES, type DataType, makeColumnData, type NumberArray } from '../model/datatype.ts';
import { makeTable, type Table, type TableMeta } from '../model/table.ts';
import { isoText } from '../text/iso-text.ts';
import { checkArrowIpc } from './check-ipc.ts';

type ArrowModule = typeof Arrow;

/** Keys of a field's metadata that are columns' own properties. */
const META_KEYS = ['unit', 'ucd', 'utype', 'xtype', 'description', 'id', 'ref', 'votableType'] as const;
const SHAPE_KEY = 'almagest.shape';
const COMPLEX_KEY = 'almagest.complex';

/**
 * Writes a table as an Arrow IPC stream (default) or file.
 *
 * Units, UCDs and descriptions are field metadata. Arrays of fixed shape are fixed-size lists, complex numbers pairs.
 */
export async function writeArrow(table: Table, form: 'stream' | 'file' = 'stream'): Promise<Uint8Array> {
  const arrow = await import('apache-arrow');
  return arrow.tableToIPC(toArrowTable(arrow, table), form);
}

/** The table as Arrow holds it in memory; number arrays are shared. */
export async function toArrow(table: Table): Promise<Arrow.Table> {
  return toArrowTable(await import('apache-arrow'), table);
}

function toArrowTable(arrow: ArrowModule, table: Table): Arrow.Table {
  const fields = table.columns.map((column) => {
    const metadata = new Map<string, string>();
    for (const key of META_KEYS) if (column[key] !== undefined) metadata.set(key, column[key]);
    if (column.shape.length > 1) metadata.set(SHAPE_KEY, JSON.stringify(column.shape));
    if (DATA_TYPES[column.datatype].slots === 2) metadata.set(COMPLEX_KEY, column.shape.length === 0 ? 'scalar' : 'array');
    return new arrow.Field(column.name, cellType(arrow, column), true, metadata);
  });
  const { name, description } = table.meta;
  const metadata = new Map(Object.entries({ name, description }).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
  const schema = new arrow.Schema(fields, metadata);
  const children = table.columns.map((column) => cellData(arrow, column));
  const struct = arrow.makeData({ type: new arrow.Struct(fields), length: table.nrows, nullCount: 0, children });
  return new arrow.Table(schema, new arrow.RecordBatch(schema, struct));
}

function valueType(arrow: ArrowModule, datatype: DataType): Arrow.DataType {
  const types: Record<DataType, () => Arrow.DataType> = {
    boolean: () => new arrow.Bool(),
    int8: () => new arrow.Int8(),
    uint8: () => new arrow.Uint8(),
    int16: () => new arrow.Int16(),
    uint16: () => new arrow.Uint16(),
    int32: () => new arrow.Int32(),
    uint32: () => new arrow.Uint32(),
    int64: () => new arrow.Int64(),
    uint64: () => new arrow.Uint64(),
    float32: () => new arrow.Float32(),
    float64: () => new arrow.Float64(),
    complex64: () => new arrow.Float32(),
    complex128: () => new arrow.Float64(),
    string: () => new arrow.Utf8(),
  };
  return types[datatype]();
}

function cellType(arrow: ArrowModule, column: Column): Arrow.DataType {
  const { slots } = DATA_TYPES[column.datatype];
  const item = new arrow.Field('item', valueType(arrow, column.datatype), true);
  if (column.shape.length === 0 && slots === 1) return item.type;
  return column.shape[0] === -1 ? new arrow.List(item) : new arrow.FixedSizeList(valuesPerCell(column.shape) * slots, item);
}

function cellData(arrow: ArrowModule, column: Column): Arrow.Data {
  const rows = rowCount(column);
  const { slots } = DATA_TYPES[column.datatype];
  const values = valueData(arrow, column);
  if (column.shape.length === 0 && slots === 1) return values;
  const type = cellType(arrow, column);
  const nullBitmap = bitmap(column.nulls, rows);
  const nullCount = column.nulls?.reduce((n, flag) => n + (flag ? 1 : 0), 0) ?? 0;
  const common = { length: rows, nullCount, ...(nullBitmap ? { nullBitmap } : {}), child: values };
  return column.offsets
    ? arrow.makeData({
        type: type as Arrow.List,
        ...common,
        valueOffsets: slots === 1 ? column.offsets : column.offsets.map((at) => at * slots),
      })
    : arrow.makeData({ type: type as Arrow.FixedSizeList, ...common });
}

/** All values of a column; nulls are those of its cells (scalars) or of single values (arrays). */
function valueData(arrow: ArrowModule, column: Column): Arrow.Data {
  const { datatype, data } = column;
  const type = valueType(arrow, datatype);
  const isScalar = column.shape.length === 0 && DATA_TYPES[datatype].slots === 1;
  const flags = isScalar ? (hasNulls(column) ? column.nulls : undefined) : column.itemNulls;
  const length = data.length;
  const nullBitmap = bitmap(flags, length);
  const nullCount = flags?.subarray(0, length).reduce((n, flag) => n + (flag ? 1 : 0), 0) ?? 0;
  const common = { length, nullCount, ...(nullBitmap ? { nullBitmap } : {}) };
  if (Array.isArray(data)) {
    const encoder = new TextEncoder();
    const texts = data.map((text) => encoder.encode(text));
    const valueOffsets = new Int32Array(length + 1);
    for (const [i, text] of texts.entries()) valueOffsets[i + 1] = valueOffsets[i] + text.length;
    const bytes = new Uint8Array(valueOffsets[length]);
    for (const [i, text] of texts.entries()) bytes.set(text, valueOffsets[i]);
    return arrow.makeData({ type: type as Arrow.Utf8, ...common, valueOffsets, data: bytes });
  }
  if (datatype === 'boolean')
    return arrow.makeData({ type: type as Arrow.Bool, ...common, data: packBits(data as Uint8Array, (v) => v !== 0) });
  return arrow.makeData({ type: type as Arrow.Float64, ...common, data: data as Float64Array });
}

function bitmap(nulls: Uint8Array | undefined, length: number): Uint8Array | undefined {
  return nulls ? packBits(nulls.subarray(0, length), (flag) => flag === 0) : undefined;
}

function packBits(flags: Uint8Array, isSet: (flag: number) => boolean): Uint8Array {
  const bits = new Uint8Array(((flags.length + 63) >> 6) << 3);
  for (let i = 0; i < flags.length; i++) if (isSet(flags[i])) bits[i >> 3] |= 1 << (i & 7);
  return bits;
}

/**
 * Reads an Arrow IPC stream or file (Feather 2).
 *
 * @throws {TableFormatError} if the bytes are not Arrow IPC.
 * @throws {UnsupportedTableError} if a column is of a type that has no place in a table: maps, unions, structs.
 */
export async function readArrow(bytes: Uint8Array): Promise<Table> {
  checkArrowIpc(bytes);
  const arrow = await import('apache-arrow');
  let table: Arrow.Table;
  try {
    table = arrow.tableFromIPC(bytes);
  } catch (error) {
    throw new TableFormatError(`the bytes are not Arrow IPC: ${(error as Error).message.slice(0, 200)}`, {
      cause: error,
      details: { format: 'arrow' },
    });
  }
  return fromArrow(table);
}

/** The same as {@link readArrow}, from a table in memory. */
export async function fromArrow(table: Arrow.Table): Promise<Table> {
  const arrow = await import('apache-arrow');
  if (table.schema.fields.length === 0) throw new TableFormatError('the Arrow data have no columns', { details: { format: 'arrow' } });
  for (const batch of table.batches) for (const child of batch.data.children) checkLengths(arrow, child, batch.numRows);
  const columns = table.schema.fields.map((field, i) => fromArrowColumn(arrow, field, table.getChildAt(i) as Arrow.Vector));
  const meta: TableMeta = Object.fromEntries([...table.schema.metadata].filter(([key]) => key === 'name' || key === 'description'));
  return makeTable(columns, meta);
}

function fromArrowColumn(arrow: ArrowModule, field: Arrow.Field, vector: Arrow.Vector): Column {
  const list = arrow.DataType.isList(field.type) || arrow.DataType.isFixedSizeList(field.type);
  const item: Arrow.DataType = list
    ? (field.type as Arrow.List).valueType
    : arrow.DataType.isDictionary(field.type)
      ? (field.type as Arrow.Dictionary).dictionary
      : field.type;
  const base = datatypeOf(arrow, item, field.name);
  const complex = field.metadata.get(COMPLEX_KEY);
  const datatype: DataType = complex ? (base === 'float32' ? 'complex64' : 'complex128') : base;
  const fixed = arrow.DataType.isFixedSizeList(field.type) ? (field.type as Arrow.FixedSizeList).listSize / (complex ? 2 : 1) : -1;
  const stored = field.metadata.get(SHAPE_KEY);
  const shape = stored ? (JSON.parse(stored) as number[]) : !list || complex === 'scalar' ? [] : [fixed];
  const spec: ColumnSpec = {
    name: field.name,
    datatype,
    shape,
    ...Object.fromEntries(META_KEYS.flatMap((key) => (field.metadata.has(key) ? [[key, field.metadata.get(key)]] : []))),
    ...(arrow.DataType.isTimestamp(item) || arrow.DataType.isDate(item) ? { xtype: 'timestamp' } : {}),
  };
  const direct = !list && numbersOf(vector, datatype);
  if (direct) return makeColumn({ ...spec, data: direct });
  const times = !list && arrow.DataType.isTimestamp(item) ? timesOf(vector, (item as Arrow.Timestamp).unit) : undefined;
  if (times) return columnFromCells(spec, times);
  const builder = new ColumnBuilder(spec, vector.length);
  for (let row = 0; row < vector.length; row++) builder.push(toCell(arrow, vector.get(row) as unknown, spec, item));
  return builder.finish();
}

/**
 * Checks that the buffers hold what the lengths say, which the Arrow library takes on trust.
 *
 * @throws {TableFormatError} if they do not.
 */
function checkLengths(arrow: ArrowModule, data: Arrow.Data, rows: number): void {
  const { DataType } = arrow;
  const { type, length, offset } = data;
  const need = (have: number, want: number, what: string): void => {
    if (!(Number.isSafeInteger(want) && want >= 0 && have >= want))
      throw new TableFormatError(`an Arrow batch must hold ${want} ${what}; found ${have}`, { details: { format: 'arrow' } });
  };
  need(length, rows, 'rows');
  need(rows, length, 'rows');
  if (data.nullCount > 0) need((data.nullBitmap?.length ?? 0) * 8, offset + length, 'null flags');
  if (DataType.isList(type) || DataType.isUtf8(type) || DataType.isLargeUtf8(type)) {
    const offsets = data.valueOffsets as Int32Array | BigInt64Array;
    if (length === 0) return;
    need(offsets.length, length + 1, 'offsets');
    for (let i = 0; i < length; i++) need(Number(offsets[i + 1]), Number(offsets[i]), 'as an offset at least');
    const end = Number(offsets[length]);
    if (DataType.isList(type)) {
      const [child] = data.children;
      need(child?.length ?? 0, end, 'list values');
      if (child) checkLengths(arrow, child, child.length);
    } else need((data.values as Uint8Array).length, end, 'bytes of text');
  } else if (DataType.isFixedSizeList(type)) {
    const [child] = data.children;
    need(child?.length ?? 0, length * type.listSize, 'list values');
    if (child) checkLengths(arrow, child, child.length);
  } else if (DataType.isDictionary(type)) {
    need((data.values as Int32Array).length, length, 'values');
    const dictionary = data.dictionary?.data ?? [];
    for (const part of dictionary) checkLengths(arrow, part, part.length);
  } else if (DataType.isBool(type)) need((data.values as Uint8Array).length * 8, offset + length, 'values');
  else need((data.values as Uint8Array | undefined)?.length ?? 0, length, 'values');
}

/** The values of a number column without nulls, without going cell by cell. */
function numbersOf(vector: Arrow.Vector, datatype: DataType): NumberArray | undefined {
  const made = makeColumnData(datatype, 0);
  if (vector.nullCount > 0 || Array.isArray(made) || datatype === 'boolean') return undefined;
  const values = vector.toArray() as NumberArray;
  return values.constructor === made.constructor ? values.slice() : undefined;
}

/** Times to all the digits that are stored; the library's own values are milliseconds. */
function timesOf(vector: Arrow.Vector, unit: number): (string | null)[] {
  return vector.data.flatMap((part) =>
    Array.from({ length: part.length }, (_, i) => (part.getValid(i) ? isoText((part.values as BigInt64Array)[i], 3 * unit) : null)),
  );
}

function toCell(arrow: ArrowModule, value: unknown, spec: ColumnSpec, item: Arrow.DataType): Cell {
  if (value === null || value === undefined) return null;
  const one = (v: unknown): unknown =>
    v === null || v === undefined
      ? null
      : arrow.DataType.isTimestamp(item) || arrow.DataType.isDate(item)
        ? new Date(Number(v)).toISOString().slice(0, -1)
        : v;
  const isArray = (spec.shape ?? []).length > 0;
  if (!isArray && DATA_TYPES[spec.datatype].slots === 1) return one(value) as Cell;
  const items = Array.from(value as Iterable<unknown>, one);
  if (!isArray) return { re: items[0] as number, im: items[1] as number };
  return items as unknown as Cell;
}

function datatypeOf(arrow: ArrowModule, type: Arrow.DataType, name: string): DataType {
  const { DataType } = arrow;
  if (DataType.isBool(type)) return 'boolean';
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isTimestamp(type) || DataType.isDate(type)) return 'string';
  if (DataType.isInt(type)) return `${type.isSigned ? '' : 'u'}int${type.bitWidth}` as DataType;
  if (DataType.isFloat(type)) return type.precision === arrow.Precision.DOUBLE ? 'float64' : 'float32';
  throw new UnsupportedTableError(
    `column "${name}" is of Arrow type ${(type as { toString: () => string }).toString()}, which has no place in a table`,
    {
      details: { format: 'arrow', column: name },
    },
  );
}
