import { asinEdge, HALF_PI, isLongitude, type Projection, put } from './projection.ts';

/** Cylindrical perspective with mu and lambda: Paper II, section 5.2.1. */
export function createCyp(mu: number, lambda: number): Projection {
  return {
    code: 'CYP',
    theta0: 0,
    toPlane: (phi, theta, out) => {
      const t = mu + Math.cos(theta);
      return t !== 0 && put(out, lambda * phi, ((mu + lambda) * Math.sin(theta)) / t);
    },
    toNative: (x, y, out) => {
      const eta = y / (mu + lambda);
      const phi = x / lambda;
      const theta = Math.atan2(eta, 1) + asinEdge((eta * mu) / Math.sqrt(eta * eta + 1));
      return isLongitude(phi) && Math.abs(theta) <= HALF_PI * (1 + 1e-13) && put(out, phi, theta);
    },
  };
}

/** Cylindrical equal area with lambda: section 5.2.2. */
export function createCea(lambda: number): Projection {
  return {
    code: 'CEA',
    theta0: 0,
    toPlane: (phi, theta, out) => put(out, phi, Math.sin(theta) / lambda),
    toNative: (x, y, out) => isLongitude(x) && put(out, x, asinEdge(y * lambda)),
  };
}

/** Plate carrée: section 5.2.3. */
export function createCar(): Projection {
  return {
    code: 'CAR',
    theta0: 0,
    toPlane: (phi, theta, out) => put(out, phi, theta),
    toNative: (x, y, out) => isLongitude(x) && Math.abs(y) <= HALF_PI * (1 + 1e-13) && put(out, x, y),
  };
}

/** Linear longitude and latitude: a plate carrée that goes around as often as it likes. */
export function createLinear(): Projection {
  return { ...createCar(), code: 'LIN', toNative: (x, y, out) => Math.abs(y) <= HALF_PI * (1 + 1e-13) && put(out, x, y) };
}

/** Mercator: section 5.2.4. */
export function createMer(): Projection {
  return {
    code: 'MER',
    theta0: 0,
    toPlane: (phi, theta, out) => Math.abs(theta) < HALF_PI && put(out, phi, Math.asinh(Math.tan(theta))),
    toNative: (x, y, out) => isLongitude(x) && put(out, x, Math.atan(Math.sinh(y))),
  };
}

/** Sanson-Flamsteed: section 5.3.1. */
export function createSfl(): Projection {
  return {
    code: 'SFL',
    theta0: 0,
    toPlane: (phi, theta, out) => put(out, phi * Math.cos(theta), theta),
    toNative: (x, y, out) => {
      if (Math.abs(y) > HALF_PI * (1 + 1e-13)) return false;
      const phi = x === 0 ? 0 : x / Math.cos(y);
      return isLongitude(phi) && put(out, phi, y);
    },
  };
}

/** Parabolic: section 5.3.2. */
export function createPar(): Projection {
  return {
    code: 'PAR',
    theta0: 0,
    toPlane: (phi, theta, out) => {
      const s = Math.sin(theta / 3);
      return put(out, phi * (1 - 4 * s * s), Math.PI * s);
    },
    toNative: (x, y, out) => {
      const s = y / Math.PI;
      const t = 1 - 4 * s * s;
      const phi = t > 0 ? x / t : 0;
      if (t <= 0 && (t < -1e-13 || Math.abs(x) > 1e-13)) return false;
      return isLongitude(phi) && put(out, phi, 3 * Math.asin(Math.max(-0.5, Math.min(0.5, s))));
    },
  };
}

/** Mollweide: section 5.3.3. */
export function createMol(): Projection {
  return {
    code: 'MOL',
    theta0: 0,
    toPlane: (phi, theta, out) => {
      const gamma = solveMollweide(theta);
      return put(out, ((2 * Math.SQRT2) / Math.PI) * phi * Math.cos(gamma), Math.SQRT2 * Math.sin(gamma));
    },
    toNative: (x, y, out) => {
      const s = (Math.SQRT2 - Math.abs(y)) * (Math.SQRT2 + Math.abs(y));
      if (s <= 1e-14) {
        if (s < -1e-12 || Math.abs(x) > 1e-6) return false;
        return put(out, 0, Math.sign(y) * HALF_PI);
      }
      const root = Math.sqrt(s);
      const phi = (Math.PI * x) / (2 * root);
      return isLongitude(phi) && put(out, phi, mollweideLatitude(y, root));
    },
  };
}

/** Latitude of a point at height y, with root = sqrt(2 - y^2). */
function mollweideLatitude(y: number, root: number): number {
  if (Math.abs(y) < 1) return Math.asin((2 * Math.asin(y * Math.SQRT1_2) + y * root) / Math.PI);
  // Toward the pole the distance d of gamma from it gives 1 - sin |theta| without cancellation.
  const versine = twoMinusSine(Math.asin(root * Math.SQRT1_2)) / Math.PI;
  return Math.sign(y) * (HALF_PI - 2 * Math.asin(Math.sqrt(versine / 2)));
}

/**
 * The auxiliary angle gamma with 2 gamma + sin 2 gamma = pi sin theta.
 *
 * Solved for the distance d of gamma from its pole, where 2 d - sin 2 d = pi (1 - sin |theta|) loses no digits.
 */
function solveMollweide(theta: number): number {
  const colatitude = HALF_PI - Math.abs(theta);
  const target = 2 * Math.PI * Math.sin(colatitude / 2) ** 2;
  if (target <= 0) return Math.sign(theta) * HALF_PI;
  let low = 0;
  let high = HALF_PI;
  let d = Math.min(high, Math.cbrt(0.75 * target)); // from 2 d - sin 2 d = 4 d^3 / 3 for small d
  for (let i = 0; i < 100; i++) {
    const f = twoMinusSine(d) - target;
    if (f > 0) high = d;
    else low = d;
    const slope = 4 * Math.sin(d) ** 2;
    const newton = d - f / slope;
    const next = newton > low && newton < high ? newton : 0.5 * (low + high);
    if (Math.abs(next - d) <= 3e-16 * d) break;
    d = next;
  }
  return Math.sign(theta) * (HALF_PI - d);
}

/** 2 d - sin 2 d without cancellation for small d. */
function twoMinusSine(d: number): number {
  if (d > 0.3) return 2 * d - Math.sin(2 * d);
  const t = 4 * d * d;
  let term = (2 * d * t) / 6;
  let sum = 0;
  for (let k = 2; k < 12; k++) {
    sum += term;
    term *= -t / (2 * k * (2 * k + 1));
  }
  return sum;
}

/** Hammer-Aitoff: section 5.3.4. */
export function createAit(): Projection {
  return {
    code: 'AIT',
    theta0: 0,
    toPlane: (phi, theta, out) => {
      const cosTheta = Math.cos(theta);
      const gamma = Math.sqrt(2 / (1 + cosTheta * Math.cos(phi / 2)));
      return put(out, 2 * gamma * cosTheta * Math.sin(phi / 2), gamma * Math.sin(theta));
    },
    toNative: (x, y, out) => {
      const s = 1 - (x * x) / 16 - (y * y) / 4;
      if (s < 0.5 - 1e-13) return false;
      const z = Math.sqrt(Math.max(0.5, s));
      const u = 2 * z * z - 1;
      const v = (z * x) / 2;
      return put(out, u === 0 && v === 0 ? 0 : 2 * Math.atan2(v, u), asinEdge(y * z));
    },
  };
}
