import {
  circleDeg,
  encodeRegion,
  FULL_LON,
  lonInterval,
  makeBox,
  makeSimplePolygon,
  type Region,
  lonLatDeg,
  unitFromLonLat,
  DEGREE,
} from '@almagest/sphere';
import { readRegion, skypixRanges, type SkypixSystem } from '../dimensions/region.ts';

/** A region that is known before the query runs, encoded. */
export interface RegionLiteral {
  readonly bytes: Uint8Array;
}

/**
 * Region of a call such as CIRCLE(ra, dec, radius), in degrees.
 * POLYGON keeps its vertices: it is never replaced by its convex hull.
 *
 * @returns a sentence if the arguments are wrong, undefined for functions that make no region.
 */
export function parseRegionCall(name: string, values: readonly (number | string | Uint8Array)[]): RegionLiteral | string | undefined {
  if (name === 'REGION') {
    const [pos] = values;
    if (pos instanceof Uint8Array) return { bytes: pos };
    return typeof pos === 'string' ? parsePos(pos) : "REGION takes a position text such as 'CIRCLE 10 20 0.5'";
  }
  if (!['POINT', 'CIRCLE', 'BOX', 'POLYGON'].includes(name)) return undefined;
  const numbers = values.map(Number);
  if (values.some((value) => typeof value !== 'number') || numbers.some((value) => !Number.isFinite(value)))
    return `${name} takes numbers in degrees`;
  return regionOf(name, numbers);
}

/** The SIAv2 POS syntax: CIRCLE lon lat radius, RANGE lon1 lon2 lat1 lat2, POLYGON lon1 lat1 ... in degrees. */
function parsePos(text: string): RegionLiteral | string {
  const [name = '', ...words] = text.trim().split(/\s+/);
  const numbers = words.map((word) => (/^[+-]?inf$/i.test(word) ? Infinity * (word.startsWith('-') ? -1 : 1) : Number(word)));
  const upper = name.toUpperCase();
  const counts: Readonly<Record<string, boolean>> = {
    CIRCLE: numbers.length === 3,
    RANGE: numbers.length === 4,
    POLYGON: numbers.length >= 6 && numbers.length % 2 === 0,
  };
  if (!counts[upper] || numbers.some((value) => Number.isNaN(value)))
    return `a position is CIRCLE lon lat radius, RANGE lon1 lon2 lat1 lat2 or POLYGON lon1 lat1 ... in degrees; found ${JSON.stringify(text)}`;
  return regionOf(upper, numbers);
}

function regionOf(name: string, numbers: readonly number[]): RegionLiteral | string {
  try {
    return { bytes: encodeRegion(makeRegion(name, numbers)) };
  } catch (error) {
    return `${name}: ${(error as Error).message}`;
  }
}

function makeRegion(name: string, numbers: readonly number[]): Region {
  const [a = 0, b = 0, c = 0, d = 0] = numbers;
  if (Math.abs(b) > 90 && name !== 'RANGE') throw new RangeError(`a declination lies within -90 and 90; found ${b}`);
  switch (name) {
    case 'POINT':
      return circleDeg(a, b, 0);
    case 'CIRCLE':
      if (c < 0 || c > 180) throw new RangeError(`a radius lies within 0 and 180; found ${c}`);
      return circleDeg(a, b, c);
    case 'BOX':
      if (c < 0 || d < 0) throw new RangeError('width and height are not negative');
      return makeBox(c >= 360 ? FULL_LON : lonInterval((a - c / 2) * DEGREE, (a + c / 2) * DEGREE), {
        a: (b - d / 2) * DEGREE,
        b: (b + d / 2) * DEGREE,
      });
    case 'RANGE':
      return makeBox(b - a >= 360 ? FULL_LON : lonInterval(a * DEGREE, b * DEGREE), {
        a: Math.max(c, -90) * DEGREE,
        b: Math.min(d, 90) * DEGREE,
      });
    default: {
      const vertices = [];
      for (let i = 0; i < numbers.length; i += 2) vertices.push(unitFromLonLat(lonLatDeg(numbers[i]!, numbers[i + 1]!)));
      return makeSimplePolygon(vertices);
    }
  }
}

/** Most ranges that a statement lists; databases limit how deep a condition may nest. */
const MAX_RANGES = 200;

/** Half-open ranges of pixels that cover a region; narrow gaps are filled where there would be too many. */
export function pixelRanges(region: RegionLiteral, system: SkypixSystem): readonly (readonly [number, number])[] {
  const ranges = skypixRanges(readRegion(region.bytes), system);
  if (ranges.length <= MAX_RANGES) return ranges;
  const gaps = ranges.slice(1).map(([begin], i) => begin - ranges[i]![1]);
  const widest = gaps.toSorted((a, b) => b - a)[MAX_RANGES - 1]!;
  const merged: [number, number][] = [];
  for (const [i, [begin, end]] of ranges.entries()) {
    const last = merged.at(-1);
    if (last && gaps[i - 1]! < widest) last[1] = end;
    else if (last && merged.length >= MAX_RANGES) last[1] = end;
    else merged.push([begin, end]);
  }
  return merged;
}
