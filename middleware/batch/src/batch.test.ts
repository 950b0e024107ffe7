import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readProvenance, runGraph } from '@almagest/pipeline';
import { afterAll, expect, test } from 'vitest';
import { type PreparedRun, prepareRun, runDigest } from '../test/mock/mock-run.ts';
import {
  cancelRun,
  clusterGraph,
  localBatch,
  parseBatchConfig,
  parseDuration,
  parseJob,
  readBatchConfig,
  reportRun,
  restartRun,
  submitRun,
  waitForRun,
} from './index.ts';

const SURVEY = { visits: 3, detectors: 3, patches: 3 };
const scratch = mkdtempSync(join(tmpdir(), 'almagest-batch-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const prepare = (): Promise<PreparedRun> => prepareRun(mkdtempSync(join(scratch, 'r-')), SURVEY);
const WHOLE = {
  clusters: { visit: { tasks: ['isr', 'calibrate'], dimensions: ['visit'] }, sky: { tasks: ['warp', 'coadd'] } },
  workers: 'in-process',
};

test('clusters by dimensions, by expected time and by size, in dependency order', async () => {
  const { graph } = await prepare();
  const byVisit = clusterGraph(graph, parseBatchConfig(WHOLE));
  expect(byVisit.map(({ name, quanta, needs }) => [name, quanta.length, needs])).toEqual([
    ['visit_1', 6, []],
    ['visit_2', 6, []],
    ['visit_3', 6, []],
    ['sky', (graph.tasks[2]?.count ?? 0) + 3, [0, 1, 2]],
  ]);
  const byTime = clusterGraph(graph, parseBatchConfig({ targetSec: 4 }));
  expect(byTime.filter(({ name }) => name.startsWith('isr')).map(({ quanta }) => quanta.length)).toEqual([4, 4, 1]);
  expect(byTime.every(({ needs }, place) => needs.every((need) => need < place))).toBe(true);
  const bySize = clusterGraph(graph, parseBatchConfig({ clusters: { i: { tasks: ['isr'], dimensions: ['visit'], maxQuanta: 2 } } }));
  expect(bySize.filter(({ name }) => name.startsWith('i_')).map(({ quanta }) => quanta.length)).toEqual([2, 1, 2, 1, 2, 1]);
  expect(new Set(bySize.flatMap(({ quanta }) => quanta)).size).toBe(graph.tasks.reduce((sum, { count }) => sum + count, 0));
  expect(bySize.find(({ name }) => name.startsWith('coadd'))?.memoryMib).toBe(4096);
});

test('refuses clusters that wait for each other, tasks in two clusters, and unknown keys', async () => {
  const { graph } = await prepare();
  expect(() => clusterGraph(graph, parseBatchConfig({ clusters: { a: { tasks: ['isr', 'warp'] }, b: { tasks: ['calibrate'] } } }))).toThrow(
    /wait for each other: .*a/,
  );
  expect(() => clusterGraph(graph, parseBatchConfig({ clusters: { a: { tasks: ['isr'] }, b: { tasks: ['isr'] } } }))).toThrow(
    /"isr" is in clusters/,
  );
  expect(() => clusterGraph(graph, parseBatchConfig({ clusters: { a: { tasks: ['coadd'], dimensions: ['visit'] } } }))).toThrow(
    /has no dimension visit/,
  );
  expect(() => readBatchConfig('clusterz: {}', 'x.yaml')).toThrow(/x\.yaml/);
  expect(() => readBatchConfig('a: [', 'x.yaml')).toThrow(/x\.yaml/);
});

test('reads what Slurm says of a job', () => {
  const line =
    'JobId=12 JobName=isr_0 UserId=root(0) GroupId=root(0) MCS_label=N/A Priority=4294901755 Nice=0 Account=(null) QOS=(null) JobState=PENDING Reason=JobHeldUser Dependency=(null) Requeue=1 Restarts=2 BatchFlag=1 Reboot=0 ExitCode=0:0 RunTime=1-02:03:04 NodeList=(null) MinCPUsNode=1 MinMemoryNode=2G MinTmpDiskNode=0';
  expect(parseJob(line)).toEqual([
    '12',
    { state: 'held', reason: 'JobHeldUser', node: '', elapsedSec: 93784, memoryMib: 2048, restarts: 2 },
  ]);
  expect(parseJob('No jobs in the system')).toBeUndefined();
  expect(parseDuration('00:01:05')).toBe(65);
});

test('a batch run ends with the bytes of a run in one process; failures are restarted', async () => {
  const [single, prepared] = [await prepare(), await prepare()];
  await runGraph({ ...single, workers: 'in-process', mock: {} });
  const dir = join(prepared.root, '..', 'batch');
  const system = localBatch({ cores: 2 });
  // Fails at first, so that what follows is blocked in another job.
  const flag = { label: 'isr', dataId: { visit: 2, detector: 1 }, outcome: 'error', untilAttempt: 2 } as const;
  await submitRun({ ...prepared, dir, system, config: parseBatchConfig(WHOLE), mock: { rules: [flag] } });
  const first = await waitForRun(dir, system, { everyMs: 100, restarts: 0 });
  expect(first).toMatchObject({ complete: false, ended: true, failed: 1 });
  expect(first.tasks.find(({ label }) => label === 'isr')).toMatchObject({ quanta: 9, done: 8, failed: 1 });
  expect(first.tasks.find(({ label }) => label === 'warp')?.blocked).toBeGreaterThan(0);
  // The rule looks at attempts of one job; the next one is told to do better by an empty rule list.
  const path = join(dir, 'submission.json');
  const { writeFileSync } = await import('node:fs');
  writeFileSync(path, readFileSync(path, 'utf8').replace(JSON.stringify({ rules: [flag] }), '{}'));
  const jobs = await restartRun(dir, system);
  expect(jobs.map(({ cluster, attempt }) => [cluster, attempt])).toEqual([
    [1, 2],
    [3, 2],
    [-1, 2],
  ]);
  const second = await waitForRun(dir, system, { everyMs: 100, restarts: 0 });
  expect(second).toMatchObject({ complete: true, done: second.quanta, failed: 0 });
  expect(runDigest(prepared.root)).toBe(runDigest(single.root));
  const merged = readProvenance(prepared.provenancePath).flatMap((block) => (block.kind === 'quanta' ? block.results : []));
  expect(new Set(merged.filter(({ status }) => status === 'success').map(({ quantum }) => quantum)).size).toBe(second.quanta);
  expect(await restartRun(dir, system)).toEqual([]);
  await system.close();
}, 60_000);

test('a cluster that ran out of memory asks for more at the next restart, up to the limit', async () => {
  const prepared = await prepareRun(mkdtempSync(join(scratch, 'm-')), { visits: 1, detectors: 1, patches: 1 });
  const dir = join(prepared.root, '..', 'batch');
  const system = localBatch({ cores: 2 });
  const rule = { label: 'isr', outcome: 'out-of-memory' } as const;
  const config = parseBatchConfig({
    clusters: { visit: { tasks: ['isr', 'calibrate'], dimensions: ['visit'] }, sky: { tasks: ['warp', 'coadd'] } },
    workers: 'process',
    tasks: Object.fromEntries(['isr', 'calibrate', 'warp', 'coadd'].map((label) => [label, { memoryMib: 150 }])),
    memoryMultiplier: 2,
    memoryOverheadMib: 50,
    memoryLimitMib: 290,
  });
  await submitRun({ ...prepared, dir, system, config, mock: { rules: [rule] } });
  const report = await waitForRun(dir, system, { everyMs: 100, restarts: 0 });
  expect(report.clusters[0]).toMatchObject({ outOfMemory: true, failed: 1, memoryMib: 200 });
  const path = join(dir, 'submission.json');
  const { writeFileSync } = await import('node:fs');
  writeFileSync(path, readFileSync(path, 'utf8').replace(JSON.stringify({ rules: [rule] }), '{}'));
  // Twice 150 MiB would be 300; the limit leaves 240 beside the overhead.
  expect((await restartRun(dir, system)).map(({ cluster, memoryMib, memoryScale }) => [cluster, memoryMib, memoryScale])).toEqual([
    [0, 290, 1.6],
    [1, 200, 1],
    [-1, 550, 1],
  ]);
  expect(await waitForRun(dir, system, { everyMs: 100, restarts: 0 })).toMatchObject({ complete: true, failed: 0 });
  await system.close();
}, 120_000);

test('cancels what is in the system and goes on later', async () => {
  const prepared = await prepare();
  const dir = join(prepared.root, '..', 'batch');
  const system = localBatch({ cores: 1 });
  await submitRun({ ...prepared, dir, system, config: parseBatchConfig(WHOLE), mock: { sleepMs: 300 } });
  expect(await cancelRun(dir, system)).toBe(5);
  const stopped = await waitForRun(dir, system, { everyMs: 50, restarts: 0 });
  expect(stopped.states).toEqual({ cancelled: 4 });
  await system.close();
  await expect(reportRun(join(scratch, 'nowhere'), system)).rejects.toMatchObject({ code: 'batch.submission-not-found' });
}, 30_000);
