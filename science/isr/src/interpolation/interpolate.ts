import { findFlagged } from '@almagest/kernels';
import { choleskyInPlace, choleskySolveInPlace } from '@almagest/numerics';

export interface InterpolationOptions {
  /** FWHM of the PSF [pixel], which decides how far values are correlated. */
  readonly fwhmPixels: number;
  /** Noise variance relative to the variance of the light; keeps the weights small where the data are noisy. */
  readonly nugget: number;
}

export const DEFAULT_INTERPOLATION: InterpolationOptions = { fwhmPixels: 4, nugget: 1e-3 };

/** Good pixels used on either side of a gap. */
const REACH = 4;
/** Gaps longer than this are bridged linearly. */
const LONGEST = 10;

/**
 * Replaces masked pixels from their neighbours in the row (or column, where that gap is shorter), in place.
 *
 * Short gaps by linear prediction: the best unbiased estimate for light whose autocovariance is that of a Gaussian PSF, so
 * that a star with a masked column keeps its flux. Long gaps linearly.
 *
 * @param image - Pixels, row-major [height, width].
 * @param mask - Pixels with any of `bits` are replaced; the bits stay, and `flag` is set beside them.
 * @returns Number of pixels replaced; pixels without any good neighbour in row and column get `fallback`.
 */
export function interpolateMaskedInPlace(
  image: Float32Array,
  mask: Int32Array,
  request: { readonly width: number; readonly height: number; readonly bits: number; readonly fallback: number; readonly flag?: number },
  options: InterpolationOptions = DEFAULT_INTERPOLATION,
): number {
  const { width, height, bits, fallback, flag = 0 } = request;
  const weightsOf = makeWeights(options);
  const filled = findFlagged(mask, bits);
  const values = new Float32Array(filled.length);
  // The run of masked pixels that each column is in; found once for all of its pixels, since such runs can be long.
  const columns: (Gap | undefined)[] = Array.from({ length: width });
  let row: Gap | undefined;
  for (let k = 0, y = 0, end = width; k < filled.length; k++) {
    const i = filled[k];
    while (i >= end) {
      y++;
      end += width;
      row = undefined;
    }
    const x = i - y * width;
    if (!row || x >= row.start + row.length) row = gapFrom(mask, bits, { at: x, count: width, first: y * width, step: 1 });
    let column = columns[x];
    if (!column || y >= column.start + column.length)
      columns[x] = column = gapFrom(mask, bits, { at: y, count: height, first: x, step: width });
    const useRow = score(row) <= score(column);
    values[k] = (useRow ? predict(image, row, x, weightsOf) : predict(image, column, y, weightsOf)) ?? fallback;
  }
  // Written at the end, so that no estimate feeds another.
  for (let k = 0; k < filled.length; k++) {
    image[filled[k]] = values[k];
    mask[filled[k]] |= flag;
  }
  return filled.length;
}

/** A run of masked pixels in one line. */
interface Gap {
  /** Place in the line and index in the plane of the first masked pixel, step of the line in the plane, length of the run. */
  readonly start: number;
  readonly first: number;
  readonly step: number;
  readonly length: number;
  /** Good pixels available before and behind, up to REACH. */
  readonly before: number;
  readonly behind: number;
}

interface Line {
  /** The first masked pixel of a run. */
  readonly at: number;
  readonly count: number;
  /** Index of the line's first pixel in the plane. */
  readonly first: number;
  readonly step: number;
}

function gapFrom(mask: Int32Array, bits: number, { at, count, first, step }: Line): Gap {
  const bad = (k: number): boolean => (mask[first + k * step] & bits) !== 0;
  let high = at;
  while (high < count - 1 && bad(high + 1)) high++;
  let before = 0;
  while (before < REACH && at - 1 - before >= 0 && !bad(at - 1 - before)) before++;
  let behind = 0;
  while (behind < REACH && high + 1 + behind < count && !bad(high + 1 + behind)) behind++;
  return { start: at, first: first + at * step, step, length: high - at + 1, before, behind };
}

/** The shorter gap with neighbours on both sides is better. */
function score({ length, before, behind }: Gap): number {
  return before > 0 && behind > 0 ? length : before + behind > 0 ? 2 * length + 4 : Number.POSITIVE_INFINITY;
}

type Weights = (gap: Gap, place: number) => Float64Array;

function predict(image: Float32Array, gap: Gap, at: number, weightsOf: Weights): number | undefined {
  const { first, step, length, before, behind } = gap;
  const place = at - gap.start;
  if (before + behind === 0) return undefined;
  const end = first + length * step;
  if (before === 0 || behind === 0) return before > 0 ? image[first - step] : image[end];
  if (length > LONGEST) {
    const t = (place + 1) / (length + 1);
    return (1 - t) * image[first - step] + t * image[end];
  }
  const weights = weightsOf(gap, place);
  let sum = 0;
  for (let k = 0; k < before; k++) sum += weights[k] * image[first - (k + 1) * step];
  for (let k = 0; k < behind; k++) sum += weights[before + k] * image[end + k * step];
  return sum;
}

/** Weights by pattern of the gap; there are few patterns, so that each is solved once. */
function makeWeights({ fwhmPixels, nugget }: InterpolationOptions): Weights {
  const known = new Map<number, Float64Array>();
  // Autocovariance of an image of unresolved sources: the PSF correlated with itself.
  const sigma2 = 2 * (fwhmPixels / 2.3548) ** 2;
  const covariance = (d: number): number => Math.exp((-d * d) / (2 * sigma2));
  return ({ length, before, behind }, place) => {
    const key = ((length * 16 + place) * 8 + before) * 8 + behind;
    let weights = known.get(key);
    if (!weights) {
      const at = [...Array.from({ length: before }, (_, k) => -1 - k), ...Array.from({ length: behind }, (_, k) => length + k)];
      weights = krigingWeights(at, place, { covariance, nugget });
      known.set(key, weights);
    }
    return weights;
  };
}

/** Ordinary kriging: weights that add up to 1, so that a flat background comes out as it is. */
function krigingWeights(
  at: readonly number[],
  target: number,
  { covariance, nugget }: { covariance: (d: number) => number; nugget: number },
): Float64Array {
  const n = at.length;
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) matrix[i * n + j] = covariance(at[i] - at[j]) + (i === j ? nugget : 0);
  choleskyInPlace(matrix, n);
  const best = Float64Array.from(at, (x) => covariance(x - target));
  const ones = new Float64Array(n).fill(1);
  choleskySolveInPlace(matrix, n, best);
  choleskySolveInPlace(matrix, n, ones);
  const missing = (1 - best.reduce((a, b) => a + b, 0)) / ones.reduce((a, b) => a + b, 0);
  return best.map((w, k) => w + missing * ones[k]);
}
