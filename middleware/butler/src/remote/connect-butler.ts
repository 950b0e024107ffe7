import { type ButlerDefaults, CoreButler } from '../butler/core-butler.ts';
import type { DatasetRef } from '../datasets/dataset-ref.ts';
import { StorageClassRegistry } from '../datasets/storage-class.ts';
import type {
  Datastore,
  EncodedItem,
  FileRecord,
  PutItem,
  ReadOptions,
  RemovalRequest,
  StagedArtifacts,
  StagedRemoval,
} from '../datastore/datastore.ts';
import { builtInFormatters } from '../datastore/built-in-formatters.ts';
import { encodeItems } from '../datastore/encode-items.ts';
import type { FormatterRegistry } from '../datastore/formatter.ts';
import { decodeArtifact } from '../datastore/read-artifact.ts';
import { ArtifactWriteError } from '../errors.ts';
import type { QueryEngine, QueryResults } from '../query/query.ts';
import type { Registry } from '../registry/registry.ts';
import { Connection, type ConnectOptions } from './connection.ts';
import { READ_METHODS, WRITE_METHODS } from './methods.ts';
import { toWire } from './wire.ts';

/**
 * Opens a repository that a butler server serves, in Node or in a browser; the butler has the same methods as a local one.
 * A put is one transaction on the server, a removal too; `transaction` groups nothing over the network.
 *
 * @example
 * const butler = await connectButler('https://survey.example/api/butler', { token, run: 'u/me/notes' });
 * const visits = await butler.queryDataIds(['visit'], { where: "band = 'r'", limit: 10 });
 *
 * @throws {DatabaseConnectionError} if the server cannot be reached.
 * @throws {RemoteRefusedError} if it wants a sign-in.
 */
export async function connectButler(
  address: string,
  options: ConnectOptions &
    ButlerDefaults & { readonly formatters?: FormatterRegistry; readonly storageClasses?: StorageClassRegistry } = {},
): Promise<CoreButler> {
  const connection = await Connection.open(address, options);
  const storageClasses = options.storageClasses ?? new StorageClassRegistry();
  const pending = new PendingDatasets();
  const registry = remoteRegistry(connection, pending);
  const datastore = new RemoteDatastore(connection, pending, options.formatters ?? builtInFormatters(), storageClasses);
  return new CoreButler({ registry, datastore, storageClasses, root: undefined }, options);
}

/** Datasets that were announced to the registry and wait for their artifacts: both go to the server at once. */
class PendingDatasets {
  refs: readonly DatasetRef[] = [];
  existing: 'fail' | 'skip' = 'fail';
}

/** A registry whose methods are calls; what ends a transaction happens at once. */
function remoteRegistry(connection: Connection, pending: PendingDatasets): Registry {
  const own: Partial<Registry> = {
    universe: connection.universe,
    isWriteable: connection.isWriteable,
    queries: remoteQueries(connection),
    transaction: async (work) => await work(),
    afterCommit: async (work) => await work(),
    afterRollback: () => undefined,
    insertDatasets: async (refs, given = {}) => {
      if (pending.refs.length === 0) return (await connection.call('registry/insertDatasets', [refs, given])) as readonly DatasetRef[];
      pending.existing = given.existing ?? 'fail';
      return refs;
    },
    insertFileRecords: async () => undefined,
    deleteFileRecords: async () => {
      throw new ArtifactWriteError('artifacts of a served repository are removed on the server');
    },
    streamFileRecords: () => {
      throw new ArtifactWriteError('a served repository is checked on the server');
    },
    close: async () => undefined,
  };
  return new Proxy(own as Registry, {
    get: (target, name) => {
      if (name in target) return Reflect.get(target, name) as unknown;
      if (typeof name !== 'string' || !(READ_METHODS.has(name) || WRITE_METHODS.has(name))) return undefined;
      return async (...given: unknown[]) => await connection.call(`registry/${name}`, given);
    },
  });
}

function remoteQueries(connection: Connection): QueryEngine {
  const results = <T>(kind: string, body: Readonly<Record<string, unknown>>): QueryResults<T> => {
    const pages = (): AsyncIterable<readonly T[]> => connection.pages(`query/${kind}`, body) as AsyncIterable<readonly T[]>;
    const ask = async (end: string): Promise<unknown> => await connection.call(`query/${kind}`, { ...body, end });
    return {
      pages,
      [Symbol.asyncIterator]: async function* () {
        for await (const page of pages()) yield* page;
      },
      toArray: async () => {
        const all: T[] = [];
        for await (const page of pages()) all.push(...page);
        return all;
      },
      count: async () => (await ask('count')) as number,
      any: async () => (await ask('any')) as boolean,
      explainNoResults: async () => (await ask('explain')) as readonly string[],
    };
  };
  return {
    universe: connection.universe,
    dataIds: (state, dimensions, { expanded }) => results('dataIds', { state, dimensions, expanded }),
    datasets: (state, search) => results('datasets', { state, search }),
    dimensionRecords: (state, element) => results('dimensionRecords', { state, element }),
    general: (state, dimensions, columns) => results('general', { state, dimensions, columns }),
  };
}

