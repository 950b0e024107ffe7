import type { Vec3 } from '../vector/vec3.ts';
import { EARTH_SERIES } from './earth-series.generated.ts';

const DAYS_PER_CENTURY = 36_525;

export interface PositionVelocity {
  /** [AU] */
  readonly position: Vec3;
  /** [AU / day] */
  readonly velocity: Vec3;
}

/**
 * Barycentric position and velocity of the Earth, ICRS.
 *
 * @param centuriesTdb - TDB (TT serves) in Julian centuries since J2000.0, -0.5 to 1 (1950 to 2100).
 * @remarks Velocity within 1 mas of aberration and position within 6000 km of ERFA's epv00 over that span; `frames.golden.test.ts` measures it.
 */
export function earthPositionVelocity(centuriesTdb: number): PositionVelocity {
  const t = centuriesTdb;
  const p = [0, 0, 0];
  const v = [0, 0, 0];
  for (const row of EARTH_SERIES) {
    const [power, rate, phase] = row;
    const argument = rate * t + phase;
    const cos = Math.cos(argument);
    const sin = Math.sin(argument);
    const factor = t ** power;
    const growth = power === 0 ? 0 : power * t ** (power - 1);
    for (let i = 0; i < 3; i++) {
      const c = row[3 + 2 * i];
      const s = row[4 + 2 * i];
      p[i] += factor * (c * cos + s * sin);
      v[i] += growth * (c * cos + s * sin) + factor * rate * (s * cos - c * sin);
    }
  }
  const day = 1 / DAYS_PER_CENTURY;
  return { position: { x: p[0], y: p[1], z: p[2] }, velocity: { x: v[0] * day, y: v[1] * day, z: v[2] * day } };
}
