import { type Projection, put } from './projection.ts';

const QUARTER_PI = Math.PI / 4;
/** Centre of each face in half face widths: north, then around the equator, then south. */
const FACE_X = [0, 0, 2, 4, 6, 0] as const;
const FACE_Y = [2, 0, 0, 0, 0, -2] as const;

/** How positions on one face map to direction ratios: each works on (xi / zeta, eta / zeta)-like coordinates in [-1, 1]. */
interface FaceMap {
  readonly code: string;
  /** From direction (xi, eta, zeta) of a face to face coordinates. */
  readonly toFace: (xi: number, eta: number, zeta: number, out: Float64Array) => void;
  /** From face coordinates to direction (xi, eta, zeta), of any length. */
  readonly fromFace: (xf: number, yf: number, out: Float64Array) => void;
}

function quadCube({ code, toFace, fromFace }: FaceMap): Projection {
  const scratch = new Float64Array(3);
  return {
    code,
    theta0: 0,
    toPlane: (phi, theta, out) => {
      const cosTheta = Math.cos(theta);
      const l = cosTheta * Math.cos(phi);
      const m = cosTheta * Math.sin(phi);
      const n = Math.sin(theta);
      let face = 0;
      let zeta = n;
      for (const [candidate, value] of [l, m, -l, -m, -n].entries())
        if (value > zeta) {
          face = candidate + 1;
          zeta = value;
        }
      const xi = [m, m, -l, -m, l, m][face];
      const eta = [-l, n, n, n, n, l][face];
      toFace(xi, eta, zeta, scratch);
      const xf = Math.max(-1, Math.min(1, scratch[0]));
      const yf = Math.max(-1, Math.min(1, scratch[1]));
      return put(out, QUARTER_PI * (xf + FACE_X[face]), QUARTER_PI * (yf + FACE_Y[face]));
    },
    toNative: (x, y, out) => {
      let xf = x / QUARTER_PI;
      let yf = y / QUARTER_PI;
      const slack = 1 + 1e-12;
      if (Math.abs(xf) > 7 * slack || (Math.abs(xf) <= slack ? Math.abs(yf) > 3 * slack : Math.abs(yf) > slack)) return false;
      if (xf < -slack) xf += 8;
      let face = 1;
      if (xf > 5) face = 4;
      else if (xf > 3) face = 3;
      else if (xf > 1 && Math.abs(yf) <= slack) face = 2;
      else if (yf > 1) face = 0;
      else if (yf < -1) face = 5;
      xf -= FACE_X[face];
      yf -= FACE_Y[face];
      fromFace(xf, yf, scratch);
      const [xi, eta, zeta] = scratch;
      const l = [-eta, zeta, -xi, -zeta, xi, eta][face];
      const m = [xi, xi, zeta, -xi, -zeta, xi][face];
      const n = [zeta, eta, eta, eta, eta, -zeta][face];
      return put(out, l === 0 && m === 0 ? 0 : Math.atan2(m, l), Math.atan2(n, Math.hypot(l, m)));
    },
  };
}

/** Tangential spherical cube: Paper II, section 5.6.1. */
export function createTsc(): Projection {
  return quadCube({
    code: 'TSC',
    toFace: (xi, eta, zeta, out) => {
      out[0] = xi / zeta;
      out[1] = eta / zeta;
    },
    fromFace: (xf, yf, out) => {
      out[0] = xf;
      out[1] = yf;
      out[2] = 1;
    },
  });
}

/**
 * COBE quadrilateralized spherical cube: section 5.6.2.
 *
 * The two directions are independent polynomial approximations of each other, as the standard defines them: a round trip
 * returns within about 24 arcsec.
 */
