import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEGREE, separation, unitFromLonLat } from '../vector/lon-lat.ts';
import { matchSky } from './match-sky.ts';
import { buildSphereTree, nearestRows, rowsWithin } from './sphere-tree.ts';
import type { SkyColumns } from './unit-column.ts';

const SEED = 77;

/** Points in a field of `size` [rad] about a centre, by a small generator of its own. */
function scatter(n: number, seed: number, field: { lon: number; lat: number; size: number }): SkyColumns {
  let state = seed >>> 0 || 1;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
  const lon = new Float64Array(n);
  const lat = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    lat[i] = Math.max(-Math.PI / 2, Math.min(Math.PI / 2, field.lat + (next() - 0.5) * field.size));
    lon[i] = field.lon + ((next() - 0.5) * field.size) / Math.max(0.001, Math.cos(lat[i]));
  }
  return { lon, lat };
}

const field = fc.record({
  lon: fc.constantFrom(0, 1, Math.PI, 6.2831),
  lat: fc.constantFrom(0, 0.7, -1.2, 1.5, Math.PI / 2, -Math.PI / 2),
  size: fc.constantFrom(1e-5, 1e-3, 0.05, 0.6),
});

const at = ({ lon, lat }: SkyColumns, i: number): { x: number; y: number; z: number } => unitFromLonLat({ lon: lon[i], lat: lat[i] });

function bruteForce(a: SkyColumns, b: SkyColumns, radius: number): [number, number, number][] {
  const pairs: [number, number, number][] = [];
  for (let i = 0; i < a.lon.length; i++)
    for (let j = 0; j < b.lon.length; j++) {
      const distance = separation(at(a, i), at(b, j));
      if (distance <= radius) pairs.push([i, j, distance]);
    }
  return pairs;
}

test(`finds the pairs that trying all finds, at poles and seams too (seed ${SEED})`, () => {
  fc.assert(
    fc.property(field, fc.integer(), fc.double({ min: 0.01, max: 1, noNaN: true }), (place, seed, share) => {
      const radius = Math.min(10 * DEGREE, (place.size * share) / 4);
      const [a, b] = [scatter(60, seed, place), scatter(70, seed + 1, place)];
      const expected = bruteForce(a, b, radius);
      const all = matchSky(a, b, { radius, keep: 'all' });
      expect([...all.a].map((row, k) => [row, all.b[k]])).toEqual(expected.map(([i, j]) => [i, j]));
      for (const [k, [, , distance]] of expected.entries())
        expect(Math.abs(all.separation[k] - distance)).toBeLessThan(5e-16 + 1e-15 * distance);
      const nearest = matchSky(a, b, { radius });
      expect([...nearest.a]).toEqual([...new Set(expected.map(([i]) => i))]);
      for (const [k, row] of nearest.a.entries())
        expect(nearest.separation[k]).toBeLessThanOrEqual(Math.min(...expected.filter(([i]) => i === row).map(([, , d]) => d)) + 1e-15);
      const single = matchSky(a, b, { radius, keep: 'one-to-one' });
      expect(new Set(single.a).size).toBe(single.a.length);
      expect(new Set(single.b).size).toBe(single.b.length);
      // Greedy by separation leaves no pair of two free rows.
      expect(expected.every(([i, j]) => single.a.includes(i) || single.b.includes(j))).toBe(true);
    }),
    { seed: SEED, numRuns: 50 },
  );
});

test(`the tree finds the rows that trying all finds (seed ${SEED})`, () => {
  fc.assert(
    fc.property(field, fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), (place, seed, share) => {
      const [a, b] = [scatter(400, seed, place), scatter(5, seed + 1, place)];
      const tree = buildSphereTree(a);
      for (let j = 0; j < 5; j++) {
        const center = at(b, j);
        const distances = Array.from({ length: 400 }, (_, i) => separation(at(a, i), center));
        const radius = place.size * share;
        const found = rowsWithin(tree, center, radius);
        const expected = distances.flatMap((distance, i) => (distance <= radius ? [i] : []));
        expect(found.toSorted((p, q) => p - q)).toEqual(expected);
        const sorted = distances.toSorted((p, q) => p - q);
        for (const [k, { row, separation: distance }] of nearestRows(tree, center, 7).entries()) {
          expect(Math.abs(distance - sorted[k])).toBeLessThan(1e-15);
          expect(Math.abs(distances[row] - distance)).toBeLessThan(1e-15);
        }
      }
    }),
    { seed: SEED, numRuns: 40 },
  );
});

test('rows that are not finite match nothing', () => {
  const a = { lon: Float64Array.of(1, NaN, 2), lat: Float64Array.of(0, 0, NaN) };
  expect([...matchSky(a, a, { radius: 0.001 }).a]).toEqual([0]);
  expect(buildSphereTree(a).rows.length).toBe(1);
  expect(nearestRows(buildSphereTree({ lon: new Float64Array(0), lat: new Float64Array(0) }), { x: 1, y: 0, z: 0 })).toEqual([]);
});
