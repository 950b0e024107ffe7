import type { DatasetRef } from '../datasets/dataset-ref.ts';
import type { StorageClassRegistry } from '../datasets/storage-class.ts';
import type {
  Datastore,
  Elsewhere,
  EncodedItem,
  FileRecord,
  IngestItem,
  PutItem,
  ReadOptions,
  StagedArtifacts,
  StagedRemoval,
  TransferMode,
} from '../datastore/datastore.ts';
import { type CompositeRules, encodeItems } from '../datastore/encode-items.ts';
import type { FormatterRegistry } from '../datastore/formatter.ts';
import { decodeArtifact } from '../datastore/read-artifact.ts';
import { ArtifactCorruptError, ArtifactWriteError } from '../errors.ts';
import type { FsckOptions, FsckReport } from '../maintenance/fsck-report.ts';
import type { Connection } from './connection.ts';
import type { LocalFiles } from './local-files.ts';

export interface RemoteDatastoreParts {
  readonly connection: Connection;
  readonly formatters: FormatterRegistry;
  readonly storageClasses: StorageClassRegistry;
  readonly files: LocalFiles;
}

/** Bytes that one request carries at most; larger artifacts are sent in pieces before. */
const PIECE = 8 * 2 ** 20;
/** Files that are sent at once. */
const PARALLEL = 4;
/** Modes by which files are sent; the others name files that the server sees. */
const SENT: ReadonlySet<TransferMode> = new Set(['auto', 'copy', 'move']);

/** Artifacts of a served repository: encoded and decoded here, kept there. */
export class RemoteDatastore implements Datastore {
  readonly name = 'remote';
  readonly isEphemeral = false;
  readonly elsewhere: Elsewhere;
  readonly #parts: RemoteDatastoreParts;

  constructor(parts: RemoteDatastoreParts) {
    this.#parts = parts;
    this.elsewhere = {
      put: async (items, existing) =>
        await this.#put(await encodeItems(items, { ...parts, ...(this.composites ? { composites: this.composites } : {}) }), existing),
      putEncoded: async (items, existing) => await this.#put(items, existing),
      ingest: async (items, how) => await this.#ingest(items, how),
      remove: async (ids, how) => void (await this.#connection.call('datasets/prune', { ids, ...how })),
      check: async (options) => await this.#check(options),
    };
  }

  get formatters(): FormatterRegistry {
    return this.#parts.formatters;
  }

  get composites(): CompositeRules | undefined {
    return this.#connection.composites;
  }

  get #connection(): Connection {
    return this.#parts.connection;
  }

  async stage(_items: readonly PutItem[]): Promise<StagedArtifacts> {
    throw nothingStaged();
  }

  async stageEncoded(): Promise<StagedArtifacts> {
    throw nothingStaged();
  }

  async stageFiles(): Promise<StagedArtifacts> {
    throw nothingStaged();
  }

  async stageRemoval(): Promise<StagedRemoval> {
    throw nothingStaged();
  }

  async #put(items: readonly EncodedItem[], existing: 'fail' | 'skip'): Promise<readonly string[]> {
    const sent: string[] = [];
    let room = PIECE;
    const inside: Uint8Array[] = [];
    const wire = [];
    try {
      for (const { bytes, ...item } of items)
        if (bytes.length <= room) {
          room -= bytes.length;
          inside.push(bytes);
          wire.push({ ...item, length: bytes.length });
        } else {
          const source = { size: bytes.length, read: async (at: number, length: number) => bytes.subarray(at, at + length) };
          wire.push({ ...item, upload: await this.#send(`artifact${item.extension}`, source, sent) });
        }
      return (await this.#connection.upload('datasets/put', { existing, items: wire }, inside)) as readonly string[];
    } catch (error) {
      await this.#giveUp(sent);
      throw error;
    }
  }

  async #ingest(
    items: readonly IngestItem[],
    { mode, existing, signal }: { readonly mode: TransferMode; readonly existing: 'fail' | 'skip'; readonly signal?: AbortSignal },
  ): Promise<readonly string[]> {
    const isSent = SENT.has(mode);
    const sent: string[] = [];
    try {
      const wire: (Omit<IngestItem, 'path'> & { readonly path?: string; readonly upload?: string })[] = [...items];
      let next = 0;
      const work = async (): Promise<void> => {
        for (let i = next; i < items.length; i = next) {
          next += 1;
          signal?.throwIfAborted();
          const { path, ...item } = items[i]!;
          await using source = disposable(await this.#parts.files.open(path));
          wire[i] = { ...item, upload: await this.#send(path.split(/[\\/]/).at(-1)!, source, sent) };
        }
      };
      if (isSent) await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, work));
      const fresh = (await this.#connection.call('datasets/ingest', { items: wire, mode, existing })) as readonly string[];
      // Originals go last, after the commit of what this belongs to.
      if (mode === 'move')
        await this.#connection.transactions.afterCommit(async () => {
          for (const { path } of items) await this.#parts.files.remove(path);
        });
      return fresh;
    } catch (error) {
      await this.#giveUp(sent);
      throw error;
    }
  }

