import { convolveDense, convolveVarying, KernelArena, type Plane } from '@almagest/kernels';
import {
  type Background,
  computeSignificance,
  createMatchedFilter,
  detectPeaks,
  measureBackground,
  subtractBackground,
} from '@almagest/characterization';
import { estimateFwhm } from '@almagest/measurement';
import { createDecorrelationKernel } from '../decorrelation/decorrelate.ts';
import { GridMismatchError, NoOverlapError } from '../errors.ts';
import { chooseTerms, createGaussianBasis, type GaussianTerm } from '../kernel/gaussian-basis.ts';
import { selectCandidates } from '../kernel/select-candidates.ts';
import {
  backgroundAt,
  blockKernelOf,
  coefficientsAt,
  fitSpatialKernel,
  kernelImageAt,
  type SpatialKernel,
} from '../kernel/spatial-kernel.ts';
import { buildStampEquations, type StampImages } from '../kernel/stamp-equations.ts';

/** One of the two images. */
export interface SubtractInput {
  /** Not modified; NaN where there is no data. */
  readonly image: Plane;
  /** Electrons per unit of the image, for the noise of sources; 0 where it is not known. */
  readonly gain: number;
  /** Level at which pixels are saturated; Infinity for none. */
  readonly saturation: number;
  /** Width of a star [pixel]; measured when absent. */
  readonly fwhmPixels?: number;
}

export interface SubtractOptions {
  /** Which image is convolved; `auto` takes the one with the narrower stars. */
  readonly convolve?: 'auto' | 'template' | 'science';
  /** Half side of the kernel [pixel]; default 10, or what the widths ask for. */
  readonly kernelHalf?: number;
  /** Gaussians of the kernel's basis; default from the widths of the two images. */
  readonly terms?: readonly GaussianTerm[];
  /** Half side of the square around each star that is matched [pixel]; default 2.8 FWHM. */
  readonly stampHalf?: number;
  /** Degree over the image of the kernel's shape (2), of the ratio of fluxes (1) and of the background (1). */
  readonly kernelDegree?: number;
  readonly scaleDegree?: number;
  readonly backgroundDegree?: number;
  /** Make the noise white again; default true. */
  readonly decorrelate?: boolean;
  readonly cellPixels?: number;
}

export interface Subtraction {
  /** Science minus matched template, in units of the science image; NaN where either is missing or saturated. */
  readonly difference: Plane;
  /** Variance of the difference. */
  readonly variance: Plane;
  readonly kernel: SpatialKernel;
  readonly convolved: 'template' | 'science';
  readonly scienceFwhm: number;
  readonly templateFwhm: number;
  /** Sum of the kernel at the image's centre: flux of the science image per flux of the template. */
  readonly fluxRatio: number;
  readonly candidates: number;
  /** Part of the image that was subtracted. */
  readonly coverage: number;
}

/** Least part of the image that both must cover. */
const LEAST_OVERLAP = 0.02;
/** Pixels this near to a saturated one are left out. */
const SATURATION_GROWTH = 2;
const FALLBACK_FWHM = 3;

/**
 * Subtracts a template from a science image on the same grid, after matching PSF, flux and background.
 *
 * @throws {GridMismatchError | NoOverlapError | TooFewCandidatesError}
 * @remarks Recovery of transients and residuals at stars: subtract-images.recovery.test.ts and bench/differencing-subtract.ts.
 * @see Alard and Lupton 1998, ApJ 503, 325; Alard 2000, A&AS 144, 363
 */
export function subtractImages(science: SubtractInput, template: SubtractInput, options: SubtractOptions = {}): Subtraction {
  checkGrid(science.image, template.image);
  const s = prepare(science, options);
  const t = prepare(template, options);
  const convolved =
    options.convolve === undefined || options.convolve === 'auto' ? (t.fwhm <= s.fwhm ? 'template' : 'science') : options.convolve;
  const [from, to] = convolved === 'template' ? [t, s] : [s, t];
  const half = options.kernelHalf ?? Math.max(7, Math.min(15, Math.ceil(2.8 * Math.max(from.fwhm, to.fwhm))));
  const basis = createGaussianBasis(half, options.terms ?? chooseTerms(from.fwhm, to.fwhm));
  const { width, height } = to.clean;
  const stampHalf = options.stampHalf ?? Math.max(10, Math.ceil(2.8 * Math.max(from.fwhm, to.fwhm)));
  const places = candidatesOf(from, to, half + stampHalf + 1);
  const images: StampImages = { from: from.clean, to: to.clean, fromVariance: from.variance, toVariance: to.variance };
  const stamps = places.map((at) => buildStampEquations(images, basis, at, stampHalf)).filter((each) => each !== undefined);
  const { kernelDegree = 2, scaleDegree = 1, backgroundDegree = 1 } = options;
  const kernel = fitSpatialKernel(stamps, basis, { width, height, kernelDegree, scaleDegree, backgroundDegree });
  const result = subtractMatched(from, to, kernel, options.decorrelate ?? true);
  const middle = { x: (width - 1) / 2, y: (height - 1) / 2 };
  const sum = coefficientsAt(kernel.solution, basis, kernel.options, middle)[0];
  if (convolved === 'science') rescale(result, -1 / sum);
  return {
    difference: result.difference,
    variance: result.variance,
    coverage: result.coverage,
    kernel,
    convolved,
    scienceFwhm: s.fwhm,
    templateFwhm: t.fwhm,
    fluxRatio: convolved === 'template' ? sum : 1 / sum,
    candidates: stamps.length,
  };
}

