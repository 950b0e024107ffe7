import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { iterateRanges } from '../ranges/range-set.ts';
import { makeCircle } from '../region/region.ts';
import { lonLatFromUnit, separation, unitFromLonLat } from '../vector/lon-lat.ts';
import { lonLatToNest64Column, lonLatToNestColumn, lonLatToRingColumn } from './columns.ts';
import { healpixEnvelope, healpixInterior, healpixMaxRadius } from './healpix-tree.ts';
import { lonLatToNest64, lonLatToRing64, nest64ToLonLat, nest64ToRing64, ring64ToNest64 } from './index-64.ts';
import { lonLatToNest, lonLatToRing, nestToLonLat, nestToRing, ringToNest } from './index-number.ts';
import { nestBoundary, nestNeighbours, ringNeighbours } from './neighbours.ts';

type Triple = [number, number, number];
const golden = JSON.parse(readFileSync(new URL('../../test/golden/healpy/expected.json', import.meta.url), 'utf8')) as {
  lon: number[];
  lat: number[];
  pixels: { order: number; nest: string[]; ring: string[]; lon: number[]; lat: number[] }[];
  neighbours: [number, number, number[], number[]][];
  boundaries: [number, number, Triple[]][];
  discs: { center: Triple; radius: number; order: number; centers: number[]; touching: number[] }[];
  maxRadius: number[];
};
const lon = Float64Array.from(golden.lon);
const lat = Float64Array.from(golden.lat);

test('gives the nested and ring pixels of healpy at orders 0 to 29', () => {
  let worst = 0;
  for (const { order, nest, ring } of golden.pixels)
    for (const [i, expected] of nest.entries()) {
      const pixel = lonLatToNest64(order, lon[i], lat[i]);
      // healpy rounds z = cos(theta); at order 29 (0.4 mas pixels) a point on an edge may fall to the next pixel.
      if (String(pixel) !== expected) worst = Math.max(worst, apart(order, pixel, BigInt(expected)));
      else expect(String(lonLatToRing64(order, lon[i], lat[i]))).toBe(ring[i]);
      expect(String(nest64ToRing64(order, BigInt(expected)))).toBe(ring[i]);
      expect(String(ring64ToNest64(order, BigInt(ring[i])))).toBe(expected);
      if (order <= 24 && String(pixel) === expected) {
        expect(lonLatToNest(order, lon[i], lat[i])).toBe(Number(expected));
        expect(lonLatToRing(order, lon[i], lat[i])).toBe(Number(ring[i]));
        expect(nestToRing(order, Number(expected))).toBe(Number(ring[i]));
        expect(ringToNest(order, Number(ring[i]))).toBe(Number(expected));
      }
    }
  expect(worst).toBeLessThan(3);
});

test('finds the same pixels column by column', () => {
  for (const { order } of golden.pixels) {
    const exact = Array.from(lon, (each, i) => lonLatToNest64(order, each, lat[i]));
    const wide = lonLatToNest64Column(order, lon, lat);
    expect(exact.every((pixel, i) => pixel === wide[i] || apart(order, pixel, wide[i]) < 3)).toBe(true);
    if (order > 24) continue;
    const nest = lonLatToNestColumn(order, lon, lat);
    const ring = lonLatToRingColumn(order, lon, lat);
    for (const [i, pixel] of nest.entries()) {
      expect(apart(order, BigInt(pixel), exact[i])).toBeLessThan(order < 20 ? 1e-9 : 3);
      expect(apart(order, BigInt(ringToNest(order, ring[i])), exact[i])).toBeLessThan(order < 20 ? 1e-9 : 3);
    }
  }
});

test('gives the pixel centres of healpy', () => {
  // The golden angles carry 15 digits.
  for (const { order, nest, lon: lons, lat: lats } of golden.pixels)
    for (const [i, expected] of lons.entries()) {
      const center = nest64ToLonLat(order, BigInt(nest[i]));
      expect(separation(unitFromLonLat(center), unitFromLonLat({ lon: expected, lat: lats[i] }))).toBeLessThan(6e-15);
      if (order <= 24) expect(nestToLonLat(order, Number(nest[i]))).toEqual(center);
    }
});

test('gives the neighbours, edges and largest radius of healpy', () => {
  for (const [order, pixel, nest, ring] of golden.neighbours) {
    expect(nestNeighbours(order, pixel)).toEqual(nest);
    expect(ringNeighbours(order, pixel)).toEqual(ring);
  }
  for (const [order, pixel, points] of golden.boundaries)
    for (const [i, p] of nestBoundary(order, pixel, 3).entries())
      expect(separation(p, { x: points[i][0], y: points[i][1], z: points[i][2] })).toBeLessThan(1e-14);
  // healpy takes an arc cosine, which loses digits as pixels shrink.
  for (const [order, expected] of golden.maxRadius.entries())
    expect(Math.abs(healpixMaxRadius(order) / expected - 1)).toBeLessThan(2e-9 + 1e-15 / expected);
});

test('disc envelopes hold all pixels that healpy finds touching, and few more', () => {
  let extra = 0;
  let total = 0;
  for (const {
    center: [x, y, z],
    radius,
    order,
    centers,
    touching,
  } of golden.discs) {
    const disc = makeCircle({ x, y, z }, radius);
    const envelope = new Set(pixelsOf(healpixEnvelope(order, disc)));
    // healpy's own inclusive disc is widened by a 64th of a pixel, so its centres are the firm part.
    expect(centers.every((pixel) => envelope.has(pixel))).toBe(true);
    const firm = touching.filter((pixel) => nestBoundary(order, pixel, 16).some((p) => separation(p, disc.center) <= radius));
    expect(firm.every((pixel) => envelope.has(pixel))).toBe(true);
    extra += [...envelope].filter((pixel) => !touching.includes(pixel)).length;
    total += envelope.size;
    for (const pixel of pixelsOf(healpixInterior(order, disc)))
      for (const p of nestBoundary(order, pixel, 8)) expect(separation(p, disc.center)).toBeLessThanOrEqual(radius);
  }
  expect(extra / total).toBeLessThan(0.03);
});

/** Distance of two pixels' centres in units of a pixel. */
function apart(order: number, a: bigint, b: bigint): number {
  return separation(unitFromLonLat(nest64ToLonLat(order, a)), unitFromLonLat(nest64ToLonLat(order, b))) * 2 ** order;
}

function pixelsOf(set: Parameters<typeof iterateRanges>[0]): number[] {
  const pixels: number[] = [];
  for (const [begin, end] of iterateRanges(set)) for (let i = begin; i < end; i++) pixels.push(Number(i));
  return pixels;
}

test('takes latitude and longitude back from a unit vector', () => {
  expect(lonLatFromUnit({ x: 0, y: 0, z: -1 })).toEqual({ lon: 0, lat: -Math.PI / 2 });
});
