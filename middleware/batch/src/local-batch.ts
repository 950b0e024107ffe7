import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { type BatchSystem, isEnded, type JobRequest, type JobState, type JobStatus } from './batch-system.ts';

interface Job {
  readonly request: JobRequest;
  state: JobState;
  reason: string;
  child?: ChildProcess;
  startedMs: number;
}

/** A batch system that lives as long as this process: jobs are child processes on this machine. For tests, and where there is no cluster. */
export function localBatch(options: { readonly cores: number }): BatchSystem & { readonly close: () => Promise<void> } {
  const jobs = new Map<string, Job>();
  const children = new Set<Promise<void>>();
  const pump = (): void => {
    for (const job of jobs.values()) {
      if (job.state !== 'pending') continue;
      const waits = job.request.after.some((id) => !isEnded(jobs.get(id)?.state ?? 'succeeded'));
      const busy = [...jobs.values()].reduce((sum, { state, request }) => sum + (state === 'running' ? request.cores : 0), 0);
      job.reason = waits ? 'Dependency' : 'Resources';
      if (!waits && (busy === 0 || busy + job.request.cores <= options.cores)) start(job);
    }
  };
  const start = (job: Job): void => {
    const { command, workDir, outputPath } = job.request;
    const [program = '', ...args] = command;
    mkdirSync(dirname(outputPath), { recursive: true });
    const log = openSync(outputPath, 'a');
    const child = spawn(program, args, { cwd: workDir, stdio: ['ignore', log, log] });
    closeSync(log);
    Object.assign(job, { state: 'running', reason: '', child, startedMs: performance.now() });
    const ended = new Promise<void>((resolve) => {
      child.on('exit', (code, signal) => {
        if (job.state === 'running') job.state = code === 0 ? 'succeeded' : 'failed';
        job.reason = code === 0 ? '' : (signal ?? `exit code ${code}`);
        resolve();
        pump();
      });
    });
    children.add(ended);
    void ended.then(() => children.delete(ended));
  };
  const statusOf = ({ state, reason, request, startedMs }: Job): JobStatus => ({
    state,
    reason,
    node: 'local',
    elapsedSec: startedMs === 0 ? 0 : (performance.now() - startedMs) / 1e3,
    memoryMib: request.memoryMib,
    restarts: 0,
  });
  const cancel = (id: string): void => {
    const job = jobs.get(id);
    if (!job || isEnded(job.state)) return;
    job.state = 'cancelled';
    job.child?.kill('SIGTERM');
  };
  return {
    name: 'local',
    submit(request) {
      const id = String(jobs.size + 1);
      jobs.set(id, { request, state: 'pending', reason: '', startedMs: 0 });
      // Later, as a real system would: the caller first notes the number.
      setImmediate(pump);
      return Promise.resolve(id);
    },
    query: (ids) => Promise.resolve(new Map(ids.flatMap((id) => (jobs.has(id) ? [[id, statusOf(jobs.get(id) as Job)] as const] : [])))),
    cancel(ids) {
      for (const id of ids) cancel(id);
      setImmediate(pump);
      return Promise.resolve();
    },
    async close() {
      for (const id of jobs.keys()) cancel(id);
      await Promise.all(children);
    },
  };
}
