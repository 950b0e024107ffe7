import type { NextVisit } from '../announcements/next-visit.ts';
import type { RawUnit, StageTime, UnitOutcome } from '../units/unit.ts';

/** What preloading found and read, for the record. */
export interface PreloadReport {
  /** Datasets by type that are now in memory of the worker. */
  readonly datasets: Readonly<Record<string, number>>;
  readonly bytes: number;
  /** Objects and sources that the alert database knows in the field. */
  readonly objects: number;
  readonly sources: number;
}

export interface ProcessOptions {
  /** Told of each stage as it ends. */
  readonly onStage: (stage: StageTime) => void;
  /** Ends the work; what is done is kept for the next claim. */
  readonly signal: AbortSignal;
}

/** What the daemon asks of those who know pixels. */
export interface UnitProcessor {
  /** Science detectors of an instrument, for announcements that name none. */
  readonly detectorsOf: (instrument: string) => Promise<readonly number[]>;
  /** Takes a raw into the repository and says what it holds; again, it says the same. @throws {RawRejectedError} */
  readonly ingest: (path: string) => Promise<readonly RawUnit[]>;
  /** Loads what a detector of an announced visit will need. */
  readonly preload: (visit: NextVisit, detector: number, signal: AbortSignal) => Promise<PreloadReport>;
  /** Runs a unit to its alerts. Can be called again after a crash at any moment: nothing is done or sent twice. */
  readonly process: (unit: RawUnit, options: ProcessOptions) => Promise<UnitOutcome>;
  /** Raws of the repository that were never processed, newest first. */
  readonly backlog: () => Promise<readonly RawUnit[]>;
  readonly close: () => Promise<void>;
}
