/** One metric as measured. */
export interface Measurement {
  /** Name of the metric, such as `PA1`. */
  readonly name: string;
  /** NaN where too little went in to say. */
  readonly value: number;
  /** `mmag`, `mas`, `%`, or empty. */
  readonly unit: string;
  /** What it is, in one sentence. */
  readonly description: string;
  /** How many things (objects, pairs, residuals) went into the value. */
  readonly count: number;
  /** Band that it holds for, where it holds for one. */
  readonly band?: string;
  /** Distribution behind the value: counts (or shares) in bins with the given edges (one more than counts), in the unit of the value. */
  readonly histogram?: { readonly edges: readonly number[]; readonly counts: readonly number[] };
}

/** Milliarcseconds of a radian. */
export const MAS: number = 648_000_000 / Math.PI;

/** Counts of values in equal bins from `low` to `high`; the last bin holds its upper edge, values outside are left out. */
export function histogramOf(
  values: Float64Array,
  range: { readonly low: number; readonly high: number; readonly bins: number },
): NonNullable<Measurement['histogram']> {
  const { low, high, bins } = range;
  const width = (high - low) / bins;
  const edges = Array.from({ length: bins + 1 }, (_, i) => low + i * width);
  const counts = Array.from({ length: bins }, () => 0);
  for (const value of values) {
    if (!(value >= low && value <= high)) continue;
    let bin = Math.min(bins - 1, Math.floor((value - low) / width));
    // The division may fall on the wrong side of an edge; the edges decide.
    if (value < edges[bin]) bin--;
    else if (bin < bins - 1 && value >= edges[bin + 1]) bin++;
    counts[bin]++;
  }
  return { edges, counts };
}
