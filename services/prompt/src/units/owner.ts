import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Names this process so that another can tell whether it still lives: host, number, start in clock ticks since boot. */
export function ownerOfThisProcess(): string {
  return `${hostname()} ${process.pid} ${startOf(process.pid) ?? ''}`;
}

/** Whether a process is gone for certain. Of other hosts that is only known by their lease. */
export function isGone(owner: string): boolean {
  const [host, pid = '', started = ''] = owner.split(' ');
  return host === hostname() && startOf(Number(pid)) !== started;
}

function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
