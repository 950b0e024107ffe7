import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { describeRepository, sorted } from '../../test/describe-repository.ts';
import { exposureBegin, insertSkymap, makeTestRepository, type TestRepository } from '../../test/test-repository.ts';
import {
  applyRetention,
  Butler,
  checkRepository,
  type DatasetRef,
  exportToFolder,
  importDatasets,
  ingestFiles,
  pruneDatasets,
  removeRuns,
  retrieveArtifacts,
  transferDatasets,
} from '../index.ts';

async function withDatasets(repository: TestRepository): Promise<readonly DatasetRef[]> {
  const { butler } = repository;
  await insertSkymap(butler);
  await butler.registerDatasetType({ name: 'bias', dimensions: ['detector'], storageClass: 'StructuredDataDict', isCalibration: true });
  await butler.registerDatasetType({ name: 'metric', dimensions: ['visit'], storageClass: 'StructuredDataDict' });
  const refs = [
    await butler.put({ n: 1 }, 'bias', { instrument: 'Cam', detector: 1 }, { run: 'calib/run' }),
    await butler.put({ rms: 1 }, 'metric', { instrument: 'Cam', visit: 2 }, { run: 'u/a' }),
    await butler.put({ rms: 2 }, 'metric', { instrument: 'Cam', visit: 3 }, { run: 'u/a' }),
  ];
  await butler.registry.registerCollection('calib', 'CALIBRATION');
  await butler.registry.certify('calib', [refs[0]!], { begin: exposureBegin(1), end: exposureBegin(3) });
  await butler.registry.registerCollection('best', 'TAGGED', 'hand-picked');
  await butler.registry.associate('best', [refs[1]!]);
  await butler.registry.registerCollection('all', 'CHAINED');
  await butler.registry.editChain('all', 'redefine', ['best', 'calib', 'u/a']);
  return refs;
}

test('an export brings everything into an empty repository, twice without harm', async () => {
  await using repository = await makeTestRepository();
  const refs = await withDatasets(repository);
  const file = await exportToFolder(repository.butler, join(repository.folder, '../export'), {
    datasets: refs,
    collections: ['all', 'best', 'calib'],
    elements: [
      'visit_detector_region',
      'patch',
      'tract',
      'skymap',
      ...repository.butler.universe.elements.filter((element) => element.hasTable).map((element) => element.name),
    ],
  });
  await using copy = await Butler.create(join(repository.folder, '../copy'));
  expect(await importDatasets(copy, file, { mode: 'copy' })).toMatchObject({ datasets: 3, collections: 5 });
  const [ours, theirs] = [sorted(await describeRepository(repository.butler)), sorted(await describeRepository(copy))];
  expect(theirs).toEqual(ours);
  expect(await importDatasets(copy, file, { mode: 'copy', skipExisting: true })).toMatchObject({ datasets: 0, collections: 0 });
  expect(sorted(await describeRepository(copy))).toEqual(ours);
});

test('a failed import leaves nothing behind', async () => {
  await using repository = await makeTestRepository();
  const refs = await withDatasets(repository);
  const folder = join(repository.folder, '../export');
  const file = await exportToFolder(repository.butler, folder, { datasets: refs });
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('visit: 3', 'visit: 999'));
  await using copy = await Butler.create(join(repository.folder, '../copy'));
  await expect(importDatasets(copy, file, { mode: 'copy' })).rejects.toThrow();
  expect(await copy.registry.queryCollections()).toEqual([]);
  expect(
    readdirSync(join(repository.folder, '../copy')).filter(
      (name) =>
        !name.startsWith('gen3') &&
        !name.startsWith('.') &&
        name !== 'butler.yaml' &&
        !readdirSync(join(repository.folder, '../copy', name), { recursive: true, withFileTypes: true }).every((entry) =>
          entry.isDirectory(),
        ),
    ),
  ).toEqual([]);
});

test.skipIf(!haveData).each([
  ['base.yaml', ['base.yaml'], { detector: 4, physical_filter: 3 }],
  ['datasets.yaml', ['base.yaml', 'datasets.yaml'], { detector: 4 }],
  ['spatial.yaml', ['base.yaml', 'spatial.yaml'], { visit: 2, visit_detector_region: 8, patch: 12, tract: 2, day_obs: 1 }],
  ['a sky map', ['ci_hsc-subset-skymap.yaml'], { skymap: 1, tract: 1 }],
  ['an LSSTCam subset', ['lsstcam-subset.yaml'], { instrument: 1, exposure: 2, visit: 2 }],
])('imports the published file %s', async (_, files, counts) => {
  await using repository = await makeTestRepository();
  await using butler = await Butler.create(join(repository.folder, '../fresh'));
  for (const file of files) await importDatasets(butler, dataPath('butler', 'export', file), { mode: 'none' });
  for (const [element, count] of Object.entries(counts))
    expect([element, await butler.query().dimensionRecords(element).count()]).toEqual([element, count]);
  if (files.includes('datasets.yaml')) {
    expect(await butler.queryDatasets('bias', { collections: ['imported_g', 'imported_r'], findFirst: false })).toHaveLength(6);
    expect(await butler.queryDatasets('bias', { collections: ['imported_g', 'imported_r'] })).toHaveLength(4);
  }
});

