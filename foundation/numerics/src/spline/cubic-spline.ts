import { NumericsDomainError } from '../errors.ts';

/** A cubic spline through given points; outside the knots it continues as the end's cubic. */
export interface CubicSpline {
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Second derivatives at the knots. */
  readonly curvature: Float64Array;
}

/**
 * Fits the natural cubic spline (no curvature at the ends) through points.
 *
 * @param x - Strictly increasing knots, at least two.
 * @throws {NumericsDomainError} when the knots do not increase or the lengths differ.
 */
export function createCubicSpline(x: ArrayLike<number>, y: ArrayLike<number>): CubicSpline {
  const n = x.length;
  if (n < 2 || y.length !== n)
    throw new NumericsDomainError(`expected two or more knots and as many values; found ${n} and ${y.length}`, {
      details: { argument: 'x' },
    });
  for (let i = 1; i < n; i++)
    if (!(x[i] > x[i - 1]))
      throw new NumericsDomainError(`knots must increase; found ${x[i - 1]}, ${x[i]} at ${i}`, { details: { argument: 'x' } });
  const curvature = new Float64Array(n);
  const ratio = new Float64Array(n);
  const rhs = new Float64Array(n);
  for (let i = 1; i < n - 1; i++) {
    const left = x[i] - x[i - 1];
    const right = x[i + 1] - x[i];
    const pivot = 2 * (left + right) - left * ratio[i - 1];
    ratio[i] = right / pivot;
    rhs[i] = (6 * ((y[i + 1] - y[i]) / right - (y[i] - y[i - 1]) / left) - left * rhs[i - 1]) / pivot;
  }
  for (let i = n - 2; i >= 1; i--) curvature[i] = rhs[i] - ratio[i] * curvature[i + 1];
  return { x: Float64Array.from(x), y: Float64Array.from(y), curvature };
}

/** Value of the spline at t; NaN for NaN. */
export function evaluateCubicSpline(spline: CubicSpline, t: number): number {
  const { x, y, curvature } = spline;
  const i = findInterval(x, t);
  const h = x[i + 1] - x[i];
  const a = (x[i + 1] - t) / h;
  const b = (t - x[i]) / h;
  return a * y[i] + b * y[i + 1] + (((a * a * a - a) * curvature[i] + (b * b * b - b) * curvature[i + 1]) * h * h) / 6;
}

/** First derivative of the spline at t. */
export function evaluateCubicSplineSlope(spline: CubicSpline, t: number): number {
  const { x, y, curvature } = spline;
  const i = findInterval(x, t);
  const h = x[i + 1] - x[i];
  const a = (x[i + 1] - t) / h;
  const b = (t - x[i]) / h;
  return (y[i + 1] - y[i]) / h + ((1 - 3 * a * a) * curvature[i] + (3 * b * b - 1) * curvature[i + 1]) * (h / 6);
}

/** Index i of the interval [x_i, x_i+1] that holds t; the first or last interval for t outside. */
function findInterval(x: Float64Array, t: number): number {
  let low = 0;
  let high = x.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle] > t) high = middle;
    else low = middle;
  }
  return low;
}
