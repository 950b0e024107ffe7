import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadCamera } from '@almagest/instrument';
import {
  applyRetention,
  Butler,
  checkRepository,
  connectButler,
  defineVisits,
  exportToFolder,
  importDatasets,
  ingestRaws,
  parseRetentionRules,
  pruneDatasets,
  registerInstrument,
  removeRuns,
  writeCuratedCalibrations,
} from '../../src/index.ts';
import { makeContext } from '../../src/remote/client-transactions.ts';
import { READ_METHODS, WRITE_METHODS } from '../../src/remote/methods.ts';
import { ADDRESS, makeServed } from '../served-repository.ts';
import { insertCamera } from '../test-repository.ts';
import { writeRaw } from '../write-raw.ts';
import { datastoreConformance } from './datastore-conformance.ts';
import { registryConformance } from './registry-conformance.ts';

describe('over HTTP', () => registryConformance(makeServed));
describe('artifacts over HTTP', () => datastoreConformance(makeServed));
// A page cannot follow which code a call comes from.
describe('over HTTP, from a page', () =>
  registryConformance(async (defaults = {}) => await makeServed({ ...defaults, context: makeContext({}) }), {
    only: ['undoes everything of a failed transaction'],
  }));

test('a browser can put and get through the server', async () => {
  await using served = await makeServed({ run: 'u/browser' });
  const { butler } = served;
  await butler.registerDatasetType({ name: 'metric', dimensions: ['visit'], storageClass: 'StructuredDataDict' });
  const ref = await butler.put({ rms: 1 }, 'metric', { instrument: 'Cam', visit: 2 });
  expect(await butler.get('metric', { instrument: 'Cam', visit: 2 })).toEqual({ rms: 1 });
  await using local = await Butler.open(served.folder);
  expect(await local.get(ref)).toEqual({ rms: 1 });
});

test('a night goes through the server: camera, raws, visits, calibrations, export, rules, removal', async () => {
  await using served = await makeServed();
  const { butler, server, folder } = served;
  const camera = loadCamera('simcam-tiny');
  const instrument = await registerInstrument(butler, camera);
  const incoming = join(folder, '../incoming');
  mkdirSync(incoming);
  const paths = await Promise.all([1, 2, 3].map(async (n) => await writeRaw(incoming, n)));
  writeFileSync(join(incoming, 'junk.fits'), 'no fits');
  const report = await ingestRaws(butler, [...paths, join(incoming, 'junk.fits')], { mode: 'move', cameras: [camera] });
  expect([report.ingested.length, report.failures.length, readdirSync(incoming)]).toEqual([3, 1, ['junk.fits']]);
  expect(await defineVisits(butler, { instrument, camera, grouping: 'one-to-one-and-by-counter' })).toBe(3);
  const [ref] = await writeCuratedCalibrations(butler, camera);
  expect(((await butler.get(ref!)) as { name: string }).name).toBe(instrument);
  const collections = [`${instrument}/raw/all`];
  const near = "instrument = 'SimCam-tiny' AND visit.region OVERLAPS POINT(150.001, 2)";
  const found = await butler.queryDatasets('raw', { collections, where: near });
  expect(found.map(({ id }) => id).toSorted()).toEqual(report.ingested.map(({ id }) => id).toSorted());
  const raw = (await butler.get(found[0]!, {}, { storageClass: 'RawExposure' })) as { amplifiers?: unknown } | undefined;
  expect(raw).toBeTypeOf('object');
  const text = await exportToFolder(butler, join(folder, '../export'), { datasets: found, collections: [] });
  await using other = await Butler.create(join(folder, '../other'));
  expect((await importDatasets(other, text, { mode: 'copy' })).datasets).toBe(3);
  await importDatasets(butler, text, { mode: 'copy', skipExisting: true });
  const rules = parseRetentionRules([{ name: 'raws', datasetTypes: ['raw'], collections, olderThanDays: 0, action: 'unstore' }]);
  const now = BigInt(Date.now() + 60_000) * 1_000_000n;
  expect((await applyRetention(butler, rules, { now, dryRun: true })).map(({ artifacts }) => artifacts)).toEqual([3]);
  expect(await removeRuns(butler, collections)).toMatchObject({ datasets: 3, artifacts: 3 });
  expect((await checkRepository(server, { checksums: true })).problems).toEqual([]);
});

test('refuses who is not known, writes of readers, and methods that are not for clients', async () => {
  const readers = { name: 'reader', mayWrite: false };
  await using served = await makeServed(
    {},
    { authorize: (request) => (request.headers.get('authorization') === 'Bearer me' ? readers : undefined) },
  );
  expect(served.butler.isWriteable).toBe(false);
  await expect(served.butler.registry.registerCollection('x', 'RUN')).rejects.toMatchObject({ code: 'butler.read-only' });
  await expect(connectButler(ADDRESS, { fetch: served.handler })).rejects.toMatchObject({ code: 'butler.remote-refused' });
  const post = async (path: string, body: string): Promise<number> =>
    (await served.handler(new Request(`${ADDRESS}/${path}`, { method: 'POST', body, headers: { authorization: 'Bearer me' } }))).status;
  expect(await post('registry/close', '[]')).toBe(400);
  expect(await post('registry/constructor', '[]')).toBe(400);
  expect(await post('query/dataIds', 'no json')).toBe(400);
  expect(await post('nothing/here', '{}')).toBe(404);
});

