import { expect, test } from 'vitest';
import { measureKronFlux } from './kron.ts';

const side = 161;
const c = 80;
const plane = (value: (x: number, y: number) => number) => ({
  data: Float32Array.from({ length: side * side }, (_, k) => value((k % side) - c, Math.floor(k / side) - c)),
  width: side,
  height: side,
  stride: side,
});

test('the area is that of the ellipse', () => {
  const flat = plane(() => 1);
  for (const [a, b, theta] of [
    [1.5, 1.5, 0],
    [4, 2, 0.7],
    [8, 3, -1.1],
  ] as const) {
    const { area, radius } = measureKronFlux(flat, { x: c + 0.3, y: c - 0.2, a, b, theta }, { factor: 1, minimum: 3.5 });
    expect(Math.abs(area / (Math.PI * a * b * radius * radius) - 1)).toBeLessThan(0.005);
  }
});

test('nearly all of a Gaussian is inside 2.5 Kron radii', () => {
  const [a, b, theta] = [5, 3, 0.5];
  const [cos, sin] = [Math.cos(theta), Math.sin(theta)];
  const image = plane((x, y) => Math.exp(-0.5 * (((x * cos + y * sin) / a) ** 2 + ((y * cos - x * sin) / b) ** 2)) / (2 * Math.PI * a * b));
  const { flux, truncated } = measureKronFlux(image, { x: c, y: c, a, b, theta }, { factor: 2.5, minimum: 3.5 });
  expect(flux).toBeGreaterThan(0.985);
  expect(flux).toBeLessThan(1.001);
  expect(truncated).toBe(false);
});