interface Prepared {
  readonly clean: Plane;
  readonly background: Background;
  readonly fwhm: number;
  readonly limit: number;
  readonly variance: (value: number) => number;
  readonly gain: number;
}

function checkGrid(science: Plane, template: Plane): void {
  if (science.width === template.width && science.height === template.height) return;
  const details = { science: [science.width, science.height], template: [template.width, template.height] };
  throw new GridMismatchError(
    `science image and template must lie on one grid; found ${details.science.join(' x ')} and ${details.template.join(' x ')} pixels: resample the template first`,
    { details },
  );
}

function prepare({ image, gain, saturation, fwhmPixels }: SubtractInput, { cellPixels = 128 }: SubtractOptions): Prepared {
  const { width, height } = image;
  const background = measureBackground(image, { cellPixels });
  const clean: Plane = { data: new Float32Array(width * height), width, height, stride: width };
  subtractBackground(image, background, clean);
  const limit = saturation - background.medianLevel;
  const fwhm = fwhmPixels ?? estimateFwhm(clean, background.noise, background.medianNoise, limit) ?? FALLBACK_FWHM;
  const sky = background.medianNoise ** 2;
  return { clean, background, fwhm, limit, gain, variance: (value) => sky + (gain > 0 && value > 0 ? value / gain : 0) };
}

function candidatesOf(from: Prepared, to: Prepared, margin: number): { x: number; y: number }[] {
  const { width, height } = to.clean;
  using arena = new KernelArena();
  const map: Plane = { data: arena.float32(width * height), width, height, stride: width };
  computeSignificance(to.clean, { filter: createMatchedFilter(to.fwhm), noise: to.background.noise }, map);
  const peaks = detectPeaks(map, { threshold: 8, prominence: 4 });
  const found = selectCandidates(
    peaks,
    { from: from.clean, to: to.clean },
    { margin, fromLimit: 0.8 * from.limit, toLimit: 0.8 * to.limit },
  );
  if (found.length >= 20) return found;
  return selectCandidates(
    peaks,
    { from: from.clean, to: to.clean },
    { margin, fromLimit: 0.8 * from.limit, toLimit: 0.8 * to.limit, minSignificance: 10, perCell: 10 },
  );
}

interface Matched {
  readonly difference: Plane;
  readonly variance: Plane;
  readonly coverage: number;
}

function subtractMatched(from: Prepared, to: Prepared, kernel: SpatialKernel, decorrelate: boolean): Matched {
  const { width, height } = to.clean;
  const size = width * height;
  const plane = (data: Float32Array): Plane => ({ data, width, height, stride: width });
  const matched = plane(new Float32Array(size));
  convolveVarying(from.clean, blockKernelOf(kernel), matched);
  const middle = { x: (width - 1) / 2, y: (height - 1) / 2 };
  const image = kernelImageAt(kernel, middle);
  const squares = image.reduce((s, v) => s + v * v, 0);
  const sum = image.reduce((s, v) => s + v, 0);
  const skyTo = to.variance(0);
  const skyFrom = from.variance(0);
  const white = decorrelate ? (skyTo + sum * sum * skyFrom) / (skyTo + squares * skyFrom) : 1;
  const variance = plane(new Float32Array(size));
  const difference = plane(new Float32Array(size));
  let covered = 0;
  for (let y = 0; y < height; y++) {
    const level = backgroundRow(kernel, y, width);
    for (let x = 0; x < width; x++) {
      const k = y * width + x;
      const value = to.clean.data[k] - matched.data[k] - level[x];
      difference.data[k] = value;
      if (value === value) covered++;
      const source = Math.max(0, to.clean.data[k]);
      const other = Math.max(0, matched.data[k] / sum);
      variance.data[k] = white * (to.variance(source) + squares * from.variance(other));
    }
  }
  blank(difference, to.clean, to.limit);
  blank(difference, from.clean, from.limit);
  const coverage = covered / size;
  if (coverage < LEAST_OVERLAP)
    throw new NoOverlapError(
      `science image and template must share at least ${LEAST_OVERLAP * 100} % of the image; they share ${(coverage * 100).toFixed(2)} %`,
      { details: { fraction: coverage } },
    );
  if (!decorrelate) return { difference, variance, coverage };
  const filter = createDecorrelationKernel(image, { kept: skyTo, convolved: skyFrom }, kernel.basis.half);
  return { difference: filtered(difference, filter), variance, coverage };
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
function filtered(difference: Plane, filter: Parameters<typeof convolveDense>[1]): Plane {
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

function rescale({ difference, variance }: Matched, factor: number): void {
  for (let k = 0; k < difference.data.length; k++) {
    difference.data[k] *= factor;
    variance.data[k] *= factor * factor;
  }
}
