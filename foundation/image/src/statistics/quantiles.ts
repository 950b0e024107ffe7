/**
 * Partly sorts in place so that element k holds what a full sort would put there, and returns it.
 *
 * Floyd and Rivest's SELECT without sampling (Hoare's quickselect, median of three), expected time linear.
 * The values must hold no NaN.
 */
export function selectInPlace(values: Float32Array | Float64Array, k: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = medianOfThree(values[low], values[(low + high) >> 1], values[high]);
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i <= j) {
        const swap = values[i];
        values[i++] = values[j];
        values[j--] = swap;
      }
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  return values[k];
}

/**
 * Quantile by linear interpolation between order statistics (type 7 of Hyndman and Fan 1996, numpy's default).
 *
 * @param values - Reordered; no NaN.
 * @returns NaN of an empty array.
 */
export function quantileInPlace(values: Float32Array | Float64Array, fraction: number): number {
  if (values.length === 0) return Number.NaN;
  const position = fraction * (values.length - 1);
  const k = Math.floor(position);
  const lower = selectInPlace(values, k);
  if (position === k) return lower;
  let upper = Number.POSITIVE_INFINITY;
  for (let i = k + 1; i < values.length; i++) if (values[i] < upper) upper = values[i];
  return lower + (position - k) * (upper - lower);
}

/** Median; the mean of the middle two for an even count, NaN of none. Reorders; no NaN inside. */
export function medianInPlace(values: Float32Array | Float64Array): number {
  return quantileInPlace(values, 0.5);
}

function medianOfThree(a: number, b: number, c: number): number {
  return a < b ? (b < c ? b : a < c ? c : a) : a < c ? a : b < c ? c : b;
}
