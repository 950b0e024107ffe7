import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { colorAt, fitColorRelation } from './colors-of-sources.ts';

test('the mean colour at a magnitude is found, and held a magnitude beyond the faintest star (seed 91)', () => {
  const random = createRandom(91);
  const mag = Float64Array.from({ length: 400 }, () => random.uniform(17, 21));
  // Two kinds of stars, of which the red one grows with magnitude: a mean, no median, stands on the line.
  const color = mag.map((m) => (random.uniform() < 0.1 + 0.1 * (m - 17) ? 2.2 : 0.8) + random.normal(0, 0.1));
  const relation = fitColorRelation({ mag, color })!;
  for (const m of [17.5, 19, 20.9]) expect(Math.abs(colorAt(relation, m) - (0.8 + 1.4 * (0.1 + 0.1 * (m - 17))))).toBeLessThan(0.12);
  expect(colorAt(relation, 30)).toBe(colorAt(relation, 22.5));
  expect(colorAt(relation, 21.9)).toBeGreaterThan(colorAt(relation, 21));
  expect(colorAt(relation, 5)).toBe(colorAt(relation, 16));
  expect(Math.abs(relation.scatter - 0.63)).toBeLessThan(0.1);
});

test('few stars, stars of one magnitude and unknown colours tell no relation', () => {
  expect(fitColorRelation({ mag: [17, 18, 19], color: [1, 1, 1] })).toBeUndefined();
  expect(fitColorRelation({ mag: new Float64Array(50).fill(18), color: new Float64Array(50).fill(1) })).toBeUndefined();
  const mag = Float64Array.from({ length: 50 }, (_, i) => 17 + i / 10);
  expect(fitColorRelation({ mag, color: mag.map(() => Number.NaN) })).toBeUndefined();
});
