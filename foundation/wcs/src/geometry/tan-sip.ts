import { computeTermsInto, factorLeastSquares, termCount, termIndex } from '@almagest/numerics';
import type { CelestialFrame } from '../celestial/frames.ts';
import type { SipPolynomial } from '../distortion/sip.ts';
import { createWcs } from '../model/create-wcs.ts';
import type { WcsDefinition } from '../model/definition.ts';
import type { SkyWcs } from '../model/sky-wcs.ts';
import { DEG } from '../projection/projection.ts';

export interface TanSipProblem {
  /** Pixel positions, zero-based, and where they lie on the sky [rad]. */
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  readonly ra: ArrayLike<number>;
  readonly dec: ArrayLike<number>;
  /** Inverse standard deviation of each pair [1/pixel]; 1 when absent, 0 leaves the pair out. */
  readonly weight?: ArrayLike<number>;
  /** Degree of the polynomial; 1 gives plain TAN. */
  readonly order: number;
  readonly crpix: readonly [number, number];
  readonly size?: readonly [number, number];
  readonly frame?: CelestialFrame;
}

/**
 * Finds the TAN-SIP WCS that maps pixels to given sky positions with the least squared miss.
 *
 * CRVAL follows from the fit: the tangent point is moved until the polynomial has no constant term. The inverse polynomials
 * (AP, BP) are fitted over the image so that readers which want them find them.
 *
 * @throws {NumericsShapeError} {@link SingularMatrixError} when the pairs are too few or lie on a line.
 */
export function solveTanSip(problem: TanSipProblem): WcsDefinition {
  const { x, y, ra, dec, crpix, order, size, frame = { system: 'ICRS' } } = problem;
  const n = x.length;
  const reach = Math.max(1, ...[0, 1].map((axis) => spread(axis === 0 ? x : y, crpix[axis])));
  const terms = termCount(order);
  const design = new Float64Array(n * terms);
  for (let i = 0; i < n; i++) computeTermsInto((x[i] - crpix[0]) / reach, (y[i] - crpix[1]) / reach, order, design, i * terms);
  const inverseSigma = problem.weight && Float64Array.from(problem.weight);
  const factored = factorLeastSquares({ design, rows: n, columns: terms, ...(inverseSigma ? { inverseSigma } : {}) });
  let crval = meanDirection(ra, dec, problem.weight);
  let xi: Float64Array = new Float64Array(0);
  let eta: Float64Array = new Float64Array(0);
  for (let round = 0; round < 8; round++) {
    const plane = project(ra, dec, crval);
    [xi, eta] = [factored.solve(plane.xi), factored.solve(plane.eta)];
    const shift = Math.hypot(xi[0], eta[0]);
    if (round > 0 && shift < 1e-13) break;
    crval = deproject(xi[0] * DEG, eta[0] * DEG, crval);
  }
  const linear = [xi[termIndex(1, 0)], xi[termIndex(0, 1)], eta[termIndex(1, 0)], eta[termIndex(0, 1)]].map((c) => c / reach);
  const cd: [number, number, number, number] = [linear[0], linear[1], linear[2], linear[3]];
  const base: WcsDefinition = {
    ...(size ? { size } : {}),
    crpix,
    cd,
    projection: 'TAN',
    crval: [crval.ra / DEG, crval.dec / DEG],
    frame,
  };
  if (order < 2) return base;
  const det = cd[0] * cd[3] - cd[1] * cd[2];
  const a: Record<string, number> = {};
  const b: Record<string, number> = {};
  for (let total = 2; total <= order; total++)
    for (let q = 0; q <= total; q++) {
      const k = termIndex(total - q, q);
      const scale = reach ** total;
      a[`${total - q}_${q}`] = (cd[3] * xi[k] - cd[1] * eta[k]) / det / scale;
      b[`${total - q}_${q}`] = (cd[0] * eta[k] - cd[2] * xi[k]) / det / scale;
    }
  const sip = { a: { order, terms: a }, b: { order, terms: b } };
  return { ...base, sip: { ...sip, ...fitInverse({ ...base, sip }, problem, reach) } };
}

/**
 * Replaces any WCS by a TAN-SIP one over an image, so that it can be written to a header.
 *
 * @returns The WCS and its largest departure [pixel] on a grid between the points of the fit.
 */
export function approximateTanSip(
  wcs: SkyWcs,
  { width, height, order = 5 }: { readonly width: number; readonly height: number; readonly order?: number },
): { wcs: SkyWcs; maxErrorPixel: number } {
  const grid = pixelGrid(width, height, 4 * (order + 1));
  const sky = toSky(wcs, grid);
  const crpix = [(width - 1) / 2, (height - 1) / 2] as const;
  const definition = solveTanSip({ ...grid, ...sky, order, crpix, size: [width, height], frame: wcs.frame });
  const fitted = createWcs(definition);
  const check = pixelGrid(width, height, 4 * (order + 1) + 3);
  const truth = toSky(wcs, check);
  const back = { x: new Float64Array(check.x.length), y: new Float64Array(check.x.length) };
  fitted.skyToPixelArray(truth.ra, truth.dec, back.x, back.y);
  let maxErrorPixel = 0;
  for (let i = 0; i < check.x.length; i++)
    maxErrorPixel = Math.max(maxErrorPixel, Math.hypot(back.x[i] - check.x[i], back.y[i] - check.y[i]));
  return { wcs: fitted, maxErrorPixel };
}

