import { type DuckDBDataChunk, type DuckDBResult, DuckDBTypeId, type DuckDBType, type DuckDBVector } from '@duckdb/node-api';
import { type Column, ColumnBuilder, type ColumnSpec, type DataType, makeColumn, makeColumnData } from '@almagest/table';

const TYPES: Readonly<Partial<Record<DuckDBTypeId, DataType>>> = {
  [DuckDBTypeId.BOOLEAN]: 'boolean',
  [DuckDBTypeId.TINYINT]: 'int8',
  [DuckDBTypeId.SMALLINT]: 'int16',
  [DuckDBTypeId.INTEGER]: 'int32',
  [DuckDBTypeId.BIGINT]: 'int64',
  [DuckDBTypeId.UTINYINT]: 'uint8',
  [DuckDBTypeId.USMALLINT]: 'uint16',
  [DuckDBTypeId.UINTEGER]: 'uint32',
  [DuckDBTypeId.UBIGINT]: 'uint64',
  [DuckDBTypeId.FLOAT]: 'float32',
  [DuckDBTypeId.DOUBLE]: 'float64',
  [DuckDBTypeId.DECIMAL]: 'float64',
  [DuckDBTypeId.HUGEINT]: 'float64',
  [DuckDBTypeId.UHUGEINT]: 'float64',
};

/** What a result column is in a table: types that tables lack become text, timestamps ISO text in UTC. */
export function specOf(result: DuckDBResult, index: number): ColumnSpec {
  const name = result.columnName(index);
  const type = result.columnType(index);
  const item = itemTypeOf(type);
  const datatype = TYPES[(item ?? type).typeId] ?? 'string';
  if (item && datatype !== 'string')
    return { name, datatype, shape: [type.typeId === DuckDBTypeId.ARRAY ? (type as { length: number } & DuckDBType).length : -1] };
  return { name, datatype, ...(isTimestamp(type) ? { xtype: 'timestamp' } : {}) };
}

function itemTypeOf(type: DuckDBType): DuckDBType | undefined {
  return type.typeId === DuckDBTypeId.LIST || type.typeId === DuckDBTypeId.ARRAY
    ? (type as { valueType: DuckDBType } & DuckDBType).valueType
    : undefined;
}

function isTimestamp({ typeId }: DuckDBType): boolean {
  return [
    DuckDBTypeId.TIMESTAMP,
    DuckDBTypeId.TIMESTAMP_MS,
    DuckDBTypeId.TIMESTAMP_NS,
    DuckDBTypeId.TIMESTAMP_S,
    DuckDBTypeId.TIMESTAMP_TZ,
  ].includes(typeId);
}

/** The columns of several chunks of one result, one after the other. */
export function readChunk(result: DuckDBResult, chunks: readonly DuckDBDataChunk[], rows: number): Column[] {
  return Array.from({ length: result.columnCount }, (_, i) => {
    const spec = specOf(result, i);
    const vectors = chunks.map((chunk) => chunk.getColumnVector(i));
    return spec.shape ? readArrays(spec, vectors) : readScalars(spec, vectors, rows);
  });
}

function readScalars(spec: ColumnSpec, vectors: readonly DuckDBVector[], rows: number): Column {
  const data = makeColumnData(spec.datatype, rows);
  let nulls: Uint8Array | undefined;
  let at = 0;
  for (const vector of vectors) {
    const { itemCount } = vector;
    for (let i = 0; i < itemCount; i++, at++) {
      const value: unknown = vector.getItem(i);
      if (value === null) {
        nulls ??= new Uint8Array(rows);
        nulls[at] = 1;
        if (spec.datatype === 'float32' || spec.datatype === 'float64') data[at] = Number.NaN;
      } else data[at] = plain(value, spec.datatype) as never;
    }
  }
  return makeColumn({ ...spec, data, ...(nulls ? { nulls } : {}) });
}

function plain(value: unknown, datatype: DataType): number | bigint | string {
  if (datatype === 'string') return typeof value === 'string' ? value : textOf(value as object);
  if (datatype === 'int64' || datatype === 'uint64') return value as bigint;
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'bigint') return Number(value);
  return (value as { toDouble: () => number }).toDouble();
}

/** ISO 8601 for times; everything else as the engine prints it. */
function textOf(value: object): string {
  // Every value class of the engine has its own toString.
  // oxlint-disable-next-line typescript/no-base-to-string
  const text = String(value);
  return /^\d{4}-\d\d-\d\d \d\d:/.test(text) ? text.replace(' ', 'T').replace(/[+-]\d\d(?::\d\d)?$/, '') : text;
}

function readArrays(spec: ColumnSpec, vectors: readonly DuckDBVector[]): Column {
  const builder = new ColumnBuilder(spec);
  for (const vector of vectors)
    for (let i = 0; i < vector.itemCount; i++) {
      const value = vector.getItem(i) as { readonly items: readonly unknown[] } | null;
      builder.push(
        value === null ? null : value.items.map((item) => (item === null ? null : (plain(item, spec.datatype) as number | bigint))),
      );
    }
  return builder.finish();
}
