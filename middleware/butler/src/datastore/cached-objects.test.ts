import { expect, test } from 'vitest';
import { CachedObjects } from './cached-objects.ts';
import { MemoryObjects } from './object-store.ts';

/** Counts what is asked of the store behind. */
class CountingObjects extends MemoryObjects {
  reads = 0;
  override async get(key: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array | undefined> {
    this.reads += 1;
    return await super.get(key, range);
  }
}

test('keeps what was used last within its size, and never what was removed', async () => {
  const store = new CountingObjects();
  const cache = new CachedObjects(store, { maxBytes: 400 });
  for (let i = 0; i < 6; i += 1) await cache.put(`k${i}`, new Uint8Array(90).fill(i));
  const read = async (key: string): Promise<number | undefined> => (await cache.get(key, { offset: 10, length: 5 }))?.[0];
  expect([await read('k0'), await read('k0'), store.reads]).toEqual([0, 0, 1]);
  for (const key of ['k1', 'k2', 'k3', 'k0', 'k4']) await read(key);
  store.reads = 0;
  expect([await read('k0'), await read('k4'), store.reads]).toEqual([0, 4, 0]);
  expect([await read('k1'), store.reads]).toEqual([1, 1]);
  await cache.remove('k4');
  expect(await cache.get('k4')).toBeUndefined();
  await cache.put('k0', new Uint8Array(90).fill(9));
  expect(await read('k0')).toBe(9);
  await cache.put('large', new Uint8Array(300).fill(7));
  store.reads = 0;
  expect([await read('large'), await read('large'), store.reads]).toEqual([7, 7, 2]);
  await cache.close();
});

test('fetches an object once for readers at the same time', async () => {
  const store = new CountingObjects();
  await store.put('k', new Uint8Array(10).fill(3));
  const cache = new CachedObjects(store, { maxBytes: 1000 });
  await Promise.all(Array.from({ length: 8 }, async () => await cache.get('k')));
  expect(store.reads).toBe(1);
  await cache.close();
});
