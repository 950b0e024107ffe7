import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { dataPath, haveData } from '@almagest/test-data';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Butler, DimensionUniverse, exportToFolder, importDatasets, migrateRepository } from '../src/index.ts';
import { describeRepository, sorted } from './describe-repository.ts';
import { exposureBegin, insertCamera, insertSkymap } from './test-repository.ts';

const folder = mkdtempSync(join(tmpdir(), 'almagest-migration-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a repository holds, without what the universe alone decides. */
async function contents(root: string): Promise<{ readonly datasets: object; readonly collections: object }> {
  await using butler = await Butler.open(root);
  const { datasets, collections } = sorted(JSON.parse(JSON.stringify(await describeRepository(butler)))) as Record<string, object>;
  return { datasets: datasets!, collections: collections! };
}

describe.skipIf(!haveData)('migration', () => {
  beforeAll(async () => {
    await using source = await Butler.create(join(folder, 'source'));
    await insertCamera(source);
    await insertSkymap(source);
  });

  test('brings a repository that the Python Butler made in 2022 up to date, and leaves the old registry as it was', async () => {
    const root = join(folder, 'of-2022');
    cpSync(dataPath('butler', 'metricvalue_repo1'), root, { recursive: true });
    const before = await contents(root);
    const old = readFileSync(join(root, 'gen3.sqlite3'));
    await expect(Butler.open(root, { writeable: true })).rejects.toMatchObject({
      code: 'butler.incompatible-repository',
      message: expect.stringContaining('almagest butler migrate') as string,
    });
    expect(await migrateRepository(root, { dryRun: true })).toMatchObject({ needed: true, universe: { from: 2, to: 8 } });
    expect(await contents(root)).toEqual(before);
    const report = await migrateRepository(root);
    expect(report.copied).toMatchObject({ datasets: 15, artifacts: 15 });
    expect(readFileSync(join(root, 'gen3.sqlite3'))).toEqual(old);
    expect(await contents(root)).toEqual(before);
    await using butler = await Butler.open(root, { writeable: true, run: 'new' });
    expect(butler.universe.version).toBe(8);
    const [dated] = await butler.queryDatasets('metricvalue_verify_testing', {
      collections: ['testrun'],
      where: "metricvalue_verify_testing.ingest_date > T'2022-08-05 20:07:00' AND detector = 12",
    });
    expect(dated?.dataId.get('detector')).toBe(12);
    const [visit] = await butler.queryDataIds(['visit']);
    await butler.registerDatasetType({ name: 'note', dimensions: ['visit'], storageClass: 'StructuredDataDict' });
    await butler.put({ n: 1 }, 'note', visit!);
    expect(await migrateRepository(root)).toMatchObject({ needed: false });
  });

  test('brings a registry of universe 0 up to date, regions and pixels included', async () => {
    const root = join(folder, 'universe-0');
    mkdirSync(root);
    writeFileSync(join(root, 'gen3.sqlite3'), gunzipSync(readFileSync(dataPath('jointcal-cfht-d3', 'butler-registry-gen3.sqlite3.gz'))));
    cpSync(dataPath('butler', 'metricvalue_repo1', 'butler.yaml'), join(root, 'butler.yaml'));
    const ask = async (): Promise<object> => {
      await using butler = await Butler.open(root);
      const refs = await butler.queryDatasets('*', { collections: ['*'], findFirst: false });
      const collections = (await butler.registry.queryCollections()).map(({ id: _id, ...rest }) => rest);
      const found = refs.map(({ id, run, datasetType, dataId }) => [
        id,
        run,
        datasetType.name,
        ...datasetType.dimensions.required.map((name) => dataId.get(name)),
      ]);
      const keys = (await butler.queryDataIds(['visit', 'detector', 'patch'])).map((dataId) =>
        butler.universe
          .group(['visit', 'detector', 'patch'])
          .required.map((name) => dataId.get(name))
          .join(),
      );
      return [found.toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)), keys.toSorted(), collections];
    };
    const before = await ask();
    const { copied } = await migrateRepository(root);
    expect(copied).toMatchObject({ datasets: 9, artifacts: 9, collections: 6, datasetTypes: 6 });
    expect(await ask()).toEqual(before);
  });

  test.each([0, 2, 5, 7])('from universe %i: calibrations, tags, chains and dates stay', async (version) => {
    const root = join(folder, `universe-${version}-made`);
    const universe = new DimensionUniverse(parse(readFileSync(dataPath('butler', 'universe', `universe${version}.yaml`), 'utf8')));
    {
      await using butler = await Butler.create(root, { universe });
      await insertOldCamera(butler);
      await butler.registerDatasetType({ name: 'bias', dimensions: ['detector'], storageClass: 'StructuredDataDict', isCalibration: true });
      await butler.registerDatasetType({ name: 'frame', dimensions: ['exposure', 'detector'], storageClass: 'StructuredDataDict' });
      await butler.registerDatasetType({ name: 'summary', dimensions: ['visit'], storageClass: 'StructuredDataDict' });
      await butler.put({ n: 3 }, 'summary', { instrument: 'Cam', visit: 2 }, { run: 'raw' });
      const bias = await butler.put({ n: 1 }, 'bias', { instrument: 'Cam', detector: 1 }, { run: 'calib/1' });
      const frame = await butler.put({ n: 2 }, 'frame', { instrument: 'Cam', exposure: 3, detector: 1 }, { run: 'raw' });
      await butler.registry.registerCollection('calib', 'CALIBRATION', 'good ones');
      await butler.registry.certify('calib', [bias], { begin: undefined, end: exposureBegin(4) });
      await butler.registry.registerCollection('best', 'TAGGED');
      await butler.registry.associate('best', [frame]);
      await butler.registry.registerCollection('all', 'CHAINED');
      await butler.registry.editChain('all', 'redefine', ['best', 'calib', 'raw']);
    }
    const before = await contents(root);
    await exchange(root, `${root}-imported`);
    await migrateRepository(root);
    expect(await contents(root)).toEqual(before);
    expect(await contents(`${root}-imported`)).toEqual(before);
    await using butler = await Butler.open(root, { collections: ['all'] });
    expect(butler.universe.version).toBe(8);
    expect(await butler.get('bias', { instrument: 'Cam', exposure: 3, detector: 1 })).toEqual({ n: 1 });
    await expect(butler.get('bias', { instrument: 'Cam', exposure: 4, detector: 1 })).rejects.toMatchObject({
      code: 'butler.dataset-not-found',
    });
    expect((await butler.queryDimensionRecords('exposure', { orderBy: ['exposure'] })).map(({ fields }) => fields['day_obs'])).toEqual([
      20231114, 20231114, 20231115, 20231115,
    ]);
    expect(await butler.query().dataIds(['day_obs']).count()).toBe(2);
    expect(await butler.query().dataIds(['visit', 'visit_system']).count()).toBe(2);
  });
});

