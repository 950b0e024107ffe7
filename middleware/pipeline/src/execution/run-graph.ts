import { hostname } from 'node:os';
import { crc32 } from 'node:zlib';
import { formatExactJson } from '../config/exact-json.ts';
import { OutOfMemoryError, RunConflictError, WorkerSetupError } from '../errors.ts';
import { openProvenance, readProvenance, type ProvenanceBlock, type ProvenanceWriter } from '../provenance/provenance-file.ts';
import { openGraphFile } from '../quantum-graph/graph-file.ts';
import { type GraphTask, type QuantumGraph, taskOfQuantum } from '../quantum-graph/quantum-graph.ts';
import { accessOf, quantumDataId } from '../quantum-graph/quantum.ts';
import { writeInitOutputs } from './init-outputs.ts';
import type { MockOptions } from './mock.ts';
import type { ProgressEvent } from './progress.ts';
import { describeError, isDone, type OutputDataset, type QuantumResult, type QuantumStatus } from './result.ts';
import { lockRun } from './run-lock.ts';
import { makeSchedule, type Schedule, type Written } from './schedule.ts';
import { openStore, type Registrar, type StoreSpec, type WrittenDataset } from './store.ts';
import { startWorker, type Worker, type WorkerKind } from './worker.ts';

export interface RunGraphOptions {
  readonly graphPath: string;
  /** File that the run appends to; a run goes on from what is in it. */
  readonly provenancePath: string;
  readonly store: StoreSpec;
  /** Receives outputs in batches; absent: files only. */
  readonly registrar?: Registrar;
  readonly workers?: WorkerKind;
  /** Cores to use, which bounds the number of quanta at once. */
  readonly cores?: number;
  /** Memory that running quanta may ask for together [MiB]; 0 for no limit. */
  readonly memoryMib?: number;
  /** Stop starting quanta after the first failure. */
  readonly failFast?: boolean;
  /** Override what the tasks ask for. */
  readonly timeoutSec?: number;
  readonly maxAttempts?: number;
  /** Runs only these quanta. */
  readonly only?: (quantum: number) => boolean;
  /** This call is one of several that share a run: what others did comes from their files, and what is made once per run is made elsewhere. */
  readonly part?: RunPart;
  readonly mock?: MockOptions;
  readonly clobber?: boolean;
  /** Ends the run cleanly: running quanta are told to stop, what is done is kept. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (event: ProgressEvent) => void;
  /** Syncs the provenance file to the disk after every batch. */
  readonly durable?: boolean;
  readonly command?: string;
  readonly codeVersion?: string;
  readonly packages?: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
}

export interface RunPart {
  /** Provenance files of the parts whose outputs this one reads. */
  readonly upstream: readonly string[];
  /** Memory beyond which a quantum is not tried again [MiB]; 0 for no limit. */
  readonly memoryCapMib: number;
  /** Multiplies what tasks ask for, after an earlier attempt ran out of memory. */
  readonly memoryScale: number;
}

export interface RunSummary {
  readonly total: number;
  readonly counts: Readonly<Record<QuantumStatus, number>>;
  /** Quanta that earlier sessions had done. */
  readonly resumed: number;
  readonly interrupted: boolean;
  readonly wallSec: number;
  readonly failures: readonly QuantumResult[];
  /** Quanta of this call that could not start, for an upstream part that is not done. */
  readonly waiting: number;
}

/** Extra attempts that a quantum gets when its worker is lost through no fault of its own. */
const LOST_ATTEMPTS = 3;
const FLUSH_MS = 150;
const FLUSH_ROWS = 256;

/**
 * Executes a quantum graph without a database: workers read and write files, one writer appends to the provenance file and registers
 * outputs in batches.
 *
 * Can be killed at any moment: the next call with the same files goes on where it stopped, and ends with the same outputs.
 * @throws {RunConflictError} if another process executes the run, or it was begun with another graph or configuration.
 */
