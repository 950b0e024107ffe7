import { AsyncLocalStorage } from 'node:async_hooks';
import type { Kysely } from 'kysely';
import { ReadOnlyRepositoryError } from '../errors.ts';
import {
  compile,
  type Database,
  type InsertOptions,
  type Query,
  queryBuilder,
  type Row,
  type SqlValue,
  type Tables,
  type TransactionHook,
} from './database.ts';
import { createStatements, quoteIdentifier } from './ddl.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import type { TableSpec } from './table-spec.ts';
import { TransactionHooks } from './transaction-hooks.ts';

export interface SqliteOptions {
  readonly readOnly?: boolean;
  /** Write-ahead log, set when a database is created: readers never wait for writers. Needs a local disk. */
  readonly writeAhead?: boolean;
  /** Called before every step that changes the database; tests stop the process there. */
  readonly onStep?: (step: string) => void;
}

/** The registry's database in one file, or in memory for `:memory:`. Several processes may use one file at once. */
export class SqliteDatabase implements Database {
  readonly dialect = 'sqlite' as const;
  readonly readOnly: boolean;
  readonly builder: Kysely<Tables> = queryBuilder('sqlite');
  readonly #path: string;
  readonly #main: SqliteConnection;
  #reader: SqliteConnection | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  readonly #current = new AsyncLocalStorage<TransactionHooks>();

  readonly #onStep: ((step: string) => void) | undefined;

  private constructor(path: string, main: SqliteConnection, readOnly: boolean, onStep: ((step: string) => void) | undefined) {
    this.#onStep = onStep;
    this.#path = path;
    this.#main = main;
    this.readOnly = readOnly;
  }

  static async open(path: string, options: SqliteOptions = {}): Promise<SqliteDatabase> {
    const readOnly = options.readOnly ?? false;
    const main = SqliteConnection.open(path, { readOnly });
    if (options.writeAhead && !readOnly && path !== ':memory:') await main.exec('PRAGMA journal_mode = WAL');
    return new SqliteDatabase(path, main, readOnly, options.onStep);
  }

  get inTransaction(): boolean {
    return this.#current.getStore() !== undefined;
  }

  get openTransaction(): object | undefined {
    return this.#current.getStore();
  }

  async all(query: Query): Promise<readonly Row[]> {
    const { sql, parameters } = compile(this.builder, query);
    if (this.inTransaction) return await this.#main.all(sql, parameters);
    const reader = this.#readConnection();
    if (reader) return await reader.all(sql, parameters);
    return await this.#alone(async () => await this.#main.all(sql, parameters));
  }

