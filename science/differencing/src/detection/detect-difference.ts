import { detectPeaks, type PeakList } from '@almagest/characterization';
import { FWHM_PER_SIGMA } from '@almagest/image';
import { KernelArena, type Plane, scalePixelsInPlace } from '@almagest/kernels';
import type { DipoleFit } from '../measurement/fit-dipole.ts';
import type { TrailFit } from '../measurement/fit-trail.ts';
import { createLocalPsfs } from '../measurement/local-psfs.ts';
import { type Flux, type MeasureContext, measurePeak, type Peak } from '../measurement/measure-detection.ts';
import { cropStamp, measureSciencePsf } from '../psf/matched-psf.ts';
import type { StampPsf } from '../psf/shifted-stamp.ts';
import type { Subtraction } from '../subtraction/subtract-images.ts';
import { findStreaks, isOnStreak, type Streak } from './find-streaks.ts';
import { measureLocalLevel } from './local-level.ts';
import { measureModelError } from './model-error.ts';
import { computeDifferenceSignificance } from './significance-map.ts';
import { sumMoments } from './sum-moments.ts';

/** Something that is brighter or fainter than in the template. */
export interface DifferenceDetection {
  /** 0-based array indices of the science image, also where the template lies beside it by a part of a pixel: of the fitted point source, the middle of a dipole's lobes or of a trail. */
  readonly x: number;
  readonly y: number;
  readonly xErr: number;
  readonly yErr: number;
  /** Significance at the peak [sigma], negative where the science image is fainter. */
  readonly significance: number;
  /** Flux of the point source that fits the difference, in units of the science image. */
  readonly flux: number;
  readonly fluxErr: number;
  /** Chi-square of that fit per degree of freedom. */
  readonly chi2: number;
  /** Whether place and flux settled; else they are those of the peak. */
  readonly fitted: boolean;
  /** PSF fluxes at the same place on the two matched images. */
  readonly science: Flux;
  readonly template: Flux;
  readonly dipole: DipoleFit | undefined;
  readonly trail: TrailFit | undefined;
}

/** Height of a peak above the saddle to the next [sigma]. */
const PROMINENCE = 3;

/**
 * Finds what is brighter or fainter than in the template, in order of significance.
 *
 * The difference, each pixel in units of its noise, is filtered with its own PSF. At every peak of either sign a point source is
 * fitted; a dipole where a lobe of the other sign is near, a trail where the footprint is long. The lobes of a dipole and the
 * pieces of a trail are one detection.
 *
 * @param threshold - Least significance of a peak [sigma].
 * @param repaired - 1 on pixels whose values are not their own, row by row of the difference: what shows on them alone is nothing.
 * @remarks On pure noise detections follow the formula of Gaussian fields; recovery, biases and pulls:
 * detect-difference.recovery.test.ts.
 */
export function detectDifference(subtraction: Subtraction, threshold: number, repaired?: Uint8Array): DifferenceDetection[] {
  const { difference, convolved } = subtraction;
  const { width, height } = difference;
  if (width < 3 || height < 3) return [];
  const fwhm = Math.max(subtraction.scienceFwhm, convolved === 'template' ? 0 : subtraction.templateFwhm);
  const sigmaPixels = fwhm / FWHM_PER_SIGMA;
  const psf = measureSciencePsf(subtraction);
  const psfsAt = createLocalPsfs(subtraction, psf, Math.ceil(7 * sigmaPixels));
  const filter = cropStamp(psfsAt(width / 2, height / 2).difference, Math.ceil(3.5 * sigmaPixels));
  using arena = new KernelArena();
  const plane = (): Plane => ({ data: arena.float32(width * height, { cleared: false }), width, height, stride: width });
  const map = plane();
  const noise = computeDifferenceSignificance(subtraction, filter, { scratch: plane(), output: map });
  const scale = { filter, noise, sigmaPixels };
  const seen = findPeaks(map, threshold, sigmaPixels).filter((peak) => seenPart(difference, filter, peak) >= LEAST_SEEN);
  const error = measureModelError(subtraction, map, scale);
  const peaks = seen.filter((peak) => {
    const own = peak.significance - measureLocalLevel(subtraction, peak, scale);
    if (own < threshold * Math.hypot(1, error.part * error.lightAt(peak.x, peak.y))) return false;
    return repaired === undefined || !isOnRepaired(subtraction, repaired, peak, scale);
  });
  return measureAll({ subtraction, psfsAt, sigmaPixels, noise }, peaks);
}

/** Part of the filter's weight that must lie on pixels with data: at the edges of holes the rest of a star is not seen. */
const LEAST_SEEN = 0.9;

/** Part of the filter's weight on pixels that have data. */
function seenPart({ data, width, height, stride }: Plane, { half, values }: StampPsf, { x, y }: XY): number {
  const [cx, cy] = [Math.round(x), Math.round(y)];
  let [seen, all] = [0, 0];
  for (let k = 0; k < values.length; k++) {
    const [i, j] = [cx - half + (k % (2 * half + 1)), cy - half + Math.floor(k / (2 * half + 1))];
    const weight = values[k] * values[k];
    all += weight;
    if (i >= 0 && j >= 0 && i < width && j < height && !Number.isNaN(data[j * stride + i])) seen += weight;
  }
  return seen / all;
}

/** Part of a peak's significance that pixels with values of their own must show, of what a star would have on them. */
const LEAST_OWN = 0.6;

