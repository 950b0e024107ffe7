import { riceEncodeTiles } from '@almagest/kernels';
import { TooLargeError, TruncatedError, UnsupportedError } from '../errors.ts';
import type { Card } from '../header/card.ts';
import type { Hdu } from '../hdu/hdu.ts';
import { swapBytesInPlace } from '../image/byte-order.ts';
import { cellBytes, ELEMENT_BYTES, elementsBytes, formatColumnFormat } from '../table/column-format.ts';
import { type ColumnLayout, type TableLayout, tableLayout } from '../table/layout.ts';
import { MAX_TABLE_BYTES } from '../table/table.ts';
import { type OutputHdu, valueCard } from '../write/output-hdu.ts';
import { gzip, RICE_BLOCK } from './encode-tiles.ts';

/** Bytes of rows a tile, about; tiles let readers unpack a part. */
const TILE_BYTES = 10 << 20;
const LAYOUT = /^(?:XTENSION|BITPIX|NAXIS\d*|PCOUNT|GCOUNT|TFIELDS|TFORM\d+|THEAP|CHECKSUM|DATASUM|LONGSTRN)$/;

type TableCodec = 'GZIP_1' | 'GZIP_2' | 'RICE_1';

/**
 * Compresses a binary table column by column, without loss; the table is brought into memory.
 *
 * Short and long integers use RICE_1, other numbers GZIP_2 (bytes of equal weight together), all else GZIP_1.
 *
 * @see FITS standard 4.0, section 10.3.
 */
export async function compressedTableHdu(hdu: Hdu, options: { readonly tileRows?: number } = {}): Promise<OutputHdu> {
  if (hdu.kind !== 'table') throw new UnsupportedError(`a binary table was asked for; the HDU is of kind ${hdu.kind}`, { hdu: hdu.index });
  const layout = tableLayout(hdu.header);
  const { rows, rowBytes, columns } = layout;
  if (hdu.dataSize > MAX_TABLE_BYTES) throw new TooLargeError(`the table has ${hdu.dataSize} bytes`, { hdu: hdu.index, card: 'NAXIS2' });
  const bytes = await hdu.source.read(hdu.dataOffset, hdu.dataSize);
  if (bytes.length < hdu.dataSize) throw new TruncatedError('the file ends before its table', { hdu: hdu.index, card: 'NAXIS2' });
  const tileRows = options.tileRows ?? Math.max(1, Math.min(rows, Math.floor(TILE_BYTES / Math.max(1, rowBytes))));
  const tiles = Math.ceil(rows / tileRows);
  const heap = new Heap();
  const table = new Uint8Array(tiles * columns.length * 16);
  const view = new DataView(table.buffer);
  const longest = columns.map(() => 0);
  for (let tile = 0; tile < tiles; tile++) {
    const first = tile * tileRows;
    const count = Math.min(tileRows, rows - first);
    for (const [i, column] of columns.entries()) {
      const cells = gather(bytes, column, rowBytes, first, count);
      const packed =
        column.format.variable === undefined ? await pack(cells, column) : await packVariable(bytes, layout, column, cells, heap);
      const at = (tile * columns.length + i) * 16;
      view.setBigInt64(at, BigInt(packed.length));
      view.setBigInt64(at + 8, BigInt(heap.add(packed)));
      longest[i] = Math.max(longest[i], packed.length);
    }
  }
  return {
    extension: 'BINTABLE',
    structure: tableCards(layout, { tiles, tileRows, heap: heap.size, longest, pcount: hdu.dataSize - rows * rowBytes }),
    header: hdu.header.filter((card) => !LAYOUT.test(card.keyword)),
    dataSize: table.length + heap.size,
    *data() {
      yield table;
      yield* heap.pieces;
    },
  };
}

class Heap {
  readonly pieces: Uint8Array[] = [];
  size = 0;

  /** Appends bytes and returns where they begin. */
  add(bytes: Uint8Array): number {
    this.pieces.push(bytes);
    this.size += bytes.length;
    return this.size - bytes.length;
  }
}

/** The cells of a column one after the other. */
function gather(
  bytes: Uint8Array,
  { format, offset }: ColumnLayout,
  rowBytes: number,
  first: number,
  count: number,
): Uint8Array<ArrayBuffer> {
  const width = cellBytes(format);
  const out = new Uint8Array(width * count);
  for (let row = 0; row < count; row++) {
    const at = (first + row) * rowBytes + offset;
    out.set(bytes.subarray(at, at + width), row * width);
  }
  return out;
}

