import { AlmagestError } from '@almagest/errors';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  boxDeg,
  circleDeg,
  convexHull,
  decodeMocFits,
  decodeRegion,
  decodeRegionBase64,
  encodeMocFits,
  encodeRegion,
  lonLatDeg,
  lonLatToNest,
  lonLatToNest64,
  makeConvexPolygon,
  makeEllipse,
  makeSimplePolygon,
  mocFromRegion,
  nestToLonLat,
  parseHtm,
  parseMoc,
  parseMocJson,
  parseSpaceTimeMoc,
  PolygonError,
  regionHas,
  relate,
  SphereRangeError,
  unionOf,
  unitFromLonLat,
} from './index.ts';

const SEED = 13;
const at = (lon: number, lat: number): { x: number; y: number; z: number } => unitFromLonLat(lonLatDeg(lon, lat));
const polygon = convexHull([at(0, 0), at(5, 0), at(5, 5), at(0, 5)]);
const union = unionOf(circleDeg(10, 20, 1), boxDeg(350, -5, 10, 5), polygon);

/** Runs the reader; anything but success or one of our own errors is a bug. */
function survives(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof AlmagestError)) throw error;
  }
}

function damaged(bytes: Uint8Array, edits: readonly (readonly [number, number])[], cut: number): Uint8Array {
  const copy = bytes.slice(0, Math.max(0, bytes.length - cut));
  for (const [place, value] of edits) if (copy.length > 0) copy[place % copy.length] = value;
  return copy;
}

const edits = fc.array(fc.tuple(fc.nat(20_000), fc.nat(255)), { maxLength: 6 });

test(`damaged region bytes give a region or a RegionDecodeError (seed ${SEED})`, () => {
  const bytes = encodeRegion(union);
  fc.assert(
    fc.property(edits, fc.nat(40), (changes, cut) => survives(() => regionHas(decodeRegion(damaged(bytes, changes, cut)), at(1, 2)))),
    { seed: SEED, numRuns: 5000 },
  );
});

test(`damaged MOC files and texts give a map or a MocFormatError (seed ${SEED})`, () => {
  const bytes = encodeMocFits(mocFromRegion(6, circleDeg(10, 20, 3)));
  fc.assert(
    fc.property(edits, fc.nat(6000), (changes, cut) => survives(() => decodeMocFits(damaged(bytes, changes, cut)))),
    { seed: SEED, numRuns: 2000 },
  );
  const token = fc.constantFrom(
    '3/',
    '29/',
    's',
    't',
    '1-4',
    '0-3458764513820540927',
    '-',
    '7',
    ' ',
    '{',
    '}',
    '"5":',
    '[1,2]',
    ',',
    '99999999999999999999999',
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
      const text = tokens.join('');
      survives(() => parseMoc(text));
      survives(() => parseMoc(text, 'time'));
      survives(() => parseMocJson(text));
      survives(() => parseSpaceTimeMoc(text));
      survives(() => parseHtm(text));
      survives(() => decodeRegionBase64(text));
    }),
    { seed: SEED, numRuns: 5000 },
  );
});

test('long texts of blanks and brackets are read in bounded time', () => {
  const start = performance.now();
  survives(() => parseMocJson(`{${'"1":[1] ,  '.repeat(20_000)}!`));
  survives(() => parseMoc('1/ '.repeat(50_000)));
  expect(performance.now() - start).toBeLessThan(5000);
});

test('refuses what is no polygon', () => {
  expect(() => makeConvexPolygon([at(0, 0), at(1, 0)])).toThrow(PolygonError);
  expect(() => makeConvexPolygon([at(0, 0), at(0, 5), at(5, 0)])).toThrow(PolygonError);
  expect(() => makeConvexPolygon([at(0, 0), at(5, 0), at(1, 1), at(0, 5)])).toThrow(PolygonError);
  expect(() => convexHull([at(0, 0), at(120, 0), at(240, 0)])).toThrow(PolygonError);
  expect(() => makeSimplePolygon([at(0, 0), at(5, 5), at(5, 0), at(0, 5)])).toThrow(PolygonError);
  expect(() => makeSimplePolygon([at(0, 0), at(5, 0), at(0, 0), at(0, 5)])).toThrow(PolygonError);
});

test('a polygon with a notch holds what lies beside the notch and not what lies in it, either way round', () => {
  const corners = [at(0, 0), at(10, 0), at(10, 10), at(5, 3), at(0, 10)];
  for (const shape of [makeSimplePolygon(corners), makeSimplePolygon(corners.toReversed())]) {
    expect(regionHas(shape, at(1, 7))).toBe(true);
    expect(regionHas(shape, at(5, 6))).toBe(false);
    expect(relate(circleDeg(5, 8, 1), shape).disjoint).toBe('yes');
    expect(relate(circleDeg(2, 2, 1), shape).within).toBe('yes');
    expect(relate(shape, circleDeg(5, 5, 9)).within).toBe('yes');
    expect(relate(decodeRegion(encodeRegion(shape)), circleDeg(2, 2, 1)).disjoint).toBe('no');
  }
});

test('refuses orders, indices and numbers that do not exist', () => {
  expect(() => lonLatToNest(25, 0, 0)).toThrow(SphereRangeError);
  expect(() => lonLatToNest64(30, 0, 0)).toThrow(SphereRangeError);
  expect(() => lonLatToNest(3, 0, 2)).toThrow(SphereRangeError);
  expect(() => lonLatToNest(3, Number.NaN, 0)).toThrow(SphereRangeError);
  expect(() => nestToLonLat(0, 12)).toThrow(SphereRangeError);
  expect(() => circleDeg(0, 0, Number.NaN)).toThrow(SphereRangeError);
  expect(() => makeEllipse(lonLatDeg(0, 0), { alpha: 2, beta: 1, angle: 0 })).toThrow(SphereRangeError);
  expect(() => parseHtm('N4')).toThrow(SphereRangeError);
});
