import { ALL_TIME, intersectTimespans, isEmptyTimespan, isoFromTaiNs, subtractTimespan, type Timespan } from '@almagest/time';
import { sql } from 'kysely';
import type { DatasetRef } from '../datasets/dataset-ref.ts';
import type { DataCoordinate } from '../dimensions/data-coordinate.ts';
import { requireMoment } from '../dimensions/timespan.ts';
import { CollectionTypeError, DatasetConflictError, DatasetTypeConflictError, ValidityConflictError } from '../errors.ts';
import { decodeTimespan, decodeUuid, encodeTimespan, encodeUuid } from '../sql/codec.ts';
import type { SqlValue } from '../sql/database.ts';
import { sqliteConstraint } from '../sql/sqlite-connection.ts';
import { chunks, type CollectionType, getCollection } from './collections.ts';
import type { DatasetTypeRecord, DatasetTypeTable } from './dataset-types.ts';
import { overlapsSpan, updateSummary } from './datasets.ts';
import { timespanEnds } from './dimension-records.ts';
import type { RegistryContext } from './registry-context.ts';

const CHUNK = 200;

/**
 * Puts datasets into a TAGGED collection; those that are in it stay.
 *
 * @throws {DatasetConflictError} if the collection holds another dataset with the same type and data ID.
 */
export async function associate(
  context: RegistryContext,
  types: DatasetTypeTable,
  collection: string,
  refs: readonly DatasetRef[],
): Promise<void> {
  const { db } = context;
  await db.transaction(async () => {
    const target = await getTyped(context, collection, 'TAGGED');
    for (const [record, members] of await byType(types, refs)) {
      const { required } = record.type.dimensions;
      await updateSummary(
        context,
        record,
        target.id,
        members.map((ref) => ref.dataId),
      );
      const present = new Set<string>();
      for (const part of chunks(members, CHUNK)) {
        const rows = await db.all(
          sql`SELECT dataset_id FROM ${sql.table(record.tagsTable)} WHERE collection_id = ${target.id} AND dataset_id IN (${sql.join(part.map((ref) => encodeUuid(db.dialect, ref.id)))})`,
        );
        for (const row of rows) present.add(String(row['dataset_id']));
      }
      const fresh = members.filter((ref) => !present.has(encodeUuid(db.dialect, ref.id)));
      try {
        await db.insert(
          record.tagsTable,
          ['dataset_type_id', 'dataset_id', 'collection_id', ...required],
          fresh.map((ref) => [record.id, encodeUuid(db.dialect, ref.id), target.id, ...ref.dataId.requiredValues]),
        );
      } catch (error) {
        if ((sqliteConstraint(error) ?? (error as { constraintKind?: string }).constraintKind) !== 'unique') throw error;
        throw new DatasetConflictError(`collection ${collection} holds another ${record.type.name} with one of these data IDs`, {
          cause: error,
        });
      }
    }
  });
}

/** Takes datasets out of a TAGGED collection; those that are not in it are ignored. */
export async function disassociate(
  context: RegistryContext,
  types: DatasetTypeTable,
  collection: string,
  refs: readonly DatasetRef[],
): Promise<void> {
  const { db } = context;
  await db.transaction(async () => {
    const target = await getTyped(context, collection, 'TAGGED');
    for (const [record, members] of await byType(types, refs))
      for (const part of chunks(members, CHUNK))
        await db.run(
          sql`DELETE FROM ${sql.table(record.tagsTable)} WHERE collection_id = ${target.id} AND dataset_id IN (${sql.join(part.map((ref) => encodeUuid(db.dialect, ref.id)))})`,
        );
  });
}

/**
 * Declares datasets valid for a span in a CALIBRATION collection.
 *
 * @throws {ValidityConflictError} if another dataset of the type and data ID is valid in part of the span.
 */
