import { Worker } from 'node:worker_threads';
import type { FromThread } from './tile-thread.ts';
import { runTileTask, type TileOutcome, type TileTask } from './tile-tasks.ts';

/** Threads that work on tiles side by side; each holds one tile and a strip of one image at a time. */
export interface TilePool extends AsyncDisposable {
  /** Runs tasks as threads become free and tells of each that is done, in any order. @throws what a task throws; others end first. */
  runAll(tasks: Iterable<TileTask>, onDone?: (task: TileTask, outcome: TileOutcome) => Promise<void> | void): Promise<void>;
}

type Runner = (task: TileTask) => Promise<TileOutcome>;

/** @param threads 1 works in this thread. */
export function openTilePool(threads: number, signal?: AbortSignal): TilePool {
  const workers = threads <= 1 ? [] : Array.from({ length: threads }, () => new Worker(new URL('tile-thread.ts', import.meta.url)));
  const runners: readonly Runner[] = workers.length === 0 ? [runTileTask] : workers.map(runnerOf);
  return {
    runAll: async (tasks, onDone) => {
      const left = tasks[Symbol.iterator]();
      let isBroken = false;
      const ends = await Promise.allSettled(
        runners.map(async (run) => {
          for (let next = left.next(); !next.done && !isBroken; next = left.next())
            try {
              signal?.throwIfAborted();
              await onDone?.(next.value, await run(next.value));
            } catch (error) {
              isBroken = true;
              throw error;
            }
        }),
      );
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function runnerOf(worker: Worker): Runner {
  return (task) =>
    new Promise((resolve, reject) => {
      const end = (): void => void worker.off('message', receive).off('error', fail);
      const receive = (answer: FromThread): void => {
        end();
        if ('error' in answer) reject(answer.error as Error);
        else resolve(answer.outcome);
      };
      const fail = (error: unknown): void => {
        end();
        reject(error as Error);
      };
      worker.on('message', receive).on('error', fail);
      worker.postMessage(task);
    });
}
