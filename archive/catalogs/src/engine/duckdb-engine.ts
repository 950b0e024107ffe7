import { availableParallelism } from 'node:os';
import { DuckDBInstance, type DuckDBConnection, type DuckDBResult } from '@duckdb/node-api';
import { makeTable, type Table } from '@almagest/table';
import { QueryAbortedError, QueryFailedError } from './errors.ts';
import { readChunk, specOf } from './duckdb-columns.ts';
import { loadTable, quoteIdentifier } from './duckdb-load.ts';
import { registerRegions } from './region-functions.ts';
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
  const first = await instance.connect();
  // Functions belong to the instance: one connection makes them known to all.
  registerRegions(first);
  await options.prepare?.(first);
  const idle: DuckDBConnection[] = [first];
  const busy = new Set<DuckDBConnection>();
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
    run: (sql, runOptions = {}) => run(sql, runOptions, acquire, release),
    loadTable: (name, table) => withConnection((connection) => loadTable(connection, name, table)),
    dropTable: (name) => withConnection(async (connection) => void (await connection.run(`DROP TABLE IF EXISTS ${quoteIdentifier(name)}`))),
    close: () => {
      for (const connection of busy) connection.interrupt();
      for (const connection of [...idle, ...busy]) connection.closeSync();
      instance.closeSync();
      return Promise.resolve();
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
    const result = await connection.stream(sql);
    return {
      columns: Array.from({ length: result.columnCount }, (_, i) => specOf(result, i)),
      batches: readBatches(result, connection, signal, end),
    };
  } catch (error) {
    end();
    throw translated(error, signal);
  }
}

async function* readBatches(
  result: DuckDBResult,
  connection: DuckDBConnection,
  signal: AbortSignal | undefined,
  end: () => void,
): AsyncGenerator<Table> {
  let done = false;
  try {
    for (;;) {
      const chunks = [];
      let rows = 0;
      while (rows < BATCH_ROWS) {
        signal?.throwIfAborted();
        const chunk = await result.fetchChunk();
        done = chunk === null || chunk.rowCount === 0;
        if (done || chunk === null) break;
        chunks.push(chunk);
        rows += chunk.rowCount;
      }
      if (rows > 0) yield makeTable(readChunk(result, chunks, rows));
      if (done) return;
    }
  } catch (error) {
    throw translated(error, signal);
  } finally {
    if (!done) connection.interrupt();
    end();
  }
}

function translated(error: unknown, signal: AbortSignal | undefined): Error {
  if (signal?.aborted) return new QueryAbortedError('the query was stopped', { cause: error });
  const message = error instanceof Error ? error.message : String(error);
  return new QueryFailedError(`the engine refused the query: ${message}`, { details: { engine: 'duckdb' }, cause: error });
}
