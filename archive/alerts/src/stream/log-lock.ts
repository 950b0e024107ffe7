import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { LogLockedError } from '../errors.ts';

/** How often a lock that is held is looked at [ms]. */
const POLL_MS = 25;

/**
 * Takes a lock file for this process; one of a process that has ended is taken over.
 *
 * @returns Gives the lock back.
 */
export async function takeLock(path: string, waitMs: number): Promise<() => Promise<void>> {
  const start = performance.now();
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx' });
      return async () => await rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = Number(await readFile(path, 'utf8').catch(() => '0'));
    if (!isAlive(owner) && owner !== 0) {
      await rm(path, { force: true });
      continue;
    }
    if (performance.now() - start >= waitMs)
      throw new LogLockedError(`the alert log is being written by process ${owner} (${path})`, { details: { path } });
    await sleep(POLL_MS);
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