/** AP and BP: polynomials of the intermediate pixel offset, fitted on a grid over the data. */
function fitInverse(definition: WcsDefinition, problem: TanSipProblem, reach: number): { ap: SipPolynomial; bp: SipPolynomial } {
  const [width, height] = problem.size ?? [2 * (reach + problem.crpix[0]), 2 * (reach + problem.crpix[1])];
  const { crpix } = problem;
  const order = Math.min(9, problem.order + 1);
  const grid = pixelGrid(width, height, 3 * (order + 1));
  const n = grid.x.length;
  const sky = toSky(createWcs(definition), grid);
  const plain = createWcs({ ...definition, sip: { a: { order: 0, terms: {} }, b: { order: 0, terms: {} } } });
  const straight = { x: new Float64Array(n), y: new Float64Array(n) };
  plain.skyToPixelArray(sky.ra, sky.dec, straight.x, straight.y);
  const columns = termCount(order);
  const design = new Float64Array(n * columns);
  const [du, dv] = [new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    const [u, v] = [straight.x[i] - crpix[0], straight.y[i] - crpix[1]];
    computeTermsInto(u / reach, v / reach, order, design, i * columns);
    du[i] = grid.x[i] - crpix[0] - u;
    dv[i] = grid.y[i] - crpix[1] - v;
  }
  const factored = factorLeastSquares({ design, rows: n, columns });
  const [ap, bp] = [du, dv].map((target) => {
    const parameters = factored.solve(target);
    const terms: Record<string, number> = {};
    for (let total = 0; total <= order; total++)
      for (let q = 0; q <= total; q++) terms[`${total - q}_${q}`] = parameters[termIndex(total - q, q)] / reach ** total;
    return { order, terms };
  });
  return { ap, bp };
}

function toSky(wcs: SkyWcs, { x, y }: { readonly x: Float64Array; readonly y: Float64Array }): { ra: Float64Array; dec: Float64Array } {
  const out = { ra: new Float64Array(x.length), dec: new Float64Array(x.length) };
  wcs.pixelToSkyArray(x, y, out.ra, out.dec);
  return out;
}

function pixelGrid(width: number, height: number, side: number): { x: Float64Array; y: Float64Array } {
  const x = new Float64Array(side * side);
  const y = new Float64Array(side * side);
  for (let j = 0; j < side; j++)
    for (let i = 0; i < side; i++) {
      x[j * side + i] = -0.5 + (width * i) / (side - 1);
      y[j * side + i] = -0.5 + (height * j) / (side - 1);
    }
  return { x, y };
}

function spread(values: ArrayLike<number>, from: number): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i] - from));
  return largest;
}

function meanDirection(ra: ArrayLike<number>, dec: ArrayLike<number>, weight: ArrayLike<number> | undefined): { ra: number; dec: number } {
  let [a, b, c] = [0, 0, 0];
  for (let i = 0; i < ra.length; i++) {
    if (weight && weight[i] === 0) continue;
    a += Math.cos(dec[i]) * Math.cos(ra[i]);
    b += Math.cos(dec[i]) * Math.sin(ra[i]);
    c += Math.sin(dec[i]);
  }
  return { ra: Math.atan2(b, a), dec: Math.atan2(c, Math.hypot(a, b)) };
}

/** Gnomonic plane coordinates [deg] about a tangent point [rad]. */
function project(ra: ArrayLike<number>, dec: ArrayLike<number>, at: { ra: number; dec: number }): { xi: Float64Array; eta: Float64Array } {
  const n = ra.length;
  const xi = new Float64Array(n);
  const eta = new Float64Array(n);
  const [s0, c0] = [Math.sin(at.dec), Math.cos(at.dec)];
  for (let i = 0; i < n; i++) {
    const [s, c] = [Math.sin(dec[i]), Math.cos(dec[i])];
    const turn = ra[i] - at.ra;
    const scale = 1 / ((s * s0 + c * c0 * Math.cos(turn)) * DEG);
    xi[i] = c * Math.sin(turn) * scale;
    eta[i] = (s * c0 - c * s0 * Math.cos(turn)) * scale;
  }
  return { xi, eta };
}

function deproject(xi: number, eta: number, at: { ra: number; dec: number }): { ra: number; dec: number } {
  const [s0, c0] = [Math.sin(at.dec), Math.cos(at.dec)];
  const across = c0 - eta * s0;
  const ra = at.ra + Math.atan2(xi, across);
  return { ra: ra < 0 ? ra + 2 * Math.PI : ra % (2 * Math.PI), dec: Math.atan2(s0 + eta * c0, Math.hypot(xi, across)) };
}
