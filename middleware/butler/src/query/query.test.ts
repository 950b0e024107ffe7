import { expect, test } from 'vitest';
import { type Butler, ExpressionMeaningError, ExpressionSyntaxError } from '../index.ts';
import { exposureBegin, makeTestRepository } from '../../test/test-repository.ts';

async function withFrames(butler: Butler): Promise<void> {
  await butler.registerDatasetType({ name: 'frame', dimensions: ['exposure', 'detector'], storageClass: 'StructuredDataDict' });
  await butler.registerDatasetType({ name: 'summary', dimensions: ['visit'], storageClass: 'StructuredDataDict' });
  for (const exposure of [1, 2, 3])
    for (const detector of [1, 2])
      await butler.put({}, 'frame', { instrument: 'Cam', exposure, detector }, { run: exposure < 3 ? 'run/a' : 'run/b' });
  await butler.put({}, 'frame', { instrument: 'Cam', exposure: 1, detector: 1 }, { run: 'run/b' });
  await butler.put({}, 'summary', { instrument: 'Cam', visit: 2 }, { run: 'run/a' });
}

const ids = (found: readonly { toJSON(): object }[]): readonly object[] => found.map((dataId) => dataId.toJSON());

test('selects data IDs by fields of records', async () => {
  await using repository = await makeTestRepository();
  const { butler } = repository;
  const visits = await butler.queryDataIds(['visit'], { where: "instrument = 'Cam' AND visit.exposure_time > 20", orderBy: ['-visit'] });
  expect(ids(visits)).toEqual([
    { band: 'r', instrument: 'Cam', day_obs: 20231115, physical_filter: 'Cam-R1', visit: 3 },
    { band: 'g', instrument: 'Cam', day_obs: 20231114, physical_filter: 'Cam-G', visit: 2 },
  ]);
  const text = async (where: string, binds = {}): Promise<readonly unknown[]> =>
    (await butler.queryDataIds(['exposure'], { where, binds, orderBy: ['exposure'] })).map((dataId) => dataId.get('exposure'));
  expect(await text("band = 'r'")).toEqual([3, 4]);
  expect(await text('exposure IN (1..4:2)')).toEqual([1, 3]);
  expect(await text('exposure NOT IN (1, 2)')).toEqual([3, 4]);
  expect(await text('exposure IN (:wanted)', { wanted: [2, 4] })).toEqual([2, 4]);
  expect(await text("GLOB(exposure.obs_id, 'obs[14]') OR exposure = 2")).toEqual([2]);
  expect(await text("GLOB(obs_id, '*3')")).toEqual([3]);
  expect(await text('NOT can_see_sky')).toEqual([1]);
  expect(await text('can_see_sky = TRUE AND seq_num % 2 = 0')).toEqual([2, 4]);
  expect(await text('exposure.target_name = NULL AND exposure > 3')).toEqual([4]);
  expect(await text('exposure.timespan OVERLAPS (:begin, NULL)', { begin: exposureBegin(3) })).toEqual([3, 4]);
  expect(await text('exposure.timespan < :t', { t: exposureBegin(3) })).toEqual([1, 2]);
  expect(await text('timespan.begin >= :t', { t: exposureBegin(4) })).toEqual([4]);
  expect(await text('visit = 3')).toEqual([3]);
});

test('finds the first dataset in the order of collections, or all', async () => {
  await using repository = await makeTestRepository();
  const { butler } = repository;
  await withFrames(butler);
  const runs = async (collections: string[], findFirst = true): Promise<readonly string[]> =>
    (
      await butler.queryDatasets('frame', {
        collections,
        findFirst,
        where: 'exposure = 1 AND detector = 1 AND instrument = :i',
        binds: { i: 'Cam' },
      })
    )
      .map((ref) => ref.run)
      .toSorted();
  expect(await runs(['run/a', 'run/b'])).toEqual(['run/a']);
  expect(await runs(['run/b', 'run/a'])).toEqual(['run/b']);
  expect(await runs(['run/*'], false)).toEqual(['run/a', 'run/b']);
  const all = await butler.queryDatasets('frame', { collections: ['run/a', 'run/b'], orderBy: ['exposure', '-detector'] });
  expect(all.map((ref) => [ref.dataId.get('exposure'), ref.dataId.get('detector')])).toEqual([
    [1, 2],
    [1, 1],
    [2, 2],
    [2, 1],
    [3, 2],
    [3, 1],
  ]);
});

test('restricts by the datasets that exist', async () => {
  await using repository = await makeTestRepository();
  const { butler } = repository;
  await withFrames(butler);
  expect(ids(await butler.queryDataIds(['visit'], { datasets: ['summary'], collections: ['run/a'] }))).toMatchObject([{ visit: 2 }]);
  expect(
    (await butler.queryDimensionRecords('detector', { datasets: ['frame'], collections: ['run/b'], orderBy: ['detector'] })).map(
      (record) => record.fields['full_name'],
    ),
  ).toEqual(['S01', 'S02']);
  const query = butler.query().joinDataIds(['detector'], [{ instrument: 'Cam', detector: 2 }]);
  expect(await query.datasets({ type: 'frame', collections: ['run/a'] }).count()).toBe(2);
  const rows = await butler
    .query()
    .joinDatasets({ type: 'frame', collections: ['run/a'] })
    .where('detector = 1')
    .general(['exposure', 'detector'], ['frame.run', 'exposure.timespan'])
    .toArray();
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatchObject({ 'frame.run': 'run/a', 'exposure.timespan': { begin: exposureBegin(Number(rows[0]!['exposure'])) } });
});

test('says which term empties an answer', async () => {
  await using repository = await makeTestRepository();
  const { butler } = repository;
  await withFrames(butler);
  const why = async (where: string): Promise<readonly string[]> =>
    await butler
      .query()
      .where(where)
      .datasets({ type: 'frame', collections: ['run/a'] })
      .explainNoResults();
  expect(await why('detector = 1')).toEqual([]);
  expect(await why("detector = 1 AND band = 'y' AND exposure = 1")).toEqual(["nothing has band = 'y'"]);
  expect(await why("instrument = 'Cam' AND exposure = 1 AND exposure.observation_type = 'science'")).toEqual([
    "nothing has exposure = 1 and exposure.observation_type = 'science', though each alone has an answer",
  ]);
  expect(
    await butler
      .query()
      .datasets({ type: 'summary', collections: ['run/b'] })
      .explainNoResults(),
  ).toEqual(['no summary is in run/b']);
});

test('points at the part of an expression that is wrong', async () => {
  await using repository = await makeTestRepository();
  const { butler } = repository;
  await expect(async () => await butler.queryDataIds(['visit'], { where: 'visit = 1 AND AND' })).rejects.toMatchObject({
    code: 'butler.where-syntax',
    details: { position: 14 },
  });
  await expect(butler.queryDataIds(['visit'], { where: 'visit = 1 AND vist.name = 2' })).rejects.toMatchObject({
    code: 'butler.where-meaning',
    details: { position: 14 },
  });
  await expect(butler.queryDataIds(['visit'], { where: "visit = 'x'" })).rejects.toThrow(ExpressionMeaningError);
  expect(() => butler.query().where('a = (')).toThrow(ExpressionSyntaxError);
});
