import type { Timespan } from '@almagest/time';
import type { FieldValue, RecordField } from '../dimensions/dimension-record.ts';
import { regionFromText } from '../dimensions/region.ts';
import { restoreTimespan, STORED_MAX, STORED_MIN, storeTimespan } from '../dimensions/timespan.ts';
import { canonicalUuid } from '../datasets/dataset-id.ts';
import { type RawBuilder, sql } from 'kysely';
import type { Row, SqlValue } from './database.ts';
import type { DialectName } from './ddl.ts';

/** Dataset id as the database holds it. */
export function encodeUuid(dialect: DialectName, id: string): string {
  return dialect === 'sqlite' ? id.replaceAll('-', '').toLowerCase() : canonicalUuid(id);
}

export function decodeUuid(value: SqlValue | undefined): string {
  return canonicalUuid(String(value));
}

/** Column and value that number a new row: SQLite numbers rows itself, PostgreSQL is asked for the next of a sequence. */
export function nextNumber(dialect: DialectName, table: string, column: string): readonly [RawBuilder<unknown>, RawBuilder<unknown>] {
  return dialect === 'sqlite' ? [sql``, sql``] : [sql.raw(`${column}, `), sql.raw(`nextval('${table}_seq_${column}'), `)];
}

/** `(a, b) IN (...)` for lists of values, as each database writes it. */
export function tupleIn(
  dialect: DialectName,
  columns: readonly RawBuilder<unknown>[],
  rows: readonly (readonly SqlValue[])[],
): RawBuilder<unknown> {
  const tuples = sql.join(rows.map((row) => sql`(${sql.join([...row])})`));
  return dialect === 'sqlite' ? sql`(${sql.join(columns)}) IN (VALUES ${tuples})` : sql`(${sql.join(columns)}) IN (${tuples})`;
}

/** Begin and end of a span column as SQL integers; null where there is no span. */
export function spanEnds(dialect: DialectName, alias: string, name: string): readonly [RawBuilder<SqlValue>, RawBuilder<SqlValue>] {
  if (dialect === 'sqlite') return [sql.ref(`${alias}.${name}_begin`), sql.ref(`${alias}.${name}_end`)];
  const range = sql.ref(`${alias}.${name}`);
  const [first, last] = [sql.raw(`${STORED_MIN}::bigint`), sql.raw(`${STORED_MAX}::bigint`)];
  return [
    sql`(CASE WHEN ${range} IS NULL THEN NULL WHEN isempty(${range}) THEN ${last} ELSE COALESCE(lower(${range}), ${first}) END)`,
    sql`(CASE WHEN ${range} IS NULL THEN NULL WHEN isempty(${range}) THEN ${first} ELSE COALESCE(upper(${range}), ${last}) END)`,
  ];
}

/** A span as parameters: two integers, or one range text. */
export function encodeTimespan(dialect: DialectName, span: Timespan | null): readonly SqlValue[] {
  const stored = span && storeTimespan(span);
  if (dialect === 'sqlite') return stored ? [stored.begin, stored.end] : [null, null];
  if (stored === null) return [null];
  if (stored.begin >= stored.end) return ['empty'];
  return [`[${stored.begin <= STORED_MIN ? '' : stored.begin},${stored.end >= STORED_MAX ? '' : stored.end})`];
}

/** Reads a span from columns `<name>_begin` and `<name>_end`, as queries select it in both databases. */
export function decodeTimespan(row: Row, name: string): Timespan | null {
  const begin = row[`${name}_begin`];
  const end = row[`${name}_end`];
  if (begin === null || begin === undefined || end === null || end === undefined) return null;
  return restoreTimespan({ begin: BigInt(begin as number), end: BigInt(end as number) });
}

/** Columns that hold a record field. */
export function fieldColumns(dialect: DialectName, field: RecordField): readonly string[] {
  return dialect === 'sqlite' && field.type === 'timespan' ? [`${field.name}_begin`, `${field.name}_end`] : [field.name];
}

export function encodeField(dialect: DialectName, field: RecordField, value: FieldValue): readonly SqlValue[] {
  if (field.type === 'timespan') return encodeTimespan(dialect, value as Timespan | null);
  if (value === null) return [null];
  if (field.type === 'hash' || field.type === 'region') return [Buffer.from(value as Uint8Array).toString('base64')];
  if (field.type === 'bool') return [dialect === 'sqlite' ? (value ? 1 : 0) : (value as boolean)];
  return [value as SqlValue];
}

/** Reads a record field from a row in which spans were selected as begin and end. */
export function decodeField(field: RecordField, row: Row, prefix = ''): FieldValue {
  if (field.type === 'timespan') return decodeTimespan(row, `${prefix}${field.name}`);
  const value = row[`${prefix}${field.name}`];
  if (value === null || value === undefined) return null;
  if (field.type === 'region' && typeof value === 'string') return regionFromText(value);
  if (field.type === 'hash' && typeof value === 'string') return new Uint8Array(Buffer.from(value, 'base64'));
  if (field.type === 'bool') return value === true || value === 1;
  return value;
}