/** Whether a peak is what repaired pixels have made of it. */
function isOnRepaired(
  { difference, variance }: Subtraction,
  repaired: Uint8Array,
  { x, y, sign, significance }: Peak,
  { filter: { half, values }, noise }: { readonly filter: StampPsf; readonly noise: number },
): boolean {
  const [cx, cy] = [Math.round(x), Math.round(y)];
  let [sum, own, all] = [0, 0, 0];
  for (let k = 0; k < values.length; k++) {
    const [i, j] = [cx - half + (k % (2 * half + 1)), cy - half + Math.floor(k / (2 * half + 1))];
    all += values[k] * values[k];
    if (i < 0 || j < 0 || i >= difference.width || j >= difference.height || repaired[j * difference.width + i] !== 0) continue;
    const value = difference.data[j * difference.stride + i] / Math.sqrt(variance.data[j * variance.stride + i]);
    if (value - value !== 0) continue;
    own += values[k] * values[k];
    sum += values[k] * value;
  }
  // A star of this significance would show its square root of the filter's weight on the pixels that are left.
  return own === 0 || (sign * sum) / (Math.sqrt(own) * noise) < LEAST_OWN * significance * Math.sqrt(own / all);
}

/** Peaks of either sign, the most significant first; of those on a streak only the first. */
function findPeaks(map: Plane, threshold: number, sigmaPixels: number): Peak[] {
  const reach = 5 * sigmaPixels;
  const lists = ([1, -1] as const).map((sign) => {
    if (sign < 0) scalePixelsInPlace(map, -1);
    const list = detectPeaks(map, { threshold, prominence: PROMINENCE });
    return { sign, list, kept: withoutPieces(list, findStreaks(map, list, sigmaPixels)) };
  });
  return lists
    .flatMap(({ sign, list, kept }) =>
      kept.map((i): Peak => {
        const [x, y] = [list.x[i], list.y[i]];
        // The map has been negated by now.
        const opposite = highest(map, sign, { x, y, reach });
        return { x, y, sign, significance: list.significance[i], opposite, footprint: footprintOf(list, i, map.stride) };
      }),
    )
    .toSorted((a, b) => b.significance - a.significance);
}

/** Numbers of the peaks; of those on one streak only that of the most significant. */
function withoutPieces(list: PeakList, streaks: readonly Streak[]): number[] {
  const order = [...list.significance.keys()].toSorted((a, b) => list.significance[b] - list.significance[a]);
  const taken = new Set<Streak>();
  return order.filter((i) => {
    const on = streaks.filter((streak) => isOnStreak(streak, { x: list.x[i], y: list.y[i] }));
    const fresh = on.length === 0 || on.some((streak) => !taken.has(streak));
    for (const streak of on) taken.add(streak);
    return fresh;
  });
}

function highest(map: Plane, sign: 1 | -1, { x, y, reach }: { x: number; y: number; reach: number }): Peak['opposite'] {
  let best = { x, y, significance: 0 };
  const [cx, cy] = [Math.round(x), Math.round(y)];
  const r = Math.ceil(reach);
  for (let j = Math.max(0, cy - r); j <= Math.min(map.height - 1, cy + r); j++)
    for (let i = Math.max(0, cx - r); i <= Math.min(map.width - 1, cx + r); i++) {
      const value = sign * map.data[j * map.stride + i];
      if (value > best.significance && Math.hypot(i - x, j - y) <= reach) best = { x: i, y: j, significance: value };
    }
  return best;
}

/** Second moments of a source's pixels; a uniform line of length L has the variance L^2 / 12 along it. */
function footprintOf(list: PeakList, i: number, stride: number): Peak['footprint'] {
  const pixels = list.pixels.subarray(list.offsets[i], list.offsets[i + 1]);
  const { x, y, xx, yy, xy } = sumMoments(pixels, stride);
  const elongation = Math.hypot(xx - yy, 2 * xy) / pixels.length;
  return { x, y, length: Math.sqrt(12 * elongation), angle: 0.5 * Math.atan2(2 * xy, xx - yy) };
}

function measureAll(context: MeasureContext, peaks: readonly Peak[]): DifferenceDetection[] {
  const found: DifferenceDetection[] = [];
  const taken: ((peak: Peak) => boolean)[] = [];
  for (const peak of peaks) {
    if (taken.some((owns) => owns(peak))) continue;
    const { point, science, template, dipole, trail } = measurePeak(context, peak);
    if (dipole) taken.push((other) => other.sign !== peak.sign && near(other, peak.sign > 0 ? dipole.negative : dipole.positive, context));
    if (trail) taken.push((other) => other.sign === peak.sign && distanceToTrail(trail, other) < 2.5 * context.sigmaPixels);
    found.push({
      ...placeOf(point, dipole, trail),
      xErr: point.xErr,
      yErr: point.yErr,
      significance: peak.sign * peak.significance,
      flux: point.flux,
      fluxErr: point.fluxErr,
      chi2: point.chi2 / point.degreesOfFreedom,
      fitted: point.converged,
      science,
      template,
      dipole,
      trail,
    });
  }
  return found;
}

function placeOf(point: { readonly x: number; readonly y: number }, dipole: DipoleFit | undefined, trail: TrailFit | undefined): XY {
  if (dipole) return { x: (dipole.positive.x + dipole.negative.x) / 2, y: (dipole.positive.y + dipole.negative.y) / 2 };
  const { x, y } = trail ?? point;
  return { x, y };
}

interface XY {
  readonly x: number;
  readonly y: number;
}

function near(a: XY, b: XY, { sigmaPixels }: MeasureContext): boolean {
  return Math.hypot(a.x - b.x, a.y - b.y) < 4 * sigmaPixels;
}

function distanceToTrail({ x, y, length, angle }: TrailFit, at: XY): number {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const along = (at.x - x) * cos + (at.y - y) * sin;
  const beyond = along - Math.max(-length / 2, Math.min(length / 2, along));
  return Math.hypot(beyond, (at.y - y) * cos - (at.x - x) * sin);
}
