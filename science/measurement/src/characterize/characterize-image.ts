import {
  type Background,
  computeSignificance,
  createMatchedFilter,
  detectPeaks,
  type Footprint,
  footprintArea,
  footprintsOf,
  growFootprints,
  markFootprintsInPlace,
  measureBackground,
  meshValueAt,
  NoBackgroundError,
  type PeakList,
  type PixelBasisFit,
  subtractBackground,
} from '@almagest/characterization';
import {
  copyImage,
  copyMaskedImage,
  type Exposure,
  FWHM_PER_SIGMA,
  gaussianPsf,
  type Image,
  knownPlaneBits,
  type Mask,
  planeBits,
  type Psf,
  withPlanes,
} from '@almagest/image';
import type { Table } from '@almagest/table';
import { estimateFwhm } from '../catalog/estimate-fwhm.ts';
import { measureSources } from '../framework/measure-sources.ts';
import { STANDARD_PLUGINS } from '../plugins/standard.ts';
import { applyCorrection, type Corrections, fitCorrection } from './correct-apertures.ts';
import { measureWithBlends } from './measure-blends.ts';
import { fitPsfModel, withPsfStars } from './psf-of-image.ts';
import { repairCosmicRaysInPlace } from './repair-cosmic-rays.ts';

export interface CharacterizeOptions {
  /** Least significance of a source [sigma]; default 5. */
  readonly threshold?: number;
  /** Side of a background cell [pixel]; default 128. */
  readonly cellPixels?: number;
  /** Electrons per unit of the image; default 1, that of an image in electrons. */
  readonly gain?: number;
  /** Width assumed where no star can be measured [pixel]; default 4. */
  readonly fallbackFwhm?: number;
  /** Order of the PSF's polynomials; default 2. */
  readonly psfOrder?: number;
  readonly contrast?: number;
  readonly prominence?: number;
  /** Whether blends are taken apart; default true. */
  readonly deblend?: boolean;
  /** Whether to find and fill cosmic rays, for an image in electrons; default false. */
  readonly cosmicRays?: boolean;
  /** Most sources measured, the most significant; default 300,000. */
  readonly maxSources?: number;
}

/** An exposure with its sky, PSF and sources. */
export interface CharacterizedImage {
  /** Sky subtracted, PSF attached, detected pixels marked; fresh planes. */
  readonly exposure: Exposure;
  readonly background: Background;
  readonly psf: Psf;
  /** Absent where stars were too few and a Gaussian stands in. */
  readonly psfFit?: PixelBasisFit;
  readonly fwhmPixels: number;
  readonly detections: PeakList;
  /** Source columns in counts; fluxes corrected to the calibration aperture. */
  readonly sources: Table;
  readonly apertureCorrections?: Corrections;
  /** Pixels hit by cosmic rays, where they were looked for. */
  readonly cosmicRayPixels?: number;
}

/** Planes whose pixels are no sky and no star. */
const UNUSABLE = ['BAD', 'SAT', 'NO_DATA', 'CR'];

/**
 * Measures what an image is like: sky, PSF, sources and aperture correction.
 *
 * The sky is measured twice, the second time without the pixels of sources.
 *
 * @param input - Instrument signature removed; not modified.
 * @throws {NoBackgroundError} if no pixel can be used. Everything else degrades: with too few stars the PSF is a Gaussian of the
 * width found and `psfFit` is absent.
 */
