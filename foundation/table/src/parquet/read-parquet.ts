import type { ByteSource } from '@almagest/fits';
import type { AsyncBuffer, FileMetaData, SchemaTree } from 'hyparquet';
import { ColumnNotFoundError, TableFormatError, TableLimitError } from '../errors.ts';
import { ColumnBuilder } from '../model/builder.ts';
import { type Cell, type Column, type ColumnMeta, type ColumnSpec, makeColumn, valuesPerCell } from '../model/column.ts';
import { DATA_TYPES, makeColumnData, type NumberArray } from '../model/datatype.ts';
import { makeTable, type Table, type TableMeta } from '../model/table.ts';
import { isoText } from '../text/iso-text.ts';
import { parseVotable } from '../votable/read.ts';
import { tablesOf } from '../votable/document.ts';
import { type ChunkPlan, checkPages, ReadBudget } from './check-pages.ts';
import { type ParquetColumnType, typeOfColumn } from './parquet-schema.ts';
import { readThrift } from './thrift.ts';
import { boundedCompressors } from './unpack-page.ts';

export interface ParquetReadOptions {
  /** Top-level columns to read; all by default. */
  readonly columns?: readonly string[];
  /** Half-open range of rows; only the row groups that it touches are read. */
  readonly rows?: readonly [start: number, stop: number];
  /** Most bytes that the columns may unpack to (default 8 GiB). */
  readonly maxBytes?: number;
}

/** What a Parquet file says of itself. */
export interface ParquetSummary {
  readonly nrows: number;
  readonly rowGroups: readonly number[];
  readonly columns: readonly ColumnSpec[];
  /** Key-value metadata of the footer. */
  readonly keyValues: Readonly<Record<string, string>>;
  readonly createdBy: string | undefined;
}

/** Footer keys of the IVOA note VOParquet 1.0. */
export const VOPARQUET_VERSION = 'IVOA.VOTable-Parquet.version';
export const VOPARQUET_CONTENT = 'IVOA.VOTable-Parquet.content';

const MAX_BYTES = 2 ** 33;

/**
 * Reads a Parquet file, or some of its columns and rows.
 *
 * Units, UCDs, descriptions and array shapes come from the VOTable in the footer where there is one (VOParquet 1.0); where the two
 * disagree on a type, Parquet holds. Lists become array columns, times ISO text with xtype `timestamp`, opaque bytes lists of uint8,
 * structs and maps JSON text. Decimals become doubles.
 *
 * @throws {TableFormatError} if the file is damaged; {TableLimitError} if it unpacks to more than `maxBytes`.
 * @throws {ColumnNotFoundError} if a column is asked for that the file lacks.
 */
export async function readParquet(source: ByteSource, options: ParquetReadOptions = {}): Promise<Table> {
  return guarded(async () => {
    const { parquetRead, parquetSchema } = await import('hyparquet');
    const { compressors } = await import('hyparquet-compressors');
    const { file, metadata } = await openParquet(source);
    const nodes = pickColumns(parquetSchema(metadata).children, options.columns);
    const [start, stop] = clipRows(options.rows, Number(metadata.num_rows));
    checkSize(metadata, nodes, options.maxBytes ?? MAX_BYTES);
    const unpackers = boundedCompressors(compressors);
    const plans = chunkPlans(metadata, nodes, [start, stop]);
    const packed = plans.reduce((sum, plan) => sum + plan.end - plan.start, 0);
    const budget = new ReadBudget(Math.min(packed, source.size));
    const chunks = new Map<string, { readonly rowStart: number; readonly data: ArrayLike<unknown> }[]>(
      nodes.map((node) => [node.element.name, []]),
    );
    if (stop > start)
      await parquetRead({
        file: checkedFile(file, plans, (bytes, plan) => checkPages(bytes, plan, { budget, compressors: unpackers })),
        metadata,
        columns: nodes.map((node) => node.element.name),
        rowStart: start,
        rowEnd: stop,
        compressors: unpackers,
        utf8: false,
        geoparquet: false,
        parsers: TIME_PARSERS,
        onChunk: ({ columnName, columnData, rowStart }) =>
          chunks.get(columnName)?.push({ rowStart, data: columnData as ArrayLike<unknown> }),
      });
    const described = footerTable(metadata);
    const columns = nodes.map((node) => {
      const { name } = node.element;
      const parts = (chunks.get(name) ?? []).toSorted((a, b) => a.rowStart - b.rowStart);
      return buildColumn(name, typeOfColumn(node), described?.columns.get(name), parts, start, stop, budget);
    });
    return { ...makeTable(columns, described?.meta ?? {}), nrows: stop - start };
  });
}

