/** Primitive type of a column. Complex values are interleaved (re, im) pairs. */
export type DataType =
  | 'boolean'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'float32'
  | 'float64'
  | 'complex64'
  | 'complex128'
  | 'string';

export type NumberArray = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;
export type BigIntArray = BigInt64Array | BigUint64Array;

/** Values of a column: one array for all rows. Booleans are 0 or 1 in a Uint8Array. */
export type ColumnData = NumberArray | BigIntArray | string[];

interface DataTypeInfo {
  /** Bytes of one value; 0 for strings. */
  readonly bytes: number;
  /** Slots of the data array that one value takes: 2 for complex types. */
  readonly slots: 1 | 2;
  readonly kind: 'boolean' | 'integer' | 'float' | 'complex' | 'string';
  readonly make: (length: number) => ColumnData;
  /** Bounds of an integer type. */
  readonly min?: bigint;
  readonly max?: bigint;
}

function integer(bits: number, signed: boolean, make: (length: number) => ColumnData): DataTypeInfo {
  const min = signed ? -(1n << BigInt(bits - 1)) : 0n;
  const max = (1n << BigInt(signed ? bits - 1 : bits)) - 1n;
  return { bytes: bits / 8, slots: 1, kind: 'integer', make, min, max };
}

/** Facts about each data type. */
export const DATA_TYPES: Readonly<Record<DataType, DataTypeInfo>> = {
  boolean: { bytes: 1, slots: 1, kind: 'boolean', make: (n) => new Uint8Array(n) },
  int8: integer(8, true, (n) => new Int8Array(n)),
  uint8: integer(8, false, (n) => new Uint8Array(n)),
  int16: integer(16, true, (n) => new Int16Array(n)),
  uint16: integer(16, false, (n) => new Uint16Array(n)),
  int32: integer(32, true, (n) => new Int32Array(n)),
  uint32: integer(32, false, (n) => new Uint32Array(n)),
  int64: integer(64, true, (n) => new BigInt64Array(n)),
  uint64: integer(64, false, (n) => new BigUint64Array(n)),
  float32: { bytes: 4, slots: 1, kind: 'float', make: (n) => new Float32Array(n) },
  float64: { bytes: 8, slots: 1, kind: 'float', make: (n) => new Float64Array(n) },
  complex64: { bytes: 8, slots: 2, kind: 'complex', make: (n) => new Float32Array(n) },
  complex128: { bytes: 16, slots: 2, kind: 'complex', make: (n) => new Float64Array(n) },
  string: { bytes: 0, slots: 1, kind: 'string', make: (n) => Array.from<string>({ length: n }).fill('') },
};

/** A fresh zero-filled (strings: empty) array for `count` values of the type. */
export function makeColumnData(datatype: DataType, count: number): ColumnData {
  const info = DATA_TYPES[datatype];
  return info.make(count * info.slots);
}

/** True for the 64-bit integer types, whose values are `bigint`. */
export function isBigIntType(datatype: DataType): datatype is 'int64' | 'uint64' {
  return datatype === 'int64' || datatype === 'uint64';
}
