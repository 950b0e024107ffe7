import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { endsHangingQuantum, raisesMemory } from '../../test/pipelines/limits.ts';
import { type PreparedRun, prepareRun, runDigest } from '../../test/pipelines/mock-run.ts';
import { readProvenance } from '../provenance/provenance-file.ts';
import type { MockRule } from './mock.ts';
import type { ProgressEvent } from './progress.ts';
import type { QuantumResult } from './result.ts';
import { runGraph, type RunGraphOptions, type RunSummary } from './run-graph.ts';
import type { WrittenDataset } from './store.ts';

const SURVEY = { visits: 4, detectors: 3, patches: 4, patchesPerDetector: 2 };
const scratch = mkdtempSync(join(tmpdir(), 'almagest-run-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const prepare = (survey = SURVEY): Promise<PreparedRun> => prepareRun(mkdtempSync(join(scratch, 'r-')), survey);
const run = (prepared: PreparedRun, options: Partial<RunGraphOptions> = {}): Promise<RunSummary> =>
  runGraph({ ...prepared, workers: 'in-process', durable: false, ...options });
const results = (prepared: PreparedRun): readonly QuantumResult[] =>
  readProvenance(prepared.provenancePath).flatMap((block) => (block.kind === 'quanta' ? block.results : []));

test('gives the same bytes in this thread, in two threads and in two processes', async () => {
  const digests = new Set<string>();
  for (const workers of ['in-process', 'thread', 'process'] as const) {
    const prepared = await prepare();
    const summary = await run(prepared, { workers, cores: workers === 'in-process' ? 1 : 2 });
    expect(summary).toMatchObject({ interrupted: false, resumed: 0, counts: { success: summary.total, failed: 0 } });
    digests.add(runDigest(prepared.root).digest);
    expect(runDigest(prepared.root).files.some((name) => name.endsWith('calibrate_config/all.dat'))).toBe(true);
  }
  expect(digests.size).toBe(1);
}, 120_000);

test('registers every output once, in batches, and again only what a killed run may have lost', async () => {
  const prepared = await prepare();
  const registered: WrittenDataset[] = [];
  const registrar = { register: (datasets: readonly WrittenDataset[]) => Promise.resolve(void registered.push(...datasets)) };
  await run(prepared, { registrar });
  const ids = registered.map(({ ref }) => ref.id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBe(runDigest(prepared.root).files.length);
  const again = await run(prepared, { registrar });
  expect(again.resumed).toBe(again.total);
  expect(registered.length - ids.length).toBe(6); // configurations, packages and the schema
});

test('tells outcomes apart and lets the rest go on', async () => {
  const prepared = await prepare();
  const rules: MockRule[] = [
    { label: 'isr', dataId: { visit: 1, detector: 0 }, outcome: 'no-work' },
    { label: 'isr', dataId: { visit: 1, detector: 1 }, outcome: 'unprocessable' },
    { label: 'calibrate', dataId: { visit: 2, detector: 0 }, outcome: 'partial' },
    { label: 'calibrate', dataId: { visit: 3, detector: 0 }, outcome: 'algorithm-failed' },
  ];
  const summary = await run(prepared, { mock: { rules } });
  expect(summary.counts).toMatchObject({ 'no-work': 5, unprocessable: 1, partial: 1, failed: 1 });
  expect(summary.counts.blocked).toBeGreaterThan(0);
  expect(Object.values(summary.counts).reduce((a, b) => a + b)).toBe(summary.total);
  const all = results(prepared);
  // Two patches of visit 1 are seen by these two detectors alone.
  expect(all.filter(({ label, status }) => label === 'warp' && status === 'no-work').map(({ dataId }) => dataId['visit'])).toEqual([1, 1]);
  const downstream = all.find(({ label, dataId }) => label === 'calibrate' && dataId['visit'] === 1 && dataId['detector'] === 0);
  expect(downstream).toMatchObject({ status: 'no-work', error: { message: expect.stringContaining('of at least 1') as string } });
  expect(all.find(({ status }) => status === 'blocked')?.error?.message).toMatch(/blocked by calibrate .*mock algorithm-failed/);
  const retried = await run(prepared, { mock: {} });
  expect(retried.counts).toMatchObject({ failed: 0, blocked: 0 });
  expect(retried.resumed).toBe(summary.total - 1 - summary.counts.blocked);
});

test('retries failures, not deterministic ones, and stops early when told to', async () => {
  const prepared = await prepare();
  const rules: MockRule[] = [{ label: 'isr', dataId: { visit: 1, detector: 0 }, outcome: 'error', untilAttempt: 3 }];
  const events: ProgressEvent[] = [];
  const summary = await run(prepared, { mock: { rules }, maxAttempts: 3, onProgress: (event) => events.push(event) });
  expect(summary.counts.failed).toBe(0);
  expect(events.filter(({ kind }) => kind === 'retry')).toHaveLength(2);
  expect(
    results(prepared)
      .filter(({ label, dataId }) => label === 'isr' && dataId['visit'] === 1 && dataId['detector'] === 0)
      .map(({ attempt }) => attempt),
  ).toEqual([1, 2, 3]);
  const failing = await prepare();
  const stopped = await run(failing, { mock: { rules: [{ label: 'isr', outcome: 'algorithm-failed' }] }, maxAttempts: 3, failFast: true });
  expect(stopped.counts.failed).toBe(1);
  expect(results(failing).filter(({ status }) => status === 'failed')).toHaveLength(1);
});

test('keeps to the cores and the memory that running quanta ask for together; what asks for more than there is runs alone', async () => {
  const { writeGraphFile } = await import('../quantum-graph/graph-file.ts');
  const most = async (resources: object, limits: Partial<RunGraphOptions>): Promise<number> => {
    const prepared = await prepare();
    const { graph, graphPath } = prepared;
    writeGraphFile(
      { ...graph, tasks: graph.tasks.map((task) => ({ ...task, resources: { ...task.resources, ...resources } })) },
      graphPath,
    );
    let [running, highest] = [0, 0];
    await run(prepared, {
      mock: { sleepMs: 2 },
      ...limits,
      onProgress({ kind }) {
        if (kind === 'begin') highest = Math.max(highest, ++running);
        if (kind === 'finish') running--;
      },
    });
    return highest;
  };
  expect(await most({ cores: 1 }, { cores: 5 })).toBe(5);
  expect(await most({ cores: 2 }, { cores: 5 })).toBe(2);
  expect(await most({ cores: 9 }, { cores: 5 })).toBe(1);
  expect(await most({ memoryMib: 300 }, { cores: 5, memoryMib: 1000 })).toBe(3);
  expect(await most({ memoryMib: 3000 }, { cores: 5, memoryMib: 1000 })).toBe(1);
}, 120_000);

test('ends a hanging quantum by its time-out', () => endsHangingQuantum('thread'), 120_000);

test('gives a quantum that ran out of memory more', () => raisesMemory('process'), 120_000);

test('replaces a worker process that is killed, without using up an attempt', async () => {
  const prepared = await prepare({ visits: 1, detectors: 2, patches: 1, patchesPerDetector: 1 });
  const rules: MockRule[] = [{ label: 'isr', dataId: { detector: 0 }, outcome: 'exit', untilAttempt: 3 }];
  const summary = await run(prepared, { workers: 'process', mock: { rules } });
  expect(summary.counts).toMatchObject({ failed: 0, success: summary.total });
  expect(
    results(prepared)
      .filter(({ status }) => status === 'failed')
      .map(({ error }) => error?.code),
  ).toEqual(['pipeline.worker-lost', 'pipeline.worker-lost']);
}, 120_000);

test('stops cleanly on a signal and goes on later with the same result', async () => {
  const [undisturbed, prepared] = [await prepare(), await prepare()];
  await run(undisturbed, { mock: {} });
  const controller = new AbortController();
  let seen = 0;
  const first = await run(prepared, {
    mock: {},
    signal: controller.signal,
    onProgress: ({ kind }) => kind === 'finish' && ++seen === 7 && controller.abort(),
  });
  expect(first.interrupted).toBe(true);
  expect(first.counts.failed).toBe(0);
  const second = await run(prepared, { mock: {} });
  expect(second.resumed).toBeGreaterThanOrEqual(7);
  expect(runDigest(prepared.root).digest).toBe(runDigest(undisturbed.root).digest);
});

test('refuses another graph, another configuration and a second coordinator', async () => {
  const prepared = await prepare();
  await run(prepared, { mock: {} });
  const other = await prepare({ ...SURVEY, visits: 5 });
  await expect(run({ ...prepared, graphPath: other.graphPath })).rejects.toThrow(/belongs to another quantum graph/);
  writeFileSync(`${prepared.provenancePath}.lock`, `${hostname()} ${process.pid} `);
  await run(prepared, { mock: {} });
  const { readFileSync } = await import('node:fs');
  const stat = readFileSync(`/proc/${process.pid}/stat`, 'utf8');
  writeFileSync(`${prepared.provenancePath}.lock`, `${hostname()} ${process.pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`);
  await expect(run(prepared)).rejects.toMatchObject({ code: 'pipeline.run-conflict' });
});

test('ends with the reason when workers cannot begin or the registry refuses, and goes on later', async () => {
  for (const workers of ['in-process', 'thread', 'process'] as const) {
    const prepared = await prepare();
    const store = { open: `${import.meta.dirname}/no-such-module.ts#open`, options: {} };
    await expect(run({ ...prepared, store }, { workers, part: { upstream: [], memoryCapMib: 0, memoryScale: 1 } })).rejects.toMatchObject({
      code: 'pipeline.worker-setup',
    });
  }
  const prepared = await prepare();
  let calls = 0;
  const refusing = { register: () => (++calls > 1 ? Promise.reject(new Error('the disk is full')) : Promise.resolve()) };
  await expect(run(prepared, { registrar: refusing })).rejects.toThrow('the disk is full');
  const registered: string[] = [];
  const registrar = {
    register: (datasets: readonly WrittenDataset[]) => Promise.resolve(void registered.push(...datasets.map(({ ref }) => ref.id))),
  };
  const summary = await run(prepared, { registrar });
  expect(summary.counts.success).toBe(summary.total);
  expect(new Set(registered).size).toBe(runDigest(prepared.root).files.length);
}, 120_000);

test('a task that does not load fails its quanta, not the run', async () => {
  const prepared = await prepare();
  const { writeGraphFile } = await import('../quantum-graph/graph-file.ts');
  const tasks = prepared.graph.tasks.map((task) =>
    task.label === 'calibrate'
      ? { ...task, specifier: './tasks.ts#nothing', connections: task.connections.filter(({ kind }) => kind !== 'init-output') }
      : task,
  );
  const without = tasks.map((task) => ({ ...task, connections: task.connections.filter(({ kind }) => kind !== 'init-input') }));
  writeGraphFile({ ...prepared.graph, tasks: without }, prepared.graphPath);
  const summary = await run(prepared, { maxAttempts: 3 });
  expect(summary.counts).toMatchObject({ success: 12, failed: 12 });
  expect(summary.failures[0]?.error?.code).toBe('pipeline.task-not-found');
});
