import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { makeFolder, openFile } from '@almagest/resources';
import { type DatasetRef, partRef } from '../datasets/dataset-ref.ts';
import type { StorageClassRegistry } from '../datasets/storage-class.ts';
import { ArtifactCorruptError, ArtifactMissingError, ArtifactWriteError } from '../errors.ts';
import { checksumOfBytes, checksumOfFile } from './checksum.ts';
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
import type { FileTemplates } from './file-template.ts';
import type { FormatterRegistry } from './formatter.ts';
import { placeFile, type PlacedFile, recordsOfFile } from './ingest-file.ts';
import { Journal } from './journal.ts';
import { decodeArtifact } from './read-artifact.ts';
import { splitMember, zipMember } from './zip-member.ts';

/** Folder inside the root for what is not an artifact. */
const PRIVATE = '.almagest';

export interface FileDatastoreOptions {
  readonly root: string;
  readonly name: string;
  readonly formatters: FormatterRegistry;
  readonly templates: FileTemplates;
  readonly storageClasses: StorageClassRegistry;
  /** Composites that are stored in parts; none unless told. */
  readonly composites?: CompositeRules;
  /** Called before every step that changes the disk; tests stop the process there. */
  readonly onStep?: (step: string) => void;
}

/** Artifacts as files below one folder. */
export class FileDatastore implements Datastore {
  readonly name: string;
  readonly isEphemeral = false;
  readonly root: string;
  readonly #options: FileDatastoreOptions;
  readonly #journal: Journal;
  readonly #madeFolders = new Set<string>();

