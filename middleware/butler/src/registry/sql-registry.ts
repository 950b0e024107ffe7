import type { Timespan } from '@almagest/time';
import { sql } from 'kysely';
import type { DatasetRef } from '../datasets/dataset-ref.ts';
import type { DatasetType } from '../datasets/dataset-type.ts';
import type { FileRecord } from '../datastore/datastore.ts';
import type { DataCoordinate, DataId, DataIdValue } from '../dimensions/data-coordinate.ts';
import type { DimensionGroup } from '../dimensions/dimension-group.ts';
import type { DimensionRecord } from '../dimensions/dimension-record.ts';
import type { DimensionUniverse } from '../dimensions/universe.ts';
import { IncompatibleRepositoryError } from '../errors.ts';
import type { QueryEngine } from '../query/query.ts';
import { SqlQueryEngine } from '../query/sql-query-engine.ts';
import { encodeUuid } from '../sql/codec.ts';
import type { Database, TransactionHook } from '../sql/database.ts';
import { associate, certify, type DatasetAssociation, decertify, disassociate, queryAssociations } from './associations.ts';
import { identifyRegistry, newAttributes } from './attributes.ts';
import {
  type ChainEdit,
  chunks,
  type CollectionRecord,
  collectionSummary,
  type CollectionSummary,
  type CollectionType,
  editChain,
  expandNames,
  fetchCollections,
  flattenCollections,
  getCollection,
  parentsOf,
  registerCollection,
  removeCollection,
  setCollectionDoc,
} from './collections.ts';
import { expandDataIds, resolveDataId } from './data-ids.ts';
import { DatasetTypeTable } from './dataset-types.ts';
import { type ExistingDatasets, fetchDatasets, findInCollections, insertDatasets } from './datasets.ts';
import { fetchRecordsByKey, type InsertDimensionOptions, insertDimensionRecords, syncDimensionRecord } from './dimension-records.ts';
import {
  deleteFileRecords,
  ensureRecordsTable,
  fetchFileRecords,
  insertFileRecords,
  recordedPaths,
  type RecordsTable,
  streamFileRecords,
} from './file-records.ts';
import type { RegistryContext } from './registry-context.ts';
import type { FindOptions, Registry } from './registry.ts';
import { BASE_TABLES, dimensionTables } from './tables.ts';

export interface SqlRegistryOptions {
  /** Where artifacts are recorded. */
  readonly records: RecordsTable;
  /** Time now [ns TAI]: the ingest date of new datasets. */
  readonly now: () => bigint;
}

/** The registry over one SQL database, in the published layout. */
export class SqlRegistry implements Registry {
  readonly context: RegistryContext;
  readonly datasetTypes: DatasetTypeTable;
  readonly queries: QueryEngine;
  readonly #records: RecordsTable;

  private constructor(context: RegistryContext, records: RecordsTable) {
    this.context = context;
    this.datasetTypes = new DatasetTypeTable(context);
    this.queries = new SqlQueryEngine(context, this.datasetTypes);
    this.#records = records;
  }

  /** Makes all tables in an empty database. */
  static async create(db: Database, universe: DimensionUniverse, options: SqlRegistryOptions): Promise<SqlRegistry> {
    if (await db.tableExists('butler_attributes')) throw new IncompatibleRepositoryError('the database holds a registry already');
    await db.transaction(async () => {
      for (const table of [...BASE_TABLES, ...dimensionTables(universe)]) await db.createTable(table);
      await db.insert('butler_attributes', ['name', 'value'], newAttributes(universe));
    });
    const registry = new SqlRegistry({ db, universe, now: options.now, textIngestDate: false }, options.records);
    await ensureRecordsTable(registry.context, options.records);
    return registry;
  }

  /** @throws {IncompatibleRepositoryError} */
  static async open(db: Database, options: SqlRegistryOptions): Promise<SqlRegistry> {
    const { universe, textIngestDate } = await identifyRegistry(db);
    const registry = new SqlRegistry({ db, universe, now: options.now, textIngestDate }, options.records);
    if (!db.readOnly) await ensureRecordsTable(registry.context, options.records);
    return registry;
  }

  get universe(): DimensionUniverse {
    return this.context.universe;
  }

  get isWriteable(): boolean {
    return !this.context.db.readOnly;
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    return await this.context.db.transaction(work);
  }

  async afterCommit(work: TransactionHook): Promise<void> {
    await this.context.db.afterCommit(work);
  }

  afterRollback(work: TransactionHook): void {
    this.context.db.afterRollback(work);
  }

  async registerDatasetType(type: DatasetType): Promise<boolean> {
    return await this.datasetTypes.register(type);
  }

  async findDatasetType(name: string): Promise<DatasetType | undefined> {
    return (await this.datasetTypes.find(name))?.type;
  }

  async getDatasetType(name: string): Promise<DatasetType> {
    return (await this.datasetTypes.get(name)).type;
  }

  async queryDatasetTypes(globs?: readonly string[]): Promise<readonly DatasetType[]> {
    return (await this.datasetTypes.query(globs)).map((record) => record.type);
  }

  async removeDatasetType(name: string): Promise<void> {
    await this.datasetTypes.remove(name);
  }

  async registerCollection(name: string, type: CollectionType, doc: string | null = null): Promise<boolean> {
    return await registerCollection(this.context, name, type, doc);
  }

  async findCollection(name: string): Promise<CollectionRecord | undefined> {
    return (await fetchCollections(this.context, [name])).get(name);
  }

  async getCollection(name: string): Promise<CollectionRecord> {
    return await getCollection(this.context, name);
  }

