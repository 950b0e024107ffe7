import { BadArgumentError } from '../errors.ts';
import type { Card } from '../header/card.ts';
import type { Header } from '../header/header.ts';
import {
  flipSignInPlace,
  makePixels,
  type PixelArray,
  type PixelType,
  pixelTypeOf,
  storageOf,
  storedType,
  viewPixels,
} from '../image/pixels.ts';
import { checkShape } from '../image/read-image.ts';
import { userHeader } from '../write/image-hdu.ts';
import { type OutputHdu, valueCard } from '../write/output-hdu.ts';
import { ditherStart, NULL_VALUE } from './dither.ts';
import { bigEndian, encodeRuns, encodeTiles, gzip, RICE_BLOCK, type TileEncoding } from './encode-tiles.ts';
import { quantizeTile } from './quantize.ts';
import { tileBox, tilesFollow } from './tile-grid.ts';
import type { DitherMethod } from './tile-layout.ts';

export interface CompressedImageOptions {
  /** Pixels; their type decides ZBITPIX. Not modified. */
  readonly data: PixelArray;
  /** C order, the last axis is NAXIS1. */
  readonly shape: readonly number[];
  readonly header?: Header;
  readonly name?: string;
  readonly version?: number;
  /** RICE_1 unless told. */
  readonly codec?: TileEncoding['codec'];
  /** Tile shape in C order; one line a tile unless told, sixteen for HCOMPRESS_1. */
  readonly tile?: readonly number[];
  /**
   * How reals become integers: SUBTRACTIVE_DITHER_1 at level 4 unless told (noise divided by 4 is the step; a negative level is the
   * step itself). NONE keeps reals bit by bit, which GZIP_1 and GZIP_2 alone can.
   */
  readonly quantize?: { readonly method: DitherMethod; readonly level?: number; readonly ditherSeed?: number };
  /** HCOMPRESS_1: 0 (nothing lost) unless told. */
  readonly hcompressScale?: number;
  /** BSCALE, BZERO and BLANK of integers that stand for something else; their cards are written as they are. */
  readonly scaling?: readonly Card[];
  /** True where the image was a primary HDU, so that unpacking makes it one again. */
  readonly primary?: boolean;
}

interface PackedTile {
  /** Bytes that it takes in the heap. */
  readonly length: number;
  /** Column that holds it: compressed, or gzip where quantization would lose more than noise. */
  readonly gzip: boolean;
  readonly scale: number;
  readonly zero: number;
}

/** Tiles compressed a step. */
const BATCH_PIXELS = 1 << 20;

/**
 * Compresses an image by tiles; the result is for {@link writeFits} and is readable by every reader of tile compression.
 *
 * Reals lose only a part of their noise: dithering keeps means and noise free of bias (see the README for the figures).
 *
 * @throws {BadArgumentError} if the codec cannot hold the pixels.
 */
export async function compressedImageHdu(options: CompressedImageOptions): Promise<OutputHdu> {
  const { data } = options;
  const part = (first: number, count: number): PixelArray => data.subarray(first, first + count);
  return compressedSupplyHdu(options, { type: pixelTypeOf(data), length: data.length, part });
}

/** Pixels that come when they are asked for. */
export interface PixelSupply {
  readonly type: PixelType;
  readonly length: number;
  /** Pixels from the first on, in order, valid until the next are asked for; fewer only at the end. */
  readonly part: (first: number, count: number) => PixelArray | Promise<PixelArray>;
}

