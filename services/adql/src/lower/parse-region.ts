import type { LonLat } from './spherical-polygon.ts';

/** A constant region in ICRS degrees. */
export type ConstantRegion =
  | { readonly kind: 'point'; readonly at: LonLat }
  | { readonly kind: 'circle'; readonly at: LonLat; readonly radius: number }
  | { readonly kind: 'polygon'; readonly vertices: readonly LonLat[] };

const FRAMES = /^(ICRS|FK5|J2000|UNKNOWNFRAME|GALACTIC|FK4|ECLIPTIC)$/i;
const CONTEXT = /^(BARYCENTER|GEOCENTER|HELIOCENTER|LSR|TOPOCENTER|RELOCATABLE|UNKNOWNREFPOS|SPHERICAL2|CARTESIAN2)$/i;

/**
 * Reads a simple region: `CIRCLE 10 20 1`, `Polygon ICRS 1 2 3 4 5 6`, `Position ICRS 1 2`, `Box ICRS 1 2 3 4`, or bare
 * numbers as DALI writes them when the kind is given.
 *
 * @returns undefined for compounds (Union, Intersection, Not) and for frames other than ICRS, which FK5 at J2000 is taken for.
 * @see STC-S 1.33; DALI 1.1, section 3.3
 */
export function parseRegion(text: string, kind?: string): ConstantRegion | undefined {
  const words = text.trim().split(/[\s,]+/);
  const name = kind ?? words.shift() ?? '';
  while (words[0] !== undefined && (FRAMES.test(words[0]) || CONTEXT.test(words[0]))) {
    const frame = words.shift() ?? '';
    if (/^(GALACTIC|FK4|ECLIPTIC)$/i.test(frame)) return undefined;
  }
  const values = words.map(Number);
  if (values.length === 0 || !values.every(Number.isFinite)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = values;
  switch (name.toUpperCase()) {
    case 'POINT':
    case 'POSITION':
      return values.length === 2 ? { kind: 'point', at: [a, b] } : undefined;
    case 'CIRCLE':
      return values.length === 3 ? { kind: 'circle', at: [a, b], radius: c } : undefined;
    case 'BOX':
      return values.length === 4 ? { kind: 'polygon', vertices: boxVertices(a, b, c, d) } : undefined;
    case 'POLYGON':
      if (values.length < 6 || values.length % 2 === 1) return undefined;
      return {
        kind: 'polygon',
        vertices: Array.from({ length: values.length / 2 }, (_, i) => [values[2 * i] ?? 0, values[2 * i + 1] ?? 0] as const),
      };
    default:
      return undefined;
  }
}

/** The corners of ADQL's BOX: half the width and height on each side of the centre, in longitude and latitude. @see ADQL 2.1, section 4.2.9 */
export function boxVertices(lon: number, lat: number, width: number, height: number): LonLat[] {
  const [w, h] = [width / 2, height / 2];
  return [
    [lon - w, lat - h],
    [lon + w, lat - h],
    [lon + w, lat + h],
    [lon - w, lat + h],
  ];
}
