import { ISOPHOTAL_VALUES, isophotalMoments, KernelArena, PHOTOMETRY_VALUES, photometerSources, type Plane } from '@almagest/kernels';
import { FWHM_PER_SIGMA } from '@almagest/image';
import {
  type Background,
  computeSignificance,
  createMatchedFilter,
  detectPeaks,
  measureBackground,
  type PeakList,
  subtractBackground,
} from '@almagest/characterization';
import { ellipseOfMoments } from '../shape/isophotal.ts';
import { estimateFwhm } from './estimate-fwhm.ts';

export interface DetectOptions {
  /** Least significance of a source [sigma]; default 4.65. */
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
  /** Deblending, see detectPeaks; defaults 0.00002 and 0.6. */
  readonly contrast?: number;
  readonly prominence?: number;
  /** Whether the result tells which pixels belong to which source; default false. */
  readonly segmentation?: boolean;
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
  /** Source number + 1 on the pixels of each source, else 0; only where it was asked for. */
  readonly segmentation?: Plane<Int32Array>;
}

/** Width that is assumed where none can be measured [pixel]. */
const FALLBACK_FWHM = 3;
/**
 * Width of the detection filter in units of the stars': second moments, which the width comes from, count the wings. A filter of
 * the core's width loses 1 % of the signal-to-noise ratio and tells close pairs apart.
 */
const FILTER_WIDTH = 0.82;
/** Radius of the ring that tells a source from noise on another's wings, in units of the stars' width. */
const RING_WIDTH = 2.2;
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
    threshold = 4.65,
    cellPixels = 128,
    radii = [3, 4.5, 6, 9, 12],
    gain = 0,
    saturation = Number.POSITIVE_INFINITY,
    contrast = 0.00002,
    prominence = 0.6,
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
  const filter = createMatchedFilter(FILTER_WIDTH * fwhmPixels);
  const map = plane();
  const { correlation } = computeSignificance(clean, { filter, noise: background.noise, ...maskOf(options) }, map);
  // In units of significance a surface brightness is noiseFactor * sigma; its own variance is that over the gain.
  const poisson = gain > 0 ? filter.noiseFactor / (background.medianNoise * correlation * gain) : 0;
  const labels = { ...map, data: arena.int32(width * height) };
  const peaks = detectPeaks(map, {
    threshold,
    contrast,
    prominence,
    poisson,
    segmentation: labels,
    image: clean,
    pedestalRadius: RING_WIDTH * fwhmPixels,
  });
  return {
    ...measureAll(clean, peaks, { background, fwhmPixels, gain, radii, saturation }),
    background,
    fwhmPixels,
    ...(options.segmentation ? { segmentation: { ...labels, data: labels.data.slice() } } : {}),
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

/** Sources whose centroid, circles and Kron flux are measured; see photometerSources. */
function measureAll(
  image: Plane,
  peaks: PeakList,
  conditions: Conditions,
): Pick<DetectedSources, 'count' | 'columns' | 'apertureFlux' | 'apertureFluxErr' | 'radii'> {
  const { count, offsets, segmentation, siblings, x, y, significance } = peaks;
  const { background, fwhmPixels, gain, radii, saturation } = conditions;
  const sigmaPixels = fwhmPixels / FWHM_PER_SIGMA;
  const half = Math.ceil(Math.max(radii.at(-1) ?? 0, 5 * sigmaPixels)) + 2;
  const skyVariance = background.medianNoise ** 2;
  const iso = shapesOf(image, peaks);
  const ellipses = apertureEllipses(iso, sigmaPixels, half);
  const { values, pitch } = photometerSources({
    image,
    labels: segmentation,
    places: { x, y, ...ellipses },
    half,
    sigmaPixels,
    skyVariance,
    gain,
    radii,
    kron: KRON,
  });
  const floats = (read: (i: number) => number): Float64Array => {
    const out = new Float64Array(count);
    for (let i = 0; i < count; i++) out[i] = read(i);
    return out;
  };
  const measured = (name: (typeof PHOTOMETRY_VALUES)[number]): Float64Array => {
    const at = PHOTOMETRY_VALUES.indexOf(name);
    return floats((i) => values[i * pitch + at]);
  };
  const fluxError = (flux: number, area: number): number => Math.sqrt(area * skyVariance + (gain > 0 ? Math.max(0, flux) / gain : 0));
  const apertureFlux = new Float64Array(count * radii.length);
  const apertureFluxErr = new Float64Array(count * radii.length);
  const first = PHOTOMETRY_VALUES.length;
  for (let k = 0; k < radii.length; k++)
    for (let i = 0; i < count; i++) {
      const flux = values[i * pitch + first + k];
      apertureFlux[k * count + i] = flux;
      apertureFluxErr[k * count + i] = fluxError(flux, values[i * pitch + first + radii.length + k]);
    }
  const [fluxAuto, area, settled, replaced, truncated] = (['kronFlux', 'kronArea', 'settled', 'replaced', 'truncated'] as const).map(
    measured,
  );
  const saturatedAbove = saturation - background.medianLevel;
  const npix = new Int32Array(count);
  const flags = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    npix[i] = offsets[i + 1] - offsets[i];
    flags[i] =
      (replaced[i] > 0 && truncated[i] === 0 ? DETECT_FLAGS.NEIGHBOURS : 0) |
      (siblings[i] > 1 ? DETECT_FLAGS.DEBLENDED : 0) |
      (iso.peak[i] >= saturatedAbove ? DETECT_FLAGS.SATURATED : 0) |
      (truncated[i] > 0 ? DETECT_FLAGS.TRUNCATED : 0) |
      (settled[i] > 0 ? 0 : DETECT_FLAGS.CENTROID);
  }
  const columns = {
    x,
    y,
    xWin: measured('x'),
    yWin: measured('y'),
    xWinErr: measured('xxError').map(Math.sqrt),
    yWinErr: measured('yyError').map(Math.sqrt),
    snr: significance,
    peak: iso.peak,
    fluxIso: iso.flux,
    fluxAuto,
    fluxAutoErr: floats((i) => fluxError(fluxAuto[i], area[i])),
    kronRadius: measured('kronRadius'),
    a: iso.a,
    b: iso.b,
    theta: iso.theta,
    npix,
    flags,
  };
  return { count, columns, apertureFlux, apertureFluxErr, radii };
}

