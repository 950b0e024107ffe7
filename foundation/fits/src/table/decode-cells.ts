import { isUnsignedConvention, makePixels, type PixelArray, type PixelType } from '../image/pixels.ts';
import type { ElementCode } from './column-format.ts';
import type { ColumnLayout } from './layout.ts';

type NumberCode = Exclude<ElementCode, 'A'>;

const BITPIX: Partial<Record<ElementCode, number>> = { B: 8, I: 16, J: 32, K: 64 };
const UNSIGNED: Partial<Record<ElementCode, PixelType>> = { B: 'int8', I: 'uint16', J: 'uint32', K: 'uint64' };
const PLAIN: Record<NumberCode, PixelType> = {
  L: 'uint8',
  X: 'uint8',
  B: 'uint8',
  I: 'int16',
  J: 'int32',
  K: 'int64',
  E: 'float32',
  D: 'float64',
  C: 'float32',
  M: 'float64',
};

/** How the elements of a column become values. */
export interface CellDecoder {
  readonly type: PixelType;
  readonly nullable: boolean;
  /** Decodes `count` elements at `offset` into `out` from index `at` (in numbers), marking undefined ones. */
  decode(view: DataView, offset: number, count: number, out: PixelArray, at: number, nulls: Uint8Array | undefined): void;
}

/** Chooses the decoder of a numeric column. */
export function cellDecoder(column: Pick<ColumnLayout, 'format' | 'scale' | 'zero' | 'nullValue'>): CellDecoder {
  const { scale, zero, nullValue } = column;
  const code = column.format.code as NumberCode;
  const bitpix = BITPIX[code];
  const plain = (scale === 1 && zero === 0) || code === 'L' || code === 'X';
  const unsigned = bitpix !== undefined && isUnsignedConvention(bitpix, { bscale: scale, bzero: zero });
  const type = plain ? PLAIN[code] : unsigned ? (UNSIGNED[code] as PixelType) : 'float64';
  const blank = bitpix === undefined ? undefined : nullValue;
  const read = reader(code);
  const scaled = !plain && !unsigned;
  const nullable = code === 'L' || (blank !== undefined && !scaled);
  return {
    type,
    nullable,
    decode(view, offset, count, out, at, nulls) {
      if (code === 'X') return decodeBits(view, offset, count, out, at);
      if (code === 'L') return decodeLogicals(view, offset, count, out, at, nulls);
      read(view, offset, count, out, at);
      if (blank !== undefined) {
        const raw = makePixels(PLAIN[code], count);
        read(view, offset, count, raw, 0);
        for (let i = 0; i < count; i++) {
          // eslint-disable-next-line eqeqeq -- a 64-bit value is a bigint and TNULL a number
          const isNull = raw[i] == blank;
          if (scaled) out[at + i] = isNull ? Number.NaN : zero + scale * Number(raw[i]);
          else if (nulls) nulls[at + i] = isNull ? 1 : 0;
        }
      } else if (scaled)
        for (let i = at; i < at + count * (code === 'C' || code === 'M' ? 2 : 1); i++) out[i] = zero + scale * Number(out[i]);
      if (unsigned) for (let i = at; i < at + count; i++) out[i] = flipped(code, raw64(out, i)) as never;
    },
  };
}

function raw64(out: PixelArray, i: number): number | bigint {
  return out[i];
}

/** The unsigned value of a stored signed one, once it is in an array of the unsigned type. */
function flipped(code: NumberCode, value: number | bigint): number | bigint {
  if (typeof value === 'bigint') return value ^ (1n << 63n);
  return code === 'B' ? value ^ 0x80 : code === 'I' ? value ^ 0x8000 : value ^ 0x80000000;
}

type Read = (view: DataView, offset: number, count: number, out: PixelArray, at: number) => void;

function reader(code: NumberCode): Read {
  switch (code) {
    case 'I':
      return (view, offset, count, out, at) => {
        for (let i = 0; i < count; i++) out[at + i] = view.getInt16(offset + 2 * i);
      };
    case 'J':
      return (view, offset, count, out, at) => {
        for (let i = 0; i < count; i++) out[at + i] = view.getInt32(offset + 4 * i);
      };
    case 'K':
      return (view, offset, count, out, at) => {
        const wide = out instanceof BigInt64Array || out instanceof BigUint64Array;
        for (let i = 0; i < count; i++) {
          const value = view.getBigInt64(offset + 8 * i);
          out[at + i] = (wide ? value : Number(value)) as never;
        }
      };
    case 'E':
    case 'C':
      return (view, offset, count, out, at) => {
        const numbers = code === 'C' ? 2 * count : count;
        for (let i = 0; i < numbers; i++) out[at + i] = view.getFloat32(offset + 4 * i);
      };
    case 'D':
    case 'M':
      return (view, offset, count, out, at) => {
        const numbers = code === 'M' ? 2 * count : count;
        for (let i = 0; i < numbers; i++) out[at + i] = view.getFloat64(offset + 8 * i);
      };
    default:
      return (view, offset, count, out, at) => {
        for (let i = 0; i < count; i++) out[at + i] = view.getUint8(offset + i);
      };
  }
}

function decodeBits(view: DataView, offset: number, count: number, out: PixelArray, at: number): void {
  for (let i = 0; i < count; i++) out[at + i] = (view.getUint8(offset + (i >> 3)) >> (7 - (i & 7))) & 1;
}

/** T is true, F false; a zero byte, or anything else, is undefined. */
function decodeLogicals(view: DataView, offset: number, count: number, out: PixelArray, at: number, nulls: Uint8Array | undefined): void {
  for (let i = 0; i < count; i++) {
    const byte = view.getUint8(offset + i);
    out[at + i] = byte === 0x54 ? 1 : 0;
    if (nulls) nulls[at + i] = byte === 0x54 || byte === 0x46 ? 0 : 1;
  }
}

/** A string of a cell: up to the first zero byte, without trailing blanks. */
export function decodeString(bytes: Uint8Array, start: number, length: number): string {
  let end = start;
  const stop = start + length;
  while (end < stop && bytes[end] !== 0) end++;
  while (end > start && bytes[end - 1] === 0x20) end--;
  let text = '';
  if (end - start <= 24) {
    // Short ones without a view each.
    for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]);
    return text;
  }
  for (let at = start; at < end; at += 4096) text += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + 4096)));
  return text;
}
