import type { Table } from '@almagest/table';
import { concatTables } from '@almagest/table';
import type { QueryEngine } from '../engine/query-engine.ts';

/** A name in SQL quotes. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text in SQL quotes. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Files as an argument of `read_parquet` and its like. */
export function fileList(paths: readonly string[]): string {
  return `[${paths.map(quoteText).join(', ')}]`;
}

/** Rows of Parquet files, without columns made up from their paths. */
export function parquetRelation(paths: readonly string[]): string {
  return `read_parquet(${fileList(paths)}, hive_partitioning = false, union_by_name = ${paths.length > 1})`;
}

/** Runs a statement for what it does. */
export async function execute(engine: QueryEngine, sql: string, signal?: AbortSignal): Promise<void> {
  const { batches } = await engine.run(sql, signal ? { signal } : {});
  for await (const _batch of batches);
}

/** Runs a query whose rows fit in memory. */
export async function queryTable(engine: QueryEngine, sql: string, signal?: AbortSignal): Promise<Table | undefined> {
  const { batches } = await engine.run(sql, { atOnce: true, ...(signal ? { signal } : {}) });
  const parts = await Array.fromAsync(batches);
  return parts.length === 0 ? undefined : concatTables(parts);
}

/** The only value of a query of one row and one column. */
export async function queryNumber(engine: QueryEngine, sql: string, signal?: AbortSignal): Promise<number> {
  const table = await queryTable(engine, sql, signal);
  return Number(table?.columns[0]?.data[0] ?? 0);
}
