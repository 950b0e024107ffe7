import { existsSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { taiNsFromUnixNs } from '@almagest/time';
import { StorageClassRegistry } from '../datasets/storage-class.ts';
import { defaultFormatters } from '../datastore/default-formatters.ts';
import type { Datastore } from '../datastore/datastore.ts';
import type { CompositeRules } from '../datastore/encode-items.ts';
import { FileDatastore } from '../datastore/file-datastore.ts';
import { FileTemplates } from '../datastore/file-template.ts';
import { provideFolder } from '../datastore/provide-folder.ts';
import { CachedObjects } from '../datastore/cached-objects.ts';
import { ObjectDatastore } from '../datastore/object-datastore.ts';
import { S3Objects } from '../datastore/s3-objects.ts';
import type { FormatterRegistry } from '../datastore/formatter.ts';
import { DimensionUniverse } from '../dimensions/universe.ts';
import { IncompatibleRepositoryError, QueryError, RepositoryExistsError } from '../errors.ts';
import type { Registry } from '../registry/registry.ts';
import { SqlRegistry } from '../registry/sql-registry.ts';
import type { Database } from '../sql/database.ts';
import { openPgPool } from '../sql/pg-pool.ts';
import { PostgresDatabase } from '../sql/postgres-database.ts';
import { SqliteDatabase } from '../sql/sqlite-database.ts';
import {
  CONFIG_FILE,
  DEFAULT_DATABASE,
  DEFAULT_RECORDS_TABLE,
  formatRepositoryConfig,
  readRepositoryConfig,
  requireName,
  requireFileDatastore,
  sqlitePath,
  withRoot,
} from './repository-config.ts';

export interface RepositoryOptions {
  /** Formats that the datastore reads and writes; the built-in ones unless told. */
  readonly formatters?: FormatterRegistry;
  readonly storageClasses?: StorageClassRegistry;
  /** Path templates by dataset type, storage class or dimensions. */
  readonly templates?: Readonly<Record<string, string>>;
  /** Time now [ns TAI]; the system's clock unless told. */
  readonly now?: () => bigint;
  /** Called before every step that changes the disk; tests stop the process there. */
  readonly onStep?: (step: string) => void;
  /** Makes the datastore; by default files below the root, or objects where the root is `s3://bucket/prefix`. */
  readonly makeDatastore?: (parts: DatastoreParts) => Datastore;
}

/** What a datastore is made of. */
export interface DatastoreParts {
  readonly root: string;
  readonly name: string;
  readonly formatters: FormatterRegistry;
  readonly templates: FileTemplates;
  readonly storageClasses: StorageClassRegistry;
  readonly composites?: CompositeRules;
  readonly onStep?: (step: string) => void;
}

export interface CreateOptions extends RepositoryOptions {
  /** An open database to use instead of an address. */
  readonly connection?: Database;
  readonly universe?: DimensionUniverse;
  /** `sqlite:///<butlerRoot>/gen3.sqlite3` unless told; `postgresql://user@host/name` for a server. */
  readonly database?: string;
  /** Schema inside a PostgreSQL database. */
  readonly namespace?: string;
  /** Where artifacts go: a folder, or `s3://bucket/prefix`; the repository's own folder unless told. */
  readonly artifacts?: string;
  /** Composites that are stored as one artifact for each of their components; none unless told. */
  readonly composites?: CompositeRules;
}

export interface OpenOptions extends RepositoryOptions {
  /** False unless told. */
  readonly writeable?: boolean;
  /** An open database to use instead of the configured address. */
  readonly connection?: Database;
}

/** The parts of an open repository. */
export interface Repository {
  readonly registry: Registry;
  readonly datastore: Datastore;
  readonly storageClasses: StorageClassRegistry;
  /** Folder of the configuration; undefined for repositories in memory. */
  readonly root: string | undefined;
}

/** TAI now from the system's clock [ns], to the millisecond that it gives. */
export function systemNow(): bigint {
  return taiNsFromUnixNs(BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n);
}

/**
 * Makes a repository in an empty or new folder.
 *
 * @throws {RepositoryExistsError} if the folder holds one. @throws {ArtifactWriteError} if it cannot be made.
 */
export async function createRepository(folder: string, options: CreateOptions = {}): Promise<Repository> {
  const root = resolve(requireName(folder));
  if (existsSync(join(root, CONFIG_FILE)))
    throw new RepositoryExistsError(`${root} holds a butler repository already`, { details: { path: root } });
  const datastoreRoot = placeOfArtifacts(options.artifacts);
  const isNew = !existsSync(root);
  provideFolder(root);
  try {
    return await fillRepository(root, datastoreRoot, options);
  } catch (error) {
    // What could not become a repository leaves no empty folder behind.
    if (isNew && readdirSync(root).length === 0) rmdirSync(root);
    throw error;
  }
}

/** A folder, absolute since the repository may be opened from elsewhere, or objects of a bucket. */
function placeOfArtifacts(artifacts: string | undefined): string {
  if (artifacts === undefined || artifacts.startsWith('<butlerRoot>')) return artifacts ?? '<butlerRoot>';
  if (/^s3:\/\/[^/]+/.test(artifacts)) return artifacts;
  const [scheme] = /^[a-z][a-z0-9+.-]*:\/\//.exec(artifacts) ?? [];
  if (scheme !== undefined || artifacts.trim() === '')
    throw new QueryError(`artifacts go into a folder or to s3://bucket/prefix; found ${JSON.stringify(artifacts)}`);
  provideFolder(resolve(artifacts));
  return resolve(artifacts);
}

async function fillRepository(root: string, datastoreRoot: string, options: CreateOptions): Promise<Repository> {
  const address = options.database ?? DEFAULT_DATABASE;
  const db =
    options.connection ??
    (await openDatabase(address, root, {
      writeable: true,
      isNew: true,
      ...(options.namespace ? { namespace: options.namespace } : {}),
    }));
  try {
    const place = { table: DEFAULT_RECORDS_TABLE, datastore: `FileDatastore@${datastoreRoot}` };
    const registry = await SqlRegistry.create(db, options.universe ?? DimensionUniverse.standard(), {
      records: place,
      now: options.now ?? systemNow,
    });
    // Last, so that a folder with a configuration always holds a whole repository.
    writeFileSync(
      join(root, CONFIG_FILE),
      formatRepositoryConfig({
        database: address,
        datastoreRoot,
        ...(options.namespace ? { namespace: options.namespace } : {}),
        ...(options.composites ? { composites: options.composites } : {}),
      }),
    );
    return assemble(
      registry,
      {
        root,
        artifacts: withRoot(datastoreRoot, root),
        name: place.datastore,
        ...(options.templates ? { templates: options.templates } : {}),
        ...(options.composites ? { composites: options.composites } : {}),
      },
      options,
    );
  } catch (error) {
    await db.close();
    throw error;
  }
}

/**
 * Opens a repository made here or by the Python Butler.
 *
 * @throws {RepositoryNotFoundError} if the folder holds none.
 * @throws {IncompatibleRepositoryError} if this release cannot use it; the message says why and what to do.
 */
export async function openRepository(address: string, options: OpenOptions = {}): Promise<Repository> {
  const { root, config } = readRepositoryConfig(address);
  requireFileDatastore(config);
  const db =
    options.connection ??
    (await openDatabase(config.registry.db, root, {
      writeable: options.writeable ?? false,
      isNew: false,
      ...(config.registry.namespace ? { namespace: config.registry.namespace } : {}),
      ...(options.onStep ? { onStep: options.onStep } : {}),
    }));
  try {
    const name = config.datastore.name ?? `FileDatastore@${config.datastore.root}`;
    const records = { table: config.datastore.records?.table ?? DEFAULT_RECORDS_TABLE, datastore: name };
    const registry = await SqlRegistry.open(db, { records, now: options.now ?? systemNow });
    const artifacts = withRoot(config.datastore.root, root);
    const templates = options.templates ?? config.datastore.templates;
    const { composites } = config.datastore;
    const place = { root, artifacts, name, ...(templates ? { templates } : {}), ...(composites ? { composites } : {}) };
    const repository = assemble(registry, place, options);
    if (options.writeable) await repository.datastore.recover(async (paths) => await registry.recordedPaths(paths));
    return repository;
  } catch (error) {
    await db.close();
    throw error;
  }
}

function assemble(
  registry: Registry,
  place: {
    readonly root: string;
    readonly artifacts: string;
    readonly name: string;
    readonly templates?: Readonly<Record<string, string>>;
    readonly composites?: CompositeRules;
  },
  options: RepositoryOptions,
): Repository {
  const storageClasses = options.storageClasses ?? new StorageClassRegistry();
  const parts: DatastoreParts = {
    root: place.artifacts,
    name: place.name,
    formatters: options.formatters ?? defaultFormatters(place.artifacts),
    templates: new FileTemplates(place.templates),
    storageClasses,
    ...(place.composites ? { composites: place.composites } : {}),
    ...(options.onStep ? { onStep: options.onStep } : {}),
  };
  const datastore = (options.makeDatastore ?? makeDatastore)(parts);
  return { registry, datastore, storageClasses, root: place.root };
}

/** Copies of objects that a process keeps on its disk. */
const CACHE_BYTES = 2 * 2 ** 30;

function makeDatastore(parts: DatastoreParts): Datastore {
  return parts.root.startsWith('s3://')
    ? new ObjectDatastore({ ...parts, objects: new CachedObjects(new S3Objects(parts.root), { maxBytes: CACHE_BYTES }) })
    : new FileDatastore(parts);
}

export async function openDatabase(
  address: string,
  root: string,
  options: { readonly writeable: boolean; readonly isNew: boolean; readonly namespace?: string; readonly onStep?: (step: string) => void },
): Promise<Database> {
  const path = sqlitePath(address, root);
  if (path === undefined) {
    if (!/^postgres(ql)?(\+[a-z0-9]+)?:/.test(address))
      throw new IncompatibleRepositoryError(
        `the registry is at ${address.replace(/:\/\/.*@/, '://...@')}; this release opens sqlite and postgresql`,
      );
    const pool = await openPgPool(address, { create: options.isNew, ...(options.namespace ? { namespace: options.namespace } : {}) });
    return new PostgresDatabase(pool, { readOnly: !options.writeable });
  }
  if (!options.isNew && path !== ':memory:' && !existsSync(path))
    throw new IncompatibleRepositoryError(`the registry database ${path} is missing`);
  return await SqliteDatabase.open(path, {
    readOnly: !options.writeable,
    writeAhead: options.isNew,
    ...(options.onStep ? { onStep: options.onStep } : {}),
  });
}
