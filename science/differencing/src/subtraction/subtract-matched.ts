import { convolveDense, convolveVarying, type DenseKernel, type Plane } from '@almagest/kernels';
import { createDecorrelationKernel } from '../decorrelation/decorrelate.ts';
import { backgroundAt, blockKernelOf, kernelImageAt, type SpatialKernel } from '../kernel/spatial-kernel.ts';
import type { PreparedImage } from './prepare-image.ts';

/** What the subtraction gives, in units of the image that was not convolved. */
export interface Matched {
  readonly difference: Plane;
  readonly variance: Plane;
  /** The convolved image with the fitted background: what the other should look like. */
  readonly matched: Plane;
  readonly decorrelation: DenseKernel | undefined;
  readonly coverage: number;
}

/** Pixels this near to a saturated one are left out. */
const SATURATION_GROWTH = 2;
/** Light beyond what is expected counts for the noise only if it is this many sigma: weights must not follow the noise. */
const OWN_LIGHT_SIGMA = 4;

/** Subtracts `from`, convolved, from `to`; the variance is that of a pixel whose light is what both images agree on. */
export function subtractMatched(from: PreparedImage, to: PreparedImage, kernel: SpatialKernel, decorrelate: boolean): Matched {
  const { width, height } = to.clean;
  const size = width * height;
  const plane = (): Plane => ({ data: new Float32Array(size), width, height, stride: width });
  const matched = plane();
  convolveVarying(from.clean, blockKernelOf(kernel), matched);
  const image = kernelImageAt(kernel, { x: (width - 1) / 2, y: (height - 1) / 2 });
  const squares = image.reduce((s, v) => s + v * v, 0);
  const sum = image.reduce((s, v) => s + v, 0);
  const [skyTo, skyFrom] = [to.skyVariance, from.skyVariance];
  const white = decorrelate ? (skyTo + sum * sum * skyFrom) / (skyTo + squares * skyFrom) : 1;
  const sky = white * (skyTo + squares * skyFrom);
  const perLightTo = to.gain > 0 ? white / to.gain : 0;
  const perLightFrom = from.gain > 0 && sum > 0 ? (white * squares) / (from.gain * sum) : 0;
  const perLight = perLightTo + perLightFrom;
  const own = (OWN_LIGHT_SIGMA * OWN_LIGHT_SIGMA) / white;
  const [variance, difference] = [plane(), plane()];
  const [d, v, m, t] = [difference.data, variance.data, matched.data, to.clean.data];
  let covered = 0;
  for (let y = 0; y < height; y++) {
    const level = backgroundRow(kernel, y, width);
    for (let x = 0, k = y * width; x < width; x++, k++) {
      const model = (m[k] += level[x]);
      const value = t[k] - model;
      d[k] = value;
      if (value !== value) {
        v[k] = sky;
        continue;
      }
      covered++;
      const expected = model > 0 ? sky + perLight * model : sky;
      v[k] = value > 0 && value * value > own * expected ? expected + perLightTo * value : expected;
    }
  }
  blank(difference, to.clean, to.limit);
  blank(difference, from.clean, from.limit);
  const coverage = covered / size;
  if (!decorrelate) return { difference, variance, matched, coverage, decorrelation: undefined };
  const decorrelation = createDecorrelationKernel(image, { kept: skyTo, convolved: skyFrom }, 2 * kernel.basis.half);
  return { difference: filtered(difference, decorrelation), variance, matched, coverage, decorrelation };
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
function filtered(difference: Plane, filter: DenseKernel): Plane {
  const holes: number[] = [];
  const { data } = difference;
  for (let k = 0; k < data.length; k++)
    if (data[k] !== data[k]) {
      holes.push(k);
      data[k] = 0;
    }
  const output: Plane = { ...difference, data: new Float32Array(data.length) };
  convolveDense(difference, filter, output);
  for (const k of holes) output.data[k] = Number.NaN;
  return output;
}
