import { gunzipInto, riceDecodeTiles } from '@almagest/kernels';
import { BadCardError, BadDataError, TooLargeError, TruncatedError, UnsupportedError } from '../errors.ts';
import { Header } from '../header/header.ts';
import type { Hdu } from '../hdu/hdu.ts';
import { swapBytesInPlace } from '../image/byte-order.ts';
import { bytesSource } from '../source/byte-source.ts';
import { cellBytes, type ColumnFormat, ELEMENT_BYTES, elementsBytes, parseColumnFormat } from '../table/column-format.ts';
import { type TableLayout, tableLayout } from '../table/layout.ts';
import { MAX_TABLE_BYTES } from '../table/table.ts';
import { RICE_BLOCK } from './encode-tiles.ts';
import { unshuffleInto } from './decode-tile.ts';

interface PackedColumn {
  readonly format: ColumnFormat;
  readonly codec: string;
  /** Start of the cell in a row of the unpacked table. */
  readonly offset: number;
  /** Start of the descriptor in a row of the packed table. */
  readonly packedOffset: number;
  readonly wide: boolean;
  readonly card: string;
}

const TABLE_CARD = /^Z(?:TABLE|NAXIS[12]|PCOUNT|FORM\d+|CTYP\d+|TILELEN|THEAP|HECKSUM|DATASUM)$/;

/**
 * Unpacks a tile-compressed table to the binary table that it was, in memory.
 *
 * @returns An HDU of kind `table` over fresh bytes, with the original cards.
 * @see FITS standard 4.0, section 10.3.
 */
export async function decompressTable(hdu: Hdu, maxBytes: number = MAX_TABLE_BYTES): Promise<Hdu> {
  const { header } = hdu;
  const rowBytes = header.requireInteger('ZNAXIS1', { min: 0 });
  const rows = header.requireInteger('ZNAXIS2', { min: 0 });
  const heapBytes = header.requireInteger('ZPCOUNT', { min: 0, fallback: 0 });
  const heapStart = header.requireInteger('ZTHEAP', { min: rowBytes * rows, fallback: rowBytes * rows });
  const tileRows = header.requireInteger('ZTILELEN', { min: 1, fallback: Math.max(1, rows) });
  const size = Math.max(heapStart, rowBytes * rows) + heapBytes;
  const held = Math.min(hdu.dataSize, Math.max(0, hdu.source.size - hdu.dataOffset));
  if (size > maxBytes || size > Math.max(1 << 26, held * 2048))
    throw new TooLargeError(`the table unpacks to ${size} bytes`, { hdu: hdu.index, card: 'ZNAXIS2' });
  const layout = tableLayout(header);
  const tiles = Math.ceil(rows / tileRows);
  if (layout.rows < tiles)
    throw new BadCardError(`${rows} rows make ${tiles} tiles; the table has ${layout.rows}`, { hdu: hdu.index, card: 'NAXIS2' });
  const columns = packedColumns(hdu, layout, rowBytes);
  const out = new Uint8Array(size);
  for (let tile = 0; tile < tiles; tile++) {
    const first = tile * tileRows;
    const count = Math.min(tileRows, rows - first);
    for (const column of columns) {
      const cell = await packedCell(hdu, layout, column, tile);
      const bytes =
        column.format.variable === undefined
          ? unpackFixed(hdu, column, cell, count)
          : await unpackVariable(hdu, layout, column, cell, count, { out, heapStart });
      const width = cellBytes(column.format);
      for (let row = 0; row < count; row++)
        out.set(bytes.subarray(row * width, (row + 1) * width), (first + row) * rowBytes + column.offset);
    }
  }
  return plainHdu(hdu, out, { rowBytes, rows, pcount: size - rowBytes * rows, heapStart });
}

function plainHdu(
  hdu: Hdu,
  bytes: Uint8Array,
  { rowBytes, rows, pcount, heapStart }: { rowBytes: number; rows: number; pcount: number; heapStart: number },
): Hdu {
  const header = new Header(
    hdu.header.cards.filter((card) => !TABLE_CARD.test(card.keyword) && !/^(?:CHECKSUM|DATASUM|THEAP)$/.test(card.keyword)),
    hdu.index,
  );
  header.set('NAXIS1', rowBytes).set('NAXIS2', rows).set('PCOUNT', pcount);
  if (heapStart !== rowBytes * rows) header.set('THEAP', heapStart);
  for (let n = 1; n <= (hdu.header.getNumber('TFIELDS') ?? 0); n++) header.set(`TFORM${n}`, hdu.header.getString(`ZFORM${n}`) ?? '');
  return { ...hdu, kind: 'table', header, source: bytesSource(bytes), headerOffset: 0, dataOffset: 0, dataSize: bytes.length };
}

function packedColumns(hdu: Hdu, layout: TableLayout, rowBytes: number): PackedColumn[] {
  let offset = 0;
  const columns = layout.columns.map((column, i): PackedColumn => {
    const card = `ZFORM${i + 1}`;
    const form = hdu.header.getString(card);
    if (form === undefined) throw new BadCardError(`${card} is missing`, { hdu: hdu.index, card });
    if (column.format.variable === undefined)
      throw new BadCardError('a packed column must have variable length', { hdu: hdu.index, card: `TFORM${i + 1}` });
    const format = parseColumnFormat(form, { hdu: hdu.index, card });
    const start = offset;
    offset += cellBytes(format);
    const codec = hdu.header.getString(`ZCTYP${i + 1}`)?.trim() ?? 'GZIP_2';
    return { format, codec, offset: start, packedOffset: column.offset, wide: column.format.variable === 'Q', card: `ZCTYP${i + 1}` };
  });
  if (offset > rowBytes)
    throw new BadCardError(`the columns take ${offset} bytes a row; ZNAXIS1 says ${rowBytes}`, { hdu: hdu.index, card: 'ZNAXIS1' });
  return columns;
}

