import { BadCardError, TooLargeError } from '../errors.ts';
import type { Header } from '../header/header.ts';

/** Typed arrays that pixels and columns come in. */
export type PixelArray =
  | Uint8Array
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

export type PixelType = 'uint8' | 'int8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'int64' | 'uint64' | 'float32' | 'float64';

/** Where pixel memory comes from: an `ArrayBuffer` unless the caller brings something else, such as shared memory. */
export type Allocate = (bytes: number) => ArrayBufferLike;

/** How stored numbers become physical ones: `bzero + bscale * stored`; `blank` marks undefined pixels. */
export interface Scaling {
  readonly bscale: number;
  readonly bzero: number;
  readonly blank: number | bigint | undefined;
}

interface ArrayMaker {
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): PixelArray;
  readonly BYTES_PER_ELEMENT: number;
}

const MAKERS: Readonly<Record<PixelType, ArrayMaker>> = {
  uint8: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** Bytes of one number of this type. */
export function bytesOf(type: PixelType): number {
  return MAKERS[type].BYTES_PER_ELEMENT;
}

/** A fresh array of a type. @throws {TooLargeError} if the machine cannot hold it. */
export function makePixels(type: PixelType, count: number, allocate?: Allocate): PixelArray {
  try {
    return viewPixels(type, allocate ? allocate(count * bytesOf(type)) : new ArrayBuffer(count * bytesOf(type)), 0, count);
  } catch (error) {
    throw new TooLargeError(`no memory for ${count} pixels of ${type}`, {}, error);
  }
}

/** A view of a type over existing memory. */
export function viewPixels(type: PixelType, buffer: ArrayBufferLike, offset: number, count: number): PixelArray {
  return new MAKERS[type](buffer, offset, count);
}

/** The type of an array of pixels. */
export function pixelTypeOf(data: PixelArray): PixelType {
  for (const [type, maker] of Object.entries(MAKERS)) if (data.constructor === maker) return type as PixelType;
  return 'float64';
}

/** The type that a BITPIX is stored as. */
export function storedType(bitpix: number): PixelType {
  return ({ 8: 'uint8', 16: 'int16', 32: 'int32', 64: 'int64', [-32]: 'float32' } as Record<number, PixelType>)[bitpix] ?? 'float64';
}

/** Reads BSCALE, BZERO and BLANK (integers only); BLANK on floating-point data means nothing and is ignored. */
export function scalingOf(header: Header, bitpix: number): Scaling {
  const bscale = header.has('BSCALE') ? header.getNumber('BSCALE') : 1;
  const bzero = header.has('BZERO') ? header.getNumber('BZERO') : 0;
  if (bscale === undefined || !Number.isFinite(bscale))
    throw new BadCardError('BSCALE must be a number', { hdu: header.hdu, card: 'BSCALE' });
  if (bzero === undefined || !Number.isFinite(bzero)) throw new BadCardError('BZERO must be a number', { hdu: header.hdu, card: 'BZERO' });
  const blank = bitpix > 0 ? header.get('BLANK') : undefined;
  return { bscale, bzero, blank: typeof blank === 'number' || typeof blank === 'bigint' ? blank : undefined };
}

const UNSIGNED_ZERO: Readonly<Record<number, number>> = { 8: -128, 16: 2 ** 15, 32: 2 ** 31, 64: 2 ** 63 };
const UNSIGNED_TYPE: Readonly<Record<number, PixelType>> = { 8: 'int8', 16: 'uint16', 32: 'uint32', 64: 'uint64' };

/** True where the scaling is the standard's way to store the other signedness. */
export function isUnsignedConvention(bitpix: number, { bscale, bzero }: Pick<Scaling, 'bscale' | 'bzero'>): boolean {
  return bscale === 1 && UNSIGNED_ZERO[bitpix] === bzero;
}

/** The type whose values are the physical values: integers stay integers unless scaled or blank-able. */
export function physicalType(bitpix: number, scaling: Scaling): PixelType {
  if (isUnsignedConvention(bitpix, scaling)) return UNSIGNED_TYPE[bitpix] as PixelType;
  if (bitpix < 0 || (scaling.bscale === 1 && scaling.bzero === 0 && scaling.blank === undefined)) return storedType(bitpix);
  return bitpix <= 16 ? 'float32' : 'float64';
}

/** BITPIX and scaling cards that store this type without loss. */
export function storageOf(type: PixelType): { bitpix: number; bzero: number | bigint } {
  switch (type) {
    case 'int8':
      return { bitpix: 8, bzero: -128 };
    case 'uint16':
      return { bitpix: 16, bzero: 32768 };
    case 'uint32':
      return { bitpix: 32, bzero: 2147483648 };
    case 'uint64':
      return { bitpix: 64, bzero: 9223372036854775808n };
    case 'float32':
      return { bitpix: -32, bzero: 0 };
    case 'float64':
      return { bitpix: -64, bzero: 0 };
    default:
      return { bitpix: bytesOf(type) * 8, bzero: 0 };
  }
}

/** Flips the top bit of every number, which turns an unsigned type into the stored signed one (int8 into uint8) and back. */
export function flipSignInPlace(data: PixelArray): void {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    const words = new Uint32Array(data.buffer, data.byteOffset, data.length * 2);
    for (let i = 1; i < words.length; i += 2) words[i] ^= 0x80000000;
    return;
  }
  const bits = data.BYTES_PER_ELEMENT * 8;
  if (bits === 16 && data.byteOffset % 4 === 0) {
    // Two numbers a step.
    const words = new Uint32Array(data.buffer, data.byteOffset, data.length >> 1);
    for (let i = 0; i < words.length; i++) words[i] ^= 0x80008000;
    if (data.length % 2 === 1) data[data.length - 1] ^= 0x8000;
    return;
  }
  const flip = bits === 8 ? 0x80 : bits === 16 ? 0x8000 : 0x80000000;
  for (let i = 0; i < data.length; i++) data[i] ^= flip;
}

/**
 * Converts stored numbers to physical ones.
 *
 * Single-precision output of data that single precision holds exactly is computed in single precision, as other readers do, so
 * that values agree bit by bit; everything else in doubles. Blank pixels become NaN in floating-point output.
 */
export function scaleInto(stored: PixelArray, scaling: Scaling, out: PixelArray): void {
  const { bscale, bzero, blank } = scaling;
  const float = out instanceof Float32Array || out instanceof Float64Array;
  if (stored instanceof BigInt64Array || stored instanceof BigUint64Array || !float) {
    for (let i = 0; i < stored.length; i++) {
      const value = stored[i];
      // A 64-bit pixel is scaled in doubles, as its type promises no more.
      out[i] = (blank !== undefined && value == blank ? NaN : bzero + bscale * Number(value)) as never; // eslint-disable-line eqeqeq
    }
    return;
  }
  if (out instanceof Float32Array && stored.BYTES_PER_ELEMENT <= (stored instanceof Float32Array ? 4 : 2)) {
    const [scale, zero] = [Math.fround(bscale), Math.fround(bzero)];
    for (let i = 0; i < stored.length; i++)
      out[i] = blank !== undefined && stored[i] === blank ? NaN : Math.fround(scale * (stored[i] as number)) + zero;
    return;
  }
  if (blank === undefined) for (let i = 0; i < stored.length; i++) out[i] = bzero + bscale * (stored[i] as number);
  else for (let i = 0; i < stored.length; i++) out[i] = stored[i] === blank ? NaN : bzero + bscale * (stored[i] as number);
}
