import { choleskyInPlace, choleskyInverse, choleskySolveInPlace } from '../dense/cholesky.ts';
import { NumericsShapeError, SingularMatrixError } from '../errors.ts';
import { differenceJacobianInto } from './difference-jacobian.ts';

export interface NonlinearProblem {
  /** Starting parameters; moved into the bounds if outside. */
  readonly start: ArrayLike<number>;
  readonly residualCount: number;
  /** Writes the residuals (model - data) / sigma. Non-finite residuals reject the step. */
  readonly residuals: (parameters: Float64Array, out: Float64Array) => void;
  /** Writes d residual_i / d parameter_j, row-major residuals x parameters; central differences when absent. */
  readonly jacobian?: (parameters: Float64Array, out: Float64Array) => void;
  readonly lower?: ArrayLike<number>;
  readonly upper?: ArrayLike<number>;
  /** Default 100. */
  readonly maxIterations?: number;
  /** Stop when a step changes chi-square by less than this fraction; default 1e-12. */
  readonly chiSquareTolerance?: number;
  /** Stop when a step changes every parameter by less than this fraction of its size; default 1e-10. */
  readonly stepTolerance?: number;
}

export type FitStatus = 'converged' | 'max-iterations' | 'stalled' | 'not-finite';

export interface NonlinearFit {
  readonly parameters: Float64Array;
  /** Inverse of J^T J over the free parameters, row-major; NaN rows and columns for parameters held at a bound; all NaN when singular. */
  readonly covariance: Float64Array;
  readonly chiSquare: number;
  readonly degreesOfFreedom: number;
  readonly iterations: number;
  readonly status: FitStatus;
  /** 1 for parameters that ended on a bound with the gradient pointing out of it. */
  readonly atBound: Uint8Array;
}

/**
 * Minimizes a sum of squared residuals by the Levenberg-Marquardt method with simple bounds.
 *
 * Parameters on a bound whose gradient points outward are held for the step; others are clipped to their bounds.
 * Bad data never throw: the status tells.
 *
 * @throws {NumericsShapeError} when there are no parameters or bounds of another length.
 * @see Marquardt (1963); damping after Nielsen (1999), IMM-REP-1999-05; scaling after Moré (1978).
 */
export function fitLevenbergMarquardt(problem: NonlinearProblem): NonlinearFit {
  const { residualCount: m, maxIterations = 100, chiSquareTolerance = 1e-12, stepTolerance = 1e-10 } = problem;
  const p = clampedStart(problem);
  const n = p.length;
  const state = new NormalEquations(problem, n, m);
  let chiSquare = state.chiSquareAt(p);
  if (!Number.isFinite(chiSquare)) return finish(problem, state, p, chiSquare, 0, 'not-finite');
  let damping = 1e-3;
  let growth = 2;
  const trial = new Float64Array(n);
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    state.linearize(p);
    for (;;) {
      const step = state.step(p, damping);
      let predicted = 0;
      let small = true;
      if (step) {
        for (let j = 0; j < n; j++) {
          trial[j] = clamp(p[j] + step[j], problem.lower?.[j], problem.upper?.[j]);
          step[j] = trial[j] - p[j];
          if (Math.abs(step[j]) > stepTolerance * (Math.abs(p[j]) + stepTolerance)) small = false;
        }
        predicted = state.predictedDecrease(step);
      }
      const next = step ? state.chiSquareAt(trial) : Number.NaN;
      const gain = (chiSquare - next) / predicted;
      if (next <= chiSquare && (predicted > 0 || small)) {
        const settled =
          chiSquare - next <= chiSquareTolerance * chiSquare && predicted <= chiSquareTolerance * Math.max(chiSquare, Number.MIN_VALUE);
        p.set(trial);
        chiSquare = next;
        damping = Math.max(1e-15, damping * Math.max(1 / 3, 1 - (2 * gain - 1) ** 3));
        growth = 2;
        if (small || settled || chiSquare === 0) return finish(problem, state, p, chiSquare, iteration, 'converged');
        break;
      }
      if (step && small) return finish(problem, state, p, chiSquare, iteration, 'converged');
      damping *= growth;
      growth *= 2;
      if (!(damping < 1e20)) return finish(problem, state, p, chiSquare, iteration, 'stalled');
    }
  }
  return finish(problem, state, p, chiSquare, maxIterations, 'max-iterations');
}

function clampedStart({ start, lower, upper }: NonlinearProblem): Float64Array {
  const n = start.length;
  if (n === 0 || (lower && lower.length !== n) || (upper && upper.length !== n))
    throw new NumericsShapeError(`expected at least one parameter and bounds of the same length; found ${n}`, {
      details: { expected: String(n), found: `${lower?.length ?? n}, ${upper?.length ?? n}` },
    });
  return Float64Array.from({ length: n }, (_, j) => clamp(start[j], lower?.[j], upper?.[j]));
}

function clamp(value: number, low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY): number {
  return Math.min(high, Math.max(low, value));
}

