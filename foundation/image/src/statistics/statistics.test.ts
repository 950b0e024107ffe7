import { array, assert, double, property } from 'fast-check';
import { expect, test } from 'vitest';
import {
  computeClippedStatistics,
  computeMaskedStatistics,
  computeMedianAndSigma,
  computeStatistics,
  createMaskedImage,
  imageOf,
  quantileInPlace,
} from '../index.ts';

/** Park and Miller's generator with Box and Muller's transform; seeded, so every run sees the same noise. */
function gaussianNoise(count: number, seed: number): Float32Array {
  let state = seed;
  const uniform = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  return Float32Array.from({ length: count }, () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()));
}

test('small hand-checked sample: mean, median, quartiles, spread', () => {
  const s = computeStatistics(imageOf(Float32Array.of(4, 1, 3, 2, 5, Number.NaN), 3, 2));
  expect(s).toMatchObject({ count: 5, mean: 3, median: 3, iqr: 2, mad: 1, min: 1, max: 5 });
  expect(s.stdev).toBeCloseTo(Math.sqrt(2.5), 12);
  expect(s.meanErr).toBeCloseTo(Math.sqrt(0.5), 12);
});

test('no usable pixel gives NaN and count 0', () => {
  const s = computeStatistics(imageOf(Float32Array.of(Number.NaN, Number.NaN), 2, 1));
  expect(s.count).toBe(0);
  expect([s.mean, s.median, s.stdev, s.mad, s.clippedMean, s.min]).toEqual(Array<number>(6).fill(Number.NaN));
});

test('clipping removes outliers: sky mean within 3 standard errors under 2 % of bright pixels', () => {
  const data = gaussianNoise(40_000, 11).map((value, k) => (k % 50 === 0 ? 1000 : 100 + 5 * value));
  const clipped = computeClippedStatistics(imageOf(data, 200, 200));
  expect(Math.abs(clipped.mean - 100)).toBeLessThan(3 * clipped.meanErr);
  expect(clipped.stdev / 5).toBeGreaterThan(0.97);
  expect(clipped.stdev / 5).toBeLessThan(1.0);
  expect(computeMedianAndSigma(imageOf(data, 200, 200)).sigma / 5).toBeCloseTo(1.02, 1);
});

test('masked pixels are left out and variance weights the mean', () => {
  const masked = createMaskedImage(2, 2);
  masked.image.data.set([1, 3, 99, 5]);
  masked.mask.data[2] = 1;
  masked.variance.data.set([1, 1, 1, 0.5]);
  expect(computeMaskedStatistics(masked).mean).toBe(3);
  const weighted = computeMaskedStatistics(masked, { weighted: true });
  expect(weighted.mean).toBeCloseTo(14 / 4, 12);
  expect(weighted.meanErr).toBeCloseTo(0.5, 12);
  expect(computeMaskedStatistics(masked, { badBits: 2 }).count).toBe(4);
});

test('law, seed 7: quantiles equal those of a sorted copy', () => {
  assert(
    property(
      array(double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }),
      double({ min: 0, max: 1, noNaN: true }),
      (values, q) => {
        const sorted = values.toSorted((a, b) => a - b);
        const position = q * (sorted.length - 1);
        const k = Math.floor(position);
        const expected = position === k ? sorted[k] : sorted[k] + (position - k) * (sorted[k + 1] - sorted[k]);
        expect(quantileInPlace(Float64Array.from(values), q)).toBeCloseTo(expected, 9);
      },
    ),
    { seed: 7 },
  );
});
