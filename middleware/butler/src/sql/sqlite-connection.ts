import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseBusyError, DatabaseConnectionError, ReadOnlyRepositoryError } from '../errors.ts';
import type { Row, SqlValue } from './database.ts';

/** Longest time that a statement waits for writers of other processes [ms]. */
const BUSY_LIMIT_MS = 300_000;
/** Statements kept prepared in one connection. */
const CACHED_STATEMENTS = 500;
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_READONLY = 8;
/** Input or output failed, damaged, full, cannot be opened, no database: SQLITE_IOERR, CORRUPT, FULL, CANTOPEN, NOTADB. */
const BROKEN: ReadonlySet<number> = new Set([10, 11, 13, 14, 26]);

/** One connection to SQLite; the only module that touches `node:sqlite`. */
export class SqliteConnection {
  readonly database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(database: DatabaseSync) {
    this.database = database;
  }

  static open(path: string, options: { readonly readOnly: boolean }): SqliteConnection {
    try {
      const database = new DatabaseSync(path, { readOnly: options.readOnly, timeout: 50 });
      database.exec('PRAGMA foreign_keys = ON');
      try {
        database.prepare('SELECT count(*) FROM sqlite_master').get();
      } catch (error) {
        if (!options.readOnly || path === ':memory:') throw error;
        database.close();
        return SqliteConnection.#openImmutable(path);
      }
      return new SqliteConnection(database);
    } catch (error) {
      throw new DatabaseConnectionError(`cannot open the SQLite database ${path}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** For databases in write-ahead mode on a medium where the side files cannot be made. */
  static #openImmutable(path: string): SqliteConnection {
    const url = new URL(`file://${path.split('/').map(encodeURIComponent).join('/')}?immutable=1`);
    return new SqliteConnection(new DatabaseSync(url, { readOnly: true }));
  }

  /** Rows of a query; integers beyond 2^53 stay bigint, others become numbers. */
  async all(sql: string, parameters: readonly SqlValue[]): Promise<readonly Row[]> {
    return await this.#patiently(() => this.allNow(sql, parameters));
  }

  allNow(sql: string, parameters: readonly SqlValue[]): readonly Row[] {
    const rows = this.prepare(sql).all(...parameters.map(toSqlite)) as Record<string, SqlValue>[];
    for (const row of rows) narrowIntegers(row);
    return rows;
  }

  async run(sql: string, parameters: readonly SqlValue[]): Promise<number> {
    return await this.#patiently(() => Number(this.prepare(sql).run(...parameters.map(toSqlite)).changes));
  }

  /** Runs a statement for many parameter rows without giving way in between. */
  async runMany(sql: string, rows: Iterable<readonly SqlValue[]>): Promise<void> {
    const statement = this.prepare(sql);
    for (const row of rows) {
      try {
        statement.run(...row.map(toSqlite));
      } catch (error) {
        throw translate(error);
      }
    }
  }

  async exec(sql: string): Promise<void> {
    await this.#patiently(() => this.database.exec(sql));
  }

  *iterate(sql: string, parameters: readonly SqlValue[]): Iterable<Row> {
    const statement = this.database.prepare(sql);
    statement.setReadBigInts(true);
    for (const row of statement.iterate(...parameters.map(toSqlite)) as Iterable<Record<string, SqlValue>>) {
      narrowIntegers(row);
      yield row;
    }
  }

  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.database.prepare(sql);
      statement.setReadBigInts(true);
      if (this.#statements.size >= CACHED_STATEMENTS) this.#statements.delete(this.#statements.keys().next().value!);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  close(): void {
    this.#statements.clear();
    if (this.database.isOpen) this.database.close();
  }

  /** Repeats while another process holds the lock, giving way to other work of this process meanwhile. */
  async #patiently<T>(work: () => T): Promise<T> {
    const start = performance.now();
    for (let attempt = 0; ; attempt += 1) {
      try {
        return work();
      } catch (error) {
        if (!isBusy(error)) throw translate(error);
        const waited = performance.now() - start;
        if (waited > BUSY_LIMIT_MS)
          throw new DatabaseBusyError(`the database was locked by other writers for ${Math.round(waited / 1000)} s`, { cause: error });
        // Spread by the clock's own noise; a seed would make all processes retry together.
        await sleep(1 + ((performance.now() * 7919) % Math.min(5 + attempt * 5, 100)));
      }
    }
  }
}

function errorCode(error: unknown): number {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code & 0xff : 0;
}

function isBusy(error: unknown): boolean {
  return errorCode(error) === SQLITE_BUSY || errorCode(error) === SQLITE_LOCKED;
}

function translate(error: unknown): unknown {
  const code = errorCode(error);
  if (code === SQLITE_READONLY)
    return new ReadOnlyRepositoryError(`the database cannot be written: ${(error as Error).message}`, { cause: error });
  if (BROKEN.has(code))
    return new DatabaseConnectionError(`the SQLite database cannot be used: ${(error as Error).message}`, { cause: error });
  return error;
}

function toSqlite(value: SqlValue): SQLInputValue {
  return typeof value === 'boolean' ? (value ? 1 : 0) : value;
}

function narrowIntegers(row: Record<string, SqlValue>): void {
  for (const name in row) {
    const value = row[name];
    if (typeof value === 'bigint' && value <= 9007199254740991n && value >= -9007199254740991n) row[name] = Number(value);
  }
}

/** Whether a statement failed because a key exists already or a referenced row is missing. */
export function sqliteConstraint(error: unknown): 'unique' | 'foreign-key' | 'other' | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  if (typeof code !== 'number' || (code & 0xff) !== 19) return undefined;
  if (code === 2067 || code === 1555) return 'unique';
  return code === 787 ? 'foreign-key' : 'other';
}
