import { SphereShapeError } from '../errors.ts';
import { facePixel, MAX_NUMBER_ORDER, requireOrder } from './face.ts';
import { nestFromFace } from './index-number.ts';

const INVERSE_HALF_PI = 2 / Math.PI;
/** What pi/2 as a double lacks of pi/2. */
const HALF_PI_REST = 6.123233995736766e-17;
/** A latitude may pass a pole by a rounding. */
const MAX_LAT = Math.PI / 2 + 1e-15;
/** Deepest order whose indices fit 31 bits, so that the inner loop stays in integers. */
const MAX_NARROW_ORDER = 13;

/** Face of a pixel of the belt by the faces that its two diagonals enter, as 8 * ascending + descending. */
const BELT_FACE: Int32Array = Int32Array.from({ length: 64 }, (_, pair) => {
  const [ascending, descending] = [pair >> 3, pair & 7];
  if (ascending === descending) return (ascending & 3) + 4;
  return ascending < descending ? ascending : descending + 8;
});

/** Bits of a byte at the even places of 16. */
const SPREAD: Int32Array = Int32Array.from({ length: 256 }, (_, byte) => {
  let spread = 0;
  for (let bit = 0; bit < 8; bit++) spread |= ((byte >> bit) & 1) << (2 * bit);
  return spread;
});

/**
 * Nested indices of many positions, orders 0 to 24.
 *
 * @param lon - Longitudes [rad]. @param lat - Latitudes [rad], same length.
 * @param out - Receives the indices; fresh unless given. A position that is not finite or beyond a pole gets NaN.
 * @returns `out`.
 * @throws {SphereShapeError} where lengths differ. {@link SphereRangeError} for other orders.
 * @remarks Same pixels as `lonLatToNest`, to which a law test holds it; the sine is summed here, within 1.5 units in the last place of 1.
 *   `bench/sphere-healpix.ts` compares it with healpy.
 */
export function lonLatToNestColumn(
  order: number,
  lon: Float64Array,
  lat: Float64Array,
  out: Float64Array = new Float64Array(lon.length),
): Float64Array {
  requireOrder(order, MAX_NUMBER_ORDER);
  requireLengths(lon.length, lat.length, out.length);
  if (order <= MAX_NARROW_ORDER) fillNarrow(order, lon, lat, out);
  else fillWide(order, lon, lat, out);
  return out;
}

/**
 * A third of random positions lies in the caps, so the branch between belt and cap is mispredicted often enough;
 * the other choices are made by table and mask, which nearly doubles the speed.
 */
function fillNarrow(order: number, lon: Float64Array, lat: Float64Array, out: Float64Array): void {
  const nside = 2 ** order;
  const mask = nside - 1;
  const shift = 2 * order;
  const climb = nside * 0.75;
  const spread = SPREAD;
  const beltFace = BELT_FACE;
  for (let i = 0; i < lon.length; i++) {
    const latitude = lat[i];
    let quarter = lon[i] * INVERSE_HALF_PI;
    if (!(quarter >= 0 && quarter < 4 && latitude >= -MAX_LAT && latitude <= MAX_LAT)) {
      quarter = firstTurn(quarter);
      if (quarter !== quarter || !(latitude >= -MAX_LAT && latitude <= MAX_LAT)) {
        out[i] = NaN;
        continue;
      }
    }
    const z = sine(latitude);
    const za = Math.abs(z);
    let face: number;
    let x: number;
    let y: number;
    if (za <= 0.6666666666666666) {
      const along = nside * (0.5 + quarter);
      const across = climb * z;
      const ascending = (along - across) | 0;
      const descending = (along + across) | 0;
      face = beltFace[((ascending >> order) << 3) | (descending >> order)];
      x = descending & mask;
      y = mask - (ascending & mask);
    } else {
      const column = quarter | 0;
      const part = quarter - column;
      const reach = nside * polarReach(latitude, za);
      const a = Math.min(mask, (part * reach) | 0);
      const b = Math.min(mask, ((1 - part) * reach) | 0);
      // All ones in the north, zero in the south: z is beyond 2/3 either way.
      const north = -((z * 0.5 + 0.9) | 0);
      face = column + (8 & ~north);
      x = ((mask - b) & north) | (a & ~north);
      y = ((mask - a) & north) | (b & ~north);
    }
    out[i] = (face << shift) + (spread[x & 255] | (spread[y & 255] << 1) | ((spread[x >> 8] | (spread[y >> 8] << 1)) << 16));
  }
}

function fillWide(order: number, lon: Float64Array, lat: Float64Array, out: Float64Array): void {
  const nside = 2 ** order;
  for (let i = 0; i < lon.length; i++) {
    const usable = Number.isFinite(lon[i]) && Math.abs(lat[i]) <= MAX_LAT;
    out[i] = usable ? nestFromFace(order, facePixel(nside, sine(lat[i]), polarCosine(lat[i]), lon[i])) : NaN;
  }
}

