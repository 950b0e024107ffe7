import type { Timespan } from '@almagest/time';
import type { DatasetRef } from '../datasets/dataset-ref.ts';
import type { DatasetType } from '../datasets/dataset-type.ts';
import type { FileRecord } from '../datastore/datastore.ts';
import type { DataCoordinate, DataId } from '../dimensions/data-coordinate.ts';
import type { DimensionGroup } from '../dimensions/dimension-group.ts';
import type { DimensionRecord } from '../dimensions/dimension-record.ts';
import type { DimensionUniverse } from '../dimensions/universe.ts';
import type { QueryEngine } from '../query/query.ts';
import type { TransactionHook } from '../sql/database.ts';
import type { DatasetAssociation } from './associations.ts';
import type { ChainEdit, CollectionRecord, CollectionSummary, CollectionType } from './collections.ts';
import type { ExistingDatasets } from './datasets.ts';
import type { InsertDimensionOptions } from './dimension-records.ts';

/** A search for the first dataset of a type and data ID. */
export interface FindOptions {
  readonly collections: readonly string[];
  /** When the dataset must be valid, for CALIBRATION collections; taken from the exposure or visit where the data ID has one. */
  readonly timespan?: Timespan | undefined;
}

/**
 * What exists: dimension records, dataset types, collections, datasets and where their artifacts are.
 * Every implementation passes the registry conformance suite.
 */
export interface Registry {
  readonly universe: DimensionUniverse;
  readonly isWriteable: boolean;
  /** Runs the work atomically; transactions nest. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /** Runs after the outermost transaction commits; outside one at once. */
  afterCommit(work: TransactionHook): Promise<void>;
  /** Runs if the transaction, or a savepoint around it, is undone. */
  afterRollback(work: TransactionHook): void;

  registerDatasetType(type: DatasetType): Promise<boolean>;
  findDatasetType(name: string): Promise<DatasetType | undefined>;
  getDatasetType(name: string): Promise<DatasetType>;
  queryDatasetTypes(globs?: readonly string[]): Promise<readonly DatasetType[]>;
  removeDatasetType(name: string): Promise<void>;

  registerCollection(name: string, type: CollectionType, doc?: string | null): Promise<boolean>;
  findCollection(name: string): Promise<CollectionRecord | undefined>;
  getCollection(name: string): Promise<CollectionRecord>;
  /** Collections by name or glob, with chains followed: in search order, each once. */
  flattenCollections(names: readonly string[], options?: { readonly keepChains?: boolean }): Promise<readonly CollectionRecord[]>;
  queryCollections(
    globs?: readonly string[],
    options?: { readonly types?: readonly CollectionType[] },
  ): Promise<readonly CollectionRecord[]>;
  collectionParents(name: string): Promise<readonly string[]>;
  collectionSummary(name: string): Promise<CollectionSummary>;
  setCollectionDoc(name: string, doc: string | null): Promise<void>;
  editChain(name: string, edit: ChainEdit, children: readonly string[]): Promise<readonly string[]>;
  removeCollection(name: string): Promise<void>;

  insertDimensionData(
    element: string,
    records: readonly Readonly<Record<string, unknown>>[],
    options?: InsertDimensionOptions,
  ): Promise<void>;
  syncDimensionData(
    element: string,
    record: Readonly<Record<string, unknown>>,
    options?: { readonly update?: boolean },
  ): Promise<'inserted' | 'same' | 'updated'>;
  /** Records by the values of the element's required dimensions. */
  fetchDimensionRecords(element: string, dataIds: readonly DataCoordinate[]): Promise<readonly (DimensionRecord | undefined)[]>;
  resolveDataId(dimensions: DimensionGroup, values: DataId | DataCoordinate): Promise<DataCoordinate>;
  expandDataIds(dataIds: readonly DataCoordinate[]): Promise<readonly DataCoordinate[]>;

  insertDatasets(refs: readonly DatasetRef[], options?: { readonly existing?: ExistingDatasets }): Promise<readonly DatasetRef[]>;
  fetchDatasets(ids: readonly string[]): Promise<ReadonlyMap<string, DatasetRef>>;
  findDatasets(type: string, dataIds: readonly DataCoordinate[], options: FindOptions): Promise<readonly (DatasetRef | undefined)[]>;
  removeDatasets(ids: readonly string[]): Promise<void>;
  associate(collection: string, refs: readonly DatasetRef[]): Promise<void>;
  disassociate(collection: string, refs: readonly DatasetRef[]): Promise<void>;
  certify(collection: string, refs: readonly DatasetRef[], span?: Timespan): Promise<void>;
  decertify(collection: string, type: string, span?: Timespan, options?: { readonly dataIds?: readonly DataCoordinate[] }): Promise<void>;
  queryAssociations(type: string, collections: readonly string[]): Promise<readonly DatasetAssociation[]>;

  insertFileRecords(records: readonly FileRecord[], options?: { readonly existing?: 'fail' | 'replace' }): Promise<void>;
  fetchFileRecords(ids: readonly string[]): Promise<ReadonlyMap<string, readonly FileRecord[]>>;
  deleteFileRecords(ids: readonly string[]): Promise<void>;
  recordedPaths(paths: readonly string[]): Promise<ReadonlySet<string>>;
  streamFileRecords(): AsyncIterable<readonly FileRecord[]>;

  /** What answers queries over this registry. */
  readonly queries: QueryEngine;
  close(): Promise<void>;
}
