import { closeSync, linkSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';
import { RunConflictError } from '../errors.ts';

export interface LockOptions {
  /** Takes the lock of another host: for jobs that a batch system never runs twice at once. */
  readonly takeOver: boolean;
}

/** Makes sure that one process executes a run. A lock whose process is gone is taken over. */
export function lockRun(path: string, { takeOver }: LockOptions): () => void {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      createWhole(path, `${hostname()} ${process.pid} ${startTimeOf(process.pid) ?? ''}`);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as { readonly code?: string }).code !== 'EEXIST') throw error;
      const found = contentOf(path);
      if (found === undefined) continue;
      const [host = '', pid = '', started = ''] = found.split(' ');
      const alive = host === hostname() ? pid !== '' && startTimeOf(Number(pid)) === started : host !== '' && !takeOver;
      if (alive) throw new RunConflictError(`process ${pid} on ${host} executes this run already; if it is gone, remove ${path}`);
      removeDead(path, found);
    }
  }
  throw new RunConflictError(`another process takes the lock ${path} at the same time`);
}

/** Makes a file that has its content from the first moment, so that nobody finds it empty and takes it for a dead one's. */
function createWhole(path: string, content: string): void {
  const temporary = `${path}.${process.pid}-${threadId}`;
  writeFileSync(temporary, content);
  try {
    linkSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Age beyond which a half-done removal is that of a process that died in it [ms]. */
const STALE_MS = 10_000;

/** Removes the lock of a dead process; of several that find it dead one does, and none removes the lock that another has taken since. */
function removeDead(path: string, dead: string): void {
  const turn = `${path}.turn`;
  try {
    closeSync(openSync(turn, 'wx'));
  } catch (error) {
    if ((error as { readonly code?: string }).code !== 'EEXIST') throw error;
    const since = statSync(turn, { throwIfNoEntry: false })?.mtimeMs;
    if (since !== undefined && Date.now() - since > STALE_MS) rmSync(turn, { force: true });
    return;
  }
  try {
    if (contentOf(path) === dead) rmSync(path, { force: true });
  } finally {
    rmSync(turn, { force: true });
  }
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as { readonly code?: string }).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Start time of a process in clock ticks since boot, which tells it from a later one with the same number. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
