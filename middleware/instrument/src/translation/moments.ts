import { AlmagestError } from '@almagest/errors';
import { civilFromMjd, mjdFromTaiNs, nsFromSeconds, taiNsFromIso, taiNsFromMjd, type TimeScale, TIME_SCALES } from '@almagest/time';
import type { TaiTime } from '../properties/observation-info.ts';

/** FITS before 1999: dd/mm/yy, always of the twentieth century. */
const OLD_DATE = /^(\d{1,2})\/(\d{1,2})\/(\d{2})(?:[T\s]+(.*))?$/;
const SHORT_HOUR = /T\s*(\d):/;

function scaleOf(name: string): TimeScale | undefined {
  const lower = name.trim().toLowerCase();
  return TIME_SCALES.find((scale) => scale === lower);
}

/**
 * Reads a FITS date: ISO form, or dd/mm/yy with an optional time of day.
 *
 * @returns undefined for text of another form, an impossible date or an unknown scale.
 */
export function parseFitsTime(source: string, scaleName: string): TaiTime | undefined {
  const scale = scaleOf(scaleName);
  if (!scale) return undefined;
  const old = OLD_DATE.exec(source.trim());
  const [, day = '', month = '', year = '', clock] = old ?? [];
  const iso = old ? `19${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}${clock ? `T${clock.trim()}` : ''}` : source.trim();
  try {
    return { taiNs: taiNsFromIso(iso.replace(SHORT_HOUR, 'T0$1:'), { scale }) };
  } catch (error) {
    if (error instanceof AlmagestError) return undefined;
    throw error;
  }
}

/** Reads a Modified Julian Date of a named scale. */
export function timeFromMjd(mjd: number, scaleName: string): TaiTime {
  return { taiNs: taiNsFromMjd(mjd, scaleOf(scaleName) ?? 'utc') };
}

export function addSeconds(time: TaiTime, seconds: number): TaiTime {
  return { taiNs: time.taiNs + nsFromSeconds(seconds) };
}

/** Observing day YYYYMMDD: the TAI calendar day of the moment less the offset [s]. */
export function calendarDay(time: TaiTime, offsetSec: number): number {
  const mjd = mjdFromTaiNs(time.taiNs - nsFromSeconds(offsetSec), 'tai');
  const { year, month, day } = civilFromMjd(Math.floor(mjd));
  return year * 10_000 + month * 100 + day;
}
