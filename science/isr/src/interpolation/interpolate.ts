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
 * @param mask - Pixels with any of `bits` are replaced; the bits stay.
 * @returns Number of pixels replaced; pixels without any good neighbour in row and column get `fallback`.
 */
export function interpolateMaskedInPlace(
  image: Float32Array,
  mask: Int32Array,
  request: { readonly width: number; readonly height: number; readonly bits: number; readonly fallback: number },
  options: InterpolationOptions = DEFAULT_INTERPOLATION,
): number {
  const { width, height, bits, fallback } = request;
  const weightsOf = makeWeights(options);
  let replaced = 0;
  const filled: number[] = [];
  const values: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if ((mask[i] & bits) === 0) continue;
      const row = gapAt(mask, bits, { at: x, count: width, start: y * width, step: 1 });
      const column = gapAt(mask, bits, { at: y, count: height, start: x, step: width });
      const useRow = score(row) <= score(column);
      const gap = useRow ? row : column;
      filled.push(i);
      values.push(predict(image, gap, weightsOf) ?? fallback);
      replaced++;
    }
  }
  // Written at the end, so that no estimate feeds another.
  for (const [k, i] of filled.entries()) image[i] = values[k];
  return replaced;
}

/** A run of masked pixels in one line, about one of them. */
interface Gap {
  /** Index of the first masked pixel in the plane, length of the run, place of the pixel in it. */
  readonly first: number;
  readonly step: number;
  readonly length: number;
  readonly place: number;
  /** Good pixels available before and behind, up to REACH. */
  readonly before: number;
  readonly behind: number;
}

interface Line {
  readonly at: number;
  readonly count: number;
  readonly start: number;
  readonly step: number;
}

function gapAt(mask: Int32Array, bits: number, { at, count, start, step }: Line): Gap {
  const bad = (k: number): boolean => (mask[start + k * step] & bits) !== 0;
  let low = at;
  while (low > 0 && bad(low - 1)) low--;
  let high = at;
  while (high < count - 1 && bad(high + 1)) high++;
  let before = 0;
  while (before < REACH && low - 1 - before >= 0 && !bad(low - 1 - before)) before++;
  let behind = 0;
  while (behind < REACH && high + 1 + behind < count && !bad(high + 1 + behind)) behind++;
  return { first: start + low * step, step, length: high - low + 1, place: at - low, before, behind };
}

/** The shorter gap with neighbours on both sides is better. */
function score({ length, before, behind }: Gap): number {
  return before > 0 && behind > 0 ? length : before + behind > 0 ? 2 * length + 4 : Number.POSITIVE_INFINITY;
}

type Weights = (gap: Gap) => Float64Array;

function predict(image: Float32Array, gap: Gap, weightsOf: Weights): number | undefined {
  const { first, step, length, place, before, behind } = gap;
  if (before + behind === 0) return undefined;
  const end = first + length * step;
  if (before === 0 || behind === 0) return before > 0 ? image[first - step] : image[end];
  if (length > LONGEST) {
    const t = (place + 1) / (length + 1);
    return (1 - t) * image[first - step] + t * image[end];
  }
  const weights = weightsOf(gap);
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
  return ({ length, place, before, behind }) => {
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
