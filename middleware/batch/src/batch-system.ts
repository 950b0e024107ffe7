/** What a job is doing, in words that every batch system can be translated to. */
export type JobState =
  | 'pending'
  | 'held'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'out-of-memory'
  | 'timed-out'
  | 'node-failed'
  | 'cancelled'
  | 'unknown';

export interface JobRequest {
  readonly name: string;
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly workDir: string;
  readonly outputPath: string;
  readonly cores: number;
  readonly memoryMib: number;
  /** Wall-clock limit [s]; 0 for the system's own. */
  readonly walltimeSec: number;
  /** Jobs that must have ended, well or not. */
  readonly after: readonly string[];
  /** Further options of the system, as given by the user. */
  readonly extra: readonly string[];
}

export interface JobStatus {
  readonly state: JobState;
  /** Why it waits or how it ended, in the system's words. */
  readonly reason: string;
  readonly node: string;
  readonly elapsedSec: number;
  readonly memoryMib: number;
  readonly restarts: number;
}

/**
 * A batch system. Slurm is one; the room's README tells what the verbs are in HTCondor and Kubernetes, and
 * `test/conformance/batch-system.ts` what each must do.
 */
export interface BatchSystem {
  readonly name: string;
  /** @throws {BatchSystemError} */
  readonly submit: (job: JobRequest) => Promise<string>;
  /** States of jobs that the system still knows. */
  readonly query: (ids: readonly string[]) => Promise<ReadonlyMap<string, JobStatus>>;
  readonly cancel: (ids: readonly string[]) => Promise<void>;
}

/** Whether a job will do no more. */
export function isEnded(state: JobState): boolean {
  return !['pending', 'held', 'running', 'unknown'].includes(state);
}
