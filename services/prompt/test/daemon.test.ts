import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, expect, test } from 'vitest';
import {
  BUDGET_SEC,
  latencyOf,
  PromptDaemon,
  type PromptDaemonOptions,
  type PromptEvent,
  promptMetrics,
  UnitStore,
  WorkQueue,
} from '../src/index.ts';
import { type FakeOptions, fakeProcessor, unitOfName } from './fake-processor.ts';

const scratch = mkdtempSync(join(tmpdir(), 'prompt-'));
afterAll(() => rmSync(scratch, { recursive: true }));
let count = 0;

function setUp(fake: Partial<FakeOptions> = {}, options: Partial<PromptDaemonOptions> = {}) {
  const root = join(scratch, String(++count));
  const log = fake.log ?? `${root}.log`;
  const units = options.units ?? new UnitStore(`${root}.sqlite3`);
  const processor = fakeProcessor({ log, ...fake });
  const events: PromptEvent[] = [];
  const daemon = new PromptDaemon({ units, processor, workers: 2, backlogEverySec: 0, onEvent: (event) => events.push(event), ...options });
  const alerts = (): string[] => readFileSync(log, 'utf8').trim().split('\n');
  return { root, log, units, processor, daemon, events, alerts };
}

const VISIT = { instrument: 'Cam', groupId: 'g7', ra: 10, dec: -5, physicalFilter: 'r', exposureSec: 30 };

test('a visit that is announced, and its raws, are processed once, however often they come', async () => {
  const { daemon, processor, units, alerts, events } = setUp();
  await daemon.start();
  expect(await daemon.announce(VISIT)).toEqual({ isNew: true, detectors: [0, 1] });
  expect(await daemon.announce(VISIT)).toEqual({ isNew: false, detectors: [0, 1] });
  for (const name of ['raw-7001-0.fits', 'raw-7001-1.fits', 'raw-7001-0.fits']) await daemon.receiveRaw(`/in/${name}`);
  await Promise.all([daemon.receiveRaw('/in/raw-7001-1.fits'), daemon.receiveRaw('/copy/raw-7001-1.fits')]);
  await daemon.idle();
  expect(processor.preloaded).toEqual(['g7/0', 'g7/1']);
  expect(processor.seen.toSorted()).toEqual(['7001/0', '7001/1']);
  expect(alerts().toSorted()).toEqual(['7001-0-0', '7001-0-1', '7001-1-0', '7001-1-1']);
  const [record] = units.list();
  expect(record).toMatchObject({ state: 'done', source: 'announced', attempts: 1, outcome: { alerts: 2, plan: 'full' } });
  expect(record?.stages.map(({ stage }) => stage)).toEqual(['ingest', 'all']);
  expect(units.findAnnouncement('Cam', 'g7')?.arrivals.map(({ state, preload }) => [state, preload?.report])).toEqual([
    ['arrived', expect.objectContaining({ objects: 1 })],
    ['arrived', expect.objectContaining({ sources: 2 })],
  ]);
  await daemon.catchUp();
  await daemon.idle();
  expect(processor.seen).toHaveLength(2);
  expect(events.filter(({ event }) => event === 'ended')).toHaveLength(2);
  await daemon.stop(0);
});

test('of many processes one gets a unit; what a dead one held is taken over, what a live one holds is not', () => {
  const path = join(scratch, 'claims.sqlite3');
  const [a, b] = [new UnitStore(path), new UnitStore(path, { leaseMs: 1000 })];
  const unit = unitOfName('raw-1001-0.fits');
  expect([a.arrive(unit, 'announced', 0), b.arrive(unit, 'backlog', 0)]).toEqual([true, false]);
  const alive = 'elsewhere 1 1';
  expect(a.claim(unit, alive, 1000)).toEqual({ granted: true, resumed: false });
  expect(b.claim(unit, 'other 2 2', 1500)).toEqual({ granted: false, because: 'running' });
  a.renew(alive, 3000);
  expect(b.claim(unit, 'other 2 2', 3900).granted).toBe(false);
  // Its lease has run out.
  expect(b.claim(unit, 'other 2 2', 4100)).toEqual({ granted: true, resumed: true });
  const outcome = { state: 'done', plan: 'x', fallbacks: [], run: null, alerts: 1, finishedMs: 1, error: null } as const;
  expect(a.settle(unit, alive, outcome, [])).toBe(false);
  expect(b.settle(unit, 'other 2 2', outcome, [])).toBe(true);
  expect(a.claim(unit, alive, 9000)).toEqual({ granted: false, because: 'done' });
  for (const store of [a, b]) store.close();
});

