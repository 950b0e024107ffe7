import type { Plane } from '@almagest/kernels';
import type { KernelBasis } from './gaussian-basis.ts';

/** What one star says of the kernel at its place: normal equations over the basis and a constant background. */
export interface StampEquations {
  readonly x: number;
  readonly y: number;
  /** (n + 1) x (n + 1), row-major; the last row and column are the background's. */
  readonly matrix: Float64Array;
  readonly vector: Float64Array;
  /** What the noise of the image `from` adds to `matrix` per product of basis functions. */
  readonly noise: number;
  /** Sum of weighted squares of the target's pixels. */
  readonly squares: number;
  /** Sum of weight times variance: the expected chi-square. */
  readonly pixels: number;
}

export interface StampImages {
  /** The image that is convolved, and the one it shall look like; background-subtracted, on one grid. */
  readonly from: Plane;
  readonly to: Plane;
  readonly fromVariance: (value: number) => number;
  readonly toVariance: (value: number) => number;
}

/**
 * Builds the equations of one star.
 *
 * Weights are inverse variances of smooth images, not of noisy pixels, so that the ratio of fluxes is not biased; where the
 * star's light sinks below the noise they fall with its square.
 *
 * @param half - Half side of the square that is matched [pixel].
 * @returns undefined where the square, with the kernel's reach, leaves the images or holds NaN.
 */
export function buildStampEquations(
  images: StampImages,
  basis: KernelBasis,
  at: { readonly x: number; readonly y: number },
  half: number,
): StampEquations | undefined {
  const { from, to } = images;
  const { half: w, functions } = basis;
  const reach = half + w;
  const [cx, cy] = [Math.round(at.x), Math.round(at.y)];
  if (cx < reach || cy < reach || cx + reach >= from.width || cy + reach >= from.height) return undefined;
  const side = 2 * half + 1;
  const wide = side + 2 * w;
  const source = new Float64Array(wide * wide);
  for (let j = 0; j < wide; j++)
    for (let i = 0; i < wide; i++) {
      const value = from.data[(cy - reach + j) * from.stride + cx - reach + i];
      if (!Number.isFinite(value)) return undefined;
      source[j * wide + i] = value;
    }
  const target = new Float64Array(side * side);
  for (let j = 0; j < side; j++)
    for (let i = 0; i < side; i++) {
      const value = to.data[(cy - half + j) * to.stride + cx - half + i];
      if (!Number.isFinite(value)) return undefined;
      target[j * side + i] = value;
    }
  const models = convolveWithBasis(source, wide, side, basis);
  const count = functions.length;
  const { weights, noise, pixels, precision } = weightsOf(images, models[0], target);
  const n = count + 1;
  const matrix = new Float64Array(n * n);
  const vector = new Float64Array(n);
  const weighted = new Float64Array(side * side);
  models.push(new Float64Array(side * side).fill(1));
  let squares = 0;
  for (let k = 0; k < target.length; k++) squares += weights[k] * target[k] * target[k];
  for (let a = 0; a < n; a++) {
    const model = models[a];
    for (let k = 0; k < weighted.length; k++) weighted[k] = weights[k] * model[k];
    for (let b = a; b < n; b++) {
      const other = models[b];
      let sum = 0;
      for (let k = 0; k < weighted.length; k++) sum += weighted[k] * other[k];
      matrix[a * n + b] = sum;
      matrix[b * n + a] = sum;
    }
    let sum = 0;
    for (let k = 0; k < weighted.length; k++) sum += weighted[k] * target[k];
    vector[a] = sum;
  }
  return { x: cx, y: cy, matrix, vector, noise, squares: squares - freeBackgroundInPlace(matrix, vector, precision), pixels };
}

/**
 * Lets the background of every star be its own within the error of the sky: what neighbours' wings and the mesh leave must not
 * become kernel, nor the wings of the star itself background.
 *
 * @param precision - Inverse variance of the background.
 * @returns What the background takes from the sum of squares.
 */
function freeBackgroundInPlace(matrix: Float64Array, vector: Float64Array, precision: number): number {
  const n = vector.length;
  const last = n - 1;
  const own = matrix[last * n + last] + precision;
  const value = vector[last];
  for (let a = 0; a < last; a++) {
    const cross = matrix[a * n + last];
    for (let b = 0; b < last; b++) matrix[a * n + b] -= (cross * matrix[last * n + b]) / own;
    vector[a] -= (cross * value) / own;
  }
  for (let a = 0; a < last; a++) matrix[a * n + last] = matrix[last * n + a] = 0;
  vector[last] = 0;
  return (value * value) / own;
}

/** The source correlated with every basis function, on the inner square; along x once for each profile, then along y. */
function convolveWithBasis(source: Float64Array, wide: number, side: number, { functions, half }: KernelBasis): Float64Array[] {
  const rows = new Map<Float64Array, Float64Array>();
  const cache: { profile: Float64Array; result: Float64Array }[] = [];
  const alongX = (profile: Float64Array): Float64Array => {
    const known = rows.get(profile) ?? cache.find((each) => each.profile.every((v, k) => v === profile[k]))?.result;
    if (known) return known;
    const out = new Float64Array(wide * side);
    for (let j = 0; j < wide; j++)
      for (let i = 0; i < side; i++) {
        let sum = 0;
        for (let k = 0; k < profile.length; k++) sum += profile[k] * source[j * wide + i + k];
        out[j * side + i] = sum;
      }
    rows.set(profile, out);
    cache.push({ profile, result: out });
    return out;
  };
  const models = functions.map(({ x, y }) => {
    const across = alongX(x);
    const out = new Float64Array(side * side);
    for (let k = 0; k <= 2 * half; k++) {
      const tap = y[k];
      for (let p = 0; p < out.length; p++) out[p] += tap * across[k * side + p];
    }
    return out;
  });
  for (let m = 1; m < models.length; m++) {
    const { first } = functions[m];
    if (first !== 0) for (let p = 0; p < models[m].length; p++) models[m][p] -= first * models[0][p];
  }
  return models;
}

/** Error of the sky under a star, in units of a pixel's noise: what a mesh measures among the wings of stars. */
const SKY_ERROR = 0.03;
/** Pixels without light of the star tell the background only, and add noise to the kernel's equations: they keep this weight. */
const LEAST_WEIGHT = 0.1;

function weightsOf(
  { fromVariance, toVariance }: StampImages,
  smooth: Float64Array,
  target: Float64Array,
): { readonly weights: Float64Array; readonly noise: number; readonly pixels: number; readonly precision: number } {
  // The target as the smooth source scaled to its flux.
  let [a, b] = [0, 0];
  for (let k = 0; k < target.length; k++) {
    a += smooth[k] * target[k];
    b += smooth[k] * smooth[k];
  }
  const scale = b > 0 ? Math.max(0, a / b) : 0;
  const weights = new Float64Array(smooth.length);
  let [noise, pixels] = [0, 0];
  for (let k = 0; k < smooth.length; k++) {
    const light = Math.max(0, smooth[k]);
    const from = fromVariance(light);
    const variance = toVariance(scale * light) + scale * scale * from;
    const signal = (scale * light) ** 2;
    weights[k] = Math.max(LEAST_WEIGHT, signal / (signal + variance)) / variance;
    noise += weights[k] * from;
    pixels += weights[k] * variance;
  }
  const sky = toVariance(0) + scale * scale * fromVariance(0);
  return { weights, noise, pixels, precision: 1 / (SKY_ERROR * SKY_ERROR * sky) };
}
