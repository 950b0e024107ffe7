import { type RawBuilder, sql } from 'kysely';
import type { DataIdValue } from '../dimensions/data-coordinate.ts';
import { type DimensionRecord, type FieldValue, makeRecord, type RecordField, recordFields } from '../dimensions/dimension-record.ts';
import { sameTimespan } from '../dimensions/timespan.ts';
import type { DimensionElement } from '../dimensions/universe.ts';
import { DimensionRecordError } from '../errors.ts';
import { decodeField, encodeField, fieldColumns, spanEnds, tupleIn } from '../sql/codec.ts';
import { sqliteConstraint } from '../sql/sqlite-connection.ts';
import { chunks } from './collections.ts';
import { keyFields } from './key-fields.ts';
import type { RegistryContext } from './registry-context.ts';
import { writeSkypixOverlaps } from './skypix-overlaps.ts';

export interface InsertDimensionOptions {
  /** Replace records that are there with other values. */
  readonly replace?: boolean;
  /** Keep what is there without looking at it. */
  readonly skipExisting?: boolean;
}

const KEYS_PER_QUERY = 200;

/**
 * Inserts records of one element; regions are related to skypix pixels in the same transaction.
 *
 * @throws {DimensionRecordError} if a dependency is missing, or a record is there with other values.
 */
export async function insertDimensionRecords(
  context: RegistryContext,
  elementName: string,
  values: readonly Readonly<Record<string, unknown>>[],
  options: InsertDimensionOptions = {},
): Promise<void> {
  const { db, universe } = context;
  const element = universe.get(elementName);
  if (!element.hasTable)
    throw new DimensionRecordError(`${elementName} has no records of its own${element.viewOf ? `; insert ${element.viewOf}` : ''}`);
  const records = values.map((value) => makeRecord(universe, elementName, value));
  const fields = recordFields(universe, element);
  const key = keyFields(element, fields);
  await db.transaction(async () => {
    let fresh: readonly DimensionRecord[] = records;
    if (!options.replace) {
      const existing = await fetchRecordsByKey(
        context,
        element,
        records.map((record) => keyValues(key, record)),
      );
      fresh = records.filter((record) => {
        const old = existing.get(JSON.stringify(keyValues(key, record)));
        if (old && !options.skipExisting) requireSameRecord(fields, record, old);
        return !old;
      });
    }
    try {
      await db.insert(
        elementName,
        fields.flatMap((field) => fieldColumns(db.dialect, field)),
        fresh.map((record) => fields.flatMap((field) => encodeField(db.dialect, field, record.fields[field.name]!))),
        { onConflict: options.replace ? 'replace' : 'ignore', key: key.map((field) => field.name) },
      );
    } catch (error) {
      throw explain(error, elementName, element);
    }
    if (element.spatial) await writeSkypixOverlaps(context, element, fresh, { replace: options.replace ?? false });
  });
}

/**
 * Inserts one record unless it is there.
 *
 * @returns 'inserted', 'same', or 'updated' where `update` is set and values differed.
 * @throws {DimensionRecordError} if it is there with other values and `update` is not set.
 */
export async function syncDimensionRecord(
  context: RegistryContext,
  elementName: string,
  value: Readonly<Record<string, unknown>>,
  options: { readonly update?: boolean } = {},
): Promise<'inserted' | 'same' | 'updated'> {
  const { universe } = context;
  const element = universe.get(elementName);
  const record = makeRecord(universe, elementName, value);
  const fields = recordFields(universe, element);
  return await context.db.transaction(async () => {
    const key = keyValues(keyFields(element, fields), record);
    const old = (await fetchRecordsByKey(context, element, [key])).get(JSON.stringify(key));
    if (!old) {
      await insertDimensionRecords(context, elementName, [value]);
      return 'inserted';
    }
    if (sameRecord(fields, record, old)) return 'same';
    if (!options.update) requireSameRecord(fields, record, old);
    await insertDimensionRecords(context, elementName, [value], { replace: true });
    return 'updated';
  });
}

function keyValues(key: readonly RecordField[], record: DimensionRecord): readonly DataIdValue[] {
  return key.map((field) => record.fields[field.name] as DataIdValue);
}

