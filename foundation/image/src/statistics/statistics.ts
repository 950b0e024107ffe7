import type { Image } from '../pixels/image.ts';
import { type MaskedImage, requireSameShape } from '../pixels/masked-image.ts';
import { medianInPlace, quantileInPlace } from './quantiles.ts';

/** Standard deviation of a Gaussian / its interquartile range. */
export const SIGMA_PER_IQR: number = 0.741_301_109_252_801;
/** Standard deviation of a Gaussian / its median absolute deviation. */
export const SIGMA_PER_MAD: number = 1.482_602_218_505_602;

export interface StatisticsOptions {
  /** Same shape; pixels with any of `badBits` set are left out. */
  readonly mask?: Image<Int32Array> | undefined;
  /** Default: every bit. */
  readonly badBits?: number;
  /** Same shape; where given, means are weighted by 1 / variance and pixels of no positive variance are left out. */
  readonly variance?: Image | undefined;
  /** Clipping threshold [sigma], default 3. */
  readonly clipSigma?: number;
  /** Rounds of clipping at most, default 3. */
  readonly maxIterations?: number;
}

/** Statistics of the usable pixels: finite and not masked. NaN where there are too few. */
export interface PixelStatistics {
  readonly count: number;
  readonly mean: number;
  readonly meanErr: number;
  /** Sample standard deviation (n - 1). */
  readonly stdev: number;
  readonly median: number;
  /** Interquartile range. */
  readonly iqr: number;
  /** Median absolute deviation from the median, not scaled; times {@link SIGMA_PER_MAD} it is a Gaussian's sigma. */
  readonly mad: number;
  readonly min: number;
  readonly max: number;
  readonly clippedCount: number;
  readonly clippedMean: number;
  readonly clippedMeanErr: number;
  readonly clippedStdev: number;
}

/** Mean, spread and count after clipping. */
export interface ClippedStatistics {
  readonly count: number;
  readonly mean: number;
  readonly meanErr: number;
  readonly stdev: number;
  readonly median: number;
}

/**
 * Computes all statistics of an image's usable pixels.
 *
 * Use {@link computeClippedStatistics} or {@link computeMedian} where one number is enough: they cost less.
 *
 * @throws {ShapeMismatchError} if mask or variance have another shape.
 */
export function computeStatistics(image: Image, options: StatisticsOptions = {}): PixelStatistics {
  const { values, weights } = usablePixels(image, options);
  const plain = momentsOfAll(values, weights);
  const scratch = values.slice();
  const median = medianInPlace(scratch);
  const iqr = quantileInPlace(scratch, 0.75) - quantileInPlace(scratch, 0.25);
  const clipped = clip(values, weights, plain, { median, iqr, ...clipRule(options) });
  let min = Number.NaN;
  let max = Number.NaN;
  for (let i = 0; i < scratch.length; i++) {
    if (!(scratch[i] >= min)) min = scratch[i];
    if (!(scratch[i] <= max)) max = scratch[i];
    scratch[i] = Math.abs(scratch[i] - median);
  }
  return {
    count: plain.count,
    mean: plain.mean,
    meanErr: plain.meanErr,
    stdev: plain.stdev,
    median,
    iqr,
    mad: medianInPlace(scratch),
    min,
    max,
    clippedCount: clipped.count,
    clippedMean: clipped.mean,
    clippedMeanErr: clipped.meanErr,
    clippedStdev: clipped.stdev,
  };
}

/**
 * Clips at `clipSigma` about the median with the sigma of the interquartile range, then about mean and standard
 * deviation, until nothing changes or the rounds are used up.
 *
 * @remarks The standard deviation is that of the kept values, as in the reference pipelines: for a Gaussian clipped at
 * 3 sigma it is 1.3 % low.
 */
export function computeClippedStatistics(image: Image, options: StatisticsOptions = {}): ClippedStatistics {
  const { values, weights } = usablePixels(image, options);
  return clipValues(values, weights, options);
}

/** The same for bare values; NaN and infinities are left out. */
export function computeClippedStatisticsOfValues(
  values: Float32Array | Float64Array,
  options: { readonly clipSigma?: number; readonly maxIterations?: number } = {},
): ClippedStatistics {
  return clipValues(Float64Array.from(values).filter(Number.isFinite), undefined, options);
}

/** Median of the usable pixels, NaN of none. */
export function computeMedian(image: Image, options: StatisticsOptions = {}): number {
  return medianInPlace(usablePixels(image, options).values);
}

/** Median and median absolute deviation scaled to a Gaussian's sigma. */
export function computeMedianAndSigma(image: Image, options: StatisticsOptions = {}): { median: number; sigma: number; count: number } {
  const { values } = usablePixels(image, options);
  const median = medianInPlace(values);
  for (let i = 0; i < values.length; i++) values[i] = Math.abs(values[i] - median);
  return { median, sigma: SIGMA_PER_MAD * medianInPlace(values), count: values.length };
}

