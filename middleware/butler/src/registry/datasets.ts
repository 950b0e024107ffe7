import { sql } from 'kysely';
import type { Timespan } from '@almagest/time';
import type { DatasetRef } from '../datasets/dataset-ref.ts';
import { DataCoordinate, type DataIdValue } from '../dimensions/data-coordinate.ts';
import { storeTimespan } from '../dimensions/timespan.ts';
import { CollectionTypeError, DatasetConflictError, DataIdError } from '../errors.ts';
import type { Row, SqlValue } from '../sql/database.ts';
import { decodeUuid, encodeUuid, tupleIn } from '../sql/codec.ts';
import { sqliteConstraint } from '../sql/sqlite-connection.ts';
import { type CollectionRecord, chunks, getCollection } from './collections.ts';
import type { DatasetTypeRecord, DatasetTypeTable } from './dataset-types.ts';
import type { RegistryContext } from './registry-context.ts';

const CHUNK = 500;

/** What {@link insertDatasets} does with a dataset whose id is there already. */
export type ExistingDatasets = 'fail' | 'skip';

/**
 * Registers datasets in their RUNs, all or none, in one transaction.
 *
 * @param options.existing - 'skip' makes the call idempotent: a dataset with the same id, type, data ID and run is left alone.
 * @returns the refs that are new.
 * @throws {DatasetConflictError} if a run holds another dataset with the same type and data ID, or an id means something else.
 */
export async function insertDatasets(
  context: RegistryContext,
  types: DatasetTypeTable,
  refs: readonly DatasetRef[],
  options: { readonly existing?: ExistingDatasets } = {},
): Promise<readonly DatasetRef[]> {
  if (refs.length === 0) return [];
  const { db } = context;
  return await db.transaction(async () => {
    const fresh = options.existing === 'skip' ? await withoutExisting(context, types, refs) : refs;
    const date = ingestDate(context);
    for (const group of groupRefs(fresh)) {
      const record = await types.get(group.datasetType);
      const run = await getCollection(context, group.run);
      if (run.type !== 'RUN') throw new CollectionTypeError(`datasets are written to RUN collections; ${run.name} is ${run.type}`);
      await insertGroup(context, record, run, group.refs, date);
    }
    return fresh;
  });
}

async function insertGroup(
  context: RegistryContext,
  record: DatasetTypeRecord,
  run: CollectionRecord,
  refs: readonly DatasetRef[],
  date: SqlValue,
): Promise<void> {
  const { db } = context;
  const { dialect } = db;
  const ids = refs.map((ref) => encodeUuid(dialect, ref.id));
  await updateSummary(
    context,
    record,
    run.id,
    refs.map((ref) => ref.dataId),
  );
  try {
    await db.insert(
      'dataset',
      ['id', 'dataset_type_id', 'ingest_date', 'run_id'],
      mapRows(ids, (id) => [id, record.id, date, run.id]),
    );
    await db.insert(
      record.tagsTable,
      ['dataset_type_id', 'dataset_id', 'collection_id', ...record.type.dimensions.required],
      mapRows(ids, (id, i) => [record.id, id, run.id, ...refs[i]!.dataId.requiredValues]),
    );
  } catch (error) {
    throw await explainConflict(context, error, record, run, refs);
  }
}

function* mapRows(ids: readonly string[], row: (id: string, index: number) => readonly SqlValue[]): Iterable<readonly SqlValue[]> {
  for (let i = 0; i < ids.length; i += 1) yield row(ids[i]!, i);
}

/** Ingest date of new rows: TAI nanoseconds, or UTC text where the repository is older. */
function ingestDate(context: RegistryContext): SqlValue {
  const now = context.now();
  // The stored resolution is the microsecond.
  return now - (now % 1000n);
}

/** Notes in a collection's summary that it may hold this type and these governor values. */
export async function updateSummary(
  context: RegistryContext,
  record: DatasetTypeRecord,
  collection: number,
  dataIds: readonly DataCoordinate[],
): Promise<void> {
  const { db } = context;
  await db.insert('collection_summary_dataset_type', ['collection_id', 'dataset_type_id'], [[collection, record.id]], {
    onConflict: 'ignore',
  });
  for (const governor of record.type.dimensions.governors) {
    const values = new Set(dataIds.map((dataId) => dataId.get(governor)));
    try {
      await db.insert(
        `collection_summary_${governor}`,
        ['collection_id', governor],
        [...values].map((value) => [collection, value]),
        { onConflict: 'ignore' },
      );
    } catch (error) {
      if (sqliteConstraint(error) === 'foreign-key' || (error as { constraintKind?: string }).constraintKind === 'foreign-key')
        throw new DataIdError(`no ${governor} is registered as ${[...values].join(' or ')}`, { cause: error });
      throw error;
    }
  }
}

