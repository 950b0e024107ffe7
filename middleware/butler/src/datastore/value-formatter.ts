import { createWcs, type SkyWcs, type WcsDefinition } from '@almagest/wcs';
import { StorageClassError } from '../errors.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import type { Formatter } from './formatter.ts';
import { readText } from './text-formatters.ts';

const ARRAYS = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
} as const;

/**
 * Any plain value as JSON: nested objects and arrays, with typed arrays, maps, sets, big integers, dates, NaN and infinities kept exactly.
 * For objects of our own kinds (PSF models, calibrations, backgrounds) that the field has no open format for.
 */
export const VALUE_FORMATTER: Formatter = {
  name: 'almagest.butler.ValueFormatter',
  extension: () => '.json',
  encode: (value, { storageClass }) => {
    const text = JSON.stringify(encodeValue(value, storageClass));
    if (text === undefined) throw new StorageClassError(`storage class ${storageClass} takes a plain value; found ${typeof value}`);
    return new TextEncoder().encode(text);
  },
  decode: async (source, { path, component }) => {
    const value = decodeValue(JSON.parse(await readText(source, path)));
    if (component === undefined) return value;
    return (value as Readonly<Record<string, unknown>> | null)?.[component] ?? null;
  },
};

/** Sky coordinates of pixels, kept as what they are made from. */
export const WCS_FORMATTER: Formatter = {
  ...VALUE_FORMATTER,
  name: 'almagest.butler.WcsFormatter',
  encode: (value, context) => {
    const wcs = value as Partial<SkyWcs> | null;
    if (!wcs?.definition || typeof wcs.pixelToSky !== 'function')
      throw new StorageClassError(`storage class ${context.storageClass} takes a SkyWcs with a definition`);
    return VALUE_FORMATTER.encode(wcs.definition, context);
  },
  decode: async (source, context) => createWcs((await VALUE_FORMATTER.decode(source, context)) as WcsDefinition),
};

function encodeValue(value: unknown, where: string): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || value === undefined) return value;
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0) ? value : { $number: Object.is(value, -0) ? '-0' : String(value) };
  if (typeof value === 'bigint') return { $bigint: String(value) };
  if (typeof value !== 'object') throw new StorageClassError(`${where}: a ${typeof value} cannot be stored`);
  if (Array.isArray(value)) return value.map((item, i) => encodeValue(item, `${where}[${i}]`));
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const view = value as Uint8Array;
    return {
      $array: value.constructor.name === 'Buffer' ? 'Uint8Array' : value.constructor.name,
      data: encodeBase64(new Uint8Array(view.buffer, view.byteOffset, view.byteLength)),
    };
  }
  if (value instanceof Map)
    return { $map: [...value].map(([key, item]) => [encodeValue(key, where), encodeValue(item, `${where}.${String(key)}`)]) };
  if (value instanceof Set) return { $set: [...value].map((item) => encodeValue(item, where)) };
  if (value instanceof Date) return { $date: value.toISOString() };
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new StorageClassError(`${where}: an instance of ${value.constructor.name} is no plain data; store what it was made from`);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.startsWith('$') ? `$${key}` : key, encodeValue(item, `${where}.${key}`)]),
  );
}

function decodeValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(decodeValue);
  const tagged = value as Readonly<Record<string, unknown>>;
  if (typeof tagged['$number'] === 'string') return tagged['$number'] === '-0' ? -0 : Number(tagged['$number']);
  if (typeof tagged['$bigint'] === 'string') return BigInt(tagged['$bigint']);
  if (typeof tagged['$array'] === 'string') return decodeArray(tagged['$array'], String(tagged['data']));
  if (Array.isArray(tagged['$map']))
    return new Map((tagged['$map'] as readonly [unknown, unknown][]).map(([key, item]) => [decodeValue(key), decodeValue(item)]));
  if (Array.isArray(tagged['$set'])) return new Set(tagged['$set'].map(decodeValue));
  if (typeof tagged['$date'] === 'string') return new Date(tagged['$date']);
  return Object.fromEntries(Object.entries(tagged).map(([key, item]) => [key.startsWith('$$') ? key.slice(1) : key, decodeValue(item)]));
}

function decodeArray(name: string, data: string): unknown {
  const type = ARRAYS[name as keyof typeof ARRAYS];
  if (!type) throw new StorageClassError(`stored array of unknown type ${name}`);
  // A copy, since typed arrays need aligned memory.
  const bytes = decodeBase64(data);
  return new type(bytes.buffer);
}
