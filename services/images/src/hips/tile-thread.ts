/** Entry of a thread that works on tiles: one task at a time, answered with its outcome or the error. */
import { parentPort } from 'node:worker_threads';
import { runTileTask, type TileTask } from './tile-tasks.ts';

export type FromThread = { readonly outcome: string } | { readonly error: unknown };

parentPort?.on('message', (task: TileTask) => {
  void runTileTask(task).then(
    (outcome) => parentPort?.postMessage({ outcome } satisfies FromThread),
    (error: unknown) => parentPort?.postMessage({ error } satisfies FromThread),
  );
});
