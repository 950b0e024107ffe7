import { Worker as Thread } from 'node:worker_threads';
import type { QuantumError } from '@almagest/pipeline';
import { PromptWorkerLostError } from '../errors.ts';
import type { FromWarmWorker, ToWarmWorker } from './warm-worker-main.ts';

type Request = ToWarmWorker extends infer Message ? (Message extends { readonly id: number } ? Omit<Message, 'id'> : never) : never;

/** A failure in a worker, as it came over. */
export class WorkerFailure extends Error {
  readonly error: QuantumError;

  constructor(error: QuantumError) {
    super(error.message);
    this.error = error;
  }
}

interface WarmWorker {
  readonly ask: (request: Request) => Promise<unknown>;
  readonly abort: () => void;
  readonly end: () => Promise<void>;
  readonly alive: () => boolean;
}

/**
 * Threads that live as long as the daemon, each with its tasks loaded and inputs in memory. A detector goes to the same one every time,
 * so that what was loaded for it is there; where that one is busy, to one that is not.
 */
export class WarmWorkers {
  readonly #workers: (WarmWorker | undefined)[];
  readonly #warm: Request;
  /** Workers that run a unit; each runs one at a time. */
  readonly #running = new Set<number>();

  constructor(count: number, warm: Request) {
    this.#workers = Array.from({ length: count }, () => undefined);
    this.#warm = warm;
  }

  /** Starts all of them and loads the tasks. */
  async start(): Promise<void> {
    await Promise.all(this.#workers.map((_, place) => this.#worker(place).ask(this.#warm)));
  }

  /** Asks the worker of a detector. */
  preload(detector: number, request: Request): Promise<unknown> {
    return this.#worker(detector % this.#workers.length).ask(request);
  }

  /** Runs in the worker of a detector, or in one that runs nothing. */
  async run(detector: number, request: Request, signal: AbortSignal): Promise<unknown> {
    const own = detector % this.#workers.length;
    const order = this.#workers.map((_, k) => (own + k) % this.#workers.length);
    const place = order.find((k) => !this.#running.has(k));
    if (place === undefined) throw new RangeError(`more than ${this.#workers.length} units at once`);
    this.#running.add(place);
    const worker = this.#worker(place);
    const stop = (): void => worker.abort();
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await worker.ask(request);
    } finally {
      signal.removeEventListener('abort', stop);
      this.#running.delete(place);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker?.end() ?? Promise.resolve()));
  }

  #worker(place: number): WarmWorker {
    const found = this.#workers[place];
    if (found?.alive()) return found;
    const worker = startWarmWorker(place);
    this.#workers[place] = worker;
    if (found) void worker.ask(this.#warm).catch(() => undefined);
    return worker;
  }
}

function startWarmWorker(place: number): WarmWorker {
  const pending = new Map<number, PromiseWithResolvers<unknown>>();
  let next = 0;
  let dead = false;
  const thread = new Thread(new URL('./warm-worker-main.ts', import.meta.url), { stdout: true, stderr: true, name: `prompt-${place}` });
  thread.stdout.resume();
  thread.stderr.resume();
  const lost = (reason: string, cause?: unknown): void => {
    dead = true;
    for (const { reject } of pending.values())
      reject(new PromptWorkerLostError(`worker ${place}: ${reason}`, cause === undefined ? {} : { cause }));
    pending.clear();
  };
  thread.on('message', (message: FromWarmWorker) => {
    const answer = pending.get(message.id);
    pending.delete(message.id);
    if ('error' in message) answer?.reject(new WorkerFailure(message.error));
    else answer?.resolve(message.value);
  });
  thread.on('error', (error) => lost(error instanceof Error ? error.message : String(error), error));
  thread.on('exit', (code) => lost(`ended with code ${code}`));
  const ask = (request: Request): Promise<unknown> => {
    if (dead) return Promise.reject(new PromptWorkerLostError(`worker ${place} has ended`));
    const id = next++;
    const answer = Promise.withResolvers<unknown>();
    pending.set(id, answer);
    thread.postMessage({ ...request, id });
    return answer.promise;
  };
  return {
    ask,
    abort: () => dead || thread.postMessage({ kind: 'abort', id: -1 } satisfies ToWarmWorker),
    async end() {
      if (dead) return;
      const patience = setTimeout(() => void thread.terminate(), 2000);
      await ask({ kind: 'stop' }).catch(() => undefined);
      clearTimeout(patience);
      await thread.terminate();
    },
    alive: () => !dead,
  };
}
