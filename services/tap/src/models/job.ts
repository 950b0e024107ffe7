import type { Scope } from '@almagest/auth';

/** A job as UWS has it, plain data that is kept as JSON. @see UWS 1.1 */
export type Phase = 'PENDING' | 'QUEUED' | 'EXECUTING' | 'COMPLETED' | 'ERROR' | 'ABORTED' | 'HELD' | 'SUSPENDED' | 'ARCHIVED' | 'UNKNOWN';

export const PHASES: readonly Phase[] = [
  'PENDING',
  'QUEUED',
  'EXECUTING',
  'COMPLETED',
  'ERROR',
  'ABORTED',
  'HELD',
  'SUSPENDED',
  'ARCHIVED',
  'UNKNOWN',
];
export const ACTIVE_PHASES: ReadonlySet<Phase> = new Set<Phase>(['PENDING', 'QUEUED', 'EXECUTING']);

export interface Job {
  readonly id: string;
  readonly owner: string;
  /** What the owner might do when the job was made. */
  readonly rights?: { readonly scopes: readonly Scope[]; readonly groups: readonly string[] };
  readonly phase: Phase;
  readonly runId?: string;
  readonly parameters: readonly (readonly [string, string])[];
  /** Uploaded tables: names and where their content is kept. */
  readonly uploads: readonly { readonly name: string; readonly file: string }[];
  /** ISO 8601 in UTC. */
  readonly creationTime: string;
  readonly startTime?: string;
  readonly endTime?: string;
  readonly quote?: string;
  /** Limit [s]; 0 means none but the service's own. */
  readonly executionDuration: number;
  readonly destruction: string;
  readonly error?: { readonly type: 'transient' | 'fatal'; readonly message: string; readonly document?: string };
  readonly result?: { readonly contentType: string; readonly bytes: number; readonly rows: number; readonly overflow: boolean };
  /** Further results, where a job makes several: each is a file of the job's folder. */
  readonly results?: readonly JobResult[];
  readonly progress?: { readonly rows: number; readonly bytes: number };
}

/** One result of a job. */
export interface JobResult {
  /** Its name in the list of results, and that of its file. */
  readonly id: string;
  readonly contentType: string;
  readonly bytes: number;
}
