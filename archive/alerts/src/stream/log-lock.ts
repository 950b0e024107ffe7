import { readFile, rm, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { LogLockedError } from '../errors.ts';

/** How often a lock that is held is looked at [ms]. */
const POLL_MS = 25;

/**
 * Takes a lock for this thread. The system gives it back when the process ends, however it ends, so that none is ever left behind.
 *
 * It is the lock of a SQLite file, which also keeps threads of one process apart; a file that names its owner could not be taken over from
 * a dead one without two finding it dead at once.
 *
 * @param path - Lock file; beside it, `path.owner` says who has it, for messages.
 * @returns Gives the lock back.
 * @throws {LogLockedError} if it is held for longer than `waitMs`.
 */
export async function takeLock(path: string, waitMs: number): Promise<() => Promise<void>> {
  const start = performance.now();
  const owner = `${path}.owner`;
  for (;;) {
    const database = lockNow(path);
    if (database) {
      await writeFile(owner, String(process.pid));
      return async () => {
        await rm(owner, { force: true });
        database.close();
      };
    }
    if (performance.now() - start >= waitMs) {
      const pid = await readFile(owner, 'utf8').catch(() => 'unknown');
      throw new LogLockedError(`the alert log is being written by process ${pid} (${path})`, { details: { path } });
    }
    await sleep(POLL_MS);
  }
}

function lockNow(path: string): DatabaseSync | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    if ((error as { readonly errcode?: number }).errcode === SQLITE_BUSY) return undefined;
    throw error;
  }
}

const SQLITE_BUSY = 5;