  async run(query: Query): Promise<number> {
    this.#mayWrite();
    const { sql, parameters } = compile(this.builder, query);
    this.#onStep?.('run');
    if (this.inTransaction) return await this.#main.run(sql, parameters);
    return await this.transaction(async () => await this.#main.run(sql, parameters));
  }

  async *stream(query: Query, options: { readonly pageSize?: number; readonly signal?: AbortSignal } = {}): AsyncIterable<readonly Row[]> {
    const pageSize = options.pageSize ?? 1000;
    // Uncommitted rows and databases in memory are visible to one connection only, so their answers are taken whole.
    if (this.inTransaction || this.#path === ':memory:') {
      const rows = await this.all(query);
      for (let i = 0; i < rows.length; i += pageSize) yield rows.slice(i, i + pageSize);
      return;
    }
    const { sql, parameters } = compile(this.builder, query);
    const connection = SqliteConnection.open(this.#path, { readOnly: true });
    try {
      let page: Row[] = [];
      for (const row of connection.iterate(sql, parameters)) {
        page.push(row);
        if (page.length < pageSize) continue;
        options.signal?.throwIfAborted();
        yield page;
        page = [];
      }
      if (page.length > 0) yield page;
    } finally {
      connection.close();
    }
  }

  async insert(table: string, columns: readonly string[], rows: Iterable<readonly SqlValue[]>, options: InsertOptions = {}): Promise<void> {
    this.#mayWrite();
    const conflict =
      options.onConflict === 'ignore'
        ? ' ON CONFLICT DO NOTHING'
        : options.onConflict === 'replace'
          ? replaceClause(columns, options.key ?? [])
          : '';
    const sql = `INSERT INTO ${quoteIdentifier(table)} (${columns.map(quoteIdentifier).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})${conflict}`;
    const work = async (): Promise<void> => {
      this.#onStep?.('insert');
      await this.#main.runMany(sql, rows);
    };
    await (this.inTransaction ? work() : this.transaction(work));
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    this.#mayWrite();
    const open = this.#current.getStore();
    if (open) return await open.nested(async (name) => await this.#savepoint(name, work));
    const hooks = new TransactionHooks();
    const result = await this.#alone(async () => {
      this.#onStep?.('begin');
      await this.#main.exec('BEGIN IMMEDIATE');
      try {
        const answer = await this.#current.run(hooks, work);
        this.#onStep?.('commit');
        await this.#main.exec('COMMIT');
        this.#onStep?.('committed');
        return answer;
      } catch (error) {
        // Undone while others still wait, so that files of this transaction are gone before anyone else writes them.
        await hooks.undone();
        if (this.#main.database.isTransaction) await this.#main.exec('ROLLBACK');
        throw error;
      }
    });
    await hooks.committed();
    return result;
  }

  async #savepoint<T>(name: string, work: () => Promise<T>): Promise<T> {
    await this.#main.exec(`SAVEPOINT ${name}`);
    try {
      const result = await work();
      await this.#main.exec(`RELEASE ${name}`);
      return result;
    } catch (error) {
      await this.#main.exec(`ROLLBACK TO ${name}; RELEASE ${name}`);
      throw error;
    }
  }

  async lock(): Promise<void> {
    // BEGIN IMMEDIATE has taken the only write lock.
  }

  async afterCommit(work: TransactionHook): Promise<void> {
    const open = this.#current.getStore();
    if (open) open.onCommit(work);
    else await work();
  }

  afterRollback(work: TransactionHook): void {
    this.#current.getStore()?.onRollback(work);
  }

  async createTable(table: TableSpec, options: { readonly ifNotExists?: boolean } = {}): Promise<void> {
    const work = async (): Promise<void> => {
      for (const statement of createStatements('sqlite', table, options)) await this.#main.exec(statement);
    };
    await (this.inTransaction ? work() : this.transaction(work));
  }

  async tableExists(name: string): Promise<boolean> {
    const rows = await this.#main.all("SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND name = ?", [name]);
    return rows.length > 0;
  }

  async close(): Promise<void> {
    await this.#queue.catch(() => undefined);
    this.#reader?.close();
    this.#main.close();
  }

  /** Reads have a connection of their own, so that they never wait for a transaction of this process. */
  #readConnection(): SqliteConnection | undefined {
    if (this.readOnly) return this.#main;
    if (this.#path === ':memory:') return undefined;
    return (this.#reader ??= SqliteConnection.open(this.#path, { readOnly: true }));
  }

  #mayWrite(): void {
    if (this.readOnly) throw new ReadOnlyRepositoryError('the repository was opened for reading; open it with { writeable: true }');
  }

  /** One user of the writing connection at a time. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#queue;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#queue = promise;
    await before.catch(() => undefined);
    try {
      return await work();
    } finally {
      resolve();
    }
  }
}

function replaceClause(columns: readonly string[], key: readonly string[]): string {
  const rest = columns.filter((column) => !key.includes(column));
  const target = key.map(quoteIdentifier).join(', ');
  if (rest.length === 0) return ` ON CONFLICT (${target}) DO NOTHING`;
  return ` ON CONFLICT (${target}) DO UPDATE SET ${rest.map((column) => `${quoteIdentifier(column)} = excluded.${quoteIdentifier(column)}`).join(', ')}`;
}
