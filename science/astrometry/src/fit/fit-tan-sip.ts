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
  /** Candidate reference rows. */
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
  for (const wanted of rounds) {
    const matches = matchPixels(wcs, input.tree, input.catalogue, input.rows, radius);
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
  const base = Float64Array.from(matches.source, (row) => 1 / Math.hypot(input.sigma?.[row] ?? 0.02, SIGMA_FLOOR));
  const weight = Float64Array.from(base);
  const used = new Uint8Array(n).fill(1);
  const crpix = [(input.size[0] - 1) / 2, (input.size[1] - 1) / 2] as const;
  const dx = new Float64Array(n);
  const dy = new Float64Array(n);
  let wcs = input.start;
  let scatter = Number.NaN;
  for (let round = 0; round < 6; round++) {
    wcs = createWcs(solveTanSip({ x, y, ra, dec, weight, order, crpix, size: input.size }));
    wcs.skyToPixelArray(ra, dec, dx, dy);
    for (let i = 0; i < n; i++) {
      dx[i] = x[i] - dx[i];
      dy[i] = y[i] - dy[i];
    }
    // Pulls rather than pixels, so that faint stars are judged by their own errors.
    const pulls = Float64Array.from(dx, (_, i) => Math.hypot(dx[i], dy[i]) * base[i]);
    const typical = median(pulls) / Math.sqrt(2 * Math.LN2); // a Rayleigh variable's median is 1.1774 sigma
    scatter = scatterOf(dx, dy, used);
    let changed = 0;
    let kept = 0;
    for (let i = 0; i < n; i++) {
      const keep = pulls[i] <= rejectSigma * Math.max(typical, 1e-12) ? 1 : 0;
      if (keep !== used[i]) changed++;
      used[i] = keep;
      weight[i] = keep ? base[i] : 0;
      kept += keep;
    }
    if (changed === 0 || kept < Math.max(4, termCount(order))) break;
  }
  return { wcs, order, matches, used, dx, dy, scatterPixel: scatter };
}

/** Robust sigma of one coordinate from both. */
function scatterOf(dx: Float64Array, dy: Float64Array, used: Uint8Array): number {
  const values: number[] = [];
  for (let i = 0; i < dx.length; i++) if (used[i]) values.push(Math.abs(dx[i]), Math.abs(dy[i]));
  return SIGMA_PER_MAD * median(values);
}
