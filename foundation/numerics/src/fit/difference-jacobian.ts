import type { NonlinearProblem } from './levenberg-marquardt.ts';

/** Relative step of central differences: the cube root of the double's rounding unit balances truncation and rounding. */
const RELATIVE_STEP = Math.cbrt(Number.EPSILON);

/** Central differences, one-sided where a bound is nearer than the step; row-major residuals x parameters. */
export function differenceJacobianInto(problem: NonlinearProblem, p: Float64Array, out: Float64Array): void {
  const n = p.length;
  const m = problem.residualCount;
  const shifted = Float64Array.from(p);
  const ahead = new Float64Array(m);
  const behind = new Float64Array(m);
  for (let j = 0; j < n; j++) {
    const h = RELATIVE_STEP * Math.max(Math.abs(p[j]), 1e-3);
    const above = Math.min(problem.upper?.[j] ?? Number.POSITIVE_INFINITY, p[j] + h);
    const below = Math.max(problem.lower?.[j] ?? Number.NEGATIVE_INFINITY, p[j] - h);
    shifted[j] = above;
    problem.residuals(shifted, ahead);
    shifted[j] = below;
    problem.residuals(shifted, behind);
    shifted[j] = p[j];
    const width = above - below;
    for (let i = 0; i < m; i++) out[i * n + j] = width > 0 ? (ahead[i] - behind[i]) / width : 0;
  }
}
