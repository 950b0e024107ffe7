import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { htmEnvelope, htmIndex, htmInterior } from '../htm/htm.ts';
import { healpixCover, healpixEnvelope, healpixInterior } from '../healpix/healpix-tree.ts';
import { lonLatToNest64 } from '../healpix/index-64.ts';
import { lonLatToNest } from '../healpix/index-number.ts';
import {
  closeGaps,
  iterateRanges,
  rangeCount,
  rangesContain,
  rangeSet,
  rangesHave,
  refineRanges,
  subtractRanges,
} from '../ranges/range-set.ts';
import { lonInterval } from '../vector/interval.ts';
import { lonLatFromUnit, offsetBy, separation, unitFromLonLat } from '../vector/lon-lat.ts';
import { orientation } from '../vector/orientation.ts';
import { normalize, type Vec3 } from '../vector/vec3.ts';
import { boundingBox, boundingCircle } from './bounds.ts';
import { distanceField, regionHas } from './containment.ts';
import { decodeRegion, encodeRegion } from './encoding.ts';
import { convexHull, makeSimplePolygon } from './polygon.ts';
import { type ConvexPolygon, intersectionOf, makeBox, makeCircle, makeEllipse, type Region, unionOf } from './region.ts';
import { relate } from './relate.ts';

const SEED = 31;
/** Even in value, where fc.double is even in bits. */
const uniform = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: 2 ** 30 }).map((k) => min + ((max - min) * (k + 0.37)) / 2 ** 30);
const lonLat = fc.record({
  lon: uniform(0, 6.283),
  lat: uniform(-1.57, 1.57),
});
const unit = lonLat.map(unitFromLonLat);
const size = uniform(-3, 0).map((exponent) => 10 ** exponent);
const circle = fc.tuple(unit, size).map(([c, r]): Region => makeCircle(c, r));
const box = fc
  .tuple(lonLat, size, size)
  .map(([{ lon, lat }, w, h]): Region => makeBox(lonInterval(lon - 2 * w, lon + 2 * w), { a: lat - h, b: lat + h }));
const ellipse = fc
  .tuple(lonLat, size, uniform(0.1, 1), uniform(0, 3))
  .map(([c, a, ratio, angle]): Region => makeEllipse(c, { alpha: a, beta: a * ratio, angle }));
const polygon = fc.tuple(lonLat, size, fc.integer({ min: 3, max: 9 })).map(([c, r, n]): Region => {
  const corners = Array.from({ length: n }, (_, i) =>
    unitFromLonLat(offsetBy(c, (-2 * Math.PI * i) / n, r * (0.7 + 0.3 * Math.sin(7 * i)))),
  );
  return convexHull(corners);
});
const star = fc.tuple(lonLat, size, fc.integer({ min: 3, max: 7 })).map(([c, r, n]): Region => {
  const corners = Array.from({ length: 2 * n }, (_, i) => unitFromLonLat(offsetBy(c, (Math.PI * i) / n, i % 2 === 0 ? r : r * 0.4)));
  return makeSimplePolygon(corners);
});
const simple = fc.oneof(circle, box, polygon, star);
const single = fc.oneof(simple, ellipse);
const region = fc.oneof(
  single,
  fc.tuple(single, single).map(([a, b]): Region => unionOf(a, b)),
  fc.tuple(single, single).map(([a, b]): Region => intersectionOf(a, b)),
);

/** A point near the region, so that both answers occur. */
function pointNear(r: Region, at: { lon: number; lat: number }): Vec3 {
  const bound = boundingCircle(r);
  const center = lonLatFromUnit(bound.center);
  return unitFromLonLat(offsetBy(center, at.lon, Math.max(bound.radius, 1e-9) * (1.2 * Math.abs(at.lat)) ** 0.5));
}

const runs = { seed: SEED, numRuns: 600 };

test(`a region's bytes give back the same points (seed ${SEED})`, () => {
  fc.assert(
    fc.property(region, lonLat, (r, at) => {
      const p = pointNear(r, at);
      expect(regionHas(decodeRegion(encodeRegion(r)), p)).toBe(regionHas(r, p));
    }),
    runs,
  );
});

