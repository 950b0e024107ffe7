import { BadCardError, BadDataError, TruncatedError } from '../errors.ts';
import type { Hdu } from '../hdu/hdu.ts';
import { makePixels } from '../image/pixels.ts';
import { ELEMENT_BYTES } from '../table/column-format.ts';
import { cellDecoder } from '../table/decode-cells.ts';
import type { ColumnLayout } from '../table/layout.ts';
import type { TileLayout } from './tile-layout.ts';

/** One row of the table behind a compressed image. */
export interface TileRecord {
  readonly tile: number;
  /** Compressed by the image's codec, gzip because it could not be quantized, or stored as it is. */
  readonly kind: 'compressed' | 'gzip' | 'plain';
  /** Place of its bytes in the file. */
  readonly start: number;
  readonly length: number;
  readonly quantized: boolean;
  readonly scale: number;
  readonly zero: number;
  readonly blank: number | undefined;
}

/** Tiles that are fetched together. */
export interface TileBatch {
  readonly records: readonly TileRecord[];
  /** Bytes of all tiles of the batch, until the next one is asked for; a record's start counts from `base`. */
  readonly bytes: Uint8Array;
  readonly base: number;
}

/** Compressed bytes that are fetched and decoded together. */
const BATCH_BYTES = 1 << 20;
const BATCH_TILES = 1024;
const GAP = 1 << 16;

/** Reads the table rows of some tiles. @throws {BadDataError | BadCardError | TruncatedError} */
export async function tileRecords(hdu: Hdu, layout: TileLayout, tiles: readonly number[]): Promise<TileRecord[]> {
  const { table } = layout;
  const first = tiles[0];
  const last = tiles.at(-1) as number;
  if ((last + 1) * table.rowBytes > hdu.source.size - hdu.dataOffset)
    throw new TruncatedError('the file ends before its table of tiles', { hdu: hdu.index, card: 'NAXIS2' });
  const bytes = await hdu.source.read(hdu.dataOffset + first * table.rowBytes, (last + 1 - first) * table.rowBytes);
  if (bytes.length < (last + 1 - first) * table.rowBytes)
    throw new TruncatedError('the file ended while its table of tiles was read', { hdu: hdu.index });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const column = (name: string): ColumnLayout | undefined => table.columns.find((each) => each.name.toUpperCase() === name);
  const main = column('COMPRESSED_DATA');
  const sources = [
    { kind: 'compressed', column: main },
    { kind: 'gzip', column: column('GZIP_COMPRESSED_DATA') },
    { kind: 'plain', column: column('UNCOMPRESSED_DATA') },
  ] as const;
  if (sources.every((source) => source.column === undefined))
    throw new BadCardError('no column COMPRESSED_DATA', { hdu: hdu.index, card: 'TTYPE1' });
  const scales = { scale: column('ZSCALE'), zero: column('ZZERO'), blank: column('ZBLANK') };
  return tiles.map((tile): TileRecord => {
    const row = (tile - first) * table.rowBytes;
    const scale = numberAt(view, row, scales.scale) ?? layout.zscale;
    const zero = numberAt(view, row, scales.zero) ?? layout.zzero;
    const about = {
      tile,
      quantized: layout.dither !== 'NONE' && scale !== undefined && zero !== undefined,
      scale: scale ?? 1,
      zero: zero ?? 0,
      blank: numberAt(view, row, scales.blank) ?? layout.zblank,
    };
    for (const { kind, column: source } of sources) {
      const span = source === undefined ? undefined : spanAt(hdu, layout, view, row, source, tile);
      if (span !== undefined) return { ...about, kind, ...span };
    }
    throw new BadDataError(`tile ${tile} has no data`, { hdu: hdu.index, card: 'COMPRESSED_DATA' });
  });
}

