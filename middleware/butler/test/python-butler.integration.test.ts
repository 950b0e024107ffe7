import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeColumn, makeTable } from '@almagest/table';
import { ALL_TIME } from '@almagest/time';
import { Butler, type DataId, exportToFolder, importDatasets, ingestBundle, writeBundle } from '../src/index.ts';
import { describeRepository, sorted } from './describe-repository.ts';
import { exposureBegin, insertCamera, insertSkymap } from './test-repository.ts';

const PEER = join(import.meta.dirname, 'python/butler_peer.py');

function findPython(): string | undefined {
  try {
    return execFileSync(join(import.meta.dirname, '../../../scripts/services/python-butler.sh'), {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }).trim();
  } catch {
    console.log('skipped: the Python Butler cannot be installed here (scripts/services/python-butler.sh)');
    return undefined;
  }
}

const python = findPython();
const folder = mkdtempSync(join(tmpdir(), 'almagest-peer-'));
const theirs = join(folder, 'theirs');
const ours = join(folder, 'ours');

function peer(verb: string, root: string, input = ''): string {
  return execFileSync(python!, [PEER, verb, root], { encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'pipe'], maxBuffer: 1 << 28 });
}

async function describeOurs(root: string): Promise<unknown> {
  await using butler = await Butler.open(root);
  return JSON.parse(JSON.stringify(sorted(await describeRepository(butler))));
}

const describeTheirs = (root: string): unknown => sorted(JSON.parse(peer('describe', root)));

/** The repository that `butler_peer.py make` makes, made here. */
async function makeOurs(root: string): Promise<void> {
  await using butler = await Butler.create(root);
  await insertCamera(butler);
  await insertSkymap(butler);
  const register = async (name: string, dimensions: string[], storageClass: string, isCalibration = false): Promise<unknown> =>
    await butler.registerDatasetType({ name, dimensions, storageClass, isCalibration });
  await register('metric', ['visit'], 'StructuredDataDict');
  await register('frame', ['exposure', 'detector'], 'StructuredDataDict');
  await register('bias', ['detector'], 'StructuredDataDict', true);
  await register('flat', ['detector', 'physical_filter'], 'StructuredDataDict', true);
  await register('stars', ['visit', 'detector'], 'ArrowAstropy');
  await register('coadd', ['patch', 'band'], 'StructuredDataDict');
  await register('log', ['visit'], 'TaskMetadata');
  await register('setup', [], 'int');
  const put = async (value: unknown, type: string, dataId: DataId, run: string) => await butler.put(value, type, dataId, { run });
  await put(
    { rms: 0.25, names: ['a', 'b'], unicode: 'Ä', none: null, n: 'yes', tiny: 1.5e-7, huge: 1e21 },
    'metric',
    { instrument: 'Cam', visit: 2 },
    'u/me/1',
  );
  await put({ rms: 0.5 }, 'metric', { instrument: 'Cam', visit: 3 }, 'u/me/1');
  const tagged = await put({ rms: 0.75 }, 'metric', { instrument: 'Cam', visit: 3 }, 'u/me/2');
  for (const exposure of [1, 2, 3])
    for (const detector of [1, 2]) await put({ e: exposure, d: detector }, 'frame', { instrument: 'Cam', exposure, detector }, 'raw');
  const early = await put({ n: 1 }, 'bias', { instrument: 'Cam', detector: 1 }, 'calib/1');
  const late = await put({ n: 2 }, 'bias', { instrument: 'Cam', detector: 1 }, 'calib/2');
  const flat = await put({ gain: [1, 2, 3] }, 'flat', { instrument: 'Cam', detector: 1, physical_filter: 'Cam-G' }, 'calib/1');
  const stars = makeTable([
    makeColumn({ name: 'id', datatype: 'int64', data: BigInt64Array.of(1n, 2n ** 40n) }),
    makeColumn({ name: 'ra', datatype: 'float64', unit: 'deg', data: Float64Array.of(1.5, 2.5) }),
    makeColumn({ name: 'name', datatype: 'string', data: ['x', 'yy'] }),
    makeColumn({ name: 'flag', datatype: 'boolean', data: Uint8Array.of(1, 0) }),
  ]);
  await put(stars, 'stars', { instrument: 'Cam', visit: 2, detector: 1 }, 'u/me/1');
  await put({ p: 1 }, 'coadd', { skymap: 'map', tract: 0, patch: 1, band: 'g' }, 'u/me/1');
  await put(42, 'setup', {}, 'u/me/1');
  const { registry } = butler;
  await registry.registerCollection('best', 'TAGGED', 'the best');
  await registry.associate('best', [tagged]);
  await registry.registerCollection('calib', 'CALIBRATION');
  await registry.certify('calib', [early], { begin: undefined, end: exposureBegin(3) });
  await registry.certify('calib', [late], { begin: exposureBegin(3), end: undefined });
  await registry.certify('calib', [flat], ALL_TIME);
  await registry.registerCollection('all', 'CHAINED');
  await registry.editChain('all', 'redefine', ['best', 'u/me/1', 'calib', 'raw']);
}

