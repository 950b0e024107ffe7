import { computeNutation, meanObliquity } from '@almagest/time';
import { ARCSEC, DEGREE, type LonLat, lonLatFromUnit, unitFromLonLat } from '../vector/lon-lat.ts';
import type { Vec3 } from '../vector/vec3.ts';

/** Rotation of a frame, rows one after another. */
export type Matrix3 = readonly [number, number, number, number, number, number, number, number, number];

/** Multiplies a vector by a matrix; for a rotation, the same direction in the other frame. */
export function applyMatrix(m: Matrix3, v: Vec3): Vec3 {
  return { x: m[0] * v.x + m[1] * v.y + m[2] * v.z, y: m[3] * v.x + m[4] * v.y + m[5] * v.z, z: m[6] * v.x + m[7] * v.y + m[8] * v.z };
}

/** Multiplies by the transpose, which undoes a rotation. */
export function applyTransposed(m: Matrix3, v: Vec3): Vec3 {
  return { x: m[0] * v.x + m[3] * v.y + m[6] * v.z, y: m[1] * v.x + m[4] * v.y + m[7] * v.z, z: m[2] * v.x + m[5] * v.y + m[8] * v.z };
}

/** Product a b: first `b` is applied, then `a`. */
export function multiplyMatrices(a: Matrix3, b: Matrix3): Matrix3 {
  const cell = (row: number, column: number): number =>
    a[3 * row] * b[column] + a[3 * row + 1] * b[3 + column] + a[3 * row + 2] * b[6 + column];
  return [cell(0, 0), cell(0, 1), cell(0, 2), cell(1, 0), cell(1, 1), cell(1, 2), cell(2, 0), cell(2, 1), cell(2, 2)];
}

/** Turns the frame about x by `angle`: components of a fixed vector in the turned frame. */
function turnX(angle: number): Matrix3 {
  const [s, c] = [Math.sin(angle), Math.cos(angle)];
  return [1, 0, 0, 0, c, s, 0, -s, c];
}

function turnY(angle: number): Matrix3 {
  const [s, c] = [Math.sin(angle), Math.cos(angle)];
  return [c, 0, -s, 0, 1, 0, s, 0, c];
}

function turnZ(angle: number): Matrix3 {
  const [s, c] = [Math.sin(angle), Math.cos(angle)];
  return [c, s, 0, -s, c, 0, 0, 0, 1];
}

/**
 * ICRS to galactic: pole at right ascension 192.85948, declination 27.12825 and ascending node at galactic longitude 32.93192 degrees,
 * exact by definition of the Hipparcos Catalogue (ESA SP-1200, volume 1, section 1.5.3).
 */
export const ICRS_TO_GALACTIC: Matrix3 = multiplyMatrices(
  turnZ(-32.93192 * DEGREE),
  multiplyMatrices(turnX((90 - 27.12825) * DEGREE), turnZ((192.85948 + 90) * DEGREE)),
);

/** Galactic longitude and latitude [rad] of an ICRS position. */
export function galacticFromIcrs(icrs: LonLat): LonLat {
  return lonLatFromUnit(applyMatrix(ICRS_TO_GALACTIC, unitFromLonLat(icrs)));
}

/** ICRS position [rad] of a galactic one. */
export function icrsFromGalactic(galactic: LonLat): LonLat {
  return lonLatFromUnit(applyTransposed(ICRS_TO_GALACTIC, unitFromLonLat(galactic)));
}

/**
 * Precession and frame bias: ICRS to the mean equator and equinox of date, IAU 2006.
 *
 * @param centuriesTt - TT in Julian centuries since J2000.0.
 * @see Fukushima-Williams angles of Hilton et al. 2006, Celestial Mechanics 94, 351, table 1, with the bias of IERS Conventions 2010.
 */
export function precessionMatrix(centuriesTt: number): Matrix3 {
  return fukushimaWilliams(centuriesTt, { dpsi: 0, deps: 0 });
}

/** Bias, precession and nutation: ICRS to the true equator and equinox of date, IAU 2006 with the nutation of IAU 2000B (1 mas). */
export function precessionNutationMatrix(centuriesTt: number): Matrix3 {
  return fukushimaWilliams(centuriesTt, computeNutation(centuriesTt));
}

function fukushimaWilliams(t: number, { dpsi, deps }: { readonly dpsi: number; readonly deps: number }): Matrix3 {
  const gamma = -0.052928 + (10.556378 + (0.4932044 + (-0.00031238 + (-0.000002788 + 0.000000026 * t) * t) * t) * t) * t;
  const phi = 84381.412819 + (-46.811016 + (0.0511268 + (0.00053289 + (-0.00000044 - 0.0000000176 * t) * t) * t) * t) * t;
  const psi = -0.041775 + (5038.481484 + (1.5584175 + (-0.00018522 + (-0.000026452 - 0.0000000148 * t) * t) * t) * t) * t;
  const toEcliptic = multiplyMatrices(turnX(phi * ARCSEC), turnZ(gamma * ARCSEC));
  return multiplyMatrices(turnX(-(meanObliquity(t) + deps)), multiplyMatrices(turnZ(-(psi * ARCSEC + dpsi)), toEcliptic));
}

/** ICRS to the mean ecliptic and equinox of a date (J2000.0 unless given, in Julian centuries from it). */
export function eclipticMatrix(centuriesTt: number = 0): Matrix3 {
  return multiplyMatrices(turnX(meanObliquity(centuriesTt)), precessionMatrix(centuriesTt));
}

/** Longitude and latitude [rad] in the mean ecliptic of a date (Julian centuries from J2000.0, the default). */
export function eclipticFromIcrs(icrs: LonLat, centuriesTt: number = 0): LonLat {
  return lonLatFromUnit(applyMatrix(eclipticMatrix(centuriesTt), unitFromLonLat(icrs)));
}

/** ICRS position [rad] of one in the mean ecliptic of a date (Julian centuries from J2000.0, the default). */
export function icrsFromEcliptic(ecliptic: LonLat, centuriesTt: number = 0): LonLat {
  return lonLatFromUnit(applyTransposed(eclipticMatrix(centuriesTt), unitFromLonLat(ecliptic)));
}

/** ICRS to FK5 at J2000.0: the Hipparcos rotation of -19.9, -9.1 and 22.9 mas (Mignard and Froeschle 2000). */
export const ICRS_TO_FK5: Matrix3 = multiplyMatrices(
  turnZ(-0.0229 * ARCSEC),
  multiplyMatrices(turnY(0.0091 * ARCSEC), turnX(0.0199 * ARCSEC)),
);
