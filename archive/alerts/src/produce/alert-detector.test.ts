import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { associateDetector, associateTask, createApdb, openApdb, precoverTask } from '@almagest/apdb';
import { createMaskedImage, type Exposure, exposureOf, gaussianPsf } from '@almagest/image';
import { createRandom } from '@almagest/numerics';
import { runTask } from '@almagest/pipeline';
import { circleDeg } from '@almagest/sphere';
import { type Column, columnFromCells, getColumn, makeColumn, makeTable, type Table, takeRows } from '@almagest/table';
import { readWcs } from '@almagest/wcs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DecodedPacket, packetType } from '../avro/avro-type.ts';
import { packetSchema } from '../packet/packet-schema.ts';
import { fromWire } from '../packet/wire-format.ts';
import { AlertLog } from '../stream/alert-log.ts';
import { packetsOfDetector } from './alert-detector.ts';
import { type AlertSummary, alertTask } from './alert-task.ts';

const CARDS: Readonly<Record<string, string | number>> = {
  CTYPE1: 'RA---TAN',
  CTYPE2: 'DEC--TAN',
  CRPIX1: 128,
  CRPIX2: 128,
  CRVAL1: 150,
  CRVAL2: 2,
  CD1_1: -5.5e-5,
  CD2_2: 5.5e-5,
};
const wcs = readWcs({ get: (keyword: string) => CARDS[keyword] });
const STARS = [
  [60, 70],
  [100.3, 200.8],
  [180.5, 33.3],
] as const;
const FLUX = 3000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'night-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A difference image with three new stars of flux 3000 and their detections. */
function observe(seed: number, day: number): { exposure: Exposure; detections: Table } {
  const random = createRandom(seed);
  const masked = createMaskedImage(256, 256);
  random.fillNormal(masked.image.data, 0, 5);
  masked.variance.data.fill(25);
  const psf = gaussianPsf(1.7);
  for (const [x, y] of STARS) {
    const star = psf.computeImage(x, y);
    for (let j = 0; j < star.height; j += 1)
      for (let i = 0; i < star.width; i += 1)
        masked.image.data[(star.y0 + j) * 256 + star.x0 + i]! += FLUX * star.data[j * star.stride + i]!;
  }
  const sky = STARS.map(([x, y]) => wcs.pixelToSky(x + random.normal(0, 0.05), y + random.normal(0, 0.05)));
  const column = (name: string, values: readonly number[]): ReturnType<typeof makeColumn> =>
    makeColumn({ name, datatype: 'float64', data: Float64Array.from(values) });
  const detections = makeTable([
    column(
      'x',
      STARS.map(([x]) => x),
    ),
    column(
      'y',
      STARS.map(([, y]) => y),
    ),
    column(
      'ra',
      sky.map(({ ra }) => (ra * 180) / Math.PI),
    ),
    column(
      'dec',
      sky.map(({ dec }) => (dec * 180) / Math.PI),
    ),
    column(
      'psfFlux',
      STARS.map(() => FLUX + random.normal(0, 30)),
    ),
    column(
      'psfFluxErr',
      STARS.map(() => 30),
    ),
    column(
      'snr',
      STARS.map(() => 100),
    ),
    makeColumn({ name: 'isNegative', datatype: 'boolean', data: new Uint8Array(STARS.length) }),
  ]);
  const midpointTaiNs = BigInt(61_000 + day - 40_587) * 86_400_000_000_000n;
  return {
    exposure: exposureOf(masked, { wcs, psf, filter: { band: 'r', physical: 'r' }, visitInfo: { midpointTaiNs, exposureSec: 30 } }),
    detections,
  };
}

async function runVisit(visit: number, day: number): Promise<{ stored: Table; summary: AlertSummary }> {
  const { exposure, detections } = observe(visit, day);
  const config = { apdb: join(folder, 'apdb.sqlite3') };
  const dataId = { instrument: 'Test', visit, detector: 3 };
  const associated = await runTask(associateTask, { inputs: { difference: exposure, detections, science: exposure }, config, dataId });
  const { sources } = associated.outputs as { sources: Table };
  const alerted = await runTask(alertTask, {
    inputs: { sources, difference: exposure, science: exposure, template: undefined },
    config: { ...config, log: join(folder, 'alerts') },
    dataId,
  });
  return { stored: sources, summary: (alerted.outputs as { summary: AlertSummary }).summary };
}

test('two nights of a field: objects, histories, forced fluxes and stamps reach the alerts, once', async () => {
  expect((await runVisit(1, 0)).summary).toMatchObject({ alerts: 3, duplicates: 0 });
  expect((await runVisit(2, 1)).summary).toMatchObject({ alerts: 3, duplicates: 0 });
  const before = await runVisit(2, 1);
  expect(before.summary).toMatchObject({ alerts: 0, duplicates: 3 });

  const apdb = await openApdb({ address: join(folder, 'apdb.sqlite3') });
  const objects = await apdb.getDiaObjects(circleDeg(150, 2, 0.1));
  expect(objects.nrows).toBe(3);
  expect([...getColumn(objects, 'nDiaSources').data]).toEqual([2, 2, 2]);
  await apdb.close();

  const log = await AlertLog.open(join(folder, 'alerts'), { readOnly: true });
  expect(log.endOffset).toBe(6);
  const type = packetType(packetSchema());
  const packets = (await log.read(3, 3)).map(({ bytes }) => type.decode(fromWire(bytes).packet));
  for (const packet of packets) {
    expect((packet['prvDiaSources'] as unknown[]).length).toBe(1);
    const [forced] = packet['prvDiaForcedSources'] as readonly DecodedPacket[];
    expect(Math.abs((forced!['psfFlux'] as number) - FLUX)).toBeLessThan(5 * (forced!['psfFluxErr'] as number));
    expect(packet['diaObject']).toMatchObject({ nDiaSources: 2, r_psfFluxNdata: 2 });
    expect(packet['diaSource']).toMatchObject({ band: 'r', exposureTime: 30, midpointMjdTai: 61_001, detector: 3 });
    expect((packet['cutoutScience'] as Uint8Array).length).toBe(2880 * 3);
    expect(packet['cutoutTemplate']).toBeNull();
  }
  await log.close();
});

