import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  beginOutputs,
  finalResults,
  isDone,
  type MockOptions,
  openGraphFile,
  type QuantumResult,
  readProvenance,
  type Registrar,
  type StoreSpec,
} from '@almagest/pipeline';
import { type BatchSystem, isEnded, type JobStatus } from './batch-system.ts';
import { type Cluster, clusterGraph } from './cluster.ts';
import type { BatchConfig } from './config.ts';
import {
  appendJob,
  type JobRecord,
  readJobs,
  readMarker,
  readSubmission,
  type RegistrarSpec,
  type Submission,
  submissionPaths,
  writeSubmission,
} from './submission.ts';

export interface SubmitOptions {
  /** Folder of the submission, on a file system that the jobs see. */
  readonly dir: string;
  readonly graphPath: string;
  /** File that the last job joins the parts into. */
  readonly provenancePath: string;
  readonly store: StoreSpec;
  readonly system: BatchSystem;
  readonly config: BatchConfig;
  /** How the last job registers outputs; absent: files only. */
  readonly registrar?: RegistrarSpec;
  /** Registers what is made once per run, now. */
  readonly register?: Registrar['register'];
  readonly mock?: MockOptions;
  readonly packages?: Readonly<Record<string, string>>;
}

/** Cuts a graph into jobs and submits them; the last one joins provenance and registers the outputs. */
export async function submitRun(options: SubmitOptions): Promise<readonly JobRecord[]> {
  const { dir, graphPath, provenancePath, store, system, config, registrar, mock, packages = {} } = options;
  const file = openGraphFile(graphPath);
  const graph = file.load();
  file.close();
  const clusters = clusterGraph(graph, config);
  const initial = await beginOutputs(graph, { store, packages, ...(mock ? { mock } : {}) });
  await options.register?.(initial);
  writeSubmission(dir, {
    graphPath,
    provenancePath,
    store,
    config,
    clusters,
    ...(registrar ? { registrar } : {}),
    ...(mock ? { mock } : {}),
  });
  return submitClusters({ dir, system, wanted: clusters.map((_, place) => place), active: new Map(), scaleOf: () => 1 });
}

interface SubmitClusters {
  readonly dir: string;
  readonly system: BatchSystem;
  /** Places of clusters to submit, in order. */
  readonly wanted: readonly number[];
  /** Jobs of clusters that are still in the system. */
  readonly active: ReadonlyMap<number, string>;
  readonly scaleOf: (place: number) => number;
}

async function submitClusters({ dir, system, wanted, active, scaleOf }: SubmitClusters): Promise<readonly JobRecord[]> {
  const { clusters, config } = readSubmission(dir);
  const before = readJobs(dir);
  const ids = new Map(active);
  const submitted: JobRecord[] = [];
  const submit = async (
    cluster: number,
    request: {
      readonly name: string;
      readonly cores: number;
      readonly memoryMib: number;
      readonly memoryScale: number;
      readonly walltimeSec: number;
      readonly after: readonly string[];
    },
  ): Promise<void> => {
    const { name, cores, memoryMib, memoryScale, walltimeSec, after } = request;
    const attempt = before.filter((job) => job.cluster === cluster).length + 1;
    const command = [
      process.execPath,
      fileURLToPath(new URL('./job-main.ts', import.meta.url)),
      dir,
      cluster < 0 ? 'final' : String(cluster),
      String(attempt),
      String(memoryMib),
      String(memoryScale),
    ];
    const outputPath = submissionPaths(dir).log(name, attempt);
    const jobId = await system.submit({
      name,
      command,
      workDir: dir,
      outputPath,
      cores,
      memoryMib,
      walltimeSec,
      after,
      extra: config.extra,
    });
    const job = { cluster, attempt, jobId, memoryMib, memoryScale };
    appendJob(dir, job);
    submitted.push(job);
    ids.set(cluster, jobId);
  };
  for (const place of wanted) {
    const { name, cores, memoryMib, expectedSec, needs } = clusters[place] as Cluster;
    const memoryScale = scaleOf(place);
    const asked = Math.min(config.memoryLimitMib, Math.ceil(memoryMib * memoryScale) + config.memoryOverheadMib);
    const after = needs.flatMap((need) => ids.get(need) ?? []);
    // oxlint-disable-next-line no-await-in-loop -- later jobs name earlier ones
    await submit(place, { name, cores, memoryMib: asked, memoryScale, walltimeSec: expectedSec * config.walltimeFactor, after });
  }
  const read = new Set(clusters.flatMap(({ needs }) => needs));
  const leaves = [...ids].filter(([place]) => place >= 0 && !read.has(place)).map(([, id]) => id);
  const followed = leaves.length > 0 ? leaves : [...ids.values()];
  await submit(-1, { name: 'final', cores: 1, memoryMib: 500 + config.memoryOverheadMib, memoryScale: 1, walltimeSec: 0, after: followed });
  return submitted;
}

