import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker as Thread } from 'node:worker_threads';
import { OutOfMemoryError, QuantumTimeoutError, WorkerLostError, WorkerSetupError } from '../errors.ts';
import { type Assignment, openQuantumRunner, type RunnerOptions } from './quantum-runner.ts';
import { describeError, type QuantumResult } from './result.ts';
import type { FromWorker, ToWorker } from './worker-main.ts';

/** Where quanta run: in this thread, in threads of this process, or in processes of their own. */
export type WorkerKind = 'in-process' | 'thread' | 'process';

export interface WorkerLimits {
  /** Memory of the quantum [MiB]; 0 for no limit. Heap for threads, resident memory for processes, none in-process. */
  readonly memoryMib: number;
  /** Wall-clock limit of the quantum [s]; 0 for none. */
  readonly timeoutSec: number;
}

/** One worker, which runs one quantum at a time. */
export interface Worker {
  readonly name: string;
  /** Memory that it was started with [MiB], or 0. */
  readonly memoryMib: number;
  /** Rejects with {@link WorkerLostError}, {@link OutOfMemoryError} or {@link QuantumTimeoutError}; the worker is dead then. */
  readonly run: (assignment: Assignment, limits: WorkerLimits) => Promise<QuantumResult>;
  /** Asks the running task to stop. */
  readonly abort: () => void;
  readonly stop: () => Promise<void>;
  readonly alive: () => boolean;
  readonly pid?: number | undefined;
}

const ENTRY = fileURLToPath(new URL('./worker-main.ts', import.meta.url));
/** Time that a task is given to stop by itself after its time-out, before its worker is ended. */
const GRACE_MS = 500;
const WATCH_MS = 100;

/** Starts a worker of a kind; memory [MiB] bounds threads and processes. */
export function startWorker(kind: WorkerKind, options: RunnerOptions, memoryMib: number): Worker {
  if (kind === 'in-process') return localWorker(options);
  return kind === 'thread' ? threadWorker(options, memoryMib) : processWorker(options, memoryMib);
}

function localWorker(options: RunnerOptions): Worker {
  const runner = openQuantumRunner(options).catch((cause: unknown) => {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new WorkerSetupError(`the worker cannot begin: ${said}`, { cause });
  });
  runner.catch(() => undefined);
  let controller = new AbortController();
  return {
    name: options.worker,
    memoryMib: 0,
    async run(assignment, { timeoutSec }) {
      controller = new AbortController();
      const timer = timeoutSec > 0 ? setTimeout(() => controller.abort(timeoutError(timeoutSec)), timeoutSec * 1e3) : undefined;
      try {
        return await (await runner).run(assignment, controller.signal);
      } finally {
        clearTimeout(timer);
      }
    },
    abort: () => controller.abort(new Error('the quantum was told to stop')),
    stop: () => runner.then((opened) => opened.close()).catch(() => undefined),
    alive: () => true,
  };
}

interface Channel {
  readonly post: (message: ToWorker) => void;
  readonly kill: () => void;
}

