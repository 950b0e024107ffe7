import type { DaliParameters } from '@almagest/dali';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Identity } from '@almagest/auth';
import { JobNotFoundError, JobPhaseError, QuotaError } from '../errors.ts';
import { ACTIVE_PHASES, type Job, type Phase } from '../models/job.ts';
import type { JobStore } from '../storage/job-store.ts';
import { createLanes, type LaneName, type Lanes, type LaneWidths } from './lanes.ts';
import type { Upload, UploadLimits } from './read-upload.ts';

export interface JobLimits {
  readonly maxJobsPerUser: number;
  /** Synchronous queries that one user, or one address without a user, may have open. */
  readonly maxSyncPerUser: number;
  /** Results that one user may keep [byte]. */
  readonly maxResultBytesPerUser: number;
  readonly defaultMaxRows: number;
  readonly hardMaxRows: number;
  /** Default and greatest run time [s]. */
  readonly executionDuration: { readonly default: number; readonly hard: number };
  /** Time that results are kept [s]. */
  readonly retention: { readonly default: number; readonly hard: number };
  readonly uploads: UploadLimits;
  readonly lanes: LaneWidths;
}

export interface JobService {
  create(identity: Identity, parameters: DaliParameters, uploads: readonly Upload[]): Promise<Job>;
  get(id: string, owner: string): Job;
  list(owner: string): readonly Job[];
  start(id: string, owner: string): Promise<Job>;
  abort(id: string, owner: string): Promise<Job>;
  remove(id: string, owner: string): Promise<void>;
  update(
    id: string,
    owner: string,
    change: { executionDuration?: number; destruction?: string; parameters?: DaliParameters },
  ): Promise<Job>;
  /** Resolves when the job leaves `phase`, or after `seconds`. */
  wait(id: string, owner: string, phase: Phase, seconds: number, signal: AbortSignal): Promise<Job>;
  /** The file of a result; `id` is one that the job has. */
  resultPath(job: Job, id: string): string;
  readonly lanes: Lanes;
  close(): Promise<void>;
}

/** What the jobs of a service do. */
export interface JobRunner {
  /** Jobs that read little do not wait for those that read much. */
  laneOf(job: Job): Promise<LaneName>;
  /** Does the work in the job's folder. @returns What the job has then: its result or results. */
  run(job: Job, surroundings: JobSurroundings): Promise<Pick<Job, 'result' | 'results'>>;
}

export interface JobSurroundings {
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly report: (progress: { readonly rows: number; readonly bytes: number }) => void;
}

/** Limits of jobs whatever they do. */
export type UwsLimits = Pick<JobLimits, 'maxJobsPerUser' | 'maxResultBytesPerUser' | 'executionDuration' | 'retention' | 'lanes'>;

/** Least time between two notes of a job's progress [ms]. */
const PROGRESS_MS = 500;

