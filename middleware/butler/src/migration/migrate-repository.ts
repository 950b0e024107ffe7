import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '@almagest/resources';
import { sql } from 'kysely';
import { openDatabase, systemNow } from '../butler/open-repository.ts';
import { CONFIG_FILE, DEFAULT_RECORDS_TABLE, readRepositoryConfig, sqlitePath, withRegistry } from '../butler/repository-config.ts';
import type { LongWork } from '../butler/long-work.ts';
import { DimensionUniverse } from '../dimensions/universe.ts';
import { IncompatibleRepositoryError } from '../errors.ts';
import { describeRegistry, type ManagerVersion } from '../registry/attributes.ts';
import { SqlRegistry } from '../registry/sql-registry.ts';
import type { Database } from '../sql/database.ts';
import { copyRegistry, type CopyCounts } from './copy-registry.ts';

export interface MigrateOptions extends LongWork {
  /** Say what would be done, and do nothing. */
  readonly dryRun?: boolean;
  /** Do it even where the layout is the present one; makes a fresh copy. */
  readonly force?: boolean;
}

/** What a migration did, or would do. */
export interface MigrationReport {
  readonly needed: boolean;
  readonly managers: readonly Pick<ManagerVersion, 'role' | 'version' | 'current' | 'reason'>[];
  readonly universe: { readonly from: number; readonly to: number };
  /** What the new registry holds; undefined where nothing was done. */
  readonly copied?: CopyCounts;
  /** Addresses of the registry database before and after; the old one is left as it was. */
  readonly database: { readonly from: string; readonly to: string };
}

/**
 * Brings a repository to the layout and dimension universe that this release writes, files untouched.
 * A new registry is built beside the old one, compared with it, and put into `butler.yaml` in its place at the end:
 * a migration that is stopped leaves the repository as it was, and the old registry stays where it is.
 * Nobody else should have the repository open: who has keeps reading the old registry.
 *
 * @throws {IncompatibleRepositoryError} if a manager of the registry cannot be read; the message names it.
 */
export async function migrateRepository(address: string, options: MigrateOptions = {}): Promise<MigrationReport> {
  const { root, config } = readRepositoryConfig(address);
  const { db: from, namespace } = config.registry;
  const target = placeOfCopy(from, root, namespace);
  const old = await openDatabase(from, root, { writeable: false, isNew: false, ...(namespace ? { namespace } : {}) });
  try {
    const { managers, universe } = await describeRegistry(old);
    const unreadable = managers.find((manager) => !manager.isReadable);
    if (unreadable)
      throw new IncompatibleRepositoryError(`${unreadable.reason}. Migrate it with "butler migrate" of daf_butler_migrate first`, {
        details: { role: unreadable.role, found: unreadable.version, expected: unreadable.current },
      });
    const standard = DimensionUniverse.standard();
    if (universe.namespace !== standard.namespace)
      throw new IncompatibleRepositoryError(
        `the registry uses the universe ${universe.namespace} ${universe.version}; only those of ${standard.namespace} have a way to ${standard.version}`,
      );
    const report = {
      needed: universe.version < standard.version || managers.some((manager) => !manager.isWriteable),
      managers: managers.map(({ role, version, current, reason }) => ({ role, version, current, reason })),
      universe: { from: universe.version, to: Math.max(universe.version, standard.version) },
      database: { from: hidePassword(from), to: hidePassword(target.database) },
    };
    if (options.dryRun || !(report.needed || options.force)) return report;
    const name = config.datastore.name ?? `FileDatastore@${config.datastore.root}`;
    const records = { table: config.datastore.records?.table ?? DEFAULT_RECORDS_TABLE, datastore: name };
    await refuseForeignRecords(old, records.table);
    const copied = await withoutWriters(from, root, namespace, async () =>
      build(old, target, { root, records, universe: standard, options }),
    );
    const file = existsSync(join(root, CONFIG_FILE)) ? join(root, CONFIG_FILE) : address;
    await writeFileAtomic(file, new TextEncoder().encode(withRegistry(readFileSync(file, 'utf8'), target)));
    return { ...report, copied };
  } finally {
    await old.close();
  }
}

/** Keeps writers out of the old registry meanwhile: they wait, or are told that it is busy. */
async function withoutWriters<T>(address: string, root: string, namespace: string | undefined, work: () => Promise<T>): Promise<T> {
  const db = await openDatabase(address, root, { writeable: true, isNew: false, ...(namespace ? { namespace } : {}) });
  try {
    return await db.transaction(async () => {
      if (db.dialect === 'postgresql') await db.run(sql`LOCK TABLE dataset, collection IN SHARE MODE`);
      return await work();
    });
  } finally {
    await db.close();
  }
}

async function build(
  old: Database,
  target: Place,
  how: {
    readonly root: string;
    readonly records: { readonly table: string; readonly datastore: string };
    readonly universe: DimensionUniverse;
    readonly options: MigrateOptions;
  },
): Promise<CopyCounts> {
  const { records, root, universe } = how;
  const source = await SqlRegistry.open(old, { records, now: systemNow });
  const fresh = await openDatabase(target.database, root, {
    writeable: true,
    isNew: true,
    ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
  });
  try {
    // All in one transaction: what a stopped migration leaves is an empty database that the next one fills.
    return await fresh.transaction(async () => {
      const copy = await SqlRegistry.create(fresh, universe, { records, now: systemNow });
      return await copyRegistry(source, copy, how.options);
    });
  } finally {
    await fresh.close();
  }
}

/** A registry database as `butler.yaml` names it. */
interface Place {
  readonly database: string;
  readonly namespace?: string;
}

/** A database, or schema, beside the old one that does not exist, or is what a stopped migration left. */
function placeOfCopy(database: string, root: string, namespace: string | undefined): Place {
  const { version } = DimensionUniverse.standard();
  const path = sqlitePath(database, root);
  if (path === undefined) return { database, namespace: `${(namespace ?? 'public').replace(/_u\d+$/, '')}_u${version}` };
  const folder = database.slice(0, database.lastIndexOf('/') + 1);
  for (let n = 1; ; n += 1) {
    const name = `gen3-universe${version}${n === 1 ? '' : `-${n}`}.sqlite3`;
    if (!existsSync(join(dirname(path), name))) return { database: folder + name };
  }
}

/** Tables of datastores that this release does not know cannot be brought along. */
async function refuseForeignRecords(db: Database, own: string): Promise<void> {
  const rows = await db.all(sql`SELECT table_name FROM opaque_meta`);
  const foreign = rows.map((row) => String(row['table_name'])).filter((name) => name !== own);
  if (foreign.length > 0)
    throw new IncompatibleRepositoryError(
      `the registry also holds records of other datastores (${foreign.join(', ')}), which a migration would lose`,
    );
}

function hidePassword(address: string): string {
  return address.replace(/:\/\/([^:@/]*):[^@]*@/, '://$1:...@');
}