export async function certify(
  context: RegistryContext,
  types: DatasetTypeTable,
  collection: string,
  refs: readonly DatasetRef[],
  span: Timespan = ALL_TIME,
): Promise<void> {
  const { db } = context;
  requireMoment(span);
  await db.transaction(async () => {
    await db.lock(`validity ${collection}`);
    const target = await getTyped(context, collection, 'CALIBRATION');
    for (const [record, members] of await byType(types, refs)) {
      const table = calibsTableOf(record);
      const seen = new Set<string>();
      for (const ref of members) {
        const overlapping = await db.all(
          sql`SELECT ${sql.join(timespanEnds(context, 't', 'timespan').map((end, i) => sql`${end} AS ${sql.ref(i === 0 ? 'timespan_begin' : 'timespan_end')}`))} FROM ${sql.table(table)} t WHERE t.dataset_type_id = ${record.id} AND t.collection_id = ${target.id}${matchDataId(record, ref.dataId)} AND ${overlapsSpan(context, 't', span)} LIMIT 1`,
        );
        const old = overlapping[0] ? decodeTimespan(overlapping[0], 'timespan') : seen.has(ref.dataId.key) ? span : null;
        if (old)
          throw new ValidityConflictError(
            `${record.type.name}@${ref.dataId.toString()} is certified in ${collection} for ${showSpan(old)}, which overlaps ${showSpan(span)}`,
            { details: { datasetType: record.type.name, dataId: ref.dataId.toJSON(), collection } },
          );
        seen.add(ref.dataId.key);
      }
      await updateSummary(
        context,
        record,
        target.id,
        members.map((ref) => ref.dataId),
      );
      await insertValidity(
        context,
        record,
        table,
        target.id,
        members.map((ref) => ({ id: ref.id, values: ref.dataId.requiredValues, span })),
      );
    }
  });
}

/**
 * Withdraws validity in a span: ranges are cut, split or removed.
 *
 * @param options.dataIds - Restricts to these data IDs.
 * @throws {TimespanError} if the span holds no moment.
 */
export async function decertify(
  context: RegistryContext,
  types: DatasetTypeTable,
  collection: string,
  datasetType: string,
  span: Timespan = ALL_TIME,
  options: { readonly dataIds?: readonly DataCoordinate[] } = {},
): Promise<void> {
  const { db } = context;
  requireMoment(span);
  const record = await types.get(datasetType);
  const table = calibsTableOf(record);
  const { required } = record.type.dimensions;
  await db.transaction(async () => {
    await db.lock(`validity ${collection}`);
    const target = await getTyped(context, collection, 'CALIBRATION');
    const only = options.dataIds && new Set(options.dataIds.map((dataId) => dataId.key));
    const ends = timespanEnds(context, 't', 'timespan').map(
      (end, i) => sql`${end} AS ${sql.ref(i === 0 ? 'timespan_begin' : 'timespan_end')}`,
    );
    const rows = await db.all(
      sql`SELECT t.id, t.dataset_id, ${sql.join([...ends, ...required.map((name) => sql.ref(`t.${name}`))])} FROM ${sql.table(table)} t WHERE t.dataset_type_id = ${record.id} AND t.collection_id = ${target.id} AND ${overlapsSpan(context, 't', span)}`,
    );
    const gone: SqlValue[] = [];
    const kept: { id: string; values: readonly SqlValue[]; span: Timespan }[] = [];
    for (const row of rows) {
      const values = required.map((name) => row[name]!);
      if (only && !only.has(JSON.stringify(values))) continue;
      gone.push(row['id']!);
      for (const rest of subtractTimespan(decodeTimespan(row, 'timespan') ?? ALL_TIME, span))
        kept.push({ id: String(row['dataset_id']), values, span: rest });
    }
    for (const part of chunks(gone, CHUNK)) await db.run(sql`DELETE FROM ${sql.table(table)} WHERE id IN (${sql.join(part)})`);
    await insertValidity(context, record, table, target.id, kept);
  });
}

/** One membership of a dataset in a collection. */
export interface DatasetAssociation {
  readonly datasetId: string;
  readonly dataId: Readonly<Record<string, SqlValue>>;
  readonly collection: string;
  /** Validity in a CALIBRATION collection; undefined elsewhere. */
  readonly timespan: Timespan | undefined;
}

