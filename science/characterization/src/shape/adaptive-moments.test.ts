import { expect, test } from 'vitest';
import { measureAdaptiveMoments } from './adaptive-moments.ts';

const side = 41;
function gaussian(
  x: number,
  y: number,
  xx: number,
  yy: number,
  xy: number,
): { data: Float32Array; width: number; height: number; stride: number } {
  const det = xx * yy - xy * xy;
  const data = new Float32Array(side * side).map((_, k) => {
    const [dx, dy] = [(k % side) - x, Math.floor(k / side) - y];
    return Math.exp((-0.5 * (yy * dx * dx - 2 * xy * dx * dy + xx * dy * dy)) / det) / (2 * Math.PI * Math.sqrt(det));
  });
  return { data, width: side, height: side, stride: side };
}

test('a Gaussian gives back its centre, covariance, flux and a fourth moment of 2', () => {
  const found = measureAdaptiveMoments(gaussian(20.3, 19.8, 4, 3, 0.7), { x: 20, y: 20 }, { sigmaPixels: 1.5, tolerance: 1e-8 });
  expect(found.status).toBe('ok');
  expect(found.x).toBeCloseTo(20.3, 5);
  expect(found.y).toBeCloseTo(19.8, 5);
  expect(found.xx / 4).toBeCloseTo(1, 3);
  expect(found.yy / 3).toBeCloseTo(1, 3);
  expect(found.xy).toBeCloseTo(0.7, 3);
  expect(found.flux).toBeCloseTo(1, 3);
  expect(found.rho4).toBeCloseTo(2, 2);
});

test('empty, NaN and edge input end with a status', () => {
  const empty = { data: new Float32Array(side * side), width: side, height: side, stride: side };
  expect(measureAdaptiveMoments(empty, { x: 20, y: 20 }, { sigmaPixels: 2 }).status).toBe('faint');
  const nan = { ...empty, data: new Float32Array(side * side).fill(Number.NaN) };
  expect(measureAdaptiveMoments(nan, { x: 20, y: 20 }, { sigmaPixels: 2 }).status).toBe('faint');
  expect(measureAdaptiveMoments(gaussian(0, 0, 4, 4, 0), { x: -3, y: 0 }, { sigmaPixels: 2 }).status).toBe('edge');
  expect(measureAdaptiveMoments(gaussian(30, 20, 4, 4, 0), { x: 25, y: 20 }, { sigmaPixels: 2 }).status).toBe('moved');
});
