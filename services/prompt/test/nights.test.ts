import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anonymousAuthenticator } from '@almagest/auth';
import { Butler, registerInstrument } from '@almagest/butler';
import { loadCamera } from '@almagest/instrument';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NightReports, registerNights, UnitStore } from '../src/index.ts';

let folder: string;
let butler: Butler;
let app: FastifyInstance;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nights-'));
  butler = await Butler.create(folder, { run: 'made' });
  const instrument = await registerInstrument(butler, loadCamera('simcam-tiny'));
  await butler.registerDatasetType({ name: 'calexp', dimensions: ['instrument', 'visit', 'detector'], storageClass: 'StructuredDataDict' });
  for (const [visit, day] of [
    [1, 20260922],
    [2, 20260923],
  ] as const) {
    await butler.insertDimensionData('day_obs', [{ instrument, id: day }]);
    const visitRecord = { instrument, id: visit, name: `visit ${visit}`, physical_filter: 'sim_r', day_obs: day, exposure_time: 30 };
    await butler.insertDimensionData('visit', [{ ...visitRecord, target_name: 'sample field' }]);
    await butler.put({ visit }, 'calexp', { instrument, visit, detector: 0 });
  }
  app = Fastify();
  registerNights(app, { butler, authenticate: anonymousAuthenticator(['read:image']) });
});
afterAll(async () => {
  await app.close();
  await butler.close();
  rmSync(folder, { recursive: true });
});

test('a night without provenance has its visits with what was made of them', async () => {
  expect((await app.inject('/api/nights')).json()).toEqual({
    nights: [
      { day: 20260923, visits: 1 },
      { day: 20260922, visits: 1 },
    ],
  });
  const night = (await app.inject('/api/nights/20260923')).json<{ visits: Record<string, unknown>[] }>();
  expect(night.visits).toHaveLength(1);
  expect(night.visits[0]).toMatchObject({ visit: 2, band: 'r', exposureSec: 30, target: 'sample field' });
  expect(night.visits[0]!['steps']).toContainEqual({ task: 'calexp', done: 1, failed: 0, seconds: null });
});

test('a night without visits is not found, another word for a night is refused', async () => {
  expect((await app.inject('/api/nights/19990101')).statusCode).toBe(404);
  expect((await app.inject('/api/nights/tonight')).statusCode).toBe(400);
});

test('a night that was processed as it was taken tells stages and latency of each detector from the shutter', async () => {
  const units = new UnitStore(join(folder, 'prompt.sqlite3'));
  const at = Date.UTC(2026, 8, 24, 5);
  const visit = {
    instrument: 'SimCam-tiny',
    groupId: 'o2',
    ra: 1,
    dec: 2,
    skyAngle: 0,
    physicalFilter: 'sim_r',
    exposureSec: 30,
    exposures: 1,
  };
  units.announce(visit, [0], at - 60_000, at + 60_000);
  units.notePreload(visit, 0, { startedMs: at - 60_000, endedMs: at - 58_500 }, {});
  const unit = { instrument: 'SimCam-tiny', exposure: 2, detector: 0, group: null, observation: 'o2', day: 20260923, shutterCloseMs: at };
  units.arrive(unit, 'announced', at + 3000);
  units.claim(unit, 'me', at + 3100);
  const outcome = {
    state: 'done',
    plan: 'alert-production',
    fallbacks: [],
    run: 'r',
    alerts: 7,
    finishedMs: at + 33_000,
    error: null,
  } as const;
  units.settle(unit, 'me', outcome, [{ stage: 'isr', startedMs: at + 3200, endedMs: at + 4200 }]);
  const night = await new NightReports(butler, units).get(20260923);
  units.close();
  expect(night?.visits[0]).toMatchObject({ latencySec: 33 });
  expect(night?.visits[0]?.prompt).toEqual([
    expect.objectContaining({
      alerts: 7,
      latencySec: 33,
      latencyFrom: 'shutter',
      preloadSec: 1.5,
      stages: [
        { stage: 'transfer', beginSec: 0, seconds: 3 },
        { stage: 'isr', beginSec: 3.2, seconds: 1 },
      ],
    }),
  ]);
});
