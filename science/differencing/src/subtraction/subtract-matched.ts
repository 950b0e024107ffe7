import { measureBackground, subtractBackground } from '@almagest/characterization';
import { computeDifference, convolveVarying, DIFFERENCE_BLOCK, KernelArena, type Plane } from '@almagest/kernels';
import {
  blockFilterOf,
  createDecorrelationKernel,
  createVaryingFilter,
  filterNodes,
  type VaryingFilter,
} from '../decorrelation/decorrelate.ts';
import { backgroundAt, BLOCK, blockKernelOf, kernelImageAt, type SpatialKernel } from '../kernel/spatial-kernel.ts';
import { noiseAt, noiseUnder, type VaryingNoise } from './pixel-noise.ts';
import { planeMaker } from './planes.ts';
import type { PreparedImage } from './prepare-image.ts';

/** What the subtraction gives, in units of the image that was not convolved. */
export interface Matched {
  readonly difference: Plane;
  readonly variance: Plane;
  /** The convolved image with the fitted background: what the other should look like. */
  readonly matched: Plane;
  readonly decorrelation: VaryingFilter | undefined;
  readonly noise: VaryingNoise;
  readonly coverage: number;
}

/** Pixels this near to a saturated one are left out. */
const SATURATION_GROWTH = 2;
/** Light beyond what is expected counts for the noise only if it is this many sigma: weights must not follow the noise. */
const OWN_LIGHT_SIGMA = 4;

export interface MatchOptions {
  readonly decorrelate: boolean;
  readonly convolved: 'template' | 'science';
  /** Side of the cells in which the background of the difference is measured [pixel]. */
  readonly cellPixels: number;
  readonly makePlane: () => Plane;
}

/** Subtracts `from`, convolved, from `to`; the variance is that of a pixel whose light is what both images agree on. */
export function subtractMatched(from: PreparedImage, to: PreparedImage, kernel: SpatialKernel, options: MatchOptions): Matched {
  const { decorrelate, cellPixels, makePlane, convolved } = options;
  const { width, height } = to.clean;
  const [matched, variance] = [makePlane(), makePlane()];
  convolveVarying(from.clean, blockKernelOf(kernel), matched);
  const nodes = filterNodes(width, height);
  const images = nodes.map((at) => kernelImageAt(kernel, at));
  const noise: VaryingNoise = { nodes: images.map((image) => noiseUnder(image, { from, to, decorrelate })), width, height };
  using arena = new KernelArena();
  const difference = decorrelate ? planeMaker(to.clean, arena)() : makePlane();
  const { covered, saturated } = computeDifference(
    {
      kept: to.clean,
      other: from.clean,
      matched,
      keptLimit: to.limit,
      otherLimit: from.limit,
      levels: levelsOf(kernel),
      noise: noiseOfBlocks(noise, convolved),
      fresh: convolved === 'template' ? 'kept' : 'matched',
      ownSigma: OWN_LIGHT_SIGMA,
    },
    { difference, variance },
  );
  blankSaturated(difference, saturated, [to, from]);
  const coverage = covered / (width * height);
  // Without sources the background is seen better than on either image, where their wings raise it.
  subtractBackground(difference, measureBackground(difference, { cellPixels, estimator: 'mode' }), difference);
  if (!decorrelate) return { difference, variance, matched, coverage, noise, decorrelation: undefined };
  const variances = { kept: to.skyVariance, convolved: from.skyVariance };
  const filters = images.map((image) => createDecorrelationKernel(image, variances, 2 * kernel.basis.half));
  const decorrelation = createVaryingFilter(filters, { width, height });
  return { difference: filterInto(makePlane(), difference, decorrelation), variance, matched, coverage, noise, decorrelation };
}

/** The noise of all blocks, row by row of blocks: of sky, per light that both images have, per light of the science image alone. */
function noiseOfBlocks(noise: VaryingNoise, convolved: 'template' | 'science'): Float32Array {
  const [columns, rows] = [Math.ceil(noise.width / DIFFERENCE_BLOCK), Math.ceil(noise.height / DIFFERENCE_BLOCK)];
  const out = new Float32Array(3 * columns * rows);
  for (let n = 0; n < columns * rows; n++) {
    const at = { x: ((n % columns) + 0.5) * DIFFERENCE_BLOCK, y: (Math.floor(n / columns) + 0.5) * DIFFERENCE_BLOCK };
    const { sky, perKept, perConvolved } = noiseAt(noise, at);
    out.set([sky, perKept + perConvolved, convolved === 'template' ? perKept : perConvolved], 3 * n);
  }
  return out;
}

/** The fitted background of every row at the left edges of the blocks, and one more; linear between the edges of blocks along y too. */
function levelsOf(kernel: SpatialKernel): Float32Array {
  const { width, height } = kernel.options;
  const [columns, rows] = [Math.ceil(width / DIFFERENCE_BLOCK) + 1, Math.ceil(height / DIFFERENCE_BLOCK) + 1];
  const corners = Float64Array.from({ length: columns * rows }, (_, n) =>
    backgroundAt(kernel, { x: (n % columns) * DIFFERENCE_BLOCK, y: Math.floor(n / columns) * DIFFERENCE_BLOCK }),
  );
  const out = new Float32Array(columns * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / DIFFERENCE_BLOCK);
    const t = y / DIFFERENCE_BLOCK - row;
    for (let c = 0; c < columns; c++) out[y * columns + c] = (1 - t) * corners[row * columns + c] + t * corners[(row + 1) * columns + c];
  }
  return out;
}

/** NaN on and around pixels at the limits; `flags` tells in which blocks of which rows to look. */
function blankSaturated(difference: Plane, flags: Uint8Array, images: readonly PreparedImage[]): void {
  const { width, height } = difference;
  const columns = Math.ceil(width / DIFFERENCE_BLOCK);
  const g = SATURATION_GROWTH;
  for (let n = 0; n < flags.length; n++) {
    if (flags[n] === 0) continue;
    const y = Math.floor(n / columns);
    const x0 = (n % columns) * DIFFERENCE_BLOCK;
    for (let x = x0; x < Math.min(width, x0 + DIFFERENCE_BLOCK); x++) {
      if (!images.some(({ clean, limit }) => clean.data[y * clean.stride + x] >= limit)) continue;
      for (let j = Math.max(0, y - g); j <= Math.min(height - 1, y + g); j++)
        difference.data.fill(Number.NaN, j * difference.stride + Math.max(0, x - g), j * difference.stride + Math.min(width, x + g + 1));
    }
  }
}

/** Filters a difference; holes count as zero, in the input too, and stay holes. */
function filterInto(output: Plane, difference: Plane, filter: VaryingFilter): Plane {
  const holes: number[] = [];
  const { data } = difference;
  for (let k = 0; k < data.length; k++)
    if (data[k] !== data[k]) {
      holes.push(k);
      data[k] = 0;
    }
  convolveVarying(difference, blockFilterOf(filter, BLOCK), output);
  for (const k of holes) output.data[k] = Number.NaN;
  return output;
}
