import { readFileSync } from 'node:fs';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { subtractRanges } from '../ranges/range-set.ts';
import { circleDeg } from '../region/region.ts';
import { decodeMocFits, encodeMocFits } from './moc-fits.ts';
import { formatMoc, formatMocJson, formatSpaceTimeMoc, parseMoc, parseMocJson, parseSpaceTimeMoc } from './moc-text.ts';
import {
  complementMoc,
  degradeMoc,
  differMocs,
  intersectMocs,
  type Moc,
  mocFraction,
  mocFromRegion,
  subtractMocs,
  uniteMocs,
} from './moc.ts';
import { intersectSpaceTime, type SpaceTimeMoc, subtractSpaceTime, uniteSpaceTime } from './space-time-moc.ts';

interface Forms {
  fits: string;
  ascii: string;
  json: Record<string, number[]>;
  order: number;
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/mocpy/expected.json', import.meta.url), 'utf8')) as {
  texts: (Forms & { fitsPre: string; fraction: number })[];
  algebra: Record<'a' | 'b' | 'union' | 'intersection' | 'difference' | 'symmetric' | 'complement' | 'degraded', string>[];
  cones: { lon: number; lat: number; radius: number; order: number; ascii: string }[];
  time: Forms & { other: string; union: string; intersection: string };
  spaceTime: Record<'fits' | 'ascii' | 'otherFits' | 'other' | 'union' | 'intersection' | 'difference', string>;
};
const bytes = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));

test('reads and writes the ASCII, JSON and FITS forms of mocpy', () => {
  for (const { fits, fitsPre, ascii, json, order, fraction } of golden.texts) {
    const moc = parseMoc(ascii);
    expect(moc.order).toBe(order);
    expect(formatMoc(moc)).toBe(ascii);
    expect(JSON.parse(formatMocJson(moc))).toEqual(json);
    expect(parseMocJson(JSON.stringify(json, undefined, 1))).toEqual(moc);
    expect(decodeMocFits(bytes(fits))).toEqual(moc);
    expect(decodeMocFits(bytes(fitsPre))).toEqual(moc);
    expect(decodeMocFits(encodeMocFits(moc))).toEqual(moc);
    expect(decodeMocFits(encodeMocFits(moc, { ordering: 'nuniq' }))).toEqual(moc);
    expect(mocFraction(moc)).toBeCloseTo(fraction, 14);
  }
});

test('gives the unions, intersections, differences and complements of mocpy', () => {
  for (const each of golden.algebra) {
    const [a, b] = [parseMoc(each.a), parseMoc(each.b)];
    expect(formatMoc(uniteMocs(a, b))).toBe(parsedOver(each.union, a, b));
    expect(formatMoc(intersectMocs(a, b))).toBe(parsedOver(each.intersection, a, b));
    expect(formatMoc(subtractMocs(a, b))).toBe(parsedOver(each.difference, a, b));
    expect(formatMoc(differMocs(a, b))).toBe(parsedOver(each.symmetric, a, b));
    expect(formatMoc(complementMoc(a))).toBe(formatMoc(parseMoc(each.complement)));
    expect(formatMoc(degradeMoc(a, 4))).toBe(formatMoc(parseMoc(each.degraded)));
  }
});

test('covers cones with the cells that mocpy takes, within 3 percent', () => {
  for (const { lon, lat, radius, order, ascii } of golden.cones) {
    const theirs = parseMoc(ascii);
    const ours = mocFromRegion(order, circleDeg(lon, lat, radius));
    const inner = mocFromRegion(order, circleDeg(lon, lat, radius), 'interior');
    expect(subtractRanges(inner.ranges, theirs.ranges).bounds.length).toBe(0);
    expect(mocFraction(ours) / mocFraction(theirs)).toBeLessThan(1.03);
    expect(mocFraction(ours) / mocFraction(theirs)).toBeGreaterThan(0.97);
  }
});

test('reads, writes and combines time maps as mocpy does', () => {
  const { fits, ascii, order, other, union, intersection } = golden.time;
  const moc = parseMoc(ascii, 'time');
  expect(moc.order).toBe(order);
  expect(decodeMocFits(bytes(fits))).toEqual(moc);
  expect(formatMoc(moc)).toBe(ascii);
  expect(decodeMocFits(encodeMocFits(moc))).toEqual(moc);
  const second = parseMoc(other, 'time');
  expect(formatMoc(uniteMocs(moc, second))).toBe(formatMoc(parseMoc(union, 'time')));
  expect(formatMoc(intersectMocs(moc, second))).toBe(formatMoc(parseMoc(intersection, 'time')));
});

test('reads, writes and combines space-time maps as mocpy does', () => {
  const { fits, ascii, otherFits, other, union, intersection, difference } = golden.spaceTime;
  const a = parseSpaceTimeMoc(ascii);
  const b = parseSpaceTimeMoc(other);
  expect(decodeMocFits(bytes(fits))).toEqual(a);
  expect(decodeMocFits(bytes(otherFits))).toEqual(b);
  expect(formatSpaceTimeMoc(a)).toBe(ascii);
  expect(decodeMocFits(encodeMocFits(b))).toEqual(b);
  expect(canonical(uniteSpaceTime(a, b))).toBe(canonical(parseSpaceTimeMoc(union)));
  expect(canonical(intersectSpaceTime(a, b))).toBe(canonical(parseSpaceTimeMoc(intersection)));
  expect(canonical(subtractSpaceTime(b, a))).toBe(canonical(parseSpaceTimeMoc(difference)));
});

test.skipIf(!haveData)('reads the maps of real surveys', () => {
  const fraction = (name: string): number => mocFraction(decodeMocFits(readFileSync(dataPath(`moc/${name}`))) as Moc);
  // mocpy 0.21.0 gives these sky fractions.
  expect(fraction('CDS-I-125A-catalog_MOC.fits')).toBeCloseTo(0.016234079996744793, 15);
  expect(fraction('P-GALEXGR6-AIS-FUV.fits')).toBeCloseTo(0.682103474934896, 14);
  expect(fraction('P-SDSS9-r.fits')).toBeCloseTo(0.3624379634857178, 14);
});

/** The same map as text, with the finest order of both operands named as ours names it. */
function parsedOver(text: string, a: Moc, b: Moc): string {
  return formatMoc({ ...parseMoc(text), order: Math.max(a.order, b.order) });
}

function canonical(moc: SpaceTimeMoc): string {
  return moc.entries
    .map(({ time, space }) => `t${[...time.ranges.bounds].join()}s${[...space.ranges.bounds].join()}`)
    .toSorted()
    .join(' ');
}
