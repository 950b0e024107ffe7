import { expect, test } from 'vitest';
import { createRandom } from '../random/random.ts';
import { solveLeastSquares } from '../dense/least-squares.ts';
import { createCsrMatrix, type CsrMatrix, multiplyAddInto, normalMatrix, transposeCsr, transposeMultiplyAddInto } from './csr.ts';
import { solveLsqr } from './lsqr.ts';
import { computeMinimumDegreeOrder } from './minimum-degree.ts';
import { factorSparseCholesky, solveSparseCholesky } from './sparse-cholesky.ts';

function randomSparse(rows: number, columns: number, perRow: number, seed: string): CsrMatrix {
  const random = createRandom(seed);
  const r: number[] = [];
  const c: number[] = [];
  const v: number[] = [];
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < perRow; k++) {
      r.push(i);
      c.push(k === 0 ? i % columns : random.integer(columns));
      v.push(random.normal());
    }
  return createCsrMatrix(rows, columns, r, c, v);
}

function dense(a: CsrMatrix): Float64Array {
  const out = new Float64Array(a.rows * a.columns);
  for (let i = 0; i < a.rows; i++) for (let k = a.start[i]; k < a.start[i + 1]; k++) out[i * a.columns + a.column[k]] += a.value[k];
  return out;
}

test('sparse products and transposes are those of the dense matrix', () => {
  const a = randomSparse(30, 20, 4, 'products');
  const full = dense(a);
  const x = Float64Array.from({ length: 20 }, (_, j) => j - 7);
  const y = new Float64Array(30);
  multiplyAddInto(a, x, y);
  for (let i = 0; i < 30; i++)
    expect(y[i]).toBeCloseTo(
      x.reduce((sum, value, j) => sum + value * full[i * 20 + j], 0),
      11,
    );
  const back = new Float64Array(20);
  transposeMultiplyAddInto(a, y, back);
  const same = new Float64Array(20);
  multiplyAddInto(transposeCsr(a), y, same);
  for (let j = 0; j < 20; j++) expect(back[j]).toBeCloseTo(same[j], 11);
});

test('LSQR and sparse Cholesky on the normal equations agree with dense QR', () => {
  const a = randomSparse(300, 60, 5, 'solvers');
  const random = createRandom('target');
  const target = Float64Array.from({ length: 300 }, () => random.normal());
  const reference = solveLeastSquares({ design: dense(a), rows: 300, columns: 60, target }).parameters;
  const iterative = solveLsqr(a, target);
  expect(iterative.converged).toBe(true);
  const rhs = new Float64Array(60);
  transposeMultiplyAddInto(a, target, rhs);
  const direct = solveSparseCholesky(factorSparseCholesky(normalMatrix(a)), rhs);
  for (let j = 0; j < 60; j++) {
    expect(iterative.x[j]).toBeCloseTo(reference[j], 9);
    expect(direct[j]).toBeCloseTo(reference[j], 9);
  }
});

test('weights enter the normal matrix', () => {
  const a = createCsrMatrix(2, 1, [0, 1], [0, 0], [2, 3]);
  expect([...normalMatrix(a, new Float64Array([1, 10])).value]).toEqual([94]);
});

test('LSQR gives the shortest solution and honours damping', () => {
  const a = createCsrMatrix(1, 2, [0, 0], [0, 1], [1, 1]);
  const { x } = solveLsqr(a, new Float64Array([2]));
  expect(x[0]).toBeCloseTo(1, 12);
  expect(x[1]).toBeCloseTo(1, 12);
  const one = createCsrMatrix(1, 1, [0], [0], [1]);
  expect(solveLsqr(one, new Float64Array([2]), { damping: 1 }).x[0]).toBeCloseTo(1, 12);
});

test('minimum degree keeps a two-dimensional grid sparser than the natural order', () => {
  const side = 30;
  const r: number[] = [];
  const c: number[] = [];
  const v: number[] = [];
  const link = (i: number, j: number, value: number): void => {
    r.push(i);
    c.push(j);
    v.push(value);
  };
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const i = y * side + x;
      link(i, i, 4.1);
      if (x > 0) link(i, i - 1, -1);
      if (x < side - 1) link(i, i + 1, -1);
      if (y > 0) link(i, i - side, -1);
      if (y < side - 1) link(i, i + side, -1);
    }
  const n = side * side;
  const a = createCsrMatrix(n, n, r, c, v);
  const order = computeMinimumDegreeOrder(a);
  expect(order.toSorted()).toEqual(Int32Array.from({ length: n }, (_, i) => i));
  const ordered = factorSparseCholesky(a, order);
  const natural = factorSparseCholesky(
    a,
    Int32Array.from({ length: n }, (_, i) => i),
  );
  expect(ordered.value.length).toBeLessThan(0.6 * natural.value.length);
  const b = new Float64Array(n).fill(1);
  const x = solveSparseCholesky(ordered, b);
  const check = new Float64Array(n);
  multiplyAddInto(a, x, check);
  for (let i = 0; i < n; i++) expect(check[i]).toBeCloseTo(1, 11);
});

test('a matrix that is not positive definite names the unknown', () => {
  expect(() => factorSparseCholesky(createCsrMatrix(2, 2, [0, 0, 1, 1], [0, 1, 0, 1], [1, 1, 1, 1]))).toThrow(
    expect.objectContaining({ code: 'numerics.singular-matrix' }),
  );
});

test('a triplet outside the matrix is refused', () => {
  expect(() => createCsrMatrix(1, 1, [0], [3], [1])).toThrow(/outside \[0, 1\)/);
});
