import { type ButlerDefaults, CoreButler } from '../butler/core-butler.ts';
import { StorageClassRegistry } from '../datasets/storage-class.ts';
import { builtInFormatters } from '../datastore/built-in-formatters.ts';
import type { FormatterRegistry } from '../datastore/formatter.ts';
import type { FileRecord } from '../datastore/datastore.ts';
import { ArtifactWriteError } from '../errors.ts';
import type { QueryEngine, QueryResults } from '../query/query.ts';
import type { Registry } from '../registry/registry.ts';
import { Connection, type ConnectOptions } from './connection.ts';
import { type LocalFiles, PAGE_FILES } from './local-files.ts';
import { READ_METHODS, WRITE_METHODS } from './methods.ts';
import { RemoteDatastore } from './remote-datastore.ts';

export interface RemoteButlerOptions extends ConnectOptions, ButlerDefaults {
  readonly formatters?: FormatterRegistry;
  readonly storageClasses?: StorageClassRegistry;
  /** Where files that are ingested come from: this machine's in Node, what has an address in a page. */
  readonly files?: LocalFiles;
}

/**
 * Opens a repository that a butler server serves, in a page; the butler has the same methods as a local one.
 * Files to ingest are given by address, such as `blob:`. While a transaction is open in a page, all that is asked of its butler
 * belongs to it; connect twice for work that must not.
 *
 * @example
 * const butler = await connectButler('/api/butler', { token, run: 'u/me/notes' });
 * const visits = await butler.queryDataIds(['visit'], { where: "band = 'r'", limit: 10 });
 *
 * @throws {DatabaseConnectionError} if the server cannot be reached.
 * @throws {RemoteRefusedError} if it wants a sign-in.
 */
export async function connectButler(address: string, options: RemoteButlerOptions = {}): Promise<CoreButler> {
  const connection = await Connection.open(address, options);
  const storageClasses = options.storageClasses ?? new StorageClassRegistry();
  const datastore = new RemoteDatastore({
    connection,
    formatters: options.formatters ?? builtInFormatters(),
    storageClasses,
    files: options.files ?? PAGE_FILES,
  });
  return new CoreButler({ registry: remoteRegistry(connection), datastore, storageClasses, root: undefined }, options);
}

/** A registry whose methods are calls. */
function remoteRegistry(connection: Connection): Registry {
  const { transactions } = connection;
  const withArtifacts = async (): Promise<never> => {
    throw new ArtifactWriteError('where artifacts of a served repository are is recorded by its server, together with their bytes');
  };
  const own: Partial<Registry> = {
    universe: connection.universe,
    isWriteable: connection.isWriteable,
    queries: remoteQueries(connection),
    transaction: async (work) => await transactions.run(work),
    afterCommit: async (work) => await transactions.afterCommit(work),
    afterRollback: (work) => transactions.afterRollback(work),
    insertFileRecords: withArtifacts,
    deleteFileRecords: withArtifacts,
    streamFileRecords: () => connection.pages('query/fileRecords', {}) as AsyncIterable<readonly FileRecord[]>,
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
    const pages = (options: { readonly pageSize?: number; readonly signal?: AbortSignal } = {}): AsyncIterable<readonly T[]> => {
      const { pageSize, signal } = options;
      return connection.pages(`query/${kind}`, pageSize === undefined ? body : { ...body, pageSize }, signal) as AsyncIterable<
        readonly T[]
      >;
    };
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
