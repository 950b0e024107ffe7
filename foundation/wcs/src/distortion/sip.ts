import { termCount } from '@almagest/numerics';
import type { PlaneMap } from './plane-map.ts';

/** One SIP polynomial: terms x^p y^q with p + q <= order, keyed "p_q". Plain data. */
export interface SipPolynomial {
  readonly order: number;
  readonly terms: Readonly<Record<string, number>>;
}

/**
 * SIP distortion: polynomials of the pixel offset from CRPIX, in pixels.
 *
 * @see Shupe et al. (2005), ASP Conf. Ser. 347, 491.
 */
export interface SipDistortion {
  readonly a: SipPolynomial;
  readonly b: SipPolynomial;
  /** Approximate inverses, of the offset in intermediate pixel coordinates. */
  readonly ap?: SipPolynomial;
  readonly bp?: SipPolynomial;
}

/** A pair of polynomials laid out for nested evaluation: row q holds the coefficients of x^0 y^q ... x^(n-q) y^q. */
export interface PolynomialPair {
  readonly order: number;
  readonly u: Float64Array;
  readonly v: Float64Array;
}

/** Lays two SIP polynomials out on a common order. */
export function toPolynomialPair(a: SipPolynomial, b: SipPolynomial): PolynomialPair {
  const order = Math.max(a.order, b.order, 0);
  const size = termCount(order);
  const fill = (source: SipPolynomial): Float64Array => {
    const out = new Float64Array(size);
    for (const [key, value] of Object.entries(source.terms)) {
      const [p, q] = key.split('_').map(Number);
      out[rowStart(order, q) + p] = value;
    }
    return out;
  };
  return { order, u: fill(a), v: fill(b) };
}

/** Place of x^0 y^q: rows of falling length one after another. */
function rowStart(order: number, q: number): number {
  return q * (order + 1) - (q * (q - 1)) / 2;
}

/** Writes both polynomials at (x, y) to out[0..1]. */
export function evaluatePairInto({ order, u, v }: PolynomialPair, x: number, y: number, out: Float64Array): void {
  let sumU = 0;
  let sumV = 0;
  let at = u.length;
  for (let q = order; q >= 0; q--) {
    let rowU = 0;
    let rowV = 0;
    for (let p = order - q; p >= 0; p--) {
      at--;
      rowU = rowU * x + u[at];
      rowV = rowV * x + v[at];
    }
    sumU = sumU * y + rowU;
    sumV = sumV * y + rowV;
  }
  out[0] = sumU;
  out[1] = sumV;
}

/** Writes both polynomials to out[0..1] and their derivatives du/dx, du/dy, dv/dx, dv/dy to out[2..5]. */
function evaluatePairGradientInto({ order, u, v }: PolynomialPair, x: number, y: number, out: Float64Array): void {
  let sumU = 0;
  let sumV = 0;
  let uByX = 0;
  let vByX = 0;
  let uByY = 0;
  let vByY = 0;
  let at = u.length;
  for (let q = order; q >= 0; q--) {
    let rowU = 0;
    let rowV = 0;
    let slopeU = 0;
    let slopeV = 0;
    for (let p = order - q; p >= 0; p--) {
      at--;
      slopeU = slopeU * x + rowU;
      slopeV = slopeV * x + rowV;
      rowU = rowU * x + u[at];
      rowV = rowV * x + v[at];
    }
    uByY = uByY * y + sumU;
    vByY = vByY * y + sumV;
    sumU = sumU * y + rowU;
    sumV = sumV * y + rowV;
    uByX = uByX * y + slopeU;
    vByX = vByX * y + slopeV;
  }
  out[0] = sumU;
  out[1] = sumV;
  out[2] = uByX;
  out[3] = uByY;
  out[4] = vByX;
  out[5] = vByY;
}

/** The map offset -> offset + (A, B)(offset) [pixel]. */
export function createSipMap(sip: SipDistortion): PlaneMap {
  const pair = toPolynomialPair(sip.a, sip.b);
  return {
    apply: (x, y, out) => {
      evaluatePairInto(pair, x, y, out);
      out[0] += x;
      out[1] += y;
    },
    applyWithJacobian: (x, y, out) => {
      evaluatePairGradientInto(pair, x, y, out);
      out[0] += x;
      out[1] += y;
      out[2] += 1;
      out[5] += 1;
    },
  };
}
