import type { Box } from '@almagest/instrument';
import { quantile } from '@almagest/numerics';
import type { PairPlanes } from '../photon-transfer/flat-pair.ts';

/** Covariances of a pair of flats at lags up to `maxLag`, averaged over the directions that mirror each other. */
export interface PairCovariances {
  /** Mean of the two [unit]. */
  readonly mean: number;
  /** Row-major [maxLag + 1, maxLag + 1]: lag (i, j) at j * (maxLag + 1) + i [unit^2], of one of the two. */
  readonly covariances: readonly number[];
  readonly maxLag: number;
  readonly pixels: number;
}

const CLIP_SIGMA = 5.5;

/**
 * Covariances of pixels with their neighbours in one amplifier, from the difference of two equal exposures.
 *
 * @param box - Part of the planes: one amplifier.
 * @see Astier et al. (2019), A&A 629, A36, section 4.
 */
export function measureCovariances({ first, second, width, mask }: PairPlanes, box: Box, maxLag = 8): PairCovariances {
  const { difference, ratio, mean, pixels } = clippedDifference({ first, second, width, ...(mask ? { mask } : {}) }, box);
  const side = maxLag + 1;
  const covariances = Array.from({ length: side * side }, () => 0);
  for (let j = 0; j <= maxLag; j++)
    for (let i = 0; i <= maxLag; i++) {
      const forward = lagMean(difference, box, i, j);
      const value = i > 0 && j > 0 ? (forward + lagMean(difference, box, -i, j)) / 2 : forward;
      covariances[j * side + i] = value / (1 + ratio * ratio);
    }
  // The mean of every row was taken off, which takes the W-th part of the variance from the row's own lags.
  const lost = covariances[0] / (box.width - 1);
  for (let i = 0; i <= maxLag; i++) covariances[i] += lost;
  return { mean, covariances, maxLag, pixels };
}

interface Difference {
  /** Mean of each row taken off; 0 where a pixel does not count. */
  readonly difference: Float32Array;
  readonly ratio: number;
  readonly mean: number;
  readonly pixels: number;
}

function clippedDifference({ first, second, width, mask }: PairPlanes, box: Box): Difference {
  const size = box.width * box.height;
  const difference = new Float32Array(size).fill(Number.NaN);
  let [a, b, n] = [0, 0, 0];
  const each = (visit: (p: number, k: number) => void): void => {
    for (let j = 0; j < box.height; j++)
      for (let i = 0; i < box.width; i++) {
        const p = (box.y + j) * width + box.x + i;
        if ((mask && mask[p] !== 0) || Number.isNaN(first[p]) || Number.isNaN(second[p])) continue;
        visit(p, j * box.width + i);
      }
  };
  each((p) => {
    a += first[p];
    b += second[p];
    n++;
  });
  const ratio = b > 0 ? a / b : 1;
  each((p, k) => {
    difference[k] = first[p] - ratio * second[p];
  });
  const sample = difference.filter((_, k) => k % Math.max(1, size >> 16) === 0);
  const [low, center, high] = [0.1586553, 0.5, 0.8413447].map((q) => quantile(sample, q));
  const limit = (CLIP_SIGMA * (high - low)) / 2;
  let kept = 0;
  for (let row = 0; row < box.height; row++) {
    // Row by row: the level that the overscan gave has noise of its own, the same for all pixels of a row.
    const values = difference.subarray(row * box.width, (row + 1) * box.width);
    let [sum, good] = [0, 0];
    for (const value of values)
      if (Math.abs(value - center) <= limit) {
        sum += value;
        good++;
      }
    const mean = sum / Math.max(1, good);
    for (let i = 0; i < values.length; i++) values[i] = Math.abs(values[i] - center) <= limit ? values[i] - mean : 0;
    kept += good;
  }
  return { difference, ratio, mean: a / n, pixels: kept };
}

/** Mean product of pixels at a lag; those that do not count are 0 and are few, so that they only thin the sum. */
function lagMean(values: Float32Array, { width, height }: Box, di: number, dj: number): number {
  const [from, to] = [Math.max(0, -di), Math.min(width, width - di)];
  let total = 0;
  for (let j = 0; j + dj < height; j++) {
    const here = j * width;
    const there = (j + dj) * width + di;
    let sum = 0;
    for (let i = from; i < to; i++) sum += values[here + i] * values[there + i];
    total += sum;
  }
  return total / ((to - from) * (height - dj));
}
