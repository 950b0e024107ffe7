import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { makeTestRepository } from '../test-repository.ts';
import { Butler, checkRepository, FileDatastore, ingestFiles, type SqlRegistry } from '../../src/index.ts';
import { sql } from 'kysely';
import { join } from 'node:path';

const METRIC = { name: 'metric', dimensions: ['visit'], storageClass: 'StructuredDataDict' };
const dataId = { instrument: 'Cam', visit: 2 };

test('a disk that is full at any step loses nothing and leaves nothing', async () => {
  let countdown = Infinity;
  let steps = 0;
  const onStep = (): void => {
    steps += 1;
    countdown -= 1;
    if (countdown === 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  };
  await using repository = await makeTestRepository({ run: 'u/me', makeDatastore: (parts) => new FileDatastore({ ...parts, onStep }) });
  const { butler, folder } = repository;
  await butler.registerDatasetType(METRIC);
  const source = join(folder, '../source.yaml');
  const put = async (): Promise<unknown> => await butler.put({ rms: 1 }, 'metric', dataId);
  const ingest = async (): Promise<unknown> =>
    await ingestFiles(butler, [{ path: source, refs: [await butler.makeRef('metric', { instrument: 'Cam', visit: 3 })] }], {
      mode: 'move',
    });
  for (const [work, last] of [
    [put, 6],
    [ingest, 5],
  ] as const)
    for (let step = 1; step <= last; step += 1) {
      writeFileSync(source, 'rms: 2\n');
      countdown = step;
      await expect(work()).rejects.toMatchObject({ code: 'butler.artifact-not-written', fault: 'environment' });
      countdown = Infinity;
      expect(existsSync(source)).toBe(true);
      expect((await checkRepository(butler)).problems).toEqual([]);
      expect(await butler.queryDatasets('metric').catch(() => [])).toEqual([]);
    }
  await put();
  await ingest();
  expect([await butler.queryDatasets('metric').then((refs) => refs.length), existsSync(source), steps > 20]).toEqual([2, false, true]);
});

test('a database that cannot grow refuses the put that does not fit, keeps the others, and goes on when there is room', async () => {
  await using repository = await makeTestRepository({ run: 'u/me' });
  const { butler } = repository;
  await butler.registerDatasetType({ name: 'pixel', dimensions: ['htm9'], storageClass: 'StructuredDataDict' });
  const { db } = (butler.registry as SqlRegistry).context;
  // Inside a transaction, so that the writing connection is meant.
  const pragma = async (text: string): Promise<number> =>
    await db.transaction(async () => Number(Object.values((await db.all(sql.raw(`PRAGMA ${text}`)))[0]!)[0]));
  await pragma(`max_page_count = ${(await pragma('page_count')) + 2}`);
  let put = 0;
  const fill = async (): Promise<void> => {
    for (; put < 1000; put += 1) await butler.put({ put }, 'pixel', { htm9: 2_000_000 + put });
  };
  await expect(fill()).rejects.toMatchObject({ fault: 'environment' });
  expect((await butler.queryDatasets('pixel')).length).toBe(put);
  expect((await checkRepository(butler, { checksums: true })).problems).toEqual([]);
  await pragma('max_page_count = 1000000');
  await butler.put({ put }, 'pixel', { htm9: 2_000_000 + put });
  expect((await butler.queryDatasets('pixel')).length).toBe(put + 1);
});

test('a repository opened for reading refuses every write', async () => {
  await using repository = await makeTestRepository({ run: 'u/me' });
  await repository.butler.registerDatasetType(METRIC);
  const ref = await repository.butler.put({ rms: 1 }, 'metric', dataId);
  await using butler = await Butler.open(repository.folder, { run: 'u/me' });
  const refused = { code: 'butler.read-only' };
  await expect(butler.put({}, 'metric', { instrument: 'Cam', visit: 3 })).rejects.toMatchObject(refused);
  await expect(butler.registry.registerCollection('x', 'RUN')).rejects.toMatchObject(refused);
  await expect(butler.insertDimensionData('instrument', [{ name: 'X' }])).rejects.toMatchObject(refused);
  await expect(checkRepository(butler, { repair: true })).rejects.toMatchObject(refused);
  expect(await butler.get(ref)).toEqual({ rms: 1 });
});

test('a missing, shortened or changed artifact is named', async () => {
  await using repository = await makeTestRepository({ run: 'u/me' });
  const { butler } = repository;
  await butler.registerDatasetType(METRIC);
  const ref = await butler.put({ rms: 1 }, 'metric', dataId);
  const path = new URL((await butler.getUris(ref))[0]!).pathname;
  chmodSync(path, 0o644);
  writeFileSync(path, 'rms: 1');
  await expect(butler.get(ref)).rejects.toMatchObject({ code: 'butler.artifact-corrupt' });
  rmSync(path);
  await expect(butler.get(ref)).rejects.toMatchObject({ code: 'butler.artifact-missing' });
});

test('an unreadable database is an error of the environment', async () => {
  await using repository = await makeTestRepository();
  const copy = join(repository.folder, '../broken');
  const other = await Butler.create(copy);
  await other.close();
  writeFileSync(join(copy, 'gen3.sqlite3'), 'this is no database, but long enough to be taken for one by its name');
  for (const suffix of ['-wal', '-shm']) rmSync(join(copy, `gen3.sqlite3${suffix}`), { force: true });
  await expect(Butler.open(copy)).rejects.toMatchObject({ code: 'butler.database-unreachable' });
  rmSync(join(copy, 'gen3.sqlite3'));
  await expect(Butler.open(copy)).rejects.toMatchObject({ code: 'butler.incompatible-repository' });
});
