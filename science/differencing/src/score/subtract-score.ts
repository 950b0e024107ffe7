import { createMatchedFilter } from '@almagest/characterization';
import { convolveSeparable, type Plane } from '@almagest/kernels';
import type { ScoreMap } from '../detection/detect-score.ts';
import { chooseTerms, createGaussianBasis } from '../kernel/gaussian-basis.ts';
import { findStars } from '../kernel/find-stars.ts';
import { fitSpatialKernel, type SpatialKernel } from '../kernel/spatial-kernel.ts';
import { buildStampEquations } from '../kernel/stamp-equations.ts';
import { filterStamp, measureStarsPsf, stampAt } from '../psf/matched-psf.ts';
import { checkPair, type PreparedImage, prepareImage, type SubtractInput, varianceAt } from '../subtraction/prepare-image.ts';
import { measureSkyNoise } from '../subtraction/sky-noise.ts';
import { subtractMatched } from '../subtraction/subtract-matched.ts';

export interface ScoreOptions {
  /** Degree over the image of the kernel's shape; default 2. */
  readonly kernelDegree?: number;
  readonly cellPixels?: number;
}

/** A score: the science image filtered with its own PSF, less the template matched to that. */
export interface ScoreSubtraction extends ScoreMap {
  readonly kernel: SpatialKernel;
  readonly scienceFwhm: number;
  readonly templateFwhm: number;
  readonly coverage: number;
}

/**
 * Subtracts after filtering the science image with a Gaussian of its own width, which a search for point sources does anyway.
 *
 * The template is convolved whichever image is sharper, for the filtered image is wider than it unless the template's width
 * exceeds the science image's by a factor of 1.41: no deconvolution, and the result is what detection thresholds. Its noise is
 * correlated: measure sources on `subtractImages`' difference. It is the best filter where the template is deep.
 *
 * @throws {GridMismatchError | NoOverlapError | SaturatedImageError | TooFewCandidatesError}
 * @see Reiss and Lupton, DMTN-021; DMTN-061 for the cost
 * @remarks Completeness, noise and fluxes with wider templates: subtract-score.recovery.test.ts.
 */
export function subtractScore(science: SubtractInput, template: SubtractInput, options: ScoreOptions = {}): ScoreSubtraction {
  checkPair(science, template);
  const { kernelDegree = 2, cellPixels = 128 } = options;
  const { width, height } = science.image;
  const makePlane = (): Plane => ({ data: new Float32Array(width * height), width, height, stride: width });
  const s = prepareImage(science, { cellPixels, makePlane });
  const t = prepareImage(template, { cellPixels, makePlane });
  const filtered = filterWithOwnWidth(s);
  const wide = Math.max(filtered.fwhm, t.fwhm);
  const basis = createGaussianBasis(Math.max(8, Math.min(15, Math.ceil(2.2 * wide))), chooseTerms(t.fwhm, filtered.fwhm));
  const stampHalf = Math.max(10, Math.ceil(2.5 * wide));
  const { places, sources } = findStars(t, s, basis.half + stampHalf + 1);
  const images = {
    from: t.clean,
    to: filtered.clean,
    fromVariance: (light: number) => varianceAt(t, light),
    toVariance: (light: number) => varianceAt(filtered, light),
  };
  const stamps = buildStampEquations(images, basis, places, stampHalf);
  const kernel = fitSpatialKernel(stamps, basis, { width, height, kernelDegree, scaleDegree: 1, backgroundDegree: 1 });
  const { difference, variance, coverage } = subtractMatched(t, filtered, kernel, {
    decorrelate: false,
    convolved: 'template',
    cellPixels,
    makePlane,
  });
  const significance: Plane = { ...difference, data: difference.data.map((v, k) => v / Math.sqrt(variance.data[k])) };
  const noise = measureSkyNoise(significance, 'either');
  const middle = { x: width / 2, y: height / 2 };
  const psf = stampAt(measureStarsPsf({ image: s.clean, skyVariance: s.skyVariance, gain: s.gain, fwhm: s.fwhm }, places, sources), middle);
  const taps = createMatchedFilter(s.fwhm).taps;
  const through = filterStamp(psf, {
    width: taps.length,
    height: taps.length,
    values: Float32Array.from({ length: taps.length ** 2 }, (_, k) => taps[k % taps.length] * taps[Math.floor(k / taps.length)]),
  });
  const peak = through.values[(through.values.length - 1) / 2];
  return {
    significance: { ...significance, data: significance.data.map((v) => v / noise) },
    flux: { ...difference, data: difference.data.map((v) => v / peak) },
    kernel,
    scienceFwhm: s.fwhm,
    templateFwhm: t.fwhm,
    coverage,
  };
}

/** The image under its matched filter: variances of sky and of light are those of a weighted mean. */
function filterWithOwnWidth(image: PreparedImage): PreparedImage {
  const { taps, noiseFactor } = createMatchedFilter(image.fwhm);
  const clean: Plane = { ...image.clean, data: new Float32Array(image.clean.data.length) };
  convolveSeparable(image.clean, { x: taps, y: taps, edge: 'nearest' }, clean);
  // Two-dimensional sum of squares of the weights.
  const squares = noiseFactor * noiseFactor;
  return {
    ...image,
    clean,
    skyVariance: image.skyVariance * squares,
    gain: image.gain / squares,
    fwhm: image.fwhm * Math.SQRT2,
    limit: image.limit * SATURATION_AFTER,
  };
}

/** What is saturated before the filter is below the limit after it; this part of the limit still marks the cores. */
const SATURATION_AFTER = 0.5;
