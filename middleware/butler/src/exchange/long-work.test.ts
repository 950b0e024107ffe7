import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTestRepository } from '../../test/test-repository.ts';
import {
  applyRetention,
  Butler,
  checkRepository,
  defineVisits,
  exportToFolder,
  importDatasets,
  ingestFiles,
  ingestRaws,
  type LongWork,
  migrateRepository,
  pruneDatasets,
  removeRuns,
  type RetentionRule,
  retrieveArtifacts,
  transferDatasets,
  updateRegions,
  writeBundle,
} from '../index.ts';

test('every long operation tells how far it is, stops when it is asked to, and leaves a whole repository', async () => {
  await using repository = await makeTestRepository({ run: 'u/me' });
  const { butler, folder } = repository;
  await butler.registerDatasetType({ name: 'metric', dimensions: ['visit'], storageClass: 'StructuredDataDict' });
  await butler.registerDatasetType({ name: 'image', dimensions: ['visit', 'detector'], storageClass: 'ImageF' });
  const at = (visit: number) => ({ instrument: 'Cam', visit });
  const put = async (run: string) => [
    await butler.put({ n: 1 }, 'metric', at(2), { run }),
    await butler.put({ n: 2 }, 'metric', at(3), { run }),
  ];
  const refs = await put('u/me');
  await put('u/old/1');
  await put('u/old/2');
  await exportToFolder(butler, join(folder, '../whole'), { datasets: refs });
  await using target = await Butler.create(join(folder, '../target'));
  await using importer = await Butler.create(join(folder, '../importer'));
  const incoming = join(folder, '../incoming');
  mkdirSync(incoming);
  writeFileSync(join(incoming, 'n.yaml'), 'n: 3\n');
  const rule: RetentionRule = { name: 'old', datasetTypes: ['metric'], collections: ['u/none'], olderThanDays: 0, action: 'purge' };
  const operations: Readonly<Record<string, (work: LongWork) => Promise<unknown>>> = {
    retrieve: async (work) => await retrieveArtifacts(butler, refs, join(folder, '../out'), { overwrite: true, ...work }),
    transfer: async (work) => await transferDatasets(butler, target, refs, work),
    export: async (work) => await exportToFolder(butler, join(folder, '../export'), { datasets: refs, ...work }),
    import: async (work) => await importDatasets(importer, join(folder, '../whole'), { mode: 'copy', skipExisting: true, ...work }),
    bundle: async (work) => await writeBundle(butler, refs, join(folder, '../bundle'), work),
    visits: async (work) => await defineVisits(butler, { instrument: 'Cam', update: true, ...work }),
    regions: async (work) => await updateRegions(butler, { datasetType: 'image', collections: ['u/me'], ...work }),
    raws: async (work) => await ingestRaws(butler, [join(incoming, 'n.yaml')], work),
    fsck: async ({ signal, onProgress }) =>
      await checkRepository(butler, {
        ...(signal ? { signal } : {}),
        ...(onProgress ? { onProgress: (done) => onProgress(done, done) } : {}),
      }),
    retention: async (work) => await applyRetention(butler, [rule, rule], { now: 0n, ...work }),
    runs: async (work) =>
      await removeRuns(
        butler,
        (await butler.registry.queryCollections(['u/old/*'])).map((run) => run.name),
        work,
      ),
    prune: async (work) => await pruneDatasets(butler, refs, { unstore: true, ...work }),
  };
  const stopped: string[] = [];
  for (const [name, run] of Object.entries(operations)) {
    const controller = new AbortController();
    const reason = new Error(`stop ${name}`);
    const onProgress = (done: number, all: number): void => {
      expect([name, done <= all]).toEqual([name, true]);
      controller.abort(reason);
    };
    const failed = await run({ signal: controller.signal, onProgress }).catch((error: unknown) => error);
    if (failed === reason) stopped.push(name);
    for (const each of [butler, target, importer])
      expect({ name, problems: (await checkRepository(each, { checksums: true })).problems }).toEqual({ name, problems: [] });
    // Again, without being stopped: it does what is left.
    let told: readonly [number, number] = [0, 0];
    await run({ onProgress: (done, all) => (told = [done, all]) });
    if (!['regions', 'raws'].includes(name)) expect([name, told[0] > 0, told[0]]).toEqual([name, true, told[1]]);
  }
  // What has one step only has ended by then; the work that has no images has none.
  expect(stopped.toSorted()).toEqual(
    Object.keys(operations)
      .filter((name) => !['regions', 'raws'].includes(name))
      .toSorted(),
  );
  expect([(await importer.queryDatasets('metric', { collections: ['u/me'] })).length, await target.get(refs[0]!)]).toEqual([2, { n: 1 }]);
  const signal = AbortSignal.abort(new Error('never begun'));
  const extra = await butler.makeRef('metric', at(2), { run: 'u/extra' });
  await expect(ingestFiles(butler, [{ path: join(incoming, 'n.yaml'), refs: [extra] }], { signal })).rejects.toThrow('never begun');
  await expect(ingestRaws(butler, [join(incoming, 'n.yaml')], { signal })).rejects.toThrow('never begun');
  expect((await migrateRepository(folder, { dryRun: true, signal })).needed).toBe(false);
});