async function packedCell(hdu: Hdu, layout: TableLayout, column: PackedColumn, tile: number): Promise<Uint8Array> {
  const size = column.wide ? 16 : 8;
  const bytes = await hdu.source.read(hdu.dataOffset + tile * layout.rowBytes + column.packedOffset, size);
  if (bytes.length < size) throw new TruncatedError('the file ends before its table of tiles', { hdu: hdu.index, card: 'NAXIS2' });
  return readHeap(hdu, layout, descriptorAt(new DataView(bytes.buffer, bytes.byteOffset), 0, column.wide));
}

function descriptorAt(view: DataView, at: number, wide: boolean): { count: number; offset: number } {
  return wide
    ? { count: Number(view.getBigInt64(at)), offset: Number(view.getBigInt64(at + 8)) }
    : { count: view.getInt32(at), offset: view.getInt32(at + 4) };
}

async function readHeap(hdu: Hdu, layout: TableLayout, { count, offset }: { count: number; offset: number }): Promise<Uint8Array> {
  if (count < 0 || offset < 0 || layout.heapStart + offset + count > layout.heapEnd)
    throw new BadDataError(`a descriptor points at ${count} bytes at ${offset}, outside the heap`, { hdu: hdu.index, card: 'PCOUNT' });
  const bytes = await hdu.source.read(hdu.dataOffset + layout.heapStart + offset, count);
  if (bytes.length < count) throw new TruncatedError('the file ends within its heap', { hdu: hdu.index, card: 'PCOUNT' });
  return bytes;
}

function unpackFixed(hdu: Hdu, column: PackedColumn, cell: Uint8Array, rows: number): Uint8Array {
  const size = cellBytes(column.format) * rows;
  if (size === 0) return cell.subarray(0, 0);
  return unpackBytes(hdu, column, column.codec, cell, size);
}

/** Unpacks numbers of a column to their big-endian bytes. */
function unpackBytes(hdu: Hdu, { format, card }: PackedColumn, codec: string, packed: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  const width = ELEMENT_BYTES[format.code];
  const damaged = (): never => {
    throw new BadDataError('a tile of the table is damaged', { hdu: hdu.index, card });
  };
  switch (codec) {
    case 'GZIP_1':
      if (gunzipInto(packed, out) !== size) damaged();
      return out;
    case 'GZIP_2': {
      const numberWidth = shuffleWidth(format);
      if (gunzipInto(packed, out) !== size || size % numberWidth !== 0) damaged();
      if (numberWidth === 1) return out;
      const plain = new Uint8Array(size);
      unshuffleInto(out, numberWidth, plain);
      return plain;
    }
    case 'RICE_1': {
      if (!'BIJ'.includes(format.code)) return damaged();
      const numbers = width === 1 ? out : width === 2 ? new Int16Array(out.buffer) : new Int32Array(out.buffer);
      const tile = { start: 0, length: packed.length, first: 0, count: numbers.length };
      if (riceDecodeTiles(packed, [tile], RICE_BLOCK, numbers) !== -1) damaged();
      swapBytesInPlace(out, width);
      return out;
    }
    case 'NOCOMPRESS':
      if (packed.length !== size) damaged();
      return packed;
    default:
      throw new UnsupportedError(`unknown compression of a column: "${codec}"`, { hdu: hdu.index, card });
  }
}

/** Bytes that GZIP_2 shuffles: those of whole numbers; other cells are left in order. */
function shuffleWidth({ code }: ColumnFormat): number {
  return code === 'I' || code === 'J' || code === 'K' || code === 'E' || code === 'D' ? ELEMENT_BYTES[code] : 1;
}

/**
 * Unpacks the arrays of a variable-length column into the heap and gives back the original descriptors.
 *
 * The cell holds two lists of descriptors, packed together: where the arrays were, and where the packed arrays are (always with 64-bit descriptors).
 */
async function unpackVariable(
  hdu: Hdu,
  layout: TableLayout,
  column: PackedColumn,
  cell: Uint8Array,
  rows: number,
  { out, heapStart }: { out: Uint8Array; heapStart: number },
): Promise<Uint8Array> {
  const width = cellBytes(column.format);
  const wide = column.format.variable === 'Q';
  const lists = new Uint8Array(rows * (16 + width));
  if (gunzipInto(cell, lists) !== lists.length)
    throw new BadDataError('the descriptors of a variable-length column are damaged', { hdu: hdu.index, card: column.card });
  const view = new DataView(lists.buffer);
  for (let row = 0; row < rows; row++) {
    const original = descriptorAt(view, row * width, wide);
    if (original.count === 0) continue;
    const size = elementsBytes(column.format.code, original.count);
    if (original.count < 0 || original.offset < 0 || heapStart + original.offset + size > out.length)
      throw new BadDataError('an array of a variable-length column lies outside the heap', { hdu: hdu.index, card: 'ZPCOUNT' });
    const packed = await readHeap(hdu, layout, descriptorAt(view, rows * width + row * 16, true));
    // An array that did not shrink is kept as it was.
    const codec = packed.length === size ? 'NOCOMPRESS' : column.codec;
    out.set(unpackBytes(hdu, column, codec, packed, size), heapStart + original.offset);
  }
  return lists.subarray(0, rows * width);
}
