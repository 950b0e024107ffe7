import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, writeFileAtomic } from '@almagest/resources';
import { concatTables, readParquet, type Table, writeParquet } from '@almagest/table';
import { openFile } from '@almagest/resources';
import type { TapColumn } from '../models/tap-table.ts';
import { QuotaError, UploadError, UserTableNotFoundError } from '../errors.ts';

/** A table that somebody keeps here: Parquet on disk, described beside it. */
export interface UserTable {
  readonly user: string;
  readonly name: string;
  readonly description: string;
  readonly columns: readonly TapColumn[];
  readonly rows: number;
  readonly bytes: number;
  /** Groups that may read it besides its owner. */
  readonly groups: readonly string[];
  /** ISO 8601 in UTC. */
  readonly created: string;
  /** File of the rows within the folder; a new one for each version, so that queries that read the old one end well. */
  readonly file: string;
}

export interface UserTableLimits {
  readonly maxTables: number;
  /** Bytes that all tables of one user may take on disk. */
  readonly maxBytes: number;
}

export interface UserTableStore {
  readonly all: () => readonly UserTable[];
  /** @throws {UserTableNotFoundError} */
  get(user: string, name: string): UserTable;
  /** Keeps a table, in place of one of the name. @throws {QuotaError} */
  put(table: Pick<UserTable, 'user' | 'name' | 'description' | 'groups' | 'columns'>, rows: Table): Promise<UserTable>;
  /** Adds rows with the same columns. @throws {QuotaError} @throws {UploadError} @throws {UserTableNotFoundError} */
  append(user: string, name: string, rows: Table): Promise<UserTable>;
  remove(user: string, name: string): Promise<void>;
  pathOf(table: UserTable): string;
}

/** Files of tables that were replaced are kept so long for queries that read them [ms]. */
const OLD_FILES_MS = 600_000;

/** Opens the folder of all users' tables. */
export async function openUserTables(folder: string, limits: UserTableLimits): Promise<UserTableStore> {
  makeFolder(folder);
  const tables = new Map<string, UserTable>();
  const keyOf = (user: string, name: string): string => `${user}\n${name.toLowerCase()}`;
  // Names of accounts are not names of folders: a digest is.
  const folderOf = (user: string): string => join(folder, createHash('sha256').update(user).digest('hex').slice(0, 32));
  for (const home of await readdir(folder))
    for (const file of (await readdir(join(folder, home))).filter((name) => name.endsWith('.json'))) {
      const table = JSON.parse(await readFile(join(folder, home, file), 'utf8')) as UserTable;
      tables.set(keyOf(table.user, table.name), table);
    }
  const get = (user: string, name: string): UserTable => {
    const table = tables.get(keyOf(user, name));
    if (!table) throw new UserTableNotFoundError(`you have no table ${name.slice(0, 80)}`, { details: { table: name.slice(0, 80) } });
    return table;
  };
  const pathOf = ({ user, file }: UserTable): string => join(folderOf(user), file);
  const forget = (path: string): void => void setTimeout(() => void rm(path, { force: true }), OLD_FILES_MS).unref();
  const put: UserTableStore['put'] = async (described, rows) => {
    const { user, name } = described;
    const old = tables.get(keyOf(user, name));
    const others = [...tables.values()].filter((table) => table.user === user && table !== old);
    if (others.length >= limits.maxTables)
      throw new QuotaError(`you have ${others.length} tables; at most ${limits.maxTables} are kept: delete some`, {
        details: { limit: limits.maxTables },
      });
    const bytes = await writeParquet(rows);
    const kept = others.reduce((sum, table) => sum + table.bytes, 0);
    if (kept + bytes.length > limits.maxBytes)
      throw new QuotaError(`your tables would take ${kept + bytes.length} bytes; at most ${limits.maxBytes} are kept: delete some`, {
        details: { limit: limits.maxBytes },
      });
    const created = new Date().toISOString();
    const file = `${createHash('sha256').update(`${name.toLowerCase()} ${created} ${Math.random()}`).digest('hex').slice(0, 24)}.parquet`;
    const table: UserTable = { ...described, rows: rows.nrows, bytes: bytes.length, created, file };
    await writeFileAtomic(pathOf(table), bytes);
    await writeFileAtomic(join(folderOf(user), `${digestOf(name)}.json`), JSON.stringify(table));
    tables.set(keyOf(user, name), table);
    if (old) forget(pathOf(old));
    return table;
  };
  return {
    all: () => [...tables.values()],
    get,
    put,
    pathOf,
    append: async (user, name, rows) => {
      const table = get(user, name);
      await using source = await openFile(pathOf(table));
      const before = await readParquet(source);
      const [have, come] = [before, rows].map(({ columns }) => columns.map((column) => `${column.name} ${column.datatype}`).join(', '));
      if (have !== come)
        throw new UploadError(`rows for ${name} must have its columns (${have}); found ${come!.slice(0, 300)}`, {
          details: { table: name },
        });
      return await put(table, concatTables([before, rows]));
    },
    remove: async (user, name) => {
      const table = get(user, name);
      await rm(join(folderOf(user), `${digestOf(name)}.json`), { force: true });
      tables.delete(keyOf(user, name));
      if ((await stat(pathOf(table)).catch(() => undefined)) !== undefined) forget(pathOf(table));
    },
  };
}

function digestOf(name: string): string {
  return createHash('sha256').update(name.toLowerCase()).digest('hex').slice(0, 32);
}
