import { expect, test } from 'vitest';
import { Butler, DatasetConflictError, DatasetNotFoundError } from '../index.ts';
import { exposureBegin, makeTestRepository } from '../../test/test-repository.ts';

const METRIC = { name: 'metric', dimensions: ['instrument', 'visit'], storageClass: 'StructuredDataDict' };

test('returns what was put, from the same and from a new butler', async () => {
  await using repository = await makeTestRepository({ run: 'u/me' });
  const { butler, folder } = repository;
  await butler.registerDatasetType(METRIC);
  const ref = await butler.put({ rms: 0.25, names: ['a', 'b'] }, 'metric', { instrument: 'Cam', visit: 2 });
  expect(ref.dataId.toJSON()).toEqual({ band: 'g', instrument: 'Cam', day_obs: 20231114, physical_filter: 'Cam-G', visit: 2 });
  expect(await butler.get('metric', { instrument: 'Cam', visit: 2 })).toEqual({ rms: 0.25, names: ['a', 'b'] });
  await using again = await Butler.open(folder, { collections: ['u/me'] });
  expect(await again.get('metric', { instrument: 'Cam', visit: 2 })).toEqual({ rms: 0.25, names: ['a', 'b'] });
  expect((await again.getUris(ref))[0]).toMatch(/u\/me\/metric\/20231114\/g\/Cam-G\/2\/metric_Cam_g_Cam-G_2_u_me\.yaml$/);
});

test('refuses a second dataset with the same data ID in a run and keeps the first', async () => {
  await using repository = await makeTestRepository({ run: 'u/me' });
  const { butler } = repository;
  await butler.registerDatasetType(METRIC);
  await butler.put({ rms: 1 }, 'metric', { instrument: 'Cam', visit: 2 });
  await expect(butler.put({ rms: 2 }, 'metric', { instrument: 'Cam', visit: 2 })).rejects.toThrow(DatasetConflictError);
  expect(await butler.get('metric', { instrument: 'Cam', visit: 2 })).toEqual({ rms: 1 });
});

test('names what it did not find', async () => {
  await using repository = await makeTestRepository({ run: 'u/me' });
  const { butler } = repository;
  await butler.registerDatasetType(METRIC);
  await butler.registry.registerCollection('u/me', 'RUN');
  await expect(butler.get('metric', { instrument: 'Cam', visit: 3 })).rejects.toThrow(DatasetNotFoundError);
});

test('accepts alternate keys', async () => {
  await using repository = await makeTestRepository({ run: 'u/me' });
  const { butler } = repository;
  await butler.registerDatasetType({ name: 'frame', dimensions: ['exposure', 'detector'], storageClass: 'StructuredDataDict' });
  const ref = await butler.put({}, 'frame', { instrument: 'Cam', day_obs: 20231115, seq_num: 3, 'detector.full_name': 'S02' });
  expect(ref.dataId.toJSON()).toMatchObject({ exposure: 3, detector: 2 });
  expect(await butler.exists('frame', { instrument: 'Cam', 'exposure.obs_id': 'obs3', detector: 'S02' })).toBe(true);
});

test('finds the calibration that is valid at an exposure', async () => {
  await using repository = await makeTestRepository({ run: 'calib/run' });
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
});
