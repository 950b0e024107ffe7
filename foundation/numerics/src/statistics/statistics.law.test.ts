import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { computeClippedStatistics } from './clipped.ts';
import { median, medianAbsoluteDeviation, quantile, quickselectInPlace, SIGMA_PER_MAD } from './order.ts';
import { createRandom } from '../random/random.ts';

const reals = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }), { minLength: 1, maxLength: 300 });

test('selects what sorting selects (seed 11)', () => {
  fc.assert(
    fc.property(reals, fc.nat(), (values, pick) => {
      const k = pick % values.length;
      const sorted = Float64Array.from(values).toSorted();
      expect(quickselectInPlace(Float64Array.from(values), k)).toBe(sorted[k]);
      const middle = values.length >> 1;
      expect(median(values)).toBe(values.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2);
      expect(quantile(values, 0)).toBe(sorted[0]);
      expect(quantile(values, 1)).toBe(sorted[sorted.length - 1]);
    }),
    { seed: 11 },
  );
});

test('selects in long arrays with many ties', () => {
  const random = createRandom(1);
  const values = Float32Array.from({ length: 50_000 }, () => random.integer(7));
  const sorted = values.toSorted();
  for (const k of [0, 100, 25_000, 49_999]) expect(quickselectInPlace(values.slice(), k)).toBe(sorted[k]);
});

test('leaves NaN out and answers NaN for nothing', () => {
  expect(median([Number.NaN, 3, 1])).toBe(2);
  expect(median([])).toBeNaN();
  expect(quantile([], 0.5)).toBeNaN();
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  expect(medianAbsoluteDeviation([1, 1, 2, 2, 4, 6, 9])).toBe(1);
  expect(computeClippedStatistics([])).toMatchObject({ count: 0, mean: Number.NaN });
  expect(computeClippedStatistics([5])).toMatchObject({ count: 1, mean: 5, sigma: 0 });
});

test('clipping removes a tenth of outliers from a normal sample', () => {
  const random = createRandom('clip');
  const values = Float64Array.from({ length: 20_000 }, (_, i) => (i % 10 === 0 ? 1000 + random.uniform() : random.normal(50, 2)));
  const { mean, sigma, count } = computeClippedStatistics(values);
  expect(count).toBeGreaterThan(17_800);
  expect(Math.abs(mean - 50)).toBeLessThan(4 * (2 / Math.sqrt(18_000)));
  expect(sigma / 2).toBeCloseTo(0.987, 1);
  expect((SIGMA_PER_MAD * medianAbsoluteDeviation(values.filter((v) => v < 900))) / 2).toBeCloseTo(1, 1);
});

test('a constant sample with outliers keeps the constant', () => {
  expect(computeClippedStatistics([3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 100])).toMatchObject({ mean: 3, count: 11, sigma: 0 });
});
