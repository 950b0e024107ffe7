import { computeChebyshevInto, createCubicSpline, evaluateChebyshev, evaluateCubicSpline, solveLeastSquares } from '@almagest/numerics';

/** How one level a line is made smooth along the lines. */
export type LevelFit =
  /** The value of each line as it is. */
  | { readonly kind: 'none' }
  /** One value for all lines. */
  | { readonly kind: 'constant' }
  | { readonly kind: 'polynomial'; readonly order: number }
  /** Cubic spline through the means of equal bins. */
  | { readonly kind: 'spline'; readonly knots: number };

/**
 * Smooths levels along their lines, in place; lines that are NaN do not count and are filled.
 *
 * @returns False where no line has a level.
 */
export function fitLevelsInPlace(levels: Float64Array, fit: LevelFit): boolean {
  const good = levels.filter((v) => !Number.isNaN(v));
  if (good.length === 0) return false;
  if (fit.kind === 'constant') levels.fill(good.reduce((a, b) => a + b, 0) / good.length);
  else if (fit.kind === 'polynomial') polynomialInPlace(levels, fit.order);
  else if (fit.kind === 'spline') splineInPlace(levels, fit.knots);
  else fillGapsInPlace(levels);
  return true;
}

function polynomialInPlace(levels: Float64Array, order: number): void {
  const n = levels.length;
  const terms = Math.min(
    order + 1,
    levels.reduce((count, v) => count + (Number.isNaN(v) ? 0 : 1), 0),
  );
  const u = (k: number): number => (n === 1 ? 0 : (2 * k) / (n - 1) - 1);
  const rows: number[] = [];
  for (let k = 0; k < n; k++) if (!Number.isNaN(levels[k])) rows.push(k);
  const design = new Float64Array(rows.length * terms);
  for (const [r, k] of rows.entries()) computeChebyshevInto(u(k), terms - 1, design, r * terms);
  const target = Float64Array.from(rows, (k) => levels[k]);
  const { parameters } = solveLeastSquares({ design, rows: rows.length, columns: terms, target });
  for (let k = 0; k < n; k++) levels[k] = evaluateChebyshev(parameters, u(k));
}

function splineInPlace(levels: Float64Array, knots: number): void {
  const n = levels.length;
  const x: number[] = [];
  const y: number[] = [];
  const bins = Math.max(2, Math.min(knots, n));
  for (let b = 0; b < bins; b++) {
    let sum = 0;
    let count = 0;
    let place = 0;
    for (let k = Math.floor((b * n) / bins); k < Math.floor(((b + 1) * n) / bins); k++) {
      if (Number.isNaN(levels[k])) continue;
      sum += levels[k];
      place += k;
      count++;
    }
    if (count === 0) continue;
    x.push(place / count);
    y.push(sum / count);
  }
  if (x.length < 2) {
    levels.fill(y[0]);
    return;
  }
  const spline = createCubicSpline(Float64Array.from(x), Float64Array.from(y));
  for (let k = 0; k < n; k++) levels[k] = evaluateCubicSpline(spline, Math.min(x.at(-1) ?? k, Math.max(x[0], k)));
}

/** A line without a level takes that of the nearest line that has one. */
function fillGapsInPlace(levels: Float64Array): void {
  const n = levels.length;
  let last = Number.NaN;
  const before = Float64Array.from(levels);
  for (let k = 0; k < n; k++) {
    if (!Number.isNaN(before[k])) last = before[k];
    else levels[k] = last;
  }
  for (let k = n - 1; k >= 0; k--) {
    if (!Number.isNaN(levels[k])) last = levels[k];
    else levels[k] = last;
  }
}
