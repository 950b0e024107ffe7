import { encodeRegion } from '@almagest/sphere';
import type { Timespan } from '@almagest/time';
import { DimensionRecordError } from '../errors.ts';
import { isRegion } from './region.ts';
import { isTimespan } from './timespan.ts';
import type { DimensionElement, DimensionUniverse } from './universe.ts';

/** Value of one field of a dimension record. */
export type FieldValue = string | number | bigint | boolean | Uint8Array | Timespan | null;

/** A row about one dimension value: `fields` are named as in the universe, dependencies by dimension name. */
export interface DimensionRecord {
  readonly element: string;
  readonly fields: Readonly<Record<string, FieldValue>>;
}

/** One column of an element's table. */
export interface RecordField {
  readonly name: string;
  readonly type: 'string' | 'int' | 'float' | 'bool' | 'hash' | 'blob' | 'region' | 'timespan';
  readonly length: number | undefined;
  readonly nullable: boolean;
  /** The dimension whose value the column holds, if any. */
  readonly dimension: string | undefined;
}

const fieldCache = new WeakMap<DimensionElement, readonly RecordField[]>();

/**
 * Columns of an element in table order: required dependencies, own key, implied dependencies, alternate keys, metadata, region, timespan.
 */
export function recordFields(universe: DimensionUniverse, element: DimensionElement): readonly RecordField[] {
  const known = fieldCache.get(element);
  if (known) return known;
  const fields: RecordField[] = [];
  for (const name of [...element.required, ...element.implied]) {
    const key = universe.get(name).primaryKey!;
    fields.push({
      name: name === element.name ? key.name : name,
      type: key.type === 'string' ? 'string' : 'int',
      length: key.length,
      nullable: false,
      dimension: name,
    });
  }
  for (const column of [...element.alternateKeys, ...element.metadata])
    fields.push({
      name: column.name,
      type: column.type as RecordField['type'],
      length: column.type === 'hash' ? column.nbytes : column.length,
      nullable: column.nullable ?? true,
      dimension: undefined,
    });
  if (element.spatial && !element.skypix)
    fields.push({ name: 'region', type: 'region', length: undefined, nullable: true, dimension: undefined });
  if (element.temporal) fields.push({ name: 'timespan', type: 'timespan', length: undefined, nullable: true, dimension: undefined });
  fieldCache.set(element, fields);
  return fields;
}

/** Name of the record field that holds the value of `dimension` in records of `element`. */
export function fieldOfDimension(universe: DimensionUniverse, element: DimensionElement, dimension: string): string {
  return dimension === element.name ? (universe.get(dimension).primaryKey?.name ?? dimension) : dimension;
}

/**
 * Checks and completes one record: unknown fields are refused, missing optional ones become null.
 * The own key may be given under the dimension's name too (`{ instrument: 'Cam', detector: 1 }`).
 *
 * @throws {DimensionRecordError}
 */
export function makeRecord(universe: DimensionUniverse, elementName: string, values: Readonly<Record<string, unknown>>): DimensionRecord {
  const element = universe.get(elementName);
  const fields = recordFields(universe, element);
  const own = element.primaryKey?.name;
  const names = new Set(fields.map((field) => field.name));
  for (const name of Object.keys(values))
    if (!names.has(name) && !(element.isDimension && name === element.name))
      throw new DimensionRecordError(`${elementName} has no field ${JSON.stringify(name)}; expected ${[...names].join(', ')}`);
  const out: Record<string, FieldValue> = {};
  for (const field of fields) {
    let value = values[field.name];
    if (value === undefined && field.name === own && element.isDimension) value = values[element.name];
    out[field.name] = checkField(elementName, field, value);
  }
  return { element: elementName, fields: out };
}

function checkField(element: string, field: RecordField, value: unknown): FieldValue {
  const fail = (expected: string): never => {
    throw new DimensionRecordError(`${element}.${field.name} must be ${expected}; found ${show(value)}`, {
      details: { element, field: field.name },
    });
  };
  if (value === undefined || value === null) return field.nullable ? null : fail('given');
  switch (field.type) {
    case 'int': {
      if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
      return typeof value === 'number' && Number.isSafeInteger(value) ? value : fail('an integer');
    }
    case 'float':
      return typeof value === 'number' ? (Number.isNaN(value) ? null : value) : fail('a number');
    case 'bool':
      return typeof value === 'boolean' ? value : value === 0 || value === 1 ? value === 1 : fail('true or false');
    case 'string': {
      if (typeof value !== 'string') return fail('a text');
      if (field.length !== undefined && value.length > field.length) return fail(`at most ${field.length} characters`);
      return value === '' && field.dimension !== undefined ? fail('a non-empty text') : value;
    }
    case 'timespan':
      return isTimespan(value) ? value : fail('a timespan { begin, end } of TAI nanoseconds');
    case 'region':
      if (isRegion(value)) return encodeRegion(value);
      return value instanceof Uint8Array ? value : fail('a region or its bytes');
    default:
      return value instanceof Uint8Array ? value : fail('bytes');
  }
}

function show(value: unknown): string {
  return typeof value === 'bigint'
    ? `${value}`
    : (JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `${inner}` : inner)) ?? 'nothing');
}
