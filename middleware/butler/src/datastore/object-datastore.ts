import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ByteSource } from '@almagest/fits';
import { type DatasetRef, partRef } from '../datasets/dataset-ref.ts';
import type { StorageClassRegistry } from '../datasets/storage-class.ts';
import { ArtifactCorruptError, ArtifactMissingError, ArtifactWriteError } from '../errors.ts';
import { checksumOfBytes } from './checksum.ts';
import { type CompositeRules, encodeItems } from './encode-items.ts';
import type {
  Datastore,
  EncodedItem,
  FileRecord,
  IngestItem,
  PutItem,
  ReadOptions,
  StagedArtifacts,
  StagedRemoval,
  TransferMode,
} from './datastore.ts';
import { recordsOfFile } from './ingest-file.ts';
import type { FileTemplates } from './file-template.ts';
import type { FormatterRegistry } from './formatter.ts';
import { isAbandoned, type JournalEntry, newJournalEntry } from './journal.ts';
import type { ObjectStore } from './object-store.ts';
import { decodeArtifact } from './read-artifact.ts';
import { splitMember, zipMember } from './zip-member.ts';

const PRIVATE = '.almagest/';

export interface ObjectDatastoreOptions {
  readonly name: string;
  readonly objects: ObjectStore;
  readonly formatters: FormatterRegistry;
  readonly templates: FileTemplates;
  readonly storageClasses: StorageClassRegistry;
  /** Composites that are stored in parts; none unless told. */
  readonly composites?: CompositeRules;
  /** Nothing survives the process. */
  readonly isEphemeral?: boolean;
}

interface PlannedObject {
  readonly staging: string;
  readonly path: string;
}

/** Artifacts as objects of a store that has no rename: they are written aside and copied when they are published. */
export class ObjectDatastore implements Datastore {
  readonly name: string;
  readonly isEphemeral: boolean;
  readonly #options: ObjectDatastoreOptions;

  constructor(options: ObjectDatastoreOptions) {
    this.name = options.name;
    this.isEphemeral = options.isEphemeral ?? false;
    this.#options = options;
  }