test(`bounding circle and box hold every point of the region (seed ${SEED})`, () => {
  fc.assert(
    fc.property(region, lonLat, (r, at) => {
      const p = pointNear(r, at);
      if (!regionHas(r, p)) return;
      expect(separation(boundingCircle(r).center, p)).toBeLessThanOrEqual(boundingCircle(r).radius + 1e-14);
      expect(regionHas(boundingBox(r), p)).toBe(true);
    }),
    runs,
  );
});

test(`the distance to the edge agrees in sign with containment and changes no faster than the point moves (seed ${SEED})`, () => {
  fc.assert(
    fc.property(region, lonLat, lonLat, (r, at, to) => {
      const [p, q] = [pointNear(r, at), pointNear(r, to)];
      const { signedDistance } = distanceField(r);
      if (Math.abs(signedDistance(p)) > 1e-14) expect(signedDistance(p) < 0).toBe(regionHas(r, p));
      expect(Math.abs(signedDistance(p) - signedDistance(q))).toBeLessThanOrEqual(separation(p, q) + 1e-14);
    }),
    runs,
  );
});

test(`certain relations hold for the points tried (seed ${SEED})`, () => {
  fc.assert(
    fc.property(region, region, fc.array(lonLat, { minLength: 20, maxLength: 20 }), fc.boolean(), (a, far, places, move) => {
      const b = move ? moveOnto(far, boundingCircle(a).center) : far;
      const { disjoint, contains, within } = relate(a, b);
      const reverse = relate(b, a);
      expect([reverse.disjoint, reverse.contains, reverse.within]).toEqual([disjoint, within, contains]);
      for (const at of places)
        for (const p of [pointNear(a, at), pointNear(b, at)]) {
          const [inA, inB] = [regionHas(a, p), regionHas(b, p)];
          if (inA && inB) expect(disjoint).not.toBe('yes');
          if (inA && !inB) expect(within).not.toBe('yes');
          if (inB && !inA) expect(contains).not.toBe('yes');
        }
    }),
    { seed: SEED, numRuns: 250 },
  );
});

test(`circles, boxes and polygons apart or across are told for certain (seed ${SEED})`, () => {
  fc.assert(
    fc.property(simple, simple, (a, b) => {
      const { disjoint, contains, within } = relate(a, b);
      expect([disjoint, contains, within]).not.toContain('unknown');
      if (disjoint === 'yes') expect([contains, within]).toEqual(['no', 'no']);
    }),
    { ...runs, unbiased: true, endOnFailure: true },
  );
});

test(`a region relates to itself as equal (seed ${SEED})`, () => {
  fc.assert(
    fc.property(simple, (a) => {
      const { disjoint, contains, within } = relate(a, a);
      expect(disjoint).toBe('no');
      expect(contains).not.toBe('no');
      expect(within).not.toBe('no');
    }),
    runs,
  );
});

test(`a cover is the finest envelope with as few ranges as allowed (seed ${SEED})`, () => {
  fc.assert(
    fc.property(region, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 29 }), (r, maxRanges, maxOrder) => {
      let expected = refineRanges(healpixEnvelope(0, r), 2 * 29);
      for (let order = 1; order <= maxOrder; order++) {
        const finer = healpixEnvelope(order, r);
        if (rangeCount(finer) > maxRanges) break;
        expected = refineRanges(finer, 2 * (29 - order));
      }
      expect(healpixCover(r, { maxRanges, maxOrder }).bounds).toEqual(expected.bounds);
    }),
    { seed: SEED, numRuns: 30 },
  );
});

test(`closed gaps are those that are small (seed ${SEED})`, () => {
  const ranges = fc.array(fc.tuple(fc.bigInt(0n, 500n), fc.bigInt(1n, 9n)), { maxLength: 30 });
  fc.assert(
    fc.property(ranges, fc.bigInt(0n, 20n), (list, gap) => {
      const set = rangeSet(list.map(([begin, length]) => [begin, begin + length]));
      const closed = closeGaps(set, gap);
      expect(rangesContain(closed, set)).toBe(true);
      const filled = [...iterateRanges(subtractRanges(closed, set))];
      const left = [...iterateRanges(closed)].slice(1).map(([begin], i) => begin - [...iterateRanges(closed)][i]![1]);
      expect(filled.every(([begin, end]) => end - begin < gap)).toBe(true);
      expect(left.every((size) => size >= gap)).toBe(true);
    }),
    { seed: SEED },
  );
});