/** Jacobian, gradient and scaled normal matrix of the current point, with buffers that live as long as the fit. */
class NormalEquations {
  readonly held: Uint8Array;
  readonly normal: Float64Array;
  private readonly problem: NonlinearProblem;
  private readonly n: number;
  private readonly m: number;
  private readonly residuals: Float64Array;
  private readonly jacobian: Float64Array;
  private readonly gradient: Float64Array;
  private readonly scale: Float64Array;
  private readonly factor: Float64Array;
  /** The point whose residuals are held. */
  private readonly place: Float64Array;

  constructor(problem: NonlinearProblem, n: number, m: number) {
    this.problem = problem;
    this.n = n;
    this.m = m;
    this.held = new Uint8Array(n);
    this.normal = new Float64Array(n * n);
    this.residuals = new Float64Array(m);
    this.jacobian = new Float64Array(m * n);
    this.gradient = new Float64Array(n);
    this.scale = new Float64Array(n);
    this.factor = new Float64Array(n * n);
    this.place = new Float64Array(n).fill(Number.NaN);
  }

  chiSquareAt(p: Float64Array): number {
    this.problem.residuals(p, this.residuals);
    this.place.set(p);
    let sum = 0;
    for (let i = 0; i < this.m; i++) sum += this.residuals[i] * this.residuals[i];
    return sum;
  }

  linearize(p: Float64Array): void {
    const { n, m, jacobian, residuals, normal, gradient } = this;
    // Most points come straight from a step that was accepted.
    if (this.place.some((value, j) => value !== p[j])) this.chiSquareAt(p);
    if (this.problem.jacobian) this.problem.jacobian(p, jacobian);
    else differenceJacobianInto(this.problem, p, jacobian);
    normal.fill(0);
    gradient.fill(0);
    for (let i = 0; i < m; i++) {
      const row = i * n;
      for (let j = 0; j < n; j++) {
        const value = jacobian[row + j];
        if (value === 0) continue;
        gradient[j] += value * residuals[i];
        for (let k = 0; k <= j; k++) normal[j * n + k] += value * jacobian[row + k];
      }
    }
    for (let j = 0; j < n; j++) {
      const low = this.problem.lower?.[j] ?? Number.NEGATIVE_INFINITY;
      const high = this.problem.upper?.[j] ?? Number.POSITIVE_INFINITY;
      this.held[j] = (p[j] <= low && gradient[j] > 0) || (p[j] >= high && gradient[j] < 0) ? 1 : 0;
      this.scale[j] = Math.max(this.scale[j], normal[j * n + j]) || 1;
    }
  }

  /** Solves (J^T J + damping D) step = -gradient over the free parameters; undefined when not positive definite. */
  step(p: Float64Array, damping: number): Float64Array | undefined {
    const { n, factor, normal, held } = this;
    const step = new Float64Array(p.length);
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < j; k++) factor[j * n + k] = held[j] || held[k] ? 0 : normal[j * n + k];
      factor[j * n + j] = held[j] ? 1 : normal[j * n + j] + damping * this.scale[j];
      step[j] = held[j] ? 0 : -this.gradient[j];
    }
    try {
      choleskyInPlace(factor, n);
    } catch (error) {
      if (error instanceof SingularMatrixError) return undefined;
      throw error;
    }
    choleskySolveInPlace(factor, n, step);
    return step;
  }

  /** Decrease of chi-square that the linear model promises for a step. */
  predictedDecrease(step: Float64Array): number {
    const { n, m, jacobian } = this;
    let decrease = 0;
    for (let j = 0; j < n; j++) decrease -= 2 * step[j] * this.gradient[j];
    for (let i = 0; i < m; i++) {
      let change = 0;
      for (let j = 0; j < n; j++) change += jacobian[i * n + j] * step[j];
      decrease -= change * change;
    }
    return decrease;
  }
}

function finish(
  problem: NonlinearProblem,
  state: NormalEquations,
  parameters: Float64Array,
  chiSquare: number,
  iterations: number,
  status: FitStatus,
): NonlinearFit {
  const n = parameters.length;
  const covariance = new Float64Array(n * n).fill(Number.NaN);
  let free: number[] = [];
  if (status !== 'not-finite') {
    state.linearize(parameters);
    free = [...parameters.keys()].filter((j) => !state.held[j]);
    const f = free.length;
    const sub = new Float64Array(f * f);
    for (let j = 0; j < f; j++) for (let k = 0; k <= j; k++) sub[j * f + k] = state.normal[free[j] * n + free[k]];
    try {
      choleskyInPlace(sub, f);
      const inverse = choleskyInverse(sub, f);
      for (let j = 0; j < f; j++) for (let k = 0; k < f; k++) covariance[free[j] * n + free[k]] = inverse[j * f + k];
    } catch (error) {
      if (!(error instanceof SingularMatrixError)) throw error;
    }
  }
  const atBound = Uint8Array.from(state.held);
  return { parameters, covariance, chiSquare, degreesOfFreedom: problem.residualCount - free.length, iterations, status, atBound };
}
