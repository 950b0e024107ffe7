import { AlmagestError } from '@almagest/errors';
import type { ByteSource } from '@almagest/fits';
import { readArrow, writeArrow } from '../arrow/arrow-table.ts';
import { parseCsv } from '../csv/parse-csv.ts';
import { CsvWriter } from '../csv/write-csv.ts';
import { EcsvWriter, parseEcsv } from '../ecsv/ecsv.ts';
import { TableFormatError, TableLimitError, UnsupportedTableError } from '../errors.ts';
import { readFitsTable, tableFromFits, writeFitsTable } from '../fits/fits-table.ts';
import { JsonTableWriter, parseJsonTable, writeJsonLines } from '../json/json-table.ts';
import type { ColumnSpec } from '../model/column.ts';
import { concatTables, selectColumns, sliceRows } from '../model/operations.ts';
import type { Table, TableMeta } from '../model/table.ts';
import { type TableWriter, writeThrough } from '../model/table-writer.ts';
import { readParquet } from '../parquet/read-parquet.ts';
import { writeParquet } from '../parquet/write-parquet.ts';
import { streamVotable } from '../votable/read.ts';
import type { VotableReadOptions } from '../votable/parser.ts';
import { VotableWriter, votableChunks } from '../votable/write.ts';

/** A format that tables are read from and written to. */
export type TableFormat =
  | 'votable'
  | 'votable-binary'
  | 'votable-binary2'
  | 'fits'
  | 'csv'
  | 'tsv'
  | 'ecsv'
  | 'json'
  | 'jsonl'
  | 'parquet'
  | 'arrow';

export const TABLE_FORMATS: readonly TableFormat[] = [
  'votable',
  'votable-binary',
  'votable-binary2',
  'fits',
  'csv',
  'tsv',
  'ecsv',
  'json',
  'jsonl',
  'parquet',
  'arrow',
];

const EXTENSIONS: Readonly<Record<string, TableFormat>> = {
  xml: 'votable',
  vot: 'votable',
  votable: 'votable',
  fits: 'fits',
  fit: 'fits',
  fts: 'fits',
  fz: 'fits',
  csv: 'csv',
  tsv: 'tsv',
  tab: 'tsv',
  ecsv: 'ecsv',
  json: 'json',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  parquet: 'parquet',
  parq: 'parquet',
  pq: 'parquet',
  arrow: 'arrow',
  arrows: 'arrow',
  feather: 'arrow',
};

/** Format that a file name stands for, a `.gz` at its end aside; undefined where it says nothing. */
export function formatOfName(name: string): TableFormat | undefined {
  const extension = /\.([a-z0-9]+)$/i.exec(name.replace(/\.gz$/i, ''))?.[1]?.toLowerCase();
  return extension === undefined ? undefined : EXTENSIONS[extension];
}