export async function runGraph(options: RunGraphOptions): Promise<RunSummary> {
  const unlock = lockRun(`${options.provenancePath}.lock`, { takeOver: options.part !== undefined });
  try {
    const file = openGraphFile(options.graphPath);
    const graph = file.load();
    file.close();
    return await new Coordinator(graph, options).run();
  } finally {
    unlock();
  }
}

interface Running {
  readonly quantum: number;
  readonly task: GraphTask;
  readonly worker: Worker;
  readonly memoryMib: number;
}

class Coordinator {
  readonly #graph: QuantumGraph;
  readonly #options: RunGraphOptions;
  readonly #schedule: Schedule;
  readonly #writer: ProvenanceWriter;
  readonly #earlier: readonly ProvenanceBlock[];
  readonly #clock: () => number;
  readonly #attempts = new Map<number, { attempts: number; lost: number; memoryMib: number }>();
  readonly #running = new Set<Running>();
  readonly #idle: Worker[] = [];
  readonly #counts: Record<QuantumStatus, number> = { success: 0, 'no-work': 0, unprocessable: 0, partial: 0, failed: 0, blocked: 0 };
  readonly #failures: QuantumResult[] = [];
  #buffer: QuantumResult[] = [];
  #quantaBlocks = 0;
  #registered = 0;
  #registering: Promise<void> = Promise.resolve();
  #workerCount = 0;
  #stopping = false;
  #fatal: Error | undefined;
  #resumed = 0;
  readonly #resumedOf = new Map<string, number>();
  #done = Promise.withResolvers<void>();

  constructor(graph: QuantumGraph, options: RunGraphOptions) {
    this.#graph = graph;
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
    this.#schedule = makeSchedule(graph);
    const { writer, blocks } = openProvenance(options.provenancePath, { durable: options.durable ?? true });
    this.#writer = writer;
    this.#earlier = blocks;
  }