/** Statistics of a masked image: its own mask, and on demand its variance as weights. */
export function computeMaskedStatistics(
  masked: MaskedImage,
  options: Omit<StatisticsOptions, 'mask' | 'variance'> & { readonly weighted?: boolean } = {},
): PixelStatistics {
  return computeStatistics(masked.image, { ...options, mask: masked.mask, variance: options.weighted ? masked.variance : undefined });
}

/** Fresh copies of the usable pixels, and their weights 1 / variance where a variance is given. */
export function usablePixels(
  image: Image,
  options: Pick<StatisticsOptions, 'mask' | 'badBits' | 'variance'>,
): { values: Float32Array; weights: Float32Array | undefined } {
  const { mask, variance, badBits = -1 } = options;
  if (mask) requireSameShape(image, mask, 'mask');
  if (variance) requireSameShape(image, variance, 'variance');
  const values = new Float32Array(image.width * image.height);
  const weights = variance && new Float32Array(values.length);
  let n = 0;
  for (let j = 0; j < image.height; j++) {
    const row = j * image.stride;
    for (let i = 0; i < image.width; i++) {
      const value = image.data[row + i];
      if (mask && (mask.data[j * mask.stride + i] & badBits) !== 0) continue;
      if (!(value - value === 0)) continue;
      if (variance && weights) {
        const v = variance.data[j * variance.stride + i];
        if (!(v > 0 && v < Number.POSITIVE_INFINITY)) continue;
        weights[n] = 1 / v;
      }
      values[n++] = value;
    }
  }
  return { values: values.subarray(0, n), weights: weights?.subarray(0, n) };
}

interface ClipRule {
  readonly clipSigma: number;
  readonly maxIterations: number;
}

function clipRule(options: { readonly clipSigma?: number; readonly maxIterations?: number }): ClipRule {
  return { clipSigma: options.clipSigma ?? 3, maxIterations: options.maxIterations ?? 3 };
}

function clipValues(
  values: Float32Array | Float64Array,
  weights: Float32Array | undefined,
  options: { readonly clipSigma?: number; readonly maxIterations?: number },
): ClippedStatistics {
  const scratch = values.slice();
  const median = medianInPlace(scratch);
  const iqr = quantileInPlace(scratch, 0.75) - quantileInPlace(scratch, 0.25);
  return { ...clip(values, weights, momentsOfAll(values, weights), { median, iqr, ...clipRule(options) }), median };
}

function clip(
  values: Float32Array | Float64Array,
  weights: Float32Array | undefined,
  whole: Moments,
  rule: ClipRule & { readonly median: number; readonly iqr: number },
): Moments {
  let center = rule.median;
  let sigma = SIGMA_PER_IQR * rule.iqr;
  let result = whole;
  for (let round = 0; round < rule.maxIterations && result.count > 0; round++) {
    const next = momentsWithin(values, weights, center - rule.clipSigma * sigma, center + rule.clipSigma * sigma);
    const settled = round > 0 && next.count === result.count;
    result = next;
    if (settled) break;
    center = next.mean;
    sigma = next.stdev;
  }
  return result;
}

interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly meanErr: number;
  readonly stdev: number;
}

/** Mean and spread of all values; two passes, so that large offsets cancel nothing. */
function momentsOfAll(values: Float32Array | Float64Array, weights: Float32Array | undefined): Moments {
  let sum = 0;
  let weight = 0;
  for (let i = 0; i < values.length; i++) {
    const w = weights ? weights[i] : 1;
    sum += w * values[i];
    weight += w;
  }
  const mean = sum / weight;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (weights ? weights[i] : 1) * (values[i] - mean) ** 2;
  return finishMoments(values.length, { mean, squares, weight, weighted: weights !== undefined });
}

/** The same of the values in [low, high]. */
function momentsWithin(values: Float32Array | Float64Array, weights: Float32Array | undefined, low: number, high: number): Moments {
  let count = 0;
  let sum = 0;
  let weight = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!(value >= low && value <= high)) continue;
    const w = weights ? weights[i] : 1;
    count++;
    sum += w * value;
    weight += w;
  }
  const mean = sum / weight;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value >= low && value <= high) squares += (weights ? weights[i] : 1) * (value - mean) ** 2;
  }
  return finishMoments(count, { mean, squares, weight, weighted: weights !== undefined });
}

interface MomentSums {
  readonly mean: number;
  /** Weighted sum of squared differences from the mean. */
  readonly squares: number;
  readonly weight: number;
  readonly weighted: boolean;
}

function finishMoments(count: number, { mean, squares, weight, weighted }: MomentSums): Moments {
  const stdev = count > 1 ? Math.sqrt((squares / weight) * (count / (count - 1))) : Number.NaN;
  return { count, mean, stdev, meanErr: weighted ? Math.sqrt(1 / weight) : stdev / Math.sqrt(count) };
}
