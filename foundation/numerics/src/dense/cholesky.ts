import { SingularMatrixError } from '../errors.ts';

/**
 * Factors a symmetric positive definite matrix A = L L^T, overwriting the lower triangle by L.
 *
 * @param a - Row-major n x n; only the lower triangle is read. The strict upper triangle is left as it is.
 * @throws {SingularMatrixError} when a pivot falls to 1e-14 of its diagonal element or below: not positive definite to working precision.
 */
export function choleskyInPlace(a: Float64Array, n: number): void {
  for (let j = 0; j < n; j++) {
    const rowJ = j * n;
    let pivot = a[rowJ + j];
    const scale = Math.abs(pivot);
    for (let k = 0; k < j; k++) pivot -= a[rowJ + k] * a[rowJ + k];
    if (!(pivot > 1e-14 * scale))
      throw new SingularMatrixError(
        `matrix of size ${n} is not positive definite: pivot ${pivot} in column ${j}; remove that parameter or damp`,
        {
          details: { column: j, size: n },
        },
      );
    const root = Math.sqrt(pivot);
    a[rowJ + j] = root;
    for (let i = j + 1; i < n; i++) {
      const rowI = i * n;
      let sum = a[rowI + j];
      for (let k = 0; k < j; k++) sum -= a[rowI + k] * a[rowJ + k];
      a[rowI + j] = sum / root;
    }
  }
}

/** Solves L L^T x = b for the factor of {@link choleskyInPlace}; `b` becomes x. */
export function choleskySolveInPlace(factor: Float64Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let sum = b[i];
    for (let k = 0; k < i; k++) sum -= factor[i * n + k] * b[k];
    b[i] = sum / factor[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i];
    for (let k = i + 1; k < n; k++) sum -= factor[k * n + i] * b[k];
    b[i] = sum / factor[i * n + i];
  }
}

/** Inverse of L L^T, fresh and fully symmetric: the covariance when the factor is of normal equations. */
export function choleskyInverse(factor: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  const column = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    column.fill(0);
    column[j] = 1;
    choleskySolveInPlace(factor, n, column);
    for (let i = 0; i < n; i++) inverse[i * n + j] = column[i];
  }
  return inverse;
}
