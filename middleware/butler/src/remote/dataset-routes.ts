import { realpathSync } from 'node:fs';
import { isAbsolute, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CoreButler } from '../butler/core-butler.ts';
import { isUuid } from '../datasets/dataset-id.ts';
import type { DatasetRef } from '../datasets/dataset-ref.ts';
import { makeDatasetType } from '../datasets/dataset-type.ts';
import type { EncodedItem, FileRecord, IngestItem, RemovalRequest, TransferMode } from '../datastore/datastore.ts';
import { DatasetNotFoundError, QueryError } from '../errors.ts';
import { ingestFiles } from '../exchange/ingest-files.ts';
import { pruneDatasets } from '../maintenance/prune.ts';
import { expandRefs } from '../registry/expand-refs.ts';
import { registerStaged } from '../registry/register-staged.ts';
import type { ByteReader } from './handler.ts';
import { Uploads } from './uploads.ts';
import { fromWire } from './wire.ts';

export interface DatasetRouteOptions {
  readonly uploadFolder: string;
  readonly maxUpload: number;
  /** Folders of the server whose files clients may name. */
  readonly ingestRoots: readonly string[];
}

const MODES: ReadonlySet<unknown> = new Set(['auto', 'copy', 'move', 'direct', 'split', 'hardlink', 'symlink', 'relsymlink', 'link']);

/** What clients do with datasets and their artifacts. */
export class DatasetRoutes {
  readonly uploads: Uploads;
  readonly #butler: CoreButler;
  readonly #options: DatasetRouteOptions;

  constructor(butler: CoreButler, options: DatasetRouteOptions) {
    this.#butler = butler;
    this.#options = options;
    this.uploads = new Uploads(options.uploadFolder, options.maxUpload);
  }

