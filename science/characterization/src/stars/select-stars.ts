import { type SurfaceMesh, type Plane } from '@almagest/kernels';
import { determinantRadius, FWHM_PER_SIGMA } from '@almagest/image';
import { choleskyInPlace, choleskySolveInPlace, medianInPlace } from '@almagest/numerics';
import { meshValueAt } from '../background/mesh-value.ts';
import type { PeakList } from '../detection/detect-peaks.ts';
import { measureAdaptiveMoments } from '../shape/adaptive-moments.ts';
import { halfSampleMode } from './half-sample-mode.ts';

/** Sources taken to be single, unsaturated stars. */
export interface StarCandidates {
  /** Adaptive centres [pixel], array indices. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Flux of the adaptive Gaussian [image units]. */
  readonly flux: Float64Array;
  /** Number of the peak, and that + 1 for the segmentation. */
  readonly peak: Int32Array;
  readonly label: Int32Array;
  /** Noise of a sky pixel there. */
  readonly sigma: Float64Array;
  /** Width of the stars [pixel]. */
  readonly fwhmPixels: number;
}

export interface StarSelectionOptions {
  /** Least signal-to-noise ratio of a star; default 50. */
  readonly minSnr?: number;
  /** Most stars kept, the brightest; default 1000. */
  readonly maxStars?: number;
  /** Background-subtracted level at or above which a pixel is saturated. */
  readonly saturation?: number;
  /** Noise of a sky pixel; a number or a mesh. */
  readonly noise: SurfaceMesh | number;
  /** First guess of the width [pixel]. */
  readonly fwhmPixels: number;
}

/**
 * Selects stars by the clump that they form in size against flux.
 *
 * Sizes are adaptive moments; the clump's place is the densest size of bright sources, refined by a quadratic surface over the
 * image, because widths vary with position; stars are those within three scatters of it.
 *
 * @param image - Background-subtracted. @param peaks - See detectPeaks; blended peaks are used only where they dominate.
 * @returns Possibly empty. @remarks Shown in select-stars.recovery.test.ts.
 */
export function selectStars(image: Plane, peaks: PeakList, options: StarSelectionOptions): StarCandidates {
  const { minSnr = 50, maxStars = 1000 } = options;
  const bright: number[] = [];
  for (let i = 0; i < peaks.count; i++) if (peaks.significance[i] >= minSnr) bright.push(i);
  bright.sort((a, b) => peaks.significance[b] - peaks.significance[a]);
  const measured = measureCandidates(image, peaks, bright.slice(0, 2 * maxStars), options);
  if (measured.length < 3) return columnsOf(measured, options);
  const mode = halfSampleMode(Float64Array.from(measured, (star) => star.logSize).toSorted());
  let kept = measured.filter((star) => Math.abs(star.logSize - mode) < FIRST_WIDTH);
  for (let round = 0; round < 4 && kept.length >= 3; round++) {
    const surface = fitSurface(kept, image);
    const scatter = 1.4826 * medianInPlace(Float64Array.from(kept, (star) => Math.abs(star.logSize - surface(star))));
    const limit = Math.max(LEAST_WIDTH, 3 * scatter);
    kept = measured.filter(
      (star) => Math.abs(star.logSize - surface(star)) < Math.hypot(limit, 3 * star.logSizeError) && Math.abs(star.logSize - mode) < 0.35,
    );
  }
  return columnsOf(kept.slice(0, maxStars), options);
}

/** Half width of the clump at first, and the narrowest that it is ever taken to be, in the logarithm of the size. */
const FIRST_WIDTH = 0.1;
const LEAST_WIDTH = 0.01;

interface Candidate {
  readonly peak: number;
  readonly x: number;
  readonly y: number;
  readonly flux: number;
  readonly logSize: number;
  readonly logSizeError: number;
  readonly sigma: number;
}

