import type { PolynomialPair } from '../distortion/sip.ts';
import { DEG } from '../projection/projection.ts';

const TWO_PI = 2 * Math.PI;

/** What the gnomonic loops need, so that they run without calls and without memory. */
export interface TanParts {
  readonly crpix: readonly [number, number];
  readonly cd: readonly [number, number, number, number];
  readonly inverseCd: readonly [number, number, number, number];
  readonly rotation: Float64Array;
  readonly pair: PolynomialPair | undefined;
}

/**
 * Gnomonic (with SIP) pixel to sky for whole arrays.
 *
 * The native vector of a plane point (x, y) is (-y, x, 1), so that only the two final arc tangents remain of the trigonometry.
 */
export function pixelToSkyTan(
  { crpix, cd, rotation: r, pair }: TanParts,
  xs: Float64Array,
  ys: Float64Array,
  ra: Float64Array,
  dec: Float64Array,
): void {
  const [x0, y0] = crpix;
  // Celestial vector = p u + q v + s with the matrix, the scale and the swap of axes folded in.
  const c0 = cd[0] * DEG;
  const c1 = cd[1] * DEG;
  const c2 = cd[2] * DEG;
  const c3 = cd[3] * DEG;
  const au = r[1] * c0 - r[0] * c2;
  const av = r[1] * c1 - r[0] * c3;
  const a0 = r[2];
  const bu = r[4] * c0 - r[3] * c2;
  const bv = r[4] * c1 - r[3] * c3;
  const b0 = r[5];
  const cu = r[7] * c0 - r[6] * c2;
  const cv = r[7] * c1 - r[6] * c3;
  const cc = r[8];
  const order = pair ? pair.order : -1;
  const pu = pair ? pair.u : rotation0;
  const pv = pair ? pair.v : rotation0;
  for (let i = 0; i < xs.length; i++) {
    const x = xs[i] - x0;
    const y = ys[i] - y0;
    let sumU = 0;
    let sumV = 0;
    let at = pu.length;
    for (let q = order; q >= 0; q--) {
      let rowU = 0;
      let rowV = 0;
      for (let p = order - q; p >= 0; p--) {
        at--;
        rowU = rowU * x + pu[at];
        rowV = rowV * x + pv[at];
      }
      sumU = sumU * y + rowU;
      sumV = sumV * y + rowV;
    }
    const u = x + sumU;
    const v = y + sumV;
    const a = au * u + av * v + a0;
    const b = bu * u + bv * v + b0;
    const c = cu * u + cv * v + cc;
    const angle = Math.atan2(b, a);
    ra[i] = angle < 0 ? angle + TWO_PI : angle;
    dec[i] = Math.atan(c / Math.sqrt(a * a + b * b));
  }
}

const rotation0 = new Float64Array(0);

/** Rounds of the fixed-point inversion of SIP, and the change [pixel] under which it has settled. */
const MAX_ROUNDS = 40;
const SETTLED = 1e-10;

/**
 * Gnomonic (with SIP) sky to pixel for whole arrays; NaN on the far hemisphere.
 *
 * The distortion is undone by repeated subtraction, which gains its slope (0.01, say) each round. Points that do not settle,
 * where the distortion is of order 1, go to `rest`.
 */
export function skyToPixelTan(
  { crpix, inverseCd: k, rotation: r, pair }: TanParts,
  sky: { readonly ra: Float64Array; readonly dec: Float64Array },
  xs: Float64Array,
  ys: Float64Array,
  rest: (i: number, ra: number, dec: number) => void,
): void {
  const order = pair ? pair.order : -1;
  const pu = pair ? pair.u : rotation0;
  const pv = pair ? pair.v : rotation0;
  for (let i = 0; i < xs.length; i++) {
    const ra = sky.ra[i];
    const dec = sky.dec[i];
    const cosDec = Math.cos(dec);
    const a = cosDec * Math.cos(ra);
    const b = cosDec * Math.sin(ra);
    const c = Math.sin(dec);
    const n = r[2] * a + r[5] * b + r[8] * c;
    const scale = n > 0 ? 1 / (n * DEG) : Number.NaN;
    const xi = (r[1] * a + r[4] * b + r[7] * c) * scale;
    const eta = -(r[0] * a + r[3] * b + r[6] * c) * scale;
    const u = k[0] * xi + k[1] * eta;
    const v = k[2] * xi + k[3] * eta;
    let x = u;
    let y = v;
    let round = order < 0 || u !== u ? MAX_ROUNDS + 1 : 0;
    for (; round < MAX_ROUNDS; round++) {
      let sumU = 0;
      let sumV = 0;
      let at = pu.length;
      for (let q = order; q >= 0; q--) {
        let rowU = 0;
        let rowV = 0;
        for (let p = order - q; p >= 0; p--) {
          at--;
          rowU = rowU * x + pu[at];
          rowV = rowV * x + pv[at];
        }
        sumU = sumU * y + rowU;
        sumV = sumV * y + rowV;
      }
      const change = Math.abs(u - sumU - x) + Math.abs(v - sumV - y);
      x = u - sumU;
      y = v - sumV;
      if (change < SETTLED) break;
    }
    if (round === MAX_ROUNDS) rest(i, ra, dec);
    else {
      xs[i] = x + crpix[0];
      ys[i] = y + crpix[1];
    }
  }
}
