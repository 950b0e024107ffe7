import { makePixels, type PixelArray } from './pixels.ts';

/** What identifies the pixels of an image at a glance. */
export interface PixelSummary {
  /** NaN and infinite pixels; sum and extrema are over the others, null where there are none. */
  readonly nonfinite: number;
  readonly sum: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly first: readonly number[];
  readonly last: readonly number[];
}

const BLOCK = 1 << 12;

/**
 * Sums up pixels in doubles.
 *
 * The sum is taken in blocks of 4096 and then over the blocks, so its relative error stays below 4096 + n / 4096 units of rounding.
 *
 * @param eachPiece - Told every piece of the pixels as big-endian doubles with NaN as zero, for a checksum; the bytes are scratch.
 */
export function summarizePixels(data: PixelArray, eachPiece?: (bytes: Uint8Array) => void): PixelSummary {
  let nonfinite = 0;
  let sum = 0;
  let min = Infinity;
  let max = -Infinity;
  const scratch = makePixels('float64', BLOCK) as Float64Array;
  const view = new DataView(scratch.buffer);
  for (let start = 0; start < data.length; start += BLOCK) {
    const stop = Math.min(start + BLOCK, data.length);
    let blockSum = 0;
    for (let i = start; i < stop; i++) {
      const value = Number(data[i]);
      if (Number.isFinite(value)) {
        blockSum += value;
        if (value < min) min = value;
        if (value > max) max = value;
      } else nonfinite++;
      if (eachPiece) view.setFloat64((i - start) * 8, Number.isNaN(value) ? 0 : value);
    }
    sum += blockSum;
    eachPiece?.(new Uint8Array(scratch.buffer, 0, (stop - start) * 8));
  }
  const none = nonfinite === data.length;
  return {
    nonfinite,
    sum: none ? null : sum,
    min: none ? null : min,
    max: none ? null : max,
    first: Array.from(data.subarray(0, 4), Number),
    last: Array.from(data.subarray(Math.max(0, data.length - 4)), Number),
  };
}
