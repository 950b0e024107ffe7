export { Butler } from './butler/butler.ts';
export type { LongWork } from './butler/long-work.ts';
export {
  type ButlerDefaults,
  CoreButler,
  type DeferredDataset,
  type GetOptions,
  type QueryOptions,
  type PutOptions,
  type PutRequest,
  type SearchOptions,
} from './butler/core-butler.ts';
export {
  createRepository,
  type CreateOptions,
  type DatastoreParts,
  openRepository,
  type OpenOptions,
  type Repository,
  type RepositoryOptions,
} from './butler/open-repository.ts';
export { readRepositoryConfig, type RepositoryConfig, withRoot } from './butler/repository-config.ts';
export { type DatasetIdMode, isUuid, makeDatasetId, uuid5, uuid7 } from './datasets/dataset-id.ts';
export { componentRef, type DatasetRef, describeRef } from './datasets/dataset-ref.ts';
export { type DatasetType, describeDatasetType, makeDatasetType, sameDatasetType, splitComponent } from './datasets/dataset-type.ts';
export { type StorageClass, StorageClassRegistry } from './datasets/storage-class.ts';
export type {
  Datastore,
  EncodedItem,
  FileRecord,
  IngestItem,
  PutItem,
  ReadOptions,
  StagedArtifacts,
  StagedRemoval,
  TransferMode,
} from './datastore/datastore.ts';
export { CachedObjects, type CacheOptions } from './datastore/cached-objects.ts';
export { ChainedDatastore } from './datastore/chained-datastore.ts';
export { ObjectDatastore, type ObjectDatastoreOptions } from './datastore/object-datastore.ts';
export { MemoryObjects, type ObjectStore } from './datastore/object-store.ts';
export { S3Objects } from './datastore/s3-objects.ts';
export { cameraFilePath, defaultFormatters } from './datastore/default-formatters.ts';
export { FileDatastore, type FileDatastoreOptions } from './datastore/file-datastore.ts';
export { DEFAULT_TEMPLATES, FileTemplates } from './datastore/file-template.ts';
export { type Formatter, FormatterRegistry, type ReadContext, type WriteContext } from './datastore/formatter.ts';
export { DataCoordinate, type DataId, type DataIdValue } from './dimensions/data-coordinate.ts';
export { type DimensionGroup, isSubgroup } from './dimensions/dimension-group.ts';
export { type DimensionRecord, type FieldValue, makeRecord, type RecordField, recordFields } from './dimensions/dimension-record.ts';
export { type DimensionPacker, makePacker, type PackerName } from './dimensions/packer.ts';
export { type DimensionElement, DimensionUniverse } from './dimensions/universe.ts';
export type { UniverseConfig } from './dimensions/universe-config.ts';
export {
  ArtifactCorruptError,
  ArtifactMissingError,
  ArtifactStoreError,
  ArtifactWriteError,
  CollectionTypeError,
  DataIdError,
  DatabaseBusyError,
  DatabaseConnectionError,
  DatasetConflictError,
  DatasetNotFoundError,
  DatasetTypeConflictError,
  DimensionRecordError,
  ExchangeFormatError,
  ExpressionMeaningError,
  ExpressionSyntaxError,
  FileTemplateError,
  FormatterNotFoundError,
  IncompatibleRepositoryError,
  QueryError,
  RawHeaderError,
  ReadOnlyRepositoryError,
  ReadParameterError,
  RegionEncodingError,
  RemoteRefusedError,
  RepositoryExistsError,
  RepositoryNotFoundError,
  StillReferencedError,
  StorageClassError,
  TimespanError,
  TransactionLostError,
  UniverseConfigError,
  UnknownCollectionError,
  UnknownDatasetTypeError,
  UnknownDimensionError,
  ValidityConflictError,
} from './errors.ts';
export type { Binds, BindValue } from './query/compile-where.ts';
export { globToRegExp, matchesAnyGlob } from './query/glob.ts';
export { parseWhere } from './query/parse-where.ts';
export { type DatasetSearch, type GeneralRow, Query, type QueryEngine, type QueryResults, type QueryState } from './query/query.ts';
export type { ColumnValue } from './query/run-plan.ts';
export { type BinaryOperator, type Expression, expressionToJson, formatExpression } from './query/where-tree.ts';
export { showSpan } from './registry/associations.ts';
export type { ChainEdit, CollectionRecord, CollectionSummary, CollectionType } from './registry/collections.ts';
export type { FindOptions, Registry } from './registry/registry.ts';
export { ingestBundle, writeBundle } from './exchange/bundle.ts';
export { exportDatasets, type ExportRequest, exportToFolder } from './exchange/export.ts';
export { importDatasets, type ImportOptions, type ImportReport } from './exchange/import.ts';
export { ingestFiles, type IngestOptions } from './exchange/ingest-files.ts';
export { retrieveArtifacts, type RetrieveOptions } from './exchange/retrieve.ts';
export { transferDatasets, type TransferOptions } from './exchange/transfer.ts';
export { migrateRepository, type MigrateOptions, type MigrationReport } from './migration/migrate-repository.ts';
export { checkRepository } from './maintenance/fsck.ts';
export type { FsckOptions, FsckProblem, FsckReport } from './maintenance/fsck-report.ts';
export { pruneDatasets, type PruneOptions, type PruneReport, removeRuns } from './maintenance/prune.ts';
export { applyRetention, parseRetentionRules, type RetentionReport, type RetentionRule } from './maintenance/retention.ts';
export { defineVisits, type DefineVisitsOptions, detectorFootprints } from './raws/define-visits.ts';
export { type Grouping, GROUPINGS } from './raws/group-exposures.ts';
export { type IngestFailure, ingestRaws, type IngestRawsOptions, type IngestRawsReport } from './raws/ingest-raws.ts';
export { updateRegions, type UpdateRegionsOptions } from './raws/update-regions.ts';
export { registerInstrument, VISIT_SYSTEMS } from './raws/register-instrument.ts';
export { writeCuratedCalibrations } from './raws/write-curated-calibrations.ts';
export { connectButler } from './remote/connect-from-node.ts';
export type { ConnectOptions } from './remote/connection.ts';
export type { RemoteButlerOptions } from './remote/connect-butler.ts';
export type { LocalFiles } from './remote/local-files.ts';
export { type ButlerHandler, butlerHandler, type ButlerHandlerOptions, type RemoteUser } from './remote/handler.ts';
export type { TransactionLimits } from './remote/transactions.ts';
export { spanOfDataId } from './registry/span-of-data-id.ts';
export { SqlRegistry } from './registry/sql-registry.ts';
export type { Database, InsertOptions, Query as SqlQuery, Row, SqlValue } from './sql/database.ts';
export { openPgPool } from './sql/pg-pool.ts';
export { PostgresDatabase, type PostgresPool, type PostgresSession } from './sql/postgres-database.ts';
export { SqliteDatabase } from './sql/sqlite-database.ts';
