import { ExpressionValueError } from '../errors.ts';
import { isTaiTime } from '../properties/observation-info.ts';
import { icrsFromFk5, parseSexagesimal } from '../translation/sky-frames.ts';
import { geocentricFromGeodetic } from '../translation/site.ts';
import { addSeconds, calendarDay, parseFitsTime, timeFromMjd } from '../translation/moments.ts';
import type { ExpressionValue } from './evaluate-expression.ts';

export interface FunctionContext {
  /** Named lookup tables of the camera file. */
  readonly tables: Readonly<Record<string, Readonly<Record<string, string | number | boolean | null>>>>;
}

interface FunctionDefinition {
  readonly min: number;
  readonly max: number;
  /** Whether the function wants to see null; otherwise null in gives null out. */
  readonly nulls?: boolean;
  readonly apply: (args: readonly ExpressionValue[], context: FunctionContext) => ExpressionValue;
}

const fn = (min: number, max: number, apply: FunctionDefinition['apply'], nulls = false): FunctionDefinition => ({
  min,
  max,
  apply,
  nulls,
});

/** The functions that expressions may call. All are pure. */
export const FUNCTIONS: Readonly<Record<string, FunctionDefinition>> = {
  // Text
  trim: fn(1, 1, ([s]) => text(s).trim()),
  lower: fn(1, 1, ([s]) => text(s).toLowerCase()),
  upper: fn(1, 1, ([s]) => text(s).toUpperCase()),
  text: fn(1, 1, ([v]) => scalarText(v)),
  contains: fn(2, 2, ([s, part]) => text(s).includes(text(part))),
  startsWith: fn(2, 2, ([s, part]) => text(s).startsWith(text(part))),
  split: fn(2, 2, ([s, separator]) => text(s).split(text(separator))),
  slice: fn(2, 3, ([s, from, to]) => text(s).slice(number(from), to === undefined ? undefined : number(to))),
  replace: fn(3, 3, ([s, from, to]) => text(s).replaceAll(text(from), text(to))),
  pad: fn(2, 2, ([v, width]) => scalarText(v).padStart(number(width), '0')),
  /** First capture (or whole match) of a regular expression, null where it does not match. */
  match: fn(2, 2, ([s, pattern]) => {
    const found = new RegExp(text(pattern), 'u').exec(text(s));
    return found ? (found[1] ?? found[0]) : null;
  }),
  /** Code point of the first character. */
  code: fn(1, 1, ([s]) => text(s).codePointAt(0) ?? null),
  // Numbers
  number: fn(1, 1, ([v]) => parsedNumber(v)),
  int: fn(1, 1, ([v]) => {
    const parsed = parsedNumber(v);
    return parsed === null ? null : Math.trunc(parsed);
  }),
  round: fn(1, 1, ([v]) => Math.round(number(v))),
  abs: fn(1, 1, ([v]) => Math.abs(number(v))),
  cosDeg: fn(1, 1, ([v]) => Math.cos((number(v) * Math.PI) / 180)),
  min: fn(2, 8, (args) => Math.min(...args.map(number))),
  max: fn(2, 8, (args) => Math.max(...args.map(number))),
  // Tables and lists
  lookup: fn(2, 2, ([table, key], { tables }) => {
    const found = tables[text(table)];
    if (!found) throw wrong(`there is no table "${text(table)}"`);
    return Object.hasOwn(found, scalarText(key)) ? (found[scalarText(key)] ?? null) : null;
  }),
  oneOf: fn(2, 64, ([value, ...others]) => others.includes(value ?? null)),
  // Times
  time: fn(1, 2, ([date, scale]) => moment(parseFitsTime(text(date), scale === undefined ? 'utc' : text(scale)))),
  mjd: fn(1, 2, ([value, scale]) => timeFromMjd(number(value), scale === undefined ? 'utc' : text(scale))),
  addSeconds: fn(2, 2, ([t, s]) => addSeconds(time(t), number(s))),
  latest: fn(2, 2, ([a, b]) => (time(a).taiNs < time(b).taiNs ? time(b) : time(a))),
  day: fn(1, 2, ([t, offset]) => calendarDay(time(t), offset === undefined ? 0 : number(offset))),
  /** Whole seconds since 2000-01-01T00:00:00 TAI, or parts of them: an exposure id where the camera writes no counter. */
  secondsSince2000: fn(1, 2, ([t, parts]) =>
    Number(((time(t).taiNs - 946_684_800_000_000_000n) * BigInt(parts === undefined ? 1 : number(parts))) / 1_000_000_000n),
  ),
  // Angles, positions
  /** Degrees from hours, as a number or as "hh:mm:ss". */
  hours: fn(1, 1, ([v]) => angle(v, 15)),
  /** Degrees from degrees, as a number or as "dd:mm:ss". */
  degrees: fn(1, 1, ([v]) => angle(v, 1)),
  wrap360: fn(1, 1, ([v]) => number(v) - 360 * Math.floor(number(v) / 360)),
  geodetic: fn(3, 3, ([lon, lat, height]) => geocentricFromGeodetic(number(lon), number(lat), number(height))),
  /** Right ascension and declination [deg] in a named frame to ICRS; a moving target's frame gives null. */
  radec: fn(2, 3, ([ra, dec, frame]) => radec(number(ra), number(dec), frame === undefined ? 'icrs' : text(frame))),
  /** Altitude and azimuth [deg] to the stored [azimuth, altitude]; beyond belief gives null, beyond the horizon is clipped. */
  altaz: fn(2, 2, ([alt, az]) => (number(az) < -360 || number(alt) < -90 ? null : [number(az), Math.min(90, Math.max(0, number(alt)))])),
};

