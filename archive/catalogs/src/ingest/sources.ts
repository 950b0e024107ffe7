import { existsSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { readPieces, openFile } from '@almagest/resources';
import {
  type ColumnSpec,
  formatOfBytes,
  formatOfName,
  parquetTableWriter,
  type ParquetTableWriter,
  readFitsTable,
  readParquetSummary,
  readTable,
  sliceRows,
  streamVotable,
  type Table,
  type TableFormat,
} from '@almagest/table';
import { CatalogInputError } from '../errors.ts';
import { fileList, parquetRelation, quoteText } from './sql.ts';

/** Inputs as one relation of the engine, with what is known of their columns. */
export interface SourceRelation {
  readonly sql: string;
  /** Units, UCDs and descriptions by column; types are the engine's. */
  readonly columns: ReadonlyMap<string, ColumnSpec>;
}

export interface SourceOptions {
  /** Folder for copies. */
  readonly workFolder: string;
  /** SQL types of columns of text files, by name; others are guessed by the engine. */
  readonly textTypes: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Rows turned to Parquet at a time. */
const BATCH = 100_000;

/**
 * Makes input files readable by the engine: Parquet and plain CSV as they are, others through a Parquet copy in the work folder.
 *
 * @throws {CatalogInputError} if there are no inputs, or of several kinds.
 */
export async function openSources(paths: readonly string[], options: SourceOptions): Promise<SourceRelation> {
  const { workFolder, textTypes, signal } = options;
  const formats = await Promise.all(paths.map(formatOf));
  const [format] = formats;
  if (format === undefined) throw new CatalogInputError('there is nothing to ingest: give at least one file', { details: {} });
  const odd = formats.findIndex((other) => other !== format);
  if (odd >= 0)
    throw new CatalogInputError(`inputs must be of one format; ${paths[0]} is ${format}, ${paths[odd]} is ${formats[odd]}`, {
      details: {},
    });
  if (format === 'csv' || format === 'tsv') {
    const types = Object.entries(textTypes).map(([name, type]) => `${quoteText(name)}: ${quoteText(type)}`);
    const settings = `header = true, delim = '${format === 'csv' ? ',' : '\\t'}', union_by_name = ${paths.length > 1}, sample_size = 100000, types = {${types.join(', ')}}`;
    return { sql: `read_csv(${fileList(paths)}, ${settings})`, columns: new Map() };
  }
  const parquet = format === 'parquet' ? [...paths] : await convertAll(paths, format, workFolder, signal);
  return { sql: parquetRelation(parquet), columns: await describeColumns(parquet[0] as string) };
}

async function formatOf(path: string): Promise<TableFormat> {
  await using file = await openFile(path);
  return formatOfBytes(await file.read(0, 1000)) ?? formatOfName(path) ?? 'csv';
}

async function describeColumns(path: string): Promise<Map<string, ColumnSpec>> {
  await using file = await openFile(path);
  const { columns } = await readParquetSummary(file);
  return new Map(columns.map((column) => [column.name, column]));
}

async function convertAll(
  paths: readonly string[],
  format: TableFormat,
  workFolder: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const made: string[] = [];
  for (const [i, path] of paths.entries()) {
    const target = join(workFolder, `input-${i}.parquet`);
    made.push(target);
    if (!existsSync(target)) await convert(path, format, target, signal);
  }
  return made;
}

/** Turns one file into Parquet, batch by batch where its reader can; the name appears only when the file is complete. */
async function convert(path: string, format: TableFormat, target: string, signal: AbortSignal | undefined): Promise<void> {
  const temporary = `${target}.tmp`;
  const handle = await open(temporary, 'w');
  try {
    let writer: ParquetTableWriter | undefined;
    for await (const batch of readBatches(path, format)) {
      signal?.throwIfAborted();
      writer ??= await parquetTableWriter(batch);
      await handle.write(writer.rows(batch));
    }
    if (!writer) throw new CatalogInputError(`${path} holds no table`, { details: {} });
    await handle.write(writer.finish());
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, target);
}

async function* readBatches(path: string, format: TableFormat): AsyncGenerator<Table> {
  await using file = await openFile(path);
  const gzip = (await file.read(0, 2))[0] === 0x1f;
  if (format.startsWith('votable') && !gzip) {
    let began = false;
    for await (const event of streamVotable(readPieces(file), { batchRows: BATCH })) {
      if (event.kind !== 'rows' || event.index !== 0) continue;
      began = true;
      yield event.rows;
    }
    if (began) return;
  }
  if (format === 'fits' && !gzip) {
    const { openFits } = await import('@almagest/fits');
    for await (const hdu of await openFits(file)) {
      if (hdu.kind !== 'table') continue;
      const rows = hdu.header.getNumber('NAXIS2') ?? 0;
      for (let start = 0; start < rows; start += BATCH)
        yield readFitsTable(file, { hdu: hdu.index, rows: [start, Math.min(rows, start + BATCH)] });
      return;
    }
  }
  const table = await readTable(file, { name: path, format });
  for (let row = 0; row < table.nrows; row += BATCH) yield sliceRows(table, row, row + BATCH);
}
