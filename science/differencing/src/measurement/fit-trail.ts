import { fitLevenbergMarquardt } from '@almagest/numerics';
import type { StampPsf } from '../psf/shifted-stamp.ts';
import { createSlopes, renderPoint, renderPointSlopes, scratchFor } from './fit-point.ts';
import type { FitWindow } from './window.ts';

/** A source that moved along a line during the exposure. */
export interface TrailFit {
  /** Middle of the trail, image coordinates [pixel]. */
  readonly x: number;
  readonly y: number;
  readonly flux: number;
  readonly fluxErr: number;
  /** From end to end, without the PSF [pixel]. */
  readonly length: number;
  readonly lengthErr: number;
  /** From x towards y, -pi/2 to pi/2 [rad]. */
  readonly angle: number;
  readonly angleErr: number;
  readonly chi2: number;
  readonly degreesOfFreedom: number;
  readonly converged: boolean;
}

export interface TrailStart {
  readonly x: number;
  readonly y: number;
  readonly flux: number;
  readonly length: number;
  readonly angle: number;
}

/** Points along the line are at most this part of the PSF's sigma apart, which a sum cannot tell from a line. */
const SPACING = 1;

/**
 * Fits a uniform line convolved with the PSF.
 *
 * @see Veres et al. 2012, PASP 124, 1197, for the model
 */
export function fitTrail(window: FitWindow, psf: StampPsf, start: TrailStart, sigmaPixels: number): TrailFit {
  const size = window.values.length;
  const scratch = scratchFor(window, psf);
  const slopes = createSlopes(size);
  const [point, model] = [new Float64Array(size), new Float64Array(size)];
  const roots = window.weights.map(Math.sqrt);
  const most = 2 * window.half;
  // The number of points stays the same during the fit, or the model would jump.
  const count = Math.max(3, Math.ceil((1.5 * start.length) / (SPACING * sigmaPixels)) + 1);
  const residuals = ([flux, x, y, ex, ey]: Float64Array, out: Float64Array): void => {
    model.fill(0);
    for (let n = 0; n < count; n++) {
      // Midpoints of equal parts of the line.
      const t = (n + 0.5) / count - 0.5;
      renderPoint(window, psf, { x: x + t * ex, y: y + t * ey }, { image: point, scratch });
      for (let k = 0; k < size; k++) model[k] += point[k];
    }
    for (let k = 0; k < size; k++) out[k] = roots[k] * ((flux / count) * model[k] - window.values[k]);
  };
  const jacobian = ([flux, x, y, ex, ey]: Float64Array, out: Float64Array): void => {
    out.fill(0);
    for (let n = 0; n < count; n++) {
      const t = (n + 0.5) / count - 0.5;
      renderPointSlopes(window, psf, { x: x + t * ex, y: y + t * ey }, { image: slopes, scratch });
      for (let k = 0; k < size; k++) {
        const [at, root] = [5 * k, roots[k] / count];
        const [dx, dy] = [flux * root * slopes.alongX[k], flux * root * slopes.alongY[k]];
        out[at] += root * slopes.value[k];
        out[at + 1] += dx;
        out[at + 2] += dy;
        out[at + 3] += t * dx;
        out[at + 4] += t * dy;
      }
    }
  };
  const [cx, cy] = [window.centerX, window.centerY];
  const fit = fitLevenbergMarquardt({
    start: [start.flux, start.x, start.y, start.length * Math.cos(start.angle), start.length * Math.sin(start.angle)],
    lower: [-Infinity, cx - window.half, cy - window.half, -most, -most],
    upper: [Infinity, cx + window.half, cy + window.half, most, most],
    residualCount: size,
    residuals,
    jacobian,
    maxIterations: 25,
    chiSquareTolerance: 1e-5,
    stepTolerance: 1e-6,
  });
  const [flux, x, y, ex, ey] = fit.parameters;
  const length = Math.hypot(ex, ey);
  const c = fit.covariance;
  const [cos, sin] = length > 0 ? [ex / length, ey / length] : [1, 0];
  const along = cos * cos * c[3 * 5 + 3] + 2 * cos * sin * c[3 * 5 + 4] + sin * sin * c[4 * 5 + 4];
  const across = sin * sin * c[3 * 5 + 3] - 2 * cos * sin * c[3 * 5 + 4] + cos * cos * c[4 * 5 + 4];
  return {
    x,
    y,
    flux,
    fluxErr: Math.sqrt(c[0]),
    length,
    lengthErr: Math.sqrt(along),
    angle: Math.atan(sin / (cos || Number.MIN_VALUE)),
    angleErr: length > 0 ? Math.sqrt(across) / length : Number.NaN,
    chi2: fit.chiSquare,
    degreesOfFreedom: Math.max(1, window.pixels - 5),
    converged: fit.status === 'converged' || fit.status === 'stalled',
  };
}

const LEAST_GAIN = 25;
/** Beyond this chi-square per degree of freedom it is a line neither. */
const MOST_CHI2 = 2;

/** Whether a fit is that of a trail: longer than the PSF's sigma by 5 sigma, with signal, and much better than a point. */
export function isTrail(fit: TrailFit, { sigmaPixels, pointChi2 }: { readonly sigmaPixels: number; readonly pointChi2: number }): boolean {
  return (
    fit.converged &&
    Math.abs(fit.flux) > 5 * fit.fluxErr &&
    fit.length > 1.5 * sigmaPixels &&
    fit.length > 5 * fit.lengthErr &&
    fit.chi2 < MOST_CHI2 * fit.degreesOfFreedom &&
    fit.chi2 + LEAST_GAIN < pointChi2
  );
}
