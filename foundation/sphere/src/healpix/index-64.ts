import { SphereRangeError } from '../errors.ts';
import type { LonLat } from '../vector/lon-lat.ts';
import { FACE_LON, FACE_RING, type FacePixel, facePosition, gatherBits, requireOrder, spreadBits } from './face.ts';
import { beltFace, facePixelOfLonLat } from './index-number.ts';

/** Nested index of a position as a bigint, orders 0 to 29. */
export function lonLatToNest64(order: number, lon: number, lat: number): bigint {
  requireOrder(order);
  return nest64FromFace(order, facePixelOfLonLat(2 ** order, lon, lat));
}

/** Ring index of a position as a bigint, orders 0 to 29. */
export function lonLatToRing64(order: number, lon: number, lat: number): bigint {
  requireOrder(order);
  return ring64FromFace(order, facePixelOfLonLat(2 ** order, lon, lat));
}

/** Centre of a nested pixel, orders 0 to 29. */
export function nest64ToLonLat(order: number, pixel: bigint): LonLat {
  return centerOf(order, faceFromNest64(order, pixel));
}

/** Centre of a ring pixel, orders 0 to 29. */
export function ring64ToLonLat(order: number, pixel: bigint): LonLat {
  return centerOf(order, faceFromRing64(order, pixel));
}

/** Ring index of a nested pixel, orders 0 to 29. */
export function nest64ToRing64(order: number, pixel: bigint): bigint {
  return ring64FromFace(order, faceFromNest64(order, pixel));
}

/** Nested index of a ring pixel, orders 0 to 29. */
export function ring64ToNest64(order: number, pixel: bigint): bigint {
  return nest64FromFace(order, faceFromRing64(order, pixel));
}

export function nest64FromFace(order: number, { face, x, y }: FacePixel): bigint {
  const low = (spreadBits(x) | (spreadBits(y) << 1)) >>> 0;
  const high = (spreadBits(x >>> 16) | (spreadBits(y >>> 16) << 1)) >>> 0;
  return (BigInt(face) << BigInt(2 * order)) | (BigInt(high) << 32n) | BigInt(low);
}

export function faceFromNest64(order: number, pixel: bigint): FacePixel {
  requirePixel(order, pixel);
  const inFace = pixel & ((1n << BigInt(2 * order)) - 1n);
  const low = Number(inFace & 0xffffffffn);
  const high = Number(inFace >> 32n);
  return {
    face: Number(pixel >> BigInt(2 * order)),
    x: (gatherBits(low) | (gatherBits(high) << 16)) >>> 0,
    y: (gatherBits(low >>> 1) | (gatherBits(high >>> 1) << 16)) >>> 0,
  };
}

function ring64FromFace(order: number, { face, x, y }: FacePixel): bigint {
  const nside = 2 ** order;
  const ring = FACE_RING[face] * nside - x - y - 1;
  const nr = ring < nside ? ring : ring > 3 * nside ? 4 * nside - ring : nside;
  const inCap = ring < nside || ring > 3 * nside;
  const shift = inCap ? 0 : (ring - nside) % 2;
  const big = BigInt(nr);
  const bigSide = BigInt(nside);
  let before = 2n * bigSide * (bigSide - 1n) + BigInt(ring - nside) * 4n * bigSide;
  if (ring < nside) before = 2n * big * (big - 1n);
  else if (ring > 3 * nside) before = 12n * bigSide * bigSide - 2n * (big + 1n) * big;
  let column = (FACE_LON[face] * nr + x - y + 1 + shift) / 2;
  if (column > 4 * nr) column -= 4 * nr;
  else if (column < 1) column += 4 * nr;
  return before + BigInt(column - 1);
}

function faceFromRing64(order: number, pixel: bigint): FacePixel {
  requirePixel(order, pixel);
  const nside = 1n << BigInt(order);
  const side = 2 ** order;
  const count = 12n * nside * nside;
  const cap = 2n * nside * (nside - 1n);
  if (pixel < cap) {
    const { ring, column } = capRing(pixel);
    const quarter = Math.floor(column / ring);
    const inQuarter = column - quarter * ring;
    return { face: quarter, x: side - ring + inQuarter, y: side - 1 - inQuarter };
  }
  if (pixel >= count - cap) {
    const { ring, column: mirrored } = capRing(count - 1n - pixel);
    const column = 4 * ring - 1 - mirrored;
    const quarter = Math.floor(column / ring);
    const inQuarter = column - quarter * ring;
    return { face: quarter + 8, x: inQuarter, y: ring - 1 - inQuarter };
  }
  const inBelt = pixel - cap;
  return beltFace(side, Number(inBelt / (4n * nside)), Number(inBelt % (4n * nside)));
}

/** Ring (from 1) and column of a pixel of the northern cap; the double's root is corrected in integers. */
function capRing(pixel: bigint): { ring: number; column: number } {
  let ring = BigInt(Math.floor((1 + Math.sqrt(1 + 2 * Number(pixel))) / 2));
  while (2n * ring * (ring - 1n) > pixel) ring--;
  while (2n * ring * (ring + 1n) <= pixel) ring++;
  return { ring: Number(ring), column: Number(pixel - 2n * ring * (ring - 1n)) };
}

function centerOf(order: number, { face, x, y }: FacePixel): LonLat {
  const nside = 2 ** order;
  const { z, s, lon } = facePosition(face, (x + 0.5) / nside, (y + 0.5) / nside);
  return { lon, lat: Math.atan2(z, s) };
}

function requirePixel(order: number, pixel: bigint): void {
  requireOrder(order);
  const count = 12n << BigInt(2 * order);
  if (pixel < 0n || pixel >= count)
    throw new SphereRangeError(`HEALPix index of order ${order} must lie from 0 to ${count - 1n}; found ${pixel}`, {
      details: { value: String(pixel) },
    });
}
