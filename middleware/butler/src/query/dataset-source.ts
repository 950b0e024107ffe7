import { type RawBuilder, sql } from 'kysely';
import { STORED_MAX, STORED_MIN } from '../dimensions/timespan.ts';
import type { CollectionRecord } from '../registry/collections.ts';
import type { RegistryContext } from '../registry/registry-context.ts';
import { spanEnds } from '../sql/codec.ts';
import type { DatasetJoin } from './query-spec.ts';

/** Which columns of a dataset search are wanted beyond dimensions and id. */
export interface DatasetColumns {
  readonly run: boolean;
  readonly collection: boolean;
  readonly ingestDate: boolean;
  readonly timespan: boolean;
  readonly rank: boolean;
}

/**
 * A subquery that lists datasets of one type in collections: its dimensions, `dataset_id`, and what else is wanted
 * (`run`, `collection`, `ingest_date`, `timespan_begin`, `timespan_end`, `rank`).
 *
 * @param options.firstInside - Keep the first per data ID here; impossible where validity is joined later.
 */
export function datasetSource(
  context: RegistryContext,
  join: DatasetJoin,
  columns: DatasetColumns,
  options: { readonly firstInside: boolean },
): RawBuilder<unknown> {
  const { record, collections } = join;
  const tagged = collections.filter((collection) => collection.type === 'RUN' || collection.type === 'TAGGED');
  const calibs = record.calibsTable === undefined ? [] : collections.filter((collection) => collection.type === 'CALIBRATION');
  const parts: RawBuilder<unknown>[] = [];
  if (tagged.length > 0 || calibs.length === 0) parts.push(selectFrom(context, join, record.tagsTable, tagged, columns, false));
  if (calibs.length > 0) parts.push(selectFrom(context, join, record.calibsTable!, calibs, columns, true));
  const all = sql`(${sql.join(parts, sql` UNION ALL `)})`;
  if (!options.firstInside || collections.length < 2) return all;
  const { required } = record.type.dimensions;
  const partition = required.length > 0 ? sql`PARTITION BY ${sql.join(required.map((name) => sql.ref(`a.${name}`)))} ` : sql``;
  return sql`(SELECT * FROM (SELECT a.*, ROW_NUMBER() OVER (${partition}ORDER BY a.search_rank) AS place FROM ${all} AS a) AS b WHERE b.place = 1)`;
}

function selectFrom(
  context: RegistryContext,
  join: DatasetJoin,
  table: string,
  collections: readonly CollectionRecord[],
  columns: DatasetColumns,
  hasTimespan: boolean,
): RawBuilder<unknown> {
  const { record } = join;
  const only = collections.length === 1 ? collections[0] : undefined;
  const isRun = only?.type === 'RUN';
  const needsDataset = (columns.run && !isRun) || columns.ingestDate;
  const picked: RawBuilder<unknown>[] = record.type.dimensions.required.map((name) => sql`t.${sql.ref(name)} AS ${sql.ref(name)}`);
  picked.push(sql`t.dataset_id AS dataset_id`);
  if (columns.run) picked.push(isRun ? sql`${only.name} AS run` : sql`r.name AS run`);
  if (columns.collection) picked.push(sql`${cases(collections, (collection) => sql`${collection.name}`)} AS collection`);
  if (columns.ingestDate) picked.push(sql`${ingestDate(context)} AS ingest_date`);
  if (columns.timespan) {
    const [begin, end] = hasTimespan
      ? spanEnds(context.db.dialect, 't', 'timespan')
      : [sql.raw(STORED_MIN.toString()), sql.raw(STORED_MAX.toString())];
    picked.push(sql`${begin} AS timespan_begin`, sql`${end} AS timespan_end`);
  }
  if (columns.rank) {
    const order = new Map(join.collections.map((collection, i) => [collection.id, i]));
    picked.push(sql`${cases(collections, (collection) => sql.raw(String(order.get(collection.id)!)))} AS search_rank`);
  }
  const datasets = needsDataset ? sql` JOIN dataset AS d ON d.id = t.dataset_id JOIN collection AS r ON r.collection_id = d.run_id` : sql``;
  const where =
    collections.length === 0
      ? sql`1 = 0`
      : sql`t.dataset_type_id = ${record.id} AND t.collection_id IN (${sql.join(collections.map((collection) => collection.id))})`;
  return sql`SELECT ${sql.join(picked)} FROM ${sql.table(table)} AS t${datasets} WHERE ${where}`;
}

function cases(
  collections: readonly CollectionRecord[],
  value: (collection: CollectionRecord) => RawBuilder<unknown>,
): RawBuilder<unknown> {
  const [only] = collections;
  if (only === undefined) return sql`NULL`;
  if (collections.length === 1) return value(only);
  return sql`CASE t.collection_id ${sql.join(
    collections.map((collection) => sql`WHEN ${collection.id} THEN ${value(collection)}`),
    sql` `,
  )} END`;
}

/** Ingest dates as TAI nanoseconds; older repositories keep UTC text, which is compared at the second. */
export function ingestDate(context: RegistryContext): RawBuilder<unknown> {
  if (!context.textIngestDate) return sql`d.ingest_date`;
  if (context.db.dialect === 'postgresql') return sql`(CAST(EXTRACT(EPOCH FROM d.ingest_date) AS BIGINT) + 37) * 1000000000`;
  // TAI - UTC is 37 s since 2017, before which no repository was made.
  return sql`(CAST(strftime('%s', d.ingest_date) AS INTEGER) + 37) * 1000000000`;
}
