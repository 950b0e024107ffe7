import { type KdTree, median, SIGMA_PER_MAD, termCount } from '@almagest/numerics';
import { createWcs, type SkyWcs, solveTanSip } from '@almagest/wcs';
import type { ReferenceCatalogue } from '../reference/catalogue.ts';
import { matchPixels, type PixelMatches } from './match-pixels.ts';

export interface TanSipFitInput {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Error of each source's place [pixel]; 0.02 when absent. */
  readonly sigma?: ArrayLike<number>;
  readonly tree: KdTree;
  readonly catalogue: ReferenceCatalogue;
  /** Candidate reference rows, brightest first. */
  readonly rows: readonly number[];
  readonly start: SkyWcs;
  /** Degree of the polynomial; lowered while there are too few stars. */
  readonly order: number;
  readonly size: readonly [number, number];
  /** First radius of pairing [pixel]. */
  readonly radius: number;
  /** Radius of pairing in the end [pixel]; at least this, more where the scatter wants it. Default 1. */
  readonly minRadius?: number;
  readonly rejectSigma?: number;
}

export interface TanSipFit {
  readonly wcs: SkyWcs;
  readonly order: number;
  /** Pairs in the last pairing; `used` marks those that the fit kept. */
  readonly matches: PixelMatches;
  readonly used: Uint8Array;
  /** Residuals source minus reference [pixel]. */
  readonly dx: Float64Array;
  readonly dy: Float64Array;
  /** Robust scatter of one coordinate [pixel] over the pairs kept. */
  readonly scatterPixel: number;
}

/** Floor of a star's error [pixel]: below it the pixel response and the sky's own turbulence decide. */
const SIGMA_FLOOR = 0.005;
const STARS_PER_TERM = 3;
/** Brightest reference stars that the rounds before the last one use: enough for any polynomial. */
const EARLY_STARS = 4000;
/** Error of a source without one of its own [pixel]. */
const DEFAULT_SIGMA = 0.02;
/** Median of a Rayleigh variable of unit sigma. */
const RAYLEIGH_MEDIAN = Math.sqrt(2 * Math.LN2);

/**
 * Fits TAN-SIP by pairing, solving, rejecting and pairing again with a shrinking radius.
 *
 * The degree rises only as the residuals shrink, so that a wrong pair at the edge cannot bend the first rounds.
 */
export function fitTanSip(input: TanSipFitInput): TanSipFit {
  const { minRadius = 1, rejectSigma = 4 } = input;
  let wcs = input.start;
  let { radius } = input;
  let result: TanSipFit | undefined;
  const rounds = [1, Math.min(2, input.order), input.order, input.order, input.order];
  for (const [k, wanted] of rounds.entries()) {
    const rows = k < rounds.length - 1 ? input.rows.slice(0, EARLY_STARS) : input.rows;
    const matches = matchPixels(wcs, input.tree, input.catalogue, rows, radius);
    const order = affordableOrder(matches.source.length, wanted);
    if (order < 1) break;
    result = solveRobustly(input, matches, order, rejectSigma);
    wcs = result.wcs;
    radius = Math.max(minRadius, Math.min(radius * 0.7, 6 * result.scatterPixel));
  }
  if (result) return result;
  const empty = { source: new Int32Array(0), reference: new Int32Array(0), distance: new Float64Array(0) };
  return {
    wcs,
    order: 0,
    matches: empty,
    used: new Uint8Array(0),
    dx: new Float64Array(0),
    dy: new Float64Array(0),
    scatterPixel: Number.NaN,
  };
}

/** Largest degree for which there are three stars a term; below the six of an affine map none. */
function affordableOrder(stars: number, wanted: number): number {
  let order = wanted;
  while (order > 1 && stars < STARS_PER_TERM * termCount(order)) order--;
  return stars >= 4 ? order : 0;
}

function solveRobustly(input: TanSipFitInput, matches: PixelMatches, order: number, rejectSigma: number): TanSipFit {
  const n = matches.source.length;
  const x = Float64Array.from(matches.source, (row) => input.x[row]);
  const y = Float64Array.from(matches.source, (row) => input.y[row]);
  const ra = Float64Array.from(matches.reference, (row) => input.catalogue.ra[row]);
  const dec = Float64Array.from(matches.reference, (row) => input.catalogue.dec[row]);
  const sigma = Float64Array.from(matches.source, (row) => Math.hypot(input.sigma?.[row] ?? DEFAULT_SIGMA, SIGMA_FLOOR));
  const typicalSigma = median(sigma);
  const base = sigma.map((value) => 1 / value);
  const weight = Float64Array.from(base);
  const used = new Uint8Array(n).fill(1);
  const crpix = [(input.size[0] - 1) / 2, (input.size[1] - 1) / 2] as const;
  const needed = termCount(order) + 2;
  const dx = new Float64Array(n);
  const dy = new Float64Array(n);
  let wcs = input.start;
  let scatter = Number.NaN;
  for (let round = 0; round < 8; round++) {
    wcs = createWcs(solveTanSip({ x, y, ra, dec, weight, order, crpix, size: input.size }));
    wcs.skyToPixelArray(ra, dec, dx, dy);
    for (let i = 0; i < n; i++) {
      dx[i] = x[i] - dx[i];
      dy[i] = y[i] - dy[i];
    }
    scatter = scatterOf(dx, dy, used);
    // What the polynomial cannot follow counts as an error of every star; else a few bright stars would rule the fit.
    const excess = Math.sqrt(Math.max(0, scatter * scatter - typicalSigma * typicalSigma));
    for (let i = 0; i < n; i++) base[i] = 1 / Math.hypot(sigma[i], excess);
    const pulls = Float64Array.from(dx, (_, i) => Math.hypot(dx[i], dy[i]) * base[i]);
    const limit = rejectSigma * Math.max(1, median(pulls) / RAYLEIGH_MEDIAN);
    const keep = Uint8Array.from(pulls, (pull) => (pull <= limit ? 1 : 0));
    const changed = keep.some((flag, i) => flag !== used[i]);
    if (keep.reduce((sum, flag) => sum + flag, 0) < needed) break;
    used.set(keep);
    for (let i = 0; i < n; i++) weight[i] = keep[i] ? base[i] : 0;
    if (!changed && round > 0) break;
  }
  return { wcs, order, matches, used, dx, dy, scatterPixel: scatter };
}

/** Robust sigma of one coordinate from both. */
function scatterOf(dx: Float64Array, dy: Float64Array, used: Uint8Array): number {
  const values: number[] = [];
  for (let i = 0; i < dx.length; i++) if (used[i]) values.push(Math.abs(dx[i]), Math.abs(dy[i]));
  return SIGMA_PER_MAD * median(values);
}
