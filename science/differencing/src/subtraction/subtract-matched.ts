import { measureBackground, subtractBackground } from '@almagest/characterization';
import { convolveVarying, type Plane } from '@almagest/kernels';
import {
  blockFilterOf,
  createDecorrelationKernel,
  createVaryingFilter,
  filterNodes,
  nodeWeights,
  type VaryingFilter,
} from '../decorrelation/decorrelate.ts';
import { backgroundAt, BLOCK, blockKernelOf, kernelImageAt, type SpatialKernel } from '../kernel/spatial-kernel.ts';
import type { PreparedImage } from './prepare-image.ts';

/** What the subtraction gives, in units of the image that was not convolved. */
export interface Matched {
  readonly difference: Plane;
  readonly variance: Plane;
  /** The convolved image with the fitted background: what the other should look like. */
  readonly matched: Plane;
  readonly decorrelation: VaryingFilter | undefined;
  readonly coverage: number;
}

/** Pixels this near to a saturated one are left out. */
const SATURATION_GROWTH = 2;
/** Light beyond what is expected counts for the noise only if it is this many sigma: weights must not follow the noise. */
const OWN_LIGHT_SIGMA = 4;

export interface MatchOptions {
  readonly decorrelate: boolean;
  /** Side of the cells in which the background of the difference is measured [pixel]. */
  readonly cellPixels: number;
}

/** Subtracts `from`, convolved, from `to`; the variance is that of a pixel whose light is what both images agree on. */
export function subtractMatched(from: PreparedImage, to: PreparedImage, kernel: SpatialKernel, options: MatchOptions): Matched {
  const { decorrelate, cellPixels } = options;
  const { width, height } = to.clean;
  const size = width * height;
  const plane = (): Plane => ({ data: new Float32Array(size), width, height, stride: width });
  const matched = plane();
  convolveVarying(from.clean, blockKernelOf(kernel), matched);
  const nodes = filterNodes(width, height);
  const images = nodes.map((at) => kernelImageAt(kernel, at));
  const noises = images.map((image) => noiseUnder(image, { from, to, decorrelate }));
  const [variance, difference] = [plane(), plane()];
  const [d, v, m, t] = [difference.data, variance.data, matched.data, to.clean.data];
  let covered = 0;
  const noise = new Float64Array(3 * Math.ceil(width / BLOCK));
  for (let y = 0; y < height; y++) {
    const level = backgroundRow(kernel, y, width);
    if (y % BLOCK === 0) noiseRowInto(noise, noises, { y: y + BLOCK / 2, width, height });
    for (let x0 = 0, n = 0; x0 < width; x0 += BLOCK, n += 3) {
      const [sky, perLight, perOwn] = [noise[n], noise[n + 1], noise[n + 2]];
      const x1 = Math.min(width, x0 + BLOCK);
      for (let x = x0, k = y * width + x0; x < x1; x++, k++) {
        const model = (m[k] += level[x]);
        const value = t[k] - model;
        d[k] = value;
        if (value !== value) {
          v[k] = sky;
          continue;
        }
        covered++;
        const expected = model > 0 ? sky + perLight * model : sky;
        v[k] = value > 0 && value * value > OWN_LIGHT_SIGMA * OWN_LIGHT_SIGMA * expected ? expected + perOwn * value : expected;
      }
    }
  }
  blank(difference, to.clean, to.limit);
  blank(difference, from.clean, from.limit);
  const coverage = covered / size;
  // Without sources the background is seen better than on either image, where their wings raise it.
  subtractBackground(difference, measureBackground(difference, { cellPixels, estimator: 'median' }), difference);
  if (!decorrelate) return { difference, variance, matched, coverage, decorrelation: undefined };
  const variances = { kept: to.skyVariance, convolved: from.skyVariance };
  const filters = images.map((image) => createDecorrelationKernel(image, variances, 2 * kernel.basis.half));
  const decorrelation = createVaryingFilter(filters, { width, height });
  return { difference: filtered(difference, decorrelation), variance, matched, coverage, decorrelation };
}

/** Variance of a pixel of the difference: of sky, per light that both images have, per light of the kept image alone. */
type PixelNoise = readonly [sky: number, perLight: number, perOwn: number];

function noiseUnder(
  kernel: Float64Array,
  { from, to, decorrelate }: { readonly from: PreparedImage; readonly to: PreparedImage; readonly decorrelate: boolean },
): PixelNoise {
  const squares = kernel.reduce((s, v) => s + v * v, 0);
  const sum = kernel.reduce((s, v) => s + v, 0);
  const [skyTo, skyFrom] = [to.skyVariance, from.skyVariance];
  // The filter is c / sqrt(s1^2 + |K|^2 s2^2) with value 1 at frequency 0, so c^2 = s1^2 + K(0)^2 s2^2 is the white variance.
  const white = decorrelate ? (skyTo + sum * sum * skyFrom) / (skyTo + squares * skyFrom) : 1;
  const perOwn = to.gain > 0 ? white / to.gain : 0;
  const perFrom = from.gain > 0 && sum > 0 ? (white * squares) / (from.gain * sum) : 0;
  return [white * (skyTo + squares * skyFrom), perOwn + perFrom, perOwn];
}

function noiseRowInto(
  out: Float64Array,
  noises: readonly PixelNoise[],
  { y, width, height }: { readonly y: number; readonly width: number; readonly height: number },
): void {
  out.fill(0);
  for (let n = 0; n < out.length / 3; n++) {
    const weights = nodeWeights({ width, height }, { x: (n + 0.5) * BLOCK, y });
    for (const [i, noise] of noises.entries()) for (let c = 0; c < 3; c++) out[3 * n + c] += weights[i] * noise[c];
  }
}

/** The fitted background of one row, linear between columns BACKGROUND_STEP apart. */
const BACKGROUND_STEP = 64;

function backgroundRow(kernel: SpatialKernel, y: number, width: number): Float64Array {
  const at = (x: number): number => backgroundAt(kernel, { x, y });
  const out = new Float64Array(width);
  for (let x0 = 0; x0 < width; x0 += BACKGROUND_STEP) {
    const [a, b] = [at(x0), at(x0 + BACKGROUND_STEP)];
    for (let x = x0; x < Math.min(width, x0 + BACKGROUND_STEP); x++) out[x] = a + ((b - a) * (x - x0)) / BACKGROUND_STEP;
  }
  return out;
}

/** NaN on and around pixels at the limit. */
function blank(difference: Plane, image: Plane, limit: number): void {
  if (!Number.isFinite(limit)) return;
  const { width, height } = image;
  const g = SATURATION_GROWTH;
  for (let k = 0; k < image.data.length; k++) {
    if (!(image.data[k] >= limit)) continue;
    const [x, y] = [k % width, Math.floor(k / width)];
    for (let j = Math.max(0, y - g); j <= Math.min(height - 1, y + g); j++)
      difference.data.fill(Number.NaN, j * width + Math.max(0, x - g), j * width + Math.min(width, x + g + 1));
  }
}

/** Filters a difference; holes count as zero and stay holes. */
function filtered(difference: Plane, filter: VaryingFilter): Plane {
  const holes: number[] = [];
  const { data } = difference;
  for (let k = 0; k < data.length; k++)
    if (data[k] !== data[k]) {
      holes.push(k);
      data[k] = 0;
    }
  const output: Plane = { ...difference, data: new Float32Array(data.length) };
  convolveVarying(difference, blockFilterOf(filter, BLOCK), output);
  for (const k of holes) output.data[k] = Number.NaN;
  return output;
}
