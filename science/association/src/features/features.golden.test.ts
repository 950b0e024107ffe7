import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { computePeriodogram, type FrequencyGrid } from '../periods/periodogram.ts';
import { computeFluxFeatures, type FluxFeatures } from './flux-features.ts';
import type { LightCurve } from './light-curve.ts';

interface PlainCurve {
  readonly time: number[];
  readonly flux: number[];
  readonly error: number[];
}

interface Case extends PlainCurve {
  readonly features: FluxFeatures;
  readonly grid: FrequencyGrid;
  readonly single?: number[];
  readonly twoTerms?: number[];
  readonly second?: PlainCurve;
  readonly multiband?: number[];
}

const cases = JSON.parse(readFileSync(new URL('../../test/golden/features/features.json', import.meta.url), 'utf8')) as Case[];

function curveOf({ time, flux, error }: PlainCurve): LightCurve {
  return { time: Float64Array.from(time), flux: Float64Array.from(flux), error: Float64Array.from(error) };
}

/** Largest difference in units of the larger of the value and `floor`. */
function worst(ours: ArrayLike<number>, theirs: readonly number[], floor = 1e-3): number {
  return theirs.reduce((most, value, i) => Math.max(most, Math.abs(ours[i] - value) / Math.max(Math.abs(value), floor)), 0);
}

test.each(cases)('features of $features.count points equal direct formulae', (golden) => {
  const ours = computeFluxFeatures(curveOf(golden));
  for (const [name, value] of Object.entries(golden.features)) {
    // 1e-9 of the value; the intercept is 61,000 days away, where the slope's own rounding shows.
    const tolerance = name === 'linearIntercept' ? 1e-6 : 1e-9;
    expect([name, Math.abs(ours[name as keyof FluxFeatures] - value) <= tolerance * Math.max(1e-6, Math.abs(value))]).toEqual([name, true]);
  }
});

test.each(cases.filter((golden) => golden.single))(
  'periodograms of $features.count points equal astropy and dense least squares',
  (golden) => {
    const curve = curveOf(golden);
    expect(worst(computePeriodogram([curve], golden.grid), golden.single!)).toBeLessThan(1e-7);
    expect(worst(computePeriodogram([curve], golden.grid, { harmonics: 2 }), golden.twoTerms!)).toBeLessThan(1e-7);
    expect(worst(computePeriodogram([curve, curveOf(golden.second!)], golden.grid), golden.multiband!)).toBeLessThan(1e-7);
  },
);

test('points with a bad flux, error or time are left out, and order does not matter', () => {
  const curve = curveOf({ time: [3, 1, 2, 4, Number.NaN, 6], flux: [1, 2, 4, Number.NaN, 5, 6], error: [1, 1, 1, 1, 1, 0] });
  const clean = curveOf({ time: [1, 2, 3], flux: [2, 4, 1], error: [1, 1, 1] });
  expect(computeFluxFeatures(curve)).toEqual(computeFluxFeatures(clean));
  expect(computeFluxFeatures(curveOf({ time: [], flux: [], error: [] })).count).toBe(0);
});