/** What threads and processes have in common: one pending answer, a time limit, and a way to learn of their death. */
function remoteWorker(
  options: RunnerOptions,
  memoryMib: number,
  connect: (
    receive: (message: FromWorker) => void,
    lost: (error: Error) => void,
  ) => Channel & { readonly pid?: number | undefined; readonly watch?: () => Error | undefined },
): Worker {
  let pending: { readonly resolve: (result: QuantumResult) => void; readonly reject: (error: Error) => void } | undefined;
  let dead: Error | undefined;
  let verdict: Error | undefined;
  const ready = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  ready.promise.catch(() => undefined);
  const lost = (error: Error): void => {
    if (dead) return;
    dead = verdict ?? error;
    ready.reject(dead);
    pending?.reject(dead);
    gone.resolve();
  };
  const channel = connect((message) => {
    if (message.kind === 'ready') ready.resolve();
    else if (message.kind === 'result') pending?.resolve(message.result);
    else {
      const { code, message: said } = message.error;
      verdict = new WorkerSetupError(`worker ${options.worker} cannot begin: ${said} [${code}]`);
      channel.kill();
      lost(verdict);
    }
  }, lost);
  const end = (reason: Error): void => {
    verdict ??= reason;
    channel.kill();
  };
  return {
    name: options.worker,
    memoryMib,
    ...(channel.pid === undefined ? {} : { pid: channel.pid }),
    async run(assignment, { timeoutSec, memoryMib: limitMib }) {
      await ready.promise;
      if (dead) throw dead;
      const answer = Promise.withResolvers<QuantumResult>();
      pending = answer;
      channel.post({ kind: 'run', assignment });
      let grace: NodeJS.Timeout | undefined;
      let late = false;
      const timer =
        timeoutSec > 0
          ? setTimeout(() => {
              late = true;
              channel.post({ kind: 'abort' });
              grace = setTimeout(() => end(timeoutError(timeoutSec)), GRACE_MS);
            }, timeoutSec * 1e3)
          : undefined;
      const watch = limitMib > 0 && channel.watch ? setInterval(() => watchMemory(channel.watch, end), WATCH_MS) : undefined;
      try {
        const result = await answer.promise;
        return late && result.status === 'failed' ? { ...result, error: describeError(timeoutError(timeoutSec)) } : result;
      } finally {
        pending = undefined;
        clearTimeout(timer);
        clearTimeout(grace);
        clearInterval(watch);
      }
    },
    abort: () => void (dead ?? channel.post({ kind: 'abort' })),
    async stop() {
      if (dead) return;
      channel.post({ kind: 'stop' });
      const timer = setTimeout(() => channel.kill(), GRACE_MS);
      await gone.promise;
      clearTimeout(timer);
    },
    alive: () => dead === undefined,
  };
}

function watchMemory(watch: (() => Error | undefined) | undefined, end: (reason: Error) => void): void {
  const excess = watch?.();
  if (excess) end(excess);
}

function threadWorker(options: RunnerOptions, memoryMib: number): Worker {
  return remoteWorker(options, memoryMib, (receive, lost) => {
    const limits = memoryMib > 0 ? { resourceLimits: { maxOldGenerationSizeMb: memoryMib } } : {};
    // What tasks print must not mix with what the command prints.
    const thread = new Thread(new URL('./worker-main.ts', import.meta.url), { workerData: options, stdout: true, stderr: true, ...limits });
    thread.stdout.resume();
    thread.stderr.resume();
    thread.on('message', receive);
    thread.on('error', (error: Error & { readonly code?: string }) =>
      lost(
        error.code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? memoryError(memoryMib, error)
          : new WorkerLostError(`worker ${options.worker}: ${error.message}`, { cause: error }),
      ),
    );
    thread.on('exit', (code) => lost(new WorkerLostError(`worker ${options.worker} ended with code ${code}`)));
    return { post: (message) => thread.postMessage(message), kill: () => void thread.terminate() };
  });
}

function processWorker(options: RunnerOptions, memoryMib: number): Worker {
  return remoteWorker(options, memoryMib, (receive, lost) => {
    // The heap limit ends a runaway heap at once; the watch also sees buffers.
    const execArgv = memoryMib > 0 ? [`--max-old-space-size=${memoryMib}`] : [];
    const child: ChildProcess = fork(ENTRY, [], { execArgv, serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
    child.on('message', (message: FromWorker) => receive(message));
    child.on('error', (error) => lost(new WorkerLostError(`worker ${options.worker}: ${error.message}`, { cause: error })));
    child.on('exit', (code, signal) => {
      const heap = /heap out of memory|Allocation failed/.test(said);
      lost(heap ? memoryError(memoryMib) : new WorkerLostError(`worker ${options.worker} ended by ${signal ?? `code ${code}`}`));
    });
    child.send({ kind: 'options', options } satisfies ToWorker);
    const watch = (): Error | undefined => {
      const mib = residentMib(child.pid);
      return memoryMib > 0 && mib > memoryMib ? memoryError(memoryMib) : undefined;
    };
    const post = (message: ToWorker): void => void (child.connected && child.send(message));
    return { post, kill: () => void child.kill('SIGKILL'), pid: child.pid, watch };
  });
}

function residentMib(pid: number | undefined): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]);
    return (pages * 4096) / 2 ** 20;
  } catch {
    return 0;
  }
}

function timeoutError(timeoutSec: number): Error {
  return new QuantumTimeoutError(`the quantum ran longer than ${timeoutSec} s`);
}

function memoryError(memoryMib: number, cause?: Error): Error {
  return new OutOfMemoryError(`the quantum needed more than ${memoryMib} MiB`, cause ? { cause } : {});
}
