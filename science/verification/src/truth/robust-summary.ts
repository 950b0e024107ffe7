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
