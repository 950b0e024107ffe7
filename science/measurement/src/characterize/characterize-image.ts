import {
  type Background,
  computeSignificance,
  createMatchedFilter,
  detectPeaks,
  footprintArea,
  markGrownFootprintsInPlace,
  measureBackground,
  meshValueAt,
  type MatchedFilter,
  NoBackgroundError,
  type PeakList,
  type PixelBasisFit,
  subtractBackground,
} from '@almagest/characterization';
import {
  copyImage,
  type Exposure,
  FWHM_PER_SIGMA,
  gaussianPsf,
  imageOf,
  knownPlaneBits,
  planeBits,
  type Psf,
  withPlanes,
} from '@almagest/image';
import { KernelArena, labelAbove, LABEL_PITCH, type Labels, type Plane } from '@almagest/kernels';
import type { Table } from '@almagest/table';
import { estimateFwhm } from '../catalog/estimate-fwhm.ts';
import { measureSources } from '../framework/measure-sources.ts';
import { STANDARD_PLUGINS } from '../plugins/standard.ts';
import { applyCorrection, type Corrections, fitCorrection } from './correct-apertures.ts';
import { measureWithBlends } from './measure-blends.ts';
import { fitPsfModel, withPsfStars, withRows } from './psf-of-image.ts';
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
  /** Deblending, see detectPeaks; defaults 0.0001 and 1.2. */
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
  const { threshold = 5, cellPixels = 128, gain = 1, contrast = 0.0001, prominence = 1.2, maxSources = 300_000 } = options;
  const raw = input.maskedImage;
  const { width, height } = raw.image;
  using arena = new KernelArena();
  const plane = (): Plane => ({ data: arena.float32(width * height, { cleared: false }), width, height, stride: width });
  // Sky and sources: the frame that is searched for cosmic rays and that every sky is measured on.
  const level = plane();
  const work = plane();
  copyRowsInto(raw.image, level);
  const flags: Plane<Int32Array> = { ...level, data: arena.int32(width * height) };
  copyRowsInto(raw.mask, flags);
  const planes = withPlanes(raw.mask.planes, ['DETECTED']);
  const unusable = knownPlaneBits(planes, UNUSABLE);
  const detected = planeBits(planes, ['DETECTED']);
  const skyOptions = { cellPixels, mask: flags };
  let background = measureBackground(level, { ...skyOptions, badBits: unusable });
  subtractBackground(level, background, work);
  const fwhmGuess = estimateFwhm(work, background.noise, background.medianNoise, Number.POSITIVE_INFINITY) ?? options.fallbackFwhm ?? 4;
  let cosmicRayPixels: number | undefined;
  if (options.cosmicRays) {
    const repaired = { image: imageOf(level.data, width, height), mask: { ...imageOf(flags.data, width, height), planes } };
    cosmicRayPixels = repairCosmicRaysInPlace({ ...repaired, background, fwhmPixels: fwhmGuess, badBits: unusable });
    subtractBackground(level, background, work);
  }
  const map = plane();
  const filter = createMatchedFilter(fwhmGuess);
  const computeMap = (): number =>
    computeSignificance(work, { filter, noise: background.noise, mask: flags, badBits: unusable }, map).correlation;
  // Without the sources the sky is another, and on it the large ones are larger: each round lets them keep more of their light.
  for (let round = 0; round < SKY_ROUNDS; round++) {
    computeMap();
    const shrouded = shroud(flags, labelAbove({ input: map, threshold }), { fwhmPixels: fwhmGuess, bits: detected });
    const before = background;
    background = remeasured(level, { ...skyOptions, badBits: unusable | detected }) ?? background;
    subtractBackground(level, background, work);
    if (!shrouded || isSettled(before, background)) break;
  }
  const correlation = computeMap();
  const poisson = gain > 0 ? filter.noiseFactor / (background.medianNoise * correlation * gain) : 0;
  const detect = (least: number): PeakList =>
    mostSignificant(detectPeaks(map, { threshold: least, contrast, prominence, poisson, image: work }), maxSources);
  const first = detect(threshold);
  const image = copyImage(imageOf(work.data, width, height, raw.image));
  const mask = { ...copyImage(imageOf(flags.data, width, height, raw.image)), planes };
  const variance = copyImage(raw.variance);
  const found = fitPsfModel(image, first, {
    background,
    fwhmPixels: fwhmGuess,
    gain,
    mask,
    badBits: unusable,
    ...(options.psfOrder === undefined ? {} : { order: options.psfOrder }),
  });
  // The threshold is meant in units of a point source's own error; the Gaussian filter tells a little less than the PSF would.
  const detections = found ? detect(threshold * filterEfficiency(found.fit.psf, filter, { x: width / 2, y: height / 2 })) : first;
  const model = found && withRows(found, detections.segmentation);
  for (let k = 0; k < mask.data.length; k++)
    mask.data[k] = detections.segmentation.data[k] !== 0 ? mask.data[k] | detected : mask.data[k] & ~detected;
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
  const box = { x0: 0, y0: 0, width, height };
  const apertureCorrections = model && fitCorrection(measured, model, box, detections.segmentation);
  const sources = withPsfStars(applyCorrection(measured, apertureCorrections), model);
  const apCorrMap = new Map(Object.entries(apertureCorrections ?? {}).map(([name, { field, error }]) => [name, { field, error }]));
  const exposure = { ...input, maskedImage: { image, mask, variance }, psf, ...(apCorrMap.size > 0 ? { apCorrMap } : {}) };
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

