import { KernelArena, type Plane } from '@almagest/kernels';
import {
  type Background,
  computeSignificance,
  createMatchedFilter,
  detectPeaks,
  measureBackground,
  type PeakList,
  subtractBackground,
} from '@almagest/characterization';
import { sumInCirclesInto } from '../aperture/circle-sums.ts';
import { measureWindowedCentroid } from '../centroid/windowed.ts';
import { measureKronFlux } from '../kron/kron.ts';
import { ellipseOfMoments, measureIsophotal } from '../shape/isophotal.ts';
import { createStamp, cutStampInto } from '../stamp/stamp.ts';
import { estimateFwhm } from './estimate-fwhm.ts';

export interface DetectOptions {
  /** Least significance of a source [sigma]; default 4.5. */
  readonly threshold?: number;
  /** Side of a background cell [pixel]; default 128. */
  readonly cellPixels?: number;
  /** Width of a star [pixel]; measured on the image when absent. */
  readonly fwhmPixels?: number;
  /** Aperture radii [pixel], rising; default 3, 4.5, 6, 9, 12. */
  readonly radii?: readonly number[];
  /** Electrons per unit; 0 (default) leaves the sources' own noise out of the errors. */
  readonly gain?: number;
  /** Level of the image at which pixels are saturated; default none. */
  readonly saturation?: number;
  readonly mask?: Plane<Int32Array>;
  readonly badBits?: number;
  /** Deblending, see detectPeaks; defaults 0.0001 and 1.2. */
  readonly contrast?: number;
  readonly prominence?: number;
}

/** Flag bits of a detected source. */
export const DETECT_FLAGS = {
  /** Neighbours' pixels were replaced for its aperture fluxes. */
  NEIGHBOURS: 1,
  /** It was split from others. */
  DEBLENDED: 2,
  SATURATED: 4,
  /** Its surroundings reach over the edge of the image. */
  TRUNCATED: 8,
  /** The windowed centroid did not settle; the peak position stands in. */
  CENTROID: 16,
} as const;

/** Sources as columns; positions are 0-based array indices, fluxes in units of the image. */
export interface DetectedSources {
  readonly count: number;
  readonly columns: Readonly<Record<string, Float64Array | Int32Array>>;
  /** Fluxes and their errors, by radius then source: flux of radius k of source i at k * count + i. */
  readonly apertureFlux: Float64Array;
  readonly apertureFluxErr: Float64Array;
  readonly radii: readonly number[];
  readonly background: Background;
  readonly fwhmPixels: number;
  /** Source number + 1 on the pixels of each source, else 0. */
  readonly segmentation: Plane<Int32Array>;
}

/** Width that is assumed where none can be measured [pixel]. */
const FALLBACK_FWHM = 3;
/** Largest stamp for the Kron flux of a big galaxy [pixel]. */
const MAX_HALF = 400;
const KRON = { factor: 2.5, minimum: 3.5 };

/**
 * Finds and measures the sources of an image: sky, matched filter, peaks, centroids, apertures, Kron fluxes.
 *
 * @param image - Not modified; NaN pixels are left out.
 * @throws {NoBackgroundError} if nothing of the image can be used.
 * @remarks Completeness, false detections and scatter beside SExtractor, sep and photutils: bench/measurement-detect.ts.
 */
export function detectSources(image: Plane, options: DetectOptions = {}): DetectedSources {
  const {
    threshold = 4.5,
    cellPixels = 128,
    radii = [3, 4.5, 6, 9, 12],
    gain = 0,
    saturation = Number.POSITIVE_INFINITY,
    contrast = 0.0001,
    prominence = 1.2,
  } = options;
  const { width, height } = image;
  using arena = new KernelArena();
  const plane = (): Plane => ({ data: arena.float32(width * height), width, height, stride: width });
  // Copied once to where the kernels work, and cleaned there.
  const clean = plane();
  for (let y = 0; y < height; y++) clean.data.set(image.data.subarray(y * image.stride, y * image.stride + width), y * width);
  const background = measureBackground(clean, { cellPixels, ...maskOf(options) });
  subtractBackground(clean, background, clean);
  const fwhmPixels =
    options.fwhmPixels ??
    estimateFwhm(clean, background.noise, background.medianNoise, saturation - background.medianLevel) ??
    FALLBACK_FWHM;
  const filter = createMatchedFilter(fwhmPixels);
  const map = plane();
  const { correlation } = computeSignificance(clean, { filter, noise: background.noise, ...maskOf(options) }, map);
  // In units of significance a surface brightness is noiseFactor * sigma; its own variance is that over the gain.
  const poisson = gain > 0 ? filter.noiseFactor / (background.medianNoise * correlation * gain) : 0;
  const peaks = detectPeaks(map, { threshold, contrast, prominence, poisson });
  return {
    ...measureAll(clean, peaks, { background, fwhmPixels, gain, radii, saturation }),
    background,
    fwhmPixels,
    segmentation: peaks.segmentation,
  };
}

