import { calibrationAt, type Exposure, type Image, type Mask, njyOfMagnitude, planeBits, withPlanes } from '@almagest/image';
import { createRandom } from '@almagest/numerics';
import { InjectionError } from '../errors.ts';
import { addGalaxyInPlace } from '../optics/draw-galaxy.ts';
import type { SersicShape } from '../sky/sky-model.ts';

/** A source to put into an exposure. Angles in radians, ICRS. */
export interface InjectedSource {
  readonly id: number;
  readonly ra: number;
  readonly dec: number;
  readonly magnitude: number;
  /** A point source without it. */
  readonly shape?: SersicShape;
}

export interface InjectionOptions {
  /** Same seed, same catalogue, same exposure: same bits. */
  readonly seed: string;
  /** Whether the source's own photon noise is drawn (default), or its variance only. */
  readonly photonNoise?: boolean;
  /** Counts per electron of the image, for the noise: 1 for images in electrons (default). */
  readonly electronsPerCount?: number;
}

/** What was injected. */
export interface InjectionTruth {
  readonly id: number;
  readonly ra: number;
  readonly dec: number;
  readonly x: number;
  readonly y: number;
  readonly magnitude: number;
  /** Flux in counts of the image, and the part of it that fell on the image. */
  readonly counts: number;
  readonly drawnFraction: number;
  /** Why nothing was drawn; null where it was. */
  readonly skipped: 'outside' | null;
}

/** Mask planes that injection adds: pixels with light of injected sources, and their central pixels. */
export const INJECTED_PLANES: readonly string[] = ['INJECTED', 'INJECTED_CORE'];

/**
 * Puts sources of a catalogue into an exposure with its own PSF, WCS and calibration.
 *
 * Image and variance of the exposure's planes are changed in place; the mask gets the planes INJECTED and INJECTED_CORE.
 * Each source has a stream of random numbers of its own, so that adding or removing one leaves the others as they were.
 *
 * @returns The exposure with its extended mask planes, and one truth row a source, in order.
 * @throws {InjectionError} if the exposure lacks PSF, WCS or calibration, or a row cannot be drawn.
 */
export function injectSources(
  exposure: Exposure,
  sources: readonly InjectedSource[],
  options: InjectionOptions,
): { readonly exposure: Exposure; readonly truth: readonly InjectionTruth[] } {
  const { maskedImage, psf, wcs, photoCalib } = exposure;
  if (!psf || !wcs || !photoCalib)
    throw new InjectionError('injection needs an exposure with PSF, WCS and photometric calibration', { details: { row: -1 } });
  const mask: Mask = { ...maskedImage.mask, planes: withPlanes(maskedImage.mask.planes, INJECTED_PLANES) };
  const bits = { light: planeBits(mask.planes, ['INJECTED']), core: planeBits(mask.planes, ['INJECTED_CORE']) };
  const n = sources.length;
  const [x, y] = [new Float64Array(n), new Float64Array(n)];
  wcs.skyToPixelArray(
    Float64Array.from(sources, (s) => s.ra),
    Float64Array.from(sources, (s) => s.dec),
    x,
    y,
  );
  const truth = sources.map((source, row): InjectionTruth => {
    checkSource(source, row);
    const at = { x: x[row], y: y[row] };
    const base = { id: source.id, ra: source.ra, dec: source.dec, ...at, magnitude: source.magnitude };
    const nothing = { ...base, counts: 0, drawnFraction: 0, skipped: 'outside' } as const;
    if (!Number.isFinite(at.x) || !Number.isFinite(at.y)) return nothing;
    const counts = njyOfMagnitude(source.magnitude) / calibrationAt(photoCalib, at.x, at.y);
    const stamp = source.shape
      ? galaxyStamp(exposure, { source, at, counts, shape: source.shape })
      : scaled(psf.computeImage(at.x, at.y), counts);
    const fraction = addStamp(maskedImage.image, stamp, counts);
    if (fraction === 0) return nothing;
    applyNoise(maskedImage, stamp, { mask, bits: bits.light, options, key: `${options.seed}/${source.id}` });
    setCore(mask, at, bits.core);
    return { ...base, counts, drawnFraction: fraction, skipped: null };
  });
  return { exposure: { ...exposure, maskedImage: { ...maskedImage, mask } }, truth };
}

function checkSource({ magnitude, shape, ra, dec }: InjectedSource, row: number): void {
  const fine = Number.isFinite(magnitude) && magnitude > -5 && Number.isFinite(ra) && Math.abs(dec) <= Math.PI / 2;
  const shaped =
    !shape || (shape.radiusArcsec > 0 && shape.axisRatio > 0 && shape.axisRatio <= 1 && shape.index >= 0.3 && shape.index <= 8);
  if (!fine || !shaped)
    throw new InjectionError(`row ${row} cannot be drawn: magnitude ${magnitude}, shape ${JSON.stringify(shape ?? null)}`, {
      details: { row },
    });
}

function scaled(stamp: Image, factor: number): Image {
  const data = new Float32Array(stamp.width * stamp.height);
  for (let j = 0; j < stamp.height; j++)
    for (let i = 0; i < stamp.width; i++) data[j * stamp.width + i] = factor * stamp.data[j * stamp.stride + i];
  return { ...stamp, stride: stamp.width, data };
}

