import type { Random } from '@almagest/numerics';
import type { Orbit, SkyRequest } from './sky-model.ts';
import { positionInCap } from './make-stars.ts';

type Vector = [number, number, number];

/** Gaussian gravitational constant [au^1.5/day]; the Sun's GM is its square. */
const K = 0.01720209895;
const GM = K * K;
/** Obliquity of the ecliptic J2000 [rad]. */
const OBLIQUITY = (84381.448 / 3600) * (Math.PI / 180);
/** Light time [day/au]. */
const LIGHT_DAYS_PER_AU = 0.0057755183;

/**
 * Earth-Moon barycentre about the Sun, ecliptic J2000 [au], from mean elements.
 *
 * @param mjdTdb - Between 1800 and 2050.
 * @remarks Good to 20 arcsec as seen from the Sun; orbits of the simulator are exact with respect to this Earth.
 * @see Standish, "Keplerian elements for approximate positions of the major planets", Table 1.
 */
export function earthPosition(mjdTdb: number): Vector {
  const t = (mjdTdb - 51544.5) / 36525;
  const rad = Math.PI / 180;
  const a = 1.00000261 + 0.00000562 * t;
  const e = 0.01671123 - 0.00004392 * t;
  const longitude = (100.46457166 + 35999.37244981 * t) * rad;
  const perihelion = (102.93768193 + 0.32327364 * t) * rad;
  const E = solveKepler(longitude - perihelion, e);
  const x = a * (Math.cos(E) - e);
  const y = a * Math.sqrt(1 - e * e) * Math.sin(E);
  return [x * Math.cos(perihelion) - y * Math.sin(perihelion), x * Math.sin(perihelion) + y * Math.cos(perihelion), 0];
}

function solveKepler(meanAnomaly: number, e: number): number {
  const M = meanAnomaly - 2 * Math.PI * Math.round(meanAnomaly / (2 * Math.PI));
  let E = M + e * Math.sin(M);
  for (let i = 0; i < 50; i++) {
    const step = (E - e * Math.sin(E) - M) / (1 - e * Math.cos(E));
    E -= step;
    if (Math.abs(step) < 1e-15) break;
  }
  return E;
}

/** Where an asteroid is seen, with distances for its brightness. Angles in radians, ICRS axes. */
export interface AsteroidView {
  readonly ra: number;
  readonly dec: number;
  /** [au] */
  readonly heliocentric: number;
  readonly geocentric: number;
  /** Apparent magnitude in V. */
  readonly V: number;
}

/** Astrometric position of a body seen from the Earth, light time taken off. */
export function viewAsteroid(orbit: Orbit, mjdTdb: number): AsteroidView {
  const earth = earthPosition(mjdTdb);
  let distance = 0;
  let body: Vector = [0, 0, 0];
  for (let i = 0; i < 3; i++) {
    body = propagate(orbit, mjdTdb - distance * LIGHT_DAYS_PER_AU);
    distance = Math.hypot(body[0] - earth[0], body[1] - earth[1], body[2] - earth[2]);
  }
  const [x, y, z] = toEquatorial([body[0] - earth[0], body[1] - earth[1], body[2] - earth[2]]);
  const ra = Math.atan2(y, x);
  const heliocentric = Math.hypot(...body);
  return {
    ra: ra < 0 ? ra + 2 * Math.PI : ra,
    dec: Math.asin(z / distance),
    heliocentric,
    geocentric: distance,
    V: apparentMagnitude(orbit, heliocentric, distance, Math.hypot(...earth)),
  };
}

/** H, G system of the IAU (Bowell et al. 1989). */
function apparentMagnitude({ H, G }: Orbit, r: number, delta: number, earthSun: number): number {
  const cosPhase = Math.min(1, Math.max(-1, (r * r + delta * delta - earthSun * earthSun) / (2 * r * delta)));
  const half = Math.tan(Math.acos(cosPhase) / 2);
  const phi1 = Math.exp(-3.33 * half ** 0.63);
  const phi2 = Math.exp(-1.87 * half ** 1.22);
  return H + 5 * Math.log10(r * delta) - 2.5 * Math.log10((1 - G) * phi1 + G * phi2);
}

/**
 * Two-body motion by f and g series in the universal variable.
 *
 * @returns Position about the Sun [au].
 */
