import { isoFromTaiNs, taiNsFromIso, taiNsFromMjd, TIME_SCALES, type TimeScale } from '@almagest/time';

/** A time literal's meaning and canonical text. */
export interface TimeLiteral {
  readonly taiNs: bigint;
  readonly text: string;
}

const FORMATS = new Set(['iso', 'isot', 'fits', 'mjd', 'jd', 'unix', 'unix_tai', 'cxcsec', 'yday', 'jyear', 'byear', 'decimalyear', 'gps']);
const JD_OF_MJD_0 = 2_400_000.5;
/** 1998-01-01T00:00:00 TT as MJD: where `cxcsec` counts from. */
const CXC_EPOCH_MJD_TT = 50_814;

/**
 * Reads the text between the quotes of `T'...'`: `[format/]value[/scale]`.
 * Calendar texts are UTC unless told, `cxcsec` TT, numbers TAI; a number with a decimal point is an MJD.
 * A whole number needs its format, because 2020 may be a year.
 *
 * @returns undefined if it is no time.
 */
export function readTimeLiteral(text: string): TimeLiteral | undefined {
  const parts = text.trim().split('/');
  const format = parts.length > 1 && FORMATS.has(parts[0]!.toLowerCase()) ? parts.shift()!.toLowerCase() : undefined;
  const last = parts.at(-1)?.toLowerCase();
  const scale = parts.length > 1 && TIME_SCALES.includes(last as TimeScale) ? (parts.pop()!.toLowerCase() as TimeScale) : undefined;
  if (parts.length !== 1) return undefined;
  try {
    return readValue(parts[0]!.trim(), format, scale);
  } catch {
    return undefined;
  }
}

function readValue(value: string, format: string | undefined, scale: TimeScale | undefined): TimeLiteral | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value) && format !== 'iso' && format !== 'isot' && format !== 'fits')
    return format === undefined && !value.includes('.') ? undefined : readNumber(value, format ?? 'mjd', scale);
  if (format !== undefined && !['iso', 'isot', 'fits', 'yday'].includes(format)) return undefined;
  const yday = /^(\d{4}):(\d{3})(?::(\d{2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?)?$/.exec(value);
  if (yday && (format === undefined || format === 'yday')) return readYearDay(yday, scale ?? 'utc');
  if (format === 'yday' || !/^\d{4}-\d{2}-\d{2}/.test(value)) return undefined;
  const taiNs = taiNsFromIso(value, { scale: scale ?? 'utc' });
  const shown = isoFromTaiNs(taiNs, { scale: scale ?? 'utc', digits: 3 });
  const exact = taiNsFromIso(shown, { scale: scale ?? 'utc' }) === taiNs ? shown : isoFromTaiNs(taiNs, { scale: scale ?? 'utc' });
  const separated = value.includes('T') ? exact : exact.replace('T', ' ');
  return { taiNs, text: separated + (scale === undefined || scale === 'utc' ? '' : `/${scale}`) };
}

function readNumber(value: string, format: string, scale: TimeScale | undefined): TimeLiteral | undefined {
  const number = Number(value);
  const suffix = scale === undefined || scale === 'tai' ? '' : `/${scale}`;
  const prefix = format === 'mjd' ? (value.includes('.') ? '' : 'mjd/') : `${format}/`;
  const make = (mjd: number, fraction: number, inScale: TimeScale): TimeLiteral => ({
    taiNs: taiNsFromMjd({ day: mjd, fraction }, inScale),
    text: `${prefix}${value}${suffix}`,
  });
  if (format === 'mjd') return make(...splitDecimal(value, 0), scale ?? 'tai');
  if (format === 'jd') return { ...make(...splitDecimal(value, JD_OF_MJD_0), scale ?? 'tai') };
  if (format === 'cxcsec') return { ...make(CXC_EPOCH_MJD_TT, number / 86_400, 'tt'), text: `cxcsec/${value}` };
  if (format === 'unix_tai') return { taiNs: BigInt(Math.round(number * 1e6)) * 1000n, text: `unix_tai/${value}` };
  return undefined;
}

/** Splits decimal text into whole days and a fraction without losing digits, after subtracting an offset that ends in .0 or .5. */
function splitDecimal(value: string, offset: number): readonly [number, number] {
  const whole = Math.trunc(Number(value));
  const fraction = Number(`${value.startsWith('-') ? '-' : ''}0.${/\.(\d*)/.exec(value)?.[1] ?? '0'}`);
  return /[eE]/.test(value) ? [0, Number(value) - offset] : [whole - Math.floor(offset), fraction - (offset - Math.floor(offset))];
}

function readYearDay(match: RegExpExecArray, scale: TimeScale): TimeLiteral {
  const [, year = '', day = '', hour = '00', minute = '00', second = '00'] = match;
  const date = new Date(Date.UTC(Number(year), 0, Number(day)));
  if (date.getUTCFullYear() !== Number(year) || Number(day) < 1) throw new RangeError('no such day');
  const iso = `${date.toISOString().slice(0, 10)}T${hour}:${minute}:${second}`;
  const taiNs = taiNsFromIso(iso, { scale });
  const clock = isoFromTaiNs(taiNs, { scale, digits: 3 }).slice(11);
  return { taiNs, text: `${year}:${day}:${clock}${scale === 'utc' ? '' : `/${scale}`}` };
}
