import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { bytesSource } from '@almagest/fits';
import {
  concatTables,
  formatOfBytes,
  parseCsv,
  readParquet,
  readParquetSummary,
  readTable,
  streamVotable,
  type Table,
} from '@almagest/table';
import { UploadError } from '../errors.ts';

/** An uploaded table as it came. */
export interface Upload {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface UploadLimits {
  readonly maxRows: number;
  readonly maxColumns: number;
  /** Most bytes that a packed file may unpack to. */
  readonly maxBytes: number;
}

/**
 * The table of an upload: VOTable, Parquet, CSV, FITS or Arrow, packed with gzip or not. Limits are looked at before the rows
 * are read, as far as the format says how many there are.
 *
 * @throws {UploadError} if it cannot be read or is too large.
 */
export async function readUpload(upload: Upload, limits: UploadLimits): Promise<Table> {
  const details = { table: upload.name };
  try {
    const table = await readBytes(await unpacked(upload.bytes, limits), limits);
    check(table.nrows, table.columns.length, limits);
    const names = table.columns.map((column) => column.name.toLowerCase());
    const seen = new Set<string>();
    const twice = names.find((name) => seen.size === seen.add(name).size);
    if (twice !== undefined) throw new TooLarge(`has two columns called ${JSON.stringify(twice.slice(0, 60))}`);
    return table;
  } catch (error) {
    if (error instanceof TooLarge) throw new UploadError(`the upload ${upload.name} ${error.message}`, { details });
    const reason = error instanceof Error ? error.message : String(error);
    throw new UploadError(`the upload ${upload.name} is no table that can be read: ${reason.slice(0, 300)}`, { details, cause: error });
  }
}

/** A limit that was met while reading. */
class TooLarge extends Error {}

function check(rows: number, columns: number, { maxRows, maxColumns }: UploadLimits): void {
  if (rows > maxRows) throw new TooLarge(`has ${rows} rows or more; at most ${maxRows} are taken`);
  if (columns > maxColumns) throw new TooLarge(`has ${columns} columns; at most ${maxColumns} are taken`);
}

async function unpacked(bytes: Uint8Array, { maxBytes }: UploadLimits): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new TooLarge(`unpacks to more than ${maxBytes} bytes`);
    throw error;
  }
}

async function readBytes(bytes: Uint8Array, limits: UploadLimits): Promise<Table> {
  const source = bytesSource(bytes);
  const format = formatOfBytes(bytes.subarray(0, 1000));
  if (format === 'votable') return readVotable(bytes, limits);
  if (format === 'parquet') {
    const { nrows, columns } = await readParquetSummary(source);
    check(nrows, columns.length, limits);
    return readParquet(source);
  }
  if (format !== undefined) return readTable(source, { format, maxBytes: limits.maxBytes });
  const head = bytes.subarray(0, 4096);
  if (head.includes(0)) throw new Error('it is neither VOTable, Parquet, FITS, Arrow nor CSV');
  return readCsv(bytes, limits);
}

function readCsv(bytes: Uint8Array, limits: UploadLimits): Table {
  const COMMA = 44;
  const NEWLINE = 10;
  const end = bytes.indexOf(NEWLINE);
  let columns = 1;
  for (const byte of bytes.subarray(0, end < 0 ? bytes.length : end)) if (byte === COMMA) columns++;
  check(0, columns, limits);
  return parseCsv(bytes);
}

/** Tables that one document may hold, the first of which is read. */
const MAX_TABLES = 10;

async function readVotable(bytes: Uint8Array, limits: UploadLimits): Promise<Table> {
  // A table of so many columns would be refused after the time that reading them takes.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let fields = 0;
  for (let at = 0; at >= 0 && fields <= MAX_TABLES * limits.maxColumns; fields++) at = text.indexOf('<FIELD', at + 1);
  if (fields > MAX_TABLES * limits.maxColumns) throw new TooLarge(`has more than ${MAX_TABLES * limits.maxColumns} columns`);
  const parts: Table[] = [];
  let rows = 0;
  for await (const event of streamVotable(pieces(bytes))) {
    if (event.kind === 'table' && event.index === 0) check(0, event.columns.length, limits);
    if (event.kind === 'fits') return readTable(bytesSource(event.bytes), { format: 'fits' });
    if (event.kind !== 'rows') continue;
    if (event.index > 0) break;
    rows += event.rows.nrows;
    check(rows, event.rows.columns.length, limits);
    parts.push(event.rows);
  }
  if (parts.length === 0) throw new Error('the document has no TABLE');
  return concatTables(parts);
}

/** In steps, so that other requests are served in between. */
async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const STEP = 1 << 20;
  for (let at = 0; at < bytes.length; at += STEP) {
    yield bytes.subarray(at, at + STEP);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
