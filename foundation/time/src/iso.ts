import { civilFromMjd, isCivilDate, mjdFromCivil, MJD_OF_1970 } from './calendar.ts';
import { TimeRangeError, TimeTextError } from './errors.ts';
import { currentLeapSeconds, type LeapSecondTable } from './leap-seconds.ts';
import { labelNsFromTaiNs, taiNsFromLabelNs, type TimeScale } from './mjd.ts';
import { DAY_NS, floorDiv, SECOND_NS, type TaiNs } from './tai.ts';
import { taiNsFromUtcReading, utcDayLengthNs, utcReadingFromTaiNs } from './utc.ts';

export interface IsoReadOptions {
  /** Scale of a text that does not end in Z or an offset. */
  readonly scale: TimeScale;
  readonly leapSeconds?: LeapSecondTable;
}

export interface IsoWriteOptions {
  readonly scale: TimeScale;
  /** Decimal digits of the second, 0 to 9; 9 unless told. Fewer digits round half up. */
  readonly digits?: number;
  /** Ends the text in Z; only for UTC. */
  readonly zulu?: boolean;
  readonly leapSeconds?: LeapSecondTable;
}

const ISO = /^(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?\s*(Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * Reads an ISO 8601 date and time (also FITS DATE-OBS, and the compact YYYYMMDDThhmmss) as TAI nanoseconds.
 *
 * Digits beyond nanoseconds round.
 * Second 60 is taken only where the UTC day has it.
 *
 * @throws {TimeTextError} for other texts, impossible dates, or Z on a scale other than UTC.
 */
export function taiNsFromIso(text: string, options: IsoReadOptions): TaiNs {
  const match = ISO.exec(text.trim());
  if (!match) throw badText(text, 'expected YYYY-MM-DD[Thh:mm:ss[.fffffffff]][Z]');
  const [, year, month, day, hour = '0', minute = '0', second = '0', decimals = '', zone] = match;
  const date = { year: Number(year), month: Number(month), day: Number(day) };
  if (!isCivilDate(date)) throw badText(text, 'no such calendar day');
  if (zone !== undefined && options.scale !== 'utc') throw badText(text, `Z and offsets mean UTC, but the scale is ${options.scale}`);
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60)
    throw badText(text, 'hours go to 23, minutes to 59, seconds to 59 (60 in a leap second)');
  const nsOfDay = BigInt(Number(hour) * 3600 + Number(minute) * 60 + Number(second)) * SECOND_NS + nsOfDecimals(decimals);
  const mjdDay = mjdFromCivil(date);
  if (options.scale !== 'utc') {
    if (Number(second) === 60) throw badText(text, `second 60 exists in UTC only, but the scale is ${options.scale}`);
    return taiNsFromLabelNs(BigInt(mjdDay - MJD_OF_1970) * DAY_NS + nsOfDay, options.scale);
  }
  return taiNsFromUtcText(text, { mjdDay, nsOfDay, second: Number(second), zone }, options.leapSeconds ?? currentLeapSeconds());
}

/**
 * Writes TAI nanoseconds as ISO 8601, YYYY-MM-DDThh:mm:ss.fffffffff.
 *
 * @throws {TimeRangeError} outside the years 0 to 9999, which four digits cannot hold.
 */
export function isoFromTaiNs(taiNs: TaiNs, options: IsoWriteOptions): string {
  const digits = options.digits ?? 9;
  const table = options.leapSeconds ?? currentLeapSeconds();
  const reading = readingOf(taiNs, options.scale, table);
  const unit = 10n ** BigInt(9 - digits);
  const rounded = floorDiv(reading.nsOfDay + unit / 2n, unit) * unit;
  const carries = rounded >= reading.dayLength;
  const mjdDay = carries ? reading.mjdDay + 1 : reading.mjdDay;
  const nsOfDay = carries ? rounded - reading.dayLength : rounded;
  const { year, month, day } = civilFromMjd(mjdDay);
  if (year < 0 || year > 9999) throw new TimeRangeError(`ISO 8601 holds the years 0 to 9999; found ${year}`, { details: { value: year } });
  const seconds = Number(nsOfDay / SECOND_NS);
  const leap = Math.max(0, seconds - 86_399);
  const clock = seconds - leap;
  const time = [Math.floor(clock / 3600), Math.floor(clock / 60) % 60, (clock % 60) + leap]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
  const decimals =
    digits === 0
      ? ''
      : `.${String(nsOfDay % SECOND_NS)
          .padStart(9, '0')
          .slice(0, digits)}`;
  const date = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
  return `${date}T${time}${decimals}${options.zulu === true && options.scale === 'utc' ? 'Z' : ''}`;
}

interface UtcText {
  readonly mjdDay: number;
  readonly nsOfDay: bigint;
  readonly second: number;
  readonly zone: string | undefined;
}

function taiNsFromUtcText(text: string, parts: UtcText, table: LeapSecondTable): TaiNs {
  let { mjdDay, nsOfDay } = parts;
  if (parts.zone !== undefined && parts.zone !== 'Z') {
    const sign = parts.zone.startsWith('-') ? 1 : -1;
    const shiftMinutes = sign * (Number(parts.zone.slice(1, 3)) * 60 + Number(parts.zone.slice(-2)));
    const inDay = nsOfDay + BigInt(shiftMinutes) * 60n * SECOND_NS;
    // Second 60 of a shifted clock belongs to the last minute of a UTC day; move by whole minutes and keep the second.
    const wholeMinutes = floorDiv(inDay - BigInt(parts.second) * SECOND_NS, DAY_NS);
    mjdDay += Number(wholeMinutes);
    nsOfDay = inDay - wholeMinutes * DAY_NS;
  }
  if (parts.second === 60 && (nsOfDay < DAY_NS || nsOfDay >= utcDayLengthNs(mjdDay, table))) throw badText(text, 'no leap second there');
  return taiNsFromUtcReading({ mjdDay, nsOfDay }, table);
}

function readingOf(taiNs: TaiNs, scale: TimeScale, table: LeapSecondTable): { mjdDay: number; nsOfDay: bigint; dayLength: bigint } {
  if (scale === 'utc') {
    const reading = utcReadingFromTaiNs(taiNs, table);
    return { ...reading, dayLength: utcDayLengthNs(reading.mjdDay, table) };
  }
  const label = labelNsFromTaiNs(taiNs, scale);
  const day = floorDiv(label, DAY_NS);
  return { mjdDay: MJD_OF_1970 + Number(day), nsOfDay: label - day * DAY_NS, dayLength: DAY_NS };
}

function nsOfDecimals(decimals: string): bigint {
  const nine = BigInt(decimals.slice(0, 9).padEnd(9, '0'));
  return (decimals[9] ?? '0') >= '5' ? nine + 1n : nine;
}

function badText(text: string, why: string): TimeTextError {
  return new TimeTextError(`time "${text.slice(0, 64)}": ${why}`, { details: { text: text.slice(0, 64) } });
}
