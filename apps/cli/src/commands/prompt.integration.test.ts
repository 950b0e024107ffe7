import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { AlertLog } from '@almagest/alerts';
import { openApdb } from '@almagest/apdb';
import { Butler } from '@almagest/butler';
import type { RunReport } from '@almagest/pipeline';
import {
  NightReports,
  openPipelineProcessor,
  type PromptEvent,
  type RawUnit,
  type UnitOutcome,
  type UnitProcessor,
  UnitStore,
} from '@almagest/prompt';
import { cellAt, getColumn } from '@almagest/table';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeDemoNight } from '../demo/demo-night.ts';
import { MIN_RELIABILITY, SKY_MAP } from '../survey/night.ts';
import { surveyPlans } from '../survey/prompt.ts';
import { REFERENCES } from '../survey/reference.ts';
import { cameraOf, collectionsOf } from '../survey/repository.ts';
import { type SurveyFolder, surveyFolder } from '../survey/survey-folder.ts';

const BIN = new URL('../../bin/almagest.mjs', import.meta.url).pathname;
const INSTRUMENT = 'SimCam-demo';
const scratch = mkdtempSync(join(tmpdir(), 'almagest-prompt-'));
const survey: SurveyFolder = surveyFolder(join(scratch, 'survey'));
const incoming = join(scratch, 'incoming');
let raws: string;
/** Files of the n-th exposure of the second night, one a detector. */
const filesOf = (n: number): readonly string[] => readdirSync(raws).filter((name) => name.includes(`_0000${n}_S`)).map((name) => join(raws, name)); // prettier-ignore
const drop = (n: number): void => {
  for (const path of filesOf(n)) cpSync(path, join(incoming, path.slice(raws.length + 1)));
};

