import { expect, test } from 'vitest';
import {
  type Butler,
  type ButlerDefaults,
  checkRepository,
  DatasetConflictError,
  DatasetNotFoundError,
  ExpressionMeaningError,
  ExpressionSyntaxError,
} from '../../src/index.ts';
import { exposureBegin, insertSkymap, type TestRepository } from '../test-repository.ts';

const METRIC = { name: 'metric', dimensions: ['instrument', 'visit'], storageClass: 'StructuredDataDict' };

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

/** What every registry must do; `makeRepository` gives a fresh one with the test camera. */
export function registryConformance(
  makeRepository: (defaults?: ButlerDefaults) => Promise<TestRepository>,
  options: { readonly only?: readonly string[] } = {},
): void {
  // Where one backend runs whole elsewhere, a few tests of it are enough here.
  const check = (name: string, work: () => Promise<void>): void => {
    if (options.only === undefined || options.only.includes(name)) test(name, work);
  };
  check('returns what was put, from the same and from a new butler', async () => {
    await using repository = await makeRepository({ run: 'u/me' });
    const { butler } = repository;
    await butler.registerDatasetType(METRIC);
    const ref = await butler.put({ rms: 0.25, names: ['a', 'b'] }, 'metric', { instrument: 'Cam', visit: 2 });
    expect(ref.dataId.toJSON()).toEqual({ band: 'g', instrument: 'Cam', day_obs: 20231114, physical_filter: 'Cam-G', visit: 2 });
    expect(await butler.get('metric', { instrument: 'Cam', visit: 2 })).toEqual({ rms: 0.25, names: ['a', 'b'] });
    await using again = await repository.reopen({ collections: ['u/me'] });
    expect(await again.get('metric', { instrument: 'Cam', visit: 2 })).toEqual({ rms: 0.25, names: ['a', 'b'] });
    if (again.root !== undefined)
      expect((await again.getUris(ref))[0]).toMatch(/u\/me\/metric\/20231114\/g\/Cam-G\/2\/metric_Cam_g_Cam-G_2_u_me\.yaml$/);
  });

  check('refuses a second dataset with the same data ID in a run and keeps the first', async () => {
    await using repository = await makeRepository({ run: 'u/me' });
    const { butler } = repository;
    await butler.registerDatasetType(METRIC);
    await butler.put({ rms: 1 }, 'metric', { instrument: 'Cam', visit: 2 });
    await expect(butler.put({ rms: 2 }, 'metric', { instrument: 'Cam', visit: 2 })).rejects.toThrow(DatasetConflictError);
    expect(await butler.get('metric', { instrument: 'Cam', visit: 2 })).toEqual({ rms: 1 });
  });

  check('names what it did not find', async () => {
    await using repository = await makeRepository({ run: 'u/me' });
    const { butler } = repository;
    await butler.registerDatasetType(METRIC);
    await butler.registry.registerCollection('u/me', 'RUN');
    await expect(butler.get('metric', { instrument: 'Cam', visit: 3 })).rejects.toThrow(DatasetNotFoundError);
    await expect(butler.get('metrc', { instrument: 'Cam', visit: 3 })).rejects.toThrow('did you mean "metric"?');
    await expect(butler.queryDatasets('metric', { collections: ['u/em'] })).rejects.toThrow('did you mean "u/me"?');
    await expect(butler.queryDataIds(['visti'])).rejects.toThrow('did you mean "visit"?');
    await expect(butler.queryDataIds(['visit'], { where: 'exposre = 1' })).rejects.toThrow('did you mean "exposure"?');
  });

  check('accepts alternate keys', async () => {
    await using repository = await makeRepository({ run: 'u/me' });
    const { butler } = repository;
    await butler.registerDatasetType({ name: 'frame', dimensions: ['exposure', 'detector'], storageClass: 'StructuredDataDict' });
    const ref = await butler.put({}, 'frame', { instrument: 'Cam', day_obs: 20231115, seq_num: 3, 'detector.full_name': 'S02' });
    expect(ref.dataId.toJSON()).toMatchObject({ exposure: 3, detector: 2 });
    expect(await butler.exists('frame', { instrument: 'Cam', 'exposure.obs_id': 'obs3', detector: 'S02' })).toBe(true);
  });

  check('finds the calibration that is valid at an exposure', async () => {
    await using repository = await makeRepository({ run: 'calib/run' });
    const { butler } = repository;
    await butler.registerDatasetType({ name: 'bias', dimensions: ['detector'], storageClass: 'StructuredDataDict', isCalibration: true });
    const first = await butler.put({ n: 1 }, 'bias', { instrument: 'Cam', detector: 1 }, { run: 'calib/run1' });
    const second = await butler.put({ n: 2 }, 'bias', { instrument: 'Cam', detector: 1 }, { run: 'calib/run2' });
    await butler.registry.registerCollection('calib', 'CALIBRATION');
    await butler.registry.certify('calib', [first], { begin: undefined, end: exposureBegin(3) });
    await butler.registry.certify('calib', [second], { begin: exposureBegin(3), end: undefined });
    await expect(butler.registry.certify('calib', [second], { begin: undefined, end: exposureBegin(2) })).rejects.toMatchObject({
      code: 'butler.validity-overlap',
    });
    const at = async (exposure: number): Promise<unknown> =>
      await butler.get('bias', { instrument: 'Cam', exposure, detector: 1 }, { collections: ['calib'] });
    expect([await at(2), await at(3)]).toEqual([{ n: 1 }, { n: 2 }]);
    const reversed = { begin: exposureBegin(3), end: exposureBegin(2) };
    await expect(butler.registry.certify('calib', [first], reversed)).rejects.toThrow('begins before it ends');
    await expect(butler.registry.decertify('calib', 'bias', reversed)).rejects.toThrow('begins before it ends');
    expect([await at(2), await at(3)]).toEqual([{ n: 1 }, { n: 2 }]);
  });

  check('selects data IDs by fields of records', async () => {
    await using repository = await makeRepository();
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

  check('finds the first dataset in the order of collections, or all', async () => {
    await using repository = await makeRepository();
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

  check('restricts by the datasets that exist', async () => {
    await using repository = await makeRepository();
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

  check('says which term empties an answer', async () => {
    await using repository = await makeRepository();
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

  check('points at the part of an expression that is wrong', async () => {
    await using repository = await makeRepository();
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

  check('keeps chains free of circles and edits them in place', async () => {
    await using repository = await makeRepository();
    const { registry } = repository.butler;
    for (const name of ['a', 'b', 'c']) await registry.registerCollection(name, 'RUN');
    for (const name of ['x', 'y']) await registry.registerCollection(name, 'CHAINED', `chain ${name}`);
    expect(await registry.editChain('x', 'redefine', ['a', 'b'])).toEqual(['a', 'b']);
    expect(await registry.editChain('x', 'prepend', ['c', 'b'])).toEqual(['c', 'b', 'a']);
    expect(await registry.editChain('x', 'extend', ['c'])).toEqual(['b', 'a', 'c']);
    expect(await registry.editChain('x', 'remove', ['a'])).toEqual(['b', 'c']);
    await registry.editChain('y', 'redefine', ['a', 'x']);
    await expect(registry.editChain('x', 'extend', ['y'])).rejects.toMatchObject({ code: 'butler.wrong-collection-type' });
    expect((await registry.flattenCollections(['y'])).map((found) => found.name)).toEqual(['a', 'b', 'c']);
    expect(await registry.collectionParents('x')).toEqual(['y']);
    await expect(registry.removeCollection('x')).rejects.toMatchObject({ code: 'butler.still-referenced' });
    await expect(registry.flattenCollections(['nothing'])).rejects.toMatchObject({ code: 'butler.unknown-collection' });
    await expect(registry.registerCollection('a', 'TAGGED')).rejects.toMatchObject({ code: 'butler.wrong-collection-type' });
  });

  check('undoes everything of a failed transaction', async () => {
    await using repository = await makeRepository({ run: 'u/me' });
    const { butler } = repository;
    await butler.registerDatasetType(METRIC);
    await expect(
      butler.transaction(async () => {
        await butler.put({ rms: 1 }, 'metric', { instrument: 'Cam', visit: 2 });
        await butler.transaction(async () => await butler.put({ rms: 2 }, 'metric', { instrument: 'Cam', visit: 3 }));
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect(await butler.registry.findCollection('u/me')).toBeUndefined();
    expect((await checkRepository(butler)).problems).toEqual([]);
    await butler.transaction(async () => {
      await butler.put({ rms: 1 }, 'metric', { instrument: 'Cam', visit: 2 });
      await butler
        .transaction(async () => {
          await butler.put({ rms: 2 }, 'metric', { instrument: 'Cam', visit: 3 });
          throw new Error('inner');
        })
        .catch(() => undefined);
    });
    expect(await butler.queryDatasets('metric')).toHaveLength(1);
    expect((await checkRepository(butler)).problems).toEqual([]);
    // A type is known inside the transaction that makes or removes it, and elsewhere when that is committed.
    const names = async (): Promise<readonly string[]> => (await butler.registry.queryDatasetTypes()).map(({ name }) => name);
    await expect(
      butler.transaction(async () => {
        await butler.registerDatasetType({ ...METRIC, name: 'other' });
        expect(await names()).toEqual(['metric', 'other']);
        await butler.put({ rms: 1 }, 'other', { instrument: 'Cam', visit: 2 });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await butler.registerDatasetType({ ...METRIC, name: 'gone' });
    await expect(
      butler.transaction(async () => {
        await butler.registry.removeDatasetType('gone');
        expect([await names(), await butler.registry.findDatasetType('gone')]).toEqual([['metric'], undefined]);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await butler.registry.findDatasetType('other')).toBeUndefined();
    expect(await names()).toEqual(['gone', 'metric']);
  });

  check('registers many datasets at once, and again without harm', async () => {
    await using repository = await makeRepository({ run: 'u/me' });
    const { butler } = repository;
    await butler.registerDatasetType({ name: 'pixel', dimensions: ['htm9'], storageClass: 'StructuredDataDict' });
    await butler.registry.registerCollection('u/me', 'RUN');
    const refs = [];
    for (let i = 0; i < 1200; i += 1) refs.push(await butler.makeRef('pixel', { htm9: 2_000_000 + i }, { idMode: 'dataid_type_run' }));
    expect(await butler.registry.insertDatasets(refs)).toHaveLength(1200);
    expect(await butler.registry.insertDatasets(refs, { existing: 'skip' })).toHaveLength(0);
    await expect(butler.registry.insertDatasets(refs.slice(0, 1))).rejects.toMatchObject({ code: 'butler.dataset-conflict' });
    let count = 0;
    for await (const ref of butler
      .query()
      .where('htm9 IN (2000000..2000999)')
      .datasets({ type: 'pixel', collections: ['u/me'] }))
      count += ref.run === 'u/me' ? 1 : 0;
    expect(count).toBe(1000);
  });

  check('refuses records that contradict, lack what they need or have unknown fields', async () => {
    await using repository = await makeRepository();
    const { butler } = repository;
    const detector = { instrument: 'Cam', id: 1, full_name: 'S01', name_in_raft: '1', raft: 'R0', purpose: 'SCIENCE' };
    await butler.insertDimensionData('detector', [detector]);
    expect(await butler.registry.syncDimensionData('detector', detector)).toBe('same');
    await expect(butler.insertDimensionData('detector', [{ ...detector, raft: 'R9' }])).rejects.toMatchObject({
      code: 'butler.bad-dimension-record',
    });
    await expect(butler.insertDimensionData('detector', [{ ...detector, instrument: 'None' }])).rejects.toMatchObject({
      code: 'butler.bad-dimension-record',
    });
    await expect(butler.insertDimensionData('detector', [{ ...detector, color: 'red' }])).rejects.toMatchObject({
      code: 'butler.bad-dimension-record',
    });
    await expect(butler.insertDimensionData('detectr', [detector])).rejects.toMatchObject({ code: 'butler.unknown-dimension' });
    expect(await butler.registry.syncDimensionData('detector', { ...detector, raft: 'R9' }, { update: true })).toBe('updated');
    expect(
      (await butler.queryDimensionRecords('detector', { where: "detector.raft = 'R9'" })).map((record) => record.fields['id']),
    ).toEqual([1]);
    await expect(butler.expandDataId(['visit'], { instrument: 'Cam', visit: 99 })).rejects.toMatchObject({ code: 'butler.bad-data-id' });
    await expect(butler.expandDataId(['visit'], { instrument: 'Cam' })).rejects.toMatchObject({ code: 'butler.bad-data-id' });
    await expect(butler.expandDataId(['visit'], { instrument: 'Cam', visit: 2, band: 'z' })).rejects.toMatchObject({
      code: 'butler.bad-data-id',
    });
  });

  check('registers a dataset type once, and only as it is', async () => {
    await using repository = await makeRepository();
    const { butler } = repository;
    expect([await butler.registerDatasetType(METRIC), await butler.registerDatasetType(METRIC)]).toEqual([true, false]);
    await expect(butler.registerDatasetType({ ...METRIC, dimensions: ['exposure'] })).rejects.toMatchObject({
      code: 'butler.dataset-type-conflict',
    });
    await expect(butler.registerDatasetType({ ...METRIC, name: 'a b' })).rejects.toMatchObject({ code: 'butler.dataset-type-conflict' });
    await expect(butler.queryDatasets('nothing', { collections: ['x'] })).rejects.toMatchObject({ code: 'butler.unknown-dataset-type' });
    await butler.registry.removeDatasetType('metric');
    expect(await butler.registry.queryDatasetTypes()).toEqual([]);
  });

  check('joins by sky regions and by time', async () => {
    await using repository = await makeRepository();
    const { butler } = repository;
    await insertSkymap(butler);
    const pairs = await butler.queryDataIds(['visit', 'tract'], { orderBy: ['visit', 'tract'] });
    expect(pairs.map((dataId) => [dataId.get('visit'), dataId.get('tract')])).toEqual(
      [
        [2, 0],
        [2, 1],
        [3, 0],
        [3, 1],
        [3, 2],
      ].filter(([visit, tract]) => Math.abs(10 + visit! - (11.5 + tract!)) < 1.1),
    );
    expect(await butler.query().where("skymap = 'map' AND patch.region OVERLAPS POINT(12.3, -4.8)").dataIds(['patch']).count()).toBe(1);
    expect(await butler.query().where('visit.region OVERLAPS POLYGON(11.9, -5.1, 12.1, -5.1, 12.1, -4.9)').dataIds(['visit']).count()).toBe(
      1,
    );
    expect(await butler.query().where('visit.region OVERLAPS CIRCLE(200, 40, 1)').dataIds(['visit']).any()).toBe(false);
    await expect(butler.queryDataIds(['visit'], { where: 'NOT visit.region OVERLAPS POINT(1, 1)' })).rejects.toMatchObject({
      code: 'butler.where-meaning',
    });
    expect((await butler.queryDataIds(['exposure', 'visit'])).map((dataId) => [dataId.get('exposure'), dataId.get('visit')])).toEqual([
      [2, 2],
      [3, 3],
    ]);
  });
}
