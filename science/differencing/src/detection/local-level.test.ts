import type { Plane } from '@almagest/kernels';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import type { StampPsf } from '../psf/shifted-stamp.ts';
import { measureLocalLevel } from './local-level.ts';

const SIDE = 120;
const SIGMA = 2;
const HALF = 7;
const filter: StampPsf = {
  half: HALF,
  values: Float64Array.from({ length: (2 * HALF + 1) ** 2 }, (_, k) =>
    Math.exp(-(((k % 15) - HALF) ** 2 + (Math.floor(k / 15) - HALF) ** 2) / (2 * SIGMA ** 2)),
  ),
};

function levelOf(seed: number, light: (x: number, y: number) => number, sign: 1 | -1 = 1): number {
  const random = createRandom(seed);
  const plane = (of: (k: number) => number): Plane => ({
    data: Float32Array.from({ length: SIDE * SIDE }, (_, k) => of(k)),
    width: SIDE,
    height: SIDE,
    stride: SIDE,
  });
  const difference = plane((k) => random.normal() + light(k % SIDE, Math.floor(k / SIDE)));
  return measureLocalLevel({ difference, variance: plane(() => 1) }, { x: 60, y: 60, sign }, { filter, noise: 1, sigmaPixels: SIGMA });
}

test.each([1, 2, 3, 4, 5])('empty sky, and a faint star on it, owe nothing to a level (seed %i)', (seed) => {
  expect(levelOf(seed, () => 0)).toBe(0);
  // Peak of 2 sigma a pixel: significance 7.
  expect(levelOf(seed, (x, y) => 2 * Math.exp(-((x - 60) ** 2 + (y - 60) ** 2) / (2 * SIGMA ** 2)))).toBe(0);
});

test.each([1, 2, 3])('a peak in the wing of a saturated star owes its significance to the wing (seed %i)', (seed) => {
  const wing = (x: number): number => (x < 52 ? Number.NaN : 3 * Math.exp(-(x - 52) / 12));
  const middle = 3 * Math.exp(-8 / 12);
  const significance = (middle * filter.values.reduce((s, p) => s + p, 0)) / Math.sqrt(filter.values.reduce((s, p) => s + p * p, 0));
  expect(levelOf(seed, wing)).toBeGreaterThan(0.9 * significance);
  // What is as much fainter than the template owes it to a level of the other sign.
  expect(levelOf(seed, (x) => -wing(x), -1)).toBeGreaterThan(0.9 * significance);
  expect(levelOf(seed, (x) => -wing(x), 1)).toBe(0);
});
