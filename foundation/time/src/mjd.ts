import { JD_OF_MJD_0, MJD_OF_1970 } from './calendar.ts';
import { TimeRangeError } from './errors.ts';
import { currentLeapSeconds, type LeapSecondTable } from './leap-seconds.ts';
import { DAY_NS, floorDiv, TAI_MINUS_GPS_NS, type TaiNs, TT_MINUS_TAI_NS } from './tai.ts';
import { tdbMinusTtSec } from './tdb.ts';
import { taiNsFromUtcReading, utcDayLengthNs, utcReadingFromTaiNs } from './utc.ts';

/** The scales in which a time can be written. GPS time is TAI - 19 s; UT1 needs a measured UT1 - UTC, see `ut1MjdFromTaiNs`. */
export type TimeScale = 'tai' | 'utc' | 'tt' | 'tdb' | 'gps';

export const TIME_SCALES: readonly TimeScale[] = ['tai', 'utc', 'tt', 'tdb', 'gps'];

/** A Modified Julian Date in two doubles, so that nanoseconds survive: 0 <= fraction < 1. */
export interface TwoPartMjd {
  readonly day: number;
  readonly fraction: number;
}

/** Supported days: the years -4799 to 9999, in which the calendar formulae were checked. */
const MIN_MJD = -2_431_000;
const MAX_MJD = 2_973_483;

/**
 * Reads a Modified Julian Date as TAI nanoseconds.
 *
 * A UTC day with a leap second is stretched, as in SOFA's quasi-JD: fraction 0.5 of such a day is 43,200.5 s.
 *
 * @param mjd - One double (good to about 1 microsecond today) or two parts (within 0.5 ns); the parts may be of any split.
 * @throws {TimeRangeError} if not finite or outside the years -4799 to 9999. {@link UtcUndefinedError} for UTC before 1960.
 */
export function taiNsFromMjd(mjd: number | TwoPartMjd, scale: TimeScale, table: LeapSecondTable = currentLeapSeconds()): TaiNs {
  const { day, fraction } = splitMjd(mjd);
  if (scale === 'utc') {
    const nsOfDay = BigInt(Math.round(fraction * Number(utcDayLengthNs(day, table))));
    return taiNsFromUtcReading({ mjdDay: day, nsOfDay }, table);
  }
  return taiNsFromLabelNs(BigInt(day - MJD_OF_1970) * DAY_NS + BigInt(Math.round(fraction * 86_400e9)), scale);
}

/** Writes TAI nanoseconds as a two-part Modified Julian Date, which {@link taiNsFromMjd} reads back to the same nanosecond. */
export function twoPartMjdFromTaiNs(taiNs: TaiNs, scale: TimeScale, table: LeapSecondTable = currentLeapSeconds()): TwoPartMjd {
  if (scale === 'utc') {
    const { mjdDay, nsOfDay } = utcReadingFromTaiNs(taiNs, table);
    return { day: mjdDay, fraction: Number(nsOfDay) / Number(utcDayLengthNs(mjdDay, table)) };
  }
  const label = labelNsFromTaiNs(taiNs, scale);
  const day = floorDiv(label, DAY_NS);
  return { day: MJD_OF_1970 + Number(day), fraction: Number(label - day * DAY_NS) / 86_400e9 };
}

/** Writes TAI nanoseconds as one double [MJD], coarse to 2^-37 day (0.6 microseconds) today. */
export function mjdFromTaiNs(taiNs: TaiNs, scale: TimeScale, table: LeapSecondTable = currentLeapSeconds()): number {
  const { day, fraction } = twoPartMjdFromTaiNs(taiNs, scale, table);
  return day + fraction;
}

/**
 * Reads a Julian Date as TAI nanoseconds.
 *
 * @param jd - One double (good to about 20 microseconds today) or two parts whose sum is the Julian Date.
 */
export function taiNsFromJd(
  jd: number | readonly [number, number],
  scale: TimeScale,
  table: LeapSecondTable = currentLeapSeconds(),
): TaiNs {
  const [high, low] = typeof jd === 'number' ? [jd, 0] : jd;
  const whole = Math.floor(high);
  return taiNsFromMjd({ day: whole - 2_400_001, fraction: high - whole + 0.5 + low }, scale, table);
}

/** Writes TAI nanoseconds as a Julian Date in two doubles: a half-integer day and a fraction. */
export function twoPartJdFromTaiNs(
  taiNs: TaiNs,
  scale: TimeScale,
  table: LeapSecondTable = currentLeapSeconds(),
): readonly [number, number] {
  const { day, fraction } = twoPartMjdFromTaiNs(taiNs, scale, table);
  return [day + JD_OF_MJD_0, fraction];
}

/** Writes TAI nanoseconds as one double [Julian Date], coarse to 40 microseconds today. */
export function jdFromTaiNs(taiNs: TaiNs, scale: TimeScale, table: LeapSecondTable = currentLeapSeconds()): number {
  const [high, low] = twoPartJdFromTaiNs(taiNs, scale, table);
  return high + low;
}

/** Moves a Modified Julian Date from one scale to another. */
export function convertMjd(mjd: TwoPartMjd, from: TimeScale, to: TimeScale, table: LeapSecondTable = currentLeapSeconds()): TwoPartMjd {
  return twoPartMjdFromTaiNs(taiNsFromMjd(mjd, from, table), to, table);
}

/** Nanoseconds since 1970-01-01T00:00:00 on the clock of a uniform scale. */
export function labelNsFromTaiNs(taiNs: TaiNs, scale: Exclude<TimeScale, 'utc'>): bigint {
  if (scale === 'tai') return taiNs;
  if (scale === 'gps') return taiNs - TAI_MINUS_GPS_NS;
  const ttNs = taiNs + TT_MINUS_TAI_NS;
  return scale === 'tt' ? ttNs : ttNs + tdbMinusTtNs(ttNs);
}

/** The inverse of {@link labelNsFromTaiNs}, exact for TAI, GPS and TT and within 1 ns for TDB. */
export function taiNsFromLabelNs(labelNs: bigint, scale: Exclude<TimeScale, 'utc'>): TaiNs {
  if (scale === 'tai') return labelNs;
  if (scale === 'gps') return labelNs + TAI_MINUS_GPS_NS;
  if (scale === 'tt') return labelNs - TT_MINUS_TAI_NS;
  // The difference changes by 3e-10 s per second, so its value at TDB is good to 1e-12 s after one more step.
  return labelNs - tdbMinusTtNs(labelNs - tdbMinusTtNs(labelNs)) - TT_MINUS_TAI_NS;
}

function tdbMinusTtNs(ttNs: bigint): bigint {
  return BigInt(Math.round(tdbMinusTtSec(MJD_OF_1970 + Number(ttNs / 1_000_000n) / 86_400e3) * 1e9));
}

function splitMjd(mjd: number | TwoPartMjd): TwoPartMjd {
  const [high, low] = typeof mjd === 'number' ? [mjd, 0] : [mjd.day, mjd.fraction];
  const sum = high + low;
  if (!(sum >= MIN_MJD && sum <= MAX_MJD))
    throw new TimeRangeError(`MJD must lie between ${MIN_MJD} and ${MAX_MJD} (years -4799 to 9999); found ${sum}`, {
      details: { value: String(sum) },
    });
  const highDay = Math.floor(high);
  const rest = high - highDay + low;
  const extra = Math.floor(rest);
  // low alone keeps its digits when high is whole, which is the usual split.
  const fraction = high === highDay ? low - extra : rest - extra;
  return { day: highDay + extra, fraction };
}
