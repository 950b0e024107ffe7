import { sql } from 'kysely';
import type { DatasetRef } from '../datasets/dataset-ref.ts';
import { type DatasetType, makeDatasetType } from '../datasets/dataset-type.ts';
import { DataCoordinate, type DataId } from '../dimensions/data-coordinate.ts';
import { IncompatibleRepositoryError } from '../errors.ts';
import { type ElementRecords, upgradeRecords } from '../exchange/upgrade-records.ts';
import { ingestDate } from '../query/dataset-source.ts';
import { Query } from '../query/query.ts';
import type { DatasetAssociation } from '../registry/associations.ts';
import type { SqlRegistry } from '../registry/sql-registry.ts';
import { decodeUuid, encodeUuid } from '../sql/codec.ts';
import { atStep, type LongWork } from '../butler/long-work.ts';

/** What was copied. */
export interface CopyCounts {
  readonly records: number;
  readonly datasetTypes: number;
  readonly collections: number;
  readonly datasets: number;
  readonly artifacts: number;
  readonly associations: number;
}

const BATCH = 5000;

/**
 * Copies everything that a registry holds into a new, empty one of a newer universe: records upgraded, ids, dates of ingest,
 * collections, associations and places of artifacts unchanged. Call it inside a transaction of `target`.
 *
 * @throws {IncompatibleRepositoryError} if the copy does not hold as much as the original.
 */
export async function copyRegistry(source: SqlRegistry, target: SqlRegistry, options: LongWork = {}): Promise<CopyCounts> {
  const records = await copyRecords(source, target);
  const types = await copyTypes(source, target);
  const collections = await copyCollections(source, target);
  const [row] = await source.context.db.all(sql`SELECT COUNT(*) AS n FROM dataset`);
  const all = Number(row!['n']);
  let datasets = 0;
  for (const type of types) {
    for await (const refs of runDatasets(source, type)) {
      await target.insertDatasets(refs);
      datasets += refs.length;
      atStep(options, datasets, all);
    }
  }
  if (datasets !== all)
    throw new IncompatibleRepositoryError(`${datasets} of ${all} datasets could be copied; the repository is as it was`);
  await copyDates(source, target);
  let artifacts = 0;
  for await (const page of source.streamFileRecords()) {
    await target.insertFileRecords(page);
    artifacts += page.length;
  }
  const associations = await copyAssociations(source, target, types);
  return { records, datasetTypes: types.length, collections, datasets, artifacts, associations };
}

async function copyRecords(source: SqlRegistry, target: SqlRegistry): Promise<number> {
  const groups: ElementRecords[] = [];
  for (const element of source.universe.elements) {
    if (!element.hasTable) continue;
    const found = await new Query(source.queries).dimensionRecords(element.name).toArray();
    groups.push({ element: element.name, records: found.map((record) => record.fields) });
  }
  let count = 0;
  for (const { element, records } of upgradeRecords(target.universe, groups)) {
    for (let i = 0; i < records.length; i += BATCH) await target.insertDimensionData(element, records.slice(i, i + BATCH));
    count += records.length;
  }
  return count;
}

/** Types with the same keys in the new universe; what these imply is the universe's business. */
async function copyTypes(source: SqlRegistry, target: SqlRegistry): Promise<readonly DatasetType[]> {
  const types: DatasetType[] = [];
  for (const old of await source.queryDatasetTypes()) {
    const type = makeDatasetType(target.universe, { ...old, dimensions: old.dimensions.required });
    await target.registerDatasetType(type);
    types.push(type);
  }
  return types;
}

async function copyCollections(source: SqlRegistry, target: SqlRegistry): Promise<number> {
  const found = await source.queryCollections();
  for (const { name, type, doc } of found) await target.registerCollection(name, type, doc);
  for (const { name, type, children } of found) if (type === 'CHAINED') await target.editChain(name, 'redefine', children);
  return found.length;
}

/** Datasets of a type in all runs, as refs of the new universe. */
async function* runDatasets(source: SqlRegistry, type: DatasetType): AsyncIterable<readonly DatasetRef[]> {
  const runs = (await source.queryCollections(['*'], { types: ['RUN'] })).map((run) => run.name);
  if (runs.length === 0) return;
  const found = new Query(source.queries).datasets({ type: type.name, collections: runs, findFirst: false });
  for await (const page of found.pages({ pageSize: BATCH }))
    yield page.map((ref) => ({ ...ref, datasetType: type, dataId: DataCoordinate.of(type.dimensions, ref.dataId) }));
}

async function copyDates(source: SqlRegistry, target: SqlRegistry): Promise<void> {
  const { db } = target.context;
  for await (const rows of source.context.db.stream(sql`SELECT d.id AS id, ${ingestDate(source.context)} AS date FROM dataset d`))
    // Few dates cover many datasets.
    for (const [date, group] of Map.groupBy(rows, (row) => row['date']!))
      for (let i = 0; i < group.length; i += 500) {
        const ids = group.slice(i, i + 500).map((row) => encodeUuid(db.dialect, decodeUuid(row['id'])));
        await db.run(sql`UPDATE dataset SET ingest_date = ${date} WHERE id IN (${sql.join(ids)})`);
      }
}

async function copyAssociations(source: SqlRegistry, target: SqlRegistry, types: readonly DatasetType[]): Promise<number> {
  const collections = await source.queryCollections(['*'], { types: ['TAGGED', 'CALIBRATION'] });
  let count = 0;
  for (const type of types)
    for (const { name, type: kind } of collections) {
      const found = await source.queryAssociations(type.name, [name]);
      count += found.length;
      if (kind === 'TAGGED') await target.associate(name, refsOf(type, found));
      else
        for (const group of Map.groupBy(found, ({ timespan }) => `${timespan?.begin ?? ''}..${timespan?.end ?? ''}`).values())
          await target.certify(name, refsOf(type, group), group[0]!.timespan);
    }
  return count;
}

function refsOf(type: DatasetType, found: readonly DatasetAssociation[]): readonly DatasetRef[] {
  return found.map(({ datasetId, dataId }) => ({
    id: datasetId,
    datasetType: type,
    dataId: DataCoordinate.of(type.dimensions, dataId as DataId),
    run: '',
  }));
}
