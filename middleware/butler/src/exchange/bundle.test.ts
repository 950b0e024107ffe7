import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTestRepository } from '../../test/test-repository.ts';
import { checkRepository, ingestBundle, pruneDatasets, writeBundle } from '../index.ts';

test('a bundle goes from one repository into another and stays one file', async () => {
  await using source = await makeTestRepository({ run: 'u/me' });
  await using target = await makeTestRepository();
  await source.butler.registerDatasetType({ name: 'metric', dimensions: ['visit'], storageClass: 'StructuredDataDict' });
  const refs = [
    await source.butler.put({ rms: 2 }, 'metric', { instrument: 'Cam', visit: 2 }),
    await source.butler.put({ rms: 3 }, 'metric', { instrument: 'Cam', visit: 3 }),
  ];
  const bundle = await writeBundle(source.butler, refs, join(source.folder, '../bundle'));
  expect((await ingestBundle(target.butler, bundle)).map((ref) => ref.id)).toEqual(refs.map((ref) => ref.id));
  expect(await target.butler.get('metric', { instrument: 'Cam', visit: 3 }, { collections: ['u/me'] })).toEqual({ rms: 3 });
  expect(await ingestBundle(target.butler, bundle, { existing: 'skip' })).toEqual([]);
  expect(await checkRepository(target.butler, { checksums: true })).toMatchObject({ artifacts: 1, problems: [] });
  await pruneDatasets(target.butler, [refs[0]!], { purge: true });
  expect(await target.butler.get(refs[1]!)).toEqual({ rms: 3 });
  await pruneDatasets(target.butler, [refs[1]!], { purge: true });
  expect(await checkRepository(target.butler)).toMatchObject({ artifacts: 0, problems: [] });
  const broken = join(source.folder, '../broken.zip');
  writeFileSync(broken, 'PK no zip');
  await expect(ingestBundle(target.butler, broken)).rejects.toMatchObject({ code: 'butler.artifact-corrupt' });
});