beforeAll(async () => {
  mkdirSync(incoming);
  raws = await makeDemoNight(survey.root);
}, 600_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Running {
  readonly child: ChildProcess;
  readonly events: (PromptEvent | { readonly event: 'listening'; readonly address: string })[];
  readonly until: (holds: () => boolean, seconds?: number) => Promise<void>;
  readonly ended: Promise<number | null>;
}

/** Starts the daemon as a user does. */
function start(...more: readonly string[]): Running {
  const child = spawn(process.execPath, [BIN, 'prompt', survey.root, '--raws', incoming, '-j', '2', '--port', '0', '--json', ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const events: Running['events'] = [];
  createInterface({ input: child.stdout }).on('line', (line) => events.push(JSON.parse(line) as Running['events'][number]));
  const until = async (holds: () => boolean, seconds = 240): Promise<void> => {
    for (let k = 0; k < seconds * 20; k++) {
      if (holds()) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`waited ${seconds} s; the last events: ${JSON.stringify(events.slice(-3))}`);
  };
  return { child, events, until, ended: new Promise((resolve) => child.once('exit', resolve)) };
}

async function addressOf({ events, until }: Running): Promise<string> {
  await until(() => events.length > 0);
  const [listening] = events;
  return listening?.event === 'listening' ? listening.address : '';
}

/** Announces the n-th exposure of the second night; returns the status of the answer. */
async function announce(daemon: Running, n: number): Promise<number> {
  // The night goes r, g, r, g.
  const pointing = { ra: 150.1, dec: 2.2, physicalFilter: n % 2 === 1 ? 'sim_r' : 'sim_g', exposureSec: 30 };
  const body = JSON.stringify({ instrument: INSTRUMENT, groupId: `SC_O_20260324_00000${n}`, ...pointing });
  const headers = { 'content-type': 'application/json' };
  return (await fetch(`${await addressOf(daemon)}/api/prompt/next-visit`, { method: 'POST', body, headers })).status;
}

const outcomes = ({ events }: Running): readonly UnitOutcome[] =>
  events.flatMap((event) => (event.event === 'ended' ? [event.outcome] : []));

async function stop({ child, ended }: Running): Promise<void> {
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
}

/** Keys of all alerts of the stream, and ids of all stored sources that deserve one. */
async function alertsAndSources(): Promise<{ readonly alerts: readonly string[]; readonly sources: readonly string[] }> {
  const log = await AlertLog.open(survey.alerts, { readOnly: true });
  const alerts = (await log.read(0, 100_000)).map(({ key }) => String(key));
  await log.close();
  const apdb = await openApdb({ address: survey.apdb });
  const table = await apdb.getChunkRows('DiaSource', (await apdb.getReplicaChunks()).map(({ id }) => id)); // prettier-ignore
  await apdb.close();
  const reliability = getColumn(table, 'reliability').data as Float32Array;
  const ids = getColumn(table, 'diaSourceId').data as BigInt64Array;
  return { alerts, sources: Array.from(ids.keys()).filter((i) => !(reliability[i]! < MIN_RELIABILITY)).map((i) => String(ids[i])) }; // prettier-ignore
}

test('a visit that is announced twice, with raws that come twice, gives its alerts once', async () => {
  const daemon = start();
  const address = await addressOf(daemon);
  for (const status of [202, 200]) expect(await announce(daemon, 1)).toBe(status);
  await daemon.until(() => daemon.events.filter(({ event }) => event === 'preloaded').length === 2);
  expect(daemon.events.find(({ event }) => event === 'preloaded')).toMatchObject({
    report: { datasets: { bias: 1, dark: 1, flat: 1, template_coadd: 4 } },
  });
  drop(1);
  await daemon.until(() => outcomes(daemon).length === 2);
  mkdirSync(join(incoming, 'again'));
  for (const path of filesOf(1)) cpSync(path, join(incoming, 'again', path.slice(raws.length + 1)));
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(outcomes(daemon)).toEqual(
    [0, 1].map(() => expect.objectContaining({ state: 'done', plan: 'alert-production', fallbacks: [] }) as unknown),
  );
  const units = new UnitStore(survey.prompt, { readOnly: true });
  expect(units.list().map(({ source, attempts }) => [source, attempts])).toEqual([['announced', 1], ['announced', 1]]); // prettier-ignore
  units.close();
  const { alerts, sources } = await alertsAndSources();
  expect(alerts.length).toBeGreaterThan(5);
  expect(alerts.toSorted()).toEqual(sources.toSorted());
  expect(outcomes(daemon).reduce((sum, each) => sum + each.alerts, 0)).toBe(alerts.length);
  expect(await (await fetch(`${address}/metrics`)).text()).toContain(
    'almagest_prompt_units_total{state="done",plan="alert-production",code=""} 2',
  );
  await stop(daemon);
}, 300_000);

test('killed with SIGKILL in mid-run, it goes on at the next start, and each alert is there exactly once', async () => {
  const before = (await alertsAndSources()).alerts.length;
  // Once early, and once while alerts are being made.
  for (const stage of ['isr', 'subtract']) {
    const daemon = start();
    if (stage === 'isr') {
      await announce(daemon, 2);
      drop(2);
    }
    const provenance = join(survey.repository, '.almagest/runs', `${INSTRUMENT}/prompt/20260324/alert-production`);
    await daemon.until(() => daemon.events.filter(({ event }) => event === 'begun').length === 2);
    const { readProvenance } = await import('@almagest/pipeline');
    await daemon.until(
      () =>
      readdirSync(provenance, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.startsWith('2026032400002') && name.endsWith('run.prov'))
        .some((name) => readProvenance(join(provenance, name)).some((block) => block.kind === 'quanta' && block.results.some(({ label }) => label === stage))), // prettier-ignore
    );
    daemon.child.kill('SIGKILL');
    await daemon.ended;
  }
  const last = start();
  await last.until(() => outcomes(last).length === 2);
  expect(last.events.filter((event) => event.event === 'begun').map((event) => event.resumed)).toEqual([true, true]);
  const { alerts, sources } = await alertsAndSources();
  expect(new Set(alerts).size).toBe(alerts.length);
  expect(alerts.toSorted()).toEqual(sources.toSorted());
  expect(outcomes(last).reduce((sum, each) => sum + each.alerts, 0)).toBe(alerts.length - before);
  await stop(last);
}, 400_000);

test('a raw that came in while the daemon was away is caught up, without announcement', async () => {
  const before = (await alertsAndSources()).alerts.length;
  expect(spawnSync(process.execPath, [BIN, 'ingest', survey.repository, ...filesOf(3)], { encoding: 'utf8' }).status).toBe(0);
  const daemon = start('--once');
  const status = await daemon.ended;
  expect(outcomes(daemon).map(({ state, error }) => [state, error])).toEqual([
    ['done', null],
    ['done', null],
  ]);
  expect(status).toBe(0);
  expect(daemon.events.flatMap((event) => (event.event === 'arrived' ? [event.source] : []))).toEqual(['backlog', 'backlog']);
  const { alerts, sources } = await alertsAndSources();
  expect(alerts.length).toBeGreaterThan(before);
  expect(alerts.toSorted()).toEqual(sources.toSorted());
}, 300_000);

test('without a template the images are calibrated, without references characterized, without calibrations refused with a code', async () => {
  await using butler = await Butler.open(survey.repository, { writeable: true });
  const { raw, calib } = collectionsOf(INSTRUMENT);
  const open = async (inputs: readonly string[], output: string): Promise<UnitProcessor> =>
    openPipelineProcessor({
      butler,
      instrument: INSTRUMENT,
      camera: await cameraOf(butler, INSTRUMENT),
      rawRun: raw,
      inputs,
      output,
      skymap: SKY_MAP,
      plans: surveyPlans(survey),
      workers: 1,
    });
  const before = (await alertsAndSources()).alerts.length;
  const once = async (inputs: readonly string[], output: string): Promise<UnitOutcome> => {
    const processor = await open(inputs, output);
    const [unit] = await processor.ingest(filesOf(4)[0] ?? '');
    const outcome = await processor.process(unit as RawUnit, { onStage: () => undefined, signal: new AbortController().signal });
    await processor.close();
    return outcome;
  };
  expect(await once([calib, REFERENCES], 'test/no-template')).toMatchObject({
    state: 'done',
    plan: 'single-frame',
    alerts: 0,
    fallbacks: [{ from: 'alert-production', to: 'single-frame', code: 'prompt.no-template' }],
  });
  expect(await butler.queryDatasets('source', { collections: ['test/no-template'] })).toHaveLength(1);
  const characterized = await once([calib], 'test/no-reference');
  expect(characterized).toMatchObject({ state: 'done', plan: 'characterize' });
  expect(characterized.fallbacks.map(({ code }) => code)).toEqual(expect.arrayContaining(['prompt.no-template', 'prompt.no-reference']));
  expect(await once([REFERENCES], 'test/no-calibration')).toMatchObject({
    state: 'refused',
    plan: null,
    error: { code: 'prompt.no-calibration', message: expect.stringContaining('"bias"') as string },
  });
  expect((await alertsAndSources()).alerts).toHaveLength(before);
  const units = new UnitStore(survey.prompt, { readOnly: true });
  const night = await new NightReports(butler, units).get(20_260_324);
  units.close();
  const [first] = night?.visits ?? [];
  expect(first?.prompt).toHaveLength(2);
  expect(first?.prompt[0]).toMatchObject({
    state: 'done',
    plan: 'alert-production',
    source: 'announced',
    budgetSec: 60,
    latencyFrom: 'arrival',
  });
  // Other tasks of a detector may join these.
  const wanted = 'ingest inputs graph isr characterizeImage calibrateImage buildTemplate subtract associate alert register'.split(' ');
  expect(first?.prompt[0]?.stages.map(({ stage }) => stage).filter((stage) => wanted.includes(stage))).toEqual(wanted);
  expect(first?.prompt[0]?.latencySec).toBeGreaterThan(0);
  expect(first?.steps.find(({ task }) => task === 'alert')).toMatchObject({ done: 2, failed: 0 });
}, 300_000);

/** What the alert database holds of detections: id, visit, object and flux of each. */
async function storedSources(): Promise<ReadonlyMap<bigint, readonly unknown[]>> {
  const apdb = await openApdb({ address: survey.apdb });
  const table = await apdb.getChunkRows('DiaSource', (await apdb.getReplicaChunks()).map(({ id }) => id)); // prettier-ignore
  await apdb.close();
  const columns = ['visit', 'detector', 'diaObjectId', 'psfFlux', 'reliabilityVersion'].map((name) => getColumn(table, name));
  const ids = getColumn(table, 'diaSourceId').data as BigInt64Array;
  return new Map(Array.from(ids, (id, row) => [id, columns.map((column) => cellAt(column, row))]));
}

test('almagest night after prompt keeps what prompt stored and sent, adds what prompt did not do, and changes nothing the second time', async () => {
  const before = { ...(await alertsAndSources()), stored: await storedSources() };
  const night = (): number | null =>
    spawnSync(process.execPath, [BIN, 'night', survey.root, '-j', '2', '--json'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }).status;
  expect(night()).toBe(0);
  const after = { ...(await alertsAndSources()), stored: await storedSources() };
  for (const [id, source] of before.stored) expect(after.stored.get(id)).toEqual(source);
  expect([...before.stored.values()].every((source) => /^[0-9a-f]{7}$/.test(String(source.at(-1))))).toBe(true);
  // The fourth exposure came in without alerts.
  const visits = new Set([...after.stored.values()].map(([visit]) => String(visit)));
  expect([...visits].toSorted()).toEqual([1, 2, 3, 4].map((n) => `202603240000${n}`));
  expect(after.alerts.slice(0, before.alerts.length)).toEqual(before.alerts);
  expect(after.alerts.length).toBeGreaterThan(before.alerts.length);
  expect(after.alerts.toSorted()).toEqual(after.sources.toSorted());
  expect(night()).toBe(0);
  expect({ ...(await alertsAndSources()), stored: await storedSources() }).toEqual(after);
}, 400_000);

test('almagest report of a prompt night sums up its detectors', () => {
  const run = `${INSTRUMENT}/prompt/20260324`;
  const { stdout } = spawnSync(process.execPath, [BIN, 'report', run, '-b', survey.repository, '--json'], { encoding: 'utf8' });
  const report = JSON.parse(stdout) as RunReport;
  expect(report.outputRun).toBe(`${run}/alert-production`);
  for (const label of ['isr', 'subtract', 'alert'])
    expect(report.tasks.find((task) => task.label === label)).toMatchObject({ quanta: 6, waiting: 0, counts: { success: 6, failed: 0 } });
  expect(report.sessions.length).toBeGreaterThanOrEqual(6);
});