describe.skipIf(python === undefined)('with the Python Butler', () => {
  beforeAll(async () => {
    peer('make', theirs);
    await makeOurs(ours);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('reads everything in a repository made by Python', async () => {
    expect(await describeOurs(theirs)).toEqual(describeTheirs(theirs));
  });

  test('makes a repository in which Python reads everything', async () => {
    expect(describeTheirs(ours)).toEqual(await describeOurs(ours));
  });

  test('reads what Python exports', async () => {
    peer('export', theirs);
    const copy = join(folder, 'imported');
    {
      await using butler = await Butler.create(copy);
      await importDatasets(butler, `${theirs}-export`, { mode: 'copy' });
    }
    const { types, ...rest } = (await describeOurs(copy)) as { types: Record<string, unknown> };
    const { types: registered, ...expected } = describeTheirs(theirs) as { types: Record<string, unknown> };
    expect(rest).toEqual(expected);
    // A dataset type without datasets is not part of an export.
    expect(Object.keys(types).toSorted()).toEqual(
      Object.keys(registered)
        .filter((name) => name !== 'log')
        .toSorted(),
    );
  });

  test('exports what Python reads', async () => {
    const copy = join(folder, 'python-imported');
    {
      await using butler = await Butler.open(ours);
      const collections = (await butler.registry.queryCollections()).map((collection) => collection.name);
      const elements = butler.universe.elements.filter((element) => element.hasTable).map((element) => element.name);
      const datasets = await butler.queryDatasets('*', { collections, findFirst: false });
      await exportToFolder(butler, `${copy}-export`, { datasets, collections, elements });
    }
    peer('import', copy);
    const { types, ...rest } = describeTheirs(copy) as { types: Record<string, unknown> };
    const { types: registered, ...expected } = (await describeOurs(ours)) as { types: Record<string, unknown> };
    expect(rest).toEqual(expected);
    // A dataset type without datasets is not part of an export.
    expect(Object.keys(types).toSorted()).toEqual(
      Object.keys(registered)
        .filter((name) => name !== 'log')
        .toSorted(),
    );
  });

  test('exchanges bundles', async () => {
    await using source = await Butler.open(theirs);
    const frames = await source.queryDatasets('frame', { collections: ['raw'] });
    const values = Object.fromEntries(await Promise.all(frames.map(async (ref) => [ref.id, await source.get(ref)] as const)));
    await using target = await Butler.create(join(folder, 'unbundled'));
    await insertCamera(target);
    const refs = await ingestBundle(target, peer('bundle', theirs).trim().split('\n').at(-1)!);
    expect(Object.fromEntries(await Promise.all(refs.map(async (ref) => [ref.id, await target.get(ref)] as const)))).toEqual(values);
    const made = await writeBundle(source, frames, join(folder, 'bundle'));
    expect(JSON.parse(peer('unbundle', theirs, made))).toEqual(values);
  });

  test.each([
    ['theirs', theirs],
    ['ours', ours],
  ])('takes turns in writing: %s', async (_, root) => {
    peer('extend', root);
    {
      await using butler = await Butler.open(root, { writeable: true, run: 'turns' });
      await butler.put({ by: 'us' }, 'metric', { instrument: 'Cam', visit: 3 });
      await butler.registerDatasetType({ name: 'ours', dimensions: ['patch', 'visit'], storageClass: 'StructuredDataDict' });
      await butler.put({ by: 'us' }, 'ours', { instrument: 'Cam', visit: 2, skymap: 'map', tract: 0, patch: 0 });
      await butler.registry.editChain('all', 'prepend', ['turns']);
    }
    expect(describeTheirs(root)).toEqual(await describeOurs(root));
    peer('finish', root);
    expect(await describeOurs(root)).toEqual(describeTheirs(root));
  });

  test.each([
    ['theirs', theirs],
    ['ours', ours],
  ])('answers queries alike: %s', async (_, root) => {
    const asked = QUERIES.map((query) => JSON.stringify(query));
    const answers: string[] = [];
    const child = spawn(python!, [PEER, 'query', root], { stdio: ['pipe', 'pipe', 'ignore'] });
    child.stdin.end(`${asked.join('\n')}\n`);
    for await (const line of createInterface(child.stdout)) answers.push(line);
    await using butler = await Butler.open(root);
    for (const [i, query] of QUERIES.entries()) {
      const answer = JSON.parse(answers[i] ?? '{}') as { answer?: unknown; error?: string; message?: string };
      expect.soft({ query, answer: await ask(butler, query).catch(String) }).toEqual({ query, answer: answer.answer ?? answer.message });
    }
  });
});

interface Ask {
  readonly dimensions?: readonly string[];
  readonly datasets?: string;
  readonly collections?: readonly string[];
  readonly first?: boolean;
  readonly where?: string;
}

const QUERIES: readonly Ask[] = [
  { dimensions: ['visit'] },
  { dimensions: ['visit'], where: "instrument = 'Cam' AND visit > 2" },
  { dimensions: ['exposure'], where: "band = 'r'" },
  { dimensions: ['exposure', 'detector'], where: "instrument = 'Cam' AND exposure IN (1..4:3) AND detector.full_name != 'S01'" },
  { dimensions: ['exposure', 'visit'] },
  { dimensions: ['visit', 'detector'], where: "instrument = 'Cam' AND detector < 3" },
  { dimensions: ['band'] },
  { dimensions: ['instrument'], where: "instrument = 'Cam' AND physical_filter = 'Cam-G'" },
  { dimensions: ['tract', 'patch'], where: "skymap = 'map' AND patch.cell_x = 1" },
  { dimensions: ['visit', 'tract'] },
  { dimensions: ['visit', 'patch'] },
  { dimensions: ['visit', 'detector', 'patch'] },
  { dimensions: ['visit', 'detector', 'tract'], where: "skymap = 'map' AND tract = 1" },
  { dimensions: ['patch'], where: "skymap = 'map' AND patch.region OVERLAPS POINT(12.3, -4.8)" },
  { dimensions: ['patch'], where: "skymap = 'map' AND patch.region OVERLAPS CIRCLE(12.0, -5.0, 0.2)" },
  { dimensions: ['visit'], where: 'visit.region OVERLAPS CIRCLE(12.0, -5.0, 0.1)' },
  { dimensions: ['exposure'], where: "instrument = 'Cam' AND exposure.timespan OVERLAPS (T'2023-11-14 22:17:00', T'2023-11-14 22:18:30')" },
  { dimensions: ['exposure'], where: "instrument = 'Cam' AND exposure.timespan.begin > T'2023-11-14 22:16:00/tai'" },
  { dimensions: ['exposure'], where: "instrument = 'Cam' AND NOT exposure.can_see_sky" },
  { dimensions: ['exposure'], where: "instrument = 'Cam' AND exposure.target_name = NULL" },
  { dimensions: ['exposure'], where: "instrument = 'Cam' AND GLOB(exposure.obs_id, 'obs?')" },
  { dimensions: ['exposure'], where: "instrument = 'Cam' AND exposure.exposure_time / 2.0 + 1.0 > 15.5 AND exposure.seq_num % 2 = 0" },
  { dimensions: ['exposure'], where: "instrument = 'Cam' AND day_obs = 20231115 AND seq_num IN (3, 5)" },
  { dimensions: ['visit', 'htm7'] },
  { dimensions: ['visit'], where: 'htm7 IN (180000..200000)' },
  { datasets: 'metric', collections: ['all'] },
  { datasets: 'metric', collections: ['u/me/1', 'u/me/2'] },
  { datasets: 'metric', collections: ['u/me/2', 'u/me/1'] },
  { datasets: 'metric', collections: ['u/me/2', 'u/me/1'], first: false },
  { datasets: 'metric', collections: ['all'], where: "instrument = 'Cam' AND visit = 3 AND band = 'r'" },
  { datasets: 'frame', collections: ['all'], where: "instrument = 'Cam' AND exposure > 1 OR detector = 1" },
  { datasets: 'frame', collections: ['raw'], where: "instrument = 'Cam' AND visit = 2" },
  { datasets: 'bias', collections: ['calib'], where: "instrument = 'Cam' AND exposure = 2" },
  { datasets: 'bias', collections: ['calib'], where: "instrument = 'Cam' AND exposure = 3" },
  { datasets: 'bias', collections: ['calib'], first: false },
  { datasets: 'bias', collections: ['calib/2', 'calib/1'] },
  { datasets: 'flat', collections: ['calib'], where: "band = 'g'" },
  { datasets: 'flat', collections: ['calib'], where: "instrument = 'Cam' AND exposure = 2" },
  { datasets: 'coadd', collections: ['all'], where: "skymap = 'map' AND instrument = 'Cam' AND visit = 2" },
  { datasets: 'setup', collections: ['all'] },
  { datasets: 'metric', collections: ['u/me/1'], where: "metric.ingest_date > T'2020-01-01'" },
  { datasets: 'metric', collections: ['u/me/1'], where: "metric.ingest_date < T'2020-01-01'" },
];

async function ask(butler: Butler, query: Ask): Promise<unknown> {
  const where = query.where === undefined ? {} : { where: query.where };
  const key = (value: unknown): string => JSON.stringify(value, Object.keys(value as object).toSorted());
  if (query.datasets !== undefined) {
    const found = await butler.queryDatasets(query.datasets, { collections: query.collections!, findFirst: query.first ?? true, ...where });
    return found.map((ref) => [ref.id, ref.run]).toSorted((a, b) => (a[0]! < b[0]! ? -1 : 1));
  }
  const found = await butler.queryDataIds(query.dimensions!, where);
  return found.map((dataId) => dataId.toJSON()).toSorted((a, b) => (pythonText(a) < pythonText(b) ? -1 : 1));
  function pythonText(value: DataId): string {
    return key(value).replaceAll(':', ': ').replaceAll(',', ', ');
  }
}
