import { choleskyInPlace, choleskyInverse, SingularMatrixError } from '@almagest/numerics';
import { shiftStampInto, shiftStampSlopesInto, type StampPsf, type StampSlopes } from '../psf/shifted-stamp.ts';
import { type FitWindow, reweighInPlace } from './window.ts';

/** A point source of either sign fitted to a window. */
export interface PointFit {
  readonly x: number;
  readonly y: number;
  readonly flux: number;
  readonly xErr: number;
  readonly yErr: number;
  readonly fluxErr: number;
  readonly chi2: number;
  readonly degreesOfFreedom: number;
  /** Whether place and flux settled within the window; else place is the start and the flux is that there. */
  readonly converged: boolean;
}

const ROUNDS = 12;
const SETTLED = 1e-3;
/** A place may move this far from where it was detected [pixel]. */
const MOST_SHIFT = 2;

/** Fits place and flux by weighted least squares; the window's weights end as those of the source. @param start - Image coordinates [pixel]. */
export function fitPoint(window: FitWindow, psf: StampPsf, start: { readonly x: number; readonly y: number }): PointFit {
  const space: Space = { image: createSlopes(window.values.length), scratch: scratchFor(window, psf) };
  let { x, y } = start;
  let [flux, converged] = [Number.NaN, false];
  let normal = linearize(window, psf, { x, y }, space);
  for (let round = 0; round < ROUNDS && normal; round++) {
    flux = normal.flux;
    if (!(Math.abs(flux) > 0)) break;
    const [dx, dy] = [limit(normal.dx), limit(normal.dy)];
    x += dx;
    y += dy;
    if (Math.hypot(x - start.x, y - start.y) > MOST_SHIFT) break;
    reweighInPlace(window, space.image.value, flux);
    normal = linearize(window, psf, { x, y }, space);
    if (Math.hypot(dx, dy) < SETTLED && normal) {
      converged = true;
      break;
    }
  }
  if (!converged || !normal) {
    ({ x, y } = start);
    reweighInPlace(window, space.image.value, 0);
    normal = linearize(window, psf, start, space);
  }
  const degreesOfFreedom = Math.max(1, window.pixels - 3);
  if (!normal)
    return {
      x,
      y,
      flux: Number.NaN,
      xErr: Number.NaN,
      yErr: Number.NaN,
      fluxErr: Number.NaN,
      chi2: Number.NaN,
      degreesOfFreedom,
      converged,
    };
  const { fluxErr, xErr, yErr, chi2 } = normal;
  return { x, y, flux: converged ? normal.flux : normal.fixedFlux, fluxErr, xErr, yErr, chi2, degreesOfFreedom, converged };
}

/** The flux of a point source at a place that is known. */
export function forceFlux(
  window: FitWindow,
  psf: StampPsf,
  at: { readonly x: number; readonly y: number },
): { readonly flux: number; readonly fluxErr: number; readonly profile: Float64Array } {
  const profile = new Float64Array(window.values.length);
  renderPoint(window, psf, at, { image: profile, scratch: scratchFor(window, psf) });
  let [numerator, denominator] = [0, 0];
  for (let k = 0; k < profile.length; k++) {
    numerator += window.weights[k] * profile[k] * window.values[k];
    denominator += window.weights[k] * profile[k] ** 2;
  }
  if (!(denominator > 0)) return { flux: Number.NaN, fluxErr: Number.NaN, profile };
  return { flux: numerator / denominator, fluxErr: 1 / Math.sqrt(denominator), profile };
}

/** Writes a unit source at image coordinates onto the window's pixels. */
export function renderPoint(
  { centerX, centerY, half }: Pick<FitWindow, 'centerX' | 'centerY' | 'half'>,
  psf: StampPsf,
  at: { readonly x: number; readonly y: number },
  { image, scratch }: { readonly image: Float64Array; readonly scratch: Float64Array },
): void {
  shiftStampInto(psf, { dx: at.x - centerX, dy: at.y - centerY, outHalf: half }, image, scratch);
}

/** {@link renderPoint} with the derivatives by x and y. */
export function renderPointSlopes(
  { centerX, centerY, half }: Pick<FitWindow, 'centerX' | 'centerY' | 'half'>,
  psf: StampPsf,
  at: { readonly x: number; readonly y: number },
  { image, scratch }: { readonly image: StampSlopes; readonly scratch: Float64Array },
): void {
  shiftStampSlopesInto(psf, { dx: at.x - centerX, dy: at.y - centerY, outHalf: half }, image, scratch);
}

/** Scratch that rendering onto a window needs. */
export function scratchFor({ half }: Pick<FitWindow, 'half'>, ...psfs: readonly StampPsf[]): Float64Array {
  return new Float64Array((2 * Math.max(...psfs.map((psf) => psf.half)) + 1) * (2 * half + 1));
}

/** Arrays for a profile and its derivatives. */
export function createSlopes(size: number): StampSlopes {
  return { value: new Float64Array(size), alongX: new Float64Array(size), alongY: new Float64Array(size) };
}

interface Space {
  readonly image: StampSlopes;
  readonly scratch: Float64Array;
}

interface Linearized {
  readonly flux: number;
  /** With the place held. */
  readonly fixedFlux: number;
  readonly dx: number;
  readonly dy: number;
  readonly fluxErr: number;
  readonly xErr: number;
  readonly yErr: number;
  readonly chi2: number;
}

/** One round: flux, and flux times the step, from the profile and its derivatives. */
function linearize(window: FitWindow, psf: StampPsf, at: { x: number; y: number }, space: Space): Linearized | undefined {
  renderPointSlopes(window, psf, at, space);
  const models = [space.image.value, space.image.alongX, space.image.alongY];
  const matrix = new Float64Array(9);
  const vector = new Float64Array(3);
  let squares = 0;
  for (let k = 0; k < window.values.length; k++) {
    const weight = window.weights[k];
    if (weight === 0) continue;
    const value = window.values[k];
    squares += weight * value * value;
    for (let a = 0; a < 3; a++) {
      const wm = weight * models[a][k];
      vector[a] += wm * value;
      for (let b = 0; b < 3; b++) matrix[a * 3 + b] += wm * models[b][k];
    }
  }
  if (!(matrix[0] > 0)) return undefined;
  const fixedFlux = vector[0] / matrix[0];
  const inverse = inverseOf(matrix.slice());
  if (!inverse) return undefined;
  const solve = (a: number): number => inverse[a * 3] * vector[0] + inverse[a * 3 + 1] * vector[1] + inverse[a * 3 + 2] * vector[2];
  const flux = solve(0);
  const error = (a: number): number => Math.sqrt(inverse[a * 3 + a]);
  return {
    flux,
    fixedFlux,
    dx: solve(1) / flux,
    dy: solve(2) / flux,
    fluxErr: error(0),
    xErr: error(1) / Math.abs(flux),
    yErr: error(2) / Math.abs(flux),
    chi2: squares - fixedFlux * vector[0],
  };
}

function inverseOf(matrix: Float64Array): Float64Array | undefined {
  try {
    choleskyInPlace(matrix, 3);
    return choleskyInverse(matrix, 3);
  } catch (error) {
    if (error instanceof SingularMatrixError) return undefined;
    throw error;
  }
}

function limit(step: number): number {
  return Number.isFinite(step) ? Math.max(-0.7, Math.min(0.7, step)) : 0;
}
