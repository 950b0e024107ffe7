import { type CsrMatrix, multiplyAddInto, transposeMultiplyAddInto } from './csr.ts';

export interface LsqrOptions {
  /** Adds damping^2 |x|^2 to the sum that is minimized; default 0. */
  readonly damping?: number;
  /** Stop when |A^T r| falls under this fraction of |A| |r|; default 1e-12. */
  readonly tolerance?: number;
  /** Default four times the number of unknowns. */
  readonly maxIterations?: number;
}

export interface LsqrSolution {
  readonly x: Float64Array;
  readonly residualNorm: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/**
 * Least-squares solution of a sparse system without forming normal equations; of many solutions the shortest.
 *
 * @see Paige and Saunders (1982), ACM Trans. Math. Softw. 8, 43.
 */
export function solveLsqr(a: CsrMatrix, b: Float64Array, options: LsqrOptions = {}): LsqrSolution {
  const { damping = 0, tolerance = 1e-12, maxIterations = 4 * a.columns + 10 } = options;
  const x = new Float64Array(a.columns);
  const u = Float64Array.from(b);
  let beta = normalizeInPlace(u);
  const residualStart = beta;
  const v = new Float64Array(a.columns);
  transposeMultiplyAddInto(a, u, v);
  let alpha = normalizeInPlace(v);
  const w = Float64Array.from(v);
  let phiBar = beta;
  let rhoBar = alpha;
  let normA = 0;
  let damped = 0;
  if (alpha * beta === 0) return { x, residualNorm: residualStart, iterations: 0, converged: true };
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    for (let i = 0; i < u.length; i++) u[i] *= -alpha;
    multiplyAddInto(a, v, u);
    beta = normalizeInPlace(u);
    normA = Math.hypot(normA, alpha, beta, damping);
    for (let j = 0; j < v.length; j++) v[j] *= -beta;
    transposeMultiplyAddInto(a, u, v);
    alpha = normalizeInPlace(v);
    const rhoDamped = Math.hypot(rhoBar, damping);
    const psi = (damping / rhoDamped) * phiBar;
    phiBar *= rhoBar / rhoDamped;
    damped = Math.hypot(damped, psi);
    const rho = Math.hypot(rhoDamped, beta);
    const c = rhoDamped / rho;
    const s = beta / rho;
    const theta = s * alpha;
    rhoBar = -c * alpha;
    const phi = c * phiBar;
    phiBar = s * phiBar;
    for (let j = 0; j < x.length; j++) {
      x[j] += (phi / rho) * w[j];
      w[j] = v[j] - (theta / rho) * w[j];
    }
    const residualNorm = Math.hypot(phiBar, damped);
    const gradientNorm = Math.abs(phiBar * alpha * c);
    if (gradientNorm <= tolerance * normA * residualNorm || residualNorm <= tolerance * residualStart || alpha === 0)
      return { x, residualNorm, iterations: iteration, converged: true };
  }
  return { x, residualNorm: Math.hypot(phiBar, damped), iterations: maxIterations, converged: false };
}

function normalizeInPlace(v: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i] * v[i];
  const norm = Math.sqrt(sum);
  if (norm > 0) for (let i = 0; i < v.length; i++) v[i] /= norm;
  return norm;
}
