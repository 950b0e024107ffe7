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