function radec(ra: number, dec: number, frame: string): ExpressionValue {
  const name = frame.trim().toLowerCase();
  if (name === 'gappt') return null;
  if (name === 'icrs') return [ra - 360 * Math.floor(ra / 360), dec];
  if (name === 'fk5') return icrsFromFk5(ra, dec);
  throw wrong(`the frame "${frame}" is not known; expected ICRS or FK5`);
}

function angle(value: ExpressionValue | undefined, factor: number): number {
  return factor * (typeof value === 'number' ? value : moment(parseSexagesimal(text(value))));
}

/** A number, or text that holds one; a comma is taken as the decimal point, and NaN as "not known". */
function parsedNumber(value: ExpressionValue | undefined): number | null {
  if (typeof value === 'number') return Number.isNaN(value) ? null : value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  const trimmed = text(value)
    .trim()
    .replace(/^([-+]?\d*),(\d)/, '$1.$2');
  if (trimmed.toLowerCase() === 'nan') return null;
  const parsed = trimmed === '' ? Number.NaN : Number(trimmed);
  if (Number.isNaN(parsed)) throw wrong(`"${trimmed}" is not a number`);
  return parsed;
}

function scalarText(value: ExpressionValue | undefined): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw wrong(`expected a scalar; found ${shown(value)}`);
}

function text(value: ExpressionValue | undefined): string {
  if (typeof value === 'string') return value;
  throw wrong(`expected text; found ${shown(value)}`);
}

function number(value: ExpressionValue | undefined): number {
  if (typeof value === 'number') return value;
  throw wrong(`expected a number; found ${shown(value)}`);
}

function time(value: ExpressionValue | undefined): { readonly taiNs: bigint } {
  if (isTaiTime(value)) return value;
  throw wrong(`expected a time; found ${shown(value)}`);
}

function moment<T>(value: T | undefined): T {
  if (value === undefined) throw wrong('the text is not in a known form');
  return value;
}

function shown(value: ExpressionValue | undefined): string {
  return isTaiTime(value) ? 'a time' : JSON.stringify(value ?? null);
}

function wrong(message: string): ExpressionValueError {
  return new ExpressionValueError(message, { details: { expression: '' } });
}
