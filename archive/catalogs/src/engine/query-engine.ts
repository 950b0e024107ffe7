import type { ColumnSpec, Table } from '@almagest/table';

/** A running query: its columns are known, its rows come in batches as the engine makes them. */
export interface QueryResult {
  readonly columns: readonly ColumnSpec[];
  /** Reads the rows once. Ending the loop early stops the engine. */
  readonly batches: AsyncIterable<Table>;
}

export interface RunOptions {
  /** Stops the engine, not only the reading; the run then fails with {@link QueryAbortedError}. */
  readonly signal?: AbortSignal;
  /** The result is known to be small: the engine may make it whole before it gives a row, which is less work. */
  readonly atOnce?: boolean;
}

/**
 * Runs SQL over catalogues. The seam for engines: one printer of SQL (`@almagest/adql`) and one implementation of this.
 */
export interface QueryEngine {
  readonly name: string;
  run(sql: string, options?: RunOptions): Promise<QueryResult>;
  /** Ends running queries and frees the engine. */
  close(): Promise<void>;
}
