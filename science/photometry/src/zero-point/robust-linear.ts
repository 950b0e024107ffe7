import { median, medianAbsoluteDeviation, SIGMA_PER_MAD, solveLeastSquares } from '@almagest/numerics';

export interface RobustProblem {
  /** Row-major, rows x columns. */
  readonly design: Float64Array;
  readonly columns: number;
  readonly target: Float64Array;
  /** Standard errors; those of 0 or NaN leave the row out. */
  readonly sigma: Float64Array;
  /** Rows beyond this many sigma are rejected; default 3. */
  readonly clipSigma?: number;
  /** Scatter of the field that no error explains, added in quadrature; default: what makes chi-square 1. */
  readonly intrinsic?: number;
}

export interface RobustSolution {
  readonly parameters: Float64Array;
  /** Row-major; of the weights with intrinsic scatter. */
  readonly covariance: Float64Array;
  /** 1 for rows in the fit. */
  readonly used: Uint8Array;
  readonly count: number;
  /** Robust scatter of the residuals of the rows used. */
  readonly scatter: number;
  readonly intrinsic: number;
}

/** Weighted least squares with rejection and a scatter term that brings the residuals to their errors. */
export function solveRobust(problem: RobustProblem): RobustSolution | undefined {
  const { design, columns, target, sigma, clipSigma = 3 } = problem;
  const rows = target.length;
  const used = Uint8Array.from(target, (value, i) => (Number.isFinite(value) && sigma[i] > 0 && Number.isFinite(sigma[i]) ? 1 : 0));
  let intrinsic = problem.intrinsic ?? 0;
  let solution: ReturnType<typeof solve> | undefined;
  let scatter = Number.NaN;
  for (let round = 0; round < 20; round++) {
    solution = solve(problem, used, intrinsic);
    if (!solution) return undefined;
    const residuals = new Float64Array(rows);
    for (let i = 0; i < rows; i++) {
      let model = 0;
      for (let k = 0; k < columns; k++) model += design[i * columns + k] * solution.parameters[k];
      residuals[i] = target[i] - model;
    }
    const kept = residuals.filter((_, i) => used[i] === 1);
    scatter = SIGMA_PER_MAD * medianAbsoluteDeviation(kept);
    const typical = median(sigma.filter((_, i) => used[i] === 1));
    if (problem.intrinsic === undefined) intrinsic = Math.sqrt(Math.max(0, scatter * scatter - typical * typical));
    let changed = 0;
    for (let i = 0; i < rows; i++) {
      if (!(Number.isFinite(target[i]) && sigma[i] > 0 && Number.isFinite(sigma[i]))) continue;
      const keep = Math.abs(residuals[i]) <= clipSigma * Math.max(Math.hypot(sigma[i], intrinsic), 1e-12) ? 1 : 0;
      if (keep !== used[i]) changed++;
      used[i] = keep;
    }
    if (changed === 0 && round > 2) break;
  }
  const count = used.reduce((sum, flag) => sum + flag, 0);
  return solution && { ...solution, used, count, scatter, intrinsic };
}

function solve(
  { design, columns, target, sigma }: RobustProblem,
  used: Uint8Array,
  intrinsic: number,
): { parameters: Float64Array; covariance: Float64Array } | undefined {
  const rows = Array.from(used.keys()).filter((i) => used[i] === 1);
  if (rows.length < columns) return undefined;
  const part = new Float64Array(rows.length * columns);
  rows.forEach((row, i) => part.set(design.subarray(row * columns, (row + 1) * columns), i * columns));
  const { parameters, covariance } = solveLeastSquares({
    design: part,
    rows: rows.length,
    columns,
    target: Float64Array.from(rows, (row) => target[row]),
    inverseSigma: Float64Array.from(rows, (row) => 1 / Math.hypot(sigma[row], intrinsic)),
  });
  return { parameters, covariance };
}
