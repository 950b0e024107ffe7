import { availableParallelism } from 'node:os';
import { DuckDBInstance, type DuckDBConnection, type DuckDBDataChunk, type DuckDBResult } from '@duckdb/node-api';
import { makeTable, type Table } from '@almagest/table';
import { QueryAbortedError, QueryFailedError } from './errors.ts';
import { readChunk, specOf } from './duckdb-columns.ts';
import { loadTable, quoteIdentifier } from './duckdb-load.ts';
import { REGION_FUNCTION, registerRegions } from './region-functions.ts';
import type { QueryEngine, QueryResult, RunOptions } from './query-engine.ts';

export interface DuckdbEngineOptions {
  /** Threads for one query (default: all cores). */
  readonly threads?: number;
  /** Memory before DuckDB spills to its temporary folder, such as `1GB`. */
  readonly memoryLimit?: string;
  /** Where it may spill; nowhere when absent. */
  readonly temporaryFolder?: string;
  /** Registers functions and views on a fresh connection. */
  readonly prepare?: (connection: DuckDBConnection) => Promise<void> | void;
}

export interface DuckdbEngine extends QueryEngine {
  /** The instance underneath, for what plain queries cannot do. */
  readonly instance: DuckDBInstance;
  /** Copies a small table into the engine, where every query sees it under this name. */
  loadTable(name: string, table: Table): Promise<void>;
  dropTable(name: string): Promise<void>;
}

/** Rows of one batch; DuckDB hands over 2048 at a time. */
const BATCH_ROWS = 16_384;
/** Longest that closing waits for queries that were told to stop. */
const CLOSE_MS = 5000;

/**
 * DuckDB in this process, in memory, over Parquet files. Each query has its own connection, so that queries run side by side
 * and each can be stopped.
 */
export async function createDuckdbEngine(options: DuckdbEngineOptions = {}): Promise<DuckdbEngine> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(options.threads ?? availableParallelism()),
    preserve_insertion_order: 'false',
    ...(options.memoryLimit === undefined ? {} : { memory_limit: options.memoryLimit }),
    temp_directory: options.temporaryFolder ?? '',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const idle: DuckDBConnection[] = [];
  const busy = new Set<DuckDBConnection>();
  let hasRegions = false;
  const acquire = async (): Promise<DuckDBConnection> => {
    const connection = idle.pop() ?? (await connect(instance, options));
    busy.add(connection);
    return connection;
  };
  const release = (connection: DuckDBConnection): void => {
    if (busy.delete(connection)) idle.push(connection);
  };
  const withConnection = async (work: (connection: DuckDBConnection) => Promise<void>): Promise<void> => {
    const connection = await acquire();
    try {
      await work(connection);
    } finally {
      release(connection);
    }
  };
  return {
    name: 'duckdb',
    instance,
    run: async (sql, runOptions = {}) => {
      // Functions belong to the instance, and keep the process alive while it lives: they are made when first needed.
      if (!hasRegions && REGION_FUNCTION.test(sql)) {
        hasRegions = true;
        await withConnection((connection) => Promise.resolve(registerRegions(connection)));
      }
      return run(sql, runOptions, acquire, release);
    },
    loadTable: (name, table) => withConnection((connection) => loadTable(connection, name, table)),
    dropTable: (name) => withConnection(async (connection) => void (await connection.run(`DROP TABLE IF EXISTS ${quoteIdentifier(name)}`))),
    close: async () => {
      // An instance that goes away under a running query never ends it.
      const deadline = performance.now() + CLOSE_MS;
      while (busy.size > 0 && performance.now() < deadline) {
        for (const connection of busy) connection.interrupt();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      for (const connection of [...idle, ...busy]) connection.closeSync();
      instance.closeSync();
    },
  };
}

async function connect(instance: DuckDBInstance, options: DuckdbEngineOptions): Promise<DuckDBConnection> {
  const connection = await instance.connect();
  await options.prepare?.(connection);
  return connection;
}

async function run(
  sql: string,
  { signal }: RunOptions,
  acquire: () => Promise<DuckDBConnection>,
  release: (connection: DuckDBConnection) => void,
): Promise<QueryResult> {
  if (signal?.aborted) throw new QueryAbortedError('the query was stopped before it began', { cause: signal.reason });
  const connection = await acquire();
  const stop = (): void => connection.interrupt();
  signal?.addEventListener('abort', stop);
  const end = (): void => {
    signal?.removeEventListener('abort', stop);
    release(connection);
  };
  try {
    const result = await streamOne(connection, sql);
    let isTaken = false;
    // A result that nobody reads holds its connection: when it is given up it is read to its (interrupted) end here.
    const giveUp = (): void => {
      if (isTaken) return;
      isTaken = true;
      connection.interrupt();
      void result.fetchChunk().then(end, end);
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    const take = async function* (): AsyncGenerator<Table> {
      if (isTaken) throw new QueryAbortedError('the query was stopped', { cause: signal?.reason });
      isTaken = true;
      signal?.removeEventListener('abort', giveUp);
      yield* readBatches(result, connection, signal, end);
    };
    return { columns: Array.from({ length: result.columnCount }, (_, i) => specOf(result, i)), batches: take() };
  } catch (error) {
    end();
    throw translated(error, signal);
  }
}

/** One statement, parsed once: `connection.stream` would parse it twice to see whether there are several. */
async function streamOne(connection: DuckDBConnection, sql: string): Promise<DuckDBResult> {
  const prepared = await connection.prepare(sql);
  try {
    return await prepared.stream();
  } finally {
    prepared.destroySync();
  }
}

interface Gathered {
  readonly chunks: readonly DuckDBDataChunk[];
  readonly rows: number;
  readonly isLast: boolean;
}

async function gather(result: DuckDBResult, signal: AbortSignal | undefined): Promise<Gathered> {
  const chunks: DuckDBDataChunk[] = [];
  let rows = 0;
  while (rows < BATCH_ROWS) {
    signal?.throwIfAborted();
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return { chunks, rows, isLast: true };
    chunks.push(chunk);
    rows += chunk.rowCount;
  }
  return { chunks, rows, isLast: false };
}

/** While a batch is being used the engine makes the next one. */
async function* readBatches(
  result: DuckDBResult,
  connection: DuckDBConnection,
  signal: AbortSignal | undefined,
  end: () => void,
): AsyncGenerator<Table> {
  let next: Promise<Gathered> | undefined;
  try {
    next = gather(result, signal);
    while (next) {
      const { chunks, rows, isLast }: Gathered = await next;
      next = isLast ? undefined : gather(result, signal);
      // Whoever fails is heard of when the batch is asked for.
      next?.catch(() => undefined);
      if (rows > 0) yield makeTable(readChunk(result, chunks, rows));
    }
  } catch (error) {
    next = undefined;
    throw translated(error, signal);
  } finally {
    if (next) {
      connection.interrupt();
      await next.catch(() => undefined);
    }
    end();
  }
}

function translated(error: unknown, signal: AbortSignal | undefined): Error {
  if (signal?.aborted) return new QueryAbortedError('the query was stopped', { cause: error });
  const message = error instanceof Error ? error.message : String(error);
  return new QueryFailedError(`the engine refused the query: ${message}`, { details: { engine: 'duckdb' }, cause: error });
}
