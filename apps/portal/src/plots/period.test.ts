import { readFileSync } from 'node:fs';
import { createRandom } from '@almagest/numerics';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { computePeriodogram, foldTimes } from './period.ts';

/** Uneven times over a hundred days, the same in every run. */
const TIMES = Float64Array.from({ length: 150 }, (_, i) => 60_000 + i * 0.67 + 0.3 * Math.sin(i * i));

test.each([0.3101, 1.7, 12.5])('finds a period of %f days from uneven times with a floating mean', (period) => {
  const values = TIMES.map((time, i) => 40 + 3 * Math.sin((2 * Math.PI * time) / period) + 0.4 * Math.sin(97 * i));
  const found = computePeriodogram(
    TIMES,
    values,
    TIMES.map(() => 1),
    { shortest: 0.1, longest: 100 },
  );
  // A frequency is found to a small part of 1 / span at this signal-to-noise.
  expect(Math.abs(1 / found.bestPeriod - 1 / period)).toBeLessThan(0.02 / 100);
  expect(Math.max(...found.power)).toBeGreaterThan(0.95);
});

test('power is a share: between 0 and 1, and too few values give none', () => {
  const noise = TIMES.map((_, i) => Math.sin(12.9898 * i * i));
  const { power } = computePeriodogram(
    TIMES,
    noise,
    TIMES.map(() => 1),
    { shortest: 0.2, longest: 50 },
  );
  expect(power.every((value) => value >= 0 && value <= 1)).toBe(true);
  expect(
    computePeriodogram(TIMES.subarray(0, 3), noise.subarray(0, 3), noise.subarray(0, 3), { shortest: 0.2, longest: 50 }).bestPeriod,
  ).toBeNaN();
});

test('phases lie in [0, 1) also before the epoch', () => {
  expect([...foldTimes(Float64Array.of(10, 9.5, 12.25, 7), 1, 10)]).toEqual([0, 0.5, 0.25, 0]);
});

test('the chance of a false alarm is what it says: of noise without a period one in ten has less than a tenth (seed fap)', () => {
  const random = createRandom('fap');
  for (const n of [8, 14, 40]) {
    let low = 0;
    const trials = 200;
    for (let k = 0; k < trials; k++) {
      const times = Float64Array.from({ length: n }, () => 10 * random.uniform()).toSorted();
      const values = times.map(() => random.normal(0, 1));
      const { falseAlarm } = computePeriodogram(
        times,
        values,
        times.map(() => 1),
        { shortest: 0.2, longest: 10 },
      );
      if (falseAlarm < 0.1) low++;
    }
    // 20 or somewhat fewer expected, with an error of 4.
    expect(low, `${n} values`).toBeLessThan(32);
    expect(low, `${n} values`).toBeGreaterThan(6);
  }
});

test.skipIf(!haveData)('the RR Lyrae star LINEAR 11375941 is folded by its published period of 2.58 hours', () => {
  const rows = readFileSync(dataPath('lightcurves', 'LINEAR_11375941.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number));
  const column = (k: number): Float64Array => Float64Array.from(rows, (row) => row[k]!);
  const [times, mags, errors] = [column(0), column(1), column(2)];
  const { bestPeriod, falseAlarm } = computePeriodogram(
    times,
    mags,
    errors.map((error) => error ** -2),
    { shortest: 0.05, longest: 1 },
  );
  expect(Math.abs(24 * bestPeriod - 2.58013)).toBeLessThan(0.0001);
  expect(falseAlarm).toBeLessThan(1e-10);
});
