import { arrowTableWriter, ColumnBuilder, concatTables, makeTable, parquetTableWriter, type Table, writeFitsTable } from '@almagest/table';
import { ResultFormatError } from '../errors.ts';
import type { ResultEnd, ResultHead, ResultSerializer } from './serializer.ts';

const NOTHING = new Uint8Array(0);
/** Most cells of a result that is held in memory; about a gigabyte with what encoding needs. */
const MAX_HELD_CELLS = 50_000_000;

/**
 * A FITS file with one binary table. Its header states the number of rows and the width of texts, so that all rows are held
 * until the last one is known.
 */
export function fitsSerializer({ columns, meta }: ResultHead): ResultSerializer {
  const parts: Table[] = [];
  let cells = 0;
  return {
    start: () => NOTHING,
    rows: (batch) => {
      cells += batch.nrows * columns.length;
      if (cells > MAX_HELD_CELLS)
        throw new ResultFormatError(
          `the result is too long for FITS, which has at most ${MAX_HELD_CELLS} values here: ask for another format`,
          {
            details: { format: 'fits' },
          },
        );
      parts.push(batch);
      return NOTHING;
    },
    finish: (end) => {
      breakOff('fits', end);
      const table = parts.length > 0 ? concatTables(parts) : makeTable(columns.map((spec) => new ColumnBuilder(spec).finish()));
      const extra = { ...meta?.extra, QSTATUS: end.overflow ? 'OVERFLOW' : 'OK' };
      return writeFitsTable(makeTable(table.columns, { ...meta, name: meta?.name ?? 'result', extra }));
    },
  };
}

/** A Parquet file; rows are gathered to row groups of a useful size. The VOTable in its footer says how the query ended. */
export async function parquetSerializer({ columns, meta }: ResultHead): Promise<ResultSerializer> {
  const writer = await parquetTableWriter({ columns, ...(meta ? { meta } : {}) });
  let parts: Table[] = [];
  let rows = 0;
  const flush = (): Uint8Array => {
    if (rows === 0) return NOTHING;
    const table = concatTables(parts);
    parts = [];
    rows = 0;
    return writer.rows(table);
  };
  return {
    start: () => NOTHING,
    rows: (batch) => {
      if (batch.nrows > 0) parts.push(batch);
      rows += batch.nrows;
      return rows >= GROUP_ROWS ? flush() : NOTHING;
    },
    finish: (end) => {
      breakOff('parquet', end);
      const last = flush();
      return Buffer.concat([last, writer.finish([{ name: 'QUERY_STATUS', value: end.overflow ? 'OVERFLOW' : 'OK' }])]);
    },
  };
}

const GROUP_ROWS = 100_000;

/** An Arrow IPC stream. It has no place for what is known at the end: an overflow shows as MAXREC rows. */
export async function arrowSerializer({ columns, meta }: ResultHead): Promise<ResultSerializer> {
  const writer = await arrowTableWriter({ columns, ...(meta ? { meta } : {}) });
  return {
    start: () => writer.start(),
    rows: (batch) => writer.rows(batch),
    finish: (end) => {
      breakOff('arrow', end);
      return writer.finish();
    },
  };
}

function breakOff(format: string, { error }: ResultEnd): void {
  if (error !== undefined) throw new ResultFormatError(`the query failed: ${error}`, { details: { format } });
}
