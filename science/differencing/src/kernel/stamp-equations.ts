import { type Plane, type StampWorkspace, withStampWorkspace } from '@almagest/kernels';
import type { KernelBasis } from './kernel-basis.ts';

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
 * Builds the equations of stars.
 *
 * Weights are inverse variances of smooth images, not of noisy pixels, so that the ratio of fluxes is not biased; where the
 * star's light sinks below the noise they fall with its square.
 *
 * @param half - Half side of the square that is matched [pixel].
 * @returns Those of the stars whose square, with the kernel's reach, lies within the images and holds no NaN.
 */
export function buildStampEquations(
  images: StampImages,
  basis: KernelBasis,
  places: readonly { readonly x: number; readonly y: number }[],
  half: number,
): StampEquations[] {
  // Beside the models: a constant background, and the target.
  return withStampWorkspace({ basis: basis.separable, side: 2 * half + 1, extra: 2 }, (work) =>
    places.map((at) => equationsAt(images, basis, { at, half, work })).filter((each) => each !== undefined),
  );
}

interface StampRequest {
  readonly at: { readonly x: number; readonly y: number };
  readonly half: number;
  readonly work: StampWorkspace;
}

function equationsAt(images: StampImages, basis: KernelBasis, { at, half, work }: StampRequest): StampEquations | undefined {
  const { from, to } = images;
  const reach = half + basis.half;
  const [x, y] = [Math.round(at.x), Math.round(at.y)];
  if (x < reach || y < reach || x + reach >= from.width || y + reach >= from.height) return undefined;
  const count = basis.functions.length;
  const [constant, target] = [work.stamps[count], work.stamps[count + 1]];
  const side = 2 * half + 1;
  if (!cutInto(work.source, work.wide, from, { x: x - reach, y: y - reach, side: work.wide })) return undefined;
  if (!cutInto(target, work.pitch, to, { x: x - half, y: y - half, side })) return undefined;
  constant.fill(1);
  work.correlate();
  const { noise, pixels, precision } = weightsInto(work, images, target, side);
  work.multiply();
  const { matrix, vector, squares } = systemOf(work.products, basis);
  return { x, y, matrix, vector, noise, squares: squares - freeBackgroundInPlace(matrix, vector, precision), pixels };
}

/** Copies a square of an image; false where it holds what is not finite. */
function cutInto(
  out: Float64Array,
  pitch: number,
  image: Plane,
  { x, y, side }: { readonly x: number; readonly y: number; readonly side: number },
): boolean {
  let check = 0;
  for (let j = 0; j < side; j++) {
    const row = (y + j) * image.stride + x;
    for (let i = 0; i < side; i++) {
      const value = image.data[row + i];
      out[j * pitch + i] = value;
      check += value - value;
    }
  }
  return check === 0;
}

/** Equations from the products of the separable functions, the constant and the target: the multiple of function 0 is taken off. */
function systemOf(
  products: Float64Array,
  { functions }: KernelBasis,
): { readonly matrix: Float64Array; readonly vector: Float64Array; readonly squares: number } {
  const count = functions.length;
  const [n, all] = [count + 1, count + 2];
  for (let a = 1; a < count; a++) {
    const { first } = functions[a];
    if (first !== 0) for (let b = 0; b < all; b++) products[a * all + b] -= first * products[b];
  }
  for (let b = 1; b < count; b++) {
    const { first } = functions[b];
    if (first !== 0) for (let a = 0; a < all; a++) products[a * all + b] -= first * products[a * all];
  }
  const matrix = new Float64Array(n * n);
  const vector = new Float64Array(n);
  for (let a = 0; a < n; a++) {
    matrix.set(products.subarray(a * all, a * all + n), a * n);
    vector[a] = products[a * all + n];
  }
  return { matrix, vector, squares: products[n * all + n] };
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

/** Error of the sky under a star, in units of a pixel's noise: what a mesh measures among the wings of stars. */
const SKY_ERROR = 0.03;
/** Pixels without light of the star tell the background only, and add noise to the kernel's equations: they keep this weight. */
const LEAST_WEIGHT = 0.1;

function weightsInto(
  { stamps, weights, pitch }: StampWorkspace,
  { fromVariance, toVariance }: StampImages,
  target: Float64Array,
  side: number,
): { readonly noise: number; readonly pixels: number; readonly precision: number } {
  const smooth = stamps[0];
  // The target as the smooth source scaled to its flux.
  let [a, b] = [0, 0];
  for (let j = 0; j < side; j++)
    for (let k = j * pitch; k < j * pitch + side; k++) {
      a += smooth[k] * target[k];
      b += smooth[k] * smooth[k];
    }
  const scale = b > 0 ? Math.max(0, a / b) : 0;
  let [noise, pixels] = [0, 0];
  for (let j = 0; j < side; j++)
    for (let k = j * pitch; k < j * pitch + side; k++) {
      const light = Math.max(0, smooth[k]);
      const from = fromVariance(light);
      const variance = toVariance(scale * light) + scale * scale * from;
      const signal = (scale * light) ** 2;
      weights[k] = Math.max(LEAST_WEIGHT, signal / (signal + variance)) / variance;
      noise += weights[k] * from;
      pixels += weights[k] * variance;
    }
  const sky = toVariance(0) + scale * scale * fromVariance(0);
  return { noise, pixels, precision: 1 / (SKY_ERROR * SKY_ERROR * sky) };
}