test('transfers and retrieves', async () => {
  await using repository = await makeTestRepository();
  const refs = await withDatasets(repository);
  await using target = await Butler.create(join(repository.folder, '../target'));
  expect(await transferDatasets(repository.butler, target, refs)).toHaveLength(3);
  expect(await transferDatasets(repository.butler, target, refs)).toHaveLength(0);
  expect(await target.get('metric', { instrument: 'Cam', visit: 3 }, { collections: ['u/a'] })).toEqual({ rms: 2 });
  const files = await retrieveArtifacts(target, refs, join(repository.folder, '../files'));
  expect(files.every((file) => existsSync(file))).toBe(true);
  await expect(retrieveArtifacts(target, refs, join(repository.folder, '../files'))).rejects.toMatchObject({
    code: 'butler.artifact-not-written',
  });
});

test('prunes datasets and removes runs, and says before what would go', async () => {
  await using repository = await makeTestRepository();
  const [bias, first, second] = await withDatasets(repository);
  const { butler } = repository;
  expect(await pruneDatasets(butler, [first!, second!], { purge: true, dryRun: true })).toMatchObject({ datasets: 2, artifacts: 2 });
  expect(await butler.exists(first!)).toBe(true);
  await expect(pruneDatasets(butler, [bias!], { purge: true })).rejects.toMatchObject({ code: 'butler.still-referenced' });
  await pruneDatasets(butler, [second!], { unstore: true });
  expect([await butler.exists(second!), (await butler.findDatasetById(second!.id))?.id]).toEqual([false, second!.id]);
  await expect(removeRuns(butler, ['u/a'])).rejects.toMatchObject({ code: 'butler.still-referenced' });
  await removeRuns(butler, ['u/a'], { unlink: true });
  expect(await butler.registry.findCollection('u/a')).toBeUndefined();
  expect((await butler.registry.getCollection('all')).children).toEqual(['best', 'calib']);
  expect((await checkRepository(butler)).problems).toEqual([]);
});

test('applies retention rules to what nobody holds', async () => {
  await using repository = await makeTestRepository({ now: () => exposureBegin(0) });
  const [, held] = await withDatasets(repository);
  const rules = [{ name: 'old metrics', datasetTypes: ['metric'], collections: ['u/*'], olderThanDays: 30, action: 'purge' as const }];
  const day = 86_400_000_000_000n;
  const apply = async (days: bigint, dryRun = false) =>
    await applyRetention(repository.butler, rules, { now: exposureBegin(0) + days * day, dryRun });
  expect(await apply(29n)).toMatchObject([{ datasets: 0 }]);
  expect(await apply(31n, true)).toMatchObject([{ datasets: 1 }]);
  expect(await apply(31n)).toMatchObject([{ rule: 'old metrics', datasets: 1, artifacts: 1 }]);
  expect(await repository.butler.exists(held!)).toBe(true);
});

test('finds and repairs disagreement between files and registry', async () => {
  await using repository = await makeTestRepository();
  const refs = await withDatasets(repository);
  const { butler, folder } = repository;
  const path = async (ref: DatasetRef): Promise<string> => new URL((await butler.getUris(ref))[0]!).pathname;
  rmSync(await path(refs[0]!));
  writeFileSync(await path(refs[1]!), 'rms: 3\n');
  writeFileSync(join(folder, 'u/a/stray.txt'), 'x');
  const kinds = async (options: object): Promise<readonly string[]> =>
    (await checkRepository(butler, options)).problems.map((problem) => problem.kind).toSorted();
  expect(await kinds({})).toEqual(['missing', 'orphan']);
  expect(await kinds({ checksums: true })).toEqual(['checksum', 'missing', 'orphan']);
  expect(await kinds({ repair: true })).toEqual(['missing', 'orphan']);
  expect(await kinds({ checksums: true })).toEqual(['checksum']);
  expect(existsSync(join(folder, '.almagest/lost/u/a/stray.txt'))).toBe(true);
});

test.each(['copy', 'move', 'direct', 'hardlink', 'symlink', 'relsymlink', 'link', 'auto'] as const)(
  'takes files over by %s',
  async (mode) => {
    await using repository = await makeTestRepository();
    const { butler, folder } = repository;
    await butler.registerDatasetType({ name: 'metric', dimensions: ['visit'], storageClass: 'StructuredDataDict' });
    await butler.registerDatasetType({ name: 'copyOf', dimensions: ['visit'], storageClass: 'StructuredDataDict' });
    const source = join(folder, '../source.yaml');
    writeFileSync(source, 'rms: 7\n');
    const refs = [
      await butler.makeRef('metric', { instrument: 'Cam', visit: 2 }, { run: 'in', idMode: 'dataid_type_run' }),
      await butler.makeRef('copyOf', { instrument: 'Cam', visit: 2 }, { run: 'in' }),
    ];
    expect(await ingestFiles(butler, [{ path: source, refs }], { mode })).toHaveLength(2);
    expect(await butler.get(refs[0]!)).toEqual({ rms: 7 });
    expect(await butler.get(refs[1]!)).toEqual({ rms: 7 });
    expect(existsSync(source)).toBe(mode !== 'move');
    expect(await ingestFiles(butler, [{ path: source, refs }], { mode, existing: 'skip' })).toHaveLength(0);
    await pruneDatasets(butler, [refs[0]!], { purge: true });
    expect(await butler.get(refs[1]!)).toEqual({ rms: 7 });
  },
);