test(`the hull of points that are almost in line holds all of them (seed ${SEED})`, () => {
  // Along a great circle from a to b, each off it by a few rounding errors at most.
  const almostInLine = fc.tuple(
    lonLat,
    fc.oneof(fc.constant(Math.PI / 2), fc.constant(0), uniform(0, 6.283)),
    uniform(-9, 0).map((exponent) => 10 ** exponent),
    fc.array(fc.tuple(uniform(0, 1), fc.integer({ min: -3, max: 3 })), { minLength: 3, maxLength: 12 }),
    fc.constantFrom(1e-16, 1e-15, 1e-12),
  );
  fc.assert(
    fc.property(almostInLine, ([from, bearing, length, places, step]) => {
      const [a, b] = [unitFromLonLat(from), unitFromLonLat(offsetBy(from, bearing, length))];
      const points = places.map(([t, off]) =>
        normalize({
          x: a.x * (1 - t) + b.x * t + off * step,
          y: a.y * (1 - t) + b.y * t - off * step,
          z: a.z * (1 - t) + b.z * t + off * step,
        }),
      );
      const hull = hullOrNone(points);
      if (!hull) return;
      const n = hull.vertices.length;
      for (const p of points)
        for (let i = 0; i < n; i++) expect(orientation(hull.vertices[i]!, hull.vertices[(i + 1) % n]!, p)).toBeGreaterThanOrEqual(0);
    }),
    { seed: SEED, numRuns: 1000 },
  );
});

/** The hull, or nothing where the points are exactly in line; any other failure is one of the test. */
function hullOrNone(points: readonly Vec3[]): ConvexPolygon | undefined {
  try {
    return convexHull(points);
  } catch (error) {
    expect(String(error)).toContain('all lie on one great circle');
    return undefined;
  }
}

test(`envelopes hold the cell of every inner point, interiors only cells inside (seed ${SEED})`, () => {
  fc.assert(
    fc.property(region, fc.array(lonLat, { minLength: 10, maxLength: 10 }), (r, places) => {
      const order = Math.max(1, Math.min(12, Math.round(Math.log2(1 / Math.max(boundingCircle(r).radius, 1e-3))) + 2));
      const [envelope, interior] = [healpixEnvelope(order, r), healpixInterior(order, r)];
      const [htm, htmInner] = [htmEnvelope(order, r), htmInterior(order, r)];
      expect(rangesContain(envelope, interior)).toBe(true);
      expect(rangesContain(htm, htmInner)).toBe(true);
      const cover = healpixCover(r, { maxRanges: 20 });
      expect(rangeCount(cover)).toBeLessThanOrEqual(20);
      for (const at of places) {
        const p = pointNear(r, at);
        const { lon, lat } = lonLatFromUnit(p);
        if (regionHas(r, p)) expect(rangesHave(cover, lonLatToNest64(29, lon, lat))).toBe(true);
        const [pixel, trixel] = [BigInt(lonLatToNest(order, lon, lat)), BigInt(htmIndex(order, p))];
        if (regionHas(r, p)) {
          expect(rangesHave(envelope, pixel)).toBe(true);
          expect(rangesHave(htm, trixel)).toBe(true);
        } else {
          expect(rangesHave(interior, pixel)).toBe(false);
          expect(rangesHave(htmInner, trixel)).toBe(false);
        }
      }
    }),
    { seed: SEED, numRuns: 150 },
  );
});

test('a wide interval of longitudes does not contain one that runs across its gap', () => {
  const wide = makeBox(lonInterval(5.59, 4.27), { a: -0.8, b: 1.2 });
  const across = makeBox(lonInterval(3.06, 1.45), { a: -0.5, b: 0.2 });
  expect(relate(across, wide)).toEqual({ disjoint: 'no', contains: 'no', within: 'no' });
});

function moveOnto(r: Region, center: Vec3): Region {
  if (r.kind !== 'circle') return r;
  return makeCircle(normalize({ x: center.x + r.radius / 2, y: center.y, z: center.z }), r.radius);
}