/** As {@link compressedImageHdu}; where tiles follow each other, never more than two batches of pixels are asked for. */
export async function compressedSupplyHdu(options: Omit<CompressedImageOptions, 'data'>, supply: PixelSupply): Promise<OutputHdu> {
  const { shape, codec = 'RICE_1' } = options;
  const { type, length: count } = supply;
  checkShape(shape, count);
  if (count === 0) throw new BadArgumentError('an image without pixels cannot be compressed', { card: 'NAXIS' });
  if (type === 'int64' || type === 'uint64')
    throw new BadArgumentError('64-bit integers cannot be compressed so that other readers unpack them; write the image as it is', {
      card: 'ZBITPIX',
    });
  const tile = (options.tile ?? defaultTile(shape, codec)).map((length, axis) => Math.min(length, shape[axis]));
  if (tile.length !== shape.length || tile.some((length) => !Number.isSafeInteger(length) || length < 1))
    throw new BadArgumentError(`the tile [${tile.join(', ')}] must have as many axes as the image`, { card: 'ZTILE1' });
  const real = type === 'float32' || type === 'float64';
  const zipped = codec === 'GZIP_1' || codec === 'GZIP_2';
  const method = real ? (options.quantize?.method ?? 'SUBTRACTIVE_DITHER_1') : 'NONE';
  if (real && method === 'NONE' && !zipped)
    throw new BadArgumentError(`${codec} cannot hold reals without quantization; choose GZIP_2`, { card: 'ZQUANTIZ' });
  const seed = options.quantize?.ditherSeed ?? 1;
  if (!Number.isInteger(seed) || seed < 1 || seed > 10_000)
    throw new BadArgumentError(`the dither seed must be 1 to 10000; found ${seed}`, { card: 'ZDITHER0' });
  const grid = shape.map((length, axis) => Math.ceil(length / tile[axis]));
  const tiles = grid.reduce((product, length) => product * length, 1);
  const packed: PackedTile[] = [];
  const heap: Uint8Array[] = [];
  const keep = (bytes: Uint8Array, about: Omit<PackedTile, 'length'>): void => {
    heap.push(bytes);
    packed.push({ ...about, length: bytes.length });
  };
  let nulls = false;
  const step = Math.max(1, Math.floor(BATCH_PIXELS / tile.reduce((product, length) => product * length, 1)));
  const encoding = { codec, hcompressScale: options.hcompressScale ?? 0 };
  const runs = codec === 'RICE_1' && !real && tilesFollow(shape, tile) ? tile.reduce((product, length) => product * length, 1) : 0;
  if (runs > 0) {
    for (let first = 0; first < count; first += step * runs) {
      const { bytes, lengths } = encodeRuns(toStored(await supply.part(first, step * runs), codec), runs);
      heap.push(bytes);
      for (const length of lengths) packed.push({ length, gzip: false, scale: 0, zero: 0 });
    }
    return assemble(options, { codec, type, tile, method, seed, nulls, packed, heap });
  }
  const data = await supply.part(0, count);
  for (let first = 0; first < tiles; first += step) {
    const numbers = Array.from({ length: Math.min(step, tiles - first) }, (_unused, i) => {
      const box = tileBox(first + i, { shape, tile, grid });
      return { pixels: cutTile(data, shape, box.origin, box.extent), width: box.extent[box.extent.length - 1], tile: first + i };
    });
    if (method === 'NONE') {
      const plain = real ? numbers : numbers.map(({ pixels, width }) => ({ pixels: toStored(pixels, codec), width }));
      for (const bytes of await encodeTiles(plain, encoding)) keep(bytes, { gzip: false, scale: 0, zero: 0 });
      continue;
    }
    const quantized = numbers.map(({ pixels, width, tile: number }) =>
      quantizeTile(pixels as Float32Array, width, { method, level: options.quantize?.level ?? 4, start: ditherStart(number, seed) }),
    );
    nulls ||= quantized.some((each) => each?.hasNulls);
    const coded = await encodeTiles(
      quantized.flatMap((each, i) => (each === undefined ? [] : [{ pixels: each.numbers, width: numbers[i].width }])),
      encoding,
    );
    let next = 0;
    for (const [i, each] of quantized.entries())
      if (each === undefined) keep(await gzip(bigEndian(numbers[i].pixels, false)), { gzip: true, scale: 0, zero: 0 });
      else keep(coded[next++], { gzip: false, scale: each.scale, zero: each.zero });
  }
  return assemble(options, { codec, type, tile, method, seed, nulls, packed, heap });
}

function defaultTile(shape: readonly number[], codec: string): number[] {
  const lines = codec === 'HCOMPRESS_1' ? 16 : 1;
  return shape.map((length, axis) => (axis === shape.length - 1 ? length : axis === shape.length - 2 ? Math.min(lines, length) : 1));
}

/** Copies one tile out of the image. */
function cutTile(data: PixelArray, shape: readonly number[], origin: readonly number[], extent: readonly number[]): PixelArray {
  const fast = shape.length - 1;
  const whole = extent.every((length, axis) => axis === 0 || length === shape[axis]);
  const offsetOf = (index: readonly number[]): number => index.reduce((offset, at, axis) => offset * shape[axis] + origin[axis] + at, 0);
  const count = extent.reduce((product, length) => product * length, 1);
  const index = shape.map(() => 0);
  if (whole) return data.subarray(offsetOf(index), offsetOf(index) + count);
  const out = makePixels(pixelTypeOf(data), count);
  for (let at = 0; at < count; at += extent[fast]) {
    const start = offsetOf(index);
    out.set(data.subarray(start, start + extent[fast]) as never, at);
    for (let axis = fast - 1; axis >= 0; axis--) {
      if (++index[axis] < extent[axis]) break;
      index[axis] = 0;
    }
  }
  return out;
}

/** Numbers as they are stored: unsigned ones by the BZERO convention, except that PLIO keeps their values. */
function toStored(pixels: PixelArray, codec: string): PixelArray {
  const { bitpix, bzero } = storageOf(pixelTypeOf(pixels));
  if (bzero === 0) return pixels;
  if (codec === 'PLIO_1' && pixels instanceof Uint16Array) return Int32Array.from(pixels);
  const copy = pixels.slice();
  flipSignInPlace(copy);
  return viewPixels(storedType(bitpix), copy.buffer, 0, copy.length);
}

interface Assembly {
  readonly codec: TileEncoding['codec'];
  readonly type: PixelType;
  readonly tile: readonly number[];
  readonly method: DitherMethod;
  readonly seed: number;
  readonly nulls: boolean;
  readonly packed: readonly PackedTile[];
  /** The bytes of all tiles, in order. */
  readonly heap: readonly Uint8Array[];
}