export function propagate(orbit: Orbit, mjdTdb: number): Vector {
  const dt = mjdTdb - orbit.epochMjdTdb;
  const [rx, ry, rz] = orbit.position;
  const [vx, vy, vz] = orbit.velocity;
  const r0 = Math.hypot(rx, ry, rz);
  const rv = (rx * vx + ry * vy + rz * vz) / K;
  const alpha = 2 / r0 - (vx * vx + vy * vy + vz * vz) / GM;
  let chi = K * alpha * dt;
  for (let i = 0; i < 60; i++) {
    const { c2, c3 } = stumpff(alpha * chi * chi);
    const r = chi * chi * c2 + rv * chi * (1 - alpha * chi * chi * c3) + r0 * (1 - alpha * chi * chi * c2);
    const time = rv * chi * chi * c2 + (1 - alpha * r0) * chi ** 3 * c3 + r0 * chi;
    const step = (K * dt - time) / r;
    chi += step;
    if (Math.abs(step) < 1e-14) break;
  }
  const { c2, c3 } = stumpff(alpha * chi * chi);
  const f = 1 - (chi * chi * c2) / r0;
  const g = dt - (chi ** 3 * c3) / K;
  return [f * rx + g * vx, f * ry + g * vy, f * rz + g * vz];
}

function stumpff(z: number): { c2: number; c3: number } {
  if (z > 1e-6) {
    const s = Math.sqrt(z);
    return { c2: (1 - Math.cos(s)) / z, c3: (s - Math.sin(s)) / (z * s) };
  }
  if (z < -1e-6) {
    const s = Math.sqrt(-z);
    return { c2: (Math.cosh(s) - 1) / -z, c3: (Math.sinh(s) - s) / (-z * s) };
  }
  return { c2: 0.5 - z / 24, c3: 1 / 6 - z / 120 };
}

function toEquatorial([x, y, z]: Vector): Vector {
  const c = Math.cos(OBLIQUITY);
  const s = Math.sin(OBLIQUITY);
  return [x, c * y - s * z, s * y + c * z];
}

function toEcliptic([x, y, z]: Vector): Vector {
  const c = Math.cos(OBLIQUITY);
  const s = Math.sin(OBLIQUITY);
  return [x, c * y + s * z, -s * y + c * z];
}

/** Draws main-belt orbits that cross the field in the middle of the survey. */
export function makeAsteroids(request: SkyRequest, random: Random): Orbit[] {
  const epochMjdTdb = (request.beginMjd + request.endMjd) / 2;
  const earth = earthPosition(epochMjdTdb);
  return Array.from({ length: request.asteroids }, (_, id) => {
    const { ra, dec } = positionInCap({ ...request, radiusDeg: request.radiusDeg * 0.6 }, random);
    const direction = toEcliptic([Math.cos(dec) * Math.cos(ra), Math.cos(dec) * Math.sin(ra), Math.sin(dec)]);
    const distance = distanceTo(earth, direction, random.uniform(2.1, 3.3));
    const position: Vector = [earth[0] + distance * direction[0], earth[1] + distance * direction[1], earth[2] + distance * direction[2]];
    const r = Math.hypot(...position);
    const view = { id, epochMjdTdb, position, velocity: orbitalVelocity(position, random), H: 0, G: 0.15 };
    const faintness = random.uniform(request.limitMag - 6, request.limitMag - 2);
    return { ...view, H: faintness - apparentMagnitude(view, r, distance, Math.hypot(...earth)) };
  });
}

/** Distance from the Earth along a direction at which the Sun is at distance r. */
function distanceTo(earth: Vector, direction: Vector, r: number): number {
  const along = earth[0] * direction[0] + earth[1] * direction[1] + earth[2] * direction[2];
  const square = earth[0] ** 2 + earth[1] ** 2 + earth[2] ** 2;
  return -along + Math.sqrt(along * along - square + r * r);
}

/** A velocity of a main-belt kind at a position: prograde, near circular, moderate inclination and eccentricity. */
function orbitalVelocity(position: Vector, random: Random): Vector {
  const r = Math.hypot(...position);
  const speed = (K / Math.sqrt(r)) * random.uniform(0.93, 1.06);
  const horizontal = Math.hypot(position[0], position[1]);
  const east: Vector = [-position[1] / horizontal, position[0] / horizontal, 0];
  const tilt = random.normal(0, 0.12);
  const radial = random.normal(0, 0.06);
  return [0, 1, 2].map((k) => speed * (east[k] * Math.cos(tilt) + (k === 2 ? Math.sin(tilt) : 0) + (radial * position[k]) / r)) as Vector;
}
