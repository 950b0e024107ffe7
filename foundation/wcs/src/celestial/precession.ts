import { DEG } from '../projection/projection.ts';

const ARCSEC = DEG / 3600;

/** Rotation of the axes about x, y or z by an angle [rad]. */
export function toMatrix(axis: 'x' | 'y' | 'z', angle: number): Float64Array {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  if (axis === 'x') return new Float64Array([1, 0, 0, 0, c, s, 0, -s, c]);
  if (axis === 'y') return new Float64Array([c, 0, -s, 0, 1, 0, s, 0, c]);
  return new Float64Array([c, s, 0, -s, c, 0, 0, 0, 1]);
}

/** out = m v. */
export function multiplyInto(m: Float64Array, v: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 3; i++) out[i] = m[3 * i] * v[0] + m[3 * i + 1] * v[1] + m[3 * i + 2] * v[2];
}

/** out = m^T v. */
export function multiplyTransposedInto(m: Float64Array, v: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 3; i++) out[i] = m[i] * v[0] + m[3 + i] * v[1] + m[6 + i] * v[2];
}

function chain(...matrices: readonly Float64Array[]): Float64Array {
  return matrices.reduce((a, b) => {
    const out = new Float64Array(9);
    for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) for (let k = 0; k < 3; k++) out[3 * i + j] += a[3 * i + k] * b[3 * k + j];
    return out;
  });
}

/**
 * ICRS to FK5 J2000: pole offsets eta0 = -19.9 mas, xi0 = 9.1 mas and origin dalpha0 = -22.9 mas.
 *
 * @see Feissel and Mignard (1998), A&A 331, L33; IERS Conventions (2003), chapter 2.
 */
export const FRAME_BIAS: Float64Array = chain(
  toMatrix('x', 19.9e-3 * ARCSEC),
  toMatrix('y', 9.1e-3 * ARCSEC),
  toMatrix('z', -22.9e-3 * ARCSEC),
);

/**
 * Mean equator and equinox of J2000 to those of another Julian epoch.
 *
 * @see Lieske et al. (1977), A&A 58, 1; Capitaine et al. (2003), A&A 412, 567 for the angles of the older theory.
 */
export function precessionMatrix1976(equinox: number): Float64Array {
  const t = (equinox - 2000) / 100;
  const zeta = (2306.2181 + (0.30188 + 0.017998 * t) * t) * t * ARCSEC;
  const z = (2306.2181 + (1.09468 + 0.018203 * t) * t) * t * ARCSEC;
  const theta = (2004.3109 - (0.42665 + 0.041833 * t) * t) * t * ARCSEC;
  return chain(toMatrix('z', -z), toMatrix('y', theta), toMatrix('z', -zeta));
}

/** Mean equator to mean ecliptic of the same equinox: obliquity of IAU 1980 (Lieske et al. 1977). */
export function obliquityMatrix(equinox: number): Float64Array {
  const t = (equinox - 2000) / 100;
  return toMatrix('x', (84381.448 - (46.815 + (0.00059 - 0.001813 * t) * t) * t) * ARCSEC);
}

/** Besselian precession of FK4 between equinoxes [Besselian years]: Newcomb's angles as given by Kinoshita (1975). */
export function precessionMatrixBesselian(from: number, to: number): Float64Array {
  const t1 = (from - 1850) / 1000;
  const dt = (to - from) / 1000;
  const first = 23035.545 + 139.72 * t1 + 0.06 * t1 * t1;
  const zeta = (first + (30.24 - 0.27 * t1 + 17.995 * dt) * dt) * dt * ARCSEC;
  const z = (first + (109.48 + 0.39 * t1 + 18.325 * dt) * dt) * dt * ARCSEC;
  const theta = (20051.12 - 85.29 * t1 - 0.37 * t1 * t1 + (-42.65 - 0.37 * t1 - 41.8 * dt) * dt) * dt * ARCSEC;
  return chain(toMatrix('z', -z), toMatrix('y', theta), toMatrix('z', -zeta));
}