/** One cluster as a report shows it. */
export interface ClusterReport {
  readonly name: string;
  readonly quanta: number;
  readonly done: number;
  readonly failed: number;
  readonly attempts: number;
  readonly jobId: string;
  /** The system's word, or what the cluster's own files say once the system has forgotten the job. */
  readonly state: JobStatus['state'];
  readonly reason: string;
  readonly memoryMib: number;
  readonly outOfMemory: boolean;
}

export interface BatchReport {
  readonly clusters: readonly ClusterReport[];
  /** Jobs by state. */
  readonly states: Readonly<Record<string, number>>;
  /** Waiting jobs by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly tasks: readonly {
    readonly label: string;
    readonly quanta: number;
    readonly done: number;
    readonly failed: number;
    readonly blocked: number;
    readonly waiting: number;
  }[];
  readonly quanta: number;
  readonly done: number;
  readonly failed: number;
  /** No job is in the system any more. */
  readonly ended: boolean;
  /** The last job joined everything, and every quantum is done. */
  readonly complete: boolean;
}

/** Tells how a submission stands, from the batch system and from what the jobs wrote. */
export async function reportRun(dir: string, system: BatchSystem): Promise<BatchReport> {
  const submission = readSubmission(dir);
  const jobs = readJobs(dir);
  const last = new Map(jobs.map((job) => [job.cluster, job]));
  const known = await system.query([...last.values()].map(({ jobId }) => jobId));
  const results = submission.clusters.map((_, place) => resultsOf(dir, place));
  const clusters = submission.clusters.map((cluster, place) =>
    reportCluster(dir, { cluster, place, results: results[place] ?? [], job: last.get(place), known }),
  );
  const final = last.get(-1);
  const finalStatus = final && known.get(final.jobId);
  const finalMarker = final && readMarker(dir, -1, final.attempt);
  const states: Record<string, number> = {};
  const reasons: Record<string, number> = {};
  for (const { state, reason } of clusters) {
    states[state] = (states[state] ?? 0) + 1;
    if ((state === 'pending' || state === 'held') && reason !== '') reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  const quanta = clusters.reduce((sum, each) => sum + each.quanta, 0);
  const done = clusters.reduce((sum, each) => sum + each.done, 0);
  const active = clusters.some(({ state }) => !isEnded(state)) || (finalStatus !== undefined && !isEnded(finalStatus.state));
  return {
    clusters,
    states,
    reasons,
    tasks: reportTasks(submission, results.flat()),
    quanta,
    done,
    failed: clusters.reduce((sum, each) => sum + each.failed, 0),
    ended: !active,
    complete: done === quanta && finalMarker !== undefined && finalMarker.waiting === 0,
  };
}

function reportCluster(
  dir: string,
  {
    cluster,
    place,
    results,
    job,
    known,
  }: {
    readonly cluster: Cluster;
    readonly place: number;
    readonly results: readonly QuantumResult[];
    readonly job: JobRecord | undefined;
    readonly known: ReadonlyMap<string, JobStatus>;
  },
): ClusterReport {
  const done = results.filter(({ status }) => isDone(status)).length;
  const failed = results.filter(({ status }) => status === 'failed').length;
  const status = job && known.get(job.jobId);
  const marker = job && readMarker(dir, place, job.attempt);
  // A job that the system has forgotten has ended.
  const state = status?.state ?? (done === cluster.quanta.length ? 'succeeded' : job ? 'failed' : 'unknown');
  const reason = status?.reason ?? (marker ? '' : 'the batch system no longer knows the job, and it left no word');
  const outOfMemory = state === 'out-of-memory' || marker?.outOfMemory === true;
  return {
    name: cluster.name,
    quanta: cluster.quanta.length,
    done,
    failed,
    attempts: job?.attempt ?? 0,
    jobId: job?.jobId ?? '',
    state,
    reason,
    memoryMib: job?.memoryMib ?? 0,
    outOfMemory,
  };
}

function reportTasks({ graphPath }: Submission, results: readonly QuantumResult[]): BatchReport['tasks'] {
  const file = openGraphFile(graphPath);
  const byLabel = Map.groupBy(results, ({ label }) => label);
  const tasks = file.tasks.map(({ label, count }) => {
    const own = byLabel.get(label) ?? [];
    const countOf = (wanted: string): number => own.filter(({ status }) => status === wanted).length;
    const done = own.filter(({ status }) => isDone(status)).length;
    const [failed, blocked] = [countOf('failed'), countOf('blocked')];
    return { label, quanta: count, done, failed, blocked, waiting: count - done - failed - blocked };
  });
  file.close();
  return tasks;
}

function resultsOf(dir: string, place: number): readonly QuantumResult[] {
  const path = submissionPaths(dir).part(place);
  return existsSync(path) ? finalResults(readProvenance(path)) : [];
}

/**
 * Submits again what is not done and not in the system; clusters that ran out of memory ask for more, and keep it.
 *
 * @returns The new jobs; none if everything is done or still under way.
 */
export async function restartRun(dir: string, system: BatchSystem): Promise<readonly JobRecord[]> {
  const { config, clusters } = readSubmission(dir);
  const report = await reportRun(dir, system);
  const jobs = readJobs(dir);
  const last = new Map(jobs.map((job) => [job.cluster, job]));
  const active = new Map<number, string>();
  const wanted: number[] = [];
  for (const [place, { state, done, quanta, jobId }] of report.clusters.entries())
    if (!isEnded(state) && jobId !== '') active.set(place, jobId);
    else if (done < quanta) wanted.push(place);
  if (report.complete || (wanted.length === 0 && active.size > 0)) return [];
  const final = last.get(-1);
  if (final) {
    const status = (await system.query([final.jobId])).get(final.jobId);
    if (status && !isEnded(status.state)) await system.cancel([final.jobId]);
  }
  const scaleOf = (place: number): number => {
    const before = last.get(place)?.memoryScale ?? 1;
    if (report.clusters[place]?.outOfMemory !== true) return before;
    const limit = (config.memoryLimitMib - config.memoryOverheadMib) / (clusters[place] as Cluster).memoryMib;
    return Math.min(before * config.memoryMultiplier, Math.max(before, limit));
  };
  return submitClusters({ dir, system, wanted, active, scaleOf });
}

/** Cancels every job of a submission that is still in the system; returns how many. What is done stays done. */
export async function cancelRun(dir: string, system: BatchSystem): Promise<number> {
  const ids = readJobs(dir).map(({ jobId }) => jobId);
  const known = await system.query(ids);
  const active = [...known].filter(([, { state }]) => !isEnded(state)).map(([id]) => id);
  if (active.length > 0) await system.cancel(active);
  return active.length;
}

export interface WaitOptions {
  readonly everyMs: number;
  /** Restarts of what failed, once everything has ended. */
  readonly restarts: number;
  readonly signal?: AbortSignal;
  readonly onReport?: (report: BatchReport) => void;
}

/** Watches a submission until it has ended; restarts what failed, with more memory where that was the reason. */
export async function waitForRun(
  dir: string,
  system: BatchSystem,
  { everyMs, restarts, signal, onReport }: WaitOptions,
): Promise<BatchReport> {
  for (let used = 0; ;) {
    // oxlint-disable-next-line no-await-in-loop -- polling
    const report = await reportRun(dir, system);
    onReport?.(report);
    if (report.complete || signal?.aborted) return report;
    if (report.ended) {
      if (used++ >= restarts) return report;
      // oxlint-disable-next-line no-await-in-loop
      await restartRun(dir, system);
    }
    // oxlint-disable-next-line no-await-in-loop
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
