import { DaliParameterError } from '@almagest/dali';
import { DEGREE, lonLatDeg, makeCircle, makeSimplePolygon, type Region, regionHas, unitFromLonLat, type Vec3 } from '@almagest/sphere';

/** A part of the sky as DALI and SODA write it; degrees, ICRS. */
export type SkyShape =
  | { readonly kind: 'circle'; readonly ra: number; readonly dec: number; readonly radius: number }
  | { readonly kind: 'range'; readonly lon: readonly [number, number]; readonly lat: readonly [number, number] }
  | { readonly kind: 'polygon'; readonly points: readonly (readonly [number, number])[] };

/** More corners than any sky polygon in use has. */
const MAX_CORNERS = 200;

/**
 * Parses `CIRCLE`, `RANGE` or `POLYGON` with its numbers, the first word given apart or in the text (`POS`).
 *
 * @throws {DaliParameterError} @see SODA 1.0, section 3.3
 */
export function parseShape(text: string, name: string): SkyShape {
  const words = text.trim().split(/\s+/);
  const kind = (name === 'POS' ? words.shift() : name)?.toUpperCase();
  const fail = (expected: string): never => {
    throw new DaliParameterError(`${name} must be ${expected}; found ${JSON.stringify(text.slice(0, 80))}`, {
      details: { parameter: name },
    });
  };
  if (words.length > 2 * MAX_CORNERS) fail(`a shape of at most ${MAX_CORNERS} corners`);
  const numbers = words.map((word) =>
    kind === 'RANGE' && /^[+-]?Inf(inity)?$/i.test(word) ? (word.startsWith('-') ? -Infinity : Infinity) : numberOf(word),
  );
  if (kind === 'CIRCLE') {
    const [ra = Number.NaN, dec = Number.NaN, radius = Number.NaN] = numbers;
    if (numbers.length !== 3 || !(ra >= 0 && ra <= 360) || !(Math.abs(dec) <= 90) || !(radius > 0 && radius <= 180))
      fail('CIRCLE ra dec radius, in degrees, with a radius above 0');
    return { kind: 'circle', ra, dec, radius };
  }
  if (kind === 'RANGE') {
    const [a = Number.NaN, b = Number.NaN, c = Number.NaN, d = Number.NaN] = numbers;
    if (numbers.length !== 4 || !(a <= b) || !(c <= d)) fail('RANGE ra1 ra2 dec1 dec2, in degrees, each pair in order');
    return { kind: 'range', lon: [Math.max(0, a), Math.min(360, b)], lat: [Math.max(-90, c), Math.min(90, d)] };
  }
  if (kind === 'POLYGON') {
    const points = Array.from({ length: Math.floor(numbers.length / 2) }, (_, i) => [numbers[2 * i]!, numbers[2 * i + 1]!] as const);
    const sound = points.every(([ra, dec]) => ra >= 0 && ra <= 360 && Math.abs(dec) <= 90);
    if (numbers.length < 6 || numbers.length % 2 === 1 || !sound) fail('POLYGON with at least three pairs ra dec, in degrees');
    return { kind: 'polygon', points };
  }
  return fail('CIRCLE, RANGE or POLYGON');
}

/** Points that lie around the shape; whatever holds them and the shape's own inside holds the shape (up to its curvature). */
export function outlineOf(shape: SkyShape): readonly (readonly [ra: number, dec: number])[] {
  if (shape.kind === 'polygon') return shape.points;
  if (shape.kind === 'range') {
    const [a, b] = shape.lon;
    const [c, d] = shape.lat;
    const steps = Array.from({ length: 17 }, (_, k) => k / 16);
    return [
      ...steps.flatMap((t) => [[a + t * (b - a), c] as const, [a + t * (b - a), d] as const]),
      ...steps.flatMap((t) => [[a, c + t * (d - c)] as const, [b, c + t * (d - c)] as const]),
    ];
  }
  const { ra, dec, radius } = shape;
  const [d0, r] = [dec * DEGREE, radius * DEGREE];
  return Array.from({ length: 32 }, (_, k) => {
    const angle = (2 * Math.PI * k) / 32;
    const sinDec = Math.sin(d0) * Math.cos(r) + Math.cos(d0) * Math.sin(r) * Math.cos(angle);
    const lon = Math.atan2(Math.sin(angle) * Math.sin(r) * Math.cos(d0), Math.cos(r) - Math.sin(d0) * sinDec);
    return [ra + lon / DEGREE, Math.asin(sinDec) / DEGREE] as const;
  });
}

/** Says whether a position [deg] lies inside. @throws {DaliParameterError} if a polygon crosses itself or is too large. */
export function shapeTest(shape: SkyShape): (ra: number, dec: number) => boolean {
  if (shape.kind === 'range') {
    const { lon, lat } = shape;
    return (ra, dec) => ra >= lon[0] && ra <= lon[1] && dec >= lat[0] && dec <= lat[1];
  }
  const region = shape.kind === 'circle' ? makeCircle(unit(shape.ra, shape.dec), shape.radius * DEGREE) : polygonOf(shape.points);
  return (ra, dec) => regionHas(region, unit(ra, dec));
}

function polygonOf(points: readonly (readonly [number, number])[]): Region {
  const vertices = points.map(([ra, dec]) => unit(ra, dec));
  try {
    return makeSimplePolygon(vertices);
  } catch {
    // DALI lets a polygon run either way around.
    try {
      return makeSimplePolygon(vertices.toReversed());
    } catch (cause) {
      throw new DaliParameterError('POLYGON must not cross itself and must fit in a hemisphere', {
        details: { parameter: 'POLYGON' },
        cause,
      });
    }
  }
}

export const unit = (ra: number, dec: number): Vec3 => unitFromLonLat(lonLatDeg(ra, dec));

function numberOf(word: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(word) ? Number(word) : Number.NaN;
}