async function withoutExisting(
  context: RegistryContext,
  types: DatasetTypeTable,
  refs: readonly DatasetRef[],
): Promise<readonly DatasetRef[]> {
  const existing = await fetchDatasets(
    context,
    types,
    refs.map((ref) => ref.id),
  );
  return refs.filter((ref) => {
    const old = existing.get(ref.id);
    if (!old) return true;
    if (old.datasetType.name !== ref.datasetType.name || old.run !== ref.run || old.dataId.key !== ref.dataId.key)
      throw new DatasetConflictError(
        `dataset id ${ref.id} means ${old.datasetType.name}@${old.dataId.toString()} in ${old.run}, not ${ref.datasetType.name}@${ref.dataId.toString()} in ${ref.run}`,
        { details: { id: ref.id } },
      );
    return false;
  });
}

async function explainConflict(
  context: RegistryContext,
  error: unknown,
  record: DatasetTypeRecord,
  run: CollectionRecord,
  refs: readonly DatasetRef[],
): Promise<unknown> {
  const kind = sqliteConstraint(error) ?? (error as { constraintKind?: string }).constraintKind;
  if (kind === 'foreign-key')
    return new DataIdError(
      `a data ID of ${record.type.name} names a dimension value that is not registered: ${refs[0]?.dataId.toString()}`,
      { cause: error },
    );
  if (kind !== 'unique') return error;
  const seen = new Set<string>();
  const twice = refs.find((ref) => seen.size === seen.add(ref.dataId.key).size);
  const example = twice ?? (context.db.dialect === 'sqlite' ? await firstConflict(context, record, run, refs) : undefined) ?? refs[0];
  return new DatasetConflictError(`run ${run.name} holds a ${record.type.name} with data ID ${example?.dataId.toString()} already`, {
    cause: error,
    details: { datasetType: record.type.name, run: run.name, dataId: example?.dataId.toJSON() },
  });
}

async function firstConflict(
  context: RegistryContext,
  record: DatasetTypeRecord,
  run: CollectionRecord,
  refs: readonly DatasetRef[],
): Promise<DatasetRef | undefined> {
  const existing = await findInCollections(
    context,
    record,
    [run],
    refs.slice(0, CHUNK).map((ref) => ref.dataId),
  );
  return refs.find((ref) => existing.has(ref.dataId.key) && existing.get(ref.dataId.key)!.id !== ref.id);
}

function groupRefs(
  refs: readonly DatasetRef[],
): readonly { readonly datasetType: string; readonly run: string; readonly refs: readonly DatasetRef[] }[] {
  const groups = new Map<string, { datasetType: string; run: string; refs: DatasetRef[] }>();
  for (const ref of refs) {
    const key = `${ref.datasetType.name} ${ref.run}`;
    let group = groups.get(key);
    if (!group) groups.set(key, (group = { datasetType: ref.datasetType.name, run: ref.run, refs: [] }));
    group.refs.push(ref);
  }
  // Sorted, so that writers of several processes take locks in one order.
  return [...groups.values()].toSorted((a, b) => (`${a.datasetType} ${a.run}` < `${b.datasetType} ${b.run}` ? -1 : 1));
}

