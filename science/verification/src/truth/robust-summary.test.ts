import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { binFractions, crossing, edgesFor, halfFoundAt, summarize } from './robust-summary.ts';

test('a completeness limit is where the fraction last falls, whatever bright sources are missing', () => {
  const mags = Float64Array.of(12.5, 13.5, 13.6, 14.5, 15.5, 15.6, 15.7, 15.8, 16.5, 16.6);
  const found = Uint8Array.of(1, 0, 0, 1, 1, 1, 1, 0, 1, 0);
  const bins = binFractions(mags, found, [12, 13, 14, 15, 16, 17, 18]);
  expect(bins.map(({ fraction }) => fraction)).toEqual([1, 0, 1, 0.75, 0.5, Number.NaN]);
  // The last bin stays at a half, so the fall before it is the last one.
  expect(crossing(bins, 0.5)).toBe(13);
  expect(crossing(bins, 0.6)).toBeCloseTo(16.1, 12);
  expect(crossing(bins.slice(0, 1), 0.5)).toBeNaN();
});

test('intervals stay inside 0 to 1 and shrink with numbers', () => {
  const width = (n: number): number => {
    const [bin] = binFractions(new Float64Array(n).fill(0.5), new Uint8Array(n).fill(1), [0, 1]);
    return (bin?.interval[1] ?? 2) - (bin?.interval[0] ?? 0);
  };
  expect(width(1)).toBeCloseTo(0.5, 12);
  expect(width(100)).toBeLessThan(0.011);
  expect(binFractions(new Float64Array(), new Uint8Array(), [0, 1])[0]?.interval).toEqual([0, 1]);
});

test('one outlier moves the mean and not the clipped mean, median and width', () => {
  const values = [...Array.from({ length: 101 }, (_, i) => (i - 50) / 50), 1e6];
  const { mean, median, width, clippedMean, outlierFraction } = summarize([...values, Number.NaN]);
  expect(mean).toBeGreaterThan(9000);
  expect(Math.abs(median)).toBeLessThan(0.02);
  expect(width).toBeCloseTo(0.5 * 1.4826, 1);
  expect(clippedMean).toBeCloseTo(0, 12);
  expect(outlierFraction).toBeCloseTo(1 / 102, 12);
});

test('edges hold all values and are empty for none', () => {
  expect(edgesFor(Float64Array.of(20.1, Number.NaN, 21), 0.5)).toEqual([20, 20.5, 21, 21.5]);
  expect(edgesFor(Float64Array.of(Number.NaN), 0.5)).toEqual([]);
});

test('the threshold of a detection with unit noise is recovered (seed 13)', () => {
  const random = createRandom(13);
  const snr = Float64Array.from({ length: 4000 }, () => 20 * random.uniform());
  const found = Uint8Array.from(snr, (value) => (value + random.normal() > 5 ? 1 : 0));
  // 200 values per unit: an error of 0.05.
  expect(Math.abs(halfFoundAt(snr, found) - 5)).toBeLessThan(0.15);
  expect(halfFoundAt(snr, new Uint8Array(4000))).toBeNaN();
  expect(halfFoundAt(new Float64Array(), new Uint8Array())).toBeNaN();
});