/** The columns of the row groups that are read. */
function chunkPlans(metadata: FileMetaData, nodes: readonly SchemaTree[], [start, stop]: readonly [number, number]): ChunkPlan[] {
  const wanted = new Map(nodes.map((node) => [node.element.name, node]));
  const plans: ChunkPlan[] = [];
  let first = 0;
  for (const group of metadata.row_groups) {
    const end = first + Number(group.num_rows);
    if (end > start && first < stop)
      for (const { meta_data: meta } of group.columns) {
        const node = wanted.get(meta?.path_in_schema[0] ?? '');
        if (meta === undefined || node === undefined) continue;
        const from = Number(meta.dictionary_page_offset || meta.data_page_offset);
        plans.push({ start: from, end: from + Number(meta.total_compressed_size), meta, ...levelsOf(node, meta.path_in_schema) });
      }
    first = end;
  }
  return plans;
}

/** Highest levels of a leaf below a top-level column. */
function levelsOf(node: SchemaTree, path: readonly string[]): { maxDefinition: number; maxRepetition: number } {
  let [maxDefinition, maxRepetition] = [0, 0];
  let here: SchemaTree | undefined = node;
  for (let depth = 1; here !== undefined; depth++) {
    if (here.element.repetition_type !== 'REQUIRED') maxDefinition++;
    if (here.element.repetition_type === 'REPEATED') maxRepetition++;
    here = here.children.find((child) => child.element.name === path[depth]);
  }
  return { maxDefinition, maxRepetition };
}

/** A file whose columns are checked as they are read. */
function checkedFile(file: AsyncBuffer, plans: readonly ChunkPlan[], check: (bytes: Uint8Array, plan: ChunkPlan) => void): AsyncBuffer {
  const waiting = new Set(plans);
  return {
    byteLength: file.byteLength,
    async slice(start, end = file.byteLength) {
      const buffer = await file.slice(start, end);
      for (const plan of waiting)
        if (plan.start >= start && plan.end <= start + buffer.byteLength) {
          check(new Uint8Array(buffer, plan.start - start, plan.end - plan.start), plan);
          waiting.delete(plan);
        }
      return buffer;
    },
  };
}

/** Reads a Parquet footer only. */
export async function readParquetSummary(source: ByteSource): Promise<ParquetSummary> {
  return guarded(async () => {
    const { parquetSchema } = await import('hyparquet');
    const { metadata } = await openParquet(source);
    const described = footerTable(metadata);
    return {
      nrows: Number(metadata.num_rows),
      rowGroups: metadata.row_groups.map((group) => Number(group.num_rows)),
      columns: parquetSchema(metadata).children.map((node) =>
        specOf(node.element.name, typeOfColumn(node), described?.columns.get(node.element.name)),
      ),
      keyValues: Object.fromEntries((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? ''])),
      createdBy: metadata.created_by,
    };
  });
}

async function openParquet(source: ByteSource): Promise<{ file: AsyncBuffer; metadata: FileMetaData }> {
  const { parquetMetadataAsync } = await import('hyparquet');
  if (source.size < 12)
    throw new TableFormatError(`a Parquet file has at least 12 bytes; found ${source.size}`, { details: { format: 'parquet' } });
  const file: AsyncBuffer = {
    byteLength: source.size,
    async slice(start, end = source.size) {
      const from = start < 0 ? source.size + start : start;
      const bytes = await source.read(from, Math.max(0, end - from));
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    },
  };
  await checkFooterBytes(source);
  const metadata = await parquetMetadataAsync(file, { geoparquet: false });
  checkFooter(metadata, source.size);
  return { file, metadata };
}

/** Walks the footer before the Parquet library reads it. */
async function checkFooterBytes(source: ByteSource): Promise<void> {
  const tail = await source.read(source.size - 8, 8);
  const length = new DataView(tail.buffer, tail.byteOffset, tail.byteLength).getUint32(0, true);
  if (length > source.size - 8) return; // the library says so
  const bytes = await source.read(source.size - 8 - length, length);
  readThrift({ view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 });
}

