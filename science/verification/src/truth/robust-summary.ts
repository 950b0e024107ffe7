import { median, medianAbsoluteDeviation, SIGMA_PER_MAD } from '@almagest/numerics';

/** Centre and width of a distribution; NaN where it is empty. */
export interface RobustSummary {
  readonly count: number;
  readonly mean: number;
  readonly median: number;
  /** 1.4826 times the median absolute deviation: the standard deviation of a normal distribution, without its outliers. */
  readonly width: number;
  /** Sample standard deviation, outliers included. */
  readonly deviation: number;
  /** Mean of the values within five widths of the median. */
  readonly clippedMean: number;
  /** Share of values further than five widths from the median: 6e-7 for a normal distribution. */
  readonly outlierFraction: number;
}

/** Summarizes finite values; others are left out. */
export function summarize(values: ArrayLike<number>): RobustSummary {
  const finite = Float64Array.from(values).filter(Number.isFinite);
  const count = finite.length;
  const mean = meanOf(finite);
  const squares = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const middle = median(finite);
  const width = SIGMA_PER_MAD * medianAbsoluteDeviation(finite);
  const inside = finite.filter((value) => Math.abs(value - middle) <= 5 * width);
  return {
    count,
    mean,
    median: middle,
    width,
    deviation: count < 2 ? Number.NaN : Math.sqrt(squares / (count - 1)),
    clippedMean: meanOf(inside),
    outlierFraction: 1 - inside.length / count,
  };
}

function meanOf(values: Float64Array): number {
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A share of things, in a half-open bin. */
export interface BinnedFraction {
  readonly low: number;
  readonly high: number;
  readonly total: number;
  readonly found: number;
  /** found / total; NaN for an empty bin. */
  readonly fraction: number;
  /** Wilson interval of one standard deviation: bounds that stay inside 0 to 1 and mean something for few things. */
  readonly interval: readonly [number, number];
}

/** Share found among values, by bins of the given edges (ascending). */
export function binFractions(values: Float64Array, found: Uint8Array, edges: readonly number[]): readonly BinnedFraction[] {
  return edges.slice(1).map((high, i) => {
    const low = edges[i];
    let [total, hits] = [0, 0];
    for (let k = 0; k < values.length; k++) {
      if (!(values[k] >= low && values[k] < high)) continue;
      total++;
      if (found[k] !== 0) hits++;
    }
    return { low, high, total, found: hits, fraction: total === 0 ? Number.NaN : hits / total, interval: wilson(hits, total) };
  });
}

/** Wilson score interval at one standard deviation (Wilson 1927, equation 1 of Brown et al. 2001 section 3.1.1 with z = 1). */
function wilson(hits: number, total: number): readonly [number, number] {
  if (total === 0) return [0, 1];
  const p = hits / total;
  const centre = (p + 1 / (2 * total)) / (1 + 1 / total);
  const half = Math.sqrt((p * (1 - p)) / total + 1 / (4 * total * total)) / (1 + 1 / total);
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/**
 * Where binned fractions, ordered from easy to hard, last fall below a level: linear between the middles of bins.
 *
 * The last fall, as a few bright sources missed for another reason (saturation) are no limit.
 *
 * @returns NaN where they never fall below.
 */
export function crossing(bins: readonly BinnedFraction[], level: number): number {
  const filled = bins.filter(({ total }) => total > 0);
  const i = filled.findLastIndex(({ fraction }, k) => fraction >= level && (filled[k + 1]?.fraction ?? level) < level);
  if (i < 0) return Number.NaN;
  const [before, after] = [filled[i], filled[i + 1]];
  const [x0, x1] = [(before.low + before.high) / 2, (after.low + after.high) / 2];
  return x0 + ((before.fraction - level) / (before.fraction - after.fraction)) * (x1 - x0);
}

/**
 * Threshold of a detection that adds unit noise: the s at which half are found.
 *
 * Solves sum of found = sum of P(s - threshold) with the logistic P(x) = 1 / (1 + exp(-1.702 x)), within 0.01 of the normal distribution (Camilli 1994).
 * Uses all values at once, so its error is about 0.75 over the root of the number of values per unit of s.
 *
 * @param snr - True signal to noise; values that are not finite are left out.
 * @returns NaN where all or none are found.
 */
export function halfFoundAt(snr: Float64Array, found: Uint8Array): number {
  const rows = Int32Array.from(snr.keys()).filter((row) => Number.isFinite(snr[row]));
  const hits = rows.reduce((sum, row) => sum + (found[row] === 0 ? 0 : 1), 0);
  if (hits === 0 || hits === rows.length) return Number.NaN;
  const expectedAt = (threshold: number): number => rows.reduce((sum, row) => sum + 1 / (1 + Math.exp(-1.702 * (snr[row] - threshold))), 0);
  let [low, high] = [-100, 1e4];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (expectedAt(middle) > hits) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Edges of bins of a width that hold all finite values; empty for none. */
export function edgesFor(values: Float64Array, width: number): readonly number[] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [];
  const first = Math.floor(low / width);
  return Array.from({ length: Math.floor(high / width) - first + 2 }, (_, i) => (first + i) * width);
}
