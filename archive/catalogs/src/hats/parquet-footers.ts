import { type FileMetaData, parquetMetadataAsync } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { openFile } from '@almagest/resources';
import { type Column, type ColumnSpec, columnFromCells, makeTable, type Table } from '@almagest/table';
import type { HatsTile } from './properties.ts';

const MAGIC = 0x31524150;

/** Footer of a Parquet file. */
export async function readFooter(path: string): Promise<FileMetaData> {
  await using file = await openFile(path);
  return await parquetMetadataAsync(
    {
      byteLength: file.size,
      async slice(start, end = file.size) {
        const bytes = await file.read(start, end - start);
        return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
      },
    },
    { geoparquet: false, parsers: { stringFromBytes: (bytes) => bytes } },
  );
}

/** A file without data whose footer lists the row groups of many files: `_metadata` of a dataset; without row groups, `_common_metadata`. */
export function combinedFooter(
  parts: readonly { readonly path: string; readonly footer: FileMetaData }[],
  options: { readonly rowGroups: boolean },
): Uint8Array {
  const [first] = parts;
  if (!first) return new Uint8Array(0);
  const groups = options.rowGroups
    ? parts.flatMap(({ path, footer }) =>
        footer.row_groups.map((group) => ({ ...group, columns: group.columns.map((column) => ({ ...column, file_path: path })) })),
      )
    : [];
  const metadata: FileMetaData = {
    ...first.footer,
    num_rows: groups.reduce((sum, group) => sum + group.num_rows, 0n),
    row_groups: groups.map((group) => ({
      ...group,
      // Bounds of byte arrays are shortened by the writer; those of numbers stay. Page indexes are of the leaf, not of this file.
      columns: group.columns.map(
        ({ offset_index_offset: _a, offset_index_length: _b, column_index_offset: _c, column_index_length: _d, ...column }) => column,
      ),
    })),
  };
  const out = new ByteWriter();
  out.appendUint32(MAGIC);
  writeMetadata(out, metadata);
  out.appendUint32(MAGIC);
  return new Uint8Array(out.getBuffer());
}

/** Statistics of each tile's columns as a table, one row a row group: `per_partition_statistics.parquet`. */
export function partitionStatistics(
  parts: readonly { readonly tile: HatsTile; readonly footer: FileMetaData }[],
  columns: readonly ColumnSpec[],
): Table {
  const rows = parts.flatMap(({ tile, footer }) => footer.row_groups.map((group, index) => ({ tile, group, index })));
  const numbers = (name: string, values: readonly (number | bigint | null)[], datatype: 'int64' | 'float64'): Column =>
    columnFromCells({ name, datatype }, values);
  const out: Column[] = [
    columnFromCells(
      { name: 'Norder', datatype: 'uint8' },
      rows.map(({ tile }) => tile.order),
    ),
    columnFromCells(
      { name: 'Npix', datatype: 'uint64' },
      rows.map(({ tile }) => BigInt(tile.pixel)),
    ),
    numbers(
      'row_group_index',
      rows.map(({ index }) => BigInt(index)),
      'int64',
    ),
  ];
  for (const spec of columns) {
    const chunks = rows.map(
      ({ group }) => group.columns.find((column) => column.meta_data?.path_in_schema.join('.') === spec.name)?.meta_data,
    );
    const bound = (key: 'min_value' | 'max_value'): Column | undefined => {
      const values = chunks.map((chunk) => chunk?.statistics?.[key] ?? null);
      if (spec.datatype === 'int64' || spec.datatype === 'int32' || spec.datatype === 'int16')
        return numbers(
          `${spec.name}::${key}`,
          values.map((v) => (v === null ? null : BigInt(v as bigint | number))),
          'int64',
        );
      if (spec.datatype === 'float64' || spec.datatype === 'float32')
        return numbers(
          `${spec.name}::${key}`,
          values.map((v) => (typeof v === 'number' ? v : null)),
          'float64',
        );
      return undefined;
    };
    const minimum = bound('min_value');
    const maximum = bound('max_value');
    if (!minimum || !maximum || (spec.shape ?? []).length > 0) continue;
    out.push(
      minimum,
      maximum,
      numbers(
        `${spec.name}::null_count`,
        chunks.map((chunk) => chunk?.statistics?.null_count ?? 0n),
        'int64',
      ),
      numbers(
        `${spec.name}::row_count`,
        rows.map(({ group }) => group.num_rows),
        'int64',
      ),
      numbers(
        `${spec.name}::disk_bytes`,
        chunks.map((chunk) => chunk?.total_compressed_size ?? 0n),
        'int64',
      ),
      numbers(
        `${spec.name}::memory_bytes`,
        chunks.map((chunk) => chunk?.total_uncompressed_size ?? 0n),
        'int64',
      ),
    );
  }
  return makeTable(out, { name: 'per_partition_statistics' });
}