/** Memberships of all datasets of a type in the named collections. */
export async function queryAssociations(
  context: RegistryContext,
  types: DatasetTypeTable,
  datasetType: string,
  collections: readonly string[],
): Promise<readonly DatasetAssociation[]> {
  const record = await types.get(datasetType);
  const out: DatasetAssociation[] = [];
  for (const name of collections) {
    const collection = await getCollection(context, name);
    const calibration = collection.type === 'CALIBRATION';
    if (calibration && !record.calibsTable) continue;
    const table = calibration ? record.calibsTable! : record.tagsTable;
    const { required } = record.type.dimensions;
    const ends = calibration
      ? timespanEnds(context, 't', 'timespan').map((end, i) => sql`${end} AS ${sql.ref(i === 0 ? 'timespan_begin' : 'timespan_end')}`)
      : [];
    const rows = await context.db.all(
      sql`SELECT ${sql.join([sql.ref('t.dataset_id'), ...ends, ...required.map((dimension) => sql.ref(`t.${dimension}`))])} FROM ${sql.table(table)} t WHERE t.dataset_type_id = ${record.id} AND t.collection_id = ${collection.id} ORDER BY t.dataset_id`,
    );
    for (const row of rows)
      out.push({
        datasetId: decodeUuid(row['dataset_id']),
        dataId: Object.fromEntries(required.map((dimension) => [dimension, row[dimension]!])),
        collection: name,
        timespan: calibration ? (decodeTimespan(row, 'timespan') ?? undefined) : undefined,
      });
  }
  return out;
}

async function insertValidity(
  context: RegistryContext,
  record: DatasetTypeRecord,
  table: string,
  collection: number,
  rows: readonly { readonly id: string; readonly values: readonly SqlValue[]; readonly span: Timespan }[],
): Promise<void> {
  const { db } = context;
  const sqlite = db.dialect === 'sqlite';
  const columns = [
    'dataset_type_id',
    'dataset_id',
    'collection_id',
    ...record.type.dimensions.required,
    ...(sqlite ? ['timespan_begin', 'timespan_end'] : ['timespan']),
  ];
  const kept = rows.filter((row) => !isEmptyTimespan(intersectTimespans(row.span, ALL_TIME)));
  const valuesOf = (row: (typeof rows)[number]): readonly SqlValue[] => [
    record.id,
    encodeUuid(db.dialect, row.id),
    collection,
    ...row.values,
    ...encodeTimespan(db.dialect, row.span),
  ];
  if (sqlite) return await db.insert(table, columns, kept.map(valuesOf));
  const numbers =
    kept.length === 0 ? [] : await db.all(sql`SELECT nextval(${`${table}_seq_id`}) AS id FROM generate_series(1, ${kept.length}::int)`);
  return await db.insert(
    table,
    ['id', ...columns],
    kept.map((row, i) => [numbers[i]!['id']!, ...valuesOf(row)]),
  );
}

function matchDataId(record: DatasetTypeRecord, dataId: DataCoordinate): ReturnType<typeof sql> {
  return sql.join(
    record.type.dimensions.required.map((name) => sql` AND ${sql.ref(`t.${name}`)} = ${dataId.get(name)}`),
    sql``,
  );
}

function calibsTableOf(record: DatasetTypeRecord): string {
  if (record.calibsTable) return record.calibsTable;
  throw new DatasetTypeConflictError(`dataset type ${record.type.name} was not registered as a calibration, so it cannot be certified`);
}

async function getTyped(context: RegistryContext, name: string, type: CollectionType): Promise<{ readonly id: number }> {
  const record = await getCollection(context, name);
  if (record.type !== type)
    throw new CollectionTypeError(`expected a ${type} collection; ${name} is ${record.type}`, { details: { collection: name } });
  return record;
}

async function byType(
  types: DatasetTypeTable,
  refs: readonly DatasetRef[],
): Promise<ReadonlyMap<DatasetTypeRecord, readonly DatasetRef[]>> {
  const out = new Map<DatasetTypeRecord, readonly DatasetRef[]>();
  for (const [name, members] of Map.groupBy(refs, (ref) => ref.datasetType.name)) out.set(await types.get(name), members);
  return out;
}

/** A span as people read it, on the TAI scale. */
export function showSpan(span: Timespan): string {
  const show = (at: bigint | undefined): string => (at === undefined ? '...' : isoFromTaiNs(at, { scale: 'tai' }));
  return `[${show(span.begin)}, ${show(span.end)})`;
}
