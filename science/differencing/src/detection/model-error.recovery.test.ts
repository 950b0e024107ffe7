import type { Plane } from '@almagest/kernels';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import type { StampPsf } from '../psf/shifted-stamp.ts';
import { measureModelError } from './model-error.ts';

const SIDE = 512;
const SIGMA = 2;
const HALF = 7;
const filter: StampPsf = {
  half: HALF,
  values: Float64Array.from(
    { length: (2 * HALF + 1) ** 2 },
    (_, k) => Math.exp(-(((k % 15) - HALF) ** 2 + (Math.floor(k / 15) - HALF) ** 2) / (2 * SIGMA ** 2)) / (2 * Math.PI * SIGMA ** 2),
  ),
};

/** Stars of S/N 50 to 1000, each with its own residual of a part of its light beside noise of 1. */
function scene(
  part: number,
  seed: number,
): { template: { image: Plane; scale: number }; variance: Plane; map: Plane; stars: { x: number; y: number }[] } {
  const random = createRandom(seed);
  const plane = (of: () => number): Plane => ({
    data: Float32Array.from({ length: SIDE * SIDE }, of),
    width: SIDE,
    height: SIDE,
    stride: SIDE,
  });
  const [image, variance, map] = [plane(() => 0), plane(() => 1), plane(() => random.normal())];
  const stars = Array.from({ length: 49 }, (_, n) => ({ x: 40 + 70 * (n % 7), y: 40 + 70 * Math.floor(n / 7) }));
  for (const { x, y } of stars) {
    const light = 50 * 20 ** random.uniform();
    const own = part * light * random.normal();
    for (let j = -20; j <= 20; j++)
      for (let i = -20; i <= 20; i++) {
        const k = (y + j) * SIDE + x + i;
        const r2 = i * i + j * j;
        // A filtered star of peak significance `light`: its pixels are those of a Gaussian of that signal-to-noise.
        image.data[k] += (light / (SIGMA * Math.sqrt(Math.PI))) * Math.exp(-r2 / (2 * SIGMA ** 2));
        map.data[k] += own * Math.exp(-r2 / (4 * SIGMA ** 2));
      }
  }
  return { template: { image, scale: 1 }, variance, map, stars };
}

const measure = (part: number, seed: number): ReturnType<typeof measureModelError> => {
  const { template, variance, map, stars } = scene(part, seed);
  return measureModelError({ template, variance, stars } as unknown as Parameters<typeof measureModelError>[0], map, {
    filter,
    noise: 1,
    sigmaPixels: SIGMA,
  });
};

test.each([1, 2, 3])('residuals of 2 % of every star are told from noise within a factor of two (seed %i)', (seed) => {
  const { part, lightAt } = measure(0.02, seed);
  expect(part).toBeGreaterThan(0.02 / 2);
  expect(part).toBeLessThan(0.02 * 2);
  expect(lightAt(5, 5)).toBe(0);
  expect(lightAt(40, 40)).toBeGreaterThan(45);
});

test.each([1, 2, 3])('stars that leave noise alone cost no depth: less than 0.4 % (seed %i)', (seed) => {
  expect(measure(0, seed).part).toBeLessThan(0.004);
});

test('too few stars tell nothing', () => {
  const { template, variance, map } = scene(0.02, 4);
  const found = measureModelError({ template, variance, stars: [] } as unknown as Parameters<typeof measureModelError>[0], map, {
    filter,
    noise: 1,
    sigmaPixels: SIGMA,
  });
  expect(found.part).toBe(0);
});
