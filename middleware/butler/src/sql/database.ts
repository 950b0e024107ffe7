import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { DialectName } from './ddl.ts';
import type { TableSpec } from './table-spec.ts';

/** Work that follows the end of a transaction. */
export type TransactionHook = () => void | Promise<void>;

/** What a database column can hold; integers beyond 2^53 come as bigint. */
export type SqlValue = string | number | bigint | boolean | Uint8Array | null;
export type Row = Readonly<Record<string, SqlValue>>;
/** Tables are known at run time only, because the universe defines them. */
export type Tables = Record<string, Record<string, SqlValue>>;
/** Anything the query builder can print. */
export type Query = RawBuilder<unknown> | { compile(): CompiledQuery };

export interface InsertOptions {
  /** What to do with rows whose key is there already; without it the insert fails. */
  readonly onConflict?: 'ignore' | 'replace';
  /** Key columns, needed to replace. */
  readonly key?: readonly string[];
}

/**
 * One SQL database behind the registry.
 * Statements run in the transaction of the surrounding {@link Database.transaction} call, or alone.
 */
export interface Database {
  readonly dialect: DialectName;
  readonly readOnly: boolean;
  /** Builds queries; it runs none. */
  readonly builder: Kysely<Tables>;
  all(query: Query): Promise<readonly Row[]>;
  /** Number of rows changed. */
  run(query: Query): Promise<number>;
  /** Rows in pages of bounded size from a connection of their own, so that other statements may run in between. */
  stream(query: Query, options?: { readonly pageSize?: number; readonly signal?: AbortSignal }): AsyncIterable<readonly Row[]>;
  /** Inserts many rows with one statement prepared once; values in the order of `columns`. */
  insert(table: string, columns: readonly string[], rows: Iterable<readonly SqlValue[]>, options?: InsertOptions): Promise<void>;
  /** Runs the work atomically; inside a transaction it nests as a savepoint. Writers of other processes are waited for. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /** Within a transaction: waits until no other transaction holds this name. SQLite has one writer, so it need not wait. */
  lock(name: string): Promise<void>;
  readonly inTransaction: boolean;
  /** What is the same for all that runs in one transaction, and for nothing else; undefined outside. */
  readonly openTransaction: object | undefined;
  /** Runs after the outermost transaction commits; outside one at once. */
  afterCommit(work: TransactionHook): Promise<void>;
  /** Runs if the transaction, or a savepoint around it, is undone; never outside one. */
  afterRollback(work: TransactionHook): void;
  createTable(table: TableSpec, options?: { readonly ifNotExists?: boolean }): Promise<void>;
  tableExists(name: string): Promise<boolean>;
  close(): Promise<void>;
}

/** A query builder that prints for a dialect and runs nothing. */
export function queryBuilder(dialect: DialectName): Kysely<Tables> {
  return new Kysely<Tables>({
    dialect:
      dialect === 'sqlite'
        ? {
            createAdapter: () => new SqliteAdapter(),
            createDriver: () => new DummyDriver(),
            createIntrospector: (db) => new SqliteIntrospector(db),
            createQueryCompiler: () => new SqliteQueryCompiler(),
          }
        : {
            createAdapter: () => new PostgresAdapter(),
            createDriver: () => new DummyDriver(),
            createIntrospector: (db) => new PostgresIntrospector(db),
            createQueryCompiler: () => new PostgresQueryCompiler(),
          },
  });
}

/** Prints a query for a database. */
export function compile(builder: Kysely<Tables>, query: Query): { readonly sql: string; readonly parameters: readonly SqlValue[] } {
  const compiled = 'as' in query ? query.compile(builder) : query.compile();
  return { sql: compiled.sql, parameters: compiled.parameters as readonly SqlValue[] };
}
