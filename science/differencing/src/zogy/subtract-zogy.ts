import { measureBackground, subtractBackground } from '@almagest/characterization';
import type { Psf } from '@almagest/image';
import type { Plane } from '@almagest/kernels';
import { medianInPlace } from '@almagest/numerics';
import type { ScoreMap } from '../detection/detect-score.ts';
import { findStars } from '../kernel/find-stars.ts';
import { fitPoint } from '../measurement/fit-point.ts';
import { cutWindow } from '../measurement/window.ts';
import { TooFewCandidatesError } from '../errors.ts';
import { measureStarsPsf, stampAt } from '../psf/matched-psf.ts';
import { shiftStampInto, type StampPsf } from '../psf/shifted-stamp.ts';
import { checkPair, type PreparedImage, prepareImage, type SubtractInput } from '../subtraction/prepare-image.ts';
import { solveTile, type ZogyTile } from './zogy-tile.ts';

export interface ZogyOptions {
  /** Side of the tiles within which the PSFs are constant [pixel]: a number without prime factors above 5; default 256. */
  readonly tile?: number;
  /** Default: measured on the stars of each image. */
  readonly sciencePsf?: Psf;
  readonly templatePsf?: Psf;
}

/** A proper difference with its score. Pixels that either image lacks are NaN. */
export interface ZogySubtraction extends ScoreMap {
  /** In units of the science image; white noise. */
  readonly difference: Plane;
  /** Variance of the difference on sky. */
  readonly variance: number;
  /** Flux in the science image per flux in the template, and place in the template less that in the science image [pixel]. */
  readonly fluxRatio: number;
  readonly offset: { readonly x: number; readonly y: number };
}

/**
 * Subtracts by the proper difference of Zackay, Ofek and Gal-Yam, with PSFs that vary from tile to tile.
 *
 * Nothing is fitted but the PSFs, one ratio of fluxes and one offset, and neither image is convolved to look like the other, so that
 * it has no preferred direction; but it rings where PSFs are not well known. Tiles overlap by half; scores are blended.
 * Not what `subtractImages` and the pipelines use. Methods of this kind are claimed by the US patent 10,776,653.
 *
 * @throws {GridMismatchError | NoOverlapError | SaturatedImageError | TooFewCandidatesError}
 * @see Zackay, Ofek and Gal-Yam 2016, ApJ 830, 27
 * @remarks Noise, completeness and fluxes: subtract-zogy.recovery.test.ts.
 */
export function subtractZogy(science: SubtractInput, template: SubtractInput, options: ZogyOptions = {}): ZogySubtraction {
  checkPair(science, template);
  const { width, height } = science.image;
  const makePlane = (): Plane => ({ data: new Float32Array(width * height), width, height, stride: width });
  const s = prepareImage(science, { cellPixels: 128, makePlane });
  const t = prepareImage(template, { cellPixels: 128, makePlane });
  const { places, sources } = findStars(t, s, Math.ceil(5 * Math.max(s.fwhm, t.fwhm)));
  if (places.length < 3)
    throw new TooFewCandidatesError(`expected at least 3 isolated stars; found ${places.length}`, {
      details: { found: places.length, needed: 3 },
    });
  const psfOf = ({ clean, fwhm, skyVariance, gain }: PreparedImage): Psf =>
    measureStarsPsf({ image: clean, fwhm, skyVariance, gain }, places, sources);
  const psfs = { science: options.sciencePsf ?? psfOf(s), template: options.templatePsf ?? psfOf(t) };
  const relation = relate({ s, t }, psfs, places);
  levelInPlace({ s, t }, relation.fluxRatio);
  return assemble({ s, t }, psfs, { ...relation, side: options.tile ?? 256 });
}

interface Pair {
  readonly s: PreparedImage;
  readonly t: PreparedImage;
}
interface Psfs {
  readonly science: Psf;
  readonly template: Psf;
}
interface Relation {
  readonly fluxRatio: number;
  readonly offset: { readonly x: number; readonly y: number };
}

/** Medians over the stars of the ratio of their fluxes and of their offsets. */
function relate({ s, t }: Pair, psfs: Psfs, places: readonly { readonly x: number; readonly y: number }[]): Relation {
  const pairs = places
    .map((at) => {
      const fit = ({ clean, fwhm, skyVariance }: PreparedImage, psf: Psf): ReturnType<typeof fitPoint> =>
        fitPoint(
          cutWindow(clean, () => 1 / skyVariance, { ...at, half: Math.ceil(2 * fwhm) }),
          stampAt(psf, at),
          at,
        );
      return { a: fit(s, psfs.science), b: fit(t, psfs.template) };
    })
    .filter(({ a, b }) => a.converged && b.converged && b.flux > 0);
  const median = (of: (pair: (typeof pairs)[number]) => number): number => medianInPlace(Float64Array.from(pairs, of));
  if (pairs.length === 0)
    throw new TooFewCandidatesError('expected stars whose fluxes can be compared; found none', { details: { found: 0, needed: 1 } });
  return {
    fluxRatio: median(({ a, b }) => a.flux / b.flux),
    offset: { x: median(({ a, b }) => b.x - a.x), y: median(({ a, b }) => b.y - a.y) },
  };
}

