import { MJD_OF_1970 } from './calendar.ts';
import { TimeRangeError } from './errors.ts';
import { currentLeapSeconds, type LeapSecondTable } from './leap-seconds.ts';
import { mjdFromTaiNs, taiNsFromMjd, twoPartMjdFromTaiNs, type TwoPartMjd } from './mjd.ts';
import { DAY_NS, floorDiv, nsFromSeconds, SECOND_NS, TAI_MINUS_GPS_NS, type TaiNs } from './tai.ts';
import { taiNsFromUtcReading, utcReadingFromTaiNs } from './utc.ts';

/** GPS epoch 1980-01-06T00:00:00 on the GPS clock, in days since 1970. */
const GPS_EPOCH_DAY = 3657n;
const WEEK_NS = 7n * DAY_NS;

/**
 * Reads POSIX nanoseconds (seconds since 1970 UTC without leap seconds, times 1e9).
 *
 * The count repeats during a leap second; it is read as the second after.
 */
export function taiNsFromUnixNs(unixNs: bigint, table: LeapSecondTable = currentLeapSeconds()): TaiNs {
  const day = floorDiv(unixNs, DAY_NS);
  return taiNsFromUtcReading({ mjdDay: MJD_OF_1970 + Number(day), nsOfDay: unixNs - day * DAY_NS }, table);
}

/** Writes POSIX nanoseconds; a leap second gets the count of the second that follows it. */
export function unixNsFromTaiNs(taiNs: TaiNs, table: LeapSecondTable = currentLeapSeconds()): bigint {
  const { mjdDay, nsOfDay } = utcReadingFromTaiNs(taiNs, table);
  return BigInt(mjdDay - MJD_OF_1970) * DAY_NS + nsOfDay;
}

/** Reads POSIX seconds as a double, such as `Date.now() / 1000`; good to a quarter of a microsecond today. */
export function taiNsFromUnix(unixSec: number, table: LeapSecondTable = currentLeapSeconds()): TaiNs {
  return taiNsFromUnixNs(nsFromSeconds(unixSec), table);
}

/** Writes POSIX seconds as a double. */
export function unixFromTaiNs(taiNs: TaiNs, table: LeapSecondTable = currentLeapSeconds()): number {
  const ns = unixNsFromTaiNs(taiNs, table);
  const whole = floorDiv(ns, SECOND_NS);
  return Number(whole) + Number(ns - whole * SECOND_NS) / 1e9;
}

/** Writes the Julian epoch (2000.0 is 2000-01-01T12:00:00 TT) [Julian year of 365.25 days]. */
export function julianEpochFromTaiNs(taiNs: TaiNs): number {
  const { day, fraction } = twoPartMjdFromTaiNs(taiNs, 'tt');
  return 2000 + (day - 51544 + (fraction - 0.5)) / 365.25;
}

/** Reads a Julian epoch such as 2015.5 (the J of J2000.0 left out). */
export function taiNsFromJulianEpoch(julianYear: number): TaiNs {
  if (!Number.isFinite(julianYear))
    throw new TimeRangeError(`Julian epoch must be finite; found ${julianYear}`, { details: { value: String(julianYear) } });
  return taiNsFromMjd({ day: 51544, fraction: 0.5 + (julianYear - 2000) * 365.25 }, 'tt');
}

/** Writes the Besselian epoch (B1950.0 and its like) [tropical year of 365.242198781 days]; Lieske 1979. */
export function besselianEpochFromTaiNs(taiNs: TaiNs): number {
  return 1900 + (mjdFromTaiNs(taiNs, 'tt') - 15019.81352) / 365.242198781;
}

/** Reads a Besselian epoch such as 1950. */
export function taiNsFromBesselianEpoch(besselianYear: number): TaiNs {
  const mjd: TwoPartMjd = { day: 15019, fraction: 0.81352 + (besselianYear - 1900) * 365.242198781 };
  return taiNsFromMjd(mjd, 'tt');
}

/** A GPS time: whole weeks since 1980-01-06 (not reduced modulo 1024) and nanoseconds of the week. */
export interface GpsTime {
  readonly week: number;
  readonly nsOfWeek: bigint;
}

/** Writes GPS week and nanoseconds of the week. */
export function gpsFromTaiNs(taiNs: TaiNs): GpsTime {
  const sinceEpoch = taiNs - TAI_MINUS_GPS_NS - GPS_EPOCH_DAY * DAY_NS;
  const week = floorDiv(sinceEpoch, WEEK_NS);
  return { week: Number(week), nsOfWeek: sinceEpoch - week * WEEK_NS };
}

/** Reads GPS week and nanoseconds of the week. */
export function taiNsFromGps(gps: GpsTime): TaiNs {
  return BigInt(gps.week) * WEEK_NS + gps.nsOfWeek + GPS_EPOCH_DAY * DAY_NS + TAI_MINUS_GPS_NS;
}

/** Writes GPS seconds since 1980-01-06T00:00:00 (astropy's `gps`) in nanoseconds. */
export function gpsNsFromTaiNs(taiNs: TaiNs): bigint {
  return taiNs - TAI_MINUS_GPS_NS - GPS_EPOCH_DAY * DAY_NS;
}
