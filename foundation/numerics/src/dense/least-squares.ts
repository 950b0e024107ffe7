import { NumericsShapeError, SingularMatrixError } from '../errors.ts';

export interface LinearLeastSquares {
  /** Row-major design matrix, `rows` x `columns`. Not modified. */
  readonly design: Float64Array;
  readonly rows: number;
  readonly columns: number;
  /** One observation a row. */
  readonly target: Float64Array;
  /** Inverse standard deviation of each observation; 1 when absent; 0 leaves a row out. */
  readonly inverseSigma?: Float64Array;
}

export interface LinearSolution {
  readonly parameters: Float64Array;
  /** (A^T W A)^-1, row-major; not scaled by the residuals. */
  readonly covariance: Float64Array;
  /** Sum of squared weighted residuals. */
  readonly chiSquare: number;
  /** Rows with weight minus columns. */
  readonly degreesOfFreedom: number;
}

/**
 * Solves a weighted linear least-squares problem by Householder QR with column pivoting.
 *
 * The condition of the design matrix is not squared, unlike with normal equations.
 *
 * @throws {SingularMatrixError} when columns are linearly dependent to 1e-13 of the largest.
 * @throws {NumericsShapeError} when the arrays' lengths disagree or there are fewer rows than columns.
 * @see Golub and Van Loan, Matrix Computations, section 5.4.
 */
export function solveLeastSquares(problem: LinearLeastSquares): LinearSolution {
  const { rows: m, columns: n } = problem;
  checkShape(problem);
  const { a, b, used } = weighted(problem);
  const order = Int32Array.from({ length: n }, (_, j) => j);
  factorInPlace(a, b, m, n, order);
  let chiSquare = 0;
  for (let i = n; i < m; i++) chiSquare += b[i] * b[i];
  const inverse = invertUpper(a, n);
  const parameters = new Float64Array(n);
  const covariance = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    let value = 0;
    for (let k = i; k < n; k++) value += inverse[i * n + k] * b[k];
    parameters[order[i]] = value;
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = Math.max(i, j); k < n; k++) sum += inverse[i * n + k] * inverse[j * n + k];
      covariance[order[i] * n + order[j]] = sum;
    }
  }
  return { parameters, covariance, chiSquare, degreesOfFreedom: used - n };
}

/** A design matrix factored once, for many targets. */
export interface FactoredDesign {
  /** Parameters that fit a target; its rows of weight 0 are not looked at. */
  solve(target: Float64Array): Float64Array;
}

/**
 * Factors a weighted design matrix so that several targets can be solved at the cost of one pass each.
 *
 * Solves by R alone and corrects once by the residual, which gives the accuracy of QR without keeping Q.
 *
 * @throws {SingularMatrixError} {@link NumericsShapeError} as {@link solveLeastSquares}.
 * @see Björck (1987), Linear Algebra Appl. 88/89, 31 (corrected seminormal equations).
 */
export function factorLeastSquares(problem: Omit<LinearLeastSquares, 'target'>): FactoredDesign {
  const { rows: m, columns: n, inverseSigma } = problem;
  const target = new Float64Array(m);
  checkShape({ ...problem, target });
  const { a, b } = weighted({ ...problem, target });
  const kept = Float64Array.from(a);
  const order = Int32Array.from({ length: n }, (_, j) => j);
  factorInPlace(a, b, m, n, order);
  const r = a.slice(0, n * n);
  const residual = new Float64Array(m);
  const step = new Float64Array(n);
  return {
    solve: (wanted) => {
      const x = new Float64Array(n);
      for (let i = 0; i < m; i++) {
        const w = inverseSigma ? inverseSigma[i] : 1;
        residual[i] = w === 0 ? 0 : wanted[i] * w;
      }
      for (let round = 0; round < 2; round++) {
        seminormalStepInto(step, kept, residual, r, m, n, order);
        for (let j = 0; j < n; j++) x[j] += step[j];
        if (round === 0) subtractProductInPlace(residual, kept, step, m, n);
      }
      return x;
    },
  };
}

/** step = (R^T R)^-1 A^T residual, in the original order of the parameters. */
function seminormalStepInto(
  step: Float64Array,
  a: Float64Array,
  residual: Float64Array,
  r: Float64Array,
  m: number,
  n: number,
  order: Int32Array,
): void {
  const y = new Float64Array(n);
  for (let i = 0; i < m; i++) {
    const value = residual[i];
    if (value !== 0) for (let j = 0; j < n; j++) y[j] += a[i * n + j] * value;
  }
  const z = Float64Array.from(order, (j) => y[j]);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) z[i] -= r[k * n + i] * z[k];
    z[i] /= r[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) z[i] -= r[i * n + k] * z[k];
    z[i] /= r[i * n + i];
  }
  for (let j = 0; j < n; j++) step[order[j]] = z[j];
}

