import { access, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { DatasetMissingError } from '../errors.ts';
import type { DatasetRef } from '../quantum-graph/quantum.ts';
import type { QuantumStore, StoreSpec } from './store.ts';

/**
 * A store of plain files, for mock runs and tests: JSON where that keeps the value, else Node's structured clone.
 *
 * A file is written under another name, synced when `durable`, and renamed.
 */
export function openFileStore(options: { readonly root: string; readonly durable?: boolean }): QuantumStore {
  const { root, durable = false } = options;
  const made = new Set<string>();
  const pathOf = (ref: DatasetRef): string => {
    const file = (ref.location as { readonly path?: string } | undefined)?.path;
    if (file !== undefined) return join(root, file);
    const name = ref.dimensions.map((dimension) => `${dimension}-${String(ref.dataId[dimension]).replaceAll(/[^\w.+-]/g, '_')}`).join('_');
    return join(root, ref.run, ref.datasetType, `${name === '' ? 'all' : name}.dat`);
  };
  return {
    async get(ref, { component } = {}) {
      let bytes: Buffer;
      try {
        bytes = await readFile(pathOf(ref));
      } catch (cause) {
        throw new DatasetMissingError(`no file for ${ref.datasetType} ${JSON.stringify(ref.dataId)} in run "${ref.run}"`, { cause });
      }
      const value: unknown = bytes[0] === 0xff ? deserialize(bytes) : JSON.parse(bytes.toString());
      return component === undefined ? value : (value as Readonly<Record<string, unknown>>)[component];
    },
    async put(value, ref) {
      const path = pathOf(ref);
      const dir = dirname(path);
      if (!made.has(dir)) await mkdir(dir, { recursive: true });
      made.add(dir);
      const bytes = isJson(value) ? Buffer.from(JSON.stringify(value)) : serialize(value);
      const temporary = join(dir, `.${process.pid}-${Math.random().toString(36).slice(2)}.tmp`);
      const file = await open(temporary, 'w');
      try {
        await file.writeFile(bytes);
        if (durable) await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
      return { path: path.slice(root.length + 1), size: bytes.length };
    },
    exists: (ref) =>
      access(pathOf(ref)).then(
        () => true,
        () => false,
      ),
    async sweep(run) {
      const files = await readdir(join(root, run), { recursive: true }).catch(() => []);
      await Promise.all(files.filter((name) => /(^|\/)\.[^/]*\.tmp$/.test(name)).map((name) => rm(join(root, run, name), { force: true })));
    },
  };
}

/** How workers open a {@link openFileStore}. */
export function fileStoreSpec(root: string, options: { readonly durable?: boolean } = {}): StoreSpec {
  return { open: `${import.meta.url}#openFileStore`, options: { root, ...options } };
}

function isJson(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  if (typeof value !== 'object') return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && Object.values(value).every(isJson);
}