/** Puts the table together: descriptors, scales, heap and cards. */
function assemble(
  options: Omit<CompressedImageOptions, 'data'>,
  { codec, type, tile, method, seed, nulls, packed, heap }: Assembly,
): OutputHdu {
  const real = type === 'float32' || type === 'float64';
  const quantized = real && method !== 'NONE';
  const anyGzip = packed.some((each) => each.gzip);
  const heapBytes = packed.reduce((sum, each) => sum + each.length, 0);
  const wide = heapBytes >= 2 ** 31;
  const code = codec === 'PLIO_1' ? 'I' : 'B';
  const unit = code === 'I' ? 2 : 1;
  const longest = (gzipped: boolean): number =>
    packed.reduce((most, each) => (each.gzip === gzipped ? Math.max(most, each.length) : most), 0);
  const p = wide ? 'Q' : 'P';
  const columns = [
    ['COMPRESSED_DATA', `1${p}${code}(${longest(false) / unit})`],
    ...(anyGzip ? [['GZIP_COMPRESSED_DATA', `1${p}B(${longest(true)})`]] : []),
    ...(quantized
      ? [
          ['ZSCALE', '1D'],
          ['ZZERO', '1D'],
        ]
      : []),
  ];
  const descriptor = wide ? 16 : 8;
  const rowBytes = descriptor * (anyGzip ? 2 : 1) + (quantized ? 16 : 0);
  const { bitpix, bzero } = storageOf(type);
  const header = userHeader(options);
  if (bzero !== 0) header.set('BSCALE', 1).set('BZERO', bzero);
  for (const card of options.scaling ?? []) header.set(card.keyword, card.value, card.comment);
  return {
    extension: 'BINTABLE',
    structure: [
      valueCard('BITPIX', 8, 'bytes'),
      valueCard('NAXIS', 2, 'rows of bytes'),
      valueCard('NAXIS1', rowBytes, 'bytes in a row'),
      valueCard('NAXIS2', packed.length, 'tiles'),
      valueCard('PCOUNT', heapBytes, 'bytes of heap'),
      valueCard('GCOUNT', 1, 'one group'),
      valueCard('TFIELDS', columns.length, 'columns'),
      ...columns.flatMap(([name, format], i) => [valueCard(`TTYPE${i + 1}`, name), valueCard(`TFORM${i + 1}`, format)]),
      valueCard('ZIMAGE', true, 'a tile-compressed image'),
      ...(options.primary ? [valueCard('ZSIMPLE', true, 'it was a primary HDU')] : []),
      valueCard('ZBITPIX', bitpix, 'BITPIX of the image'),
      valueCard('ZNAXIS', options.shape.length, 'axes of the image'),
      ...options.shape.toReversed().map((length, axis) => valueCard(`ZNAXIS${axis + 1}`, length)),
      ...tile.toReversed().map((length, axis) => valueCard(`ZTILE${axis + 1}`, length, axis === 0 ? 'shape of the tiles' : '')),
      valueCard('ZCMPTYPE', codec, 'compression'),
      ...codecCards(codec, quantized ? 4 : Math.abs(bitpix) / 8, options.hcompressScale ?? 0),
      ...(real ? [valueCard('ZQUANTIZ', method, 'how reals became integers')] : []),
      ...(quantized && method !== 'NO_DITHER' ? [valueCard('ZDITHER0', seed, 'start of the dither')] : []),
      ...(quantized && nulls ? [valueCard('ZBLANK', NULL_VALUE, 'undefined pixels')] : []),
    ],
    header,
    dataSize: rowBytes * packed.length + heapBytes,
    *data() {
      const rows = new Uint8Array(rowBytes * packed.length);
      const view = new DataView(rows.buffer);
      let at = 0;
      packed.forEach((each, row) => {
        const cell = row * rowBytes + (each.gzip ? descriptor : 0);
        const count = each.length / (each.gzip ? 1 : unit);
        if (wide) {
          view.setBigInt64(cell, BigInt(count));
          view.setBigInt64(cell + 8, BigInt(at));
        } else {
          view.setInt32(cell, count);
          view.setInt32(cell + 4, at);
        }
        if (quantized) {
          view.setFloat64((row + 1) * rowBytes - 16, each.scale);
          view.setFloat64((row + 1) * rowBytes - 8, each.zero);
        }
        at += each.length;
      });
      yield rows;
      yield* heap;
    },
  };
}

function codecCards(codec: string, bytePix: number, hcompressScale: number): Card[] {
  const pairs: readonly (readonly [string, number])[] =
    codec === 'RICE_1'
      ? [
          ['BLOCKSIZE', RICE_BLOCK],
          ['BYTEPIX', bytePix],
        ]
      : codec === 'HCOMPRESS_1'
        ? [
            ['SCALE', hcompressScale],
            ['SMOOTH', 0],
          ]
        : [];
  return pairs.flatMap(([name, value], i) => [valueCard(`ZNAME${i + 1}`, name), valueCard(`ZVAL${i + 1}`, value)]);
}