/** Takes off the science image what the two skies still differ by: it is seen better without the stars. */
function levelInPlace({ s, t }: Pair, fluxRatio: number): void {
  const rest: Plane = { ...s.clean, data: s.clean.data.map((v, k) => v - fluxRatio * t.clean.data[k]) };
  subtractBackground(s.clean, measureBackground(rest, { cellPixels: 128, estimator: 'mode' }), s.clean);
}

function assemble({ s, t }: Pair, psfs: Psfs, { fluxRatio, offset, side }: Relation & { readonly side: number }): ZogySubtraction {
  const { width, height } = s.clean;
  const size = width * height;
  const plane = (): Plane => ({ data: new Float32Array(size), width, height, stride: width });
  const [difference, significance, flux, weights] = [plane(), plane(), plane(), plane()];
  const step = side >> 1;
  const variances: number[] = [];
  for (let y0 = -step; y0 < height; y0 += step)
    for (let x0 = -step; x0 < width; x0 += step) {
      const at = { x: Math.max(0, Math.min(width - 1, x0 + step)), y: Math.max(0, Math.min(height - 1, y0 + step)) };
      const result = solveTile(cutTile({ s, t }, psfs, { x0, y0, side, at, fluxRatio, offset }), side);
      variances.push(result.variance);
      for (let j = Math.max(0, -y0); j < Math.min(side, height - y0); j++)
        for (let i = Math.max(0, -x0); i < Math.min(side, width - x0); i++) {
          const weight = ramp(i, side) * ramp(j, side);
          const [to, from] = [(y0 + j) * width + x0 + i, j * side + i];
          // Beyond the PSFs' band the difference has no definite phase, and two tiles' would partly cancel: the nearest one serves.
          if (inMiddle(i, side) && inMiddle(j, side)) difference.data[to] = result.difference[from];
          significance.data[to] += weight * result.significance[from];
          flux.data[to] += weight * result.flux[from];
          weights.data[to] += weight;
        }
    }
  const lacks = (k: number): boolean => !(s.clean.data[k] < s.limit && t.clean.data[k] < t.limit);
  for (let k = 0; k < size; k++) for (const { data } of [significance, flux]) data[k] = lacks(k) ? Number.NaN : data[k] / weights.data[k];
  for (let k = 0; k < size; k++) if (lacks(k)) difference.data[k] = Number.NaN;
  return { difference, significance, flux, variance: medianInPlace(Float64Array.from(variances)), fluxRatio, offset };
}

function inMiddle(i: number, side: number): boolean {
  return i >= side >> 2 && i < (side >> 2) + (side >> 1);
}

/** A tile's weight falls to its edges, where it wraps around. */
function ramp(i: number, side: number): number {
  return Math.sin((Math.PI * (i + 0.5)) / side) ** 2 + 1e-6;
}

interface TileRequest extends Relation {
  readonly x0: number;
  readonly y0: number;
  readonly side: number;
  /** Where the PSFs are taken. */
  readonly at: { readonly x: number; readonly y: number };
}

function cutTile({ s, t }: Pair, psfs: Psfs, { x0, y0, side, at, fluxRatio, offset }: TileRequest): ZogyTile {
  const [science, reference] = [cut(s, { x0, y0, side }), cut(t, { x0, y0, side })];
  const known = s.gain > 0 && t.gain > 0;
  const photons = (data: Float32Array, gain: number): Float32Array => data.map((v) => Math.max(0, v) / gain);
  return {
    science,
    reference,
    sciencePsf: stampAt(psfs.science, at),
    referencePsf: moved(stampAt(psfs.template, at), offset),
    scienceVariance: s.skyVariance,
    referenceVariance: t.skyVariance,
    ratio: 1 / fluxRatio,
    lightVariance: known ? { science: photons(science, s.gain), reference: photons(reference, t.gain) } : undefined,
  };
}

/** A square of an image; zero outside, and where pixels are missing or saturated. */
function cut(
  { clean, limit }: PreparedImage,
  { x0, y0, side }: { readonly x0: number; readonly y0: number; readonly side: number },
): Float32Array {
  const out = new Float32Array(side * side);
  for (let j = Math.max(0, -y0); j < Math.min(side, clean.height - y0); j++)
    for (let i = Math.max(0, -x0); i < Math.min(side, clean.width - x0); i++) {
      const value = clean.data[(y0 + j) * clean.stride + x0 + i];
      out[j * side + i] = value < limit ? value : 0;
    }
  return out;
}

function moved({ half, values }: StampPsf, by: { readonly x: number; readonly y: number }): StampPsf {
  const out = new Float64Array(values.length);
  shiftStampInto({ half, values }, { dx: by.x, dy: by.y, outHalf: half }, out, new Float64Array((2 * half + 1) ** 2));
  return { half, values: out };
}