/** Artifacts of a served repository: encoded and decoded here, kept there. */
class RemoteDatastore implements Datastore {
  readonly name = 'remote';
  readonly isEphemeral = false;
  readonly #connection: Connection;
  readonly #pending: PendingDatasets;
  readonly #formatters: FormatterRegistry;
  readonly #storageClasses: StorageClassRegistry;

  constructor(connection: Connection, pending: PendingDatasets, formatters: FormatterRegistry, storageClasses: StorageClassRegistry) {
    this.#connection = connection;
    this.#pending = pending;
    this.#formatters = formatters;
    this.#storageClasses = storageClasses;
  }

  async stage(items: readonly PutItem[]): Promise<StagedArtifacts> {
    return await this.stageEncoded(await encodeItems(items, { formatters: this.#formatters, storageClasses: this.#storageClasses }));
  }

  async stageEncoded(items: readonly EncodedItem[]): Promise<StagedArtifacts> {
    this.#pending.refs = [...new Map(items.map((item) => [item.ref.id, item.ref])).values()];
    const clear = async (): Promise<void> => {
      this.#pending.refs = [];
    };
    return {
      records: [],
      publish: async () => {
        try {
          await this.#connection.upload('datasets/put', putBody(items, this.#pending.existing));
        } finally {
          await clear();
        }
      },
      finish: clear,
      abandon: clear,
    };
  }

  async stageFiles(): Promise<StagedArtifacts> {
    throw new ArtifactWriteError('files are ingested where they are: run the ingest on the server');
  }

  async stageRemoval(): Promise<StagedRemoval> {
    throw new ArtifactWriteError('artifacts of a served repository are removed on the server');
  }

  async read(ref: DatasetRef, records: readonly FileRecord[], options: ReadOptions): Promise<unknown> {
    return await decodeArtifact({
      ref,
      records,
      options,
      formatters: this.#formatters,
      storageClasses: this.#storageClasses,
      open: async (record) => {
        const bytes = await this.readBytes(record);
        return {
          source: { size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) },
          close: async () => undefined,
        };
      },
    });
  }

  async artifactsExist(records: readonly FileRecord[]): Promise<readonly boolean[]> {
    return records.map(() => true);
  }

  address(record: FileRecord): string {
    return this.#connection.address(artifactPath(record));
  }

  /** An address that works without a token, for the seconds that it is given. */
  async signedAddress(record: FileRecord, seconds: number): Promise<string | undefined> {
    const answer = await this.#connection.call('sign', { id: record.datasetId, path: record.path, seconds });
    return this.#connection.address(String(answer));
  }

  async removeThere(ids: readonly string[], how: RemovalRequest): Promise<void> {
    await this.#connection.call('datasets/prune', { ids, ...how });
  }

  async readBytes(record: FileRecord): Promise<Uint8Array> {
    return await this.#connection.bytes(artifactPath(record));
  }

  async measure(record: FileRecord): Promise<{ readonly size: number }> {
    return { size: (await this.readBytes(record)).length };
  }

  async isPending(): Promise<boolean> {
    return false;
  }

  async setAside(): Promise<boolean> {
    return false;
  }

  async recover(): Promise<readonly string[]> {
    return [];
  }

  async *listArtifacts(): AsyncIterable<{ readonly path: string; readonly size: number }> {
    // Only the server sees its disk.
  }

  async close(): Promise<void> {
    // Nothing is kept open.
  }
}

function artifactPath(record: FileRecord): string {
  return `artifact/${record.datasetId}?path=${encodeURIComponent(record.path)}`;
}

/** Header with the refs, its length before it, then the artifacts after each other. */
function putBody(items: readonly EncodedItem[], existing: 'fail' | 'skip'): Uint8Array {
  const header = new TextEncoder().encode(
    JSON.stringify(
      toWire({
        existing,
        items: items.map(({ bytes, ...item }) => ({ ...item, length: bytes.length })),
      }),
    ),
  );
  const body = new Uint8Array(4 + header.length + items.reduce((sum, item) => sum + item.bytes.length, 0));
  new DataView(body.buffer).setUint32(0, header.length);
  body.set(header, 4);
  let at = 4 + header.length;
  for (const { bytes } of items) {
    body.set(bytes, at);
    at += bytes.length;
  }
  return body;
}