/** Checks that the footer agrees with itself and with the size of the file; the Parquet library takes both on trust. */
function checkFooter(metadata: FileMetaData, fileSize: number): void {
  const fail = (what: string): never => {
    throw new TableFormatError(`the Parquet footer contradicts itself: ${what}`, { details: { format: 'parquet' } });
  };
  const leaves = metadata.schema.filter((element) => !element.num_children);
  let rows = 0n;
  for (const [i, group] of metadata.row_groups.entries()) {
    if (!(group.num_rows >= 0n)) fail(`row group ${i} has ${group.num_rows} rows`);
    rows += group.num_rows;
    if (group.columns.length !== leaves.length) fail(`row group ${i} has ${group.columns.length} columns, the schema ${leaves.length}`);
    for (const [j, { meta_data: meta, file_path: path }] of group.columns.entries()) {
      if (!meta || path !== undefined) continue;
      const where = `column ${meta.path_in_schema.join('.')} of row group ${i}`;
      const first = Number(meta.dictionary_page_offset ?? meta.data_page_offset);
      const start = Math.min(first === 0 ? Infinity : first, Number(meta.data_page_offset));
      const size = Number(meta.total_compressed_size);
      if (!(start >= 4 && size >= 0 && start + size <= fileSize - 8)) fail(`${where} lies outside the file`);
      if (meta.type !== leaves[j].type) fail(`${where} is of another type than in the schema`);
      if (meta.path_in_schema.length === 1 && leaves[j].repetition_type !== 'REPEATED' && meta.num_values !== group.num_rows)
        fail(`${where} has ${meta.num_values} values for ${group.num_rows} rows`);
      if (meta.num_values < 0n || meta.num_values > 2n ** 31n) fail(`${where} has ${meta.num_values} values`);
    }
  }
  if (rows !== metadata.num_rows) fail(`${metadata.num_rows} rows in all, ${rows} in its row groups`);
}

/** Errors of the Parquet library, which has no classes of its own, as ours. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TableFormatError || error instanceof TableLimitError || error instanceof ColumnNotFoundError) throw error;
    if (error instanceof Error && 'fault' in error) throw error;
    throw new TableFormatError(`the Parquet file cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
      details: { format: 'parquet' },
    });
  }
}

function pickColumns(nodes: readonly SchemaTree[], names: readonly string[] | undefined): readonly SchemaTree[] {
  if (!names) return nodes;
  const known = nodes.map((node) => node.element.name);
  return names.map((name) => {
    const node = nodes.find((candidate) => candidate.element.name === name);
    if (!node)
      throw new ColumnNotFoundError(`no column "${name}"; the file has ${known.slice(0, 50).join(', ')}`, { details: { name, known } });
    return node;
  });
}

function clipRows(rows: readonly [number, number] | undefined, total: number): readonly [number, number] {
  const [start, stop] = rows ?? [0, total];
  const from = Math.min(Math.max(0, start), total);
  return [from, Math.min(Math.max(from, stop), total)];
}

function checkSize(metadata: FileMetaData, nodes: readonly SchemaTree[], maximum: number): void {
  const wanted = new Set(nodes.map((node) => node.element.name));
  let size = 0;
  for (const group of metadata.row_groups)
    for (const column of group.columns)
      if (wanted.has(column.meta_data?.path_in_schema[0] ?? '')) size += Number(column.meta_data?.total_uncompressed_size ?? 0n);
  if (size > maximum || Number(metadata.num_rows) > 2 ** 31 - 2)
    throw new TableLimitError(
      `a Parquet file may unpack to ${maximum} bytes and have 2^31 - 2 rows; found ${size} bytes and ${metadata.num_rows} rows; read it in parts`,
      {
        details: { limit: 'bytes', value: size, maximum },
      },
    );
}

interface FooterTable {
  readonly columns: ReadonlyMap<string, ColumnSpec>;
  readonly meta: TableMeta;
}

/** The table that the footer's VOTable describes; undefined where there is none that can be read. */
function footerTable(metadata: FileMetaData): FooterTable | undefined {
  const content = metadata.key_value_metadata?.find((pair) => pair.key === VOPARQUET_CONTENT)?.value;
  if (!content) return undefined;
  try {
    const [table] = tablesOf(parseVotable(new TextEncoder().encode(content)));
    if (!table) return undefined;
    return { columns: new Map(table.columns.map(({ data: _data, ...spec }) => [spec.name, spec])), meta: table.meta };
  } catch {
    // The convention lets a reader drop metadata that it cannot reconcile.
    return undefined;
  }
}

/** Type from Parquet; metadata, complex numbers and array shapes from the VOTable where they can be the same data. */
function specOf(name: string, type: ParquetColumnType, described: ColumnSpec | undefined): ColumnSpec {
  const meta: ColumnMeta = described ? metaOf(described) : {};
  const xtype = type.xtype && !meta.xtype ? { xtype: type.xtype } : {};
  if (type.kind === 'scalar' || type.kind === 'json') return { ...meta, ...xtype, name, datatype: type.datatype, shape: [] };
  if (type.kind === 'bytes') return { ...meta, name, datatype: 'uint8', shape: [type.length ?? -1] };
  const shape = described?.shape ?? [];
  if (type.datatype === 'float32' && described?.datatype === 'complex64') return { ...meta, name, datatype: 'complex64', shape };
  if (type.datatype === 'float64' && described?.datatype === 'complex128') return { ...meta, name, datatype: 'complex128', shape };
  return { ...meta, ...xtype, name, datatype: type.datatype, shape: shape.length > 0 ? shape : [-1] };
}

