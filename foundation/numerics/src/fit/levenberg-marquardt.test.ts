import { expect, test } from 'vitest';
import { createRandom } from '../random/random.ts';
import { fitLevenbergMarquardt, type NonlinearProblem } from './levenberg-marquardt.ts';

const rosenbrock: NonlinearProblem = {
  start: [-1.2, 1],
  residualCount: 2,
  residuals: (p, out) => {
    out[0] = 10 * (p[1] - p[0] ** 2);
    out[1] = 1 - p[0];
  },
};

test('reaches the minimum of Rosenbrock, with differences and with the exact Jacobian', () => {
  const jacobian = (p: Float64Array, out: Float64Array): void => out.set([-20 * p[0], 10, -1, 0]);
  for (const fit of [fitLevenbergMarquardt(rosenbrock), fitLevenbergMarquardt({ ...rosenbrock, jacobian })]) {
    expect(fit.status).toBe('converged');
    expect(fit.parameters[0]).toBeCloseTo(1, 8);
    expect(fit.parameters[1]).toBeCloseTo(1, 8);
    expect(fit.iterations).toBeLessThan(60);
  }
});

test('recovers a Gaussian within its stated errors; pulls have unit width', () => {
  const n = 40;
  let squares = 0;
  const trials = 100;
  for (let trial = 0; trial < trials; trial++) {
    const random = createRandom(`gauss ${trial}`);
    const data = Float64Array.from({ length: n }, (_, i) => 100 * Math.exp(-0.5 * ((i - 19.3) / 3) ** 2) + random.normal(0, 2));
    const fit = fitLevenbergMarquardt({
      start: [80, 18, 4],
      residualCount: n,
      residuals: (p, out) => {
        for (let i = 0; i < n; i++) out[i] = (p[0] * Math.exp(-0.5 * ((i - p[1]) / p[2]) ** 2) - data[i]) / 2;
      },
    });
    expect(fit.status).toBe('converged');
    squares += (fit.parameters[1] - 19.3) ** 2 / fit.covariance[4];
  }
  expect(Math.abs(squares / trials - 1)).toBeLessThan(4 * Math.sqrt(2 / trials));
});

test('stops at a bound, says so, and leaves its covariance unknown', () => {
  const fit = fitLevenbergMarquardt({ ...rosenbrock, lower: [-2, -2], upper: [0.5, 2] });
  expect(fit.parameters[0]).toBe(0.5);
  expect(fit.parameters[1]).toBeCloseTo(0.25, 8);
  expect([...fit.atBound]).toEqual([1, 0]);
  expect(fit.covariance[0]).toBeNaN();
  expect(fit.covariance[3]).toBeGreaterThan(0);
});

test('a start outside the bounds is moved inside', () => {
  const fit = fitLevenbergMarquardt({ ...rosenbrock, start: [5, 5], lower: [0, 0], upper: [3, 3] });
  expect(fit.parameters[0]).toBeCloseTo(1, 7);
});

test('a parameter without influence leaves an unknown covariance, not an exception', () => {
  const fit = fitLevenbergMarquardt({ start: [1, 1], residualCount: 2, residuals: (p, out) => out.set([p[0] - 3, 2 * (p[0] - 3)]) });
  expect(fit.parameters[0]).toBeCloseTo(3, 8);
  expect(fit.covariance[0]).toBeNaN();
});

test('residuals that are not finite at the start are reported', () => {
  expect(fitLevenbergMarquardt({ start: [1], residualCount: 1, residuals: (_, out) => out.fill(Number.NaN) }).status).toBe('not-finite');
});

test('steps into regions without a value are rejected', () => {
  const fit = fitLevenbergMarquardt({ start: [0.01], residualCount: 1, residuals: (p, out) => out.fill(Math.log(p[0]) - 2) });
  expect(fit.parameters[0]).toBeCloseTo(Math.exp(2), 7);
});

test('bounds of another length are refused', () => {
  expect(() => fitLevenbergMarquardt({ ...rosenbrock, lower: [0] })).toThrow(expect.objectContaining({ code: 'numerics.bad-shape' }));
});