test('precovery: an object found today gets its flux on the image of a week ago, in the alerts that follow, and once', async () => {
  const { exposure } = observe(1, -7);
  const dataId = { instrument: 'Test', visit: 1, detector: 3 };
  const config = { apdb: join(folder, 'apdb.sqlite3') };
  const noDetections = takeRows(observe(1, -7).detections, []);
  await runTask(associateTask, { inputs: { difference: exposure, detections: noDetections, science: exposure }, config, dataId });
  await runVisit(2, 0);
  const precover = async (days: number): Promise<unknown> =>
    (await runTask(precoverTask, { inputs: { difference: exposure, science: exposure }, config: { ...config, windowDays: days }, dataId }))
      .outputs;
  expect(await precover(6)).toEqual({ summary: { forcedSources: 0 } });
  expect(await precover(30)).toEqual({ summary: { forcedSources: 3 } });
  expect(await precover(30)).toEqual({ summary: { forcedSources: 0 } });
  await runVisit(3, 1);

  const log = await AlertLog.open(join(folder, 'alerts'), { readOnly: true });
  const type = packetType(packetSchema());
  const packets = (await log.read(3, 3)).map(({ bytes }) => type.decode(fromWire(bytes).packet));
  expect(packets).toHaveLength(3);
  for (const packet of packets) {
    const forced = packet['prvDiaForcedSources'] as readonly DecodedPacket[];
    expect(forced.map((row) => row['midpointMjdTai'])).toEqual([60_993, 61_000]);
    expect(Math.abs((forced[0]!['psfFlux'] as number) - FLUX)).toBeLessThan(5 * (forced[0]!['psfFluxErr'] as number));
  }
  await log.close();
});

test('a known asteroid makes no object: its packet carries prediction, offsets and orbit', async () => {
  const { exposure, detections } = observe(4, 2);
  const apdb = await createApdb({ address: ':memory:' });
  const double = (name: string, values: readonly number[]): Column => columnFromCells({ name, datatype: 'float64' }, values);
  const name = columnFromCells({ name: 'designation', datatype: 'string' }, ['2026 AA1']);
  const [ra, dec] = ['ra', 'dec'].map((column) => getColumn(detections, column).data[1] as number);
  const place = [double('ephRa', [ra! + 0.5 / 3600 / Math.cos((dec! * Math.PI) / 180)]), double('ephDec', [dec!])];
  const id = columnFromCells({ name: 'ssObjectId', datatype: 'int64' }, [99n]);
  const ephemerides = makeTable([id, name, ...place, double('ephRateRa', [0]), double('ephRateDec', [0.2]), double('topoRange', [1.5])]);
  const names = ['packed', 'unpacked'].map((kind) => ({ ...name, name: `${kind}_primary_provisional_designation` }));
  const row = columnFromCells({ name: 'id', datatype: 'int32' }, [1]);
  await apdb.replaceRows('mpc_orbits', makeTable([row, name, ...names, double('a', [2.5])]));
  const visit = { visit: 4n, detector: 3, visitMjdTai: 61_002, processedMjdTai: 61_002.01, band: 'r' };
  await associateDetector(apdb, { ...visit, sources: detections, difference: exposure, science: exposure, ephemerides });
  const type = packetType(packetSchema());
  const packets: DecodedPacket[] = [];
  for await (const { bytes } of packetsOfDetector(apdb, 4n, 3, { difference: exposure })) packets.push(type.decode(bytes));
  expect(packets.map((packet) => [(packet['diaSource'] as DecodedPacket)['ssObjectId'], packet['diaObject'] === null])).toEqual([
    [null, false],
    [99n, true],
    [null, false],
  ]);
  const prediction = packets[1]!['ssSource'] as DecodedPacket;
  expect(prediction).toMatchObject({ designation: '2026 AA1', topoRange: 1.5 });
  expect(prediction['ephOffsetRa']).toBeCloseTo(-0.5, 6);
  expect(prediction['ephOffsetAlongTrack']).toBeCloseTo(0, 6);
  expect(prediction['ephOffsetCrossTrack']).toBeCloseTo(0.5, 6);
  expect(prediction['eclBeta']).toBeCloseTo(-9.1, 0);
  expect(packets[1]!['mpc_orbits']).toMatchObject({ designation: '2026 AA1', a: 2.5 });
  expect(packets[0]!['mpc_orbits']).toBeNull();
  await apdb.close();
});
