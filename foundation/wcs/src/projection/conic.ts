import { asinEdge, findRoot, HALF_PI, isLongitude, type Projection, put } from './projection.ts';

interface Cone {
  readonly code: string;
  /** Native latitude of the middle parallel [rad]. */
  readonly thetaA: number;
  /** Constant of the cone C and y of the apex Y0. */
  readonly c: number;
  readonly y0: number;
  readonly radius: (theta: number) => number;
  readonly latitude: (r: number) => number;
}

function conic({ code, thetaA, c, y0, radius, latitude }: Cone): Projection {
  return {
    code,
    theta0: thetaA,
    toPlane: (phi, theta, out) => {
      const r = radius(theta);
      return put(out, r * Math.sin(c * phi), y0 - r * Math.cos(c * phi));
    },
    toNative: (x, y, out) => {
      const dy = y0 - y;
      const r = (thetaA < 0 ? -1 : 1) * Math.hypot(x, dy);
      const phi = r === 0 ? 0 : Math.atan2(x / r, dy / r) / c;
      const theta = latitude(r);
      return isLongitude(phi) && Math.abs(theta) <= HALF_PI * (1 + 1e-12) && put(out, phi, theta);
    },
  };
}

/** Conic perspective: Paper II, section 5.4.1. Angles [rad]. */
export function createCop(thetaA: number, eta: number): Projection {
  const cotA = 1 / Math.tan(thetaA);
  const cosEta = Math.cos(eta);
  const radius = (theta: number): number => {
    const t = theta - thetaA;
    return Math.abs(t) < HALF_PI ? cosEta * (cotA - Math.tan(t)) : Number.NaN;
  };
  const checked = (theta: number): number => {
    const r = radius(theta);
    return r * Math.sign(thetaA) < 0 ? Number.NaN : r; // the other nappe of the cone
  };
  const latitude = (r: number): number => thetaA + Math.atan(cotA - r / cosEta);
  return conic({ code: 'COP', thetaA, c: Math.sin(thetaA), y0: cosEta * cotA, radius: checked, latitude });
}

/** Conic equal area: section 5.4.2. */
export function createCoe(thetaA: number, eta: number): Projection {
  const s1 = Math.sin(thetaA - eta);
  const s2 = Math.sin(thetaA + eta);
  const gamma = s1 + s2;
  const radius = (theta: number): number => (2 / gamma) * Math.sqrt(1 + s1 * s2 - gamma * Math.sin(theta));
  const latitude = (r: number): number => asinEdge(loosely(1 / gamma + (s1 * s2) / gamma - gamma * (r / 2) ** 2));
  return conic({ code: 'COE', thetaA, c: gamma / 2, y0: radius(thetaA), radius, latitude });
}

/** A sine near the pole comes from a difference of large terms; a few more ulp of slack than {@link asinEdge} gives. */
function loosely(sine: number): number {
  return Math.abs(sine) > 1 && Math.abs(sine) < 1 + 1e-12 ? Math.sign(sine) : sine;
}

/** Conic equidistant: section 5.4.3. */
export function createCod(thetaA: number, eta: number): Projection {
  const c = eta === 0 ? Math.sin(thetaA) : (Math.sin(thetaA) * Math.sin(eta)) / eta;
  const y0 = (eta === 0 ? 1 : eta / Math.tan(eta)) / Math.tan(thetaA);
  return conic({ code: 'COD', thetaA, c, y0, radius: (theta) => thetaA - theta + y0, latitude: (r) => thetaA + y0 - r });
}

/** Conic orthomorphic: section 5.4.4. */
export function createCoo(thetaA: number, eta: number): Projection {
  const theta1 = thetaA - eta;
  const theta2 = thetaA + eta;
  const half = (theta: number): number => Math.tan((HALF_PI - theta) / 2);
  const c = eta === 0 ? Math.sin(theta1) : Math.log(Math.cos(theta2) / Math.cos(theta1)) / Math.log(half(theta2) / half(theta1));
  const psi = Math.cos(theta1) / (c * half(theta1) ** c);
  const radius = (theta: number): number => {
    if (theta <= -HALF_PI) return c < 0 ? 0 : Number.NaN;
    return psi * half(theta) ** c;
  };
  const latitude = (r: number): number => {
    if (r === 0) return c < 0 ? -HALF_PI : HALF_PI;
    return HALF_PI - 2 * Math.atan((r / psi) ** (1 / c));
  };
  return conic({ code: 'COO', thetaA, c, y0: radius(thetaA), radius, latitude });
}

/** Bonne's equal area with theta_1 [rad] other than 0: section 5.5.1. */
export function createBon(theta1: number): Projection {
  const y0 = 1 / Math.tan(theta1) + theta1;
  return {
    code: 'BON',
    theta0: 0,
    toPlane: (phi, theta, out) => {
      const r = y0 - theta;
      const a = r === 0 ? 0 : (phi * Math.cos(theta)) / r;
      return put(out, r * Math.sin(a), y0 - r * Math.cos(a));
    },
    toNative: (x, y, out) => {
      const dy = y0 - y;
      const r = (theta1 < 0 ? -1 : 1) * Math.hypot(x, dy);
      const a = r === 0 ? 0 : Math.atan2(x / r, dy / r);
      const theta = y0 - r;
      if (Math.abs(theta) > HALF_PI * (1 + 1e-12)) return false;
      const cosTheta = Math.cos(theta);
      const phi = Math.abs(cosTheta) < 1e-15 ? 0 : (a * r) / cosTheta;
      return isLongitude(phi) && put(out, phi, theta);
    },
  };
}

/** Polyconic: section 5.5.2. */
export function createPco(): Projection {
  return {
    code: 'PCO',
    theta0: 0,
    toPlane: (phi, theta, out) => {
      if (theta === 0) return put(out, phi, 0);
      const sine = Math.sin(theta);
      const cot = Math.cos(theta) / sine;
      // 1 - cos as a squared half-sine, so that latitudes near the equator keep their digits
      return put(out, cot * Math.sin(phi * sine), theta + 2 * cot * Math.sin((phi * sine) / 2) ** 2);
    },
    toNative: (x, y, out) => {
      if (y === 0) return isLongitude(x) && put(out, x, 0);
      if (Math.abs(Math.abs(y) - HALF_PI) < 1e-15 && x === 0) return put(out, 0, y);
      const theta = polyconicLatitude(x, Math.abs(y)) * Math.sign(y);
      const t = Math.tan(theta);
      const omega = Math.atan2(x * t, 1 - (y - theta) * t);
      const phi = theta === 0 ? x : omega / Math.sin(theta);
      return isLongitude(phi) && put(out, phi, theta);
    },
  };
}

/** Solves (x^2 + (y - theta)^2) tan theta = 2 (y - theta) for theta between 0 and y, y > 0. */
function polyconicLatitude(x: number, y: number): number {
  const high = Math.min(y, HALF_PI);
  return findRoot(
    (theta, out) => {
      const d = y - theta;
      const s = x * x + d * d;
      const t = Math.tan(theta);
      out[0] = s * t - 2 * d;
      out[1] = s * (1 + t * t) - 2 * d * t + 2;
    },
    0,
    high,
  );
}
