export {
  ApdbColumnError,
  ApdbNotFoundError,
  ApdbRecordNotFoundError,
  ApdbRowError,
  IncompatibleApdbError,
  ReplicaOrderError,
  VisitDetectorConflictError,
} from './errors.ts';
export type {
  Apdb,
  HistoryQuery,
  ReplicaChunk,
  ReplicatedTable,
  SolarSystemTable,
  StoredVisitDetector,
  StoreOutcome,
  UpdateRecord,
  VisitBatch,
} from './model/apdb.ts';
export { type ApdbUpdate, formatUpdate, parseUpdate } from './model/update.ts';
export { type ApdbAddress, apdbIn, createApdb, createTables, openApdb } from './sql/open-apdb.ts';
export { closedChunks, HISTORY_DAYS, SqlApdb } from './sql/sql-apdb.ts';
export { CHUNK_SECONDS, chunkOf } from './sql/store-visit.ts';
export { ASSOCIATION_COLUMNS, associateDetector, type DetectorOutcome, type DetectorVisit, regionOf } from './tasks/associate-detector.ts';
export { associateTask } from './tasks/associate-task.ts';
export { type DetectorImages, measureForcedSources } from './tasks/forced-sources.ts';
export { precoverDetector, PRECOVERY_DAYS, type PrecoveryOptions } from './tasks/precover-detector.ts';
export { precoverTask } from './tasks/precover-task.ts';
export { readReplica, REPLICATED_TABLES, replicatedChunks, replicateToParquet } from './replication/replicate.ts';
export { mergeDuplicates, type MergedObject, type MergeOptions } from './tasks/merge-duplicates.ts';
