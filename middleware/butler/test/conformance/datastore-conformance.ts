import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Butler, checkRepository, type DatasetRef, ingestFiles, pruneDatasets } from '../../src/index.ts';
import type { TestRepository } from '../test-repository.ts';

/** What every datastore must do; `makeRepository` gives a fresh repository over it, with the test camera. */
export function datastoreConformance(makeRepository: () => Promise<TestRepository>): void {
  const dataId = (visit: number) => ({ instrument: 'Cam', visit });
  const prepare = async (butler: Butler): Promise<void> => {
    await butler.registerDatasetType({ name: 'metric', dimensions: ['visit'], storageClass: 'StructuredDataDict' });
    await butler.registerDatasetType({ name: 'other', dimensions: ['visit'], storageClass: 'TaskMetadata' });
  };

  test('returns what was put, and nothing after it was removed', async () => {
    await using repository = await makeRepository();
    const { butler } = repository;
    await prepare(butler);
    const ref = await butler.put({ rms: 1.5, text: 'ä' }, 'metric', dataId(2), { run: 'a/b' });
    expect(await butler.get(ref)).toEqual({ rms: 1.5, text: 'ä' });
    expect([await butler.exists(ref), (await butler.getUris(ref)).length]).toEqual([true, 1]);
    await pruneDatasets(butler, [ref], { unstore: true });
    expect(await butler.exists(ref)).toBe(false);
    await expect(butler.get(ref)).rejects.toMatchObject({ code: 'butler.artifact-missing' });
    expect(await collect(butler)).toEqual([]);
  });

  test('keeps all of a batch or nothing', async () => {
    await using repository = await makeRepository();
    const { butler } = repository;
    await prepare(butler);
    const refs = [await butler.makeRef('metric', dataId(2), { run: 'a' }), await butler.makeRef('metric', dataId(3), { run: 'a' })];
    const bad = await butler.makeRef('other', dataId(2), { run: 'a' });
    await expect(butler.putMany([...refs.map((ref) => ({ ref, value: { ok: 1 } })), { ref: bad, value: () => 1 }])).rejects.toMatchObject({
      code: 'butler.wrong-storage-class',
    });
    expect(await collect(butler)).toEqual([]);
    const twice = { ...refs[0]!, id: (await butler.makeRef('metric', dataId(2), { run: 'a' })).id };
    await expect(butler.putMany([refs[0]!, twice].map((ref) => ({ ref, value: { ok: 1 } })))).rejects.toMatchObject({
      code: 'butler.dataset-conflict',
    });
    expect(await collect(butler)).toEqual([]);
    await butler.putMany(refs.map((ref) => ({ ref, value: { ok: 1 } })));
    await butler.putMany(
      refs.map((ref) => ({ ref, value: { ok: 2 } })),
      { existing: 'skip' },
    );
    expect(await butler.get(refs[1]!)).toEqual({ ok: 1 });
    expect((await collect(butler)).length).toBe(2);
    expect((await checkRepository(butler, { checksums: true })).problems).toEqual([]);
  });

  test('takes files over, several datasets in one', async () => {
    await using repository = await makeRepository();
    const { butler, folder } = repository;
    await prepare(butler);
    const path = join(folder, '../incoming.yaml');
    writeFileSync(path, 'rms: 7\n');
    const refs: DatasetRef[] = [
      await butler.makeRef('metric', dataId(2), { run: 'in' }),
      await butler.makeRef('metric', dataId(3), { run: 'in' }),
    ];
    await ingestFiles(butler, [{ path, refs }], { mode: 'move' });
    expect([existsSync(path), await butler.get(refs[0]!), await butler.get(refs[1]!)]).toEqual([false, { rms: 7 }, { rms: 7 }]);
    await pruneDatasets(butler, [refs[0]!], { purge: true });
    expect(await butler.get(refs[1]!)).toEqual({ rms: 7 });
    await pruneDatasets(butler, [refs[1]!], { purge: true });
    expect(await collect(butler)).toEqual([]);
    await expect(ingestFiles(butler, [{ path, refs }], { mode: 'copy' })).rejects.toMatchObject({ code: 'butler.artifact-missing' });
  });
}

async function collect(butler: Butler): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const { path } of butler.datastore.listArtifacts()) paths.push(path);
  return paths.toSorted();
}
