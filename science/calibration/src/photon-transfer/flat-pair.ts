import type { Box } from '@almagest/instrument';
import { quantile } from '@almagest/numerics';

/** Level and noise of a pair of equal exposures. */
export interface FlatPairPoint {
  /** Mean of the two [ADU]. */
  readonly mean: number;
  /** Variance of one of them [ADU^2]. */
  readonly variance: number;
  /** Covariances of neighbours at lags (1, 0) and (0, 1) [ADU^2]. */
  readonly covariance10: number;
  readonly covariance01: number;
  readonly pixels: number;
}

export interface PairPlanes {
  readonly first: Float32Array;
  readonly second: Float32Array;
  readonly width: number;
  /** Non-zero pixels are left out. */
  readonly mask?: ArrayLike<number>;
}

const CLIP_SIGMA = 5.5;
/** A Gaussian clipped at 5.5 sigma keeps its variance to 1e-6, so that no correction is needed. */

/**
 * Mean and variance of two flats of the same exposure, from their difference, so that the structure of the flat does not count.
 *
 * @param box - Part of the planes: one amplifier.
 * @see Janesick 2001, Scientific Charge-Coupled Devices, chapter 2; Astier et al. 2019, A&A 629, A36, section 4
 */
export function measureFlatPair({ first, second, width, mask }: PairPlanes, box: Box): FlatPairPoint {
  const size = box.width * box.height;
  const difference = new Float64Array(size).fill(Number.NaN);
  const [a, b] = [sumIn(first, width, box), sumIn(second, width, box)];
  const ratio = b > 0 ? a / b : 1;
  let sum = 0;
  let count = 0;
  for (let j = 0; j < box.height; j++)
    for (let i = 0; i < box.width; i++) {
      const p = (box.y + j) * width + box.x + i;
      if (mask && mask[p] !== 0) continue;
      // Lamps drift: the second is scaled to the first one's level.
      difference[j * box.width + i] = first[p] - ratio * second[p];
      sum += (first[p] + ratio * second[p]) / 2;
      count++;
    }
  const usable = difference.filter((value) => !Number.isNaN(value));
  const sigma = (quantile(usable, 0.8413447) - quantile(usable, 0.1586553)) / 2;
  const center = quantile(usable, 0.5);
  for (let k = 0; k < size; k++) if (!(Math.abs(difference[k] - center) <= CLIP_SIGMA * sigma)) difference[k] = Number.NaN;
  const lag = (dx: number, dy: number): number => covariance(difference, box, center, dx, dy) / (1 + ratio * ratio);
  return { mean: sum / count, variance: lag(0, 0), covariance10: lag(1, 0), covariance01: lag(0, 1), pixels: count };
}

function sumIn(plane: Float32Array, width: number, box: Box): number {
  let sum = 0;
  for (let y = box.y; y < box.y + box.height; y++)
    for (let x = box.x; x < box.x + box.width; x++) if (plane[y * width + x] === plane[y * width + x]) sum += plane[y * width + x];
  return sum;
}

// prettier-ignore
function covariance(values: Float64Array, { width, height }: Box, center: number, dx: number, dy: number): number {
  let [sum, first, second, count] = [0, 0, 0, 0];
  for (let j = 0; j + dy < height; j++)
    for (let i = 0; i + dx < width; i++) {
      const a = values[j * width + i] - center;
      const b = values[(j + dy) * width + i + dx] - center;
      if (Number.isNaN(a) || Number.isNaN(b)) continue;
      sum += a * b;
      first += a;
      second += b;
      count++;
    }
  return sum / count - (first / count) * (second / count);
}
