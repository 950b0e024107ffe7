import { UnknownFrameError } from '../errors.ts';
import { DEG } from '../projection/projection.ts';
import { fk4ToFk5, fk5ToFk4 } from './fk4.ts';
import { FRAME_BIAS, multiplyInto, multiplyTransposedInto, obliquityMatrix, precessionMatrix1976, toMatrix } from './precession.ts';

export type CelestialSystem = 'ICRS' | 'FK5' | 'FK4' | 'FK4-NO-E' | 'GALACTIC' | 'ECLIPTIC' | 'SUPERGALACTIC' | 'UNKNOWN';

/** The celestial coordinates that a WCS gives: right ascension and declination, or longitude and latitude, of a system. */
export interface CelestialFrame {
  readonly system: CelestialSystem;
  /** Equinox [Julian year; Besselian for FK4]; absent for ICRS and galactic systems. */
  readonly equinox?: number;
}

/** Galactic pole and origin in FK5 J2000: Blaauw et al. (1960), precessed; the values of Hipparcos volume 1, section 1.5.3 define the same axes for ICRS. */
const GALACTIC_POLE = [192.8594812065348, 27.12825118085622] as const;
const GALACTIC_LONGITUDE_OF_POLE = 122.9319185680026;

/** FK5 J2000 to galactic. */
const TO_GALACTIC = poleMatrix(GALACTIC_POLE, GALACTIC_LONGITUDE_OF_POLE);
/** Galactic to supergalactic: pole at l = 47.37, b = 6.32; origin at l = 137.37 (de Vaucouleurs et al. 1976). */
const TO_SUPERGALACTIC = poleMatrix([47.37, 6.32], 90);

/**
 * Turns unit vectors of a frame into ICRS, or back, in place.
 *
 * @throws {UnknownFrameError} for a frame without a defined relation to ICRS.
 * @remarks FK5 is tied to ICRS by the frame bias, FK4 through B1950 with the E-terms of aberration and no proper motion
 * (epoch of observation = B1950). Agreement with astropy under 1 mas (FK4 under 10 mas): `celestial/frames.golden.test.ts`.
 */
export function frameToIcrsInPlace(frame: CelestialFrame, v: Float64Array): void {
  const out = new Float64Array(3);
  switch (frame.system) {
    case 'ICRS':
      return;
    case 'FK5':
      multiplyTransposedInto(precessionMatrix1976(frame.equinox ?? 2000), v, out);
      multiplyTransposedInto(FRAME_BIAS, out, v);
      return;
    case 'GALACTIC':
      multiplyTransposedInto(TO_GALACTIC, v, out);
      multiplyTransposedInto(FRAME_BIAS, out, v);
      return;
    case 'SUPERGALACTIC':
      multiplyTransposedInto(TO_SUPERGALACTIC, v, out);
      v.set(out);
      frameToIcrsInPlace({ system: 'GALACTIC' }, v);
      return;
    case 'ECLIPTIC':
      multiplyTransposedInto(obliquityMatrix(frame.equinox ?? 2000), v, out);
      v.set(out);
      frameToIcrsInPlace({ system: 'FK5', equinox: frame.equinox ?? 2000 }, v);
      return;
    case 'FK4':
    case 'FK4-NO-E':
      fk4ToFk5(v, frame.equinox ?? 1950, frame.system === 'FK4');
      multiplyTransposedInto(FRAME_BIAS, v, out);
      v.set(out);
      return;
    default:
      throw new UnknownFrameError(`no conversion between ICRS and the frame ${frame.system}`, { details: { frame: frame.system } });
  }
}

/** Turns an ICRS unit vector into a frame, in place; see {@link frameToIcrsInPlace}. */
export function icrsToFrameInPlace(frame: CelestialFrame, v: Float64Array): void {
  const out = new Float64Array(3);
  switch (frame.system) {
    case 'ICRS':
      return;
    case 'FK5':
      multiplyInto(FRAME_BIAS, v, out);
      multiplyInto(precessionMatrix1976(frame.equinox ?? 2000), out, v);
      return;
    case 'GALACTIC':
      multiplyInto(FRAME_BIAS, v, out);
      multiplyInto(TO_GALACTIC, out, v);
      return;
    case 'SUPERGALACTIC':
      icrsToFrameInPlace({ system: 'GALACTIC' }, v);
      multiplyInto(TO_SUPERGALACTIC, v, out);
      v.set(out);
      return;
    case 'ECLIPTIC':
      icrsToFrameInPlace({ system: 'FK5', equinox: frame.equinox ?? 2000 }, v);
      multiplyInto(obliquityMatrix(frame.equinox ?? 2000), v, out);
      v.set(out);
      return;
    case 'FK4':
    case 'FK4-NO-E':
      multiplyInto(FRAME_BIAS, v, out);
      v.set(out);
      fk5ToFk4(v, frame.equinox ?? 1950, frame.system === 'FK4');
      return;
    default:
      throw new UnknownFrameError(`no conversion between ICRS and the frame ${frame.system}`, { details: { frame: frame.system } });
  }
}

/** Matrix to a system whose pole stands at (longitude, latitude) [deg] of the old one, and whose own longitude of the old pole is given. */
function poleMatrix(pole: readonly [number, number], longitudeOfOldPole: number): Float64Array {
  // R_z(180 - l) R_y(90 - latitude) R_z(longitude)
  const a = toMatrix('z', pole[0] * DEG);
  const b = toMatrix('y', (90 - pole[1]) * DEG);
  const c = toMatrix('z', (180 - longitudeOfOldPole) * DEG);
  return product(c, product(b, a));
}

function product(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(9);
  for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) for (let k = 0; k < 3; k++) out[3 * i + j] += a[3 * i + k] * b[3 * k + j];
  return out;
}
