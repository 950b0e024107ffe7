import { gunzipInto, hcompressDecode, plioDecode, riceDecodeTiles } from '@almagest/kernels';
import { swapBytesInPlace } from '../image/byte-order.ts';
import { makePixels, type PixelArray, type PixelType, viewPixels } from '../image/pixels.ts';
import type { TileLayout } from './tile-layout.ts';

/**
 * Decodes one compressed tile to the integers it was made of, in the width they come in.
 *
 * @param bytes - The compressed bytes of the tile.
 * @param count - Pixels of the tile; `lines` of them along the slow axes.
 * @returns Fresh numbers, or undefined where the bytes are damaged.
 */
export function decodeTile(layout: TileLayout, bytes: Uint8Array, count: number, lines: number): PixelArray | undefined {
  switch (layout.codec) {
    case 'RICE_1': {
      const type = riceType(layout);
      if (type === undefined) return undefined;
      const out = makePixels(type, count) as Uint8Array | Int16Array | Int32Array;
      const tile = { start: 0, length: bytes.length, first: 0, count };
      return riceDecodeTiles(bytes, [tile], layout.blockSize, out) === -1 ? out : undefined;
    }
    case 'HCOMPRESS_1': {
      const out = new Int32Array(count);
      return hcompressDecode(bytes, { width: count / lines, height: lines, smooth: layout.smooth }, out) ? out : undefined;
    }
    case 'PLIO_1': {
      const words = new Int16Array(bytes.length >> 1);
      const raw = new Uint8Array(words.buffer);
      raw.set(bytes.subarray(0, raw.length));
      swapBytesInPlace(raw, 2);
      const out = new Int32Array(count);
      return plioDecode(words, out) ? out : undefined;
    }
    case 'NOCOMPRESS':
      return undefined;
    default:
      return gunzipNumbers(bytes, count, layout.codec === 'GZIP_2', false);
  }
}

/** The type that Rice numbers come in. */
export function riceType(layout: Pick<TileLayout, 'bytePix'>): 'uint8' | 'int16' | 'int32' | undefined {
  return ({ 1: 'uint8', 2: 'int16', 4: 'int32' } as const)[layout.bytePix];
}

/**
 * Unpacks gzip to big-endian numbers, whose width shows in the length that comes out.
 *
 * @param shuffled - First all high bytes, then the next, as GZIP_2 has them.
 * @param real - Numbers of four and eight bytes are reals, not integers.
 */
export function gunzipNumbers(packed: Uint8Array, count: number, shuffled: boolean, real: boolean): PixelArray | undefined {
  const whole = new Uint8Array(count * 8);
  const size = gunzipInto(packed, whole);
  const width = size / count;
  const type = numberType(width, real);
  if (size < 0 || type === undefined) return undefined;
  const out = makePixels(type, count);
  const bytes = viewPixels('uint8', out.buffer, 0, size) as Uint8Array;
  if (shuffled) unshuffleInto(whole.subarray(0, size), width, bytes);
  else bytes.set(whole.subarray(0, size));
  swapBytesInPlace(bytes, width);
  return out;
}

function numberType(width: number, real: boolean): PixelType | undefined {
  if (real) return ({ 4: 'float32', 8: 'float64' } as Record<number, PixelType>)[width];
  return ({ 1: 'uint8', 2: 'int16', 4: 'int32', 8: 'int64' } as Record<number, PixelType>)[width];
}

/** Undoes the shuffle of GZIP_2. */
export function unshuffleInto(shuffled: Uint8Array, width: number, out: Uint8Array): void {
  const count = shuffled.length / width;
  for (let byte = 0; byte < width; byte++) for (let i = 0, from = byte * count; i < count; i++) out[i * width + byte] = shuffled[from + i];
}