  get #objects(): ObjectStore {
    return this.#options.objects;
  }

  get formatters(): FormatterRegistry {
    return this.#options.formatters;
  }

  get composites(): CompositeRules | undefined {
    return this.#options.composites;
  }

  async stage(items: readonly PutItem[]): Promise<StagedArtifacts> {
    return await this.stageEncoded(await encodeItems(items, this.#options));
  }

  async stageEncoded(items: readonly EncodedItem[]): Promise<StagedArtifacts> {
    const plans = items.map((item) => ({
      item,
      path: this.#options.templates.path(partRef(item), item.extension),
      staging: stagingKey(),
    }));
    return await this.#stageObjects(plans, async ({ item, path, staging }) => {
      const { ref, bytes, formatter, component, storageClass = ref.datasetType.storageClass } = item;
      await this.#objects.put(staging, bytes);
      return [{ datasetId: ref.id, path, formatter, storageClass, component, checksum: checksumOfBytes(bytes), size: bytes.length }];
    });
  }

  async stageFiles(items: readonly IngestItem[], mode: TransferMode): Promise<StagedArtifacts> {
    if (mode !== 'auto' && mode !== 'copy' && mode !== 'move')
      throw new ArtifactWriteError(`files come into an object store by copy or move, not by ${mode}`);
    const { formatters, templates } = this.#options;
    const plans = items.map((item) => {
      const source = item.path.startsWith('file:') ? fileURLToPath(item.path) : item.path;
      const extension = /(\.fits(\.fz|\.gz)?|\.[A-Za-z0-9]+)$/.exec(source)?.[0] ?? '';
      return { item, source, path: item.target ?? templates.path(item.refs[0]!, extension), staging: stagingKey() };
    });
    const staged = await this.#stageObjects(plans, async ({ item, source, path, staging }) => {
      const bytes = await readSource(source);
      await this.#objects.put(staging, bytes);
      const measured = { checksum: checksumOfBytes(bytes), size: bytes.length };
      return item.refs.flatMap((ref) => recordsOfFile(ref, { item, path, measured, formatters }));
    });
    if (mode !== 'move') return staged;
    return {
      ...staged,
      finish: async () => {
        for (const { source } of plans) await rm(source, { force: true });
        await staged.finish();
      },
    };
  }

  async #stageObjects<P extends PlannedObject>(
    plans: readonly P[],
    write: (plan: P) => Promise<readonly FileRecord[]>,
  ): Promise<StagedArtifacts> {
    const forget = await this.#journal(plans);
    const published: string[] = [];
    const abandon = async (): Promise<void> => {
      for (const key of [...published, ...plans.map((plan) => plan.staging)]) await this.#objects.remove(key);
      await forget();
    };
    try {
      const records: FileRecord[] = [];
      for (const plan of plans) records.push(...(await write(plan)));
      return {
        records,
        publish: async () => {
          for (const { staging, path } of plans) {
            published.push(path);
            await this.#objects.copy(staging, path);
          }
        },
        finish: async () => {
          for (const { staging } of plans) await this.#objects.remove(staging);
          await forget();
        },
        abandon,
      };
    } catch (error) {
      await abandon();
      throw error;
    }
  }

  async #journal(plans: readonly PlannedObject[]): Promise<() => Promise<void>> {
    const key = `${PRIVATE}journal/${randomUUID()}.json`;
    const entry = newJournalEntry(
      plans.map((plan) => plan.staging),
      plans.map((plan) => plan.path),
    );
    await this.#objects.put(key, new TextEncoder().encode(JSON.stringify(entry)));
    return async () => await this.#objects.remove(key);
  }

  async read(ref: DatasetRef, records: readonly FileRecord[], options: ReadOptions): Promise<unknown> {
    const { formatters, storageClasses } = this.#options;
    return await decodeArtifact({
      ref,
      records,
      options,
      formatters,
      storageClasses,
      open: async (record) => await this.#open(record, options.storageClass === 'RawExposure'),
    });
  }

  /** A source that fetches ranges; formats that need a file get a temporary one. */
  async #open(
    record: FileRecord,
    asFile: boolean,
  ): Promise<{ readonly source: ByteSource; readonly localPath?: string; readonly close: () => Promise<void> }> {
    const source = await this.#source(record);
    if (!asFile) return { source, close: async () => undefined };
    const folder = mkdtempSync(join(tmpdir(), 'almagest-artifact-'));
    const localPath = join(folder, basename(splitMember(record.path).member ?? record.path));
    writeFileSync(localPath, await source.read(0, source.size));
    return { source, localPath, close: async () => rmSync(folder, { recursive: true, force: true }) };
  }

  /** Ranges of an object, or of the member of a bundle. */
  async #source(record: FileRecord): Promise<ByteSource> {
    const { file, member } = splitMember(record.path);
    const size = await this.#objects.size(file);
    if (size === undefined) throw missing(record);
    if (member === undefined && record.size !== null && size !== record.size)
      throw new ArtifactCorruptError(`the artifact ${record.path} should have ${record.size} bytes; it has ${size}`, {
        details: { path: record.path },
      });
    const read = async (offset: number, length: number): Promise<Uint8Array> => {
      const bytes = await this.#objects.get(file, { offset, length: Math.max(0, Math.min(length, size - offset)) });
      if (!bytes) throw missing(record);
      return bytes;
    };
    return member === undefined ? { size, read } : await zipMember({ size, read }, member, record.path);
  }

  async artifactsExist(records: readonly FileRecord[]): Promise<readonly boolean[]> {
    return await Promise.all(records.map(async ({ path }) => (await this.#objects.size(splitMember(path).file)) !== undefined));
  }

  address(record: FileRecord): string {
    return this.#objects.address(record.path);
  }

  async signedAddress(record: FileRecord, seconds: number): Promise<string | undefined> {
    // A member of a bundle has no address of its own.
    return this.isEphemeral || record.path.includes('#') ? undefined : await this.#objects.signedAddress(record.path, seconds);
  }

  async readBytes(record: FileRecord): Promise<Uint8Array> {
    if (record.path.includes('#')) {
      const member = await this.#source(record);
      return await member.read(0, member.size);
    }
    const bytes = await this.#objects.get(record.path);
    if (!bytes) throw missing(record);
    return bytes;
  }

  async measure(
    record: FileRecord,
    options: { readonly checksum: boolean },
  ): Promise<{ readonly size: number; readonly checksum?: string } | undefined> {
    const { file } = splitMember(record.path);
    if (!options.checksum) {
      const size = await this.#objects.size(file);
      return size === undefined ? undefined : { size };
    }
    const bytes = await this.#objects.get(file);
    return bytes && { size: bytes.length, checksum: checksumOfBytes(bytes) };
  }

  async isPending(path: string): Promise<boolean> {
    for await (const { entry } of this.#entries()) if (entry?.artifacts.includes(path)) return true;
    return false;
  }

  async setAside(path: string): Promise<boolean> {
    await this.#objects.copy(path, `${PRIVATE}lost/${path}`);
    await this.#objects.remove(path);
    return true;
  }

  async stageRemoval(records: readonly FileRecord[]): Promise<StagedRemoval> {
    const paths = [...new Set(records.map((record) => splitMember(record.path).file))].filter(
      (path) => !isAbsolute(path) && !path.includes('://'),
    );
    const forget = await this.#journal(paths.map((path) => ({ staging: stagingKey(), path })));
    return {
      publish: async (kept) => {
        for (const path of paths) if (!kept.has(path)) await this.#objects.remove(path);
      },
      finish: forget,
      abandon: forget,
    };
  }

  async recover(isRecorded: (paths: readonly string[]) => Promise<ReadonlySet<string>>): Promise<readonly string[]> {
    const removed: string[] = [];
    for await (const { key, entry } of this.#entries()) {
      if (!entry || !isAbandoned(entry)) continue;
      const recorded = await isRecorded(entry.artifacts);
      for (const path of [...entry.temporary, ...entry.artifacts.filter((artifact) => !recorded.has(artifact))]) {
        if ((await this.#objects.size(path)) === undefined) continue;
        await this.#objects.remove(path);
        removed.push(path);
      }
      await this.#objects.remove(key);
    }
    return removed;
  }

  async *#entries(): AsyncIterable<{ readonly key: string; readonly entry: JournalEntry | undefined }> {
    for await (const { key } of this.#objects.list(`${PRIVATE}journal/`)) {
      const bytes = await this.#objects.get(key);
      yield { key, entry: bytes && (JSON.parse(new TextDecoder().decode(bytes)) as JournalEntry) };
    }
  }

  async *listArtifacts(): AsyncIterable<{ readonly path: string; readonly size: number }> {
    for await (const { key, size } of this.#objects.list('')) if (!key.startsWith(PRIVATE)) yield { path: key, size };
  }

  async close(): Promise<void> {
    await this.#objects.close();
  }
}

function stagingKey(): string {
  return `${PRIVATE}staging/${randomUUID()}`;
}

async function readSource(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new ArtifactMissingError(`the file ${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function missing(record: FileRecord): ArtifactMissingError {
  return new ArtifactMissingError(`the artifact ${record.path} of dataset ${record.datasetId} is not in the store`, {
    details: { path: record.path, id: record.datasetId },
  });
}
