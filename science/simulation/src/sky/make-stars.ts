import type { Random } from '@almagest/numerics';
import type { SkyRequest, SkySource } from './sky-model.ts';
import { interpolate, starMagnitudes } from './star-colours.ts';

const ARCSEC = Math.PI / 180 / 3600;

/** log10 of the stars brighter than r in a square degree at high galactic latitude. */
const CUMULATIVE: readonly (readonly [number, number])[] = [
  [12, 1.45],
  [14, 2.05],
  [16, 2.6],
  [18, 2.98],
  [20, 3.28],
  [22, 3.56],
  [24, 3.82],
  [26, 4.0],
];
/** The same the other way round, to draw magnitudes. */
const INVERSE = CUMULATIVE.map(([m, n]) => [n, m] as const);

/**
 * Draws stars in a cap of the sky: realistic counts, colours along the stellar locus, proper motions that fall with magnitude.
 *
 * @param firstId - Ids count up from here.
 */
export function makeStars(request: SkyRequest, random: Random, firstId: number): SkySource[] {
  const area = Math.PI * request.radiusDeg ** 2;
  const faint = interpolate(CUMULATIVE, request.limitMag);
  const count = random.poisson(area * request.starDensity * 10 ** faint);
  return Array.from({ length: count }, (_, i) => makeStar(request, random, firstId + i, faint));
}

function makeStar(request: SkyRequest, random: Random, id: number, faint: number): SkySource {
  const r = interpolate(INVERSE, Math.max(CUMULATIVE[0][1], faint + Math.log10(1 - random.uniform())));
  // Bright stars are mostly of solar type, faint ones mostly red dwarfs.
  const redFraction = Math.min(0.75, Math.max(0.1, 0.1 + 0.09 * (r - 15)));
  const gMinusI = random.uniform() < redFraction ? random.normal(2.2, 0.45) : random.normal(0.75, 0.25);
  const spread = 30e-3 * 10 ** (-0.12 * (r - 15));
  return {
    id,
    kind: 'star',
    ...positionInCap(request, random),
    pmRa: random.normal(0, spread) * ARCSEC,
    pmDec: random.normal(0, spread) * ARCSEC,
    mags: starMagnitudes(r, Math.min(3.2, Math.max(-0.2, gMinusI))),
  };
}

/** A point drawn uniformly from the cap of the request [rad]. */
export function positionInCap(request: SkyRequest, random: Random): { ra: number; dec: number } {
  const radians = Math.PI / 180;
  const cosRadius = Math.cos(request.radiusDeg * radians);
  const cosDistance = 1 - random.uniform() * (1 - cosRadius);
  return offsetPosition(
    { ra: request.raDeg * radians, dec: request.decDeg * radians },
    Math.acos(cosDistance),
    random.uniform(0, 2 * Math.PI),
  );
}

/** The point at an angular distance and position angle (east of north) from another [rad]. */
export function offsetPosition(
  from: { readonly ra: number; readonly dec: number },
  distance: number,
  angle: number,
): { ra: number; dec: number } {
  const sinDec = Math.sin(from.dec) * Math.cos(distance) + Math.cos(from.dec) * Math.sin(distance) * Math.cos(angle);
  const dec = Math.asin(Math.min(1, Math.max(-1, sinDec)));
  const y = Math.sin(angle) * Math.sin(distance) * Math.cos(from.dec);
  const x = Math.cos(distance) - Math.sin(from.dec) * sinDec;
  const ra = from.ra + Math.atan2(y, x);
  return { ra: ra - 2 * Math.PI * Math.floor(ra / (2 * Math.PI)), dec };
}
