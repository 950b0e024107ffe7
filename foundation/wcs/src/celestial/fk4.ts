import { DEG } from '../projection/projection.ts';
import { multiplyInto, multiplyTransposedInto, precessionMatrixBesselian } from './precession.ts';

/**
 * FK4 B1950 without E-terms to FK5 J2000, for sources without proper motion observed at B1950.
 *
 * @see Murray (1989), A&A 218, 325, equations 28 and 29.
 */
const B1950_TO_J2000: Float64Array = new Float64Array([
  0.9999256794956877, -0.0111814832204662, -0.0048590038153592, 0.0111814832391717, 0.9999374848933135, -0.0000271625947142,
  0.0048590037723143, -0.000027170293744, 0.9999881946023742,
]);

/** FK4 of an equinox [Besselian year] to FK5 J2000, in place. */
export function fk4ToFk5(v: Float64Array, equinox: number, withETerms: boolean): void {
  const work = new Float64Array(3);
  if (withETerms) removeETerms(v, equinox);
  multiplyInto(precessionMatrixBesselian(equinox, 1950), v, work);
  multiplyInto(B1950_TO_J2000, work, v);
  normalize(v);
}

/** FK5 J2000 to FK4 of an equinox, in place. */
export function fk5ToFk4(v: Float64Array, equinox: number, withETerms: boolean): void {
  const work = new Float64Array(3);
  multiplyTransposedInto(B1950_TO_J2000, v, work);
  multiplyTransposedInto(precessionMatrixBesselian(equinox, 1950), work, v);
  normalize(v);
  if (withETerms) addETerms(v, equinox);
}

/** E-terms of aberration of an equinox: Explanatory Supplement (1992), section 3.531, with the ellipticity terms of Kinoshita. */
function eTerms(equinox: number): [number, number, number] {
  const jd = 2433282.42345905 + (equinox - 1950) * 365.242198781;
  const t = (jd - 2433282.42345905) / 36525; // Julian centuries since B1950
  const k = (20.49552 / 3600) * DEG;
  const g = (282.08053028 + (1.7195 / 1) * t) * DEG + 0.00046 * t * t * DEG;
  const eccentricity = 0.01673011 - (0.00004193 + 0.000000126 * t) * t;
  const obliquity = (84404.84 - (46.815 + (0.0006 - 0.0018 * t) * t) * t) * (DEG / 3600);
  return [
    eccentricity * k * Math.sin(g),
    -eccentricity * k * Math.cos(g) * Math.cos(obliquity),
    -eccentricity * k * Math.cos(g) * Math.sin(obliquity),
  ];
}

function removeETerms(v: Float64Array, equinox: number): void {
  const e = eTerms(equinox);
  const dot = v[0] * e[0] + v[1] * e[1] + v[2] * e[2];
  for (let i = 0; i < 3; i++) v[i] += -e[i] + dot * v[i];
  normalize(v);
}

/** Inverse of {@link removeETerms}, by iteration: the terms are 1.7e-6, so three rounds reach rounding. */
function addETerms(v: Float64Array, equinox: number): void {
  const target = Float64Array.from(v);
  for (let round = 0; round < 4; round++) {
    const trial = Float64Array.from(v);
    removeETerms(trial, equinox);
    for (let i = 0; i < 3; i++) v[i] += target[i] - trial[i];
    normalize(v);
  }
}

function normalize(v: Float64Array): void {
  const length = Math.hypot(v[0], v[1], v[2]);
  for (let i = 0; i < 3; i++) v[i] /= length;
}
