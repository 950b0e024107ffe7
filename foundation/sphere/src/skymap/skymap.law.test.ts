import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { regionHas } from '../region/containment.ts';
import { DEGREE, lonLatDeg, separationLonLat, unitFromLonLat } from '../vector/lon-lat.ts';
import {
  findAllTracts,
  findTract,
  getTract,
  makeDiscreteSkyMap,
  makeHealpixSkyMap,
  makeRingsSkyMap,
  type SkyMap,
  tractCount,
} from './sky-map.ts';
import { findAllPatches, findPatch, getPatch, iteratePatches, tractHas } from './tract.ts';
import { planeFromSky, skyFromPlane } from './tangent-plane.ts';
import { SkyMapLookupError } from '../errors.ts';

const SEED = 120;
const HSC = makeRingsSkyMap({ numRings: 120, geometry: { pixelScale: (0.168 / 3600) * DEGREE, tractOverlap: DEGREE / 60 } });
const DC2 = makeRingsSkyMap({ numRings: 120, geometry: { pixelScale: (0.2 / 3600) * DEGREE, tractOverlap: DEGREE / 60 } });
const COARSE = makeRingsSkyMap({
  numRings: 12,
  raStart: 0.3,
  geometry: { pixelScale: DEGREE / 100, patchInnerWidth: 300, patchInnerHeight: 200, patchBorder: 20 },
});
const PIXELS = makeHealpixSkyMap({ order: 2, geometry: { pixelScale: DEGREE / 50, patchInnerWidth: 400, patchInnerHeight: 400 } });
const sky = fc.record({
  lon: fc.integer({ min: 0, max: 2 ** 30 }).map((k) => (2 * Math.PI * k) / 2 ** 30),
  lat: fc.integer({ min: -(2 ** 30), max: 2 ** 30 }).map((k) => Math.asin(k / 2 ** 30)),
});

test('numbers tracts and patches as the surveys that use rings do', () => {
  // Hyper Suprime-Cam's COSMOS field is tract 9813 with 9 x 9 patches; the tutorials of Rubin's Data Preview 0.2 (DESC DC2, 7 x 7 patches) give tract 4431, patch 17 for their cluster.
  const index = findTract(HSC, lonLatDeg(150.1163, 2.2058));
  expect(index).toBe(9813);
  const cosmos = getTract(HSC, index);
  expect([cosmos.patchesX, cosmos.patchesY]).toEqual([9, 9]);
  expect([cosmos.width, cosmos.height]).toEqual([36_000, 36_000]);
  expect(findPatch(cosmos, cosmos.center)).toBe(40);
  expect(tractCount(HSC)).toBe(18_938);
  const cluster = lonLatDeg(55.745834, -32.269167);
  const dc2 = getTract(DC2, findTract(DC2, cluster));
  expect(dc2.index).toBe(4431);
  expect(findPatch(dc2, cluster)).toBe(17);
  expect([dc2.patchesX, dc2.patchesY]).toEqual([7, 7]);
});

test.each<[string, SkyMap]>([
  ['rings', COARSE],
  ['healpix', PIXELS],
])(`every direction lies in the inner region and on the pixels of its tract, map %s (seed ${SEED})`, (_, map) => {
  fc.assert(
    fc.property(sky, (at) => {
      const index = findTract(map, at);
      const tract = getTract(map, index);
      expect(tractHas(tract, at)).toBe(true);
      if (map.kind === 'rings') expect(regionHas(tract.innerRegion, unitFromLonLat(at))).toBe(true);
      expect(regionHas(tract.outerRegion, unitFromLonLat(at))).toBe(true);
      const all = findAllTracts(map, at);
      expect(all).toContain(index);
      const patchIndex = findPatch(tract, at)!;
      const patch = getPatch(tract, patchIndex);
      expect(findAllPatches(tract, at)).toContain(patchIndex);
      expect(regionHas(patch.innerRegion, unitFromLonLat(at))).toBe(true);
      for (const each of findAllPatches(tract, at)) expect(regionHas(getPatch(tract, each).outerRegion, unitFromLonLat(at))).toBe(true);
      const pixel = planeFromSky(tract.plane, at)!;
      expect(separationLonLat(skyFromPlane(tract.plane, pixel), at)).toBeLessThan(1e-14);
    }),
    { seed: SEED, numRuns: 300 },
  );
});

test('finds the same tracts as trying all', () => {
  for (const map of [COARSE, PIXELS])
    fc.assert(
      fc.property(sky, (at) => {
        const expected = Array.from({ length: tractCount(map) }, (_, i) => i).filter((i) => tractHas(getTract(map, i), at));
        expect(findAllTracts(map, at)).toEqual(expected);
      }),
      { seed: SEED, numRuns: 12 },
    );
});

test('inner boxes of patches tile the tract and outer ones stay on it', () => {
  const tract = getTract(COARSE, 40);
  let pixels = 0;
  for (const { inner, outer } of iteratePatches(tract)) {
    pixels += inner.width * inner.height;
    expect(outer.x0).toBe(Math.max(0, inner.x0 - 20));
    expect(outer.x0 + outer.width).toBe(Math.min(tract.width, inner.x0 + inner.width + 20));
    expect(outer.y0 + outer.height).toBeLessThanOrEqual(tract.height);
  }
  expect(pixels).toBe(tract.width * tract.height);
});

test('places discrete tracts where told and refuses numbers that do not exist', () => {
  const map = makeDiscreteSkyMap([
    { center: lonLatDeg(10, 20), radius: DEGREE },
    { center: lonLatDeg(50, -20), radius: DEGREE / 2 },
  ]);
  expect(findTract(map, lonLatDeg(49, -19))).toBe(1);
  expect(findAllTracts(map, lonLatDeg(200, 0))).toEqual([]);
  const tract = getTract(map, 0);
  expect(tract.width * tract.geometry.pixelScale).toBeGreaterThan(2 * 2 * DEGREE);
  expect(() => getTract(map, 2)).toThrow(SkyMapLookupError);
  expect(() => getPatch(tract, -1)).toThrow(SkyMapLookupError);
});
