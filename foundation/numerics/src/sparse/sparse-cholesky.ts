import { NumericsShapeError, SingularMatrixError } from '../errors.ts';
import type { CsrMatrix } from './csr.ts';
import { computeMinimumDegreeOrder } from './minimum-degree.ts';

/** P A P^T = L D L^T with unit lower triangular L in compressed columns. */
export interface SparseCholesky {
  readonly size: number;
  readonly order: Int32Array;
  readonly start: Int32Array;
  readonly row: Int32Array;
  readonly value: Float64Array;
  readonly diagonal: Float64Array;
}

/**
 * Factors a sparse symmetric positive definite matrix after a fill-reducing ordering.
 *
 * @param a - Both triangles present.
 * @throws {SingularMatrixError} when a pivot is not positive to 1e-14 of its diagonal element.
 * @see Davis (2005), ACM Trans. Math. Softw. 31, 587 (up-looking LDL^T with the elimination tree).
 */
export function factorSparseCholesky(a: CsrMatrix, order: Int32Array = computeMinimumDegreeOrder(a)): SparseCholesky {
  const n = a.rows;
  if (a.columns !== n || order.length !== n)
    throw new NumericsShapeError(`expected a square matrix; found ${a.rows} x ${a.columns}`, {
      details: { expected: 'square', found: `${a.rows} x ${a.columns}` },
    });
  const position = new Int32Array(n);
  for (let k = 0; k < n; k++) position[order[k]] = k;
  const { parent, start } = symbolic(a, order, position);
  const row = new Int32Array(start[n]);
  const value = new Float64Array(start[n]);
  const diagonal = new Float64Array(n);
  const filled = new Int32Array(n);
  const work = new Float64Array(n);
  const flag = new Int32Array(n).fill(-1);
  const pattern = new Int32Array(n);
  const path = new Int32Array(n);
  for (let k = 0; k < n; k++) {
    let top = n;
    flag[k] = k;
    const i0 = order[k];
    let d = 0;
    for (let p = a.start[i0]; p < a.start[i0 + 1]; p++) {
      let i = position[a.column[p]];
      if (i > k) continue;
      if (i === k) {
        d += a.value[p];
        continue;
      }
      work[i] += a.value[p];
      let length = 0;
      for (; flag[i] !== k; i = parent[i]) {
        path[length++] = i;
        flag[i] = k;
      }
      while (length > 0) pattern[--top] = path[--length];
    }
    const scale = Math.abs(d);
    for (; top < n; top++) {
      const i = pattern[top];
      const yi = work[i];
      work[i] = 0;
      const end = start[i] + filled[i];
      for (let p = start[i]; p < end; p++) work[row[p]] -= value[p] * yi;
      const lki = yi / diagonal[i];
      d -= lki * yi;
      row[end] = k;
      value[end] = lki;
      filled[i]++;
    }
    if (!(d > 1e-14 * scale))
      throw new SingularMatrixError(`sparse matrix of size ${n} is not positive definite at unknown ${i0}; constrain it or damp`, {
        details: { column: i0, size: n },
      });
    diagonal[k] = d;
  }
  return { size: n, order, start, row, value, diagonal };
}

/** Elimination tree and column offsets of L. */
function symbolic(a: CsrMatrix, order: Int32Array, position: Int32Array): { parent: Int32Array; start: Int32Array } {
  const n = a.rows;
  const parent = new Int32Array(n).fill(-1);
  const flag = new Int32Array(n).fill(-1);
  const start = new Int32Array(n + 1);
  for (let k = 0; k < n; k++) {
    flag[k] = k;
    const i0 = order[k];
    for (let p = a.start[i0]; p < a.start[i0 + 1]; p++) {
      for (let i = position[a.column[p]]; i < k && flag[i] !== k; i = parent[i]) {
        if (parent[i] < 0) parent[i] = k;
        start[i + 1]++;
        flag[i] = k;
      }
    }
  }
  for (let k = 0; k < n; k++) start[k + 1] += start[k];
  return { parent, start };
}

/** Solves A x = b with a factor; fresh result. */
export function solveSparseCholesky(factor: SparseCholesky, b: Float64Array): Float64Array {
  const { size: n, order, start, row, value, diagonal } = factor;
  const y = new Float64Array(n);
  for (let k = 0; k < n; k++) y[k] = b[order[k]];
  for (let k = 0; k < n; k++) for (let p = start[k]; p < start[k + 1]; p++) y[row[p]] -= value[p] * y[k];
  for (let k = n - 1; k >= 0; k--) {
    let sum = y[k] / diagonal[k];
    for (let p = start[k]; p < start[k + 1]; p++) sum -= value[p] * y[row[p]];
    y[k] = sum;
  }
  const x = new Float64Array(n);
  for (let k = 0; k < n; k++) x[order[k]] = y[k];
  return x;
}
