/** What a program needs that reaches a repository through a server; no part of it touches files or databases, so it runs in a browser. */
export {
  type ButlerDefaults,
  CoreButler,
  type DeferredDataset,
  type GetOptions,
  type PutOptions,
  type PutRequest,
  type QueryOptions,
  type SearchOptions,
} from './butler/core-butler.ts';
export { type DatasetRef, describeRef } from './datasets/dataset-ref.ts';
export type { DatasetType } from './datasets/dataset-type.ts';
export { DataCoordinate, type DataId, type DataIdValue } from './dimensions/data-coordinate.ts';
export type { DimensionRecord } from './dimensions/dimension-record.ts';
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
export { ingestFiles, type IngestOptions } from './exchange/ingest-files.ts';
export { checkRepository } from './maintenance/fsck.ts';
export type { FsckOptions, FsckProblem, FsckReport } from './maintenance/fsck-report.ts';
export { pruneDatasets, type PruneOptions, type PruneReport } from './maintenance/prune.ts';
export { parseWhere } from './query/parse-where.ts';
export { type GeneralRow, Query, type QueryResults } from './query/query.ts';
export { type Expression, expressionToJson, formatExpression } from './query/where-tree.ts';
export { connectButler, type RemoteButlerOptions } from './remote/connect-butler.ts';
export type { ConnectOptions } from './remote/connection.ts';
export type { LocalFiles } from './remote/local-files.ts';
