import { medianAbsoluteDeviation, medianInPlace, type RealArray, SIGMA_PER_MAD, withoutNaN } from './order.ts';

export interface ClipOptions {
  /** Rejection limit below and above the centre [sigma]; default 3. */
  readonly sigma?: number;
  /** Most rounds of rejection; default 20. */
  readonly maxIterations?: number;
  /** Centre and scale of the first round; `median` (with the MAD as scale) resists half of the values being outliers. Default `median`. */
  readonly start?: 'mean' | 'median';
}

export interface ClippedStatistics {
  /** Mean of the values kept; NaN for none. */
  readonly mean: number;
  readonly median: number;
  /** Standard deviation (n - 1) of the values kept, not corrected for the clipped tails. */
  readonly sigma: number;
  /** How many values were kept. */
  readonly count: number;
  readonly iterations: number;
}

/**
 * Mean, median and standard deviation after repeated rejection of outliers.
 *
 * @param values - NaN values are left out. Not modified.
 * @returns Statistics of the values within `sigma` standard deviations of their median, iterated until nothing is rejected.
 * @remarks At 3 sigma the standard deviation of a clean normal sample comes out 1.3 % low; callers that care divide by the
 * truncated-normal factor.
 */
export function computeClippedStatistics(values: RealArray, options: ClipOptions = {}): ClippedStatistics {
  const { sigma: limit = 3, maxIterations = 20, start = 'median' } = options;
  const work = withoutNaN(values);
  let count = work.length;
  let { mean, sigma } = moments(work, count);
  let median = medianInPlace(work, count);
  if (start === 'median' && count > 0) {
    const robust = SIGMA_PER_MAD * medianAbsoluteDeviation(work, median);
    if (robust > 0) sigma = robust;
  }
  let iterations = 0;
  while (iterations < maxIterations && count > 1) {
    iterations++;
    let kept = 0;
    for (let i = 0; i < count; i++) if (Math.abs(work[i] - median) <= limit * sigma) work[kept++] = work[i];
    const settled = kept === count;
    count = kept;
    ({ mean, sigma } = moments(work, count));
    if (settled) break;
    median = medianInPlace(work, count);
  }
  return { mean, median, sigma, count, iterations };
}

/** Two-pass mean and standard deviation (n - 1) of the first `count` values. */
function moments(values: Float64Array, count: number): { mean: number; sigma: number } {
  if (count === 0) return { mean: Number.NaN, sigma: Number.NaN };
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i];
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < count; i++) squares += (values[i] - mean) ** 2;
  return { mean, sigma: count > 1 ? Math.sqrt(squares / (count - 1)) : 0 };
}
