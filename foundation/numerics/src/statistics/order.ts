/** Any array of real numbers that the statistics accept. */
export type RealArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | readonly number[];

/** Ratio of the standard deviation of a normal distribution to its median absolute deviation, 1 / Phi^-1(3/4). */
export const SIGMA_PER_MAD: number = 1.482602218505602;

/**
 * Moves the k-th smallest of `values[left..right]` to index k, smaller ones before it and larger ones after.
 *
 * @param values - Reordered in place; must hold no NaN.
 * @param k - Index wanted, left <= k <= right.
 * @returns The value at k. Cost is linear on average.
 * @see Floyd and Rivest (1975), Communications of the ACM 18, 173 (algorithm 489).
 */
export function quickselectInPlace(values: Float64Array | Float32Array, k: number, left = 0, right: number = values.length - 1): number {
  while (right > left) {
    // On long stretches first narrow the pivot with a sample, so that about one partition is enough.
    if (right - left > 600) {
      const n = right - left + 1;
      const i = k - left + 1;
      const z = Math.log(n);
      const s = 0.5 * Math.exp((2 * z) / 3);
      const sd = 0.5 * Math.sqrt((z * s * (n - s)) / n) * Math.sign(i - n / 2);
      quickselectInPlace(
        values,
        k,
        Math.max(left, Math.floor(k - (i * s) / n + sd)),
        Math.min(right, Math.floor(k + ((n - i) * s) / n + sd)),
      );
    }
    const pivot = values[k];
    let i = left;
    let j = right;
    swap(values, left, k);
    if (values[right] > pivot) swap(values, left, right);
    while (i < j) {
      swap(values, i, j);
      i++;
      j--;
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
    }
    if (values[left] === pivot) swap(values, left, j);
    else {
      j++;
      swap(values, j, right);
    }
    if (j <= k) left = j + 1;
    if (k <= j) right = j - 1;
  }
  return values[k];
}

/** Median of values without NaN, which are reordered; the mean of the middle two for an even count; NaN for none. */
export function medianInPlace(values: Float64Array | Float32Array, count: number = values.length): number {
  if (count === 0) return Number.NaN;
  const half = count >> 1;
  const upper = quickselectInPlace(values, half, 0, count - 1);
  if (count % 2 === 1) return upper;
  let lower = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < half; i++) if (values[i] > lower) lower = values[i];
  return (lower + upper) / 2;
}

/** Median; NaN values are left out; NaN when none is left. The input is not modified. */
export function median(values: RealArray): number {
  return medianInPlace(withoutNaN(values));
}

/**
 * Quantile with linear interpolation between order statistics (type 7 of Hyndman and Fan 1996; numpy's default).
 *
 * @param fraction - 0 gives the smallest value, 1 the largest.
 * @returns NaN for an empty input; NaN values are left out.
 */
export function quantile(values: RealArray, fraction: number): number {
  const work = withoutNaN(values);
  if (work.length === 0 || Number.isNaN(fraction)) return Number.NaN;
  const position = Math.min(1, Math.max(0, fraction)) * (work.length - 1);
  const below = Math.floor(position);
  const low = quickselectInPlace(work, below);
  if (below === position) return low;
  let high = Number.POSITIVE_INFINITY;
  for (let i = below + 1; i < work.length; i++) if (work[i] < high) high = work[i];
  return low + (high - low) * (position - below);
}

/** Median absolute deviation about the median, not scaled; times {@link SIGMA_PER_MAD} it estimates a normal sigma. NaN values are left out. */
export function medianAbsoluteDeviation(values: RealArray, center: number = median(values)): number {
  const work = withoutNaN(values);
  for (let i = 0; i < work.length; i++) work[i] = Math.abs(work[i] - center);
  return medianInPlace(work);
}

/** Fresh copy as double precision, NaN left out. */
export function withoutNaN(values: RealArray): Float64Array {
  const out = new Float64Array(values.length);
  let n = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === value) out[n++] = value;
  }
  return n === out.length ? out : out.subarray(0, n);
}

function swap(values: Float64Array | Float32Array, i: number, j: number): void {
  const kept = values[i];
  values[i] = values[j];
  values[j] = kept;
}
