import { DAY_NS, floorDiv, taiNsFromJd } from '@almagest/time';
import { HeaderFileError, PropertyValueError } from '../errors.ts';
import { isPropertyName, PROPERTIES, PROPERTY_NAMES, type PropertyName } from './properties.ts';

/** A moment: TAI nanoseconds since 1970-01-01T00:00:00 TAI, as in the time room. */
export interface TaiTime {
  readonly taiNs: bigint;
}

export type PropertyValue = string | number | boolean | TaiTime | readonly number[] | null;

/** The standard properties of one observation with one detector; null is "not known". */
export type ObservationInfo = { readonly [K in PropertyName]: PropertyValue };

/** JD of 1970-01-01T12:00 is this integer. */
const JD_OF_1970_NOON = 2_440_588;

/** Splits a time as the field does for JSON: integer Julian date and rest in [-0.5, 0.5] days, both TAI. */
export function toJulianPair(time: TaiTime): [number, number] {
  // Julian dates are whole at noon; half a day past it rounds down, as astropy does.
  const day = floorDiv(time.taiNs - 1n, DAY_NS);
  const sinceNoon = time.taiNs - day * DAY_NS - DAY_NS / 2n;
  return [Number(day) + JD_OF_1970_NOON, Number(sinceNoon) / Number(DAY_NS)];
}

/** The moment of a two-part Julian date in TAI. */
export function fromJulianPair(jd1: number, jd2: number): TaiTime {
  return { taiNs: taiNsFromJd([jd1, jd2], 'tai') };
}

/** Says whether a value is a moment. */
export function isTaiTime(value: unknown): value is TaiTime {
  return typeof value === 'object' && value !== null && 'taiNs' in value;
}

/** Plain JSON of an observation, all 40 keys present, times as pairs of Julian dates: the field's own exchange form. */
export function observationInfoToJson(info: ObservationInfo): Record<PropertyName, unknown> {
  const out: Partial<Record<PropertyName, unknown>> = {};
  for (const name of PROPERTY_NAMES) {
    const value = info[name];
    out[name] = isTaiTime(value) ? toJulianPair(value) : value;
  }
  return out as Record<PropertyName, unknown>;
}

/**
 * Reads the field's exchange form; keys that begin with `ext_` or `_` are left to the caller.
 *
 * @throws {HeaderFileError} if it is not an object, or has a key that is no property.
 * @throws {PropertyValueError} if a value has the wrong type.
 */
export function observationInfoFromJson(json: unknown, file: string | null = null): ObservationInfo {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new HeaderFileError(`expected a JSON object of observation properties, found ${JSON.stringify(json)?.slice(0, 40)}`, {
      details: { file },
    });
  }
  const out = Object.fromEntries(PROPERTY_NAMES.map((name) => [name, null])) as Record<PropertyName, PropertyValue>;
  for (const [name, value] of Object.entries(json)) {
    if (name.startsWith('_') || name.startsWith('ext_') || name === 'translator_name') continue;
    if (!isPropertyName(name)) throw new HeaderFileError(`"${name}" is not a standard observation property`, { details: { file } });
    if (value === null) continue;
    out[name] = checkPropertyValue(name, PROPERTIES[name].kind === 'time' ? timeFromJson(name, value) : (value as PropertyValue));
  }
  return out;
}

function timeFromJson(name: PropertyName, value: unknown): TaiTime {
  if (!isNumbers(value, 2)) throw wrong(name, value, 'a pair of Julian dates');
  const [jd1 = 0, jd2 = 0] = value;
  return fromJulianPair(jd1, jd2);
}

/**
 * Returns the value if its type, length and range are those of the property.
 *
 * @throws {PropertyValueError} otherwise.
 */
export function checkPropertyValue(name: PropertyName, value: PropertyValue): PropertyValue {
  if (value === null) return null;
  const { kind, range, values } = PROPERTIES[name];
  switch (kind) {
    case 'string':
      if (typeof value !== 'string') throw wrong(name, value, 'a string');
      if (values && !values.includes(value)) throw wrong(name, value, `one of ${values.join(', ')}`);
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw wrong(name, value, 'true or false');
      return value;
    case 'time':
      if (!isTaiTime(value)) throw wrong(name, value, 'a time');
      return value;
    case 'integer':
    case 'number':
      if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(name, value, 'a finite number');
      if (kind === 'integer' && !Number.isSafeInteger(value)) throw wrong(name, value, 'an integer');
      if (range && (value < range[0] || value > range[1])) throw wrong(name, value, `a number in [${range.join(', ')}]`);
      return value;
    default:
      return checkCoordinates(name, value, kind);
  }
}

function checkCoordinates(name: PropertyName, value: PropertyValue, kind: 'location' | 'radec' | 'altaz'): PropertyValue {
  if (!isNumbers(value, kind === 'location' ? 3 : 2)) throw wrong(name, value, kind === 'location' ? 'three metres' : 'two angles');
  const second = value[1] ?? 0;
  if (kind !== 'location' && Math.abs(second) > 90) throw wrong(name, value, 'a latitude in [-90, 90]');
  return value;
}

function isNumbers(value: unknown, length: number): value is readonly number[] {
  return Array.isArray(value) && value.length === length && value.every((v) => typeof v === 'number' && Number.isFinite(v));
}

function wrong(property: PropertyName, value: unknown, expected: string): PropertyValueError {
  const shown = isTaiTime(value) ? 'a time' : JSON.stringify(value);
  return new PropertyValueError(`${property} must be ${expected}; found ${shown}`, { details: { property, value: shown } });
}