/** Format that the first bytes of a file show; undefined where they show none. */
export function formatOfBytes(head: Uint8Array): TableFormat | undefined {
  const text = new TextDecoder('latin1').decode(head.subarray(0, 1000));
  if (text.startsWith('SIMPLE  =')) return 'fits';
  if (text.startsWith('PAR1')) return 'parquet';
  if (text.startsWith('ARROW1') || (head[0] === 0xff && head[1] === 0xff && head[2] === 0xff && head[3] === 0xff)) return 'arrow';
  if (/^(\xef\xbb\xbf)?#\s*%ECSV/.test(text)) return 'ecsv';
  if (/<(\w+:)?VOTABLE/i.test(text)) return 'votable';
  if (/^\s*\{\s*"metadata"/.test(text) || /^\s*\[/.test(text)) return 'json';
  return undefined;
}

export interface ReadTableOptions {
  /** Name of the file; tells the format where the bytes do not. */
  readonly name?: string;
  readonly format?: TableFormat;
  readonly columns?: readonly string[];
  /** HDU of a FITS file; the first table by default. */
  readonly hdu?: number | string;
  readonly onBadCell?: VotableReadOptions['onBadCell'];
  /** Most bytes that a gzip file may unpack to (default 4 GiB). */
  readonly maxBytes?: number;
}

const MAX_BYTES = 2 ** 32;

/**
 * Reads the first table of a file of any format, gzip files unpacked.
 *
 * The format is that of the options, of the first bytes, or of the name, in this order; CSV where none says anything.
 *
 * @throws {TableFormatError | TableLimitError | UnsupportedTableError} as the format's own reader.
 */
export async function readTable(source: ByteSource, options: ReadTableOptions = {}): Promise<Table> {
  const plain = await gunzipped(source, options);
  const format = options.format ?? formatOfBytes(await plain.read(0, 1000)) ?? formatOfName(options.name ?? '') ?? 'csv';
  const table = await readFormat(plain, format, options);
  return options.columns ? selectColumns(table, options.columns) : table;
}

async function readFormat(source: ByteSource, format: TableFormat, options: ReadTableOptions): Promise<Table> {
  const all = (): Promise<Uint8Array> => source.read(0, source.size);
  switch (format) {
    case 'fits':
      return readFitsTable(source, options.hdu === undefined ? {} : { hdu: options.hdu });
    case 'parquet':
      return readParquet(source, options.columns ? { columns: options.columns } : {});
    case 'arrow':
      return readArrow(await all());
    case 'csv':
      return parseCsv(await all());
    case 'tsv':
      return parseCsv(await all(), { delimiter: '\t' });
    case 'ecsv':
      return parseEcsv(await all());
    case 'json':
      return parseJsonTable(await all());
    case 'jsonl': {
      const lines = new TextDecoder()
        .decode(await all())
        .split(/\r?\n/)
        .filter((line) => line.trim() !== '');
      return parseJsonTable(new TextEncoder().encode(`[${lines.join(',')}]`));
    }
    default:
      return readFirstVotable(pieces(source), options);
  }
}

/** The first table of a VOTable, whatever its serialization. */
async function readFirstVotable(source: AsyncIterable<Uint8Array>, options: ReadTableOptions): Promise<Table> {
  const parts: Table[] = [];
  let found: Table | undefined;
  for await (const event of streamVotable(source, options.onBadCell ? { onBadCell: options.onBadCell } : {})) {
    if (event.kind === 'rows' && event.index === 0) parts.push(event.rows);
    if (event.kind === 'fits' && event.index === 0) {
      const { bytesSource, openFits, readTable: readHdu } = await import('@almagest/fits');
      const hdu = await (await openFits(bytesSource(event.bytes))).hdu(event.extnum);
      found = tableFromFits(await readHdu(hdu), hdu);
    }
  }
  if (found) return found;
  if (parts.length === 0) throw new TableFormatError('the document has no TABLE', { details: { format: 'votable' } });
  return concatTables(parts);
}

async function* pieces(source: ByteSource): AsyncGenerator<Uint8Array> {
  const step = 8 * 1024 * 1024;
  for (let at = 0; at < source.size; at += step) yield source.read(at, Math.min(step, source.size - at));
}

/** The source itself, or the unpacked bytes of a gzip file; FITS readers unpack by themselves. */
async function gunzipped(source: ByteSource, options: ReadTableOptions): Promise<ByteSource> {
  const head = await source.read(0, 2);
  if (head[0] !== 0x1f || head[1] !== 0x8b) return source;
  const maximum = options.maxBytes ?? MAX_BYTES;
  const parts: Uint8Array[] = [];
  let size = 0;
  const stream = new ReadableStream<Uint8Array>({
    async start(controller) {
      for await (const piece of pieces(source)) controller.enqueue(piece);
      controller.close();
    },
  }).pipeThrough(new DecompressionStream('gzip') as unknown as ReadableWritablePair<Uint8Array, Uint8Array>);
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > maximum) {
        await reader.cancel();
        throw new TableLimitError(`a gzip file may unpack to ${maximum} bytes; found more`, {
          details: { limit: 'bytes', value: size, maximum },
        });
      }
      parts.push(value);
    }
  } catch (error) {
    if (error instanceof AlmagestError) throw error;
    throw new TableFormatError('the gzip file is damaged', { cause: error, details: { format: 'gzip' } });
  }
  const { bytesSource } = await import('@almagest/fits');
  const { concatBytes } = await import('../text/concat-bytes.ts');
  return bytesSource(concatBytes(parts));
}

/** Writes a table in a format, in pieces. */
export async function* writeTable(table: Table, format: TableFormat): AsyncGenerator<Uint8Array> {
  switch (format) {
    case 'fits':
      yield await writeFitsTable(table);
      return;
    case 'parquet':
      yield await writeParquet(table);
      return;
    case 'arrow':
      yield await writeArrow(table);
      return;
    case 'jsonl':
      for (let row = 0; row < table.nrows; row += 4096) yield writeJsonLines(sliceRows(table, row, row + 4096));
      return;
    case 'votable':
    case 'votable-binary':
    case 'votable-binary2':
      yield* votableChunks(table, { format: SERIALIZATIONS[format] });
      return;
    default:
      yield* writeThrough(tableWriter(format, table), table, sliceRows);
  }
}

const SERIALIZATIONS = { votable: 'TABLEDATA', 'votable-binary': 'BINARY', 'votable-binary2': 'BINARY2' } as const;

/** Media types of the formats. */
export const MEDIA_TYPES: Readonly<Record<TableFormat, string>> = {
  votable: 'application/x-votable+xml',
  'votable-binary': 'application/x-votable+xml;serialization=BINARY',
  'votable-binary2': 'application/x-votable+xml;serialization=BINARY2',
  fits: 'application/fits',
  csv: 'text/csv;header=present',
  tsv: 'text/tab-separated-values',
  ecsv: 'application/x-ecsv',
  json: 'application/json',
  jsonl: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.stream',
};

/**
 * A writer of rows that come in batches.
 *
 * @throws {UnsupportedTableError} for FITS, Parquet and Arrow, which have writers of their own.
 */
export function tableWriter(
  format: TableFormat,
  table: { readonly columns: readonly ColumnSpec[]; readonly meta?: TableMeta },
): TableWriter {
  switch (format) {
    case 'csv':
      return new CsvWriter(table);
    case 'tsv':
      return new CsvWriter(table, { delimiter: '\t' });
    case 'ecsv':
      return new EcsvWriter(table);
    case 'json':
      return new JsonTableWriter(table);
    case 'jsonl':
      return { start: () => new Uint8Array(0), rows: writeJsonLines, finish: () => new Uint8Array(0) };
    case 'votable':
    case 'votable-binary':
    case 'votable-binary2':
      return new VotableWriter(table, { format: SERIALIZATIONS[format] });
    default:
      throw new UnsupportedTableError(`${format} is not written batch by batch here; collect the rows, or use the format's own writer`, {
        details: { format },
      });
  }
}
