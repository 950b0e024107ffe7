import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type BatchSystem, isEnded, type JobRequest, type JobStatus } from '../../src/index.ts';

export interface ConformanceOptions {
  /** Folder that the jobs see. */
  readonly scratch: string;
  readonly system: () => BatchSystem;
  readonly skip?: boolean;
  /** Longest that a small job may take to end [s]. */
  readonly patienceSec: number;
}

/** What every batch system must do for `@almagest/batch` to run on it: what a new one is tested with. */
export function describeBatchSystem(name: string, { scratch, system, skip = false, patienceSec }: ConformanceOptions): void {
  const limit = 4 * patienceSec * 1000 + 20_000;
  const each = (behaviour: string, body: () => Promise<void>): void => test.skipIf(skip)(`${name}: ${behaviour}`, body, limit);
  const job = (script: string, more: Partial<JobRequest> = {}): JobRequest => {
    const workDir = mkdtempSync(join(scratch, 'job-'));
    writeFileSync(join(workDir, 'job.cjs'), script);
    const command = [process.execPath, join(workDir, 'job.cjs'), "an 'odd' argument $HOME"];
    const base = { name: 'a-job', command, workDir, outputPath: join(workDir, 'job.log'), cores: 1, memoryMib: 200 };
    return { ...base, walltimeSec: 0, after: [], extra: [], ...more };
  };
  const until = async (id: string, holds: (status: JobStatus | undefined) => boolean): Promise<JobStatus | undefined> => {
    for (let k = 0; k < patienceSec * 5; k++) {
      const status = (await system().query([id])).get(id);
      if (holds(status)) return status;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error(`job ${id} of ${name} did not get there in ${patienceSec} s`);
  };
  const ended = (id: string): Promise<JobStatus | undefined> => until(id, (status) => status !== undefined && isEnded(status.state));

  each('runs a command in its folder, as it is spelled, with its output in the file named', async () => {
    const request = job('console.log(process.cwd(), process.argv[2])');
    const id = await system().submit(request);
    expect(await ended(id)).toMatchObject({ state: 'succeeded' });
    expect(readFileSync(request.outputPath, 'utf8').trim()).toBe(`${request.workDir} an 'odd' argument $HOME`);
  });

  each('tells a failure, and what it was', async () => {
    const id = await system().submit(job('process.exit(3)'));
    const status = await ended(id);
    expect(status?.state).toBe('failed');
    expect(status?.reason).not.toBe('');
  });

  each('lets a job wait for others until they have ended, well or not', async () => {
    const first = job('setTimeout(() => { require("node:fs").writeFileSync("mark", ""); process.exit(1); }, 1500)');
    const after = await system().submit(first);
    const second = job(`console.log(require("node:fs").existsSync(${JSON.stringify(join(first.workDir, 'mark'))}))`, { after: [after] });
    const id = await system().submit(second);
    const early = (await system().query([id])).get(id);
    expect(['pending', 'held']).toContain(early?.state);
    expect(await ended(id)).toMatchObject({ state: 'succeeded' });
    expect(readFileSync(second.outputPath, 'utf8').trim()).toBe('true');
  });

  each('cancels what runs and what waits; cancelling what has ended changes nothing', async () => {
    const running = await system().submit(job('setTimeout(() => {}, 60000)'));
    const waiting = await system().submit(job('', { after: [running] }));
    await until(running, (status) => status?.state === 'running');
    await system().cancel([waiting, running]);
    expect([await ended(running), await ended(waiting)].map((status) => status?.state)).toEqual(['cancelled', 'cancelled']);
    await system().cancel([running]);
    expect((await ended(running))?.state).toBe('cancelled');
  });

  each('knows nothing of jobs that it was never given', async () => {
    expect((await system().query(['987654321'])).size).toBe(0);
    expect((await system().query([])).size).toBe(0);
  });
}