  constructor(options: FileDatastoreOptions) {
    this.#options = options;
    this.name = options.name;
    this.root = resolve(options.root);
    this.#journal = new Journal(join(this.root, PRIVATE, 'journal'));
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
      temporary: this.#temporaryName(),
    }));
    const files: PlacedFile[] = plans.map((plan) => ({ temporary: plan.temporary, path: plan.path }));
    const forget = this.#begin(files);
    try {
      const records: FileRecord[] = [];
      for (const {
        item: { ref, bytes, formatter, component, storageClass = ref.datasetType.storageClass },
        path,
        temporary,
      } of plans) {
        await this.#writeSynced(temporary, bytes);
        records.push({
          datasetId: ref.id,
          path,
          formatter,
          storageClass,
          component,
          checksum: checksumOfBytes(bytes),
          size: bytes.length,
        });
      }
      return this.#staged(records, files, forget);
    } catch (error) {
      this.#discard(files, forget);
      throw asWriteError(error);
    }
  }

  async stageFiles(items: readonly IngestItem[], mode: TransferMode): Promise<StagedArtifacts> {
    const { formatters, templates } = this.#options;
    const placed: { item: IngestItem; file: PlacedFile }[] = items.map((item) => {
      const ref = item.refs[0]!;
      const extension = /(\.fits(\.fz|\.gz)?|\.[A-Za-z0-9]+)$/.exec(item.path)?.[0] ?? '';
      const source = item.path.startsWith('file:') ? fileURLToPath(item.path) : resolve(item.path);
      const inside = relative(this.root, source);
      const isInside = !inside.startsWith('..') && !isAbsolute(inside);
      return {
        item,
        file: placeFile({
          source,
          mode,
          inside: isInside ? inside.split(sep).join('/') : undefined,
          path: item.target ?? templates.path(ref, extension),
          temporary: this.#temporaryName(),
        }),
      };
    });
    const files = placed.map(({ file }) => file);
    const forget = this.#begin(files);
    try {
      const records: FileRecord[] = [];
      for (const { item, file } of placed) {
        this.#step('place');
        await file.prepare?.(file.temporary === undefined ? '' : join(this.root, file.temporary), join(this.root, file.path));
        const measured =
          item.checksum !== undefined && item.size !== undefined
            ? { checksum: item.checksum, size: item.size }
            : await this.#measureFile(file.source!);
        for (const ref of item.refs) records.push(...recordsOfFile(ref, { item, path: file.path, measured, formatters }));
      }
      return this.#staged(records, files, forget);
    } catch (error) {
      this.#discard(files, forget);
      throw asWriteError(error);
    }
  }

  async read(ref: DatasetRef, records: readonly FileRecord[], options: ReadOptions): Promise<unknown> {
    return await decodeArtifact({
      ref,
      records,
      options,
      formatters: this.#options.formatters,
      storageClasses: this.#options.storageClasses,
      open: async (record) => {
        const source = await this.#open(record);
        const { member } = splitMember(record.path);
        if (member !== undefined) return { source: await zipMember(source, member, record.path), close: async () => await source.close() };
        return { source, localPath: source.path, close: async () => await source.close() };
      },
    });
  }

  async #open(record: FileRecord): Promise<Awaited<ReturnType<typeof openFile>>> {
    let source: Awaited<ReturnType<typeof openFile>>;
    try {
      source = await openFile(this.#location(record.path));
    } catch (error) {
      throw new ArtifactMissingError(
        `the artifact ${record.path} of dataset ${record.datasetId} cannot be opened: ${(error as Error).message}`,
        {
          cause: error,
          details: { path: record.path, id: record.datasetId },
        },
      );
    }
    if (record.size !== null && record.size >= 0 && source.size !== record.size && !record.path.includes('#')) {
      await source.close();
      throw new ArtifactCorruptError(`the artifact ${record.path} should have ${record.size} bytes; it has ${source.size}`, {
        details: { path: record.path, id: record.datasetId },
      });
    }
    return source;
  }

  async artifactsExist(records: readonly FileRecord[]): Promise<readonly boolean[]> {
    const known = new Map<string, boolean>();
    return records.map(({ path }) => {
      const location = this.#location(path);
      let found = known.get(location);
      if (found === undefined) known.set(location, (found = existsSync(location)));
      return found;
    });
  }

  address(record: FileRecord): string {
    return pathToFileURL(this.#location(record.path)).href;
  }

  async readBytes(record: FileRecord): Promise<Uint8Array> {
    await using source = await this.#open(record);
    const { member } = splitMember(record.path);
    const part = member === undefined ? source : await zipMember(source, member, record.path);
    return await part.read(0, part.size);
  }

  async measure(
    record: FileRecord,
    options: { readonly checksum: boolean },
  ): Promise<{ readonly size: number; readonly checksum?: string } | undefined> {
    const location = this.#location(record.path);
    const size = statSync(location, { throwIfNoEntry: false })?.size;
    if (size === undefined) return undefined;
    return options.checksum ? await this.#measureFile(location) : { size };
  }

  async isPending(path: string): Promise<boolean> {
    return this.#journal.isPending(path);
  }

  async setAside(path: string): Promise<boolean> {
    const target = join(this.root, PRIVATE, 'lost', path);
    makeFolder(dirname(target));
    renameSync(join(this.root, path), target);
    return true;
  }

  async stageRemoval(records: readonly FileRecord[]): Promise<StagedRemoval> {
    // Files outside the root are not ours to delete.
    const paths = [...new Set(records.map((record) => record.path.replace(/#.*$/, '')))].filter(
      (path) => !isAbsolute(path) && !path.includes('://'),
    );
    const forget = this.#begin(paths.map((path) => ({ temporary: undefined, path })));
    return {
      publish: async (kept) => {
        for (const path of paths) {
          if (kept.has(path)) continue;
          this.#step('remove');
          rmSync(this.#location(path), { force: true });
        }
      },
      finish: async () => {
        this.#step('forget');
        forget();
      },
      abandon: async () => forget(),
    };
  }

  async recover(isRecorded: (paths: readonly string[]) => Promise<ReadonlySet<string>>): Promise<readonly string[]> {
    const removed: string[] = [];
    for (const entry of this.#journal.abandoned()) {
      const recorded = await isRecorded(entry.artifacts);
      for (const path of [...entry.temporary, ...entry.artifacts.filter((artifact) => !recorded.has(artifact))]) {
        if (!existsSync(join(this.root, path))) continue;
        rmSync(join(this.root, path), { force: true });
        removed.push(path);
      }
      rmSync(entry.file, { force: true });
    }
    return removed;
  }

  async *listArtifacts(): AsyncIterable<{ readonly path: string; readonly size: number }> {
    const folders = [''];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop())
      for (const entry of readdirSync(join(this.root, folder), { withFileTypes: true })) {
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (entry.isDirectory()) {
          if (path !== PRIVATE) folders.push(path);
        } else if (folder !== '') yield { path, size: statSync(join(this.root, path), { throwIfNoEntry: false })?.size ?? 0 };
      }
  }

  async close(): Promise<void> {
    // Nothing is held open between operations.
  }

  #location(path: string): string {
    const plain = path.replace(/#[^/]*$/, '');
    if (plain.startsWith('file://')) return fileURLToPath(plain);
    // Paths in records are URL-quoted where they hold such characters.
    return isAbsolute(plain) ? plain : join(this.root, plain);
  }

  #temporaryName(): string {
    return `${PRIVATE}/staging/${randomUUID()}`;
  }

  #begin(files: readonly { readonly temporary: string | undefined; readonly path: string }[]): () => void {
    try {
      this.#step('journal');
      return this.#journal.begin(
        files.map((file) => file.temporary).filter((path) => path !== undefined),
        files.map((file) => file.path).filter((path) => !isAbsolute(path)),
      );
    } catch (error) {
      throw asWriteError(error);
    }
  }

  #staged(records: readonly FileRecord[], files: readonly PlacedFile[], forget: () => void): StagedArtifacts {
    const published: string[] = [];
    return {
      records,
      publish: async () => {
        try {
          await this.#publish(files, published);
        } catch (error) {
          throw asWriteError(error);
        }
      },
      // Committed: what fails from here on costs a left-over that recovery removes, not the dataset.
      finish: async () => {
        try {
          for (const file of files) {
            this.#step('finish');
            await file.finish?.();
          }
          this.#step('forget');
          forget();
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === undefined) throw error;
        }
      },
      abandon: async () => {
        for (const path of published) rmSync(path, { force: true });
        this.#discard(files, forget);
      },
    };
  }

  async #publish(files: readonly PlacedFile[], published: string[]): Promise<void> {
    const folders = new Set<string>();
    for (const { temporary, path } of files) {
      if (temporary === undefined) continue;
      const target = join(this.root, path);
      const folder = target.slice(0, target.lastIndexOf(sep));
      this.#step('folder');
      if (!this.#madeFolders.has(folder)) makeFolder(folder);
      this.#madeFolders.add(folder);
      this.#step('rename');
      renameOrMake(join(this.root, temporary), target, folder);
      published.push(target);
      folders.add(folder);
    }
    this.#step('sync');
    for (const folder of folders) await syncFolder(folder);
  }

  #discard(files: readonly PlacedFile[], forget: () => void): void {
    for (const file of files) if (file.temporary !== undefined) rmSync(join(this.root, file.temporary), { force: true });
    forget();
  }

  async #writeSynced(path: string, bytes: Uint8Array): Promise<void> {
    this.#step('write');
    const target = join(this.root, path);
    let handle: Awaited<ReturnType<typeof open>>;
    try {
      handle = await open(target, 'wx');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      makeFolder(join(this.root, PRIVATE, 'staging'));
      handle = await open(target, 'wx');
    }
    try {
      await handle.writeFile(bytes);
      this.#step('fsync');
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  async #measureFile(path: string): Promise<{ readonly size: number; readonly checksum: string }> {
    try {
      return await checksumOfFile(path);
    } catch (error) {
      throw new ArtifactMissingError(`the file ${path} cannot be read: ${(error as Error).message}`, { cause: error });
    }
  }

  #step(name: string): void {
    this.#options.onStep?.(name);
  }
}

function renameOrMake(from: string, to: string, folder: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || existsSync(folder)) throw error;
    // Another process removed the empty folder.
    makeFolder(folder);
    renameSync(from, to);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function asWriteError(error: unknown): unknown {
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT')
    return new ArtifactMissingError(`a file that is to be taken over is not there: ${(error as Error).message}`, { cause: error });
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code !== undefined && ['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'ENOTDIR'].includes(code))
    return new ArtifactWriteError(`an artifact could not be written: ${(error as Error).message}`, { cause: error });
  return error;
}