interface GalaxyRequest {
  readonly source: InjectedSource;
  readonly shape: SersicShape;
  readonly at: { readonly x: number; readonly y: number };
  readonly counts: number;
}

/** A Sersic galaxy on a stamp of its own, convolved with the PSF at its place. */
function galaxyStamp(exposure: Exposure, { source, shape, at, counts }: GalaxyRequest): Image {
  const moments = momentsOnPixels(exposure, source, shape, at);
  const kernel = exposure.psf!.computeKernelImage(at.x, at.y);
  const half = Math.min(300, Math.ceil(6 * Math.sqrt(Math.max(moments.xx, moments.yy)) + 4));
  const side = 2 * half + 1;
  const x0 = Math.round(at.x) - half;
  const y0 = Math.round(at.y) - half;
  const bare: Image = { x0, y0, width: side, height: side, stride: side, data: new Float32Array(side * side) };
  // A Gaussian of 0.5 pixel stands for the pixel, so that narrow components are sampled well; the PSF is that much wider.
  addGalaxyInPlace(
    bare,
    { weights: [1], xx: [0.25], yy: [0.25], xy: [0] },
    { x: at.x, y: at.y, flux: counts, index: shape.index, ...moments },
  );
  return convolved(bare, kernel);
}

function momentsOnPixels(
  { wcs }: Exposure,
  source: InjectedSource,
  shape: SersicShape,
  at: { readonly x: number; readonly y: number },
): { xx: number; yy: number; xy: number } {
  const ARCSEC = Math.PI / 180 / 3600;
  const step = (angle: number): readonly [number, number] => {
    const [x, y] = [new Float64Array(1), new Float64Array(1)];
    wcs!.skyToPixelArray(
      Float64Array.of(source.ra + (ARCSEC * Math.sin(angle)) / Math.cos(source.dec)),
      Float64Array.of(source.dec + ARCSEC * Math.cos(angle)),
      x,
      y,
    );
    return [x[0] - at.x, y[0] - at.y];
  };
  const [ax, ay] = step(shape.positionAngle);
  const [bx, by] = step(shape.positionAngle + Math.PI / 2);
  const a2 = shape.radiusArcsec ** 2;
  const b2 = a2 * shape.axisRatio ** 2;
  return { xx: a2 * ax * ax + b2 * bx * bx, yy: a2 * ay * ay + b2 * by * by, xy: a2 * ax * ay + b2 * bx * by };
}

/** Full convolution of two small images; sums are kept. */
function convolved(image: Image, kernel: Image): Image {
  const width = image.width + kernel.width - 1;
  const height = image.height + kernel.height - 1;
  const data = new Float32Array(width * height);
  for (let j = 0; j < image.height; j++) {
    for (let i = 0; i < image.width; i++) {
      const value = image.data[j * image.stride + i];
      if (Math.abs(value) < 1e-4) continue;
      for (let l = 0; l < kernel.height; l++) {
        const base = (j + l) * width + i;
        for (let k = 0; k < kernel.width; k++) data[base + k] += value * kernel.data[l * kernel.stride + k];
      }
    }
  }
  return { x0: image.x0 + kernel.x0, y0: image.y0 + kernel.y0, width, height, stride: width, data };
}

/** Visits the pixels that stamp and image share. */
function eachShared(image: Image, stamp: Image, visit: (index: number, value: number) => void): void {
  const x0 = Math.max(image.x0, stamp.x0);
  const x1 = Math.min(image.x0 + image.width, stamp.x0 + stamp.width);
  for (let y = Math.max(image.y0, stamp.y0); y < Math.min(image.y0 + image.height, stamp.y0 + stamp.height); y++) {
    for (let x = x0; x < x1; x++)
      visit((y - image.y0) * image.stride + x - image.x0, stamp.data[(y - stamp.y0) * stamp.stride + x - stamp.x0]);
  }
}

/** @returns The part of the counts that fell on the image. */
function addStamp(image: Image, stamp: Image, counts: number): number {
  let sum = 0;
  eachShared(image, stamp, (i, value) => {
    image.data[i] += value;
    sum += value;
  });
  return sum / counts;
}

interface NoiseRequest {
  readonly mask: Mask;
  readonly bits: number;
  readonly options: InjectionOptions;
  readonly key: string;
}

function applyNoise({ image, variance }: Exposure['maskedImage'], stamp: Image, { mask, bits, options, key }: NoiseRequest): void {
  const random = createRandom(key);
  const perCount = options.electronsPerCount ?? 1;
  const draw = options.photonNoise !== false;
  eachShared(image, stamp, (i, value) => {
    if (value <= 0) return;
    const electrons = value * perCount;
    if (draw) image.data[i] += random.poisson(electrons) / perCount - value;
    variance.data[i] += value / perCount;
    // Light above a tenth of the noise counts as injected.
    if (value * value > 0.01 * variance.data[i]) mask.data[i] |= bits;
  });
}

function setCore(mask: Mask, at: { readonly x: number; readonly y: number }, bits: number): void {
  for (let y = Math.round(at.y) - 1; y <= Math.round(at.y) + 1; y++) {
    for (let x = Math.round(at.x) - 1; x <= Math.round(at.x) + 1; x++) {
      const [i, j] = [x - mask.x0, y - mask.y0];
      if (i >= 0 && j >= 0 && i < mask.width && j < mask.height) mask.data[j * mask.stride + i] |= bits;
    }
  }
}
