import type { DatasetRef, QuantumStore } from '@almagest/pipeline';
import { beforeEach, expect, test } from 'vitest';
import { cachedBytes, openCachedStore } from './cached-store.ts';

/** What was read from the store below, in order. */
const read: string[] = [];
let broken = false;
beforeEach(() => {
  read.length = 0;
  broken = false;
});

/** The store below; opened by name, as a worker does. */
export function openInner(): QuantumStore {
  return {
    get(ref, options) {
      read.push(`${ref.id} ${options?.component ?? ''}`.trim());
      return broken ? Promise.reject(new Error('the disk is away')) : Promise.resolve({ id: ref.id });
    },
    put: () => Promise.resolve({}),
    exists: () => Promise.resolve(true),
  };
}

const open = (limitMib: number): Promise<QuantumStore> =>
  openCachedStore({ store: { open: `${import.meta.url}#openInner`, options: {} }, limitMib });
const ref = (id: string, more: Partial<DatasetRef> = {}): DatasetRef => ({
  id,
  datasetType: 'flat',
  storageClass: 'ExposureF',
  dimensions: ['instrument', 'detector'],
  dataId: {},
  run: 'r',
  location: [{ size: 2 ** 19 }],
  ...more,
});

test('keeps what existed before by id and way of reading, across stores of a worker; raws and new datasets pass through', async () => {
  const [one, two] = [await open(100), await open(100)];
  const value = await one.get(ref('a'), { storageClass: 'ExposureF' });
  expect(await two.get(ref('a'), { storageClass: 'ExposureF' })).toBe(value);
  await two.get(ref('a'), { component: 'wcs' });
  await one.get(ref('raw', { dimensions: ['instrument', 'exposure', 'detector'] }));
  await one.get(ref('raw', { dimensions: ['instrument', 'exposure', 'detector'] }));
  await one.get(ref('new', { location: undefined }));
  await one.get(ref('new', { location: undefined }));
  expect(read).toEqual(['a', 'a wcs', 'raw', 'raw', 'new', 'new']);
});

test('gives up what was used longest ago beyond its limit, and never keeps a failure', async () => {
  const store = await open(3);
  for (const id of ['b', 'c', 'd', 'b', 'e', 'b', 'c']) await store.get(ref(id));
  // One MiB each: the fourth drops the one used longest ago.
  expect(read).toEqual(['b', 'c', 'd', 'e', 'c']);
  expect(cachedBytes()).toBeLessThanOrEqual(3 * 2 ** 20);
  broken = true;
  await expect(store.get(ref('f'))).rejects.toThrow('the disk is away');
  broken = false;
  expect(await store.get(ref('f'))).toEqual({ id: 'f' });
});
