import type { KernelArena, Plane } from '@almagest/kernels';
import type { VaryingFilter } from '../decorrelation/decorrelate.ts';
import { chooseTerms, createGaussianBasis, type GaussianTerm } from '../kernel/gaussian-basis.ts';
import { findStars } from '../kernel/find-stars.ts';
import { coefficientsAt, fitSpatialKernel, type SpatialKernel } from '../kernel/spatial-kernel.ts';
import { createDeltaBasis } from '../kernel/delta-basis.ts';
import type { KernelBasis } from '../kernel/kernel-basis.ts';
import { buildStampEquations, type StampImages } from '../kernel/stamp-equations.ts';
import { scaleNoise, type VaryingNoise } from './pixel-noise.ts';
import { planeMaker } from './planes.ts';
import { checkPair, type PreparedImage, prepareImage, type SubtractInput, varianceAt } from './prepare-image.ts';
import { type Matched, subtractMatched } from './subtract-matched.ts';

export interface SubtractOptions {
  /** Which image is convolved; `auto` takes the one with the narrower stars. */
  readonly convolve?: 'auto' | 'template' | 'science';
  /** Half side of the kernel [pixel]; default what the widths ask for, 7 to 15. */
  readonly kernelHalf?: number;
  /** Functions that make the kernel: Gaussians times polynomials (default), or one for each pixel with a penalty on roughness. */
  readonly basis?: 'gaussian' | 'delta';
  /** Gaussians of the kernel's basis; default from the widths of the two images. */
  readonly terms?: readonly GaussianTerm[];
  /** Half side of the square around each star that is matched [pixel]; default 2.5 FWHM. */
  readonly stampHalf?: number;
  /** Degree over the image of the kernel's shape (2), of the ratio of fluxes (1) and of the background (1). */
  readonly kernelDegree?: number;
  readonly scaleDegree?: number;
  readonly backgroundDegree?: number;
  /** Make the noise white again; default true. */
  readonly decorrelate?: boolean;
  readonly cellPixels?: number;
  /** Where the planes of the result are made: they live as long as the arena. Default ordinary memory, at the cost of copies. */
  readonly arena?: KernelArena;
}

/** One of the two images after matching, in units of the science image. */
export interface MatchedImage {
  /** Without background; both have the PSF of the image that was not convolved. */
  readonly image: Plane;
  /** Multiply pixels by this to have units of the science image. */
  readonly scale: number;
  /** Of a pixel before convolution, as a standard deviation squared in scaled units, and electrons per scaled unit (0: unknown). */
  readonly skyVariance: number;
  readonly gain: number;
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
  /** Where those stars are; among them those that the fit left out. */
  readonly stars: readonly { readonly x: number; readonly y: number }[];
  /** Source number + 1 on the pixels of sources of the image that was not convolved. */
  readonly sources: Plane<Int32Array>;
  /** Part of the image that was subtracted. */
  readonly coverage: number;
  /** The two images as they were subtracted, before the noise was made white. */
  readonly science: MatchedImage;
  readonly template: MatchedImage;
  /** The science image without its background, not convolved, in its own units. */
  readonly scienceBefore: MatchedImage;
  /** Variance of the difference's pixels without the light of what changed. */
  readonly noise: VaryingNoise;
  /** The filter that made the noise white; sum 1 everywhere. */
  readonly decorrelation: VaryingFilter | undefined;
}

/**
 * Subtracts a template from a science image on the same grid, after matching PSF, flux and background.
 *
 * @throws {GridMismatchError | NoOverlapError | SaturatedImageError | TooFewCandidatesError}
 * @remarks Recovery of transients and residuals at stars: subtract-images.recovery.test.ts.
 * @see Alard and Lupton 1998, ApJ 503, 325; Alard 2000, A&AS 144, 363
 */
