import { BugError } from '@almagest/errors';
import { KernelThreadsError } from '../errors.ts';
import { float64At } from '../memory/frame.ts';
import { allocateBytes, CONTROL_START, freeBytes, kernelMemory, type KernelMemory } from '../memory/kernel-memory.ts';
import { kernelWorkerMain } from './worker-main.ts';

/** What a worker thread must be given to take part. */
export interface KernelWorkerStart {
  /** The body of the thread: a function expression in parentheses, to be called with memory, module and controlStart. */
  readonly source: string;
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  readonly controlStart: number;
}

export interface KernelWorker {
  terminate(): unknown;
}

export interface KernelThreadOptions {
  /** Threads that compute, the calling one included: 1 switches threads off. */
  readonly threads: number;
  /** Starts a worker; default: a Node worker thread or a browser worker, whichever is there. */
  readonly createWorker?: (start: KernelWorkerStart) => KernelWorker;
}

const workers: KernelWorker[] = [];
/** A ticket counts calls in 12 bits; the rest is room for late threads. */
const MAX_CALLS = 4000;

/**
 * Sets the number of threads that this thread's kernels use; results do not depend on it.
 *
 * Kernels stay synchronous: the caller works on its share, then waits for the rest. Workers sleep between jobs and do not
 * keep a Node process alive. Call with `threads: 1` to end them.
 *
 * @throws {KernelThreadsError} if workers cannot be started here.
 */
export function setKernelThreads(options: KernelThreadOptions): void {
  const wanted = Math.max(0, Math.floor(options.threads) - 1);
  while (workers.length > wanted) workers.pop()?.terminate();
  if (workers.length === wanted) return;
  const { memory, module } = kernelMemory();
  const create = options.createWorker ?? createAnyWorker;
  const source = `(${kernelWorkerMain.toString()})`;
  while (workers.length < wanted) workers.push(create({ source, memory, module, controlStart: CONTROL_START }));
}

/** Threads that compute, the calling one included. */
export function kernelThreads(): number {
  return workers.length + 1;
}

/**
 * Runs a kernel once for each list of arguments, spread over the threads, and waits for all.
 *
 * The calls must be independent of each other.
 */
export function runKernel(name: string, calls: readonly (readonly number[])[]): void {
  const kernel = kernelMemory();
  const run = kernel.functions[name];
  if (run === undefined) throw new BugError(`no kernel ${name}`);
  if (workers.length === 0 || calls.length < 2) {
    for (const call of calls) run(...call);
    return;
  }
  for (let start = 0; start < calls.length; start += MAX_CALLS) runTogether(kernel, name, calls.slice(start, start + MAX_CALLS));
}

/** Rows of a call on one thread: few enough that an engine replaces its quick first code by optimized code early in the work. */
const BAND_ROWS = 64;

/**
 * Splits rows [0, height) in bands of at least `minimum` rows at multiples of `unit`.
 *
 * Even one thread works in bands: engines start a function in unoptimized code (five times slower here) and can change to
 * the optimized one only between calls.
 */
export function splitRows(
  height: number,
  options: { readonly minimum?: number; readonly unit?: number } = {},
): readonly (readonly [number, number])[] {
  const unit = options.unit ?? 1;
  const wanted = Math.min(Math.max(BAND_ROWS, options.minimum ?? 0), Math.ceil(height / (4 * kernelThreads())));
  const rows = Math.max(options.minimum ?? 16, Math.ceil(wanted / unit) * unit);
  const bands: [number, number][] = [];
  for (let start = 0; start < height; start += rows) bands.push([start, Math.min(height, start + rows)]);
  return bands;
}

/**
 * Gives each call of a job its scratch memory: one and the same where the calls run one after the other, so that it stays
 * in cache, else one of its own.
 */
export function callScratch(frame: { scratch(bytes: number): number }, bytes: number): () => number {
  if (workers.length > 0) return () => frame.scratch(bytes);
  const only = frame.scratch(bytes);
  return () => only;
}

function runTogether(kernel: KernelMemory, name: string, calls: readonly (readonly number[])[]): void {
  const count = calls[0]?.length ?? 0;
  const address = allocateBytes(8 * count * calls.length);
  try {
    const args = float64At(address, count * calls.length);
    calls.forEach((call, k) => args.set(call, k * count));
    const control = new Int32Array(kernel.memory.buffer, CONTROL_START, 16);
    control[3] = Object.keys(kernel.functions).toSorted().indexOf(name);
    control[4] = count;
    control[5] = address;
    control[6] = 0;
    Atomics.store(control, 2, 0);
    Atomics.store(control, 1, calls.length << 12);
    Atomics.add(control, 0, 1);
    Atomics.notify(control, 0);
    takeCalls(kernel, name, calls, control);
    waitForAll(control, calls.length);
    if (control[6] !== 0) throw new BugError(`kernel ${name} trapped`);
  } finally {
    freeBytes(address);
  }
}

function takeCalls(kernel: KernelMemory, name: string, calls: readonly (readonly number[])[], control: Int32Array): void {
  const run = kernel.functions[name];
  for (;;) {
    const ticket = Atomics.add(control, 1, 1);
    const call = calls[ticket & 0xfff];
    if ((ticket & 0xfff) >= ticket >>> 12 || call === undefined || run === undefined) return;
    try {
      run(...call);
    } catch {
      // Others may still compute into the same arrays, so the job is waited for before it is given up.
      Atomics.store(control, 6, 1);
    }
    Atomics.add(control, 2, 1);
  }
}

/** Sleeps where that is allowed (not on a browser's main thread, which spins for the rest of one call). */
function waitForAll(control: Int32Array, total: number): void {
  for (;;) {
    const done = Atomics.load(control, 2);
    if (done >= total) return;
    try {
      Atomics.wait(control, 2, done, 100);
    } catch {
      continue;
    }
  }
}

interface NodeWorkerThreads {
  readonly Worker: new (source: string, options: object) => { unref(): void; terminate(): unknown };
}

/** A Node worker thread where Node is, else a browser worker. */
function createAnyWorker(start: KernelWorkerStart): KernelWorker {
  const host = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown }; Worker?: typeof Worker };
  const node = host.process?.getBuiltinModule?.('worker_threads') as NodeWorkerThreads | undefined;
  const { source, ...data } = start;
  if (node !== undefined) {
    const script = `const { workerData: d } = require('worker_threads'); ${source}(d.memory, d.module, d.controlStart);`;
    const worker = new node.Worker(script, { eval: true, workerData: data, execArgv: [] });
    worker.unref();
    return worker;
  }
  if (host.Worker === undefined) throw new KernelThreadsError('no workers here; give createWorker, or use threads: 1');
  const script = `onmessage = ({ data: d }) => ${source}(d.memory, d.module, d.controlStart);`;
  const worker = new host.Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })));
  worker.postMessage(data);
  return worker;
}
