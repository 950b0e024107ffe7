import { SphereRangeError } from '../errors.ts';
import { HALF_PI, TWO_PI } from '../vector/lon-lat.ts';
import type { Vec3 } from '../vector/vec3.ts';

/** Deepest order whose indices are exact as doubles: 12 * 4^24 < 2^53. */
export const MAX_NUMBER_ORDER = 24;
/** Deepest order of the scheme: 12 * 4^29 < 2^62. */
export const MAX_ORDER = 29;

/** A pixel as its base face (0 to 11: north, equator, south) and place on it; x grows to the north-east, y to the north-west. */
export interface FacePixel {
  readonly face: number;
  readonly x: number;
  readonly y: number;
}

/** Ring of each face's southern corner in units of nside, and its longitude in units of pi/4 (Gorski et al. 2005, section 5.2). */
export const FACE_RING: readonly number[] = [2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4];
export const FACE_LON: readonly number[] = [1, 3, 5, 7, 0, 2, 4, 6, 1, 3, 5, 7];

/** Checks an order. Throws {@link SphereRangeError} unless an integer from 0 to `max`. */
export function requireOrder(order: number, max: number = MAX_ORDER): void {
  if (!Number.isInteger(order) || order < 0 || order > max)
    throw new SphereRangeError(
      `HEALPix order must be an integer from 0 to ${max}${max === MAX_NUMBER_ORDER ? ' here (indices as numbers); deeper orders take the bigint functions' : ''}; found ${order}`,
      { details: { value: String(order) } },
    );
}

/**
 * Finds the pixel of a position given as z = sin(latitude), s = cos(latitude) and longitude [rad].
 *
 * @see Gorski et al. 2005, ApJ 622, 759, sections 4 and 5.
 */
export function facePixel(nside: number, z: number, s: number, lon: number): FacePixel {
  const za = Math.abs(z);
  let quarter = (lon / HALF_PI) % 4;
  if (quarter < 0) quarter += 4;
  // A tiny negative longitude rounds to a full turn.
  if (quarter >= 4) quarter = 0;
  if (za <= 2 / 3) {
    const ascending = Math.floor(nside * (0.5 + quarter) - nside * z * 0.75);
    const descending = Math.floor(nside * (0.5 + quarter) + nside * z * 0.75);
    const faceA = Math.floor(ascending / nside);
    const faceD = Math.floor(descending / nside);
    const face = faceA === faceD ? (faceA & 3) + 4 : faceA < faceD ? faceA : faceD + 8;
    return { face, x: descending - faceD * nside, y: nside - (ascending - faceA * nside) - 1 };
  }
  const column = Math.min(3, Math.floor(quarter));
  const part = quarter - column;
  // Near the pole from the cosine of the latitude, which keeps its digits there.
  const reach = nside * (za < 0.99 ? Math.sqrt(3 * (1 - za)) : s * Math.sqrt(3 / (1 + za)));
  const a = Math.min(nside - 1, Math.floor(part * reach));
  const b = Math.min(nside - 1, Math.floor((1 - part) * reach));
  return z >= 0 ? { face: column, x: nside - b - 1, y: nside - a - 1 } : { face: column + 8, x: a, y: b };
}

/** A position on the unit sphere, with the cosine of the latitude kept for digits near the poles. */
export interface FacePosition {
  readonly z: number;
  readonly s: number;
  readonly lon: number;
}

/** Gives the position of a point of a face, x and y from 0 (south corner) to 1. */
export function facePosition(face: number, x: number, y: number): FacePosition {
  const ring = FACE_RING[face] - x - y;
  let nr = 1;
  let z = ((2 - ring) * 2) / 3;
  let s = Math.sqrt((1 - z) * (1 + z));
  if (ring < 1 || ring > 3) {
    nr = ring < 1 ? ring : 4 - ring;
    const t = (nr * nr) / 3;
    z = ring < 1 ? 1 - t : t - 1;
    s = Math.sqrt(t * (2 - t));
  }
  let step = FACE_LON[face] * nr + x - y;
  if (step < 0) step += 8 * nr;
  else if (step >= 8 * nr) step -= 8 * nr;
  const lon = nr < 1e-15 ? 0 : ((HALF_PI / 2) * step) / nr;
  return { z, s, lon: lon >= TWO_PI ? lon - TWO_PI : lon };
}

/** Unit vector of {@link facePosition}. */
export function faceVector(face: number, x: number, y: number): Vec3 {
  const { z, s, lon } = facePosition(face, x, y);
  return { x: s * Math.cos(lon), y: s * Math.sin(lon), z };
}

/** Spreads the low 16 bits of a number to the even bits of 32. */
export function spreadBits(value: number): number {
  let v = value & 0xffff;
  v = (v | (v << 8)) & 0x00ff00ff;
  v = (v | (v << 4)) & 0x0f0f0f0f;
  v = (v | (v << 2)) & 0x33333333;
  return (v | (v << 1)) & 0x55555555;
}

/** Gathers the even bits of 32 into 16; the inverse of {@link spreadBits}. */
export function gatherBits(value: number): number {
  let v = value & 0x55555555;
  v = (v | (v >>> 1)) & 0x33333333;
  v = (v | (v >>> 2)) & 0x0f0f0f0f;
  v = (v | (v >>> 4)) & 0x00ff00ff;
  return (v | (v >>> 8)) & 0xffff;
}

/** Interleaves as a double, exact for orders to 26. */
export function interleave(x: number, y: number): number {
  const low = (spreadBits(x) | (spreadBits(y) << 1)) >>> 0;
  const high = (spreadBits(x >>> 16) | (spreadBits(y >>> 16) << 1)) >>> 0;
  return high * 4294967296 + low;
}
