import { computeStatistics, createImage, type Image, knownPlaneBits, type MaskedImage, SIGMA_PER_IQR } from '@almagest/image';

const NOT_SKY = ['NO_DATA', 'BAD', 'SAT', 'CR', 'EDGE', 'DETECTED', 'DETECTED_NEGATIVE', 'CLIPPED'];

/**
 * Factor by which the variances of sky pixels must be multiplied to explain their spread.
 *
 * Use on background-subtracted images with sources masked. Robust: interquartile range of image / sqrt(variance).
 *
 * @returns NaN where no pixel is usable.
 */
export function measureVarianceScale(masked: MaskedImage, badPlanes: readonly string[] = NOT_SKY): number {
  const { iqr } = computeStatistics(significance(masked), { mask: masked.mask, badBits: knownPlaneBits(masked.mask.planes, badPlanes) });
  return (SIGMA_PER_IQR * iqr) ** 2;
}

/** Correlation of the noise of pixels (dx, dy) apart; `at(0, 0)` is 1. */
export interface NoiseCorrelation {
  readonly reach: number;
  /** Row-major, (2 reach + 1)^2. */
  readonly values: Float64Array;
  /**
   * Sum of all correlations: the variance of a sum over a large area is the sum of variances times this.
   *
   * 1 for white noise; above 1 after interpolation, which moves variance into covariance.
   */
  readonly sum: number;
}

/**
 * Measures how the noise of neighbouring pixels is correlated, on sky pixels alone.
 *
 * @param reach - Largest distance in each direction [pixel]; 5 holds what Lanczos-3 makes.
 * @remarks The values are products of clipped (4 sigma) normalized pixels, averaged; off by about 1 / sqrt(pixels).
 */
export function measureNoiseCorrelation(masked: MaskedImage, reach: number = 5, badPlanes: readonly string[] = NOT_SKY): NoiseCorrelation {
  const bad = knownPlaneBits(masked.mask.planes, badPlanes);
  const noise = significance(masked);
  const { mask } = masked;
  const { width, height } = noise;
  const { median, iqr } = computeStatistics(noise, { mask, badBits: bad });
  const sigma = SIGMA_PER_IQR * iqr;
  for (let j = 0; j < height; j++)
    for (let i = 0; i < width; i++) {
      const z = (noise.data[j * width + i] - median) / sigma;
      noise.data[j * width + i] = (mask.data[j * mask.stride + i] & bad) === 0 && Math.abs(z) < 4 ? z : Number.NaN;
    }
  const side = 2 * reach + 1;
  const values = new Float64Array(side * side);
  for (let dy = 0; dy <= reach; dy++)
    for (let dx = -reach; dx <= reach; dx++) {
      if (dy === 0 && dx < 0) continue;
      let [sum, count] = [0, 0];
      for (let j = 0; j + dy < height; j++)
        for (let i = Math.max(0, -dx); i < Math.min(width, width - dx); i++) {
          const product = noise.data[j * width + i] * noise.data[(j + dy) * width + i + dx];
          if (Number.isNaN(product)) continue;
          sum += product;
          count++;
        }
      values[(reach + dy) * side + reach + dx] = values[(reach - dy) * side + reach - dx] = sum / count;
    }
  const own = values[reach * side + reach];
  for (let k = 0; k < values.length; k++) values[k] /= own;
  return { reach, values, sum: values.reduce((a, b) => a + b, 0) };
}

/**
 * Variances for photometry on correlated noise: multiplied by the scale that explains the pixels and, for sums over areas
 * larger than the correlation's reach, by the sum of correlations. In place.
 */
export function scaleVarianceInPlace(masked: MaskedImage, factor: number): void {
  const { data, width, height, stride } = masked.variance;
  for (let j = 0; j < height; j++) for (let i = 0; i < width; i++) data[j * stride + i] *= factor;
}

function significance({ image, variance }: MaskedImage): Image {
  const out = createImage(image.width, image.height, image);
  for (let j = 0; j < image.height; j++)
    for (let i = 0; i < image.width; i++)
      out.data[j * out.stride + i] = image.data[j * image.stride + i] / Math.sqrt(variance.data[j * variance.stride + i]);
  return out;
}
