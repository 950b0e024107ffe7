import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '@almagest/resources';
import type { ObjectStore } from './object-store.ts';

export interface CacheOptions {
  /** Folder of the copies; a temporary one that goes with the process unless told. */
  readonly folder?: string;
  /** Bytes that all copies may take together. */
  readonly maxBytes: number;
}

interface Copy {
  readonly file: string;
  readonly size: number;
}

/**
 * Keeps copies of objects on the local disk, those used last, up to a size. Artifacts never change, so a copy is never stale.
 * Objects larger than a quarter of the cache are read through, range by range.
 */
export class CachedObjects implements ObjectStore {
  readonly #objects: ObjectStore;
  readonly #options: CacheOptions;
  readonly #folder: string;
  /** In the order of last use. */
  readonly #copies = new Map<string, Copy>();
  readonly #coming = new Map<string, Promise<Copy | undefined>>();
  #bytes = 0;

  constructor(objects: ObjectStore, options: CacheOptions) {
    this.#objects = objects;
    this.#options = options;
    this.#folder = options.folder ?? mkdtempSync(join(tmpdir(), 'almagest-cache-'));
    makeFolder(this.#folder);
  }

  async get(key: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array | undefined> {
    const copy = await this.#copyOf(key);
    if (!copy) return await this.#objects.get(key, range);
    const offset = range?.offset ?? 0;
    const bytes = new Uint8Array(Math.max(0, Math.min(range?.length ?? copy.size, copy.size - offset)));
    const descriptor = openSync(copy.file, 'r');
    try {
      readSync(descriptor, bytes, 0, bytes.length, offset);
    } finally {
      closeSync(descriptor);
    }
    return bytes;
  }

  async #copyOf(key: string): Promise<Copy | undefined> {
    const known = this.#copies.get(key);
    if (known) {
      this.#copies.delete(key);
      this.#copies.set(key, known);
      return known;
    }
    let coming = this.#coming.get(key);
    if (!coming) this.#coming.set(key, (coming = this.#fetch(key).finally(() => this.#coming.delete(key))));
    return await coming;
  }

  async #fetch(key: string): Promise<Copy | undefined> {
    const size = await this.#objects.size(key);
    if (size === undefined || size > this.#options.maxBytes / 4) return undefined;
    const bytes = await this.#objects.get(key);
    if (!bytes) return undefined;
    const file = join(this.#folder, createHash('sha256').update(key).digest('hex'));
    writeFileSync(`${file}.part`, bytes);
    renameSync(`${file}.part`, file);
    const copy = { file, size: bytes.length };
    this.#copies.set(key, copy);
    this.#bytes += copy.size;
    for (const [oldest] of this.#copies) {
      if (this.#bytes <= this.#options.maxBytes || oldest === key) break;
      this.#forget(oldest);
    }
    return copy;
  }

  #forget(key: string): void {
    const copy = this.#copies.get(key);
    if (!copy) return;
    this.#copies.delete(key);
    this.#bytes -= copy.size;
    rmSync(copy.file, { force: true });
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.#forget(key);
    await this.#objects.put(key, bytes);
  }

  async size(key: string): Promise<number | undefined> {
    return await this.#objects.size(key);
  }

  async copy(from: string, to: string): Promise<void> {
    this.#forget(to);
    await this.#objects.copy(from, to);
  }

  async remove(key: string): Promise<void> {
    this.#forget(key);
    await this.#objects.remove(key);
  }

  list(prefix: string): AsyncIterable<{ readonly key: string; readonly size: number }> {
    return this.#objects.list(prefix);
  }

  address(key: string): string {
    return this.#objects.address(key);
  }

  async signedAddress(key: string, seconds: number): Promise<string> {
    return await this.#objects.signedAddress(key, seconds);
  }

  async close(): Promise<void> {
    if (this.#options.folder === undefined) rmSync(this.#folder, { recursive: true, force: true });
    else for (const key of this.#copies.keys()) this.#forget(key);
    await this.#objects.close();
  }
}