function metaOf(spec: ColumnSpec): ColumnMeta {
  const {
    name: _name,
    datatype: _datatype,
    shape: _shape,
    nullValue: _null,
    charLength: _length,
    ...meta
  } = spec as ColumnSpec & Partial<Column>;
  const { offsets: _offsets, nulls: _nulls, itemNulls: _items, ...rest } = meta;
  return rest;
}

function buildColumn(
  name: string,
  type: ParquetColumnType,
  described: ColumnSpec | undefined,
  parts: readonly { readonly rowStart: number; readonly data: ArrayLike<unknown> }[],
  start: number,
  stop: number,
  budget: ReadBudget,
): Column {
  const spec = specOf(name, type, described);
  const rows = stop - start;
  const found = parts.reduce(
    (sum, part) => sum + Math.max(0, Math.min(part.rowStart + part.data.length, stop) - Math.max(part.rowStart, start)),
    0,
  );
  if (found !== rows)
    throw new TableFormatError(`column "${name}" must have ${rows} rows; found ${found}`, { details: { format: 'parquet', column: name } });
  if (type.kind === 'scalar' && type.datatype !== 'string') return scalarColumn(spec, parts, start, stop);
  const shape = spec.shape ?? [];
  const builder = new ColumnBuilder(spec, rows);
  const each = shape.length > 0 && shape[0] !== -1 ? valuesPerCell(shape) * DATA_TYPES[spec.datatype].slots : undefined;
  for (const part of parts)
    for (let i = Math.max(0, start - part.rowStart); i < part.data.length && part.rowStart + i < stop; i++) {
      const cell = part.data[i];
      if (cell === null || cell === undefined) builder.push(null);
      else if (type.kind === 'json') builder.push(jsonText(cell));
      else if (type.kind === 'scalar') builder.push(typeof cell === 'string' ? cell : jsonText(cell));
      else {
        // A long value may stand in a dictionary once and be meant by many cells.
        budget.takeBytes((cell as ArrayLike<unknown>).length);
        builder.push(listCell(cell as ArrayLike<unknown>, spec, each));
      }
    }
  return builder.finish();
}

function listCell(cell: ArrayLike<unknown>, spec: ColumnSpec, each: number | undefined): Cell {
  if (each !== undefined && cell.length !== each)
    throw new TableFormatError(`a cell of column "${spec.name}" must hold ${each} values; found ${cell.length}`, {
      details: { format: 'parquet', column: spec.name },
    });
  if (DATA_TYPES[spec.datatype].slots === 2 && (spec.shape ?? []).length === 0) return { re: cell[0] as number, im: cell[1] as number };
  return Array.from(cell, (item) => item ?? null) as unknown as Cell;
}

/** Numbers and booleans: whole chunks of typed arrays at once, others value by value. */
function scalarColumn(
  spec: ColumnSpec,
  parts: readonly { readonly rowStart: number; readonly data: ArrayLike<unknown> }[],
  start: number,
  stop: number,
): Column {
  const rows = stop - start;
  const data = makeColumnData(spec.datatype, rows) as NumberArray;
  let nulls: Uint8Array | undefined;
  const nan = DATA_TYPES[spec.datatype].kind === 'float';
  for (const part of parts) {
    const from = Math.max(0, start - part.rowStart);
    const to = Math.min(part.data.length, stop - part.rowStart);
    const at = part.rowStart + from - start;
    if (ArrayBuffer.isView(part.data) && part.data.constructor === data.constructor) {
      data.set((part.data as unknown as NumberArray).subarray(from, to), at);
      continue;
    }
    for (let i = from; i < to; i++) {
      const value = part.data[i];
      if (value === null || value === undefined) {
        nulls ??= new Uint8Array(rows);
        nulls[at + i - from] = 1;
        if (nan) data[at + i - from] = Number.NaN;
      } else data[at + i - from] = value as number;
    }
  }
  return makeColumn({ ...spec, data, ...(nulls ? { nulls } : {}) });
}

function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'bigint'
      ? (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON(String(item))
      : item instanceof Uint8Array
        ? Array.from(item)
        : item,
  );
}

/** Times as ISO text to the digits that the file has; no time zone is added. */
const TIME_PARSERS = {
  timestampFromMilliseconds: (value: bigint): string => isoText(value, 3),
  timestampFromMicroseconds: (value: bigint): string => isoText(value, 6),
  timestampFromNanoseconds: (value: bigint): string => isoText(value, 9),
  dateFromDays: (days: number | undefined): string | undefined =>
    days === undefined || days === null ? undefined : isoText(BigInt(days) * 86_400n, 0).slice(0, 10),
  jsonFromBytes: (bytes: Uint8Array): string => new TextDecoder().decode(bytes),
};
