import { existsSync } from 'node:fs';
import { type Database, openPgPool, PostgresDatabase, SqliteDatabase } from '@almagest/butler';
import { sql } from 'kysely';
import { ApdbNotFoundError, IncompatibleApdbError } from '../errors.ts';
import { physicalDdl, PIXEL_ORDER, PUBLISHED } from './physical-schema.ts';
import { sqliteFileReader } from './read-table.ts';
import { SqlApdb } from './sql-apdb.ts';

const VERSION_KEY = 'schema-version';
const ORDER_KEY = 'pixel-order';

/** Where an alert database is: a path of a SQLite file, `:memory:`, or `postgresql://user@host:port/database`. */
export interface ApdbAddress {
  readonly address: string;
  /** PostgreSQL schema that holds the tables. */
  readonly namespace?: string;
}

/** Makes the tables at an address, or opens them where they exist. */
export async function createApdb(options: ApdbAddress): Promise<SqlApdb> {
  const database = await openDatabase(options, true);
  await createTables(database);
  return await checked(database, options);
}

/**
 * Opens the alert database at an address.
 *
 * @throws {ApdbNotFoundError} if there is none. {@link IncompatibleApdbError} if its tables are of another major version.
 */
export async function openApdb(options: ApdbAddress): Promise<SqlApdb> {
  if (!isPostgres(options.address) && !existsSync(options.address)) throw missing(options.address);
  return await checked(await openDatabase(options, false), options);
}

/** Makes the tables in a database that is open; nothing happens where they exist. */
export async function createTables(database: Database): Promise<void> {
  await database.transaction(async () => {
    await database.lock('apdb:create');
    if (await database.tableExists('ApdbMetadata')) return;
    for (const statement of physicalDdl(database.dialect)) await database.run(sql.raw(statement));
    await database.insert(
      'ApdbMetadata',
      ['name', 'value'],
      [
        [VERSION_KEY, PUBLISHED.version?.current ?? '0'],
        [ORDER_KEY, String(PIXEL_ORDER)],
      ],
    );
  });
}

/** An alert database in a database that is open and holds the tables. */
export async function apdbIn(database: Database, path?: string): Promise<SqlApdb> {
  if (!(await database.tableExists('ApdbMetadata'))) throw missing(path ?? 'this database');
  const rows = await database.all(sql`SELECT name, value FROM ${sql.ref('ApdbMetadata')}`);
  const stored = new Map(rows.map((row) => [row['name'], row['value']]));
  const found = String(stored.get(VERSION_KEY));
  const expected = PUBLISHED.version?.current ?? '0';
  if (found.split('.')[0] !== expected.split('.')[0] || stored.get(ORDER_KEY) !== String(PIXEL_ORDER))
    throw new IncompatibleApdbError(
      `the alert database has tables of version ${found} (pixels of order ${String(stored.get(ORDER_KEY))}); this program needs ${expected} (order ${PIXEL_ORDER})`,
      {
        details: { found, expected },
      },
    );
  return new SqlApdb(database, found, path === undefined ? undefined : sqliteFileReader(path, database));
}

async function checked(database: Database, { address }: ApdbAddress): Promise<SqlApdb> {
  try {
    return await apdbIn(database, isPostgres(address) || address === ':memory:' ? undefined : address);
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function openDatabase({ address, namespace }: ApdbAddress, create: boolean): Promise<Database> {
  if (!isPostgres(address)) return await SqliteDatabase.open(address, { writeAhead: true });
  return new PostgresDatabase(await openPgPool(address, { ...(namespace === undefined ? {} : { namespace }), create }));
}

function isPostgres(address: string): boolean {
  return /^postgres(ql)?(\+\w+)?:\/\//.test(address);
}

function missing(address: string): ApdbNotFoundError {
  return new ApdbNotFoundError(`there is no alert database at ${address}; make one with createApdb`, {
    details: { address },
  });
}
