import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { offsetBy, positionAngle, separation, separationLonLat, tangentOffsets, unitFromLonLat, wrapPi, wrapTwoPi } from './lon-lat.ts';
import { orientation } from './orientation.ts';
import { add, normalize, robustNormal, rotateAbout, scale, type Vec3 } from './vec3.ts';

const SEED = 53;
const lonLat = fc.record({ lon: fc.double({ min: 0, max: 6.28, noNaN: true }), lat: fc.double({ min: -1.57, max: 1.57, noNaN: true }) });
const unit = lonLat.map(unitFromLonLat);
/** A third point on or within a few roundings of the great circle of two others. */
const nearlyFlat = fc
  .tuple(unit, unit, fc.double({ min: -2, max: 2, noNaN: true }), fc.integer({ min: -3, max: 3 }))
  .map(([a, b, t, steps]) => {
    const c = normalize(add(a, scale(b, t)));
    return [a, b, { ...c, z: c.z + steps * 2 ** -53 }] as const;
  });

test(`orientation changes sign with every exchange, also where the three are nearly in a plane (seed ${SEED})`, () => {
  fc.assert(
    fc.property(fc.oneof(fc.tuple(unit, unit, unit), nearlyFlat), ([a, b, c]) => {
      const sign = orientation(a, b, c);
      expect(orientation(b, c, a)).toBe(sign);
      expect(orientation(c, a, b)).toBe(sign);
      expect(orientation(b, a, c) + sign).toBe(0);
      expect(orientation(a, c, b) + sign).toBe(0);
    }),
    { seed: SEED, numRuns: 2000 },
  );
});

test('orientation is exact: zero in a plane, and decided by the last bit', () => {
  const a: Vec3 = { x: 1, y: 0, z: 0 };
  const b: Vec3 = { x: 0.6, y: 0.8, z: 0 };
  expect(orientation(a, b, { x: -0.28, y: 0.96, z: 0 })).toBe(0);
  expect(orientation(a, b, { x: 0, y: 1, z: 5e-324 })).toBe(1);
  expect(orientation(a, b, { x: 0, y: 1, z: -5e-324 })).toBe(-1);
});

test(`going a distance along a position angle arrives there (seed ${SEED})`, () => {
  fc.assert(
    fc.property(
      lonLat,
      fc.double({ min: 0, max: 6.28, noNaN: true }),
      fc.double({ min: 1e-9, max: 3, noNaN: true }),
      (from, angle, distance) => {
        const to = offsetBy(from, angle, distance);
        expect(Math.abs(separationLonLat(from, to) - distance)).toBeLessThan(2e-15 + 1e-8 * Math.max(0, distance - 3.1));
        if (distance < 3 && Math.cos(from.lat) > 1e-3)
          expect(Math.abs(wrapPi(positionAngle(from, to) - angle)) * Math.sin(distance)).toBeLessThan(2e-12);
        const { east, north } = tangentOffsets(from, to);
        expect(Math.hypot(east, north)).toBeCloseTo(distance, 12);
      },
    ),
    { seed: SEED, numRuns: 1000 },
  );
});

test(`normals stand on both and turns keep angles (seed ${SEED})`, () => {
  fc.assert(
    fc.property(unit, unit, fc.double({ min: -7, max: 7, noNaN: true }), (a, b, angle) => {
      const n = robustNormal(a, b);
      expect(Math.abs(separation(n, a) - Math.PI / 2)).toBeLessThan(1e-9);
      expect(Math.abs(separation(rotateAbout(a, n, angle), rotateAbout(b, n, angle)) - separation(a, b))).toBeLessThan(4e-15);
      expect(wrapTwoPi(angle)).toBeGreaterThanOrEqual(0);
      expect(wrapTwoPi(angle)).toBeLessThan(2 * Math.PI);
      expect(Math.abs(Math.sin(wrapPi(angle)) - Math.sin(angle))).toBeLessThan(1e-14);
    }),
    { seed: SEED, numRuns: 1000 },
  );
});
