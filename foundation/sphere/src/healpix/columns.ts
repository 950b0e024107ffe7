import { SphereShapeError } from '../errors.ts';
import { facePixel, MAX_NUMBER_ORDER, requireOrder } from './face.ts';

const INVERSE_HALF_PI = 2 / Math.PI;
const QUARTER_PI = Math.PI / 4;
/** What pi/2 as a double lacks of pi/2. */
const HALF_PI_REST = 6.123233995736766e-17;

/** Bits of a byte at the even places of 16. */
const SPREAD: Uint16Array = Uint16Array.from({ length: 256 }, (_, byte) => {
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
 * @remarks Same pixels as `lonLatToNest`, to which a law test holds it; the sine is summed here, within 1 unit in the last place.
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
  const nside = 2 ** order;
  const area = 4 ** order;
  const mask = nside - 1;
  const wide = order > 15;
  const spread = SPREAD;
  for (let i = 0; i < lon.length; i++) {
    const latitude = lat[i];
    const z = sine(latitude);
    let quarter = lon[i] * INVERSE_HALF_PI;
    if (!(quarter >= 0 && quarter < 4)) {
      quarter -= 4 * Math.floor(quarter / 4);
      if (quarter >= 4) quarter = 0;
    }
    const za = z < 0 ? -z : z;
    let face: number;
    let x: number;
    let y: number;
    if (za <= 0.6666666666666666) {
      const along = nside * (0.5 + quarter);
      const across = nside * z * 0.75;
      // Under 2^28, so that truncation in 32 bits is floor.
      const ascending = (along - across) | 0;
      const descending = (along + across) | 0;
      const faceA = ascending >> order;
      const faceD = descending >> order;
      face = faceA === faceD ? (faceA & 3) + 4 : faceA < faceD ? faceA : faceD + 8;
      x = descending & mask;
      y = mask - (ascending & mask);
    } else if (za <= 1) {
      const column = quarter | 0;
      const part = quarter - column;
      const reach = nside * polarCosine(latitude, za) * Math.sqrt(3 / (1 + za));
      const a = Math.min(mask, (part * reach) | 0);
      const b = Math.min(mask, ((1 - part) * reach) | 0);
      face = z >= 0 ? column : column + 8;
      x = z >= 0 ? mask - b : a;
      y = z >= 0 ? mask - a : b;
    } else {
      out[i] = NaN;
      continue;
    }
    // Two bytes a coordinate make 32 bits, unsigned as a double.
    const low = spread[x & 255] + 2 * spread[y & 255] + 65536 * (spread[(x >> 8) & 255] + 2 * spread[(y >> 8) & 255]);
    out[i] = wide ? face * area + 4294967296 * (spread[(x >> 16) & 255] + 2 * spread[(y >> 16) & 255]) + low : face * area + low;
    if (quarter !== quarter) out[i] = NaN;
  }
  return out;
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
  for (let i = 0; i < lon.length; i++) {
    const latitude = lat[i];
    const z = sine(latitude);
    let quarter = lon[i] * INVERSE_HALF_PI;
    if (!(quarter >= 0 && quarter < 4)) {
      quarter -= 4 * Math.floor(quarter / 4);
      if (quarter >= 4) quarter = 0;
    }
    const za = z < 0 ? -z : z;
    if (za <= 0.6666666666666666) {
      const along = nside * (0.5 + quarter);
      const across = nside * z * 0.75;
      const ascending = (along - across) | 0;
      const descending = (along + across) | 0;
      const row = nside + ascending - descending;
      let column = (ascending + descending - nside + 1 + (row & 1)) >> 1;
      if (column >= 4 * nside) column -= 4 * nside;
      out[i] = cap + row * 4 * nside + column;
    } else if (za <= 1) {
      const part = quarter - (quarter | 0);
      const reach = nside * polarCosine(latitude, za) * Math.sqrt(3 / (1 + za));
      const a = (part * reach) | 0;
      const b = ((1 - part) * reach) | 0;
      const ring = Math.min(nside, a + b + 1);
      const column = Math.min(4 * ring - 1, (quarter * ring) | 0);
      out[i] = z > 0 ? 2 * ring * (ring - 1) + column : count - 2 * ring * (ring + 1) + column;
    } else out[i] = NaN;
    if (quarter !== quarter) out[i] = NaN;
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
    if (!(Math.abs(latitude) <= Math.PI / 2) || !Number.isFinite(lon[i])) {
      out[i] = -1n;
      continue;
    }
    const { face, x, y } = facePixel(nside, sine(latitude), Math.cos(latitude), lon[i]);
    const low = spread[x & 255] + 2 * spread[y & 255] + 65536 * (spread[(x >>> 8) & 255] + 2 * spread[(y >>> 8) & 255]);
    const high = spread[(x >>> 16) & 255] + 2 * spread[(y >>> 16) & 255] + 65536 * (spread[x >>> 24] + 2 * spread[y >>> 24]);
    words[2 * i] = faceShift < 32 ? low + face * 2 ** faceShift : low;
    words[2 * i + 1] = faceShift < 32 ? Math.floor((low + face * 2 ** faceShift) / 4294967296) : high + face * 2 ** (faceShift - 32);
  }
  return out;
}

/** sin(x) for |x| <= pi/2 by its Taylor series on the eighth circle: truncation under 1e-19, rounding under 1 unit in the last place. NaN beyond. */
function sine(x: number): number {
  const a = x < 0 ? -x : x;
  if (a <= QUARTER_PI) {
    const q = x * x;
    return (
      x +
      x *
        q *
        (-1 / 6 +
          q * (1 / 120 + q * (-1 / 5040 + q * (1 / 362880 + q * (-1 / 39916800 + q * (1 / 6227020800 + q * (-1 / 1307674368000)))))))
    );
  }
  if (!(a <= Math.PI / 2 + 1e-15)) return NaN;
  const c = cosineOf(Math.PI / 2 - a + HALF_PI_REST);
  return x < 0 ? -c : c;
}

/** cos(t) for 0 <= t <= pi/4 by its Taylor series. */
function cosineOf(t: number): number {
  const q = t * t;
  return (
    1 +
    q *
      (-0.5 +
        q *
          (1 / 24 +
            q * (-1 / 720 + q * (1 / 40320 + q * (-1 / 3628800 + q * (1 / 479001600 + q * (-1 / 87178291200 + q / 20922789888000)))))))
  );
}

/** cos(latitude): from the sine away from the pole, summed near it. */
function polarCosine(latitude: number, za: number): number {
  if (za < 0.99) return Math.sqrt((1 - za) * (1 + za));
  const t = Math.PI / 2 - (latitude < 0 ? -latitude : latitude) + HALF_PI_REST;
  const q = t * t;
  return Math.abs(t * (1 - (q / 6) * (1 - (q / 20) * (1 - (q / 42) * (1 - q / 72)))));
}

function requireLengths(...lengths: readonly number[]): void {
  if (lengths.some((length) => length !== lengths[0]))
    throw new SphereShapeError(`longitudes, latitudes and output must be of one length; found ${lengths.join(', ')}`, {
      details: { lengths },
    });
}