test('lets one user run two streams at once and asks the third to wait', async () => {
  await using served = await makeServed();
  await insertCamera(served.butler).catch(() => undefined);
  const ask = async (): Promise<Response> =>
    await served.handler(
      new Request(`${ADDRESS}/query/dataIds`, {
        method: 'POST',
        body: JSON.stringify({
          state: { dimensions: [], where: [], dataId: {}, datasets: [], uploads: [], orderBy: [] },
          dimensions: ['exposure', 'detector'],
        }),
      }),
    );
  const [first, second, third] = [await ask(), await ask(), await ask()];
  expect([first.status, second.status, third.status, third.headers.get('retry-after')]).toEqual([200, 200, 429, '5']);
  await first.text();
  await second.body?.cancel();
  const last = await ask();
  expect(last.status).toBe(200);
  const lines = (await last.text()).trim().split('\n');
  expect(lines.at(-1)).toBe('{"end":true}');
});

test('a signed address gives one artifact without a sign-in, until it expires and only as it was made', async () => {
  await using served = await makeServed(
    { run: 'u/me' },
    { authorize: (request) => (request.headers.get('authorization') === 'Bearer me' ? { name: 'me', mayWrite: true } : undefined) },
  );
  const { butler, handler } = served;
  await butler.registerDatasetType({ name: 'metric', dimensions: ['visit'], storageClass: 'StructuredDataDict' });
  const ref = await butler.put({ rms: 1 }, 'metric', { instrument: 'Cam', visit: 2 });
  const other = await butler.put({ rms: 2 }, 'metric', { instrument: 'Cam', visit: 3 });
  const [signed] = await butler.getSignedUris(ref, 60);
  const status = async (address: string): Promise<number> => (await handler(new Request(address))).status;
  expect(await (await handler(new Request(signed!))).text()).toContain('rms: 1');
  expect(await status(signed!.replace(/expires=\d+/, 'expires=99999999999'))).toBe(401);
  expect(await status(signed!.replace(ref.id, other.id))).toBe(401);
  expect(await status(signed!.replace(/signature=../, 'signature=zz'))).toBe(401);
  expect(await status((await butler.getUris(ref))[0]!)).toBe(401);
  const [brief] = await butler.getSignedUris(ref, 0.001);
  await new Promise((done) => setTimeout(done, 5));
  const late = await handler(new Request(brief!));
  expect([late.ok, ((await late.json()) as { error: { code: string } }).error.code]).toEqual([false, 'butler.artifact-missing']);
});

test('a client removes what it may write, artifact and registry entry together', async () => {
  await using served = await makeServed({ run: 'u/me' });
  const { butler } = served;
  await butler.registerDatasetType({ name: 'metric', dimensions: ['visit'], storageClass: 'StructuredDataDict' });
  const ref = await butler.put({ rms: 1 }, 'metric', { instrument: 'Cam', visit: 2 });
  await butler.registry.registerCollection('best', 'TAGGED');
  await butler.registry.associate('best', [ref]);
  await pruneDatasets(butler, [ref], { disassociate: ['best'] });
  expect(await butler.queryDatasets('metric', { collections: ['best'] })).toEqual([]);
  await pruneDatasets(butler, [ref], { unstore: true });
  expect([await butler.exists(ref), (await butler.queryDatasets('metric')).length]).toEqual([false, 1]);
  await pruneDatasets(butler, [ref], { purge: true });
  expect(await butler.queryDatasets('metric')).toEqual([]);
  await using local = await Butler.open(served.folder);
  expect((await checkRepository(local)).problems).toEqual([]);
});

test('whatever is sent, the server answers, and blames itself for nothing (seed 20261120)', async () => {
  await using served = await makeServed();
  const { handler, butler } = served;
  await butler.registerDatasetType({ name: 'metric', dimensions: ['visit'], storageClass: 'StructuredDataDict' });
  const state = { dimensions: [], where: [], dataId: {}, datasets: [], uploads: [], orderBy: [] };
  const value = fc.anything({
    values: [fc.constantFrom('metric', 'visit', 'Cam', '*', 'u/me'), fc.integer(), fc.constant(null)],
    maxDepth: 3,
  });
  const paths = fc.constantFrom(
    ...[...READ_METHODS, ...WRITE_METHODS].filter((name) => !name.startsWith('remove')).map((name) => `registry/${name}`),
    'query/dataIds',
    'query/datasets',
    'query/dimensionRecords',
    'query/general',
    'query/x',
    'datasets/put',
    'datasets/prune',
    'sign',
    'x/y',
  );
  const body = fc.oneof(
    fc.array(value, { maxLength: 3 }).map((list) => JSON.stringify(list)),
    fc
      .record({
        end: fc.constantFrom('count', 'any', 'explain', 'stream'),
        state: fc.oneof(fc.constant(state), value),
        dimensions: value,
        search: value,
        element: value,
        columns: value,
      })
      .map((query) => JSON.stringify(query)),
    fc.string(),
    fc.uint8Array({ maxLength: 40 }),
  );
  await fc.assert(
    fc.asyncProperty(paths, body, async (path, sent) => {
      const answer = await handler(new Request(`${ADDRESS}/${path}`, { method: 'POST', body: sent as BodyInit }));
      await answer.text();
      expect([200, 400, 404, 422]).toContain(answer.status);
    }),
    { seed: 20261120, numRuns: 400 },
  );
});
