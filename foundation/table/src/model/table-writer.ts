import type { Info, Table } from './table.ts';

/** Writes one table whose rows come in batches; each call gives the bytes that are ready. Every text format has one. */
export interface TableWriter {
  /** Everything before the first row. */
  start(): Uint8Array;
  /** One batch; its columns are those that the writer was made for. */
  rows(batch: Table): Uint8Array;
  /** Everything after the last row. `infos` say what was learnt on the way (QUERY_STATUS); formats without a place for them drop them. */
  finish(infos?: readonly Info[]): Uint8Array;
}

/** The whole table through a writer, in batches. */
export function* writeThrough(
  writer: TableWriter,
  table: Table,
  slice: (table: Table, start: number, end: number) => Table,
  batchRows = 4096,
): Generator<Uint8Array> {
  yield writer.start();
  for (let row = 0; row < table.nrows; row += batchRows) yield writer.rows(slice(table, row, Math.min(row + batchRows, table.nrows)));
  yield writer.finish();
}
