import { findRoot, HALF_PI, type Projection, put } from './projection.ts';

/** Builds a zenithal projection from its radius as a function of zenith distance z, and the inverse; NaN where there is no image. */
function radial(code: string, radius: (z: number) => number, zenith: (r: number) => number): Projection {
  return {
    code,
    theta0: HALF_PI,
    toPlane: (phi, theta, out) => {
      const r = radius(HALF_PI - theta);
      return put(out, r * Math.sin(phi), -r * Math.cos(phi));
    },
    toNative: (x, y, out) => {
      const r = Math.hypot(x, y);
      return put(out, r === 0 ? 0 : Math.atan2(x, -y), HALF_PI - zenith(r));
    },
  };
}

/** Gnomonic: Paper II, section 5.1.3. */
export function createTan(): Projection {
  return radial('TAN', (z) => (z < HALF_PI ? Math.tan(z) : Number.NaN), Math.atan);
}

/** Stereographic: section 5.1.4. */
export function createStg(): Projection {
  return radial(
    'STG',
    (z) => (1 + Math.cos(z) > 0 ? 2 * Math.tan(z / 2) : Number.NaN),
    (r) => 2 * Math.atan(r / 2),
  );
}

/** Zenithal equidistant: section 5.1.6. */
export function createArc(): Projection {
  return radial(
    'ARC',
    (z) => z,
    (r) => (r <= Math.PI * (1 + 1e-13) ? r : Number.NaN),
  );
}

/** Zenithal equal area: section 5.1.8. */
export function createZea(): Projection {
  const zenith = (r: number): number => {
    if (r <= 2) return 2 * Math.asin(r / 2);
    return r <= 2 * (1 + 1e-12) ? Math.PI : Number.NaN;
  };
  return radial('ZEA', (z) => 2 * Math.sin(z / 2), zenith);
}

/** Airy's minimum-error projection with parameter theta_b [rad]: section 5.1.9. */
export function createAir(thetaB: number): Projection {
  const halfB = (HALF_PI - thetaB) / 2;
  // ln(cos xi) / tan^2 xi, whose limit at the pole is -1/2
  const constant = halfB < 1e-8 ? -0.5 : logCos(halfB) / Math.tan(halfB) ** 2;
  const radius = (z: number): number => {
    const xi = z / 2;
    if (xi >= HALF_PI) return Number.NaN;
    const t = Math.tan(xi);
    const first = xi < 1e-8 ? -0.5 * xi : logCos(xi) / t;
    return -2 * (first + constant * t);
  };
  const slope = (z: number): number => {
    const xi = z / 2;
    const t = Math.tan(xi);
    const sine = Math.sin(xi);
    const first = xi < 1e-8 ? -0.5 : -1 - logCos(xi) / (sine * sine);
    return -(first + constant * (1 + t * t));
  };
  const zenith = (r: number): number => {
    if (r === 0) return 0;
    const high = Math.PI * (1 - 1e-12);
    if (!(r < radius(high))) return Number.NaN;
    return findRoot(
      (z, out) => {
        out[0] = radius(z) - r;
        out[1] = slope(z);
      },
      0,
      high,
    );
  };
  return radial('AIR', radius, zenith);
}

/** ln cos xi without cancellation for small xi. */
function logCos(xi: number): number {
  const sine = Math.sin(xi);
  return 0.5 * Math.log1p(-sine * sine);
}

/** Zenithal polynomial with coefficients P_0, P_1 ... of z [rad]: section 5.1.7. */
export function createZpn(coefficients: readonly number[]): Projection {
  let degree = coefficients.length - 1;
  while (degree > 0 && coefficients[degree] === 0) degree--;
  const value = (z: number): number => {
    let sum = 0;
    for (let m = degree; m >= 0; m--) sum = sum * z + coefficients[m];
    return sum;
  };
  const slope = (z: number): number => {
    let sum = 0;
    for (let m = degree; m >= 1; m--) sum = sum * z + m * coefficients[m];
    return sum;
  };
  const limit = firstDescent(slope);
  const atPole = coefficients[0] ?? 0;
  const atLimit = value(limit);
  const zenith = (r: number): number => {
    if (!(r >= atPole - 1e-13) || !(r <= atLimit * (1 + 1e-13))) return Number.NaN;
    if (r <= atPole) return 0;
    if (r >= atLimit) return limit;
    return findRoot(
      (z, out) => {
        out[0] = value(z) - r;
        out[1] = slope(z);
      },
      0,
      limit,
    );
  };
  return radial('ZPN', (z) => (z <= limit * (1 + 1e-13) ? value(z) : Number.NaN), zenith);
}

/** Zenith distance up to which the radius grows: the first zero of its slope, at most pi. */
function firstDescent(slope: (z: number) => number): number {
  const steps = 720;
  let before = 0;
  for (let i = 1; i <= steps; i++) {
    const z = (i * Math.PI) / steps;
    if (slope(z) <= 0) {
      let low = before;
      let high = z;
      while (high - low > 4e-16 * high) {
        const middle = 0.5 * (low + high);
        if (middle <= low || middle >= high) break;
        if (slope(middle) > 0) low = middle;
        else high = middle;
      }
      return low;
    }
    before = z;
  }
  return Math.PI;
}
