import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Butler } from '@almagest/butler';
import { createImage, createMask, exposureOf, maskedImageOf } from '@almagest/image';
import { dataPath, haveData } from '@almagest/test-data';
import { isoFromTaiNs } from '@almagest/time';
import { createWcs } from '@almagest/wcs';
import { Command } from 'commander';
import { afterAll, expect, test, vi } from 'vitest';
import { register } from './butler.ts';

const dir = mkdtempSync(join(tmpdir(), 'almagest-cli-butler-'));
afterAll(() => rmSync(dir, { recursive: true }));
const repo = join(dir, 'repo');

async function run(...args: readonly string[]): Promise<string> {
  const lines: string[] = [];
  const spy = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  try {
    const program = new Command().exitOverride();
    register(program);
    await program.parseAsync(['butler', ...args], { from: 'user' });
  } finally {
    spy.mockRestore();
  }
  return lines.join('\n');
}

const json = async (...args: readonly string[]): Promise<readonly Record<string, unknown>[]> =>
  (await run(...args, '--json'))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('a repository from its making to its cleaning', async () => {
  expect(await json('create', repo)).toEqual([{ repository: repo, universe: 8 }]);
  await run('register-instrument', repo, 'simcam-tiny');
  expect(await json('register-dataset-type', repo, 'note', 'StructuredDataDict', 'detector', '--is-calibration')).toEqual([
    { name: 'note', new: true },
  ]);
  writeFileSync(join(dir, 'note.yaml'), 'gain: 1.5\n');
  writeFileSync(join(dir, 'files.csv'), 'path,instrument,detector\nnote.yaml,SimCam-tiny,0\n');
  expect(await json('ingest-files', repo, 'note', 'notes/1', join(dir, 'files.csv'), '--prefix', dir, '-t', 'copy')).toMatchObject([
    { type: 'note', run: 'notes/1', detector: 0 },
  ]);
  expect(await json('certify-calibrations', repo, 'notes/1', 'calib', 'note', '--begin-date', '2026-01-01')).toEqual([
    { collection: 'calib', certified: 1 },
  ]);
  await run('collection-chain', repo, 'best', 'calib', 'notes/1');
  expect(await run('query-collections', repo, 'best')).toBe('best  CHAINED\n  calib  CALIBRATION\n  notes/1  RUN');
  expect(await run('query-collections', repo, 'calib', '--chains', 'inverse-tree')).toBe('calib  CALIBRATION\n  best  CHAINED');
  expect(await json('query-collections', repo, 'notes/1', '--chains', 'inverse-table')).toMatchObject([{ parents: ['best'] }]);
  expect(await json('collection-chain', repo, 'flat', 'best', '--flatten')).toEqual([{ chain: 'flat', children: ['calib', 'notes/1'] }]);
  expect(await json('collection-chain', repo, 'flat', '1', '--mode', 'pop')).toEqual([{ chain: 'flat', children: ['calib'] }]);
  await expect(run('collection-chain', repo, 'flat', '7', '--mode', 'pop')).rejects.toMatchObject({ code: 'butler.bad-query' });
  await run('remove-collections', repo, 'flat');
  expect(
    await json('query-datasets', repo, 'n*', '--collections', 'best', '--where', "instrument = 'SimCam-tiny'", '--find-first'),
  ).toHaveLength(1);
  expect(await json('query-datasets', repo, 'note', '--collections', 'best', '--count')).toEqual([{ count: 1 }]);
  expect(await run('query-datasets', repo, 'note', '--collections', 'best', '--where', 'detector = 7', '--explain')).toBe(
    'note: nothing has detector = 7',
  );
  expect(await json('query-data-ids', repo, 'detector', '--datasets', 'note', '--collections', 'notes/1')).toEqual([
    { instrument: 'SimCam-tiny', detector: 0 },
  ]);
  expect(
    await json('query-dimension-records', repo, 'physical_filter', '--where', "band IN ('g', 'r')", '--order-by', '-physical_filter'),
  ).toMatchObject([{ band: 'r' }, { band: 'g' }]);
  expect(await json('query-dataset-types', repo)).toMatchObject([{ name: 'note', isCalibration: true }]);
  expect(await json('retrieve-artifacts', repo, join(dir, 'out'), '-d', 'note', '--collections', 'notes/1')).toHaveLength(1);
  await run('create', join(dir, 'copy'));
  expect(await json('transfer-datasets', repo, join(dir, 'copy'), '-d', '*', '--collections', 'notes/1')).toEqual([{ transferred: 1 }]);
  expect(await json('export', repo, join(dir, 'export'), '-d', 'note', '--collections', 'notes/1')).toMatchObject([{ datasets: 1 }]);
  expect(readFileSync(join(dir, 'export/export.yaml'), 'utf8')).toContain('type: dataset_type');
  expect(await json('export-calibs', repo, join(dir, 'calibs'), 'best')).toMatchObject([{ datasets: 1 }]);
  expect(readFileSync(join(dir, 'calibs/export.yaml'), 'utf8')).toMatch(/collection: calib\n[^]*validity_ranges/);
  expect(await json('import', join(dir, 'copy'), join(dir, 'export'), '--skip-existing')).toMatchObject([{ datasets: 0 }]);
  expect(await json('fsck', repo, '--checksums')).toMatchObject([{ artifacts: 1, problems: [] }]);
  await expect(run('prune-datasets', repo, '-d', 'note', '--collections', 'notes/1', '--purge')).rejects.toMatchObject({
    code: 'butler.still-referenced',
  });
  await expect(run('remove-runs', repo, 'notes/*', '--dry-run')).rejects.toMatchObject({ code: 'butler.still-referenced' });
});

