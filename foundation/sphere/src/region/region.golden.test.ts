import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatHtm, htmEnvelope, htmIndex, htmInterior, parseHtm } from '../htm/htm.ts';
import { iterateRanges, type RangeSet } from '../ranges/range-set.ts';
import type { Vec3 } from '../vector/vec3.ts';
import { regionHas } from './containment.ts';
import { decodeRegionBase64, encodeRegionBase64 } from './encoding.ts';
import { type Answer, relate } from './relate.ts';
import { EMPTY_BOX, EMPTY_CIRCLE, FULL_BOX, FULL_CIRCLE, isEmptyRegion, isFullRegion } from './region.ts';

type Triple = [number, number, number];
interface RegionCase {
  kind: string;
  bytes: string;
  points: Triple[];
  inside: boolean[];
  level?: number;
  envelope?: [string, string][];
  interior?: [string, string][];
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/sphgeom/expected.json', import.meta.url), 'utf8')) as {
  regions: RegionCase[];
  relations: [string, string, number][];
  htm: [Triple, number, string, string][];
  wire: Record<'union' | 'intersection' | 'nested' | 'joined' | 'emptyCircle' | 'fullCircle' | 'emptyBox' | 'fullBox', string> & {
    parts: string[];
  };
};
const vec = ([x, y, z]: Triple): Vec3 => ({ x, y, z });
const texts = (set: RangeSet): [string, string][] => [...iterateRanges(set)].map(([a, b]) => [String(a), String(b)]);

test('reads sphgeom bytes and writes the same ones', () => {
  for (const { bytes, kind } of golden.regions) {
    const again = encodeRegionBase64(decodeRegionBase64(bytes));
    if (kind !== 'ellipse') expect(again).toBe(bytes);
    // The ellipse's tangents pass through another library's tan(); compare as numbers.
    else closeBytes(again, bytes);
  }
  for (const key of ['union', 'intersection', 'nested', 'fullCircle', 'fullBox'] as const)
    expect(encodeRegionBase64(decodeRegionBase64(golden.wire[key]))).toBe(golden.wire[key]);
  expect(decodeRegionBase64(golden.wire.joined)).toEqual({ kind: 'union', operands: golden.wire.parts.map(decodeRegionBase64) });
  expect(isEmptyRegion(decodeRegionBase64(golden.wire.emptyBox))).toBe(true);
  expect(isEmptyRegion(decodeRegionBase64(golden.wire.emptyCircle))).toBe(true);
  expect(isFullRegion(decodeRegionBase64(golden.wire.fullBox))).toBe(true);
  expect(encodeRegionBase64(EMPTY_BOX)).toBe(golden.wire.emptyBox);
  expect(encodeRegionBase64(EMPTY_CIRCLE).length).toBe(golden.wire.emptyCircle.length);
  expect(encodeRegionBase64(FULL_BOX)).toBe(golden.wire.fullBox);
  expect(encodeRegionBase64(FULL_CIRCLE).length).toBe(golden.wire.fullCircle.length);
});

test('agrees with sphgeom on which points lie inside', () => {
  for (const { bytes, points, inside, kind } of golden.regions) {
    const region = decodeRegionBase64(bytes);
    expect(
      points.map((p) => regionHas(region, vec(p))),
      kind,
    ).toEqual(inside);
  }
});

test('agrees with sphgeom on relations of circles and polygons wherever it is certain', () => {
  let unknown = 0;
  for (const [a, b, bits] of golden.relations) {
    const { disjoint, contains, within } = relate(decodeRegionBase64(a), decodeRegionBase64(b));
    const agree = (ours: Answer, bit: number): void => {
      if (ours === 'unknown') unknown++;
      // sphgeom leaves a bit unset where it cannot tell, so only its yes binds us.
      else if ((bits & bit) !== 0) expect(ours).toBe('yes');
    };
    agree(disjoint, 1);
    agree(contains, 2);
    agree(within, 4);
  }
  expect(unknown).toBe(0);
});

test('gives the HTM indices and names of sphgeom', () => {
  for (const [p, level, index, name] of golden.htm) {
    expect(htmIndex(level, vec(p)), `${p.join()} level ${level}`).toBe(Number(index));
    expect(formatHtm(Number(index))).toBe(name);
    expect(parseHtm(name)).toBe(Number(index));
  }
});

test('gives the HTM envelopes and interiors of sphgeom for circles and polygons', () => {
  for (const { bytes, level, envelope, interior } of golden.regions) {
    if (level === undefined) continue;
    const region = decodeRegionBase64(bytes);
    expect(texts(htmEnvelope(level, region))).toEqual(envelope);
    expect(texts(htmInterior(level, region))).toEqual(interior);
  }
});

function closeBytes(a: string, b: string): void {
  const numbers = (text: string): Float64Array => new Float64Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).slice(1).buffer);
  const [p, q] = [numbers(a), numbers(b)];
  expect(p.length).toBe(q.length);
  for (const [i, value] of p.entries()) expect(Math.abs(value - q[i])).toBeLessThanOrEqual(4e-13 * Math.max(1, Math.abs(q[i])));
}