export function characterizeImage(input: Exposure, options: CharacterizeOptions = {}): CharacterizedImage {
  const { threshold = 5, cellPixels = 128, gain = 1, contrast = 0.0005, prominence = 2, maxSources = 300_000 } = options;
  const raw = input.maskedImage;
  const masked = copyMaskedImage(raw);
  const { image, variance } = masked;
  const mask = { ...masked.mask, planes: withPlanes(masked.mask.planes, ['DETECTED']) };
  const unusable = knownPlaneBits(mask.planes, UNUSABLE);
  const detected = planeBits(mask.planes, ['DETECTED']);
  let background = measureBackground(image, { cellPixels, mask, badBits: unusable });
  subtractBackground(image, background, image);
  const fwhmGuess = estimateFwhm(image, background.noise, background.medianNoise, Number.POSITIVE_INFINITY) ?? options.fallbackFwhm ?? 4;
  // The sky stays in the frame that is searched, since the photons' noise is that of all light.
  let level = raw.image;
  let cosmicRayPixels: number | undefined;
  if (options.cosmicRays) {
    level = copyImage(level);
    cosmicRayPixels = repairCosmicRaysInPlace({ image: level, mask, background, fwhmPixels: fwhmGuess, badBits: unusable });
    subtractBackground(level, background, image);
  }
  const find = (): PeakList => {
    const map = copyImage(image);
    const filter = createMatchedFilter(fwhmGuess);
    const { correlation } = computeSignificance(image, { filter, noise: background.noise, mask, badBits: unusable }, map);
    const poisson = gain > 0 ? filter.noiseFactor / (background.medianNoise * correlation * gain) : 0;
    return detectPeaks(map, { threshold, contrast, prominence, poisson });
  };
  // Without the sources the sky is another, and on it the large ones are larger: each round lets them keep more of their light.
  for (let round = 0; round < 3; round++) {
    const shrouded = shroud(mask, find(), { fwhmPixels: fwhmGuess, bits: detected });
    background = remeasured(raw.image, { cellPixels, mask, badBits: unusable | detected }) ?? background;
    subtractBackground(raw.image, background, image);
    if (!shrouded) break;
  }
  const detections = mostSignificant(find(), maxSources);
  for (let k = 0; k < mask.data.length; k++)
    mask.data[k] = detections.segmentation.data[k] !== 0 ? mask.data[k] | detected : mask.data[k] & ~detected;
  const model = fitPsfModel(image, detections, {
    background,
    fwhmPixels: fwhmGuess,
    gain,
    mask,
    badBits: unusable,
    ...(options.psfOrder === undefined ? {} : { order: options.psfOrder }),
  });
  const psfFit = model?.fit;
  const fwhmPixels = psfFit?.model.fwhmPixels ?? fwhmGuess;
  const psf = psfFit?.psf ?? gaussianPsf(fwhmGuess / FWHM_PER_SIGMA);
  const scene = {
    image,
    mask,
    badBits: unusable,
    psf,
    fwhmPixels,
    gain,
    skyVarianceAt: (x: number, y: number) => meshValueAt(background.noise, x, y) ** 2,
    skyLevelAt: (x: number, y: number) => meshValueAt(background.level, x, y),
  };
  const measured =
    options.deblend === false
      ? measureSources({ ...scene, detections }, STANDARD_PLUGINS)
      : measureWithBlends(scene, detections, STANDARD_PLUGINS);
  const box = { x0: 0, y0: 0, width: image.width, height: image.height };
  const apertureCorrections = model && fitCorrection(measured, model, box);
  const sources = withPsfStars(applyCorrection(measured, apertureCorrections), model);
  const exposure = { ...input, maskedImage: { image, mask, variance }, psf };
  return {
    exposure,
    background,
    psf,
    fwhmPixels,
    detections,
    sources,
    ...(cosmicRayPixels === undefined ? {} : { cosmicRayPixels }),
    ...(psfFit ? { psfFit } : {}),
    ...(apertureCorrections ? { apertureCorrections } : {}),
  };
}

/** Sources larger than this many widths of a star (as a radius) reach far beyond their isophote. */
const LARGE = 2.5;

/** Marks sources, the large ones with as much again about them; returns whether there are any large ones. */
function shroud(mask: Mask, peaks: PeakList, { fwhmPixels, bits }: { readonly fwhmPixels: number; readonly bits: number }): boolean {
  const { data, width, height } = mask;
  for (let k = 0; k < data.length; k++) data[k] = peaks.segmentation.data[k] !== 0 ? data[k] | bits : data[k] & ~bits;
  const radius = (footprint: Footprint): number => Math.sqrt(footprintArea(footprint) / Math.PI);
  const large = footprintsOf(peaks).filter((footprint) => radius(footprint) > LARGE * fwhmPixels);
  markFootprintsInPlace(mask, growFootprints(large, radius, { width, height }), bits);
  return large.length > 0;
}

/** The sky without the pixels of sources; undefined where sources cover everything, as a nebula or a cluster may. */
function remeasured(
  image: Image,
  options: { readonly cellPixels: number; readonly mask: Mask; readonly badBits: number },
): Background | undefined {
  try {
    return measureBackground(image, options);
  } catch (error) {
    if (error instanceof NoBackgroundError) return undefined;
    throw error;
  }
}

/** The most significant sources; the pixels of the others belong to nobody. */
function mostSignificant(peaks: PeakList, most: number): PeakList {
  if (peaks.count <= most) return peaks;
  const order = Int32Array.from(peaks.x.keys()).toSorted((a, b) => peaks.significance[b] - peaks.significance[a]);
  const kept = order.subarray(0, most).toSorted();
  const number = new Int32Array(peaks.count + 1);
  kept.forEach((old, k) => (number[old + 1] = k + 1));
  const offsets = new Int32Array(most + 1);
  kept.forEach((old, k) => (offsets[k + 1] = offsets[k] + peaks.offsets[old + 1] - peaks.offsets[old]));
  const pixels = new Int32Array(offsets[most]);
  kept.forEach((old, k) => pixels.set(peaks.pixels.subarray(peaks.offsets[old], peaks.offsets[old + 1]), offsets[k]));
  const take = <A extends Float64Array | Int32Array>(values: A): A => values.filter((_, i) => number[i + 1] > 0) as A;
  return {
    count: most,
    x: take(peaks.x),
    y: take(peaks.y),
    significance: take(peaks.significance),
    group: take(peaks.group),
    siblings: take(peaks.siblings),
    offsets,
    pixels,
    segmentation: { ...peaks.segmentation, data: peaks.segmentation.data.map((label) => number[label]) },
  };
}
