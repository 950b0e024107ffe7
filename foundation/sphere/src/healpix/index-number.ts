import { SphereRangeError } from '../errors.ts';
import type { LonLat } from '../vector/lon-lat.ts';
import {
  FACE_LON,
  FACE_RING,
  type FacePixel,
  facePixel,
  facePosition,
  gatherBits,
  interleave,
  MAX_NUMBER_ORDER,
  requireOrder,
} from './face.ts';

/** Nested index of a position, orders 0 to 24. Throws {@link SphereRangeError} for other orders and latitudes beyond the poles. */
export function lonLatToNest(order: number, lon: number, lat: number): number {
  return nestFromFace(order, faceOfLonLat(order, lon, lat));
}

/** Ring index of a position, orders 0 to 24. */
export function lonLatToRing(order: number, lon: number, lat: number): number {
  return ringFromFace(order, faceOfLonLat(order, lon, lat));
}

/** Centre of a nested pixel, orders 0 to 24. */
export function nestToLonLat(order: number, pixel: number): LonLat {
  return centerOf(order, faceFromNest(order, pixel));
}

/** Centre of a ring pixel, orders 0 to 24. */
export function ringToLonLat(order: number, pixel: number): LonLat {
  return centerOf(order, faceFromRing(order, pixel));
}

/** Ring index of a nested pixel, orders 0 to 24. */
export function nestToRing(order: number, pixel: number): number {
  return ringFromFace(order, faceFromNest(order, pixel));
}

/** Nested index of a ring pixel, orders 0 to 24. */
export function ringToNest(order: number, pixel: number): number {
  return nestFromFace(order, faceFromRing(order, pixel));
}

/** Number of pixels of an order, 12 * 4^order; exact to order 24. */
export function healpixCount(order: number): number {
  return 12 * 4 ** order;
}

export function nestFromFace(order: number, { face, x, y }: FacePixel): number {
  return face * 4 ** order + interleave(x, y);
}

/** Splits a nested index. Throws {@link SphereRangeError} where the index is not of the order. */
export function faceFromNest(order: number, pixel: number): FacePixel {
  requirePixel(order, pixel);
  const area = 4 ** order;
  const face = Math.floor(pixel / area);
  const inFace = pixel - face * area;
  const high = Math.floor(inFace / 4294967296);
  const low = inFace >>> 0;
  return { face, x: gatherBits(low) | (gatherBits(high) << 16), y: gatherBits(low >>> 1) | (gatherBits(high >>> 1) << 16) };
}

export function ringFromFace(order: number, { face, x, y }: FacePixel): number {
  const nside = 2 ** order;
  const ring = FACE_RING[face] * nside - x - y - 1;
  const inCap = ring < nside || ring > 3 * nside;
  const nr = ring < nside ? ring : ring > 3 * nside ? 4 * nside - ring : nside;
  const shift = inCap ? 0 : (ring - nside) & 1;
  const before =
    ring < nside
      ? 2 * nr * (nr - 1)
      : ring > 3 * nside
        ? 12 * nside * nside - 2 * (nr + 1) * nr
        : 2 * nside * (nside - 1) + (ring - nside) * 4 * nside;
  let column = (FACE_LON[face] * nr + x - y + 1 + shift) / 2;
  if (column > 4 * nr) column -= 4 * nr;
  else if (column < 1) column += 4 * nr;
  return before + column - 1;
}

export function faceFromRing(order: number, pixel: number): FacePixel {
  requirePixel(order, pixel);
  const nside = 2 ** order;
  const count = 12 * nside * nside;
  const cap = 2 * nside * (nside - 1);
  if (pixel < cap) {
    const ring = capRing(pixel);
    return polarFace(nside, ring, pixel - 2 * ring * (ring - 1), true);
  }
  if (pixel >= count - cap) {
    const mirrored = count - 1 - pixel;
    const ring = capRing(mirrored);
    return polarFace(nside, ring, 4 * ring - 1 - (mirrored - 2 * ring * (ring - 1)), false);
  }
  const inBelt = pixel - cap;
  const row = Math.floor(inBelt / (4 * nside));
  return beltFace(nside, row, inBelt - row * 4 * nside);
}

/** Ring (from 1) of a pixel of the northern cap: the largest r with 2 r (r - 1) <= pixel. */
function capRing(pixel: number): number {
  let ring = Math.floor((1 + Math.sqrt(1 + 2 * pixel)) / 2);
  while (2 * ring * (ring - 1) > pixel) ring--;
  while (2 * ring * (ring + 1) <= pixel) ring++;
  return ring;
}

function polarFace(nside: number, ring: number, column: number, north: boolean): FacePixel {
  const quarter = Math.floor(column / ring);
  const inQuarter = column - quarter * ring;
  return north
    ? { face: quarter, x: nside - ring + inQuarter, y: nside - 1 - inQuarter }
    : { face: quarter + 8, x: inQuarter, y: ring - 1 - inQuarter };
}

/** Pixel of the equatorial belt by row (0 is ring nside) and column. */
export function beltFace(nside: number, row: number, column: number): FacePixel {
  // The diagonals through the pixel's centre, at column + 1/2 in even rows and column in odd ones, in units of nside.
  const ascending = column + Math.floor(row / 2);
  const descending = nside + column - Math.floor((row + 1) / 2);
  const faceA = Math.floor(ascending / nside);
  const faceD = Math.floor(descending / nside);
  const face = faceA === faceD ? (faceA & 3) + 4 : faceA < faceD ? faceA : faceD + 8;
  return { face, x: descending - faceD * nside, y: nside - 1 - (ascending - faceA * nside) };
}

function faceOfLonLat(order: number, lon: number, lat: number): FacePixel {
  requireOrder(order, MAX_NUMBER_ORDER);
  return facePixelOfLonLat(2 ** order, lon, lat);
}

/** Checks a position and finds its pixel. */
export function facePixelOfLonLat(nside: number, lon: number, lat: number): FacePixel {
  if (!(Math.abs(lat) <= Math.PI / 2 + 1e-15) || !Number.isFinite(lon))
    throw new SphereRangeError(`longitude must be finite and latitude within pi/2; found ${lon}, ${lat} (radian)`, {
      details: { value: `${lon}, ${lat}` },
    });
  return facePixel(nside, Math.sin(lat), Math.abs(Math.cos(lat)), lon);
}

function centerOf(order: number, { face, x, y }: FacePixel): LonLat {
  const nside = 2 ** order;
  const { z, s, lon } = facePosition(face, (x + 0.5) / nside, (y + 0.5) / nside);
  return { lon, lat: Math.atan2(z, s) };
}

function requirePixel(order: number, pixel: number): void {
  requireOrder(order, MAX_NUMBER_ORDER);
  if (!Number.isInteger(pixel) || pixel < 0 || pixel >= 12 * 4 ** order)
    throw new SphereRangeError(`HEALPix index of order ${order} must be an integer from 0 to ${12 * 4 ** order - 1}; found ${pixel}`, {
      details: { value: String(pixel) },
    });
}