  async flattenCollections(
    names: readonly string[],
    options: { readonly keepChains?: boolean } = {},
  ): Promise<readonly CollectionRecord[]> {
    return await flattenCollections(this.context, names, options);
  }

  async queryCollections(
    globs: readonly string[] = ['*'],
    options: { readonly types?: readonly CollectionType[] } = {},
  ): Promise<readonly CollectionRecord[]> {
    const names = await expandNames(this.context, globs);
    const found = await fetchCollections(this.context, names);
    return names
      .map((name) => found.get(name))
      .filter((record) => record !== undefined)
      .filter((record) => options.types === undefined || options.types.includes(record.type));
  }

  async collectionParents(name: string): Promise<readonly string[]> {
    return await parentsOf(this.context, name);
  }

  async collectionSummary(name: string): Promise<CollectionSummary> {
    return await collectionSummary(this.context, name);
  }

  async setCollectionDoc(name: string, doc: string | null): Promise<void> {
    await setCollectionDoc(this.context, name, doc);
  }

  async editChain(name: string, edit: ChainEdit, children: readonly string[]): Promise<readonly string[]> {
    return await editChain(this.context, name, edit, children);
  }

  async removeCollection(name: string): Promise<void> {
    await removeCollection(this.context, name);
  }

  async insertDimensionData(
    element: string,
    records: readonly Readonly<Record<string, unknown>>[],
    options?: InsertDimensionOptions,
  ): Promise<void> {
    await insertDimensionRecords(this.context, element, records, options);
  }

  async syncDimensionData(
    element: string,
    record: Readonly<Record<string, unknown>>,
    options?: { readonly update?: boolean },
  ): Promise<'inserted' | 'same' | 'updated'> {
    return await syncDimensionRecord(this.context, element, record, options);
  }

  async fetchDimensionRecords(elementName: string, dataIds: readonly DataCoordinate[]): Promise<readonly (DimensionRecord | undefined)[]> {
    const element = this.universe.get(elementName);
    const keys = dataIds.map((dataId) => element.required.map((name) => dataId.get(name)));
    const found = await fetchRecordsByKey(this.context, element, keys);
    return keys.map((key) => found.get(JSON.stringify(key)));
  }

  async resolveDataId(dimensions: DimensionGroup, values: DataId | DataCoordinate): Promise<DataCoordinate> {
    return await resolveDataId(this.context, dimensions, values);
  }

  async expandDataIds(dataIds: readonly DataCoordinate[]): Promise<readonly DataCoordinate[]> {
    return await expandDataIds(this.context, dataIds);
  }

  async insertDatasets(refs: readonly DatasetRef[], options?: { readonly existing?: ExistingDatasets }): Promise<readonly DatasetRef[]> {
    return await insertDatasets(this.context, this.datasetTypes, refs, options);
  }

  async fetchDatasets(ids: readonly string[]): Promise<ReadonlyMap<string, DatasetRef>> {
    return await fetchDatasets(this.context, this.datasetTypes, ids);
  }

  async findDatasets(type: string, dataIds: readonly DataCoordinate[], options: FindOptions): Promise<readonly (DatasetRef | undefined)[]> {
    const record = await this.datasetTypes.get(type);
    const collections = await flattenCollections(this.context, options.collections);
    const found = await findInCollections(this.context, record, collections, dataIds, { timespan: options.timespan });
    return dataIds.map((dataId) => found.get(JSON.stringify(record.type.dimensions.required.map((name): DataIdValue => dataId.get(name)))));
  }

  async removeDatasets(ids: readonly string[]): Promise<void> {
    const { db } = this.context;
    await db.transaction(async () => {
      for (const part of chunks(ids, 500)) {
        const list = sql.join(part.map((id) => encodeUuid(db.dialect, id)));
        await db.run(sql`DELETE FROM dataset_location WHERE dataset_id IN (${list})`);
        await db.run(sql`DELETE FROM dataset WHERE id IN (${list})`);
      }
    });
  }

  async associate(collection: string, refs: readonly DatasetRef[]): Promise<void> {
    await associate(this.context, this.datasetTypes, collection, refs);
  }

  async disassociate(collection: string, refs: readonly DatasetRef[]): Promise<void> {
    await disassociate(this.context, this.datasetTypes, collection, refs);
  }

  async certify(collection: string, refs: readonly DatasetRef[], span?: Timespan): Promise<void> {
    await certify(this.context, this.datasetTypes, collection, refs, span);
  }

  async decertify(
    collection: string,
    type: string,
    span?: Timespan,
    options?: { readonly dataIds?: readonly DataCoordinate[] },
  ): Promise<void> {
    await decertify(this.context, this.datasetTypes, collection, type, span, options);
  }

  async queryAssociations(type: string, collections: readonly string[]): Promise<readonly DatasetAssociation[]> {
    return await queryAssociations(this.context, this.datasetTypes, type, collections);
  }

  async insertFileRecords(records: readonly FileRecord[], options?: { readonly existing?: 'fail' | 'replace' }): Promise<void> {
    await insertFileRecords(this.context, this.#records, records, options);
  }

  async fetchFileRecords(ids: readonly string[]): Promise<ReadonlyMap<string, readonly FileRecord[]>> {
    return await fetchFileRecords(this.context, this.#records, ids);
  }

  async deleteFileRecords(ids: readonly string[]): Promise<void> {
    await deleteFileRecords(this.context, this.#records, ids);
  }

  async recordedPaths(paths: readonly string[]): Promise<ReadonlySet<string>> {
    return await recordedPaths(this.context, this.#records, paths);
  }

  streamFileRecords(): AsyncIterable<readonly FileRecord[]> {
    return streamFileRecords(this.context, this.#records);
  }

  async close(): Promise<void> {
    await this.context.db.close();
  }
}