/** Ring indices of many positions, orders 0 to 24; otherwise like {@link lonLatToNestColumn}. */
export function lonLatToRingColumn(
  order: number,
  lon: Float64Array,
  lat: Float64Array,
  out: Float64Array = new Float64Array(lon.length),
): Float64Array {
  requireOrder(order, MAX_NUMBER_ORDER);
  requireLengths(lon.length, lat.length, out.length);
  const nside = 2 ** order;
  const cap = 2 * nside * (nside - 1);
  const count = 12 * nside * nside;
  const climb = nside * 0.75;
  for (let i = 0; i < lon.length; i++) {
    const latitude = lat[i];
    let quarter = lon[i] * INVERSE_HALF_PI;
    if (!(quarter >= 0 && quarter < 4 && latitude >= -MAX_LAT && latitude <= MAX_LAT)) {
      quarter = firstTurn(quarter);
      if (quarter !== quarter || !(latitude >= -MAX_LAT && latitude <= MAX_LAT)) {
        out[i] = NaN;
        continue;
      }
    }
    const z = sine(latitude);
    const za = Math.abs(z);
    if (za <= 0.6666666666666666) {
      const along = nside * (0.5 + quarter);
      const across = climb * z;
      // Under 2^28, so that truncation in 32 bits is floor.
      const ascending = (along - across) | 0;
      const descending = (along + across) | 0;
      const row = nside + ascending - descending;
      const column = (ascending + descending - nside + 1 + (row & 1)) >> 1;
      out[i] = cap + row * 4 * nside + (column < 4 * nside ? column : column - 4 * nside);
    } else {
      const part = quarter - (quarter | 0);
      const reach = nside * polarReach(latitude, za);
      const ring = Math.min(nside, ((part * reach) | 0) + (((1 - part) * reach) | 0) + 1);
      const column = Math.min(4 * ring - 1, (quarter * ring) | 0);
      // 2 r (r - 1) from the north, count - 2 r (r + 1) from the south, without a branch: z is beyond 2/3 either way.
      const north = (z * 0.5 + 0.9) | 0;
      out[i] = count * (1 - north) + (4 * north - 2) * ring * ring - 2 * ring + column;
    }
  }
  return out;
}

/**
 * Nested indices of many positions as 64-bit integers, orders 0 to 29 (HATS keeps order 29 as `_healpix_29`).
 *
 * @param out - Receives the indices; fresh unless given. A position that is not finite or beyond a pole gets -1.
 */
export function lonLatToNest64Column(
  order: number,
  lon: Float64Array,
  lat: Float64Array,
  out: BigInt64Array = new BigInt64Array(lon.length),
): BigInt64Array {
  requireOrder(order);
  requireLengths(lon.length, lat.length, out.length);
  const nside = 2 ** order;
  // Two 32-bit words an index, low first: every platform that runs this is little-endian.
  const words = new Uint32Array(out.buffer, out.byteOffset, 2 * out.length);
  const faceShift = 2 * order;
  const spread = SPREAD;
  for (let i = 0; i < lon.length; i++) {
    const latitude = lat[i];
    if (!(Math.abs(latitude) <= MAX_LAT) || !Number.isFinite(lon[i])) {
      out[i] = -1n;
      continue;
    }
    const { face, x, y } = facePixel(nside, sine(latitude), polarCosine(latitude), lon[i]);
    const low = spread[x & 255] + 2 * spread[y & 255] + 65536 * (spread[(x >>> 8) & 255] + 2 * spread[(y >>> 8) & 255]);
    const high = spread[(x >>> 16) & 255] + 2 * spread[(y >>> 16) & 255] + 65536 * (spread[x >>> 24] + 2 * spread[y >>> 24]);
    words[2 * i] = faceShift < 32 ? low + face * 2 ** faceShift : low;
    words[2 * i + 1] = faceShift < 32 ? Math.floor((low + face * 2 ** faceShift) / 4294967296) : high + face * 2 ** (faceShift - 32);
  }
  return out;
}

/** Reduces quarter turns to 0 <= q < 4. */
function firstTurn(quarter: number): number {
  const reduced = quarter - 4 * Math.floor(quarter / 4);
  return reduced >= 4 ? 0 : reduced;
}

/** sin(x) for |x| <= pi/2 by its Taylor series to x^21: truncation under 1e-18, rounding under 1.5 units in the last place of 1. */
function sine(x: number): number {
  const q = x * x;
  const high = 1 / 355687428096000 + q * (-1 / 121645100408832000 + q * (1 / 51090942171709440000));
  const middle = -1 / 39916800 + q * (1 / 6227020800 + q * (-1 / 1307674368000 + q * high));
  return x + x * q * (-1 / 6 + q * (1 / 120 + q * (-1 / 5040 + q * (1 / 362880 + q * middle))));
}

/** sqrt(3 (1 - |z|)), near the pole by the cosine of the latitude, which keeps its digits there. */
function polarReach(latitude: number, za: number): number {
  return za < 0.99 ? Math.sqrt(3 * (1 - za)) : polarCosine(latitude) * Math.sqrt(3 / (1 + za));
}

/** cos(latitude), accurate at the poles. */
function polarCosine(latitude: number): number {
  return Math.abs(Math.sin(Math.PI / 2 - Math.abs(latitude) + HALF_PI_REST));
}

function requireLengths(...lengths: readonly number[]): void {
  if (lengths.some((length) => length !== lengths[0]))
    throw new SphereShapeError(`longitudes, latitudes and output must be of one length; found ${lengths.join(', ')}`, {
      details: { lengths },
    });
}
