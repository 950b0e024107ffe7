import { expect, test } from 'vitest';
import { createRandom } from '../random/random.ts';
import { createBicubicSpline, evaluateBicubicSpline } from './bicubic-spline.ts';
import { createCubicSpline, evaluateCubicSpline, evaluateCubicSplineSlope } from './cubic-spline.ts';

const random = createRandom('spline');

test('passes through its knots, is smooth at them and has no curvature at its ends', () => {
  const x = Float64Array.from({ length: 12 }, (_, i) => i + random.uniform(0, 0.8));
  const y = Float64Array.from(x, () => random.normal());
  const spline = createCubicSpline(x, y);
  expect(spline.curvature[0]).toBe(0);
  expect(spline.curvature[11]).toBe(0);
  for (let i = 0; i < 12; i++) {
    expect(evaluateCubicSpline(spline, x[i])).toBeCloseTo(y[i], 12);
    expect(evaluateCubicSplineSlope(spline, x[i] - 1e-9)).toBeCloseTo(evaluateCubicSplineSlope(spline, x[i] + 1e-9), 6);
  }
  const t = 5.3;
  expect(evaluateCubicSplineSlope(spline, t)).toBeCloseTo(
    (evaluateCubicSpline(spline, t + 1e-6) - evaluateCubicSpline(spline, t - 1e-6)) / 2e-6,
    6,
  );
});

test('reproduces a straight line and two knots', () => {
  const spline = createCubicSpline([0, 1, 4, 5], [1, 3, 9, 11]);
  expect(evaluateCubicSpline(spline, 2.5)).toBeCloseTo(6, 13);
  expect(evaluateCubicSpline(createCubicSpline([0, 2], [0, 2]), 1)).toBe(1);
});

test('knots that do not increase are refused', () => {
  expect(() => createCubicSpline([0, 0], [1, 2])).toThrow(expect.objectContaining({ code: 'numerics.bad-argument' }));
});

test('a bicubic spline is the spline of splines', () => {
  const width = 7;
  const height = 5;
  const values = Float64Array.from({ length: width * height }, () => random.normal());
  const surface = createBicubicSpline(values, width, height);
  const nodesX = Float64Array.from({ length: width }, (_, i) => i);
  const nodesY = Float64Array.from({ length: height }, (_, j) => j);
  for (let k = 0; k < 50; k++) {
    const x = random.uniform(0, width - 1);
    const y = random.uniform(0, height - 1);
    const column = nodesY.map((j) => evaluateCubicSpline(createCubicSpline(nodesX, values.subarray(j * width, (j + 1) * width)), x));
    expect(evaluateBicubicSpline(surface, x, y)).toBeCloseTo(evaluateCubicSpline(createCubicSpline(nodesY, column), y), 11);
  }
  expect(evaluateBicubicSpline(surface, 3, 2)).toBeCloseTo(values[2 * width + 3], 13);
});

test('a grid of one node, one row or one column is constant along the missing axis', () => {
  expect(evaluateBicubicSpline(createBicubicSpline([4], 1, 1), 3, -2)).toBe(4);
  expect(evaluateBicubicSpline(createBicubicSpline([1, 3], 2, 1), 0.5, 9)).toBe(2);
  expect(evaluateBicubicSpline(createBicubicSpline([1, 3], 1, 2), 9, 0.5)).toBe(2);
});