function codecOf({ format }: ColumnLayout): TableCodec {
  if (format.code === 'I' && format.variable === undefined) return 'GZIP_2';
  if (format.code === 'I' || format.code === 'J') return 'RICE_1';
  return 'KED'.includes(format.code) ? 'GZIP_2' : 'GZIP_1';
}

async function pack(cells: Uint8Array<ArrayBuffer>, column: ColumnLayout): Promise<Uint8Array> {
  if (cells.length === 0) return cells;
  const width = ELEMENT_BYTES[column.format.code];
  switch (codecOf(column)) {
    case 'RICE_1': {
      const swapped = cells.slice();
      swapBytesInPlace(swapped, width);
      const numbers = width === 2 ? new Int16Array(swapped.buffer) : new Int32Array(swapped.buffer);
      return riceEncodeTiles(numbers, [{ first: 0, count: numbers.length }], RICE_BLOCK).bytes;
    }
    case 'GZIP_2': {
      const count = cells.length / width;
      const shuffled = new Uint8Array(cells.length);
      for (let byte = 0; byte < width; byte++) for (let i = 0; i < count; i++) shuffled[byte * count + i] = cells[i * width + byte];
      return gzip(shuffled);
    }
    default:
      return gzip(cells);
  }
}

/** Packs every array by itself, then the list of old descriptors with the list of new ones. */
async function packVariable(
  bytes: Uint8Array,
  layout: TableLayout,
  column: ColumnLayout,
  cells: Uint8Array,
  heap: Heap,
): Promise<Uint8Array> {
  const width = cellBytes(column.format);
  const rows = cells.length / width;
  const lists = new Uint8Array(rows * (width + 16));
  lists.set(cells);
  const view = new DataView(lists.buffer);
  for (let row = 0; row < rows; row++) {
    const at = row * width;
    const count = width === 16 ? Number(view.getBigInt64(at)) : view.getInt32(at);
    const offset = width === 16 ? Number(view.getBigInt64(at + 8)) : view.getInt32(at + 4);
    if (count <= 0) continue;
    const start = layout.heapStart + offset;
    const plain = bytes.slice(start, start + elementsBytes(column.format.code, count)) as Uint8Array<ArrayBuffer>;
    const packed = await pack(plain, column);
    // One that does not shrink stays as it is, which its length shows.
    const kept = packed.length < plain.length ? packed : plain;
    view.setBigInt64(rows * width + row * 16, BigInt(kept.length));
    view.setBigInt64(rows * width + row * 16 + 8, BigInt(heap.add(kept)));
  }
  return gzip(lists);
}

interface TableFacts {
  readonly tiles: number;
  readonly tileRows: number;
  readonly heap: number;
  readonly longest: readonly number[];
  readonly pcount: number;
}

function tableCards({ rows, rowBytes, columns, heapStart }: TableLayout, { tiles, tileRows, heap, longest, pcount }: TableFacts): Card[] {
  return [
    valueCard('BITPIX', 8, 'bytes'),
    valueCard('NAXIS', 2, 'rows of bytes'),
    valueCard('NAXIS1', columns.length * 16, 'bytes in a row'),
    valueCard('NAXIS2', tiles, 'tiles'),
    valueCard('PCOUNT', heap, 'bytes of heap'),
    valueCard('GCOUNT', 1, 'one group'),
    valueCard('TFIELDS', columns.length, 'columns'),
    ...columns.map((_column, i) => valueCard(`TFORM${i + 1}`, `1QB(${longest[i]})`)),
    valueCard('ZTABLE', true, 'a tile-compressed table'),
    valueCard('ZTILELEN', tileRows, 'rows in a tile'),
    valueCard('ZNAXIS1', rowBytes, 'bytes in a row of the table'),
    valueCard('ZNAXIS2', rows, 'rows of the table'),
    valueCard('ZPCOUNT', pcount, 'bytes of heap of the table'),
    ...(heapStart === rows * rowBytes ? [] : [valueCard('ZTHEAP', heapStart, 'start of the heap')]),
    ...columns.flatMap((column, i) => [
      valueCard(`ZFORM${i + 1}`, formatColumnFormat(column.format)),
      valueCard(`ZCTYP${i + 1}`, codecOf(column)),
    ]),
  ];
}
