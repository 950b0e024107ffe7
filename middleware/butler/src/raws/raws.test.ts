import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCamera, translateFile, writeIndex, writeSidecar } from '@almagest/instrument';
import { expect, test } from 'vitest';
import { Butler, defineVisits, ingestRaws, registerInstrument } from '../index.ts';
import { exposureBegin, makeTestRepository } from '../../test/test-repository.ts';
import { writeRaw } from '../../test/write-raw.ts';

test('ingests raws, reports what fails, and goes on where it was stopped', async () => {
  await using repository = await makeTestRepository();
  const { butler } = repository;
  const folder = join(repository.folder, '../in');
  mkdirSync(folder);
  const camera = loadCamera('simcam-tiny');
  expect(await registerInstrument(butler, camera)).toBe('SimCam-tiny');
  const paths = [
    await writeRaw(folder, 1),
    await writeRaw(folder, 2),
    await writeRaw(folder, 3, { type: 'bias' }),
    await writeRaw(folder, 4, { drop: 'EXPID' }),
    await writeRaw(folder, 5, { filter: 'unknown' }),
  ];
  writeFileSync(join(folder, 'junk.fits'), 'no fits');
  const first = await ingestRaws(butler, [...paths, join(folder, 'junk.fits'), join(folder, 'missing.fits')], {
    mode: 'copy',
    cameras: [camera],
  });
  expect(first.ingested.map((ref) => ref.dataId.get('exposure'))).toEqual([2026112000001, 2026112000002, 2026112000003]);
  expect(first.failures.map(({ path }) => path.split('/').at(-1)!).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    'junk.fits',
    'missing.fits',
    'raw_4.fits',
    'raw_5.fits',
  ]);
  expect(first.failures.every(({ code, message }) => code.length > 3 && message.length > 10)).toBe(true);
  const again = await ingestRaws(butler, paths.slice(0, 3), { mode: 'copy', cameras: [camera] });
  expect([again.ingested.length, again.skipped, again.failures.length]).toEqual([0, 3, 0]);
  const other = await Butler.create(join(repository.folder, '../other'));
  await registerInstrument(other, camera);
  const elsewhere = await ingestRaws(other, paths.slice(0, 1), { mode: 'symlink', cameras: [camera] });
  expect(elsewhere.ingested[0]!.id).toBe(first.ingested[0]!.id);
  await other.close();
  const [record] = await butler.queryDimensionRecords('exposure', { where: "instrument = 'SimCam-tiny' AND seq_num = 2" });
  expect(record!.fields).toMatchObject({
    obs_id: 'sim_2',
    physical_filter: 'sim_r',
    day_obs: 20261119,
    group: 'group_1',
    tracking_dec: 2,
    sky_angle: 30,
    observation_type: 'science',
  });
  const uris = await butler.getUris(first.ingested[0]!);
  expect(uris[0]).toMatch(/SimCam-tiny\/raw\/all\/raw\/20261119\/sim_1\/raw_SimCam-tiny_sim_r_sim_1_.*S00_SimCam-tiny_raw_all\.fits$/);
});

test('defines visits with sky regions, only once', async () => {
  await using repository = await makeTestRepository();
  const { butler } = repository;
  const folder = join(repository.folder, '../in');
  mkdirSync(folder);
  const camera = loadCamera('simcam-tiny');
  await registerInstrument(butler, camera);
  const paths = await Promise.all([1, 2, 3].map(async (n) => await writeRaw(folder, n, n === 3 ? { type: 'bias' } : {})));
  await ingestRaws(butler, paths, { mode: 'direct', cameras: [camera] });
  const instrument = 'SimCam-tiny';
  expect(await defineVisits(butler, { instrument, camera })).toBe(2);
  expect(await defineVisits(butler, { instrument, camera })).toBe(0);
  const near = async (where: string): Promise<number> =>
    await butler.query().where({ instrument }).where(where).dataIds(['visit', 'detector']).count();
  expect(await near('visit_detector_region.region OVERLAPS POINT(150.001, 2)')).toBe(2);
  expect(await near('visit_detector_region.region OVERLAPS POINT(150.5, 2)')).toBe(0);
  expect(await butler.query().where({ instrument }).dataIds(['exposure', 'visit']).count()).toBe(2);
});

