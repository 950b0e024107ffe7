import { SphereRangeError } from '../errors.ts';
import { ARCSEC, type LonLat, lonLatFromUnit, unitFromLonLat } from '../vector/lon-lat.ts';
import { add, dot, norm, scale, subtract, type Vec3, vec3 } from '../vector/vec3.ts';

/** Where a star is and how it moves, ICRS at one epoch. */
export interface StarMotion {
  readonly position: LonLat;
  /** Proper motion in right ascension times cos(dec) [rad / Julian year]. */
  readonly pmRa: number;
  /** Proper motion in declination [rad / Julian year]. */
  readonly pmDec: number;
  /** [rad]; zero or less means unknown and treats the star as without perspective. */
  readonly parallax?: number;
  /** [km / s], positive away. */
  readonly radialVelocityKmS?: number;
}

/** Kilometres per second in one astronomical unit per Julian year: 149597870.7 / (365.25 * 86400). */
export const KM_S_PER_AU_YEAR: number = 149_597_870.7 / (365.25 * 86_400);

const AU_PER_LIGHT_SECOND = 1 / 499.004783836;

/**
 * Moves a star along a straight line at constant speed.
 *
 * @param years - Julian years from the epoch of `star` to the wanted one; negative goes back.
 * @returns Position, proper motion, parallax and radial velocity at that epoch.
 * @remarks Perspective acceleration included, light travel time not: under 0.1 mas in a century for all but the fastest nearby stars.
 * @see The Hipparcos and Tycho Catalogues, ESA SP-1200, volume 1, section 1.5.5.
 */
export function propagateStar(star: StarMotion, years: number): StarMotion {
  const { lon, lat } = star.position;
  if (![lon, lat, star.pmRa, star.pmDec, years].every(Number.isFinite))
    throw new SphereRangeError('star position, proper motion and years must be finite', {
      details: { value: `${lon}, ${lat}, ${star.pmRa}, ${star.pmDec}, ${years}` },
    });
  const { east, north } = tangents(star.position);
  const p = unitFromLonLat(star.position);
  const parallax = star.parallax ?? 0;
  // Radial motion as a rate of the distance [1 / year].
  const radial = parallax > 0 ? ((star.radialVelocityKmS ?? 0) / KM_S_PER_AU_YEAR) * parallax : 0;
  const motion = add(add(scale(east, star.pmRa), scale(north, star.pmDec)), scale(p, radial));
  const moved = add(p, scale(motion, years));
  const factor = 1 / norm(moved);
  const u = scale(moved, factor);
  const position = lonLatFromUnit(u);
  const velocity = scale(motion, factor);
  const away = dot(velocity, u);
  const across = subtract(velocity, scale(u, away));
  const frame = tangents(position);
  return {
    position,
    pmRa: dot(across, frame.east),
    pmDec: dot(across, frame.north),
    ...(star.parallax === undefined ? {} : { parallax: parallax * factor }),
    ...(star.radialVelocityKmS === undefined
      ? {}
      : { radialVelocityKmS: parallax > 0 ? (away / (parallax * factor)) * KM_S_PER_AU_YEAR : star.radialVelocityKmS }),
  };
}

/**
 * Direction from an observer to a star (proper direction before aberration): parallax moves it.
 *
 * @param observer - Barycentric position of the observer [AU], ICRS.
 */
export function directionFrom(star: StarMotion, observer: Vec3): Vec3 {
  const p = unitFromLonLat(star.position);
  const shifted = subtract(p, scale(observer, Math.max(0, star.parallax ?? 0)));
  return scale(shifted, 1 / norm(shifted));
}

/** Light time across the solar system from the observer to the barycentre along a direction [Julian year] (Roemer delay). */
export function roemerYears(direction: Vec3, observer: Vec3): number {
  return dot(direction, observer) / AU_PER_LIGHT_SECOND / (365.25 * 86_400);
}

/** Milliarcseconds in radians, for catalogue columns. */
export const MAS: number = ARCSEC / 1000;

function tangents({ lon, lat }: LonLat): { east: Vec3; north: Vec3 } {
  return {
    east: vec3(-Math.sin(lon), Math.cos(lon), 0),
    north: vec3(-Math.sin(lat) * Math.cos(lon), -Math.sin(lat) * Math.sin(lon), Math.cos(lat)),
  };
}