/** Brings everything into a new repository of the present universe by the exchange format. */
async function exchange(from: string, to: string): Promise<void> {
  await using source = await Butler.open(from);
  const collections = (await source.registry.queryCollections()).map(({ name }) => name);
  const datasets = await source.queryDatasets('*', { collections, findFirst: false });
  const elements = source.universe.elements.filter((element) => element.hasTable).map((element) => element.name);
  const file = await exportToFolder(source, `${from}-export`, { datasets, collections, elements });
  await using target = await Butler.create(to);
  expect(target.universe.version).toBe(8);
  await importDatasets(target, file, { mode: 'copy' });
}

/** The test camera as an older universe keeps it: what that universe does not know is left out by the upgrade of records. */
async function insertOldCamera(butler: Butler): Promise<void> {
  const { universe } = butler;
  await using current = await Butler.open(join(folder, 'source'));
  for (const element of universe.elements) {
    if (!element.hasTable || !current.universe.find(element.name)?.hasTable) continue;
    const found = await current.queryDimensionRecords(element.name);
    const rows = found.map(({ fields }) => oldFields(universe, element.name, fields));
    if (rows.length > 0) await butler.insertDimensionData(element.name, rows);
  }
}

function oldFields(universe: DimensionUniverse, name: string, fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const element = universe.get(name);
  const known = new Set([
    ...element.required,
    ...element.implied,
    ...[element.primaryKey, ...element.alternateKeys, ...element.metadata].flatMap((column) => (column ? [column.name] : [])),
    ...(element.spatial ? ['region'] : []),
    ...(element.temporal ? ['timespan'] : []),
  ]);
  const all: Record<string, unknown> = { ...fields, group_name: fields['group'], group_id: fields['seq_num'], visit_system: 0 };
  return Object.fromEntries(Object.entries(all).filter(([field, value]) => known.has(field) && value !== undefined));
}