test('answers and refuses where expressions', async () => {
  expect(await run('parse-where', 'visit>5 and  detector in (1..9:2)')).toBe('visit > 5 AND detector IN (1..9:2)');
  expect(await json('parse-where', 'a = 1')).toMatchObject([{ canonical: 'a = 1', tree: { kind: 'binary', operator: '=', at: 0 } }]);
  await expect(run('parse-where', 'a = = 1')).rejects.toMatchObject({ code: 'butler.where-syntax', details: { position: 4 } });
});

test('stores what the camera file knows, once', async () => {
  const place = join(dir, 'curated');
  await run('create', place);
  await run('register-instrument', place, 'simcam-tiny');
  expect(await json('write-curated-calibrations', place, 'simcam-tiny')).toMatchObject([{ type: 'camera' }]);
  expect(await json('write-curated-calibrations', place, 'simcam-tiny')).toEqual([]);
  await using butler = await Butler.open(place);
  expect(await butler.get('camera', { instrument: 'SimCam-tiny' }, { collections: ['SimCam-tiny/calib'] })).toMatchObject({
    name: 'SimCam-tiny',
  });
});

test('brings regions, validity and old repositories up to date', async () => {
  const place = join(dir, 'upkeep');
  await run('create', place, '--disassemble', 'ExposureF');
  await run('register-instrument', place, 'simcam-tiny');
  const visit = { instrument: 'SimCam-tiny', visit: 7 };
  {
    await using butler = await Butler.open(place, { writeable: true, run: 'u/me' });
    await butler.insertDimensionData('day_obs', [{ instrument: 'SimCam-tiny', id: 20261119 }]);
    await butler.insertDimensionData('visit', [
      { instrument: 'SimCam-tiny', id: 7, name: 'v7', physical_filter: 'sim_r', day_obs: 20261119, exposure_time: 30 },
    ]);
    await butler.registerDatasetType({ name: 'calexp', dimensions: ['visit', 'detector'], storageClass: 'ExposureF' });
    await butler.registerDatasetType({ name: 'bias', dimensions: ['detector'], storageClass: 'int', isCalibration: true });
    const planes = maskedImageOf(createImage(100, 50), createMask(100, 50), createImage(100, 50));
    const wcs = createWcs({ crpix: [50, 25], cd: [-1e-3, 0, 0, 1e-3], projection: 'TAN', crval: [150, 2], frame: { system: 'ICRS' } });
    const ref = await butler.put(exposureOf(planes, { wcs }), 'calexp', { ...visit, detector: 0 });
    expect((await butler.getUris(ref)).length).toBe(5);
    await butler.put(1, 'bias', { instrument: 'SimCam-tiny', detector: 0 });
  }
  expect(await json('update-dimension-regions', place, 'calexp', '--collections', 'u/me')).toEqual([
    { detectors: 1, visits: 1, skipped: 0 },
  ]);
  const covering = async (ra: number, dec: number): Promise<number> =>
    Number((await json('query-data-ids', place, 'visit', '--where', `visit.region OVERLAPS POINT(${ra}, ${dec})`, '--count'))[0]!['count']);
  expect([await covering(150.04, 2.02), await covering(149.96, 1.98), await covering(150.06, 2), await covering(150, 2.04)]).toEqual([
    1, 1, 0, 0,
  ]);

  await run('certify-calibrations', place, 'u/me', 'calib', 'bias');
  expect(await json('decertify-calibrations', place, 'calib', 'bias', '--begin-date', '2027-01-01')).toMatchObject([
    { datasetType: 'bias' },
  ]);
  {
    await using butler = await Butler.open(place);
    const [left, ...more] = await butler.registry.queryAssociations('bias', ['calib']);
    expect([left?.timespan?.begin, more]).toEqual([undefined, []]);
    expect(isoFromTaiNs(left!.timespan!.end!, { scale: 'tai' })).toContain('2027-01-01T00:00:00');
  }
  expect(await run('migrate', place)).toContain('Nothing to do');
});