  async run(): Promise<RunSummary> {
    const startedMs = this.#clock();
    this.#begin(startedMs);
    if (!this.#options.part) await this.#prepare();
    await this.#resume();
    const flusher = setInterval(() => this.#flush(), FLUSH_MS);
    const stop = (): void => this.#interrupt();
    this.#options.signal?.addEventListener('abort', stop, { once: true });
    try {
      if (this.#options.signal?.aborted) this.#interrupt();
      this.#emit({
        kind: 'start',
        total: this.#schedule.total,
        resumed: this.#resumed,
        tasks: this.#graph.tasks.map(({ label, count }) => ({ label, count, resumed: this.#resumedOf.get(label) ?? 0 })),
      });
      this.#pump();
      await this.#done.promise;
    } finally {
      clearInterval(flusher);
      this.#options.signal?.removeEventListener('abort', stop);
      await Promise.all(this.#idle.map((worker) => worker.stop()));
      this.#flush();
      await this.#registering.catch(() => undefined);
      const interrupted = this.#options.signal?.aborted ?? false;
      this.#writer.append({ kind: 'registered', blocks: this.#registered });
      this.#writer.append({ kind: 'end', endedMs: this.#clock(), interrupted, counts: this.#counts });
      this.#writer.close();
    }
    if (this.#fatal) throw this.#fatal;
    const interrupted = this.#options.signal?.aborted ?? false;
    const wallSec = (this.#clock() - startedMs) / 1e3;
    const summary: RunSummary = {
      total: this.#schedule.total,
      counts: { ...this.#counts },
      resumed: this.#resumed,
      interrupted,
      wallSec,
      failures: this.#failures,
      waiting: this.#schedule.remaining(),
    };
    this.#emit({ kind: 'end', counts: summary.counts, interrupted, wallSec });
    return summary;
  }

  /** Does what is done once per run. */
  async #prepare(): Promise<void> {
    const initial = await beginOutputs(this.#graph, this.#options);
    await this.#options.registrar?.register(initial);
  }

  /** Notes the session; refuses to go on with another graph. */
  #begin(startedMs: number): void {
    const digest = graphDigest(this.#graph);
    const first = this.#earlier.find((block) => block.kind === 'session');
    if (first && first.graphDigest !== digest)
      throw new RunConflictError(
        `${this.#options.provenancePath} belongs to another quantum graph (${first.graphPath}); use another output run`,
      );
    const { command = '', codeVersion = '', packages = {}, graphPath, mock } = this.#options;
    const tasks = this.#graph.tasks.map(({ label, taskName, count, config }) => ({ label, taskName, quanta: count, config }));
    this.#writer.append({
      kind: 'session',
      startedMs,
      graphPath,
      graphDigest: digest,
      outputRun: this.#graph.header.outputRun,
      host: hostname(),
      command,
      codeVersion,
      packages,
      tasks,
      mock: mock !== undefined,
    });
  }

  /** Takes over what earlier sessions did; registers again what they may not have. */
  async #resume(): Promise<void> {
    const { registrar } = this.#options;
    for (const block of this.#earlier) if (block.kind === 'registered') this.#registered = Math.max(this.#registered, block.blocks);
    for (const block of this.#earlier) {
      if (block.kind !== 'quanta') continue;
      this.#quantaBlocks++;
      const done = block.results.filter(({ status }) => isDone(status));
      // oxlint-disable-next-line no-await-in-loop -- in the order of the run
      if (this.#quantaBlocks > this.#registered) await registrar?.register(done.flatMap(datasetsOf));
      for (const result of done) {
        this.#schedule.finish(result.quantum, result.status, writtenOf(result));
        this.#counts[result.status]++;
        this.#resumed++;
        this.#resumedOf.set(result.label, (this.#resumedOf.get(result.label) ?? 0) + 1);
      }
    }
    this.#registered = this.#quantaBlocks;
    const { only, part } = this.#options;
    for (const path of part?.upstream ?? []) this.#takeOver(finalResults(readProvenance(path)));
    if (only) for (let q = 0; q < this.#schedule.total; q++) if (!only(q)) this.#schedule.exclude(q);
  }

  /** Lets quanta of this part know what those of another did. */
  #takeOver(results: Iterable<QuantumResult>): void {
    for (const result of results) {
      if (this.#options.only?.(result.quantum)) continue;
      for (const blocked of this.#schedule.finish(result.quantum, result.status, writtenOf(result)))
        if (this.#options.only?.(blocked)) {
          this.#counts.blocked++;
          this.#recordBlocked(blocked, result);
        }
    }
  }

  /** Starts quanta while there is room for them. */
  #pump(): void {
    const { cores = 1, memoryMib = 0 } = this.#options;
    while (!this.#stopping) {
      let usedCores = 0;
      let usedMib = 0;
      for (const { task, memoryMib: mib } of this.#running) {
        usedCores += Math.min(task.resources.cores, cores);
        usedMib += mib;
      }
      // What asks for more than there is runs alone.
      const quantum = this.#schedule.take(
        ({ resources }) =>
          this.#running.size === 0 ||
          (usedCores + Math.min(resources.cores, cores) <= cores && (memoryMib === 0 || usedMib + resources.memoryMib <= memoryMib)),
      );
      if (quantum < 0) break;
      void this.#execute(quantum);
    }
    if (this.#running.size === 0) this.#done.resolve();
  }

  async #execute(quantum: number): Promise<void> {
    const task = taskOfQuantum(this.#graph, quantum);
    const { resources } = task;
    const scale = this.#options.part?.memoryScale ?? 1;
    const tries = this.#attempts.get(quantum) ?? { attempts: 0, lost: 0, memoryMib: Math.ceil(resources.memoryMib * scale) };
    tries.attempts++;
    this.#attempts.set(quantum, tries);
    const worker = this.#workerFor(tries.memoryMib);
    const running: Running = { quantum, task, worker, memoryMib: tries.memoryMib };
    this.#running.add(running);
    this.#emit({ kind: 'begin', quantum, label: task.label, attempt: tries.attempts });
    const startedMs = this.#clock();
    const timeoutSec = this.#options.timeoutSec ?? resources.timeoutSec;
    const assignment = { quantum, attempt: tries.attempts, cores: resources.cores, absent: this.#schedule.absent(quantum) };
    let result: QuantumResult;
    let failure: unknown;
    try {
      result = await worker.run(assignment, { timeoutSec, memoryMib: tries.memoryMib });
    } catch (error) {
      failure = error;
      if (error instanceof WorkerSetupError) return this.#giveUp(running, error);
      if (error instanceof OutOfMemoryError) tries.memoryMib = Math.ceil(tries.memoryMib * resources.memoryMultiplier);
      result = this.#lostResult(quantum, { task, attempt: tries.attempts, error, startedMs, worker: worker.name });
    }
    this.#running.delete(running);
    if (worker.alive()) this.#idle.push(worker);
    const lost = result.error?.code === 'pipeline.worker-lost';
    if (lost) tries.lost++;
    this.#settle(result, { tries, lost, broken: failure !== undefined && !(failure as { retryable?: boolean }).retryable });
    this.#pump();
  }

  #settle(
    result: QuantumResult,
    {
      tries,
      lost,
      broken,
    }: { readonly tries: { attempts: number; lost: number; memoryMib: number }; readonly lost: boolean; readonly broken: boolean },
  ): void {
    const { quantum } = result;
    const stopped = this.#options.signal?.aborted === true && result.status === 'failed';
    // A quantum that was told to stop has not failed: the next session runs it.
    if (stopped) {
      this.#emit({ kind: 'retry', result });
      return;
    }
    const limit = this.#options.maxAttempts ?? taskOfQuantum(this.#graph, quantum).resources.maxAttempts;
    const again =
      result.status === 'failed' &&
      !broken &&
      (lost ? tries.lost <= LOST_ATTEMPTS : result.error?.retryable === true && tries.attempts - tries.lost < limit);
    this.#record(result);
    if (again && !this.#stopping) {
      this.#emit({ kind: 'retry', result });
      this.#schedule.putBack(quantum);
      return;
    }
    this.#attempts.delete(quantum);
    const blocked = this.#schedule.finish(quantum, result.status, writtenOf(result));
    this.#counts[result.status]++;
    this.#counts.blocked += blocked.length;
    if (result.status === 'failed') {
      this.#failures.push(result);
      if (this.#options.failFast) this.#stopping = true;
    }
    this.#emit({ kind: 'finish', result, running: this.#running.size });
    for (const each of blocked) this.#recordBlocked(each, result);
  }

  #recordBlocked(quantum: number, cause: QuantumResult): void {
    const now = this.#clock();
    const task = taskOfQuantum(this.#graph, quantum);
    const message = `blocked by ${cause.label} ${JSON.stringify(cause.dataId)}: ${cause.error?.message ?? ''}`;
    const error = { code: 'pipeline.blocked', fault: 'data', retryable: true, message };
    const times = { attempt: 0, startedMs: now, endedMs: now, cpuSec: 0, memoryMib: 0, worker: '' };
    const dataId = quantumDataId(accessOf(this.#graph), quantum);
    const result: QuantumResult = {
      quantum,
      label: task.label,
      dataId,
      status: 'blocked',
      error,
      ...times,
      inputs: [],
      outputs: [],
      metadata: null,
    };
    this.#record(result);
    this.#emit({ kind: 'finish', result, running: this.#running.size });
  }

  #record(result: QuantumResult): void {
    this.#buffer.push(result);
    if (this.#buffer.length >= FLUSH_ROWS) this.#flush();
  }

  /** Appends what has ended since the last time, then hands its outputs to the registrar. */
  #flush(): void {
    if (this.#buffer.length === 0) return;
    const results = this.#buffer;
    this.#buffer = [];
    this.#writer.append({ kind: 'quanta', results });
    this.#quantaBlocks++;
    const { registrar } = this.#options;
    const number = this.#quantaBlocks;
    if (!registrar) return;
    const datasets = results.filter(({ status }) => isDone(status)).flatMap(datasetsOf);
    this.#registering = this.#registering.then(async () => {
      await registrar.register(datasets);
      this.#registered = number;
    });
    this.#registering.catch((error: unknown) => {
      this.#fatal ??= error instanceof Error ? error : new Error(String(error));
      this.#interrupt();
    });
  }

  #workerFor(memoryMib: number): Worker {
    const kind = this.#options.workers ?? 'thread';
    const { memoryMib: budgetMib = 0, store, graphPath, mock } = this.#options;
    const wanted = kind === 'in-process' || budgetMib === 0 ? 0 : memoryMib;
    const at = this.#idle.findIndex((worker) => worker.memoryMib === wanted);
    const [found] = at >= 0 ? this.#idle.splice(at, 1) : [];
    if (found) return found;
    // A worker with other limits makes room.
    void this.#idle.shift()?.stop();
    const name = `${kind}-${++this.#workerCount}`;
    return startWorker(kind, { graphPath, store, worker: name, ...(mock ? { mock } : {}) }, wanted);
  }

  #lostResult(
    quantum: number,
    {
      task,
      attempt,
      error,
      startedMs,
      worker,
    }: { readonly task: GraphTask; readonly attempt: number; readonly error: unknown; readonly startedMs: number; readonly worker: string },
  ): QuantumResult {
    const dataId = quantumDataId(accessOf(this.#graph), quantum);
    const times = { startedMs, endedMs: this.#clock(), cpuSec: 0, memoryMib: 0, worker };
    return {
      quantum,
      label: task.label,
      dataId,
      attempt,
      status: 'failed',
      error: describeError(error),
      ...times,
      inputs: [],
      outputs: [],
      metadata: null,
    };
  }

  /** Ends the run: no worker can work. */
  #giveUp(running: Running, error: Error): void {
    this.#running.delete(running);
    this.#fatal ??= error;
    this.#interrupt();
  }

  #interrupt(): void {
    this.#stopping = true;
    for (const { worker } of this.#running) worker.abort();
    if (this.#running.size === 0) this.#done.resolve();
  }

  #emit(event: ProgressEvent): void {
    this.#options.onProgress?.(event);
  }
}

/** Writes what is made once per run; nothing of the run may be executing. */
export async function beginOutputs(
  graph: QuantumGraph,
  options: Pick<RunGraphOptions, 'store' | 'mock' | 'packages' | 'clobber'>,
): Promise<readonly WrittenDataset[]> {
  const { mock, packages = {}, clobber = false } = options;
  const store = await openStore(options.store);
  try {
    await store.sweep?.(graph.header.outputRun);
    return await writeInitOutputs(graph, store, { packages, clobber, ...(mock ? { mock } : {}) });
  } finally {
    await store.close?.();
  }
}

/** The last attempt of each quantum. */
export function finalResults(blocks: readonly ProvenanceBlock[]): readonly QuantumResult[] {
  const final = new Map<number, QuantumResult>();
  for (const block of blocks) if (block.kind === 'quanta') for (const result of block.results) final.set(result.quantum, result);
  return [...final.values()];
}

function writtenOf({ status, outputs }: QuantumResult): Written {
  if (status === 'no-work' || status === 'unprocessable') return {};
  const written: Record<string, number[]> = {};
  for (const { key, index } of outputs) (written[key] ??= []).push(index);
  return written;
}

/** Outputs of an attempt, to be registered. */
export function datasetsOf({ outputs }: QuantumResult): readonly WrittenDataset[] {
  return outputs.map(({ id, type, dataId, run, storageClass, dimensions, record }: OutputDataset) => ({
    ref: { id, datasetType: type, dataId, run, storageClass, dimensions },
    record,
  }));
}

/** Fingerprint of what a graph would do: two graphs with the same one have the same quanta under the same numbers. */
export function graphDigest(graph: QuantumGraph): string {
  let sum = crc32(JSON.stringify([graph.header.outputRun, graph.header.seed, [...graph.dictionaries]]));
  for (const { label, config, codes, connections } of graph.tasks) {
    sum = crc32(formatExactJson([label, config]), sum);
    sum = crc32(bytesOf(codes), sum);
    for (const { key, rows } of connections) sum = crc32(bytesOf(rows), crc32(key, sum));
  }
  return sum.toString(16).padStart(8, '0');
}

function bytesOf(values: Int32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