export function subtractImages(science: SubtractInput, template: SubtractInput, options: SubtractOptions = {}): Subtraction {
  checkPair(science, template);
  const { cellPixels = 128 } = options;
  const makePlane = planeMaker(science.image, options.arena);
  const s = prepareImage(science, { cellPixels, makePlane });
  const t = prepareImage(template, { cellPixels, makePlane });
  const { convolve = 'auto', kernelDegree = 2, scaleDegree = 1, backgroundDegree = 1 } = options;
  const convolved = convolve === 'auto' ? (t.fwhm <= s.fwhm ? 'template' : 'science') : convolve;
  const [from, to] = convolved === 'template' ? [t, s] : [s, t];
  const wide = Math.max(from.fwhm, to.fwhm);
  const basis = basisFor(from, to, options);
  const { width, height } = to.clean;
  const stampHalf = options.stampHalf ?? Math.max(10, Math.ceil(2.5 * wide));
  const { places, sources } = findStars(from, to, basis.half + stampHalf + 1);
  const images: StampImages = {
    from: from.clean,
    to: to.clean,
    fromVariance: (light) => varianceAt(from, light),
    toVariance: (light) => varianceAt(to, light),
  };
  const stamps = buildStampEquations(images, basis, places, stampHalf);
  const kernel = fitSpatialKernel(stamps, basis, { width, height, kernelDegree, scaleDegree, backgroundDegree });
  const result = subtractMatched(from, to, kernel, { decorrelate: options.decorrelate ?? true, convolved, cellPixels, makePlane });
  const sum = coefficientsAt(kernel.solution, basis, kernel.options, { x: (width - 1) / 2, y: (height - 1) / 2 })[0];
  const unit = convolved === 'science' ? -1 / sum : 1;
  if (unit !== 1) rescale(result, unit);
  return {
    difference: result.difference,
    variance: result.variance,
    coverage: result.coverage,
    decorrelation: result.decorrelation,
    noise: scaleNoise(result.noise, unit),
    kernel,
    convolved,
    scienceFwhm: s.fwhm,
    templateFwhm: t.fwhm,
    fluxRatio: convolved === 'template' ? sum : 1 / sum,
    candidates: stamps.length,
    stars: stamps.map(({ x, y }) => ({ x, y })),
    sources,
    ...matchedImages({ from, to, matched: result.matched, sum, convolved }),
    scienceBefore: { image: s.clean, scale: 1, skyVariance: s.skyVariance, gain: s.gain },
  };
}

function basisFor({ fwhm: narrow }: PreparedImage, { fwhm: other }: PreparedImage, options: SubtractOptions): KernelBasis {
  const wide = Math.max(narrow, other);
  if (options.basis === 'delta') return createDeltaBasis(options.kernelHalf ?? Math.max(4, Math.min(7, Math.ceil(1.5 * wide))));
  const half = options.kernelHalf ?? Math.max(7, Math.min(15, Math.ceil(2.2 * wide)));
  return createGaussianBasis(half, options.terms ?? chooseTerms(narrow, other));
}

interface MatchedPair {
  readonly from: PreparedImage;
  readonly to: PreparedImage;
  readonly matched: Plane;
  readonly sum: number;
  readonly convolved: 'template' | 'science';
}

function matchedImages({ from, to, matched, sum, convolved }: MatchedPair): Pick<Subtraction, 'science' | 'template'> {
  const scale = convolved === 'template' ? 1 : 1 / sum;
  const own = (image: Plane, { skyVariance, gain }: PreparedImage, unit: number): MatchedImage => ({
    image,
    scale,
    skyVariance: skyVariance * unit * unit,
    gain: gain / unit,
  });
  const [kept, other] = [own(to.clean, to, scale), own(matched, from, scale * sum)];
  return convolved === 'template' ? { science: kept, template: other } : { science: other, template: kept };
}

function rescale({ difference, variance }: Matched, factor: number): void {
  for (let k = 0; k < difference.data.length; k++) {
    difference.data[k] *= factor;
    variance.data[k] *= factor * factor;
  }
}