function measureCandidates(image: Plane, peaks: PeakList, order: readonly number[], options: StarSelectionOptions): Candidate[] {
  const { saturation = Number.POSITIVE_INFINITY, fwhmPixels, noise } = options;
  const sigmaPixels = fwhmPixels / FWHM_PER_SIGMA;
  const reach = Math.max(2, Math.round(fwhmPixels));
  const found: Candidate[] = [];
  for (const i of order) {
    const [x, y] = [peaks.x[i], peaks.y[i]];
    if (peakNear(image, x, y, 1) >= saturation) continue;
    if (peaks.siblings[i] > 1 && !dominates(peaks, i, reach)) continue;
    const moments = measureAdaptiveMoments(image, { x, y }, { sigmaPixels, maxShift: fwhmPixels / 2, tolerance: 1e-4 });
    if (moments.status !== 'ok' || !(moments.flux > 0)) continue;
    const size = determinantRadius(moments);
    const sigma = typeof noise === 'number' ? noise : meshValueAt(noise, x, y);
    const snr = moments.flux / (sigma * Math.sqrt(4 * Math.PI) * size);
    found.push({ peak: i, x: moments.x, y: moments.y, flux: moments.flux, logSize: Math.log(size), logSizeError: Math.SQRT2 / snr, sigma });
  }
  return found;
}

function peakNear({ data, stride, width, height }: Plane, x: number, y: number, reach: number): number {
  let peak = Number.NEGATIVE_INFINITY;
  for (let j = Math.max(0, Math.round(y) - reach); j <= Math.min(height - 1, Math.round(y) + reach); j++)
    for (let i = Math.max(0, Math.round(x) - reach); i <= Math.min(width - 1, Math.round(x) + reach); i++)
      peak = Math.max(peak, data[j * stride + i]);
  return peak;
}

/** Whether no other source has pixels within the reach of a blended one's centre. */
function dominates({ segmentation, x, y }: PeakList, i: number, reach: number): boolean {
  const { data, stride, width, height } = segmentation;
  const [cx, cy] = [Math.round(x[i]), Math.round(y[i])];
  for (let v = Math.max(0, cy - reach); v <= Math.min(height - 1, cy + reach); v++)
    for (let u = Math.max(0, cx - reach); u <= Math.min(width - 1, cx + reach); u++) {
      const label = data[v * stride + u];
      if (label !== 0 && label !== i + 1 && Math.hypot(u - cx, v - cy) <= reach) return false;
    }
  return true;
}

/** Least squares of the logarithm of the size on 1, u, v, uu, uv, vv, or fewer terms for fewer stars. */
function fitSurface(stars: readonly Candidate[], { width, height }: Plane): (star: Candidate) => number {
  const count = stars.length >= 30 ? 6 : stars.length >= 12 ? 3 : 1;
  const termsOf = (star: Candidate): number[] => {
    const [u, v] = [(2 * star.x) / width - 1, (2 * star.y) / height - 1];
    return [1, u, v, u * u, u * v, v * v].slice(0, count);
  };
  const matrix = new Float64Array(count * count);
  const side = new Float64Array(count);
  for (const star of stars) {
    const t = termsOf(star);
    for (let a = 0; a < count; a++) {
      side[a] += t[a] * star.logSize;
      for (let b = 0; b < count; b++) matrix[a * count + b] += t[a] * t[b];
    }
  }
  for (let a = 0; a < count; a++) matrix[a * count + a] += 1e-9 * matrix[0];
  choleskyInPlace(matrix, count);
  choleskySolveInPlace(matrix, count, side);
  return (star) => termsOf(star).reduce((sum, t, k) => sum + t * side[k], 0);
}

function columnsOf(stars: readonly Candidate[], { fwhmPixels }: StarSelectionOptions): StarCandidates {
  const width = stars.length > 0 ? FWHM_PER_SIGMA * Math.exp(medianInPlace(Float64Array.from(stars, (star) => star.logSize))) : fwhmPixels;
  return {
    x: Float64Array.from(stars, (star) => star.x),
    y: Float64Array.from(stars, (star) => star.y),
    flux: Float64Array.from(stars, (star) => star.flux),
    peak: Int32Array.from(stars, (star) => star.peak),
    label: Int32Array.from(stars, (star) => star.peak + 1),
    sigma: Float64Array.from(stars, (star) => star.sigma),
    fwhmPixels: width,
  };
}