function subtractProductInPlace(residual: Float64Array, a: Float64Array, x: Float64Array, m: number, n: number): void {
  for (let i = 0; i < m; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += a[i * n + j] * x[j];
    residual[i] -= sum;
  }
}

function checkShape({ design, rows, columns, target, inverseSigma }: LinearLeastSquares): void {
  const fits = design.length === rows * columns && target.length === rows && (inverseSigma?.length ?? rows) === rows;
  if (fits && columns > 0 && rows >= columns) return;
  throw new NumericsShapeError(
    `expected a design of ${rows} x ${columns} with rows >= columns and ${rows} targets; found ${design.length} and ${target.length}`,
    {
      details: { expected: `${rows} x ${columns}`, found: `${design.length}, ${target.length}` },
    },
  );
}

function weighted({ design, rows, columns, target, inverseSigma }: LinearLeastSquares): { a: Float64Array; b: Float64Array; used: number } {
  const a = Float64Array.from(design);
  const b = Float64Array.from(target);
  if (!inverseSigma) return { a, b, used: rows };
  let used = 0;
  for (let i = 0; i < rows; i++) {
    const w = inverseSigma[i];
    if (w !== 0) used++;
    b[i] = w === 0 ? 0 : b[i] * w;
    for (let j = 0; j < columns; j++) a[i * columns + j] = w === 0 ? 0 : a[i * columns + j] * w;
  }
  return { a, b, used };
}

/**
 * Reduces a to R (upper triangle) and b to Q^T b; `order[j]` tells which original column stands at j.
 *
 * Every pass runs along the rows as they lie in memory, which for tall matrices is several times faster than along columns.
 */
function factorInPlace(a: Float64Array, b: Float64Array, m: number, n: number, order: Int32Array): void {
  let largest = 0;
  const sums = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    columnSquaresInto(sums, a, m, n, j);
    let pivot = j;
    for (let k = j + 1; k < n; k++) if (sums[k] > sums[pivot]) pivot = k;
    const norm = Math.sqrt(sums[pivot]);
    swapColumns(a, m, n, j, pivot, order);
    if (j === 0) largest = norm;
    if (!(norm > 1e-13 * largest))
      throw new SingularMatrixError(`parameter ${order[j]} of ${n} is a combination of the others; remove it or add data`, {
        details: { column: order[j], size: n },
      });
    const alpha = a[j * n + j] > 0 ? -norm : norm;
    a[j * n + j] -= alpha;
    reflectInPlace(a, b, m, n, j, 1 / (alpha * a[j * n + j]), sums);
    a[j * n + j] = alpha;
  }
}

/** Squared length below row j of every column from j on. */
function columnSquaresInto(sums: Float64Array, a: Float64Array, m: number, n: number, j: number): void {
  sums.fill(0);
  for (let i = j; i < m; i++) {
    const row = i * n;
    for (let k = j; k < n; k++) sums[k] += a[row + k] * a[row + k];
  }
}

/** Applies the Householder reflection whose vector stands in column j; `scale` is -2 / |v|^2. */
function reflectInPlace(a: Float64Array, b: Float64Array, m: number, n: number, j: number, scale: number, dots: Float64Array): void {
  dots.fill(0);
  let dotB = 0;
  for (let i = j; i < m; i++) {
    const row = i * n;
    const v = a[row + j];
    dotB += v * b[i];
    for (let k = j + 1; k < n; k++) dots[k] += v * a[row + k];
  }
  dotB *= scale;
  for (let k = j + 1; k < n; k++) dots[k] *= scale;
  for (let i = j; i < m; i++) {
    const row = i * n;
    const v = a[row + j];
    b[i] += dotB * v;
    for (let k = j + 1; k < n; k++) a[row + k] += dots[k] * v;
  }
}

function swapColumns(a: Float64Array, m: number, n: number, j: number, k: number, order: Int32Array): void {
  if (j === k) return;
  [order[j], order[k]] = [order[k], order[j]];
  for (let i = 0; i < m; i++) {
    const kept = a[i * n + j];
    a[i * n + j] = a[i * n + k];
    a[i * n + k] = kept;
  }
}

/** Inverse of the upper triangle of the first n rows. */
function invertUpper(r: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    inverse[j * n + j] = 1 / r[j * n + j];
    for (let i = j - 1; i >= 0; i--) {
      let sum = 0;
      for (let k = i + 1; k <= j; k++) sum += r[i * n + k] * inverse[k * n + j];
      inverse[i * n + j] = -sum / r[i * n + i];
    }
  }
  return inverse;
}