test.skipIf(!haveData)('says what a migration would do, and does it', async () => {
  const place = join(dir, 'of-2022');
  cpSync(dataPath('butler', 'metricvalue_repo1'), place, { recursive: true });
  expect(await run('migrate', place, '--dry-run')).toMatch(
    /universe 2 -> 8\n[^]*datasets +1\.0\.0 -> 2\.0\.0\n[^]*repeat without --dry-run/,
  );
  expect(await json('migrate', place)).toMatchObject([{ needed: true, copied: { datasets: 15 } }]);
  expect(await json('query-datasets', place, '*', '--count')).toEqual([{ count: 15 }]);
  expect(await json('fsck', place)).toMatchObject([{ artifacts: 15, problems: [] }]);
});

test('what is not there, or not of its form, is a coded error that names it', async () => {
  const place = join(dir, 'wrong');
  await run('create', place);
  writeFileSync(join(dir, 'rules.yaml'), '- name: x\n  dataset: [raw]\n');
  writeFileSync(join(dir, 'broken.yaml'), 'a: [');
  writeFileSync(join(dir, 'no-path.csv'), 'detector\n1\n');
  const code = async (...args: readonly string[]): Promise<unknown> =>
    await run(...args).then(
      () => undefined,
      (error: { code?: string }) => error.code,
    );
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['resources.file-not-found', ['retention', place, join(dir, 'missing.yaml')]],
    ['butler.bad-query', ['retention', place, join(dir, 'rules.yaml')]],
    ['butler.bad-query', ['retention', place, join(dir, 'broken.yaml')]],
    ['resources.file-not-found', ['ingest-files', place, 'raw', 'run', join(dir, 'missing.csv')]],
    ['butler.bad-query', ['ingest-files', place, 'raw', 'run', join(dir, 'no-path.csv')]],
    ['resources.file-not-found', ['create', join(dir, 'other'), '--universe', join(dir, 'missing.yaml')]],
    ['butler.artifact-not-written', ['create', join(dir, 'rules.yaml', 'inside')]],
    ['butler.repository-exists', ['create', place]],
    ['butler.no-repository', ['fsck', join(dir, 'nothing')]],
    ['butler.bad-exchange-file', ['import', place, join(dir, 'nothing')]],
    ['instrument.camera-not-found', ['register-instrument', place, 'simcan']],
    ['butler.unknown-dimension', ['query-data-ids', place, 'visti']],
    ['butler.unknown-dataset-type', ['query-datasets', place, 'rwa']],
    ['butler.unknown-collection', ['collection-chain', place, 'chain', 'nothing']],
    ['butler.where-meaning', ['query-data-ids', place, 'visit', '--where', 'visit = :n']],
    ['butler.bad-query', ['query-data-ids', place, 'visit', '--limit', 'many']],
    ['butler.bad-query', ['query-data-ids', place, 'visit', '--bind', 'n']],
    ['butler.where-syntax', ['query-datasets', place, '--where', 'visit =']],
    ['butler.no-repository', ['create', '']],
    ['butler.no-repository', ['create', 'http://127.0.0.1/x']],
    ['butler.bad-query', ['prune-datasets', place, '-d', '*', '--collections', '*']],
    ['butler.no-repository', ['fsck', ' ']],
    ['butler.bad-query', ['create', join(dir, 'other'), '--artifacts', 's3://']],
    ['butler.artifact-not-written', ['create', join(dir, 'other'), '--artifacts', join(dir, 'rules.yaml', 'x')]],
    ['butler.incompatible-repository', ['create', join(dir, 'other'), '--database', 'mysql://x/y']],
    ['butler.wrong-storage-class', ['register-dataset-type', place, 'x', 'StructuredDataDic', 'detector']],
    ['butler.unknown-dataset-type', ['remove-dataset-type', place, 'nothing']],
    ['butler.unknown-dataset-type', ['query-dataset-types', place, 'nothing']],
    ['butler.unknown-collection', ['query-collections', place, 'nothing']],
    ['butler.unknown-collection', ['remove-runs', place, 'nothing']],
    ['butler.unknown-collection', ['remove-collections', place, 'nothing']],
    ['cli.no-raws', ['ingest-raws', place, join(dir, 'none*.fits')]],
    ['resources.file-not-found', ['ingest-raws', place, join(dir, 'x.fits'), '--corrections', join(dir, 'nothing')]],
    ['butler.bad-data-id', ['define-visits', place, 'simcam-tiny']],
    ['butler.bad-data-id', ['write-curated-calibrations', place, 'simcam-tiny']],
    ['instrument.camera-file', ['register-instrument', place, join(dir, 'rules.yaml')]],
    ...(existsSync('/proc/self') ? ([['butler.artifact-not-written', ['create', '/proc/almagest']]] as const) : []),
  ];
  for (const [expected, args] of cases) expect([args, await code(...args)]).toEqual([args, expected]);
  expect([existsSync(join(dir, 'other')), await json('query-collections', place)]).toEqual([false, []]);
});

test('every verb says what it does and prints JSON when asked', () => {
  const program = new Command();
  register(program);
  const verbs = program.commands[0]!.commands;
  expect(verbs.map((verb) => verb.name()).toSorted()).toEqual(
    `associate certify-calibrations collection-chain create decertify-calibrations define-visits export export-calibs fsck import ingest-files ingest-raws ingest-zip migrate parse-where prune-datasets query-collections query-data-ids query-dataset-types query-datasets query-dimension-records register-dataset-type register-instrument remove-collections remove-dataset-type remove-runs retention retrieve-artifacts transfer-datasets update-dimension-regions update-exposures-from-raws write-curated-calibrations zip-artifacts`
      .split(' ')
      .toSorted(),
  );
  for (const verb of verbs)
    expect([verb.name(), verb.description() !== '', verb.options.some((option) => option.long === '--json')]).toEqual([
      verb.name(),
      true,
      true,
    ]);
});
