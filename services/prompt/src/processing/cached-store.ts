import { type DatasetRef, openStore, type QuantumStore, type ReadOptions, type StoreSpec } from '@almagest/pipeline';

export interface CachedStoreOptions {
  readonly store: StoreSpec;
  /** Memory that kept datasets may take in this worker [MiB]. */
  readonly limitMib: number;
}

interface Entry {
  readonly value: Promise<unknown>;
  readonly bytes: number;
}

/** Datasets of this worker by id and way of reading, least recently used first. Shared by every store that is opened in it. */
const kept = new Map<string, Entry>();
let keptBytes = 0;

/** How workers open a {@link openCachedStore}. */
export function cachedStoreSpec(options: CachedStoreOptions): StoreSpec {
  return { open: `${import.meta.url}#openCachedStore`, options };
}

/**
 * A store that keeps what existed before the run: calibrations, reference shards, template patches. A dataset never changes, so what is
 * kept is what would be read. Raws pass through, and so does what the run itself writes.
 */
export async function openCachedStore({ store, limitMib }: CachedStoreOptions): Promise<QuantumStore> {
  const inner = await openStore(store);
  return {
    ...inner,
    put: (value, ref, provenance) => inner.put(value, ref, provenance),
    exists: (ref) => (kept.has(keyOf(ref, {})) ? Promise.resolve(true) : inner.exists(ref)),
    get(ref, options = {}) {
      if (ref.location === undefined || ref.dimensions.includes('exposure')) return inner.get(ref, options);
      return keep(ref, options, () => inner.get(ref, options), limitMib);
    },
  };
}

/** Bytes that are kept in this worker. */
export function cachedBytes(): number {
  return keptBytes;
}

async function keep(ref: DatasetRef, options: ReadOptions, read: () => Promise<unknown>, limitMib: number): Promise<unknown> {
  const key = keyOf(ref, options);
  const known = kept.get(key);
  if (known) {
    kept.delete(key);
    kept.set(key, known);
    return known.value;
  }
  const bytes = sizeOf(ref);
  const entry = { value: read(), bytes };
  kept.set(key, entry);
  keptBytes += bytes;
  // What could not be read is not kept.
  entry.value.catch(() => drop(key));
  for (const [oldest] of kept) {
    if (keptBytes <= limitMib * 2 ** 20 || oldest === key) break;
    drop(oldest);
  }
  return entry.value;
}

function drop(key: string): void {
  keptBytes -= kept.get(key)?.bytes ?? 0;
  kept.delete(key);
}

function keyOf({ id }: DatasetRef, options: ReadOptions): string {
  return `${id} ${JSON.stringify([options.component, options.storageClass, options.parameters])}`;
}

/** Size of a dataset's file, which is near its size in memory or half of it, for compressed ones [byte]. */
function sizeOf({ location }: DatasetRef): number {
  const records = Array.isArray(location) ? (location as readonly { readonly size?: number | null }[]) : [];
  return 2 * records.reduce((sum, { size }) => sum + (size ?? 1e6), 0);
}
