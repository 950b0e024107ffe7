import type { SchemaElement } from 'hyparquet';
import { TableShapeError } from '../errors.ts';
import { cellRange, type Column, type ColumnSpec, isNullAt, rowCount } from '../model/column.ts';
import { DATA_TYPES, type NumberArray } from '../model/datatype.ts';
import { sliceRows } from '../model/operations.ts';
import type { Info, Table, TableMeta } from '../model/table.ts';
import { concatBytes } from '../text/concat-bytes.ts';
import { votableHeaderXml } from '../votable/header-only.ts';
import { VOPARQUET_CONTENT, VOPARQUET_VERSION } from './read-parquet.ts';
import { schemaElements } from './parquet-schema.ts';

export interface ParquetWriteOptions {
  /** Rows of a row group (default 100 000). */
  readonly rowGroupRows?: number;
  /** Compression (default SNAPPY); others than SNAPPY and UNCOMPRESSED need `compressors`. */
  readonly codec?: 'SNAPPY' | 'UNCOMPRESSED' | 'ZSTD' | 'GZIP';
  readonly compressors?: { readonly [codec in 'ZSTD' | 'GZIP']?: (input: Uint8Array) => Uint8Array };
  /** Footer metadata beside the VOTable. */
  readonly keyValues?: Readonly<Record<string, string>>;
}

/**
 * Writes a Parquet file with the table's metadata as a VOTable in its footer (VOParquet 1.0).
 *
 * Every column is nullable. Array columns are lists, whose shape stands in the VOTable; complex numbers are lists of pairs.
 */
export async function writeParquet(table: Table, options: ParquetWriteOptions = {}): Promise<Uint8Array> {
  const writer = await parquetTableWriter(table, options);
  return concatBytes([writer.rows(table), writer.finish()]);
}

export interface ParquetTableWriter {
  /** Encodes a batch as row groups and gives the bytes that are ready. */
  rows(batch: Table): Uint8Array;
  /** The footer. `infos` say what was learnt on the way (QUERY_STATUS); they stand in its VOTable. */
  finish(infos?: readonly Info[]): Uint8Array;
}

/** {@link writeParquet} batch by batch; each batch becomes whole row groups. */
export async function parquetTableWriter(
  table: { readonly columns: readonly ColumnSpec[]; readonly meta?: TableMeta },
  options: ParquetWriteOptions = {},
): Promise<ParquetTableWriter> {
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer');
  const out = new ByteWriter(1 << 16);
  const { rowGroupRows = 100_000, codec = 'SNAPPY', compressors } = options;
  const schema: SchemaElement[] = [
    { name: 'schema', num_children: table.columns.length },
    ...table.columns.flatMap((spec) => schemaElements(spec.name, spec.datatype, isList(spec))),
  ];
  const content = { key: VOPARQUET_CONTENT, value: votableHeaderXml(table.columns, table.meta ?? {}) };
  const writer = new ParquetWriter({
    writer: out,
    schema,
    codec,
    ...(compressors ? { compressors } : {}),
    createdBy: 'almagest',
    kvMetadata: [
      { key: VOPARQUET_VERSION, value: '1.0' },
      content,
      ...Object.entries(options.keyValues ?? {}).map(([key, value]) => ({ key, value })),
    ],
  });
  const names = table.columns.map((column) => column.name);
  const take = (): Uint8Array => {
    const bytes = out.getBytes().slice();
    (out as unknown as { index: number }).index = 0;
    return bytes;
  };
  return {
    rows(batch) {
      if (batch.columns.length !== names.length || batch.columns.some((column, i) => column.name !== names[i]))
        throw new TableShapeError(
          `a batch must have the columns ${names.slice(0, 20).join(', ')}; found ${batch.columns
            .map((c) => c.name)
            .slice(0, 20)
            .join(', ')}`,
          {
            details: { expected: names.length, found: batch.columns.length },
          },
        );
      for (let row = 0; row < batch.nrows; row += rowGroupRows) {
        const part = sliceRows(batch, row, row + rowGroupRows);
        void writer.write({
          columnData: part.columns.map((column) => ({ name: column.name, data: parquetData(column) as never })),
          rowGroupSize: rowGroupRows,
        });
      }
      return take();
    },
    finish(infos = []) {
      // The library holds the entry itself and writes it with the footer.
      if (infos.length > 0)
        content.value = votableHeaderXml(table.columns, { ...table.meta, infos: [...(table.meta?.infos ?? []), ...infos] });
      void writer.finish();
      return take();
    },
  };
}

function isList(spec: ColumnSpec): boolean {
  return (spec.shape ?? []).length > 0 || DATA_TYPES[spec.datatype].slots === 2;
}

/** The column as the Parquet library wants it: a typed array where nothing is null, else one value or list a row. */
function parquetData(column: Column): ArrayLike<unknown> {
  const rows = rowCount(column);
  const { slots } = DATA_TYPES[column.datatype];
  const isBoolean = column.datatype === 'boolean';
  if (!isList(column)) {
    const hasNulls = column.nulls?.some((n) => n !== 0) ?? false;
    if (!hasNulls && !isBoolean && !NARROW.has(column.datatype)) return column.data;
    return Array.from({ length: rows }, (_, row) => (isNullAt(column, row) ? null : isBoolean ? column.data[row] !== 0 : column.data[row]));
  }
  return Array.from({ length: rows }, (_, row) => {
    if (isNullAt(column, row)) return null;
    const [start, end] = cellRange(column, row);
    const items: unknown[] = Array.isArray(column.data)
      ? column.data.slice(start, end)
      : Array.from<unknown>((column.data as NumberArray).subarray(start * slots, end * slots));
    if (isBoolean) for (let i = 0; i < items.length; i++) items[i] = items[i] !== 0;
    if (column.itemNulls) for (let i = 0; i < items.length; i++) if (column.itemNulls[start + i]) items[i] = null;
    return items;
  });
}

/** Types that the library would take for another physical type from their typed array. */
const NARROW: ReadonlySet<string> = new Set(['int8', 'uint8', 'int16', 'uint16', 'uint32', 'uint64']);
