import { BadArgumentError } from '../errors.ts';
import { type PixelArray, pixelTypeOf, storageOf } from '../image/pixels.ts';
import type { ColumnFormat } from '../table/column-format.ts';
import type { InputColumn } from './table-hdu.ts';

/** Puts the elements of one column into bytes. */
export interface CellEncoder {
  /** TZERO of the unsigned convention. */
  readonly zero: number | bigint;
  readonly nullValue: number | bigint | undefined;
  /** Writes element `index` of the column at `at`; complex ones are two numbers. */
  element(view: DataView, at: number, index: number): void;
  /** Writes `count` bits from element `index` on. */
  bits(bytes: Uint8Array, at: number, index: number, count: number): void;
  text(bytes: Uint8Array, at: number, value: string): void;
}

/** Chooses the encoder of a column. @throws {BadArgumentError} when an element cannot be stored. */
export function cellEncoder(column: InputColumn, code: ColumnFormat['code'], width: number): CellEncoder {
  const { nulls } = column;
  const values = column.values as PixelArray;
  const zero = 'BIJK'.includes(code) && !Array.isArray(column.values) ? storageOf(pixelTypeOf(values)).bzero : 0;
  const nullValue = 'BIJK'.includes(code)
    ? (column.nullValue ?? (nulls?.includes(1) ? unusedValue(column, code, zero) : undefined))
    : undefined;
  const put = putter(code);
  const element = (view: DataView, at: number, index: number): void => {
    if (code === 'A') return text(new Uint8Array(view.buffer, view.byteOffset), at, (column.values as readonly string[])[index]);
    const isNull = nulls !== undefined && nulls[index] === 1;
    if (code === 'L') return view.setUint8(at, isNull ? 0 : values[index] ? 0x54 : 0x46);
    if (code === 'C' || code === 'M') {
      put(view, at, values[2 * index]);
      return put(view, at + (code === 'C' ? 4 : 8), values[2 * index + 1]);
    }
    if (!isNull) return put(view, at, zero === 0 ? values[index] : stored(values[index], zero));
    return put(view, at, nullValue ?? Number.NaN);
  };
  function text(bytes: Uint8Array, at: number, value: string): void {
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 0x7e || unit < 0x20)
        throw new BadArgumentError(`column ${column.name}: strings must be printable ASCII; found ${JSON.stringify(value)}`);
      bytes[at + i] = unit;
    }
    if (value.length < width) bytes.fill(0x20, at + value.length, at + width);
  }
  return {
    zero,
    nullValue,
    element,
    text,
    bits(bytes, at, index, count) {
      for (let i = 0; i < count; i++) if (values[index + i]) bytes[at + (i >> 3)] |= 0x80 >> (i & 7);
    },
  };
}

function stored(value: number | bigint, zero: number | bigint): number | bigint {
  return typeof value === 'bigint' ? value - BigInt(zero) : value - Number(zero);
}

function putter(code: ColumnFormat['code']): (view: DataView, at: number, value: number | bigint) => void {
  switch (code) {
    case 'I':
      return (view, at, value) => view.setInt16(at, Number(value));
    case 'J':
      return (view, at, value) => view.setInt32(at, Number(value));
    case 'K':
      return (view, at, value) => view.setBigInt64(at, BigInt(value));
    case 'E':
    case 'C':
      return (view, at, value) => view.setFloat32(at, Number(value));
    case 'D':
    case 'M':
      return (view, at, value) => view.setFloat64(at, Number(value));
    default:
      return (view, at, value) => view.setUint8(at, Number(value));
  }
}

/** A stored value that no defined element has: from the lowest one up. */
function unusedValue(column: InputColumn, code: ColumnFormat['code'], zero: number | bigint): number | bigint {
  const values = column.values as PixelArray;
  const used = new Set<string>();
  for (let i = 0; i < values.length; i++) if (column.nulls?.[i] !== 1) used.add(String(stored(values[i], zero)));
  const bits = { B: 8n, I: 16n, J: 32n, K: 64n }[code as 'B' | 'I' | 'J' | 'K'];
  const low = code === 'B' ? 0n : -(1n << (bits - 1n));
  for (let value = low; value < low + (1n << bits); value++) if (!used.has(String(value))) return code === 'K' ? value : Number(value);
  throw new BadArgumentError(`column ${column.name}: every ${code} value is in use, so none can stand for undefined; use a wider type`);
}