test('makes visits of single exposures and of counted series, as the field does', async () => {
  await using repository = await makeTestRepository();
  const { butler } = repository;
  const instrument = 'Cam';
  const [day, night] = [20231114, 20231115];
  // A pair, one whose first exposure is missing, one alone, one without counters.
  const exposures = [
    [11, 1, 1, 2],
    [12, 2, 1, 2],
    [14, 4, 3, 5],
    [15, 5, 3, 5],
    [16, 6, 6, 6],
    [17, null, null, null],
  ] as const;
  await butler.insertDimensionData(
    'exposure',
    exposures.map(([id, seq_num, seq_start, seq_end], i) => ({
      instrument,
      id,
      obs_id: `o${id}`,
      physical_filter: 'Cam-R1',
      group: 'g1',
      day_obs: id === 16 ? night : day,
      exposure_time: 15,
      observation_type: 'science',
      observation_reason: i === 0 ? 'first' : 'other',
      seq_num,
      seq_start,
      seq_end,
      azimuth: i === 0 ? 350 : 20,
      zenith_angle: 10 * i,
      can_see_sky: true,
      timespan: { begin: exposureBegin(id), end: exposureBegin(id) + 15_000_000_000n },
    })),
  );
  const where = 'exposure > 10';
  expect(await defineVisits(butler, { instrument, grouping: 'one-to-one-and-by-counter', where })).toBe(7);
  expect(await defineVisits(butler, { instrument, grouping: 'one-to-one-and-by-counter', where })).toBe(0);
  const visits = await butler.queryDimensionRecords('visit', { where: "instrument = 'Cam' AND visit > 10", orderBy: ['visit'] });
  const systems = new Map<unknown, unknown[]>();
  for (const { fields } of await butler.queryDimensionRecords('visit_system_membership', { where: "instrument = 'Cam' AND visit > 10" }))
    systems.set(
      fields['visit'],
      [...(systems.get(fields['visit']) ?? []), fields['visit_system']].toSorted((a, b) => Number(a) - Number(b)),
    );
  const members = await butler.queryDimensionRecords('visit_definition', { where: "instrument = 'Cam' AND visit > 10" });
  expect(
    visits.map(({ fields: { id, name } }) => [
      id,
      name,
      members
        .filter(({ fields }) => fields['visit'] === id)
        .map(({ fields }) => fields['exposure'])
        .toSorted((a, b) => Number(a) - Number(b)),
      systems.get(id),
    ]),
  ).toEqual([
    [11, 'o11', [11, 12], [2]],
    [12, 'o12', [12], [0]],
    [14, 'o14', [14], [0]],
    [15, 'o15', [15], [0]],
    [16, 'o16', [16], [0, 2]],
    [17, 'o17', [17], [0, 2]],
    [911, 'o11_first', [11], [0]],
  ]);
  expect(visits[0]!.fields).toMatchObject({
    exposure_time: 30,
    observation_reason: 'various',
    seq_num: 1,
    zenith_angle: 5,
    timespan: { begin: exposureBegin(11), end: exposureBegin(12) + 15_000_000_000n },
  });
  expect(visits[0]!.fields['azimuth']).toBeCloseTo(5, 9);
  await expect(defineVisits(butler, { instrument, grouping: 'by-hand' as 'one-to-one' })).rejects.toMatchObject({
    code: 'butler.bad-query',
  });
});

test('reads sidecars and indexes instead of the files', async () => {
  await using repository = await makeTestRepository();
  const { butler } = repository;
  const folder = join(repository.folder, '../in');
  const indexed = join(repository.folder, '../indexed');
  mkdirSync(folder);
  mkdirSync(indexed);
  const camera = loadCamera('simcam-tiny');
  await registerInstrument(butler, camera);
  const entries = new Map();
  for (const n of [1, 2]) {
    const raw = await writeRaw(folder, n);
    const [translation] = await translateFile(raw, { cameras: [camera] });
    const entry = { translator: camera.name, info: translation!.info };
    if (n === 1) await writeSidecar(raw, entry);
    else {
      copyFileSync(raw, join(indexed, 'b.fits'));
      entries.set('b.fits', entry);
    }
  }
  await writeIndex(indexed, entries);
  for (const path of [join(folder, 'raw_1.fits'), join(indexed, 'b.fits')]) writeFileSync(path, 'pixels that nobody reads');
  const report = await ingestRaws(butler, [join(folder, 'raw_1.fits'), join(indexed, 'b.fits')], { mode: 'move' });
  expect([report.ingested.length, report.failures]).toEqual([2, []]);
  expect([existsSync(join(folder, 'raw_1.fits')), readdirSync(indexed)]).toEqual([false, ['_index.json']]);
  rmSync(folder, { recursive: true });
});

test('of two files that claim to be one exposure the second is reported, not passed over', async () => {
  await using repository = await makeTestRepository();
  const { butler } = repository;
  const folder = join(repository.folder, '../in');
  mkdirSync(folder);
  await registerInstrument(butler, loadCamera('simcam-tiny'));
  const path = await writeRaw(folder, 1);
  const twin = join(folder, 'raw_1_again.fits');
  copyFileSync(path, twin);
  const first = await ingestRaws(butler, [path, twin]);
  expect(first.ingested).toHaveLength(1);
  expect(first.failures).toMatchObject([{ path: twin, message: expect.stringContaining(`is that of ${path} too`) }]);
  expect(await ingestRaws(butler, [path])).toMatchObject({ skipped: 1, failures: [] });
});
