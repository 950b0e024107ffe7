import { civilFromMjd, isCivilDate, MJD_OF_1970, mjdFromCivil } from './calendar.ts';
import { TimeRangeError } from './errors.ts';
import { DAY_NS, floorDiv, nsFromSeconds, type TaiNs } from './tai.ts';
import type { Timespan } from './timespan.ts';

/** Rubin's observing day turns over at 12:00 TAI, noon of the zone UTC-12, in the afternoon of Chile (LSE-400, SITCOMTN-032). */
export const RUBIN_DAY_OFFSET_SEC = 43_200;

/**
 * Gives the observing day of a moment as the integer YYYYMMDD (`day_obs`).
 *
 * @param offsetSec - Seconds after 00:00 TAI at which the day turns over; 43,200 unless told.
 */
export function observingDay(taiNs: TaiNs, offsetSec: number = RUBIN_DAY_OFFSET_SEC): number {
  const day = floorDiv(taiNs - nsFromSeconds(offsetSec), DAY_NS);
  const date = civilFromMjd(MJD_OF_1970 + Number(day));
  return date.year * 10_000 + date.month * 100 + date.day;
}

/**
 * Gives the half-open span of an observing day.
 *
 * @throws {TimeRangeError} if the integer is no date YYYYMMDD.
 */
export function observingDaySpan(dayObs: number, offsetSec: number = RUBIN_DAY_OFFSET_SEC): Timespan {
  const date = { year: Math.floor(dayObs / 10_000), month: Math.floor(dayObs / 100) % 100, day: dayObs % 100 };
  if (!isCivilDate(date))
    throw new TimeRangeError(`observing day must be a date YYYYMMDD; found ${dayObs}`, { details: { value: dayObs } });
  const begin = BigInt(mjdFromCivil(date) - MJD_OF_1970) * DAY_NS + nsFromSeconds(offsetSec);
  return { begin, end: begin + DAY_NS };
}
