import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { matchPositions } from './match-positions.ts';

/** Degrees a side; with 1e5 a square degree 10,000 objects. */
const SIDE = Math.sqrt(0.1);
const COUNT = 10_000;

test.each([7, 8, 9])(
  'links 99.5 %% of sources rightly at 1e5 objects per square degree, with errors of 0.1 arcsec, misses and newcomers (seed %i)',
  (seed) => {
    const random = createRandom(seed);
    const ra = Float64Array.from({ length: COUNT }, () => 150 + random.uniform(0, SIDE));
    const dec = Float64Array.from({ length: COUNT }, () => random.uniform(0, SIDE) - SIDE / 2);
    const seen = Array.from(ra.keys()).filter(() => random.uniform() < 0.6);
    const newcomers = 300;
    const truth = [...seen, ...Array.from({ length: newcomers }, () => -1)];
    const shift = (): number => random.normal(0, 0.1) / 3600;
    const sources = {
      ra: Float64Array.from(truth, (j) => (j >= 0 ? ra[j] + shift() : 150 + random.uniform(0, SIDE))),
      dec: Float64Array.from(truth, (j) => (j >= 0 ? dec[j] + shift() : random.uniform(0, SIDE) - SIDE / 2)),
      sigma: new Float64Array(truth.length).fill(0.1),
    };
    const objects = { ra, dec, sigma: new Float64Array(COUNT).fill(0.03) };
    const found = matchPositions(sources, objects);
    const right = seen.filter((j, i) => found[i] === j).length;
    expect(right / seen.length).toBeGreaterThanOrEqual(0.995);
    const used = Array.from(found).filter((j) => j >= 0);
    // Of the links that were made, newcomers' among them, as many are right.
    expect(right / used.length).toBeGreaterThanOrEqual(0.995);
    expect(new Set(used).size).toBe(used.length);
  },
);

test('keeps a lone pair together as far as the radius, and no farther', () => {
  const at = (arcsec: number): Int32Array =>
    matchPositions(
      { ra: Float64Array.of(10), dec: Float64Array.of(arcsec / 3600), sigma: Float64Array.of(0.05) },
      { ra: Float64Array.of(10), dec: Float64Array.of(0), sigma: Float64Array.of(0.05) },
    );
  expect([at(0)[0], at(0.99)[0], at(1.01)[0]]).toEqual([0, 0, -1]);
});

test('does not hand a source on to a neighbour to make room for a newcomer', () => {
  // Object 0 is seen by source 0 exactly; source 1 is new, 0.9 arcsec from object 0; object 1 lies 0.9 arcsec from source 0.
  const found = matchPositions(
    { ra: Float64Array.of(10, 10), dec: Float64Array.of(0, 0.9 / 3600), sigma: Float64Array.of(0.1, 0.1) },
    { ra: Float64Array.of(10, 10), dec: Float64Array.of(0, -0.9 / 3600), sigma: Float64Array.of(0.1, 0.1) },
  );
  expect([...found]).toEqual([0, -1]);
});

test('leaves sources without a position alone, and takes empty lists', () => {
  const none = { ra: new Float64Array(0), dec: new Float64Array(0) };
  expect([
    ...matchPositions({ ra: Float64Array.of(Number.NaN), dec: Float64Array.of(0) }, { ra: Float64Array.of(0), dec: Float64Array.of(0) }),
  ]).toEqual([-1]);
  expect(matchPositions(none, none)).toHaveLength(0);
});