/** Signal-to-noise ratio of a point source after the filter, over that of a fit of the PSF. */
function filterEfficiency(psf: Psf, { taps }: MatchedFilter, { x, y }: { readonly x: number; readonly y: number }): number {
  const { data, width, height, stride, x0, y0 } = psf.computeKernelImage(x, y);
  const half = (taps.length - 1) / 2;
  let [cross, squares] = [0, 0];
  for (let j = 0; j < height; j++)
    for (let i = 0; i < width; i++) {
      const p = data[j * stride + i];
      squares += p * p;
      cross += p * (taps[x0 + i + half] ?? 0) * (taps[y0 + j + half] ?? 0);
    }
  const own = taps.reduce((sum, tap) => sum + tap * tap, 0);
  const efficiency = cross / (own * Math.sqrt(squares));
  // A PSF that is far from the filter is none to trust.
  return efficiency > LEAST_EFFICIENCY && efficiency < 1 ? efficiency : 1;
}

const LEAST_EFFICIENCY = 0.9;

/** Most rounds of finding sources and measuring the sky without them. */
const SKY_ROUNDS = 3;
/** A sky that moved by less than this part of the noise in every cell has settled: a large galaxy's 1 % is more. */
const SETTLED = 0.01;

function isSettled(before: Background, after: Background): boolean {
  const limit = SETTLED * after.medianNoise;
  return before.level.values.every((value, k) => Math.abs(value - after.level.values[k]) < limit);
}

function copyRowsInto<A extends Float32Array | Int32Array>(from: Plane<A>, to: Plane<A>): void {
  const { width, height } = from;
  for (let y = 0; y < height; y++) to.data.set(from.data.subarray(y * from.stride, y * from.stride + width), y * to.stride);
}

/** Sources larger than this many widths of a star (as a radius) reach far beyond their isophote. */
const LARGE = 2.5;

/** Marks groups of detected pixels, the large ones with as much again about them; returns whether there are any large ones. */
function shroud(
  mask: Plane<Int32Array>,
  labels: Labels,
  { fwhmPixels, bits }: { readonly fwhmPixels: number; readonly bits: number },
): boolean {
  const { data, stride } = mask;
  for (let k = 0; k < data.length; k++) data[k] &= ~bits;
  const { runs, sums, count } = labels;
  const radiusOf = (group: number): number => Math.sqrt(sums[group * LABEL_PITCH] / Math.PI);
  const spans = Array.from({ length: count }, (_, group): number[] | undefined => (radiusOf(group) > LARGE * fwhmPixels ? [] : undefined));
  for (let k = 0; k < runs.length; k += 4) {
    const [y, x0, x1, group] = [runs[k], runs[k + 1], runs[k + 2], runs[k + 3]];
    for (let x = x0; x < x1; x++) data[y * stride + x] |= bits;
    spans[group]?.push(y, x0, x1);
  }
  const large = spans.flatMap((list) => (list ? [{ spans: Int32Array.from(list), peaks: [] }] : []));
  markGrownFootprintsInPlace(mask, large, (footprint) => Math.sqrt(footprintArea(footprint) / Math.PI), bits);
  return large.length > 0;
}

/** The sky without the pixels of sources; undefined where sources cover everything, as a nebula or a cluster may. */
function remeasured(
  image: Plane,
  options: { readonly cellPixels: number; readonly mask: Plane<Int32Array>; readonly badBits: number },
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
    segmentation: relabelled(peaks.segmentation, number),
  };
}

function relabelled(plane: Plane<Int32Array>, number: Int32Array): Plane<Int32Array> {
  const data = new Int32Array(plane.data.length);
  for (let k = 0; k < data.length; k++) data[k] = number[plane.data[k]];
  return { ...plane, data };
}
