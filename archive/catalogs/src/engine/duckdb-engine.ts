import { availableParallelism } from 'node:os';
import {
  DuckDBInstance,
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBMaterializedResult,
  type DuckDBResult,
} from '@duckdb/node-api';
import { type ColumnSpec, makeTable, type Table } from '@almagest/table';
import { streamInBackground, withLowPriority } from './background-threads.ts';
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
  /**
   * How far the engine stands back behind the rest of the machine, 0 (default) to 19. Its queries are then left to threads of
   * that priority, so that whatever else the process does goes first.
   */
  readonly niceness?: number;
  /** For many small queries: plans are made with less care, since making a better one would take longer than it saves. */
  readonly plansQuickly?: boolean;
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

/** What small queries of one table gain nothing from. */
const SPARED_OPTIMIZERS =
  'join_order,statistics_propagation,column_lifetime,build_side_probe_side,cte_inlining,deliminator,regex_range,compressed_materialization,duplicate_groups,reorder_filter,sampling_pushdown,sum_rewriter,join_filter_pushdown,materialized_cte,filter_pullup,unnest_rewriter';
/** Rows of one batch; DuckDB hands over 2048 at a time. */
const BATCH_ROWS = 16_384;
/** Longest that closing waits for queries that were told to stop. */
const CLOSE_MS = 5000;

/**
 * DuckDB in this process, in memory, over Parquet files. Each query has its own connection, so that queries run side by side
 * and each can be stopped.
 */
export async function createDuckdbEngine(options: DuckdbEngineOptions = {}): Promise<DuckdbEngine> {
  const { threads = availableParallelism(), niceness = 0 } = options;
  const settings = {
    // The thread that asks counts as one of the engine's, but does none of the work of an engine in the background.
    threads: String(niceness === 0 ? threads : threads + 1),
    preserve_insertion_order: 'false',
    ...(options.memoryLimit === undefined ? {} : { memory_limit: options.memoryLimit }),
    temp_directory: options.temporaryFolder ?? '',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    // The system keeps the files in memory already, and takes that memory back when it is needed.
    enable_external_file_cache: 'false',
    // What a query has freed goes back to the system soon.
    allocator_flush_threshold: '16MB',
    allocator_bulk_deallocation_flush_threshold: '32MB',
    ...(options.plansQuickly ? { disabled_optimizers: SPARED_OPTIMIZERS } : {}),
  };
  const instance = await withLowPriority(niceness, () => DuckDBInstance.create(':memory:', settings));
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
      return run(sql, runOptions, { acquire, release, inBackground: niceness > 0 });
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
  // Footers are parsed once; a file that has changed since is read again.
  await connection.run('SET parquet_metadata_cache = true');
  await options.prepare?.(connection);
  return connection;
}

interface Connections {
  readonly acquire: () => Promise<DuckDBConnection>;
  readonly release: (connection: DuckDBConnection) => void;
  readonly inBackground: boolean;
}

async function run(sql: string, { signal, atOnce = false }: RunOptions, connections: Connections): Promise<QueryResult> {
  const { acquire, release, inBackground } = connections;
  if (signal?.aborted) throw new QueryAbortedError('the query was stopped before it began', { cause: signal.reason });
  const connection = await acquire();
  const stop = (): void => connection.interrupt();
  signal?.addEventListener('abort', stop);
  const end = (): void => {
    signal?.removeEventListener('abort', stop);
    release(connection);
  };
  try {
    if (atOnce) {
      const whole = await connection.run(sql);
      end();
      return { columns: columnsOf(whole), batches: readWhole(whole) };
    }
    const result = await streamOne(connection, sql, inBackground);
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
    return { columns: columnsOf(result), batches: take() };
  } catch (error) {
    end();
    throw translated(error, signal);
  }
}

/** One statement, parsed once: `connection.stream` would parse it twice to see whether there are several. */
async function streamOne(connection: DuckDBConnection, sql: string, inBackground: boolean): Promise<DuckDBResult> {
  const prepared = await connection.prepare(sql);
  try {
    return await (inBackground ? streamInBackground(prepared) : prepared.stream());
  } finally {
    prepared.destroySync();
  }
}

function columnsOf(result: DuckDBResult): ColumnSpec[] {
  return Array.from({ length: result.columnCount }, (_, i) => specOf(result, i));
}

/** Rows that are in memory already. */
async function* readWhole(result: DuckDBMaterializedResult): AsyncGenerator<Table> {
  const chunks = Array.from({ length: result.chunkCount }, (_, i) => result.getChunk(i));
  const rows = chunks.reduce((sum, { rowCount }) => sum + rowCount, 0);
  if (rows > 0) yield makeTable(readChunk(result, chunks, rows));
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
