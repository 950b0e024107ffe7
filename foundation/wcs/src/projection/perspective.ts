import { HALF_PI, type Projection, put } from './projection.ts';

/**
 * Slant orthographic with parameters xi and eta: Paper II, section 5.1.5. xi = 0 and eta = cot(delta_0) is NCP.
 */
export function createSin(xi: number, eta: number): Projection {
  const a = xi * xi + eta * eta + 1;
  const slant = xi !== 0 || eta !== 0;
  return {
    code: 'SIN',
    theta0: HALF_PI,
    toPlane: (phi, theta, out) => {
      const sinPhi = Math.sin(phi);
      const cosPhi = Math.cos(phi);
      const limit = slant ? -Math.atan(xi * sinPhi - eta * cosPhi) : 0;
      if (theta < limit - 1e-13) return false;
      const z = HALF_PI - theta;
      const sinZ = Math.sin(z);
      const versine = 2 * Math.sin(z / 2) ** 2;
      return put(out, sinZ * sinPhi + xi * versine, -sinZ * cosPhi + eta * versine);
    },
    toNative: (x, y, out) => {
      const b = xi * (x - xi) + eta * (y - eta);
      const c = (x - xi) ** 2 + (y - eta) ** 2 - 1;
      let discriminant = b * b - a * c;
      if (discriminant < 0) {
        if (discriminant < -1e-13) return false;
        discriminant = 0;
      }
      // versine = 1 - sin theta solves a v^2 - 2 (xi x + eta y + 1) v + r^2 = 0; this form keeps its digits near the pole.
      const half = xi * x + eta * y + 1;
      const versine = (x * x + y * y) / (half + Math.sqrt(discriminant));
      if (!(versine >= 0 && versine <= 2)) return false;
      const u = x - xi * versine;
      const v = y - eta * versine;
      const phi = u === 0 && v === 0 ? 0 : Math.atan2(u, -v);
      return put(out, phi, HALF_PI - 2 * Math.asin(Math.sqrt(versine / 2)));
    },
  };
}

/** Zenithal perspective with distance mu and tilt gamma [rad]: section 5.1.1. */
export function createAzp(mu: number, gamma: number): Projection {
  const sinGamma = Math.sin(gamma);
  const cosGamma = Math.cos(gamma);
  const tanGamma = sinGamma / cosGamma;
  const horizon = Math.abs(mu) > 1 ? Math.asin(-1 / mu) : -HALF_PI;
  const diverges = Math.abs(mu * cosGamma) < 1;
  return {
    code: 'AZP',
    theta0: HALF_PI,
    toPlane: (phi, theta, out) => {
      const s = tanGamma * Math.cos(phi);
      const t = mu + Math.sin(theta) + Math.cos(theta) * s;
      if (!(t > 0) || theta < horizon - 1e-13) return false;
      if (diverges && isBeyondDivergence(theta, mu / Math.sqrt(1 + s * s), Math.atan(-s))) return false;
      const r = ((mu + 1) * Math.cos(theta)) / t;
      return put(out, r * Math.sin(phi), (-r * Math.cos(phi)) / cosGamma);
    },
    toNative: (x, y, out) => {
      const r = Math.hypot(x, y * cosGamma);
      if (r === 0) return put(out, 0, HALF_PI);
      const rho = r / (mu + 1 + y * sinGamma);
      const t = (rho * mu) / Math.sqrt(rho * rho + 1);
      if (!(Math.abs(t) <= 1 + 1e-13)) return false;
      const psi = Math.atan2(1, rho);
      const omega = Math.asin(Math.max(-1, Math.min(1, t)));
      const first = toLatitude(psi - omega);
      const second = toLatitude(psi + omega + Math.PI);
      return put(out, Math.atan2(x, -y * cosGamma), Math.max(first, second));
    },
  };
}

/** Slant zenithal perspective with distance mu and the place (phi_c, theta_c) [rad] of the plane's pole: section 5.1.2. */
export function createSzp(mu: number, phiC: number, thetaC: number): Projection {
  const px = -mu * Math.cos(thetaC) * Math.sin(phiC);
  const py = mu * Math.cos(thetaC) * Math.cos(phiC);
  const pz = mu * Math.sin(thetaC) + 1;
  const horizon = Math.abs(pz - 1) < 1 ? Math.asin(1 - pz) : -HALF_PI;
  return {
    code: 'SZP',
    theta0: HALF_PI,
    toPlane: (phi, theta, out) => {
      const versine = 2 * Math.sin((HALF_PI - theta) / 2) ** 2;
      const t = pz - versine;
      if (t === 0) return false;
      if (theta < horizon - 1e-13) return false;
      const sinPhi = Math.sin(phi);
      const cosPhi = Math.cos(phi);
      if (Math.abs(mu) > 0) {
        const s = px * sinPhi - py * cosPhi;
        const h = Math.hypot(pz - 1, s);
        if (h >= 1 && isBeyondDivergence(theta, 1 / h, Math.atan2(s, pz - 1))) return false;
      }
      const cosTheta = Math.cos(theta);
      return put(out, (pz * cosTheta * sinPhi - px * versine) / t, -(pz * cosTheta * cosPhi + py * versine) / t);
    },
    toNative: (x, y, out) => {
      const u = (x - px) / pz;
      const v = (y - py) / pz;
      const a = u * u + v * v + 1;
      const b = u * (x - u) + v * (y - v);
      const c = (x - u) ** 2 + (y - v) ** 2 - 1;
      let discriminant = b * b - a * c;
      if (discriminant < 0) {
        if (discriminant < -1e-13) return false;
        discriminant = 0;
      }
      const root = Math.sqrt(discriminant);
      const versine = nearerVersine(x * x + y * y, a, b, root);
      if (versine === undefined) return false;
      const phi = Math.atan2(x - u * versine, -(y - v * versine));
      return put(out, phi, HALF_PI - 2 * Math.asin(Math.sqrt(versine / 2)));
    },
  };
}

/**
 * 1 - sin(theta) of the root nearer the pole. With s = sin theta the quadratic a s^2 + 2 b s + c = 0 becomes, in the versine,
 * a w^2 - 2 (a + b) w + (a + 2 b + c) = 0, where a + 2 b + c = x^2 + y^2 exactly: no cancellation near the pole.
 */
function nearerVersine(square: number, a: number, b: number, root: number): number | undefined {
  for (const w of [square / (a + b + root), (a + b + root) / a]) if (w >= 0 && w <= 2) return w;
  return undefined;
}

/** Whether a latitude lies on the far side of the circle where the projection's lines of sight are tangent. */
function isBeyondDivergence(theta: number, sine: number, tilt: number): boolean {
  if (Math.abs(sine) > 1) return false;
  const t = Math.asin(sine);
  const first = wrapUp(tilt - t);
  const second = wrapUp(tilt + t + Math.PI);
  return theta < Math.max(first, second) - 1e-13;
}

function wrapUp(angle: number): number {
  return angle > HALF_PI ? angle - 2 * Math.PI : angle;
}

/** Brings an angle to a latitude, or to -infinity when it is none. */
function toLatitude(angle: number): number {
  let t = angle;
  while (t > Math.PI) t -= 2 * Math.PI;
  while (t < -Math.PI) t += 2 * Math.PI;
  return Math.abs(t) <= HALF_PI * (1 + 1e-13) ? t : Number.NEGATIVE_INFINITY;
}
