import { AlmagestError, type ErrorWire, errorFromWire } from '@almagest/errors';
import { decodeBase64, encodeBase64 } from '../datastore/base64.ts';
import { DataCoordinate, type DataId } from '../dimensions/data-coordinate.ts';
import type { DimensionRecord } from '../dimensions/dimension-record.ts';
import type { DimensionGroup } from '../dimensions/dimension-group.ts';
import type { DimensionUniverse } from '../dimensions/universe.ts';
import * as errors from '../errors.ts';

/**
 * Arguments and answers as JSON: data IDs, dimension groups, big integers, bytes, maps and sets are tagged objects.
 * Objects of the caller that hold such a tag are escaped.
 */
export function toWire(value: unknown): unknown {
  if (typeof value === 'bigint') return { $bigint: String(value) };
  if (typeof value === 'number' && !Number.isFinite(value)) return { $number: String(value) };
  if (typeof value !== 'object' || value === null) return value;
  // JSON would make a missing argument null.
  if (Array.isArray(value)) return value.map((item: unknown) => (item === undefined ? { $undefined: true } : toWire(item)));
  if (value instanceof Uint8Array) return { $bytes: encodeBase64(value) };
  if (value instanceof Map) return { $map: [...value].map(([key, item]) => [toWire(key), toWire(item)]) };
  if (value instanceof Set) return { $set: [...value].map(toWire) };
  if (value instanceof DataCoordinate)
    return {
      $dataId: {
        dimensions: value.dimensions.required,
        values: value.toJSON(),
        ...(value.records ? { records: [...value.records.values()].map(toWire) } : {}),
      },
    };
  if (isGroup(value)) return { $group: value.required };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.startsWith('$') ? `$${key}` : key, toWire(item)]));
}

/** The inverse of {@link toWire}; data IDs get the groups of `universe`. */
export function fromWire(value: unknown, universe: DimensionUniverse): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => fromWire(item, universe));
  const tagged = value as Readonly<Record<string, unknown>>;
  if (tagged['$undefined'] === true) return undefined;
  if (typeof tagged['$bigint'] === 'string') return BigInt(tagged['$bigint']);
  if (typeof tagged['$number'] === 'string') return Number(tagged['$number']);
  if (typeof tagged['$bytes'] === 'string') return decodeBase64(tagged['$bytes']);
  if (Array.isArray(tagged['$map']))
    return new Map((tagged['$map'] as [unknown, unknown][]).map(([key, item]) => [fromWire(key, universe), fromWire(item, universe)]));
  if (Array.isArray(tagged['$set'])) return new Set(tagged['$set'].map((item) => fromWire(item, universe)));
  if (Array.isArray(tagged['$group'])) return universe.group(tagged['$group'] as string[]);
  if (typeof tagged['$dataId'] === 'object' && tagged['$dataId'] !== null) return dataIdFromWire(tagged['$dataId'] as WireDataId, universe);
  return Object.fromEntries(
    Object.entries(tagged).map(([key, item]) => [key.startsWith('$$') ? key.slice(1) : key, fromWire(item, universe)]),
  );
}

interface WireDataId {
  readonly dimensions: readonly string[];
  readonly values: DataId;
  readonly records?: readonly unknown[];
}

function dataIdFromWire({ dimensions, values, records }: WireDataId, universe: DimensionUniverse): DataCoordinate {
  const found = records?.map((record) => fromWire(record, universe) as DimensionRecord);
  return DataCoordinate.of(universe.group(dimensions), values, found && new Map(found.map((record) => [record.element, record])));
}

function isGroup(value: object): value is DimensionGroup {
  return 'universe' in value && 'required' in value && 'implied' in value;
}

const CLASSES: ReadonlyMap<string, new (message: string, options: { readonly details?: never }) => AlmagestError> = new Map(
  Object.values(errors).map((found) => [
    (found as unknown as typeof AlmagestError).code,
    found as unknown as new (message: string) => AlmagestError,
  ]),
);

/** Rebuilds an error that a server sent, of its own class where this release has it. */
export function errorOfWire(wire: ErrorWire): AlmagestError {
  const Known = CLASSES.get(wire.code);
  return Known ? new Known(wire.message, { details: (wire.details ?? undefined) as never }) : errorFromWire(wire);
}

/** Status of the answer that carries an error: only faults of caller and data say what happened. */
export function errorAnswer(error: unknown): { readonly status: number; readonly body: { readonly error: ErrorWire } } {
  if (error instanceof AlmagestError) {
    const wire = JSON.parse(
      JSON.stringify(error.toJSON(), (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    ) as ErrorWire;
    if (error.fault === 'caller' || error.fault === 'data') return { status: error.fault === 'caller' ? 400 : 422, body: { error: wire } };
    return { status: 503, body: { error: { ...wire, details: null } } };
  }
  return {
    status: 500,
    body: {
      error: {
        code: 'butler.internal',
        fault: 'internal',
        retryable: false,
        message: 'the server failed; its log says why',
        details: null,
      },
    },
  };
}