/** Runs jobs, keeps their state on disk, and takes up again what an earlier process had queued. */
export function createJobService(store: JobStore, runner: JobRunner, limits: UwsLimits): JobService {
  const running = new Map<string, AbortController>();
  const watchers = new Map<string, Set<() => void>>();
  const lanes = createLanes(limits.lanes);

  const save = async (job: Job): Promise<Job> => {
    await store.put(job);
    for (const wake of watchers.get(job.id) ?? []) wake();
    return job;
  };
  const get = (id: string, owner: string): Job => {
    const job = store.find(id);
    if (!job || job.owner !== owner) throw new JobNotFoundError(`there is no job ${id}`, { details: { job: id } });
    return job;
  };
  const change = (id: string, part: Partial<Job>): Promise<Job> => {
    const job = store.find(id);
    if (!job) throw new JobNotFoundError(`there is no job ${id}`, { details: { job: id } });
    return save({ ...job, ...part });
  };

  const execute = async (id: string): Promise<void> => {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      await lanes.run(await laneOf(id), controller.signal, async () => {
        const job = await change(id, { phase: 'EXECUTING', startTime: now() });
        const timer =
          job.executionDuration > 0
            ? setTimeout(() => controller.abort(new Error(`it ran longer than ${job.executionDuration} s`)), job.executionDuration * 1000)
            : undefined;
        try {
          await runJob(job, controller.signal);
        } finally {
          clearTimeout(timer);
        }
      });
    } catch (error) {
      const job = store.find(id);
      if (job && job.phase !== 'ABORTED') await fail(job, controller.signal.aborted ? controller.signal.reason : error);
    } finally {
      running.delete(id);
    }
  };

  const laneOf = async (id: string): Promise<LaneName> => {
    const job = store.find(id);
    return job ? await runner.laneOf(job) : 'fast';
  };

  const fail = async (job: Job, error: unknown): Promise<void> => {
    const message = error instanceof Error ? error.message : String(error);
    await change(job.id, { phase: 'ERROR', endTime: now(), error: { type: 'fatal', message } });
  };

  const runJob = async (job: Job, signal: AbortSignal): Promise<void> => {
    let noted = 0;
    let noting: Promise<unknown> = Promise.resolve();
    const report = (progress: { readonly rows: number; readonly bytes: number }): void => {
      if (performance.now() - noted < PROGRESS_MS) return;
      noted = performance.now();
      noting = change(job.id, { progress }).catch(() => undefined);
    };
    const results = await runner.run(job, { folder: store.folderOf(job.id), signal, report });
    await noting;
    await change(job.id, { phase: 'COMPLETED', endTime: now(), ...results });
  };

  const sweep = setInterval(() => {
    for (const job of store.all())
      if (Date.parse(job.destruction) < Date.now()) void service.remove(job.id, job.owner).catch(() => undefined);
  }, 60_000);
  sweep.unref();

  const service: JobService = {
    lanes,
    get,
    list: (owner) => store.all().filter((job) => job.owner === owner),
    create: async (identity, parameters, uploads) => {
      const owner = identity.user;
      const mine = store.all().filter((job) => job.owner === owner && ACTIVE_PHASES.has(job.phase));
      if (mine.length >= limits.maxJobsPerUser)
        throw new QuotaError(`you have ${mine.length} jobs that have not ended; at most ${limits.maxJobsPerUser} are allowed`, {
          details: { limit: limits.maxJobsPerUser },
        });
      const kept = store.all().reduce((sum, job) => sum + (job.owner === owner ? bytesOf(job) : 0), 0);
      if (kept >= limits.maxResultBytesPerUser)
        throw new QuotaError(`your jobs keep ${kept} bytes of results; at most ${limits.maxResultBytesPerUser} are allowed: delete some`, {
          details: { limit: limits.maxResultBytesPerUser },
        });
      const id = randomUUID();
      const runId = parameters.find('RUNID');
      const job: Job = {
        id,
        owner,
        rights: { scopes: [...identity.scopes], groups: [...(identity.groups ?? [])] },
        phase: 'PENDING',
        ...(runId === undefined ? {} : { runId }),
        parameters: parameters.entries().filter(([name]) => name !== 'PHASE' && name !== 'UPLOAD' && name !== 'RUNID'),
        uploads: uploads.map(({ name }, i) => ({ name, file: `upload-${i}` })),
        creationTime: now(),
        executionDuration: limits.executionDuration.default,
        destruction: new Date(Date.now() + limits.retention.default * 1000).toISOString(),
      };
      await save(job);
      for (const [i, { bytes }] of uploads.entries()) await writeFile(join(store.folderOf(id), `upload-${i}`), bytes);
      return job;
    },
    start: async (id, owner) => {
      const job = get(id, owner);
      if (job.phase !== 'PENDING' && job.phase !== 'HELD')
        throw new JobPhaseError(`a job can be run when PENDING; this one is ${job.phase}`, { details: { phase: job.phase } });
      const queued = await change(id, { phase: 'QUEUED' });
      void execute(id);
      return queued;
    },
    abort: async (id, owner) => {
      const job = get(id, owner);
      if (!ACTIVE_PHASES.has(job.phase)) return job;
      const aborted = await change(id, { phase: 'ABORTED', endTime: now() });
      running.get(id)?.abort(new Error('aborted by its owner'));
      return aborted;
    },
    remove: async (id, owner) => {
      await service.abort(id, owner);
      await store.remove(id);
      for (const wake of watchers.get(id) ?? []) wake();
    },
    update: async (id, owner, { executionDuration, destruction, parameters }) => {
      const job = get(id, owner);
      if (parameters && job.phase !== 'PENDING')
        throw new JobPhaseError(`parameters can be changed while PENDING; this job is ${job.phase}`, { details: { phase: job.phase } });
      const names = new Set(parameters?.entries().map(([name]) => name));
      return change(id, {
        ...(executionDuration === undefined
          ? {}
          : {
              executionDuration:
                executionDuration === 0 ? limits.executionDuration.hard : Math.min(executionDuration, limits.executionDuration.hard),
            }),
        ...(destruction === undefined ? {} : { destruction: earlier(destruction, limits.retention.hard) }),
        ...(parameters ? { parameters: [...job.parameters.filter(([name]) => !names.has(name)), ...parameters.entries()] } : {}),
      });
    },
    wait: (id, owner, phase, seconds, signal) => waitForChange(() => get(id, owner), watchers, id, phase, seconds, signal),
    resultPath: (job, id) => join(store.folderOf(job.id), id),
    close: async () => {
      clearInterval(sweep);
      for (const controller of running.values()) controller.abort(new Error('the service stops'));
      while (running.size > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    },
  };
  void recover(store, service, save);
  return service;
}

/** Jobs that were queued or running when an earlier process ended are run again; their answers do not depend on it. */
async function recover(store: JobStore, service: JobService, save: (job: Job) => Promise<Job>): Promise<void> {
  for (const job of store.all()) {
    if (job.phase !== 'QUEUED' && job.phase !== 'EXECUTING') continue;
    const { startTime: _start, progress: _progress, ...rest } = job;
    await save({ ...rest, phase: 'PENDING' });
    await service.start(job.id, job.owner);
  }
}

async function waitForChange(
  get: () => Job,
  watchers: Map<string, Set<() => void>>,
  id: string,
  phase: Phase,
  seconds: number,
  signal: AbortSignal,
): Promise<Job> {
  const job = get();
  if (job.phase !== phase || !ACTIVE_PHASES.has(job.phase) || seconds <= 0) return job;
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline && !signal.aborted && get().phase === phase)
    await new Promise<void>((resolve) => {
      const wakers = watchers.get(id) ?? new Set();
      watchers.set(id, wakers);
      const wake = (): void => {
        clearTimeout(timer);
        wakers.delete(wake);
        if (wakers.size === 0) watchers.delete(id);
        resolve();
      };
      const timer = setTimeout(wake, Math.max(1, deadline - Date.now()));
      wakers.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  return get();
}

function bytesOf({ result, results = [] }: Job): number {
  return results.reduce((sum, { bytes }) => sum + bytes, result?.bytes ?? 0);
}

/** Who made a job, with the rights of then. */
export function identityOf({ owner, rights }: Job): Identity {
  return { user: owner, scopes: new Set(rights?.scopes), groups: new Set(rights?.groups) };
}

function now(): string {
  return new Date().toISOString();
}

function earlier(destruction: string, retentionSec: number): string {
  const latest = Date.now() + retentionSec * 1000;
  const wanted = Date.parse(destruction);
  return new Date(Number.isNaN(wanted) ? latest : Math.min(wanted, latest)).toISOString();
}
