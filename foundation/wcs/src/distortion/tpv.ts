import type { PlaneMap } from './plane-map.ts';

/** Coefficients PVi_0 ... PVi_39 of the two axes; undefined takes the default (PVi_1 = 1, others 0). */
export interface TpvDistortion {
  readonly axis1: readonly (number | null)[];
  readonly axis2: readonly (number | null)[];
}

/** Powers of (x, y) of each term; radial terms r, r^3, r^5, r^7 have x power -1 and the power of r as y power. */
const TERMS: readonly (readonly [number, number])[] = buildTerms();

function buildTerms(): [number, number][] {
  const terms: [number, number][] = [];
  for (let total = 0; total <= 7; total++) {
    for (let q = 0; q <= total; q++) terms.push([total - q, q]);
    if (total % 2 === 1) terms.push([-1, total]);
  }
  return terms;
}

/** How many coefficients an axis can have. */
export const TPV_TERMS: number = TERMS.length;

/**
 * TPV: polynomials of the intermediate world coordinates [deg].
 *
 * @see The registered convention "TPV", fits.gsfc.nasa.gov/registry/tpvwcs.html.
 */
export function createTpvMap(distortion: TpvDistortion): PlaneMap {
  const first = activeTerms(distortion.axis1);
  const second = activeTerms(distortion.axis2);
  return {
    apply: (x, y, out) => {
      const u = evaluate(first, x, y);
      const v = evaluate(second, y, x);
      out[0] = u;
      out[1] = v;
    },
    applyWithJacobian: (x, y, out) => {
      out[0] = evaluate(first, x, y);
      out[1] = evaluate(second, y, x);
      gradientInto(first, x, y, out, 2, 3);
      gradientInto(second, y, x, out, 5, 4);
    },
  };
}

interface ActiveTerms {
  readonly p: Int32Array;
  readonly q: Int32Array;
  readonly c: Float64Array;
}

function activeTerms(coefficients: readonly (number | null)[]): ActiveTerms {
  const p: number[] = [];
  const q: number[] = [];
  const c: number[] = [];
  for (const [m, [px, py]] of TERMS.entries()) {
    const value = coefficients[m] ?? (m === 1 ? 1 : 0);
    if (value === 0) continue;
    p.push(px);
    q.push(py);
    c.push(value);
  }
  return { p: Int32Array.from(p), q: Int32Array.from(q), c: Float64Array.from(c) };
}

function evaluate({ p, q, c }: ActiveTerms, x: number, y: number): number {
  const r = Math.sqrt(x * x + y * y);
  let sum = 0;
  for (let k = 0; k < c.length; k++) sum += c[k] * (p[k] < 0 ? power(r, q[k]) : power(x, p[k]) * power(y, q[k]));
  return sum;
}

function gradientInto({ p, q, c }: ActiveTerms, x: number, y: number, out: Float64Array, atX: number, atY: number): void {
  const r = Math.sqrt(x * x + y * y);
  let dx = 0;
  let dy = 0;
  for (let k = 0; k < c.length; k++) {
    if (p[k] < 0) {
      const slope = r > 0 ? c[k] * q[k] * power(r, q[k] - 2 < 0 ? 0 : q[k] - 2) * (q[k] === 1 ? 1 / r : 1) : 0;
      dx += slope * x;
      dy += slope * y;
    } else {
      if (p[k] > 0) dx += c[k] * p[k] * power(x, p[k] - 1) * power(y, q[k]);
      if (q[k] > 0) dy += c[k] * q[k] * power(x, p[k]) * power(y, q[k] - 1);
    }
  }
  out[atX] = dx;
  out[atY] = dy;
}

function power(base: number, exponent: number): number {
  let value = 1;
  for (let k = 0; k < exponent; k++) value *= base;
  return value;
}
