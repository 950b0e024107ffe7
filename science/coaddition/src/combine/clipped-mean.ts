import { createImage, type Image, knownPlaneBits } from '@almagest/image';
import { NoInputsError } from '../errors.ts';
import { UNUSABLE_PLANES, type Warp } from '../warps/warp.ts';

export interface ClippedMeanOptions {
  /** Default 2.5. */
  readonly clipSigma?: number;
  /** Rounds at most, default 3. */
  readonly maxIterations?: number;
}

/**
 * Mean over epochs, pixel by pixel, after clipping: the static sky.
 *
 * The first centre is the median; the scale is the larger of the epochs' own noise and their robust spread, so that pixels
 * on stars, where seeing changes values by more than noise, are not all clipped. Means are not weighted, so that one deep
 * input does not decide.
 *
 * @param warps - Same box, alike in PSF. @returns Fresh mean and count of epochs used; NaN and 0 where there is none.
 * @throws {NoInputsError} if there is no warp.
 */
export function computeClippedMean(
  warps: readonly Warp[],
  options: ClippedMeanOptions = {},
): { readonly mean: Image; readonly count: Image } {
  if (warps.length === 0) throw new NoInputsError('a clipped mean needs at least one input; found none');
  const { clipSigma = 2.5, maxIterations = 3 } = options;
  const box = warps[0].maskedImage.image;
  const mean = createImage(box.width, box.height, box);
  const count = createImage(box.width, box.height, box);
  const layers = warps.map(({ maskedImage }) => ({ ...maskedImage, bad: knownPlaneBits(maskedImage.mask.planes, UNUSABLE_PLANES) }));
  const values = new Float64Array(layers.length);
  const sorted = new Float64Array(layers.length);
  for (let j = 0; j < box.height; j++)
    for (let i = 0; i < box.width; i++) {
      let n = 0;
      let noise = 0;
      for (const { image, mask, variance, bad } of layers) {
        const value = image.data[j * image.stride + i];
        if ((mask.data[j * mask.stride + i] & bad) !== 0 || !(value - value === 0)) continue;
        values[n++] = value;
        noise += variance.data[j * variance.stride + i];
      }
      const at = j * box.width + i;
      const result = clip(values, sorted, n, { clipSigma, maxIterations, noise: Math.sqrt(noise / n) });
      mean.data[at] = result.mean;
      count.data[at] = result.count;
    }
  return { mean, count };
}

interface ClipRule {
  readonly clipSigma: number;
  readonly maxIterations: number;
  /** Expected standard deviation of one epoch. */
  readonly noise: number;
}

const clipResult = { mean: 0, count: 0 };

/** Clips the first n values; the result object is the same at every call. */
function clip(values: Float64Array, sorted: Float64Array, n: number, rule: ClipRule): { mean: number; count: number } {
  clipResult.mean = Number.NaN;
  clipResult.count = 0;
  if (n === 0) return clipResult;
  for (let k = 0; k < n; k++) insert(sorted, k, values[k]);
  let center = middle(sorted, n);
  for (let k = 0; k < n; k++) insert(sorted, k, Math.abs(values[k] - center));
  let limit = rule.clipSigma * Math.max(rule.noise || 0, 1.4826 * middle(sorted, n));
  let before = -1;
  for (let round = 0; round < rule.maxIterations; round++) {
    let [count, sum, squares] = [0, 0, 0];
    for (let k = 0; k < n; k++) {
      const d = values[k] - center;
      if (Math.abs(d) > limit) continue;
      count++;
      sum += d;
      squares += d * d;
    }
    clipResult.mean = center + sum / count;
    clipResult.count = count;
    if (count === before || count === 0) break;
    before = count;
    center = clipResult.mean;
    limit = rule.clipSigma * Math.max(rule.noise || 0, Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2)));
  }
  return clipResult;
}

/** Insertion into the sorted first `length` values. */
function insert(sorted: Float64Array, length: number, value: number): void {
  let k = length;
  for (; k > 0 && sorted[k - 1] > value; k--) sorted[k] = sorted[k - 1];
  sorted[k] = value;
}

function middle(sorted: Float64Array, n: number): number {
  return n % 2 === 1 ? sorted[(n - 1) / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}