/** Datasets by id; unknown ids are left out. */
export async function fetchDatasets(
  context: RegistryContext,
  types: DatasetTypeTable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, DatasetRef>> {
  const { db } = context;
  const found = new Map<string, DatasetRef>();
  for (const part of chunks([...new Set(ids)], CHUNK)) {
    const rows = await db.all(
      sql`SELECT d.id, d.dataset_type_id, c.name AS run FROM dataset d JOIN collection c ON c.collection_id = d.run_id WHERE d.id IN (${sql.join(part.map((id) => encodeUuid(db.dialect, id)))})`,
    );
    const byType = Map.groupBy(rows, (row) => Number(row['dataset_type_id']));
    for (const [typeId, members] of byType) {
      const record = await types.getById(typeId);
      const runs = new Map(members.map((row) => [decodeUuid(row['id']), row['run'] as string]));
      const tags = await db.all(
        sql`SELECT t.dataset_id, ${sql.join(selectDimensions(record, 't'))} FROM ${sql.table(record.tagsTable)} t JOIN dataset d ON d.id = t.dataset_id AND d.run_id = t.collection_id WHERE t.dataset_id IN (${sql.join(members.map((row) => row['id']!))})`,
      );
      for (const row of tags) {
        const id = decodeUuid(row['dataset_id']);
        found.set(id, { id, datasetType: record.type, dataId: dataIdOfRow(record, row), run: runs.get(id)! });
      }
    }
  }
  return found;
}

function selectDimensions(record: DatasetTypeRecord, alias: string): ReturnType<typeof sql.ref>[] {
  const { required } = record.type.dimensions;
  return required.length > 0 ? required.map((name) => sql.ref(`${alias}.${name}`)) : [sql.ref(`${alias}.dataset_type_id`)];
}

function dataIdOfRow(record: DatasetTypeRecord, row: Row): DataCoordinate {
  const { dimensions } = record.type;
  return DataCoordinate.fromOrdered(
    dimensions,
    dimensions.required.map((name) => row[name] as DataIdValue),
  );
}

/**
 * The first dataset for each data ID, searching collections in order.
 *
 * @param options.timespan - For CALIBRATION collections: the moment or span in which the dataset must be valid.
 * @returns refs by the data ID's key; missing where nothing is found.
 * @throws {DataIdError} if a CALIBRATION collection has several valid datasets.
 */
export async function findInCollections(
  context: RegistryContext,
  record: DatasetTypeRecord,
  collections: readonly CollectionRecord[],
  dataIds: readonly DataCoordinate[],
  options: { readonly timespan?: Timespan | undefined } = {},
): Promise<ReadonlyMap<string, DatasetRef>> {
  const found = new Map<string, DatasetRef & { rank: number }>();
  const rank = new Map(collections.map((collection, i) => [collection.id, i]));
  const tagged = collections.filter((collection) => collection.type === 'RUN' || collection.type === 'TAGGED');
  const calibs = record.calibsTable ? collections.filter((collection) => collection.type === 'CALIBRATION') : [];
  for (const part of chunks(dataIds, CHUNK)) {
    if (tagged.length > 0) keepFirst(found, record, rank, await selectAssociations(context, record, record.tagsTable, tagged, part));
    if (calibs.length > 0)
      keepFirst(found, record, rank, await selectAssociations(context, record, record.calibsTable!, calibs, part, options.timespan));
  }
  return found;
}

function keepFirst(
  found: Map<string, DatasetRef & { rank: number }>,
  record: DatasetTypeRecord,
  rank: ReadonlyMap<number, number>,
  rows: readonly Row[],
): void {
  for (const row of rows) {
    const dataId = dataIdOfRow(record, row);
    const place = rank.get(Number(row['collection_id']))!;
    const id = decodeUuid(row['dataset_id']);
    const best = found.get(dataId.key);
    if (best && best.rank === place && best.id !== id)
      throw new DataIdError(
        `several ${record.type.name} for ${dataId.toString()} are valid in one CALIBRATION collection; give a timespan, or a data ID with an exposure or visit`,
        { details: { datasetType: record.type.name, dataId: dataId.toJSON() } },
      );
    if (!best || place < best.rank) found.set(dataId.key, { id, datasetType: record.type, dataId, run: row['run'] as string, rank: place });
  }
}

async function selectAssociations(
  context: RegistryContext,
  record: DatasetTypeRecord,
  table: string,
  collections: readonly CollectionRecord[],
  dataIds: readonly DataCoordinate[],
  timespan?: Timespan,
): Promise<readonly Row[]> {
  const { required } = record.type.dimensions;
  const columns = required.map((name) => sql.ref(`t.${name}`));
  const match =
    required.length === 0
      ? sql`1 = 1`
      : dataIds.length === 1
        ? sql.join(
            columns.map((column, i) => sql`${column} = ${dataIds[0]!.requiredValues[i]!}`),
            sql` AND `,
          )
        : tupleIn(
            context.db.dialect,
            columns,
            dataIds.map((dataId) => dataId.requiredValues),
          );
  const valid = timespan ? sql` AND ${overlapsSpan(context, 't', timespan)}` : sql``;
  return await context.db.all(
    sql`SELECT t.dataset_id, t.collection_id, c.name AS run, ${sql.join(selectDimensions(record, 't'))} FROM ${sql.table(table)} t JOIN dataset d ON d.id = t.dataset_id JOIN collection c ON c.collection_id = d.run_id WHERE t.dataset_type_id = ${record.id} AND t.collection_id IN (${sql.join(collections.map((collection) => collection.id))}) AND ${match}${valid}`,
  );
}

/** SQL that is true where the span column of `alias` overlaps a span. */
export function overlapsSpan(context: RegistryContext, alias: string, span: Timespan): ReturnType<typeof sql<boolean>> {
  const { dialect } = context.db;
  const values = storeTimespan(span);
  if (dialect === 'sqlite')
    return sql<boolean>`(${sql.ref(`${alias}.timespan_begin`)} < ${values.end} AND ${sql.ref(`${alias}.timespan_end`)} > ${values.begin})`;
  return sql<boolean>`(${sql.ref(`${alias}.timespan`)} && int8range(${values.begin}, ${values.end}))`;
}
