import { AsyncLocalStorage } from 'node:async_hooks';
import type { Kysely } from 'kysely';
import { DatabaseConnectionError, ReadOnlyRepositoryError } from '../errors.ts';
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
import type { TableSpec } from './table-spec.ts';
import { TransactionHooks } from './transaction-hooks.ts';

/** One connection to a PostgreSQL server. */
export interface PostgresSession {
  query(sql: string, parameters: readonly SqlValue[]): Promise<{ readonly rows: readonly Row[]; readonly changed: number }>;
  /** Gives it back; a broken one is not used again. */
  release(broken: boolean): void;
}

/** Where connections come from. */
export interface PostgresPool {
  acquire(): Promise<PostgresSession>;
  close(): Promise<void>;
  /** True where there is one connection only, so that a stream cannot keep one for itself. */
  readonly isSingle: boolean;
}

interface OpenTransaction {
  readonly session: PostgresSession;
  readonly hooks: TransactionHooks;
  /** Statements of one connection run one after the other. */
  queue: Promise<unknown>;
}

/** PostgreSQL takes at most so many parameters in a statement. */
const MAX_PARAMETERS = 60_000;

/** The registry's database on a PostgreSQL server. */
export class PostgresDatabase implements Database {
  readonly dialect = 'postgresql' as const;
  readonly readOnly: boolean;
  readonly builder: Kysely<Tables> = queryBuilder('postgresql');
  readonly #pool: PostgresPool;
  readonly #current = new AsyncLocalStorage<OpenTransaction>();

  constructor(pool: PostgresPool, options: { readonly readOnly?: boolean } = {}) {
    this.#pool = pool;
    this.readOnly = options.readOnly ?? false;
  }

  get inTransaction(): boolean {
    return this.#current.getStore() !== undefined;
  }

  get openTransaction(): object | undefined {
    return this.#current.getStore();
  }

  async all(query: Query): Promise<readonly Row[]> {
    const { sql, parameters } = compile(this.builder, query);
    return (await this.#query(sql, parameters)).rows;
  }

  async run(query: Query): Promise<number> {
    this.#mayWrite();
    const { sql, parameters } = compile(this.builder, query);
    return (await this.#query(sql, parameters)).changed;
  }

  async *stream(query: Query, options: { readonly pageSize?: number; readonly signal?: AbortSignal } = {}): AsyncIterable<readonly Row[]> {
    const pageSize = options.pageSize ?? 1000;
    if (this.inTransaction || this.#pool.isSingle) {
      const rows = await this.all(query);
      for (let i = 0; i < rows.length; i += pageSize) yield rows.slice(i, i + pageSize);
      return;
    }
    const { sql, parameters } = compile(this.builder, query);
    const session = await this.#pool.acquire();
    let broken = true;
    try {
      await session.query('BEGIN READ ONLY', []);
      await session.query(`DECLARE pages NO SCROLL CURSOR FOR ${sql}`, parameters);
      for (;;) {
        options.signal?.throwIfAborted();
        const { rows } = await session.query(`FETCH ${pageSize} FROM pages`, []);
        if (rows.length === 0) break;
        yield rows;
      }
      broken = false;
    } catch (error) {
      throw translate(error);
    } finally {
      await session.query('ROLLBACK', []).catch(() => (broken = true));
      session.release(broken);
    }
  }

  async insert(table: string, columns: readonly string[], rows: Iterable<readonly SqlValue[]>, options: InsertOptions = {}): Promise<void> {
    this.#mayWrite();
    const conflict = conflictClause(columns, options);
    const perStatement = Math.max(1, Math.floor(MAX_PARAMETERS / Math.max(1, columns.length)));
    const head = `INSERT INTO ${quoteIdentifier(table)} (${columns.map(quoteIdentifier).join(', ')}) VALUES `;
    let part: (readonly SqlValue[])[] = [];
    const flush = async (): Promise<void> => {
      if (part.length === 0) return;
      // Sorted, so that writers which touch the same keys lock them in one order.
      const sorted = options.onConflict ? part.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1)) : part;
      const values = sorted.map((row, i) => `(${row.map((_, n) => `$${i * columns.length + n + 1}`).join(', ')})`);
      part = [];
      await this.#query(`${head}${values.join(', ')}${conflict}`, sorted.flat());
    };
    for (const row of rows) {
      part.push(row);
      if (part.length >= Math.min(perStatement, 5000)) await flush();
    }
    await flush();
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    this.#mayWrite();
    const open = this.#current.getStore();
    if (open) return await open.hooks.nested(async (name) => await this.#savepoint(name, work));
    const session = await this.#pool.acquire();
    const hooks = new TransactionHooks();
    let broken = true;
    let result: T;
    try {
      await session.query('BEGIN', []);
      const started: OpenTransaction = { session, hooks, queue: Promise.resolve() };
      result = await this.#current.run(started, work);
      await session.query('COMMIT', []);
      broken = false;
    } catch (error) {
      await hooks.undone();
      await session.query('ROLLBACK', []).then(
        () => (broken = false),
        () => (broken = true),
      );
      throw translate(error);
    } finally {
      session.release(broken);
    }
    await hooks.committed();
    return result;
  }

  async #savepoint<T>(name: string, work: () => Promise<T>): Promise<T> {
    await this.#query(`SAVEPOINT ${name}`, []);
    try {
      const result = await work();
      await this.#query(`RELEASE ${name}`, []);
      return result;
    } catch (error) {
      await this.#query(`ROLLBACK TO ${name}`, []);
      await this.#query(`RELEASE ${name}`, []);
      throw error;
    }
  }

