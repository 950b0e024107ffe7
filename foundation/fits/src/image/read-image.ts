import { BadArgumentError, TooLargeError, TruncatedError } from '../errors.ts';
import { bitpixOf, countOf, type Hdu, shapeOf } from '../hdu/hdu.ts';
import { readBytesInto } from '../source/byte-source.ts';
import { swapBytesInPlace } from './byte-order.ts';
import {
  type Allocate,
  bytesOf,
  flipSignInPlace,
  isUnsignedConvention,
  makePixels,
  physicalType,
  pixelTypeOf,
  type PixelArray,
  type PixelType,
  scaleInto,
  scalingOf,
  type Scaling,
  storedType,
  viewPixels,
} from './pixels.ts';
import { checkSection, type Section, sectionRuns, sectionShape } from './section.ts';

export interface ReadImageOptions {
  /** Part to read; the whole image without it. */
  readonly section?: Section | undefined;
  /**
   * Type of the result: `physical` (default) keeps integers as integers where no scaling or BLANK asks otherwise,
   * `stored` gives the numbers as they stand in the file, and a floating-point type converts whatever there is.
   */
  readonly as?: 'physical' | 'stored' | 'float32' | 'float64';
  /** Where the pixels go; fresh memory without it. */
  readonly allocate?: Allocate | undefined;
  /** Pixels to fill, which then are the result: of its type, and as many; or what gives them, undefined for fresh ones. Goes before `allocate`. */
  readonly into?: PixelArray | ((type: PixelType, count: number) => PixelArray | undefined) | undefined;
  /** Most bytes the result may take; 16 GiB unless told. */
  readonly maxBytes?: number;
}

/** Pixels of an image with their shape (C order: the last axis is the fastest, NAXIS1). */
export interface FitsImage {
  readonly shape: readonly number[];
  readonly data: PixelArray;
}

/** Bytes moved a step: large enough to hide a call, small enough that one is converted while the next is read. */
const CHUNK = 1 << 21;
/** Steps that are asked for before the first is there, so that the system reads while pixels are converted. */
const AHEAD = 3;
/** Gaps up to this are read through rather than asked for separately [byte]. */
const GAP = 1 << 16;
const MAX_BYTES = 2 ** 34;

/**
 * Reads the pixels of an uncompressed image or of a section of it; only the bytes of the section are asked for.
 *
 * The result is fresh; undefined integer pixels (BLANK) are NaN.
 *
 * @throws {TruncatedError} if the file ends before the pixels.
 * @throws {TooLargeError} if the result would pass `maxBytes`.
 * @throws {NotInFileError} if the section lies outside.
 */
export async function readPlainImage(hdu: Hdu, options: ReadImageOptions = {}): Promise<FitsImage> {
  const { header } = hdu;
  const bitpix = bitpixOf(header);
  const shape = shapeOf(header);
  const scaling = scalingOf(header, bitpix);
  if (countOf(shape) === 0) return { shape, data: makePixels(outputType(bitpix, scaling, options.as), 0) };
  const section = checkSection(options.section, shape, hdu.index);
  const outShape = sectionShape(section);
  const count = countOf(outShape);
  const type = outputType(bitpix, scaling, options.as);
  const available = hdu.source.size - hdu.dataOffset;
  const lastPixel = section.reduce((offset, [, stop], axis) => offset * shape[axis] + stop - 1, 0) + 1;
  if (lastPixel * (Math.abs(bitpix) / 8) > available)
    throw new TruncatedError(`the image needs ${hdu.dataSize} bytes; the file has ${Math.max(0, available)}`, {
      hdu: hdu.index,
      card: 'NAXIS1',
    });
  const maxBytes = options.maxBytes ?? MAX_BYTES;
  if (count * bytesOf(type) > maxBytes)
    throw new TooLargeError(`the image takes ${count * bytesOf(type)} bytes; the limit is ${maxBytes}`, { hdu: hdu.index, card: 'NAXIS' });
  const data = resultFor(options, type, count);
  const convert = converter(bitpix, scaling, options.as);
  if (options.section === undefined) await readWhole(hdu, bitpix, data, convert);
  else await readSection(hdu, { section, shape, bitpix }, data, convert);
  return { shape: outShape, data };
}

/** Where the result goes. @throws {BadArgumentError} if the caller's pixels are others than the image has. */
export function resultFor({ into, allocate }: ReadImageOptions, type: PixelType, count: number): PixelArray {
  const given = typeof into === 'function' ? into(type, count) : into;
  if (given === undefined) return makePixels(type, count, allocate);
  if (pixelTypeOf(given) === type && given.length === count) return given;
  throw new BadArgumentError(
    `the image has ${count} pixels of ${type}; the array that was given holds ${given.length} of ${pixelTypeOf(given)}`,
  );
}

type Convert = (stored: PixelArray, out: PixelArray) => void;

