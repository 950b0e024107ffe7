import { type EncodedTiles, hcompressEncode, PLIO_MAX, plioEncode, riceEncodeRuns, riceEncodeTiles } from '@almagest/kernels';
import { BadArgumentError } from '../errors.ts';
import { swapBytesInPlace } from '../image/byte-order.ts';
import { makePixels, type PixelArray, pixelTypeOf, viewPixels } from '../image/pixels.ts';
import type { TileCodec } from './tile-layout.ts';

/** Numbers a block of the Rice code, as every writer chooses. */
export const RICE_BLOCK = 32;

export interface TileEncoding {
  readonly codec: Exclude<TileCodec, 'NOCOMPRESS'>;
  /** HCOMPRESS: divisor of the coefficients; 0 or 1 loses nothing. */
  readonly hcompressScale: number;
}

/** Compresses tiles of integers (or, by gzip, of any numbers), each to its bytes. */
export async function encodeTiles(
  tiles: readonly { readonly pixels: PixelArray; readonly width: number }[],
  { codec, hcompressScale }: TileEncoding,
): Promise<Uint8Array[]> {
  switch (codec) {
    case 'RICE_1':
      return encodeRice(tiles.map((tile) => tile.pixels));
    case 'HCOMPRESS_1':
      return tiles.map(({ pixels, width }) =>
        hcompressEncode(toInt32(pixels, codec), { width, height: pixels.length / width, scale: hcompressScale }),
      );
    case 'PLIO_1':
      return tiles.map(({ pixels }) => encodePlio(toInt32(pixels, codec)));
    default:
      return Promise.all(tiles.map(({ pixels }) => gzip(bigEndian(pixels, codec === 'GZIP_2'))));
  }
}

/** Rice tiles of `count` numbers, one after the other in memory. */
export function encodeRuns(pixels: PixelArray, count: number): EncodedTiles {
  return riceEncodeRuns(riceNumbers(pixels), count, RICE_BLOCK);
}

function riceNumbers(pixels: PixelArray): Uint8Array | Int16Array | Int32Array {
  if (pixels instanceof Uint8Array || pixels instanceof Int16Array || pixels instanceof Int32Array) return pixels;
  throw new BadArgumentError('RICE_1 compresses integers of 8, 16 and 32 bits; choose GZIP_2', { card: 'ZCMPTYPE' });
}

function encodeRice(tiles: readonly PixelArray[]): Uint8Array[] {
  const first = tiles[0];
  if (first === undefined) return [];
  const total = tiles.reduce((sum, tile) => sum + tile.length, 0);
  const joined = consecutive(tiles, total) ?? join(tiles, total);
  let at = 0;
  const table = tiles.map((tile) => ({ first: (at += tile.length) - tile.length, count: tile.length }));
  const { bytes, lengths } = riceEncodeTiles(riceNumbers(joined), table, RICE_BLOCK);
  let start = 0;
  return Array.from(lengths, (length) => bytes.subarray(start, (start += length)));
}

/** One view of tiles that follow each other in memory, as whole lines of an image do. */
function consecutive(tiles: readonly PixelArray[], total: number): PixelArray | undefined {
  const [{ buffer, byteOffset }] = tiles;
  let at = byteOffset;
  for (const tile of tiles) {
    if (tile.buffer !== buffer || tile.byteOffset !== at) return undefined;
    at += tile.byteLength;
  }
  return viewPixels(pixelTypeOf(tiles[0]), buffer, byteOffset, total);
}

function join(tiles: readonly PixelArray[], total: number): PixelArray {
  const whole = makePixels(pixelTypeOf(tiles[0]), total);
  let at = 0;
  for (const tile of tiles) {
    whole.set(tile as never, at);
    at += tile.length;
  }
  return whole;
}

function toInt32(pixels: PixelArray, codec: string): Int32Array {
  if (pixels instanceof Int32Array) return pixels;
  if (pixels instanceof Uint8Array || pixels instanceof Int16Array) return Int32Array.from(pixels);
  throw new BadArgumentError(`${codec} compresses integers of 8, 16 and 32 bits; choose GZIP_2`, { card: 'ZCMPTYPE' });
}

function encodePlio(pixels: Int32Array): Uint8Array {
  for (let i = 0; i < pixels.length; i++)
    if (pixels[i] < 0 || pixels[i] > PLIO_MAX)
      throw new BadArgumentError(`PLIO_1 compresses numbers from 0 to ${PLIO_MAX}; found ${pixels[i]}`, { card: 'ZCMPTYPE' });
  return bigEndian(plioEncode(pixels), false);
}

/** Bytes of numbers in the file's order; shuffled ones have all first bytes first. */
export function bigEndian(pixels: PixelArray, shuffled: boolean): Uint8Array<ArrayBuffer> {
  const size = pixels.BYTES_PER_ELEMENT;
  const copy = pixels.slice();
  const bytes = viewPixels('uint8', copy.buffer, 0, copy.byteLength) as Uint8Array<ArrayBuffer>;
  swapBytesInPlace(bytes, size);
  if (!shuffled || size === 1) return bytes;
  const out = new Uint8Array(bytes.length);
  for (let byte = 0; byte < size; byte++)
    for (let i = 0, to = byte * pixels.length; i < pixels.length; i++) out[to + i] = bytes[i * size + byte];
  return out;
}

/** Compresses bytes by the platform's own encoder. */
export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
