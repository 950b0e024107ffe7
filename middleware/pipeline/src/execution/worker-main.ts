/** Entry of a worker thread or a worker process: takes assignments one at a time, answers each with its result. */
import { parentPort, workerData } from 'node:worker_threads';
import { describeError, type QuantumResult } from './result.ts';
import { type Assignment, openQuantumRunner, type QuantumRunner, type RunnerOptions } from './quantum-runner.ts';

export type ToWorker =
  | { readonly kind: 'run'; readonly assignment: Assignment }
  | { readonly kind: 'abort' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'options'; readonly options: RunnerOptions };
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly result: QuantumResult }
  | { readonly kind: 'broken'; readonly error: ReturnType<typeof describeError> };

const send = (message: FromWorker): void => {
  if (parentPort) parentPort.postMessage(message);
  else process.send?.(message);
};
let runner: QuantumRunner | undefined;
let controller = new AbortController();

async function open(options: RunnerOptions): Promise<void> {
  try {
    runner = await openQuantumRunner(options);
    send({ kind: 'ready' });
  } catch (error) {
    send({ kind: 'broken', error: describeError(error) });
  }
}

async function receive(message: ToWorker): Promise<void> {
  if (message.kind === 'options') return open(message.options);
  if (message.kind === 'abort') return controller.abort(new Error('the quantum was told to stop'));
  if (message.kind === 'stop') {
    await runner?.close();
    if (parentPort) parentPort.close();
    else process.disconnect();
    return;
  }
  controller = new AbortController();
  try {
    if (runner) send({ kind: 'result', result: await runner.run(message.assignment, controller.signal) });
  } catch (error) {
    send({ kind: 'broken', error: describeError(error) });
  }
}

if (parentPort) {
  parentPort.on('message', (message: ToWorker) => void receive(message));
  await open(workerData as RunnerOptions);
} else if (process.send) {
  // Without its coordinator a worker has nobody to report to.
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C reaches the whole process group; the coordinator decides what to do.
  process.on('SIGINT', () => undefined);
  process.on('message', (message: ToWorker) => void receive(message));
}
