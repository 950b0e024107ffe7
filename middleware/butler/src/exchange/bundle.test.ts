import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTestRepository } from '../../test/test-repository.ts';
import { Butler, checkRepository, ingestBundle, pruneDatasets, writeBundle } from '../index.ts';

test('a bundle goes from one repository into another and stays one file', async () => {
  await using source = await makeTestRepository({ run: 'u/me' });
  // Empty: the bundle brings the records of its data IDs.
  await using target = await Butler.create(join(source.folder, '../target'));
  await source.butler.registerDatasetType({ name: 'metric', dimensions: ['visit'], storageClass: 'StructuredDataDict' });
  const refs = [
    await source.butler.put({ rms: 2 }, 'metric', { instrument: 'Cam', visit: 2 }),
    await source.butler.put({ rms: 3 }, 'metric', { instrument: 'Cam', visit: 3 }),
  ];
  const bundle = await writeBundle(source.butler, refs, join(source.folder, '../bundle'));
  expect((await ingestBundle(target, bundle)).map((ref) => ref.id)).toEqual(refs.map((ref) => ref.id));
  expect(await target.get('metric', { instrument: 'Cam', visit: 3 }, { collections: ['u/me'] })).toEqual({ rms: 3 });
  expect(
    await target.queryDatasets('metric', { collections: ['u/me'], where: "band = 'r' AND visit.region OVERLAPS POINT(13, -5)" }),
  ).toHaveLength(1);
  expect(await ingestBundle(target, bundle, { existing: 'skip' })).toEqual([]);
  expect(await checkRepository(target, { checksums: true })).toMatchObject({ artifacts: 1, problems: [] });
  await pruneDatasets(target, [refs[0]!], { purge: true });
  expect(await target.get(refs[1]!)).toEqual({ rms: 3 });
  await pruneDatasets(target, [refs[1]!], { purge: true });
  expect(await checkRepository(target)).toMatchObject({ artifacts: 0, problems: [] });
  const broken = join(source.folder, '../broken.zip');
  writeFileSync(broken, 'PK no zip');
  await expect(ingestBundle(target, broken)).rejects.toMatchObject({ code: 'butler.artifact-corrupt' });
});
