import { SphereRangeError } from '../errors.ts';
import { cross, dot, norm, subtract, type Vec3 } from './vec3.ts';

export const TWO_PI: number = 2 * Math.PI;
export const HALF_PI: number = Math.PI / 2;
export const DEGREE: number = Math.PI / 180;
export const ARCSEC: number = Math.PI / 648_000;

/** A direction in longitude and latitude [rad], of whatever frame the context names. */
export interface LonLat {
  readonly lon: number;
  readonly lat: number;
}

/** Makes a direction from degrees. Throws {@link SphereRangeError} unless finite and the latitude within 90 degrees. */
export function lonLatDeg(lonDeg: number, latDeg: number): LonLat {
  if (!Number.isFinite(lonDeg) || !(Math.abs(latDeg) <= 90))
    throw new SphereRangeError(`longitude must be finite and latitude within 90 degrees; found ${lonDeg}, ${latDeg} (degrees)`, {
      details: { value: `${lonDeg}, ${latDeg}` },
    });
  return { lon: lonDeg * DEGREE, lat: latDeg * DEGREE };
}

/** Reduces an angle to 0 <= angle < 2 pi. NaN stays NaN. */
export function wrapTwoPi(angle: number): number {
  if (angle >= 0 && angle < TWO_PI) return angle;
  const reduced = angle % TWO_PI;
  if (reduced >= 0) return reduced;
  const wrapped = reduced + TWO_PI;
  return wrapped < TWO_PI ? wrapped : 0;
}

/** Reduces an angle to -pi <= angle < pi. */
export function wrapPi(angle: number): number {
  const reduced = wrapTwoPi(angle);
  return reduced >= Math.PI ? reduced - TWO_PI : reduced;
}

/** Unit vector of a longitude and latitude [rad]. */
export function unitFromLonLat(direction: LonLat): Vec3 {
  const cosLat = Math.cos(direction.lat);
  return { x: Math.cos(direction.lon) * cosLat, y: Math.sin(direction.lon) * cosLat, z: Math.sin(direction.lat) };
}

/** Gives longitude in 0 to 2 pi (0 at the poles) and latitude of a vector of any length but zero. */
export function lonLatFromUnit(v: Vec3): LonLat {
  return { lon: v.x === 0 && v.y === 0 ? 0 : wrapTwoPi(Math.atan2(v.y, v.x)), lat: Math.atan2(v.z, Math.hypot(v.x, v.y)) };
}

/**
 * Angular separation of two vectors [rad].
 *
 * @remarks By atan2 of cross and dot product: full accuracy (a few 1e-16 rad) at all separations, near 0 and pi too.
 */
export function separation(a: Vec3, b: Vec3): number {
  return Math.atan2(norm(cross(a, b)), dot(a, b));
}

/** Angular separation of two directions [rad], with the accuracy of {@link separation}. */
export function separationLonLat(a: LonLat, b: LonLat): number {
  const sinHalfLat = Math.sin((b.lat - a.lat) / 2);
  const sinHalfLon = Math.sin((b.lon - a.lon) / 2);
  const haversine = sinHalfLat * sinHalfLat + Math.cos(a.lat) * Math.cos(b.lat) * sinHalfLon * sinHalfLon;
  if (haversine < 0.5) return 2 * Math.asin(Math.sqrt(haversine));
  return separation(unitFromLonLat(a), unitFromLonLat(b));
}

/** Squared chord between two unit vectors: 4 sin^2(separation / 2). */
export function squaredChord(a: Vec3, b: Vec3): number {
  const d = subtract(a, b);
  return dot(d, d);
}

/** Position angle at `from` of the great circle to `to` [rad], 0 to 2 pi, from north through east. Zero for equal directions. */
export function positionAngle(from: LonLat, to: LonLat): number {
  const dLon = to.lon - from.lon;
  const east = Math.cos(to.lat) * Math.sin(dLon);
  // sin(to) cos(from) - cos(to) sin(from) cos(dLon), written without cancellation for near directions.
  const half = Math.sin(dLon / 2);
  const north = Math.sin(to.lat - from.lat) + 2 * Math.cos(to.lat) * Math.sin(from.lat) * half * half;
  return east === 0 && north === 0 ? 0 : wrapTwoPi(Math.atan2(east, north));
}

/** Goes `distance` [rad] from a direction along a position angle [rad, north through east]. */
export function offsetBy(from: LonLat, angle: number, distance: number): LonLat {
  const sinLat = Math.sin(from.lat);
  const cosLat = Math.cos(from.lat);
  const sinDist = Math.sin(distance);
  const cosDist = Math.cos(distance);
  const north = Math.cos(angle) * sinDist;
  const east = Math.sin(angle) * sinDist;
  const x = cosLat * cosDist - sinLat * north;
  const lat = Math.atan2(sinLat * cosDist + cosLat * north, Math.hypot(x, east));
  return { lon: wrapTwoPi(from.lon + Math.atan2(east, x)), lat };
}

/** Offsets of `to` in the local frame at `from` [rad]: great-circle distance split into east and north by position angle. */
export function tangentOffsets(from: LonLat, to: LonLat): { readonly east: number; readonly north: number } {
  const distance = separationLonLat(from, to);
  const angle = positionAngle(from, to);
  return { east: distance * Math.sin(angle), north: distance * Math.cos(angle) };
}