/** Moments of every source over its own pixels. */
interface Shapes {
  readonly flux: Float64Array;
  readonly peak: Float64Array;
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly theta: Float64Array;
}

function shapesOf(image: Plane, { count, offsets, pixels }: PeakList): Shapes {
  const moments = isophotalMoments(image, pixels, offsets);
  const pitch = ISOPHOTAL_VALUES.length;
  const empty = (): Float64Array => new Float64Array(count);
  const shapes: Shapes = { flux: empty(), peak: empty(), a: empty(), b: empty(), theta: empty() };
  for (let i = 0; i < count; i++) {
    const at = i * pitch;
    const { a, b, theta } = ellipseOfMoments(moments[at + 3], moments[at + 4], moments[at + 5]);
    shapes.flux[i] = moments[at];
    shapes.peak[i] = moments[at + 6];
    shapes.a[i] = a;
    shapes.b[i] = b;
    shapes.theta[i] = theta;
  }
  return shapes;
}

/** The ellipses of the Kron apertures, and how large a stamp each needs. */
function apertureEllipses(
  { a, b, theta }: Shapes,
  least: number,
  half: number,
): { cxx: Float64Array; cyy: Float64Array; cxy: Float64Array; wideHalf: Int32Array } {
  const [cxx, cyy, cxy] = [new Float64Array(a.length), new Float64Array(a.length), new Float64Array(a.length)];
  const wideHalf = new Int32Array(a.length);
  for (let i = 0; i < a.length; i++) {
    // A detection shows only the top of a faint source: its shape is never taken to be smaller than a star's.
    const [major, minor] = [Math.max(a[i], least) || least, Math.max(b[i], least) || least];
    const [c, s] = [Math.cos(theta[i]) || 0, Math.sin(theta[i]) || 0];
    cxx[i] = (c / major) ** 2 + (s / minor) ** 2;
    cyy[i] = (s / major) ** 2 + (c / minor) ** 2;
    cxy[i] = 2 * c * s * (1 / (major * major) - 1 / (minor * minor));
    if (6 * major > half) wideHalf[i] = Math.min(MAX_HALF, Math.ceil(6 * major) + 1);
  }
  return { cxx, cyy, cxy, wideHalf };
}