/** Bytes that a descriptor points at; undefined where it is empty. */
function spanAt(
  hdu: Hdu,
  { table }: TileLayout,
  view: DataView,
  row: number,
  { format, offset, name }: ColumnLayout,
  tile: number,
): { start: number; length: number } | undefined {
  if (format.variable === undefined)
    throw new BadCardError(`the column ${name} must have variable length`, { hdu: hdu.index, card: 'TFORM1' });
  const wide = format.variable === 'Q';
  const count = wide ? Number(view.getBigInt64(row + offset)) : view.getInt32(row + offset);
  const at = wide ? Number(view.getBigInt64(row + offset + 8)) : view.getInt32(row + offset + 4);
  if (count === 0) return undefined;
  const length = count * ELEMENT_BYTES[format.code];
  const end = table.heapStart + at + length;
  if (count < 0 || at < 0 || !(end <= table.heapEnd))
    throw new BadDataError(`tile ${tile} points at ${count} elements at ${at}, outside the heap`, { hdu: hdu.index, card: 'PCOUNT' });
  const start = hdu.dataOffset + table.heapStart + at;
  if (start + length > hdu.source.size)
    throw new TruncatedError(`tile ${tile} lies behind the end of the file`, { hdu: hdu.index, card: 'PCOUNT' });
  return { start, length };
}

function numberAt(view: DataView, row: number, column: ColumnLayout | undefined): number | undefined {
  if (column === undefined || column.format.variable !== undefined || column.format.code === 'A' || column.format.repeat < 1)
    return undefined;
  const decoder = cellDecoder(column);
  const out = makePixels(decoder.type, 2);
  decoder.decode(view, row + column.offset, 1, out, 0, undefined);
  return Number(out[0]);
}

/** Fetches tiles in batches; the next batch is already on its way while one is decoded. */
export async function* fetchTiles(hdu: Hdu, layout: TileLayout, records: readonly TileRecord[]): AsyncGenerator<TileBatch> {
  const tilePixels = layout.tile.reduce((product, length) => product * length, 1);
  const mostTiles = Math.max(1, Math.min(BATCH_TILES, Math.floor((4 * BATCH_BYTES) / tilePixels)));
  const { source } = hdu;
  // Two buffers in turn, one being decoded and one on its way.
  const ring = [spare.pop(), spare.pop()];
  let turn = 0;
  const read = async (at: number, length: number): Promise<Uint8Array> => {
    if (source.readInto === undefined || length > BATCH_BYTES) return source.read(at, length);
    const room = (ring[turn++ % 2] ??= new Uint8Array(BATCH_BYTES));
    return room.subarray(0, await source.readInto(at, room.subarray(0, length)));
  };
  const fetch = (from: number): { next: number; ready: Promise<TileBatch> } | undefined => {
    if (from >= records.length) return undefined;
    let low = records[from].start;
    let high = low + records[from].length;
    let next = from + 1;
    for (; next < records.length && next - from < mostTiles; next++) {
      const { start, length } = records[next];
      const far = start > high + GAP || start + length < low - GAP;
      const newHigh = Math.max(high, start + length);
      const newLow = Math.min(low, start);
      if (far || newHigh - newLow > BATCH_BYTES) break;
      [low, high] = [newLow, newHigh];
    }
    const ready = read(low, high - low).then((bytes) => {
      if (bytes.length < high - low) throw new TruncatedError('the file ended while its tiles were read', { hdu: hdu.index });
      return { records: records.slice(from, next), bytes, base: low };
    });
    ready.catch(() => undefined); // awaited below
    return { next, ready };
  };
  for (let now = fetch(0); now !== undefined;) {
    const following = fetch(now.next);
    yield await now.ready;
    now = following;
  }
  // Not where the caller has left early: a batch may be on its way still.
  for (const room of ring) if (room !== undefined && spare.length < 2) spare.push(room);
}

/** Buffers that a reader has left to the next one: fresh memory costs as much as the bytes that are read into it. */
const spare: Uint8Array[] = [];
