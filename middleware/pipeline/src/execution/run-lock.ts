import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { RunConflictError } from '../errors.ts';

export interface LockOptions {
  /** Takes the lock of another host: for jobs that a batch system never runs twice at once. */
  readonly takeOver: boolean;
}

/** Makes sure that one process executes a run. A lock whose process is gone is taken over. */
export function lockRun(path: string, { takeOver }: LockOptions): () => void {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const fd = openSync(path, 'wx');
      writeSync(fd, `${hostname()} ${process.pid} ${startTimeOf(process.pid) ?? ''}`);
      closeSync(fd);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as { readonly code?: string }).code !== 'EEXIST') throw error;
      const [host = '', pid = '', started = ''] = readFileSync(path, 'utf8').split(' ');
      const alive = host === hostname() ? pid !== '' && startTimeOf(Number(pid)) === started : host !== '' && !takeOver;
      if (alive) throw new RunConflictError(`process ${pid} on ${host} executes this run already; if it is gone, remove ${path}`);
      rmSync(path, { force: true });
    }
  }
  throw new RunConflictError(`another process takes the lock ${path} at the same time`);
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