  async lock(name: string): Promise<void> {
    if (this.inTransaction) await this.#query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`almagest butler ${name}`]);
  }

  async afterCommit(work: TransactionHook): Promise<void> {
    const open = this.#current.getStore();
    if (open) open.hooks.onCommit(work);
    else await work();
  }

  afterRollback(work: TransactionHook): void {
    this.#current.getStore()?.hooks.onRollback(work);
  }

  async createTable(table: TableSpec, options: { readonly ifNotExists?: boolean } = {}): Promise<void> {
    for (const statement of createStatements('postgresql', table, options)) await this.#query(statement, []);
  }

  async tableExists(name: string): Promise<boolean> {
    const { rows } = await this.#query('SELECT to_regclass($1) IS NOT NULL AS found', [quoteIdentifier(name)]);
    return rows[0]?.['found'] === true;
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  async #query(sql: string, parameters: readonly SqlValue[]): Promise<{ readonly rows: readonly Row[]; readonly changed: number }> {
    const open = this.#current.getStore();
    if (open) {
      const turn = open.queue.then(async () => await open.session.query(sql, parameters));
      open.queue = turn.catch(() => undefined);
      return await turn.catch((error: unknown) => {
        throw translate(error);
      });
    }
    const session = await this.#pool.acquire();
    let broken = false;
    try {
      return await session.query(sql, parameters);
    } catch (error) {
      broken = isConnectionLoss(error);
      throw translate(error);
    } finally {
      session.release(broken);
    }
  }

  #mayWrite(): void {
    if (this.readOnly) throw new ReadOnlyRepositoryError('the repository was opened for reading; open it with { writeable: true }');
  }
}

function sortKey(row: readonly SqlValue[]): string {
  return row.join('\u0000');
}

function conflictClause(columns: readonly string[], options: InsertOptions): string {
  if (options.onConflict === 'ignore') return ' ON CONFLICT DO NOTHING';
  if (options.onConflict !== 'replace') return '';
  const key = options.key ?? [];
  const rest = columns.filter((column) => !key.includes(column));
  const target = key.map(quoteIdentifier).join(', ');
  if (rest.length === 0) return ` ON CONFLICT (${target}) DO NOTHING`;
  return ` ON CONFLICT (${target}) DO UPDATE SET ${rest.map((column) => `${quoteIdentifier(column)} = excluded.${quoteIdentifier(column)}`).join(', ')}`;
}

function isConnectionLoss(error: unknown): boolean {
  const { code, message = '' } = (error ?? {}) as { code?: unknown; message?: string };
  return (
    (typeof code === 'string' && /^(08|57P0|ECONN|EPIPE|ENOTFOUND|ETIMEDOUT)/.test(code)) ||
    /connection terminated|client has encountered a connection error/i.test(message)
  );
}

/** Marks broken constraints, and makes lost connections an error of ours. */
function translate(error: unknown): unknown {
  const { code } = (error ?? {}) as { code?: unknown };
  if (isConnectionLoss(error))
    return new DatabaseConnectionError(`the database server is not reachable: ${(error as Error).message}`, { cause: error });
  const kind =
    code === '23505'
      ? 'unique'
      : code === '23503'
        ? 'foreign-key'
        : typeof code === 'string' && code.startsWith('23')
          ? 'other'
          : undefined;
  if (kind && error instanceof Error) Object.assign(error, { constraintKind: kind });
  return error;
}
