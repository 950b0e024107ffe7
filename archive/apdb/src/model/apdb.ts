import type { Region } from '@almagest/sphere';
import type { Table } from '@almagest/table';
import type { ApdbUpdate } from './update.ts';

/** Which part of a history is wanted. */
export interface HistoryQuery {
  /** Histories of the pixels that touch this region: complete inside, with some rows from just outside. */
  readonly region?: Region;
  /** Histories of exactly these objects, wherever their sources lie. Given together with `region`, the ids alone decide. */
  readonly diaObjectIds?: BigInt64Array;
  /** End of the window, excluded [MJD TAI]. */
  readonly untilMjdTai: number;
  /** Begin of the window [MJD TAI]; 365 days before the end by default. */
  readonly fromMjdTai?: number;
  /** Columns wanted, in this order; all of the table by default. */
  readonly columns?: readonly string[];
  /** Whether rows that were withdrawn are wanted as well; they are not by default. */
  readonly withdrawn?: boolean;
}

/** Everything that one detector of one visit adds. Tables have columns of `schemas/apdb.yaml`; missing ones are null. */
export interface VisitBatch {
  readonly visit: bigint;
  readonly detector: number;
  /** Middle of the exposure [MJD TAI]; versions of objects are valid from here. */
  readonly visitMjdTai: number;
  /** Time of this call [MJD TAI]: goes to `timeProcessedMjdTai` and decides the replication chunk. */
  readonly processedMjdTai: number;
  /** New versions of objects that were seen now, valid from this visit, or from `validityStartMjdTai` where the table has it. */
  readonly objects: Table;
  readonly sources: Table;
  readonly forcedSources?: Table;
  /** Predicted positions of the Solar System objects among the sources. */
  readonly ssSources?: Table;
}

export interface StoreOutcome {
  /** False where the same rows were stored before, so that nothing was done. */
  readonly stored: boolean;
  readonly replicaChunk: number;
}

/** What is known of a detector and visit that was stored. */
export interface StoredVisitDetector {
  readonly visit: bigint;
  readonly detector: number;
  readonly visitMjdTai: number;
  readonly processedMjdTai: number;
  readonly replicaChunk: number;
  readonly objects: number;
  readonly sources: number;
  readonly forcedSources: number;
}

/** Tables of Solar System results that are replaced row by row. */
export type SolarSystemTable = 'SSObject' | 'SSSource' | 'mpc_orbits';

/** Tables whose rows are replicated. */
export type ReplicatedTable = 'DiaObject' | 'DiaSource' | 'DiaForcedSource' | 'SSSource';

export interface ReplicaChunk {
  readonly id: number;
  /** Last change [MJD TAI]. */
  readonly updatedMjdTai: number;
}

/** An update with its place among all updates. */
export interface UpdateRecord {
  readonly replicaChunk: number;
  readonly order: number;
  readonly processedMjdTai: number;
  readonly update: ApdbUpdate;
}

/**
 * The database that remembers what changed in the sky.
 *
 * One call of {@link Apdb.store} is one transaction: after a crash either nothing or everything of it is there.
 * Rows come and go as tables with 64-bit ids exact. Every implementation passes `apdbConformance`.
 */
export interface Apdb {
  /** Version of the tables. */
  readonly schemaVersion: string;

  /** Latest version of each object whose position lies in the region; objects whose validity was closed are left out. */
  getDiaObjects(region: Region, options?: { readonly columns?: readonly string[] }): Promise<Table>;
  /** Latest version of each of these objects, ordered by id; unknown ids are left out. */
  getDiaObjectsById(diaObjectIds: BigInt64Array): Promise<Table>;
  /** Detections, ordered by object and time. */
  getDiaSources(query: HistoryQuery): Promise<Table>;
  /** Forced photometry, ordered by object and time. */
  getDiaForcedSources(query: HistoryQuery): Promise<Table>;
  /** All sources of one visit and detector as they are now, ordered by id: what a repeated run sends out. */
  getVisitSources(visit: bigint, detector: number): Promise<Table>;
  /** Sources with neither an object nor a Solar System object, for linking. */
  getUnassociatedSources(fromMjdTai: number, untilMjdTai: number): Promise<Table>;

  containsVisitDetector(visit: bigint, detector: number): Promise<boolean>;
  getVisitDetector(visit: bigint, detector: number): Promise<StoredVisitDetector | undefined>;
  /**
   * Adds what one detector of one visit saw. Repeating it does nothing; the order of visits does not matter.
   *
   * @throws {VisitDetectorConflictError} if other rows are stored for this visit and detector.
   */
  store(batch: VisitBatch): Promise<StoreOutcome>;
  /**
   * Adds forced photometry on one detector of an earlier visit, in one transaction: precovery of objects found later.
   * Rows of an object, visit and detector that are there already stay as they are.
   *
   * @returns How many rows were added.
   */
  storeForcedSources(visit: bigint, detector: number, forcedSources: Table, processedMjdTai: number): Promise<number>;
  /** Changes single rows, in the order given, all or none; repeating it does nothing. */
  applyUpdates(updates: readonly ApdbUpdate[], processedMjdTai: number): Promise<void>;
  /** Replaces rows of Solar System tables by primary key. */
  replaceRows(table: SolarSystemTable, rows: Table): Promise<void>;
  /** Rows of a Solar System table by primary key. */
  getRows(table: SolarSystemTable, ids: BigInt64Array): Promise<Table>;
  /** Orbits of the objects with these unpacked primary designations, ordered by designation; unknown ones are left out. */
  getOrbits(designations: readonly string[]): Promise<Table>;

  /** Objects made since the last {@link Apdb.resetDedup}: what a search for duplicates looks at. */
  getDiaObjectsForDedup(): Promise<Table>;
  /** Forgets candidates that were made before this time of processing [MJD TAI]. */
  resetDedup(beforeMjdTai: number): Promise<void>;

  getReplicaChunks(): Promise<readonly ReplicaChunk[]>;
  /** Rows of a table that these chunks added, as they are now. */
  getChunkRows(table: ReplicatedTable, chunks: readonly number[]): Promise<Table>;
  /** Updates of these chunks, in the order in which they were made. */
  getUpdateRecords(chunks: readonly number[]): Promise<readonly UpdateRecord[]>;
  /** Forgets the bookkeeping of chunks that were replicated; rows stay. */
  deleteReplicaChunks(chunks: readonly number[]): Promise<void>;

  getMetadata(key: string): Promise<string | undefined>;
  setMetadata(key: string, value: string): Promise<void>;
  close(): Promise<void>;
}