  /** Sends a file in pieces. @returns what names it in the call that makes a dataset of it. */
  async #send(
    name: string,
    source: { readonly size: number; read(offset: number, length: number): Promise<Uint8Array> | Uint8Array },
    sent: string[],
  ): Promise<string> {
    const id = (await this.#connection.call('uploads/new', { name, size: source.size })) as string;
    sent.push(id);
    for (let at = 0; at < source.size; at += PIECE) {
      const length = Math.min(PIECE, source.size - at);
      await this.#connection.piece(`uploads/${id}?offset=${at}`, await source.read(at, length));
    }
    return id;
  }

  /** What was sent for nothing goes at once; if the server is away, when it gives them up. */
  async #giveUp(sent: readonly string[]): Promise<void> {
    if (sent.length > 0) await this.#connection.call('uploads/remove', { ids: sent }).catch(() => undefined);
  }

  async #check({ checksums = false, repair = false, signal, onProgress }: FsckOptions): Promise<FsckReport> {
    let report: FsckReport | undefined;
    for await (const line of this.#connection.lines('check', { checksums, repair }, signal)) {
      const { checked, report: found } = line as { readonly checked?: number; readonly report?: FsckReport };
      if (checked !== undefined) onProgress?.(checked);
      report = found ?? report;
    }
    return report!;
  }

  async read(ref: DatasetRef, records: readonly FileRecord[], options: ReadOptions): Promise<unknown> {
    const { files, formatters, storageClasses } = this.#parts;
    return await decodeArtifact({
      ref,
      records,
      options,
      formatters,
      storageClasses,
      open: async (record) => {
        const bytes = await this.readBytes(record);
        const source = { size: bytes.length, read: async (offset: number, length: number) => bytes.subarray(offset, offset + length) };
        const file =
          options.storageClass === 'RawExposure' ? await files.withBytes?.(record.path.replace(/^.*[/=]/, ''), bytes) : undefined;
        return { source, ...(file ? { localPath: file.path } : {}), close: async () => await file?.close() };
      },
    });
  }

  async artifactsExist(records: readonly FileRecord[]): Promise<readonly boolean[]> {
    return (await this.#connection.call('datastore/artifactsExist', records.map(nameOf))) as readonly boolean[];
  }

  address(record: FileRecord): string {
    return this.#connection.address(artifactPath(record));
  }

  /** An address that works without a token, for the seconds that it is given. */
  async signedAddress(record: FileRecord, seconds: number): Promise<string | undefined> {
    const answer = await this.#connection.call('sign', { id: record.datasetId, path: record.path, seconds });
    return this.#connection.address(String(answer));
  }

  async readBytes(record: FileRecord): Promise<Uint8Array> {
    const bytes = await this.#connection.bytes(artifactPath(record));
    if (record.size !== null && record.size !== bytes.length)
      throw new ArtifactCorruptError(`the artifact ${record.path} should have ${record.size} bytes; ${bytes.length} arrived`, {
        details: { path: record.path, id: record.datasetId },
      });
    return bytes;
  }

  async measure(
    record: FileRecord,
    options: { readonly checksum: boolean },
  ): Promise<{ readonly size: number; readonly checksum?: string } | undefined> {
    const found = await this.#connection.call('datastore/measure', [nameOf(record), options]);
    return (found ?? undefined) as { readonly size: number; readonly checksum?: string } | undefined;
  }

  async isPending(): Promise<boolean> {
    return false;
  }

  async setAside(): Promise<boolean> {
    return false;
  }

  /** The server recovers what is its own when it opens the repository. */
  async recover(): Promise<readonly string[]> {
    return [];
  }

  async *listArtifacts(): AsyncIterable<{ readonly path: string; readonly size: number }> {
    for await (const page of this.#connection.pages('query/artifacts', {}))
      yield* page as readonly { readonly path: string; readonly size: number }[];
  }

  async close(): Promise<void> {
    // Nothing is kept open.
  }
}

function nothingStaged(): ArtifactWriteError {
  return new ArtifactWriteError('artifacts of a served repository are stored and removed by its server, in one step');
}

function artifactPath(record: FileRecord): string {
  return `artifact/${record.datasetId}?path=${encodeURIComponent(record.path)}`;
}

function nameOf({ datasetId, path }: FileRecord): { readonly id: string; readonly path: string } {
  return { id: datasetId, path };
}

function disposable<T extends { close(): Promise<void> }>(opened: T): T & AsyncDisposable {
  return Object.assign(opened, { [Symbol.asyncDispose]: async () => await opened.close() });
}