/** The type of the result for a way of reading. */
export function outputType(bitpix: number, scaling: Scaling, as: ReadImageOptions['as'] = 'physical'): PixelType {
  if (as === 'physical') return physicalType(bitpix, scaling);
  return as === 'stored' ? storedType(bitpix) : as;
}

/** What turns stored numbers into the result; copies where they are the same. */
export function converter(bitpix: number, scaling: Scaling, as: ReadImageOptions['as'] = 'physical'): Convert {
  const copy: Convert = (stored, out) => {
    if (stored.buffer !== out.buffer || stored.byteOffset !== out.byteOffset) setPixels(out, stored);
  };
  if (as === 'stored') return copy;
  if (as === 'physical' && isUnsignedConvention(bitpix, scaling))
    return (stored, out) => {
      const same = viewPixels(storedType(bitpix), out.buffer, out.byteOffset, out.length);
      copy(stored, same);
      flipSignInPlace(out);
    };
  if (scaling.bscale === 1 && scaling.bzero === 0 && scaling.blank === undefined) return copy;
  return (stored, out) => scaleInto(stored, scaling, out);
}

function setPixels(out: PixelArray, stored: PixelArray): void {
  const wide = stored instanceof BigInt64Array || stored instanceof BigUint64Array;
  if (wide && !(out instanceof BigInt64Array || out instanceof BigUint64Array))
    for (let i = 0; i < stored.length; i++) out[i] = Number(stored[i]);
  else out.set(stored as never);
}

/** Reads all pixels in steps; while one step is converted the next ones are already being read. */
async function readWhole(hdu: Hdu, bitpix: number, out: PixelArray, convert: Convert): Promise<void> {
  const size = Math.abs(bitpix) / 8;
  const type = storedType(bitpix);
  const inPlace = out.BYTES_PER_ELEMENT === size;
  const step = CHUNK / size;
  const fetch = (start: number): { stored: PixelArray; out: PixelArray; bytes: Uint8Array; ready: Promise<number> } => {
    const count = Math.min(step, out.length - start);
    const part = out.subarray(start, start + count);
    const stored = inPlace ? viewPixels(type, part.buffer, part.byteOffset, count) : makePixels(type, count);
    const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
    const ready = readBytesInto(hdu.source, hdu.dataOffset + start * size, bytes);
    ready.catch(() => undefined); // awaited below; this only keeps an early failure from being reported twice
    return { stored, out: part, bytes, ready };
  };
  const ahead: ReturnType<typeof fetch>[] = [];
  let asked = 0;
  for (let start = 0; start < out.length; start += step) {
    for (; asked < out.length && ahead.length < AHEAD; asked += step) ahead.push(fetch(asked));
    const now = ahead.shift() as ReturnType<typeof fetch>;
    const got = await now.ready;
    if (got < now.bytes.length) throw new TruncatedError('the file ended while its pixels were read', { hdu: hdu.index });
    if (asked < out.length) {
      ahead.push(fetch(asked));
      asked += step;
    }
    swapBytesInPlace(now.bytes, size);
    convert(now.stored, now.out);
  }
}

interface Part {
  readonly section: Section;
  readonly shape: readonly number[];
  readonly bitpix: number;
}

/** Reads the runs of a section, several together where the gaps between them are small. */
async function readSection(hdu: Hdu, { section, shape, bitpix }: Part, out: PixelArray, convert: Convert): Promise<void> {
  const size = Math.abs(bitpix) / 8;
  const [start, stop, stride = 1] = section[section.length - 1];
  const runLength = stop - start;
  const kept = Math.ceil(runLength / stride);
  const stored = makePixels(storedType(bitpix), kept);
  const storedBytes = new Uint8Array(stored.buffer);
  let at = 0;
  let batch: number[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const first = batch[0];
    const length = (batch[batch.length - 1] + runLength - first) * size;
    const bytes = await hdu.source.read(hdu.dataOffset + first * size, length);
    if (bytes.length < length) throw new TruncatedError('the file ended while its pixels were read', { hdu: hdu.index });
    for (const run of batch) {
      const from = (run - first) * size;
      if (stride === 1) storedBytes.set(bytes.subarray(from, from + kept * size));
      else
        for (let i = 0; i < kept; i++) storedBytes.set(bytes.subarray(from + i * stride * size, from + (i * stride + 1) * size), i * size);
      swapBytesInPlace(storedBytes, size);
      convert(stored, out.subarray(at, at + kept));
      at += kept;
    }
    batch = [];
  };
  for (const run of sectionRuns(section, shape)) {
    const previous = batch.at(-1);
    if (previous !== undefined && ((run - previous - runLength) * size > GAP || (run + runLength - batch[0]) * size > 2 * CHUNK))
      await flush();
    batch.push(run);
  }
  await flush();
}

/** Checks that data fill a shape. */
export function checkShape(shape: readonly number[], length: number): void {
  if (shape.some((axis) => !Number.isSafeInteger(axis) || axis < 0) || countOf(shape) !== length)
    throw new BadArgumentError(`a shape [${shape.join(', ')}] needs ${countOf(shape)} pixels; found ${length}`);
}
