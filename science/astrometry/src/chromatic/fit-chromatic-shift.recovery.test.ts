import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { fitChromaticShift } from './fit-chromatic-shift.ts';

const MAS = Math.PI / 648_000_000;

test('a planted shift with colour is found within its error, wrong pairs or not (40 seeds)', () => {
  const pulls: number[] = [];
  for (let seed = 0; seed < 40; seed++) {
    const random = createRandom(seed);
    const color = Array.from({ length: 200 }, () => random.normal(1, 0.6));
    const sigma = color.map(() => random.uniform(0.5, 10) * MAS);
    const at = (slope: number): number[] =>
      color.map((c, i) =>
        i % 20 === 0 ? random.uniform(-300, 300) * MAS : slope * (c - 1) + random.normal(0, sigma[i]) + random.normal(0, MAS),
      );
    const found = fitChromaticShift({ east: at(-3 * MAS), north: at(12 * MAS), sigma, color })!;
    pulls.push((found.east + 3 * MAS) / found.eastErr, (found.north - 12 * MAS) / found.northErr);
    expect(found.colorScatter).toBeGreaterThan(0.5);
  }
  const mean = pulls.reduce((s, v) => s + v, 0) / pulls.length;
  const width = Math.sqrt(pulls.reduce((s, v) => s + (v - mean) ** 2, 0) / pulls.length);
  expect(Math.abs(mean)).toBeLessThan(0.4);
  expect(width).toBeGreaterThan(0.75);
  expect(width).toBeLessThan(1.3);
});

test('few stars, or stars of one colour, tell nothing', () => {
  const one = Array.from({ length: 100 }, () => 1);
  expect(fitChromaticShift({ east: one, north: one, sigma: one, color: one })).toBeUndefined();
  const few = one.slice(0, 19);
  expect(fitChromaticShift({ east: few, north: few, sigma: few, color: few.map((_, i) => i) })).toBeUndefined();
});
