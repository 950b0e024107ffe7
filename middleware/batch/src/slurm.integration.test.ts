import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runGraph } from '@almagest/pipeline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeBatchSystem } from '../test/conformance/batch-system.ts';
import { prepareRun, runDigest } from '../test/mock/mock-run.ts';
import { type BatchReport, cancelRun, parseBatchConfig, reportRun, restartRun, slurm, submitRun, waitForRun } from './index.ts';

const SCRIPT = new URL('../../../scripts/services/slurm.sh', import.meta.url).pathname;
const haveSlurm = existsSync('/usr/sbin/slurmctld') && existsSync('/usr/sbin/munged') && process.getuid?.() === 0;
if (!haveSlurm) console.log('skipped: Slurm is missing (apt-get install slurm-wlm munge) or this is not root');

const scratch = mkdtempSync(join(tmpdir(), 'almagest-slurm-'));
const cluster = join(scratch, 'cluster');
const service = (action: string): string => {
  // Daemons keep what they are given open, so their output goes to files of their own.
  const { status, stdout, stderr } = spawnSync(SCRIPT, [action, cluster, '2'], { encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) throw new Error(`${action}: ${stderr}`);
  return stdout;
};
const env = { SLURM_CONF: join(cluster, 'slurm.conf') };
const control = (...args: readonly string[]): string =>
  spawnSync('scontrol', args, { encoding: 'utf8', env: { ...process.env, ...env } }).stdout;
beforeAll(() => {
  if (haveSlurm) service('start');
});
afterAll(() => {
  if (haveSlurm) service('stop');
  rmSync(scratch, { recursive: true, force: true });
});

test.skipIf(!haveSlurm)(
  'runs 500 quanta on Slurm through the death of the node, a failing job and a restart, with the bytes of one process',
  async () => {
    const survey = { visits: 12, detectors: 17, patches: 10 };
    const single = await prepareRun(mkdtempSync(join(scratch, 's-')), survey);
    const prepared = await prepareRun(mkdtempSync(join(scratch, 'b-')), survey);
    await runGraph({ ...single, workers: 'in-process', mock: {} });
    const dir = join(prepared.root, '..', 'batch');
    const system = slurm({ env });
    const config = parseBatchConfig({
      clusters: {
        visits: { tasks: ['isr', 'calibrate'], dimensions: ['visit'] },
        sky: { tasks: ['warp', 'coadd'], dimensions: ['tract'] },
      },
      workers: 'thread',
      tasks: Object.fromEntries(['isr', 'calibrate', 'warp', 'coadd'].map((label) => [label, { memoryMib: 300 }])),
    });
    await submitRun({ ...prepared, dir, system, config, mock: { sleepMs: 20 } });
    const before = await reportRun(dir, system);
    expect(before.quanta).toBeGreaterThanOrEqual(500);
    // Some jobs are done and some run when the node dies.
    await waitUntil(async () => (await reportRun(dir, system)).clusters.filter(({ done, quanta }) => done === quanta).length >= 2);
    service('fail');
    const dead = await reportRun(dir, system);
    expect(dead.done).toBeLessThan(dead.quanta);
    expect(Object.keys(dead.reasons).length).toBeGreaterThan(0);
    service('revive');
    // One job is lost for good, as if its owner had removed it.
    const victim = (await reportRun(dir, system)).clusters.find(({ state }) => state === 'pending');
    if (victim) await system.cancel([victim.jobId]);
    // Slurm lets a requeued job wait for two minutes; the test does not.
    const hurry = ({ clusters }: BatchReport): void => {
      for (const { reason, jobId } of clusters) if (reason === 'BeginTime') control('update', `JobId=${jobId}`, 'StartTime=now');
    };
    const report = await waitForRun(dir, system, { everyMs: 500, restarts: 2, onReport: hurry });
    expect(report).toMatchObject({ complete: true, done: report.quanta, failed: 0 });
    expect(report.clusters.some(({ attempts }) => attempts > 1)).toBe(true);
    expect(runDigest(prepared.root)).toBe(runDigest(single.root));
    expect(await cancelRun(dir, system)).toBe(0);
  },
  240_000,
);

describeBatchSystem('slurm', { scratch, system: () => slurm({ env }), skip: !haveSlurm, patienceSec: 60 });

test.skipIf(!haveSlurm)(
  'a job that its owner holds is told as held with its reason; cancelled and restarted, the run ends',
  async () => {
    const survey = { visits: 2, detectors: 2, patches: 2 };
    const single = await prepareRun(mkdtempSync(join(scratch, 's-')), survey);
    const prepared = await prepareRun(mkdtempSync(join(scratch, 'h-')), survey);
    await runGraph({ ...single, workers: 'in-process', mock: {} });
    const dir = join(prepared.root, '..', 'batch');
    const system = slurm({ env });
    const config = parseBatchConfig({
      clusters: {
        visits: { tasks: ['isr', 'calibrate'], dimensions: ['visit'] },
        sky: { tasks: ['warp', 'coadd'], dimensions: ['tract'] },
      },
      workers: 'in-process',
      tasks: Object.fromEntries(['isr', 'calibrate', 'warp', 'coadd'].map((label) => [label, { memoryMib: 300 }])),
    });
    await submitRun({ ...prepared, dir, system, config, mock: { sleepMs: 200 } });
    const victim = (await reportRun(dir, system)).clusters.findLast(({ state }) => state === 'pending');
    control('hold', victim?.jobId ?? '');
    const held = await reportRun(dir, system);
    expect(held.clusters.find(({ jobId }) => jobId === victim?.jobId)).toMatchObject({
      state: 'held',
      reason: expect.stringMatching(/^JobHeld(User|Admin)$/) as string,
    });
    expect(Object.keys(held.reasons).some((reason) => reason.startsWith('JobHeld'))).toBe(true);
    expect(await cancelRun(dir, system)).toBeGreaterThan(0);
    const stopped = await waitForRun(dir, system, { everyMs: 300, restarts: 0 });
    expect(stopped).toMatchObject({ complete: false, ended: true });
    expect((await restartRun(dir, system)).length).toBeGreaterThan(1);
    const report = await waitForRun(dir, system, { everyMs: 300, restarts: 0 });
    expect(report).toMatchObject({ complete: true, failed: 0 });
    expect(runDigest(prepared.root)).toBe(runDigest(single.root));
  },
  240_000,
);

async function waitUntil(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('waited for a minute');
}