/** Columns of an element for a SELECT, spans as begin and end; `alias.column AS prefix+column`. */
export function selectRecord(context: RegistryContext, element: DimensionElement, alias: string, prefix = ''): RawBuilder<unknown> {
  const parts = recordFields(context.universe, element).flatMap((field) => {
    if (field.type !== 'timespan') return [sql`${sql.ref(`${alias}.${field.name}`)} AS ${sql.ref(prefix + field.name)}`];
    return timespanEnds(context, alias, field.name).map(
      (end, i) => sql`${end} AS ${sql.ref(`${prefix}${field.name}${i === 0 ? '_begin' : '_end'}`)}`,
    );
  });
  return sql.join(parts);
}

/** Begin and end of a span column as SQL integers. */
export function timespanEnds(context: RegistryContext, alias: string, name: string): ReturnType<typeof spanEnds> {
  return spanEnds(context.db.dialect, alias, name);
}

/** Records with the given keys (values of the element's required dimensions in order), by the key's JSON. */
export async function fetchRecordsByKey(
  context: RegistryContext,
  element: DimensionElement,
  keys: readonly (readonly DataIdValue[])[],
): Promise<ReadonlyMap<string, DimensionRecord>> {
  const found = new Map<string, DimensionRecord>();
  if (keys.length === 0) return found;
  if (element.viewOf || !element.hasTable) return await fetchKeysOnly(context, element, keys);
  const fields = recordFields(context.universe, element);
  const key = keyFields(element, fields);
  const columns = key.map((field) => sql.ref(`e.${field.name}`));
  for (const part of chunks(keys, KEYS_PER_QUERY)) {
    const rows = await context.db.all(
      sql`SELECT ${selectRecord(context, element, 'e')} FROM ${sql.table(element.name)} AS e WHERE ${tupleIn(context.db.dialect, columns, part)}`,
    );
    for (const row of rows) {
      const values: Record<string, FieldValue> = {};
      for (const field of fields) values[field.name] = decodeField(field, row);
      const record: DimensionRecord = { element: element.name, fields: values };
      found.set(JSON.stringify(keyValues(key, record)), record);
    }
  }
  return found;
}

/** A dimension without a table has records that hold its own key only; views list what is in use. */
async function fetchKeysOnly(
  context: RegistryContext,
  element: DimensionElement,
  keys: readonly (readonly DataIdValue[])[],
): Promise<ReadonlyMap<string, DimensionRecord>> {
  const own = element.primaryKey!.name;
  const make = (value: DataIdValue): [string, DimensionRecord] => [
    JSON.stringify([value]),
    { element: element.name, fields: { [own]: value } },
  ];
  if (!element.viewOf) return new Map(keys.map((key) => make(key[0]!)));
  const column = sql.ref(element.name);
  const rows = await context.db.all(sql`SELECT DISTINCT ${column} AS value FROM ${sql.table(element.viewOf)}`);
  const wanted = new Set(keys.map((key) => key[0]));
  return new Map(
    rows
      .map((row) => row['value'] as DataIdValue)
      .filter((value) => wanted.has(value))
      .map(make),
  );
}

function sameRecord(fields: readonly RecordField[], a: DimensionRecord, b: DimensionRecord): boolean {
  return fields.every((field) => sameValue(a.fields[field.name]!, b.fields[field.name]!));
}

function sameValue(a: FieldValue, b: FieldValue): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (a instanceof Uint8Array || b instanceof Uint8Array)
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.from(a).equals(Buffer.from(b));
  return sameTimespan(a, b);
}

function requireSameRecord(fields: readonly RecordField[], wanted: DimensionRecord, old: DimensionRecord): void {
  for (const field of fields) {
    if (sameValue(wanted.fields[field.name]!, old.fields[field.name]!)) continue;
    const show = (value: FieldValue): string =>
      value instanceof Uint8Array
        ? `${value.length} bytes`
        : String(
            typeof value === 'object'
              ? JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `${inner}` : inner))
              : value,
          );
    throw new DimensionRecordError(
      `${wanted.element} is registered with ${field.name} = ${show(old.fields[field.name]!)}, not ${show(wanted.fields[field.name]!)}`,
      { details: { element: wanted.element, field: field.name } },
    );
  }
}

function explain(error: unknown, name: string, element: DimensionElement): unknown {
  const kind = sqliteConstraint(error) ?? (error as { constraintKind?: string }).constraintKind;
  if (kind === 'foreign-key') {
    const needs = [...element.required, ...element.implied].filter((need) => need !== name);
    return new DimensionRecordError(`a record of ${name} refers to a missing ${needs.join(' or ')}; insert that first`, { cause: error });
  }
  if (kind)
    return new DimensionRecordError(`a record of ${name} breaks a rule of its table: ${(error as Error).message}`, { cause: error });
  return error;
}
