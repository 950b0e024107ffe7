import { TableShapeError } from '../errors.ts';
import { ColumnBuilder } from '../model/builder.ts';
import type { Column, ColumnSpec } from '../model/column.ts';
import { makeTable, type Table, type TableMeta } from '../model/table.ts';
import { writeArrow } from './arrow-table.ts';

export interface ArrowTableWriter {
  /** The schema. */
  start(): Uint8Array;
  /** One record batch, encoded at once. */
  rows(batch: Table): Promise<Uint8Array>;
  /** The mark of the end. */
  finish(): Uint8Array;
}

/** Length and marker that stand before every message of a stream, and as its end. */
const PREFIX_BYTES = 8;

/**
 * Writes an Arrow IPC stream batch by batch, for tables that are longer than memory. A batch is written as a stream of its own,
 * of which the schema before it and the mark of the end behind it are left out.
 *
 * @throws {TableShapeError} from `rows`, if a batch has other columns than the writer was made for.
 * @see Arrow columnar format, "IPC Streaming Format"
 */
export async function arrowTableWriter(table: {
  readonly columns: readonly ColumnSpec[];
  readonly meta?: TableMeta;
}): Promise<ArrowTableWriter> {
  const meta = table.meta ?? {};
  const schema = schemaMessage(await writeArrow(makeTable(table.columns.map(emptyColumn), meta)));
  return {
    start: () => schema,
    async rows(batch) {
      const bytes = await writeArrow(makeTable(batch.columns, meta));
      const found = schemaMessage(bytes);
      if (found.length !== schema.length || found.some((byte, i) => byte !== schema[i]))
        throw new TableShapeError('a batch must have the columns that the stream began with', {
          details: { expected: table.columns.length, found: batch.columns.length },
        });
      return bytes.subarray(schema.length, bytes.length - PREFIX_BYTES);
    },
    finish: () => Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0),
  };
}

/** A column without rows; of a column with rows only its description is taken. */
function emptyColumn(spec: ColumnSpec & Partial<Column>): Column {
  const { data: _data, nulls: _nulls, offsets: _offsets, itemNulls: _items, ...rest } = spec;
  return new ColumnBuilder(rest).finish();
}

/** The first message of a stream, which has no body. */
function schemaMessage(stream: Uint8Array): Uint8Array {
  const length = new DataView(stream.buffer, stream.byteOffset, stream.byteLength).getInt32(4, true);
  return stream.subarray(0, PREFIX_BYTES + length);
}