  /** Stores artifacts that come in one request, or that were sent before, all or none. @returns ids that are new. */
  async put(body: Uint8Array, user: string, read: ByteReader): Promise<readonly string[]> {
    const { existing, encoded, uploads } = await this.#takeApart(body, user, read);
    const refs = await expandRefs(
      this.#butler.registry,
      encoded.map(({ ref }) => ref),
    );
    const unique = [...new Map(refs.map((ref) => [ref.id, ref])).values()];
    const staged = await this.#butler.datastore.stageEncoded(encoded.map((item, i) => ({ ...item, ref: refs[i]! })));
    const fresh = await registerStaged(this.#butler.registry, staged, unique, existing);
    this.uploads.remove(uploads);
    return fresh.map(({ id }) => id);
  }

  /** The length of a header, the header with the refs, then the artifacts after each other. */
  async #takeApart(
    body: Uint8Array,
    user: string,
    read: ByteReader,
  ): Promise<{ readonly existing: 'fail' | 'skip'; readonly encoded: readonly EncodedItem[]; readonly uploads: readonly string[] }> {
    const headerLength = new DataView(body.buffer, body.byteOffset).getUint32(0);
    const header = fromWire(JSON.parse(new TextDecoder().decode(body.subarray(4, 4 + headerLength))), this.#butler.universe) as {
      readonly existing: unknown;
      readonly items: readonly (Omit<EncodedItem, 'bytes'> & { readonly length?: number; readonly upload?: string })[];
    };
    let at = 4 + headerLength;
    const uploads: string[] = [];
    const encoded: EncodedItem[] = [];
    for (const { ref, length = 0, upload, ...item } of header.items) {
      if (!/^(?:\.[A-Za-z0-9]+)*$/.test(item.extension)) throw new QueryError(`${item.extension} is no ending of a file`);
      if (upload !== undefined) uploads.push(upload);
      const bytes = upload === undefined ? body.subarray(at, (at += length)) : await read(this.uploads.path(upload, user));
      encoded.push({ ...item, ref: this.#own(ref), bytes });
    }
    if (at !== body.length) throw new QueryError(`the artifacts of an upload end at byte ${at}; it has ${body.length}`);
    return { existing: header.existing === 'skip' ? 'skip' : 'fail', encoded, uploads };
  }

  /** Makes datasets of files that were sent, or that this machine has where clients may name them. @returns ids that are new. */
  async ingest(body: unknown, user: string): Promise<readonly string[]> {
    const { items, mode, existing } = body as {
      readonly items: readonly (Omit<IngestItem, 'path'> & { readonly path?: string; readonly upload?: string })[];
      readonly mode: TransferMode;
      readonly existing: unknown;
    };
    if (!MODES.has(mode)) throw new QueryError(`files come in by ${[...MODES].join(', ')}; found ${mode}`);
    const uploads = items.map(({ upload }) => upload).filter((id) => id !== undefined);
    if (uploads.length > 0 && uploads.length !== items.length) throw new QueryError('files are sent or named, all of a call alike');
    const found = items.map(({ refs, path, upload, formatter, target, members }): IngestItem => ({
      refs: refs.map((ref) => this.#own(ref)),
      path: upload === undefined ? this.#allowed(path) : this.uploads.path(upload, user),
      ...(formatter === undefined ? {} : { formatter }),
      ...(target === undefined ? {} : { target: requireInside(target) }),
      ...(members === undefined ? {} : { members }),
    }));
    const how = uploads.length > 0 ? 'move' : mode;
    this.#butler.registry.afterRollback(() => this.uploads.remove(uploads));
    const fresh = await ingestFiles(this.#butler, found, { mode: how, existing: existing === 'skip' ? 'skip' : 'fail' });
    // Not before the commit, which may be that of a larger transaction and fail.
    await this.#butler.registry.afterCommit(() => this.uploads.remove(uploads));
    return fresh.map(({ id }) => id);
  }

  /** A file of this machine that clients may name. Links are followed, so that none leads out. */
  #allowed(path: string | undefined): string {
    if (typeof path !== 'string') throw new QueryError('a file that is taken in is sent, or named by { path }');
    const plain = path.startsWith('file:') ? fileURLToPath(path) : path;
    const within = (file: string): boolean => this.#options.ingestRoots.some((root) => `${file}${sep}`.startsWith(`${real(root)}${sep}`));
    if (isAbsolute(plain) && within(real(plain))) return plain;
    throw new QueryError(
      this.#options.ingestRoots.length === 0
        ? 'this server takes no files of its own disk from clients; send them with the mode "copy"'
        : `this server takes files below ${this.#options.ingestRoots.join(', ')} only; found ${plain}`,
    );
  }

  async prune(body: unknown): Promise<unknown> {
    const { ids, unstore, purge, disassociate } = body as { ids?: unknown } & Partial<RemovalRequest>;
    if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string' && isUuid(id)))
      throw new QueryError('a removal names datasets by { ids }, UUIDs');
    const refs = [...(await this.#butler.registry.fetchDatasets(ids as string[])).values()];
    return await pruneDatasets(this.#butler, refs, {
      unstore: unstore === true,
      purge: purge === true,
      disassociate: disassociate ?? [],
    });
  }

  /** Calls of the datastore about artifacts that the registry records, named by { id, path }. */
  async datastore(method: string, args: unknown): Promise<unknown> {
    const { datastore, registry } = this.#butler;
    if (method === 'artifactsExist') {
      const wanted = args as readonly { readonly id: string; readonly path: string }[];
      const stored = await registry.fetchFileRecords(wanted.map(({ id }) => id).filter(isUuid));
      const records = wanted.map(({ id, path }) => (stored.get(id) ?? []).find((record) => record.path === path));
      const known = await datastore.artifactsExist(records.filter((record) => record !== undefined));
      let next = 0;
      return records.map((record) => record !== undefined && known[next++] === true);
    }
    if (method !== 'measure') throw new QueryError(`the datastore has no method ${method} for clients`);
    const [{ id, path }, options] = args as readonly [{ readonly id: string; readonly path: string }, { readonly checksum?: unknown }];
    return await datastore.measure(await this.record(id, path), { checksum: options.checksum === true });
  }

  /** @throws {DatasetNotFoundError} */
  async record(id: unknown, path: unknown): Promise<FileRecord> {
    const records = typeof id === 'string' && isUuid(id) ? ((await this.#butler.registry.fetchFileRecords([id])).get(id) ?? []) : [];
    const record = path === null ? records[0] : records.find((found) => found.path === path);
    if (!record) throw new DatasetNotFoundError(`no artifact is recorded for dataset ${String(id)}`, { details: { id: String(id) } });
    return record;
  }

  /** A client's ref with a dataset type of this universe. */
  #own(ref: DatasetRef): DatasetRef {
    return {
      ...ref,
      datasetType: makeDatasetType(this.#butler.universe, { ...ref.datasetType, dimensions: ref.datasetType.dimensions.names }),
    };
  }
}

/** Where uploads wait: beside the repository's own private files, so that taking one in is a rename. */
export function uploadFolderOf(butler: CoreButler, temporary: string): string {
  return butler.root === undefined ? join(temporary, 'almagest-uploads') : join(butler.root, '.almagest', 'uploads');
}

function requireInside(target: unknown): string {
  const isPlain = typeof target === 'string' && /^[^/\\.#][^\\#]*$/.test(target) && !target.split('/').includes('..');
  if (!isPlain) throw new QueryError(`an artifact lies below the datastore's root; found ${String(target)}`);
  return target;
}

/** The path that links lead to; the path itself where nothing is there, which the ingest then says. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return join(path);
  }
}