export function createCsc(): Projection {
  return quadCube({
    code: 'CSC',
    toFace: (xi, eta, zeta, out) => {
      const chi = xi / zeta;
      const psi = eta / zeta;
      out[0] = cobeForward(chi, psi);
      out[1] = cobeForward(psi, chi);
    },
    fromFace: (xf, yf, out) => {
      out[0] = cobeInverse(xf, yf);
      out[1] = cobeInverse(yf, xf);
      out[2] = 1;
    },
  });
}

/** gamma*, M, Gamma, Omega_1, D_0, D_1 and C_ij of the forward equations. */
const G = 1.37484847732;
const M = 0.004869491981;
const GAMMA = -0.13161671474;
const OMEGA = -0.159596235474;
const D = [0.0759196200467, -0.0217762490699] as const;
const C00 = 0.141189631152;
const C10 = 0.0809701286525;
const C01 = -0.281528535557;
const C11 = 0.15384112876;
const C20 = -0.178251207466;
const C02 = 0.106959469314;

function cobeForward(chi: number, psi: number): number {
  const a = chi * chi;
  const b = psi * psi;
  const ca = 1 - a;
  const mixed = C00 + C10 * a + C01 * b + C11 * a * b + C20 * a * a + C02 * b * b;
  return chi * (a + ca * (G + b * (GAMMA * ca + M * a + (1 - b) * mixed) + a * (OMEGA - ca * (D[0] + D[1] * a))));
}

/** P_ij of the inverse equations: row j holds the coefficients of X^2i Y^2j. */
const P: readonly (readonly number[])[] = [
  [-0.27292696, -0.07629969, -0.22797056, 0.54852384, -0.62930065, 0.25795794, 0.02584375],
  [-0.02819452, -0.01471565, 0.48051509, -1.74114454, 1.71547508, -0.53022337],
  [0.2705816, -0.56800938, 0.30803317, 0.98938102, -0.83180469],
  [-0.6044156, 1.50880086, -0.93678576, 0.08693841],
  [0.93412077, -1.4160192, 0.33887446],
  [-0.63915306, 0.52032238],
  [0.14381585],
];

function cobeInverse(x: number, y: number): number {
  const xx = x * x;
  const yy = y * y;
  let sum = 0;
  for (let j = 6; j >= 0; j--) {
    let row = 0;
    for (let i = P[j].length - 1; i >= 0; i--) row = row * xx + P[j][i];
    sum = sum * yy + row;
  }
  return x + x * (1 - xx) * sum;
}

const TWELFTH = Math.PI / 12;

/** Quadrilateralized spherical cube: section 5.6.3. */
export function createQsc(): Projection {
  return quadCube({
    code: 'QSC',
    toFace: (xi, eta, zeta, out) => {
      const wide = Math.abs(xi) >= Math.abs(eta);
      const major = wide ? xi : eta;
      const omega = major === 0 ? 0 : (wide ? eta : xi) / major;
      const versine = (xi * xi + eta * eta) / (1 + zeta); // 1 - zeta without cancellation
      const u = Math.sign(major) * Math.sqrt(versine / (1 - 1 / Math.sqrt(2 + omega * omega)));
      const v = (u / TWELFTH) * (Math.atan(omega) - Math.asin(omega / Math.sqrt(2 * (1 + omega * omega))));
      out[0] = wide ? u : v;
      out[1] = wide ? v : u;
    },
    fromFace: (xf, yf, out) => {
      const wide = Math.abs(xf) > Math.abs(yf);
      const u = wide ? xf : yf;
      const v = wide ? yf : xf;
      if (u === 0) {
        out.set([0, 0, 1]);
        return;
      }
      const t = (TWELFTH * v) / u;
      const omega = Math.sin(t) / (Math.cos(t) - Math.SQRT1_2);
      const versine = u * u * (1 - 1 / Math.sqrt(2 + omega * omega));
      const major = Math.sign(u) * Math.sqrt((versine * (2 - versine)) / (1 + omega * omega));
      out[0] = wide ? major : major * omega;
      out[1] = wide ? major * omega : major;
      out[2] = 1 - versine;
    },
  });
}
