import { expect, test } from 'vitest';
import { createRandom } from '../random/random.ts';
import { choleskyInPlace, choleskyInverse, choleskySolveInPlace } from './cholesky.ts';
import { factorLeastSquares, solveLeastSquares } from './least-squares.ts';

test.each([1, 2, 5, 30])('Cholesky solves and inverts a random positive definite system of size %d', (n) => {
  const random = createRandom(`spd ${n}`);
  const g = Float64Array.from({ length: n * n }, () => random.normal());
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < n; k++) a[i * n + j] += g[i * n + k] * g[j * n + k];
      if (i === j) a[i * n + j] += 0.1;
    }
  const x = Float64Array.from({ length: n }, () => random.normal());
  const b = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) b[i] += a[i * n + j] * x[j];
  const factor = Float64Array.from(a);
  choleskyInPlace(factor, n);
  choleskySolveInPlace(factor, n, b);
  for (let i = 0; i < n; i++) expect(b[i]).toBeCloseTo(x[i], 9);
  const inverse = choleskyInverse(factor, n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += inverse[i * n + k] * a[k * n + j];
      expect(sum).toBeCloseTo(i === j ? 1 : 0, 8);
    }
});

test('an indefinite matrix is named as singular', () => {
  expect(() => choleskyInPlace(new Float64Array([1, 2, 2, 1]), 2)).toThrow(expect.objectContaining({ code: 'numerics.singular-matrix' }));
});

test('least squares recovers a line with its covariance', () => {
  const random = createRandom('line');
  const m = 4000;
  const design = new Float64Array(2 * m);
  const target = new Float64Array(m);
  const inverseSigma = new Float64Array(m);
  for (let i = 0; i < m; i++) {
    const x = random.uniform(-1, 1);
    const sigma = random.uniform(0.1, 2);
    design.set([1, x], 2 * i);
    target[i] = 3 - 2 * x + random.normal(0, sigma);
    inverseSigma[i] = 1 / sigma;
  }
  const { parameters, covariance, chiSquare, degreesOfFreedom } = solveLeastSquares({ design, rows: m, columns: 2, target, inverseSigma });
  expect(Math.abs(parameters[0] - 3) / Math.sqrt(covariance[0])).toBeLessThan(4);
  expect(Math.abs(parameters[1] + 2) / Math.sqrt(covariance[3])).toBeLessThan(4);
  expect(degreesOfFreedom).toBe(m - 2);
  expect(Math.abs(chiSquare - degreesOfFreedom)).toBeLessThan(4 * Math.sqrt(2 * m));
  const normal = new Float64Array(3);
  for (let i = 0; i < m; i++) {
    const w = inverseSigma[i] ** 2;
    normal[0] += w;
    normal[1] += w * design[2 * i + 1];
    normal[2] += w * design[2 * i + 1] ** 2;
  }
  const det = normal[0] * normal[2] - normal[1] ** 2;
  expect(covariance[0] / (normal[2] / det)).toBeCloseTo(1, 10);
  expect(covariance[1] / (-normal[1] / det)).toBeCloseTo(1, 8);
});

test('least squares survives a condition number that normal equations lose', () => {
  const epsilon = 1e-7;
  const design = new Float64Array([1, 1, epsilon, 0, 0, epsilon]);
  const { parameters } = solveLeastSquares({ design, rows: 3, columns: 2, target: new Float64Array([3, epsilon, 2 * epsilon]) });
  expect(parameters[0]).toBeCloseTo(1, 6);
  expect(parameters[1]).toBeCloseTo(2, 6);
});

test('dependent columns, too few rows and wrong lengths are refused', () => {
  const twice = new Float64Array([1, 2, 2, 4, 3, 6]);
  expect(() => solveLeastSquares({ design: twice, rows: 3, columns: 2, target: new Float64Array(3) })).toThrow(/combination of the others/);
  expect(() => solveLeastSquares({ design: twice, rows: 1, columns: 6, target: new Float64Array(1) })).toThrow(
    expect.objectContaining({ code: 'numerics.bad-shape' }),
  );
});

test('rows of weight zero do not count, NaN or not', () => {
  const design = new Float64Array([1, 1, 1]);
  const target = new Float64Array([2, 4, Number.NaN]);
  const { parameters, degreesOfFreedom } = solveLeastSquares({
    design,
    rows: 3,
    columns: 1,
    target,
    inverseSigma: new Float64Array([1, 1, 0]),
  });
  expect(parameters[0]).toBeCloseTo(3, 12);
  expect(degreesOfFreedom).toBe(1);
});

test('a design factored once gives what solving anew gives, for badly conditioned columns and weights too', () => {
  const random = createRandom('factored');
  const [rows, columns] = [400, 8];
  const design = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const x = random.uniform(0.5, 1); // powers of one-sided x are nearly dependent: condition 1e6
    for (let j = 0; j < columns; j++) design[i * columns + j] = x ** j;
  }
  const inverseSigma = Float64Array.from({ length: rows }, (_, i) => (i % 7 === 0 ? 0 : random.uniform(0.5, 2)));
  const factored = factorLeastSquares({ design, rows, columns, inverseSigma });
  for (let k = 0; k < 3; k++) {
    const truth = Float64Array.from({ length: columns }, () => random.normal());
    const target = new Float64Array(rows);
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) target[i] += design[i * columns + j] * truth[j];
    const direct = solveLeastSquares({ design, rows, columns, target, inverseSigma }).parameters;
    const solved = factored.solve(target);
    for (let j = 0; j < columns; j++) {
      expect(Math.abs(solved[j] - truth[j])).toBeLessThan(1e-8);
      expect(Math.abs(solved[j] - direct[j])).toBeLessThan(1e-8);
    }
  }
});
