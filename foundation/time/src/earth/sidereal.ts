import { MJD_OF_1970 } from '../calendar.ts';
import { mjdFromTaiNs, type TwoPartMjd } from '../mjd.ts';
import { DAY_NS, floorDiv, nsFromSeconds, type TaiNs } from '../tai.ts';
import { utcReadingFromTaiNs } from '../utc.ts';
import { computeNutation, meanObliquity } from './nutation.ts';

const TWO_PI = 2 * Math.PI;
const ARCSEC = Math.PI / 648_000;
const MJD_J2000 = 51544.5;

export interface SiderealOptions {
  /** Measured UT1 - UTC [s] from the IERS, under 0.9 s; 0 unless told, which costs up to 13.5 arcsec. */
  readonly ut1MinusUtcSec?: number;
}

/** Writes UT1 as a two-part Modified Julian Date. Throws {@link UtcUndefinedError} before 1960. */
export function ut1MjdFromTaiNs(taiNs: TaiNs, options: SiderealOptions = {}): TwoPartMjd {
  const { mjdDay, nsOfDay } = utcReadingFromTaiNs(taiNs);
  const ns = BigInt(mjdDay - MJD_OF_1970) * DAY_NS + nsOfDay + nsFromSeconds(options.ut1MinusUtcSec ?? 0);
  const day = floorDiv(ns, DAY_NS);
  return { day: MJD_OF_1970 + Number(day), fraction: Number(ns - day * DAY_NS) / 86_400e9 };
}

/**
 * Computes the Earth rotation angle [rad], 0 to 2 pi, from UT1.
 *
 * @see IERS Conventions 2010, equation 5.15; the whole turns are taken off first, so that rounding stays under 1e-11 rad.
 */
export function earthRotationAngle(ut1: TwoPartMjd): number {
  const days = ut1.day - 51544 + (ut1.fraction - 0.5);
  const turns = ut1.fraction - 0.5 + 0.779057273264 + 0.00273781191135448 * days;
  return positiveAngle(turns * TWO_PI);
}

/** Computes Greenwich mean sidereal time [rad], IAU 2006 (Capitaine et al. 2003, equation 42). */
export function greenwichMeanSiderealTime(taiNs: TaiNs, options: SiderealOptions = {}): number {
  const t = (mjdFromTaiNs(taiNs, 'tt') - MJD_J2000) / 36525;
  const precession = 0.014506 + (4612.156534 + (1.3915817 + (-0.00000044 + (-0.000029956 - 0.0000000368 * t) * t) * t) * t) * t;
  return positiveAngle(earthRotationAngle(ut1MjdFromTaiNs(taiNs, options)) + precession * ARCSEC);
}

/**
 * Computes Greenwich apparent sidereal time [rad].
 *
 * @remarks Within 1 mas (0.07 ms of time) of IAU 2006/2000A between 1995 and 2050; `sidereal.golden.test.ts` compares with astropy.
 */
export function greenwichApparentSiderealTime(taiNs: TaiNs, options: SiderealOptions = {}): number {
  const t = (mjdFromTaiNs(taiNs, 'tt') - MJD_J2000) / 36525;
  return positiveAngle(greenwichMeanSiderealTime(taiNs, options) + equationOfEquinoxes(t));
}

/** Computes local apparent sidereal time [rad] at a longitude [rad], positive to the east. */
export function localApparentSiderealTime(taiNs: TaiNs, longitude: number, options: SiderealOptions = {}): number {
  return positiveAngle(greenwichApparentSiderealTime(taiNs, options) + longitude);
}

/** Computes local mean sidereal time [rad] at a longitude [rad], positive to the east. */
export function localMeanSiderealTime(taiNs: TaiNs, longitude: number, options: SiderealOptions = {}): number {
  return positiveAngle(greenwichMeanSiderealTime(taiNs, options) + longitude);
}

/** Equation of the equinoxes [rad] with its largest complementary terms (IERS Conventions 2010, table 5.2e, above 1 microarcsecond). */
function equationOfEquinoxes(t: number): number {
  const { dpsi } = computeNutation(t);
  const omega = (450160.398036 - 6962890.5431 * t) * ARCSEC;
  const f = (335779.526232 + 1739527262.8478 * t) * ARCSEC;
  const d = (1072260.70369 + 1602961601.209 * t) * ARCSEC;
  const complementary =
    0.00264096 * Math.sin(omega) +
    0.00006352 * Math.sin(2 * omega) +
    0.00001175 * Math.sin(2 * f - 2 * d + 3 * omega) +
    0.00001121 * Math.sin(2 * f - 2 * d + omega) -
    0.00000455 * Math.sin(2 * f - 2 * d + 2 * omega) +
    0.00000202 * Math.sin(2 * f + 3 * omega) +
    0.00000198 * Math.sin(2 * f + omega) -
    0.00000172 * Math.sin(3 * omega);
  return dpsi * Math.cos(meanObliquity(t)) + complementary * ARCSEC;
}

function positiveAngle(angle: number): number {
  const reduced = angle % TWO_PI;
  return reduced < 0 ? reduced + TWO_PI : reduced;
}