function maskOf({ mask, badBits }: DetectOptions): { mask?: Plane<Int32Array>; badBits?: number } {
  return { ...(mask ? { mask } : {}), ...(badBits === undefined ? {} : { badBits }) };
}

interface Conditions {
  readonly background: Background;
  readonly fwhmPixels: number;
  readonly gain: number;
  readonly radii: readonly number[];
  readonly saturation: number;
}

const FLOATS = [
  'x',
  'y',
  'xWin',
  'yWin',
  'xWinErr',
  'yWinErr',
  'snr',
  'peak',
  'fluxIso',
  'fluxAuto',
  'fluxAutoErr',
  'kronRadius',
  'a',
  'b',
  'theta',
] as const;

function measureAll(
  image: Plane,
  peaks: PeakList,
  conditions: Conditions,
): Pick<DetectedSources, 'count' | 'columns' | 'apertureFlux' | 'apertureFluxErr' | 'radii'> {
  const { count, offsets, pixels, segmentation } = peaks;
  const { background, fwhmPixels, gain, radii, saturation } = conditions;
  const columns = Object.fromEntries(FLOATS.map((name) => [name, new Float64Array(count)])) as Record<
    (typeof FLOATS)[number],
    Float64Array
  >;
  const npix = new Int32Array(count);
  const flags = new Int32Array(count);
  const apertureFlux = new Float64Array(count * radii.length);
  const apertureFluxErr = new Float64Array(count * radii.length);
  const sigma = fwhmPixels / 2.354820045;
  const stamp = createStamp();
  const wide = createStamp();
  const half = Math.ceil(Math.max(radii.at(-1) ?? 0, 5 * sigma)) + 2;
  const skyVariance = background.medianNoise ** 2;
  const sums = new Float64Array(radii.length);
  const areas = new Float64Array(radii.length);
  const fluxError = (flux: number, area: number): number => Math.sqrt(area * skyVariance + (gain > 0 ? Math.max(0, flux) / gain : 0));
  const saturatedAbove = saturation - background.medianLevel;
  for (let i = 0; i < count; i++) {
    const start = { x: peaks.x[i], y: peaks.y[i] };
    cutStampInto(stamp, { image, segmentation, own: i + 1, ...start, half });
    const { x0, y0 } = stamp;
    const centroid = measureWindowedCentroid(stamp.plane, { x: start.x - x0, y: start.y - y0 }, { sigmaPixels: sigma, skyVariance, gain });
    sumInCirclesInto(stamp.plane, centroid, radii, sums, areas);
    for (let k = 0; k < radii.length; k++) {
      apertureFlux[k * count + i] = sums[k];
      apertureFluxErr[k * count + i] = fluxError(sums[k], areas[k]);
    }
    const iso = measureIsophotal(image, pixels, offsets[i], offsets[i + 1]);
    // A detection shows only the top of a faint source: its shape is never taken to be smaller than a star's.
    const ellipse = ellipseOfMoments(iso.xx, iso.yy, iso.xy);
    const [a, b] = [Math.max(ellipse.a, sigma), Math.max(ellipse.b, sigma)];
    const big = 6 * a > half;
    if (big) cutStampInto(wide, { image, segmentation, own: i + 1, ...start, half: Math.min(MAX_HALF, Math.ceil(6 * a) + 1) });
    const used = big ? wide : stamp;
    const kron = measureKronFlux(
      used.plane,
      { x: centroid.x + x0 - used.x0, y: centroid.y + y0 - used.y0, a, b, theta: ellipse.theta },
      KRON,
    );
    npix[i] = offsets[i + 1] - offsets[i];
    flags[i] =
      (stamp.replaced > 0 && !stamp.truncated ? DETECT_FLAGS.NEIGHBOURS : 0) |
      (peaks.siblings[i] > 1 ? DETECT_FLAGS.DEBLENDED : 0) |
      (iso.peak >= saturatedAbove ? DETECT_FLAGS.SATURATED : 0) |
      (stamp.truncated ? DETECT_FLAGS.TRUNCATED : 0) |
      (centroid.converged ? 0 : DETECT_FLAGS.CENTROID);
    const values = [
      start.x,
      start.y,
      centroid.x + x0,
      centroid.y + y0,
      Math.sqrt(centroid.xxError),
      Math.sqrt(centroid.yyError),
      peaks.significance[i],
      iso.peak,
      iso.flux,
      kron.flux,
      fluxError(kron.flux, kron.area),
      kron.radius,
      ellipse.a,
      ellipse.b,
      ellipse.theta,
    ];
    for (let n = 0; n < FLOATS.length; n++) columns[FLOATS[n]][i] = values[n];
  }
  return { count, columns: { ...columns, npix, flags }, apertureFlux, apertureFluxErr, radii };
}
