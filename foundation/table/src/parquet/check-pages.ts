import type { ColumnMetaData, Compressors } from 'hyparquet';
import { TableLimitError } from '../errors.ts';
import { type Cursor, damaged, readThrift, readVarint, type ThriftStruct } from './thrift.ts';

/** A column of one row group: where its pages lie in the file, and what they may hold. */
export interface ChunkPlan {
  readonly start: number;
  readonly end: number;
  readonly meta: ColumnMetaData;
  readonly maxDefinition: number;
  readonly maxRepetition: number;
}

/** What may still be unpacked and decoded: small files that hold very much cost minutes, so both are in proportion to the file. */
export class ReadBudget {
  #values: number;
  #bytes: number;

  /** @param packed - Bytes of the file that are read. */
  constructor(packed: number) {
    this.#values = 2 ** 25 + 128 * packed;
    this.#bytes = 2 ** 28 + 1024 * packed;
  }

  takeValues(count: number): void {
    this.#values -= count;
    if (this.#values < 0) throw tooMuch('values');
  }

  takeBytes(count: number): void {
    this.#bytes -= count;
    if (this.#bytes < 0) throw tooMuch('bytes');
  }
}

function tooMuch(limit: string): TableLimitError {
  return new TableLimitError(
    `the Parquet file holds far more ${limit} than its size lets expect (a table of constants, or a trap); read it in parts by \`rows\``,
    { details: { limit, value: 0, maximum: 0 } },
  );
}

const DATA_PAGE = 0;
const DICTIONARY_PAGE = 2;
const DATA_PAGE_V2 = 3;
/** Writers fill the last run up to a multiple of eight. */
const RUN_SLACK = 8;

/**
 * Checks the pages of a column before the Parquet library decodes them, which takes lengths of pages and runs on trust: a page that
 * claims a negative length would be read for ever, and a run of five bytes fill a billion cells.
 *
 * @param bytes - The column's bytes.
 * @throws {TableFormatError} if a page is damaged; {TableLimitError} if the budget is used up.
 */
export function checkPages(
  bytes: Uint8Array,
  chunk: ChunkPlan,
  { budget, compressors }: { readonly budget: ReadBudget; readonly compressors: Compressors },
): void {
  const { meta } = chunk;
  const cursor: Cursor = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
  const unpack = (packed: Uint8Array, length: number): Uint8Array => {
    budget.takeBytes(length);
    if (meta.codec === 'UNCOMPRESSED') return packed;
    const unpacker = compressors[meta.codec];
    if (unpacker === undefined) throw damaged(`no codec ${meta.codec} is known`);
    return unpacker(packed, length);
  };
  let left = Number(meta.num_values);
  // The library ends as here: a column without lists with its rows, another with its bytes.
  const flat = meta.path_in_schema.length === 1 && chunk.maxRepetition === 0;
  while (cursor.offset < bytes.length - 1 && (!flat || left > 0)) {
    const header = readThrift(cursor);
    const [type, unpacked, packed] = [intOf(header, 1), intOf(header, 2), intOf(header, 3)];
    if (unpacked < 0 || packed < 0 || packed > bytes.length - cursor.offset)
      throw damaged(`a page claims ${packed} bytes, unpacked ${unpacked}, where ${bytes.length - cursor.offset} are left`);
    const body = bytes.subarray(cursor.offset, cursor.offset + packed);
    cursor.offset += packed;
    if (type === DATA_PAGE) left -= checkData(unpack(body, unpacked), structOf(header, 5), chunk, budget);
    else if (type === DATA_PAGE_V2) left -= checkDataV2(body, unpacked, structOf(header, 8), { chunk, budget, unpack });
    else if (type === DICTIONARY_PAGE) {
      const count = intOf(structOf(header, 7), 1);
      if (count < 0 || count > 8 * unpacked + 8) throw damaged(`a dictionary of ${unpacked} bytes claims ${count} values`);
      budget.takeValues(count);
      unpack(body, unpacked);
    } else throw damaged(`no type ${type} of pages is known`);
    if (left < 0) throw damaged(`the pages of ${meta.path_in_schema.join('.')} hold more than its ${meta.num_values} values`);
  }
}

/** Checks a data page of the first kind: levels with their lengths before them, then values. Returns the number of its values. */
function checkData(page: Uint8Array, header: ThriftStruct, chunk: ChunkPlan, budget: ReadBudget): number {
  const count = countIn(header, budget);
  const cursor: Cursor = { view: new DataView(page.buffer, page.byteOffset, page.byteLength), offset: 0 };
  if (chunk.maxRepetition > 0) checkPrefixedRuns(cursor, widthOf(chunk.maxRepetition), count);
  const most = chunk.maxDefinition;
  const there = most > 0 ? checkPrefixedRuns(cursor, widthOf(most), count, most) : count;
  const encoding = intOf(header, 2);
  if (encoding === RLE && chunk.meta.type !== 'BOOLEAN') checkIndices(cursor, there, false);
  else checkValues(cursor, encoding, there, { chunk, budget, second: false });
  return count;
}

interface PageTools {
  readonly chunk: ChunkPlan;
  readonly budget: ReadBudget;
  readonly unpack: (packed: Uint8Array, length: number) => Uint8Array;
}

/** Checks a data page of the second kind: levels as they are, then values, compressed or not. */
function checkDataV2(body: Uint8Array, unpacked: number, header: ThriftStruct, { chunk, budget, unpack }: PageTools): number {
  const count = countIn(header, budget);
  const [nulls, rows, definitions, repetitions] = [intOf(header, 2), intOf(header, 3), intOf(header, 5), intOf(header, 6)];
  const levels = definitions + repetitions;
  if (
    nulls < 0 ||
    nulls > count ||
    rows < 0 ||
    rows > count ||
    definitions < 0 ||
    repetitions < 0 ||
    levels > Math.min(body.length, unpacked)
  )
    throw damaged(`a page of ${count} values claims ${nulls} nulls, ${rows} rows and ${levels} bytes of levels`);
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  if (chunk.maxRepetition > 0) checkRuns({ view, offset: 0 }, widthOf(chunk.maxRepetition), count);
  if (chunk.maxDefinition > 0) checkRuns({ view, offset: repetitions }, widthOf(chunk.maxDefinition), count);
  const packed = body.subarray(levels);
  const page = header.get(7) === 0 ? packed : unpack(packed, unpacked - levels);
  const cursor = { view: new DataView(page.buffer, page.byteOffset, page.byteLength), offset: 0 };
  checkValues(cursor, intOf(header, 4), count - nulls, { chunk, budget, second: true });
  return count;
}

const [RLE, PLAIN_DICTIONARY, RLE_DICTIONARY] = [3, 2, 8];
const [DELTA_BINARY_PACKED, DELTA_LENGTHS, DELTA_BYTES] = [5, 6, 7];

interface ValueContext {
  readonly chunk: ChunkPlan;
  readonly budget: ReadBudget;
  /** In a page of the second kind. */
  readonly second: boolean;
}

function checkValues(cursor: Cursor, encoding: number, count: number, { chunk, budget, second }: ValueContext): void {
  if (cursor.offset >= cursor.view.byteLength) return; // nulls alone, or the library says that they end early
  const indices = encoding === PLAIN_DICTIONARY || encoding === RLE_DICTIONARY;
  if (encoding === RLE || (indices && chunk.meta.type === 'BOOLEAN' && !second)) checkPrefixedRuns(cursor, 1, count);
  else if (indices) checkIndices(cursor, count, second);
  else if (encoding === DELTA_BINARY_PACKED || encoding === DELTA_LENGTHS) readDeltas(cursor, count, undefined);
  else if (encoding === DELTA_BYTES) checkDeltaBytes(cursor, count, budget);
}

/** Indices in a dictionary, their width before them; without width the first kind of page has no runs. */
function checkIndices(cursor: Cursor, count: number, second: boolean): void {
  if (cursor.offset >= cursor.view.byteLength) return;
  const width = cursor.view.getUint8(cursor.offset++);
  if (width > 32) throw damaged(`indices of a dictionary have ${width} bits`);
  if (width > 0 || second) checkRuns(cursor, width, count);
}

/** Values that begin as the one before: their whole length counts. */
function checkDeltaBytes(cursor: Cursor, count: number, budget: ReadBudget): void {
  const [prefixes, suffixes] = [new Float64Array(count), new Float64Array(count)];
  readDeltas(cursor, count, prefixes);
  readDeltas(cursor, count, suffixes);
  let before = 0;
  for (let i = 0; i < count; i++) {
    const [prefix, suffix] = [prefixes[i], suffixes[i]];
    if (prefix < 0 || suffix < 0 || prefix > before) throw damaged(`a text begins with ${prefix} characters of one that has ${before}`);
    before = prefix + suffix;
    if (prefix > 0) budget.takeBytes(before);
  }
}

/** Walks runs with their length in four bytes before them, and goes behind them as the library does. */
function checkPrefixedRuns(cursor: Cursor, width: number, count: number, wanted?: number): number {
  if (cursor.view.byteLength - cursor.offset < 4) throw damaged('a page ends early');
  const length = cursor.view.getUint32(cursor.offset, true);
  cursor.offset += 4;
  const start = cursor.offset;
  const found = checkRuns(cursor, width, count, wanted);
  cursor.offset = start + length;
  if (cursor.offset > cursor.view.byteLength) throw damaged(`levels of ${length} bytes reach beyond their page`);
  return found;
}

/**
 * Walks runs of equal numbers and of packed ones, which together may not hold more than the page.
 *
 * @param wanted - A number whose places are counted.
 */
function checkRuns(cursor: Cursor, width: number, count: number, wanted?: number): number {
  const { view } = cursor;
  let found = 0;
  for (let seen = 0; seen < count;) {
    if (cursor.offset >= view.byteLength) return found; // the library says that they end early
    const head = readVarint(cursor);
    if (head >= 2 ** 31) throw damaged('a run has no length that can be');
    const packed = head % 2 === 1;
    const length = packed ? (head >> 1) * 8 : head >> 1;
    // Packed numbers cost their bytes, so that more of them than there is room for do no harm.
    if (packed ? width === 0 && length > count + RUN_SLACK : seen + length > count + RUN_SLACK)
      throw damaged(`a run of ${length} values stands where ${count - seen} are left`);
    const start = cursor.offset;
    cursor.offset += packed ? (length / 8) * width : (width + 7) >> 3;
    const here = Math.min(length, count - seen);
    seen += length;
    if (wanted === undefined) continue;
    if (!packed) found += bitsAt(view, start, 0, 8 * ((width + 7) >> 3)) === wanted ? here : 0;
    else for (let i = 0; i < here; i++) if (bitsAt(view, start, i * width, width) === wanted) found++;
  }
  return found;
}

/** Walks blocks of differences; puts the numbers into `out` where it is given. */
function readDeltas(cursor: Cursor, count: number, out: Float64Array | undefined): void {
  if (cursor.offset >= cursor.view.byteLength) return;
  const [block, parts] = [readVarint(cursor), readVarint(cursor)];
  readVarint(cursor);
  if (!(block > 0 && block <= 2 ** 20 && parts > 0 && parts <= block && block % (32 * parts) === 0))
    throw damaged(`blocks of ${block} differences in ${parts} parts cannot be`);
  let value = zigzag32(readVarint(cursor));
  if (out && count > 0) out[0] = value;
  for (let at = 1; at < count;) {
    if (cursor.offset >= cursor.view.byteLength) return; // the library says that they end early
    const least = zigzag32(readVarint(cursor));
    const widths = cursor.offset;
    cursor.offset += parts;
    if (cursor.offset > cursor.view.byteLength) throw damaged('a page ends within its differences');
    for (let part = 0; part < parts && at < count; part++) {
      const width = cursor.view.getUint8(widths + part);
      if (width > 64) throw damaged(`differences have ${width} bits`);
      const each = block / parts;
      const start = cursor.offset;
      cursor.offset += (each * width) / 8;
      if (out === undefined) at += each;
      else
        for (let i = 0; i < each && at < count; i++, at++) {
          value = (value + least + bitsAt(cursor.view, start, i * width, width)) | 0;
          out[at] = value;
        }
    }
  }
}

/** The low 32 bits of a number of `width` bits, least significant first; zeros where the bytes end. */
function bitsAt(view: DataView, start: number, bit: number, width: number): number {
  let value = 0;
  for (let k = 0; k < Math.min(32, width); k++) {
    const at = start + ((bit + k) >> 3);
    if (at < view.byteLength && (view.getUint8(at) >> ((bit + k) & 7)) & 1) value |= 1 << k;
  }
  return value;
}

function zigzag32(value: number): number {
  return (value % 2 === 0 ? value / 2 : -(value + 1) / 2) | 0;
}

function countIn(header: ThriftStruct, budget: ReadBudget): number {
  const count = intOf(header, 1);
  if (count < 0) throw damaged(`a page claims ${count} values`);
  budget.takeValues(count);
  return count;
}

function intOf(fields: ThriftStruct, field: number): number {
  const value = fields.get(field) ?? 0;
  if (typeof value !== 'number') throw damaged(`field ${field} of a page is no number`);
  return value;
}

function structOf(fields: ThriftStruct, field: number): ThriftStruct {
  const value = fields.get(field);
  if (value === undefined || typeof value === 'number') throw damaged('a page lacks its own header');
  return value;
}

function widthOf(most: number): number {
  return 32 - Math.clz32(most);
}
