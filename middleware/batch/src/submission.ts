import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MockOptions, StoreSpec } from '@almagest/pipeline';
import type { Cluster } from './cluster.ts';
import type { BatchConfig } from './config.ts';
import { SubmissionNotFoundError } from './errors.ts';

/** How the last job registers the outputs of a run: a function that a module exports, called with plain options and the graph's path. */
export interface RegistrarSpec {
  readonly open: string;
  readonly options: unknown;
}

/** What a batch run is; written once. */
export interface Submission {
  readonly graphPath: string;
  readonly provenancePath: string;
  readonly store: StoreSpec;
  readonly registrar?: RegistrarSpec;
  readonly mock?: MockOptions;
  readonly config: BatchConfig;
  readonly clusters: readonly Cluster[];
}

/** One job of a cluster, or the last job. */
export interface JobRecord {
  /** Place of the cluster, or -1 for the last job. */
  readonly cluster: number;
  readonly attempt: number;
  readonly jobId: string;
  readonly memoryMib: number;
  /** Multiple of the memory that tasks ask for. */
  readonly memoryScale: number;
}

/** What a job leaves when it ends by itself. */
export interface JobMarker {
  readonly cluster: number;
  readonly attempt: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly waiting: number;
  readonly outOfMemory: boolean;
}

/** Paths inside the folder of a submission. */
export function submissionPaths(dir: string): {
  readonly submission: string;
  readonly jobs: string;
  readonly part: (cluster: number) => string;
  readonly marker: (cluster: number, attempt: number) => string;
  readonly log: (name: string, attempt: number) => string;
} {
  return {
    submission: join(dir, 'submission.json'),
    jobs: join(dir, 'jobs.jsonl'),
    part: (cluster) => join(dir, 'parts', `${cluster}.prov`),
    marker: (cluster, attempt) => join(dir, 'done', `${cluster}-${attempt}.json`),
    log: (name, attempt) => join(dir, 'logs', `${name}-${attempt}.log`),
  };
}

export function writeSubmission(dir: string, submission: Submission): void {
  for (const folder of ['parts', 'done', 'logs']) mkdirSync(join(dir, folder), { recursive: true });
  writeWhole(submissionPaths(dir).submission, submission);
}

/** @throws {SubmissionNotFoundError} if there is none. */
export function readSubmission(dir: string): Submission {
  return readJson(submissionPaths(dir).submission, dir) as Submission;
}

/** Jobs of a submission, in order. A line that a killed submitter left half is passed over. */
export function readJobs(dir: string): readonly JobRecord[] {
  const path = submissionPaths(dir).jobs;
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.flatMap((line) => (line.endsWith('}') ? [JSON.parse(line) as JobRecord] : []));
}

export function appendJob(dir: string, job: JobRecord): void {
  appendFileSync(submissionPaths(dir).jobs, `${JSON.stringify(job)}\n`);
}

export function readMarker(dir: string, cluster: number, attempt: number): JobMarker | undefined {
  const path = submissionPaths(dir).marker(cluster, attempt);
  return existsSync(path) ? (readJson(path, dir) as JobMarker) : undefined;
}

export function writeMarker(dir: string, marker: JobMarker): void {
  writeWhole(submissionPaths(dir).marker(marker.cluster, marker.attempt), marker);
}

/** Writes under another name first, so that a reader sees all or nothing. */
function writeWhole(path: string, value: unknown): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, JSON.stringify(value));
  renameSync(temporary, path);
}

function readJson(path: string, dir: string): unknown {
  if (!existsSync(path)) throw new SubmissionNotFoundError(`${dir} holds no batch submission`);
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch (cause) {
    throw new SubmissionNotFoundError(`${path} is damaged`, { cause });
  }
}