test('killed with SIGKILL again and again, a daemon ends with each alert once', async () => {
  const root = mkdtempSync(join(scratch, 'kill-'));
  const [database, folder, log] = [join(root, 'p.sqlite3'), root, join(root, 'alerts.log')];
  const names = Array.from({ length: 10 }, (_, i) => `raw-${2000 + i}-${i % 2}.fits`);
  for (const name of names) writeFileSync(join(folder, name), 'raw');
  let kills = 0;
  for (let attempt = 0; attempt < 12; attempt++) {
    const child = fork(new URL('./fake-daemon.ts', import.meta.url).pathname, [database, folder, log], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await new Promise((resolve) => child.once('message', resolve));
    const units = new UnitStore(database, { readOnly: true });
    const done = (): boolean => units.counts().done === names.length;
    // Three times in mid-run; then it may come to its end.
    if (attempt < 3) await new Promise((resolve) => setTimeout(resolve, 60 + 50 * attempt));
    else for (let k = 0; k < 400 && !done(); k++) await new Promise((resolve) => setTimeout(resolve, 50));
    const ended = done();
    units.close();
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    kills++;
    if (ended) break;
  }
  expect(kills).toBeGreaterThan(2);
  const alerts = readFileSync(log, 'utf8').trim().split('\n');
  expect(new Set(alerts).size).toBe(alerts.length);
  expect(alerts).toHaveLength(2 * names.length);
}, 120_000);

test('a raw that does not come is told as late, and processed when it comes', async () => {
  let now = 1_000_000;
  const { daemon, units, events } = setUp({}, { clock: () => now, patienceSec: 60 });
  await daemon.start();
  await daemon.announce({ ...VISIT, detectors: [3] });
  await daemon.idle();
  now += 89_000;
  expect(units.expire(now)).toEqual([]);
  now += 2000;
  expect(units.expire(now)).toEqual([{ instrument: 'Cam', group: 'g7', detector: 3 }]);
  expect(units.openAnnouncements()).toEqual([]);
  await daemon.receiveRaw('/in/raw-7005-3.fits');
  await daemon.idle();
  expect(units.findAnnouncement('Cam', 'g7')?.arrivals[0]?.state).toBe('arrived');
  expect(events.at(-1)).toMatchObject({ event: 'ended', outcome: { state: 'done' } });
  await daemon.stop(0);
});

test('catches up newest first on a part of the workers, and live raws go before', async () => {
  const repository = Array.from({ length: 8 }, (_, i) => `raw-${3000 + i}-0.fits`);
  const { daemon, processor, units } = setUp({ repository, takesMs: 40 }, { workers: 2 });
  await daemon.start();
  await daemon.receiveRaw('/in/raw-9001-0.fits');
  expect(processor.most()).toBeLessThanOrEqual(2);
  await daemon.idle();
  expect(processor.seen.slice(0, 2)).toEqual(['3007/0', '9001/0']);
  expect(processor.seen.slice(2)).toEqual(['3006/0', '3005/0', '3004/0', '3003/0', '3002/0', '3001/0', '3000/0']);
  expect(processor.most()).toBe(2);
  expect(units.list().map(({ source }) => source)).toEqual(['unannounced', ...Array.from({ length: 8 }, () => 'backlog')]);
  await daemon.stop(0);
});

test('old raws that nobody announced are left to the backlog, so that a full folder is no storm', async () => {
  const repository: string[] = [];
  const { daemon, units, processor } = setUp({ repository, oldBefore: 8000 });
  await daemon.start();
  await daemon.announce({ ...VISIT, groupId: 'o6002' });
  for (const name of ['raw-6001-0.fits', 'raw-6002-0.fits', 'raw-6003-0.fits', 'raw-9001-0.fits']) await daemon.receiveRaw(`/in/${name}`);
  await daemon.idle();
  expect(units.list().map(({ exposure, source }) => [exposure, source])).toEqual([
    [9001, 'unannounced'],
    [6003, 'backlog'],
    [6002, 'announced'],
    [6001, 'backlog'],
  ]);
  expect(processor.seen.toSorted()).toEqual(['6001/0', '6002/0', '6003/0', '9001/0']);
  await daemon.stop(0);
});

test('ends cleanly: what runs is given back and done by the next start', async () => {
  const first = setUp({ takesMs: 5000 });
  await first.daemon.start();
  await first.daemon.receiveRaw('/in/raw-4001-0.fits');
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(first.units.counts().running).toBe(1);
  await first.daemon.stop(50);
  expect(first.events.at(-1)).toMatchObject({ event: 'released' });
  expect(first.units.counts()).toMatchObject({ waiting: 1, running: 0 });
  const second = setUp({ log: first.log }, { units: first.units });
  await second.daemon.start();
  await second.daemon.idle();
  expect(first.alerts()).toEqual(['4001-0-0', '4001-0-1']);
  await second.daemon.stop(0);
});

test('a failure is tried again by the backlog, a refusal at the next start; both keep their code', async () => {
  const error = { code: 'prompt.no-calibration', message: 'no bias' };
  const outcome: FakeOptions['outcome'] = ({ exposure }, attempt) =>
    exposure === 5001
      ? attempt < 3
        ? { state: 'failed', error: { code: 'x.y', message: 'z' } }
        : {}
      : { state: 'refused', plan: null, alerts: 0, error };
  const repository = ['raw-5001-0.fits', 'raw-5002-0.fits'];
  const { daemon, units, processor } = setUp({ repository, outcome });
  await daemon.start();
  await daemon.idle();
  expect(units.counts()).toMatchObject({ failed: 1, refused: 1 });
  await daemon.catchUp();
  await daemon.idle();
  await daemon.catchUp();
  await daemon.idle();
  expect(units.get(unitOfName('raw-5001-0.fits'))).toMatchObject({ state: 'done', attempts: 3 });
  expect(units.get(unitOfName('raw-5002-0.fits'))).toMatchObject({ state: 'refused', attempts: 1, outcome: { error } });
  await daemon.catchUp({ again: true });
  await daemon.idle();
  expect(processor.seen.filter((name) => name === '5002/0')).toHaveLength(2);
  await daemon.stop(0);
});

test('counts for Prometheus, and time against the budget from the shutter', async () => {
  const registry = new Registry();
  const fallbacks = [{ from: 'full', to: 'short', code: 'prompt.no-template', reason: 'none' }];
  const { daemon, units } = setUp({ outcome: () => ({ plan: 'short', fallbacks }) }, { metrics: promptMetrics(registry) });
  await daemon.start();
  await daemon.announce(VISIT);
  await daemon.receiveRaw('/in/raw-7001-0.fits');
  await daemon.idle();
  const text = await registry.metrics();
  for (const line of [
    'almagest_prompt_announcements_total{repeated="false"} 1',
    'almagest_prompt_raws_total{source="announced"} 1',
    'almagest_prompt_units_total{state="done",plan="short",code=""} 1',
    'almagest_prompt_fallbacks_total{to="short",code="prompt.no-template"} 1',
    'almagest_prompt_alerts_total 2',
    'almagest_prompt_stage_seconds_count{stage="all"} 1',
    'almagest_prompt_latency_seconds_count{from="arrival"} 1',
    'almagest_prompt_running 0',
  ])
    expect(text).toContain(line);
  const record = units.list()[0]!;
  expect(latencyOf(record)?.from).toBe('arrival');
  const finishedMs = record.rawSeenMs + 40_000;
  const live = { ...record, shutterCloseMs: record.rawSeenMs - 15_000, outcome: { ...record.outcome!, finishedMs } };
  expect(latencyOf(live)).toEqual({ sec: 55, from: 'shutter' });
  expect(BUDGET_SEC).toBe(60);
  await daemon.stop(0);
});

test('a queue never runs a key twice at once, and a backlog job that turns live moves up', async () => {
  const queue = new WorkQueue(1);
  const order: string[] = [];
  const job = (key: string, live: boolean, rank: number): void =>
    queue.add({
      key,
      live,
      rank,
      run: async () => {
        order.push(key);
        await new Promise((resolve) => setTimeout(resolve, 5));
      },
    });
  job('a', false, 1);
  job('b', false, 5);
  job('c', false, 9);
  job('a', true, 1);
  job('b', true, 5);
  await queue.idle();
  expect(order).toEqual(['a', 'b', 'c']);
});
