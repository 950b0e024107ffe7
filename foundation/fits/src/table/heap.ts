import { BadDataError, TruncatedError } from '../errors.ts';
import type { Hdu } from '../hdu/hdu.ts';
import { bytesOf, makePixels, type PixelArray } from '../image/pixels.ts';
import { elementsBytes, numbersOf } from './column-format.ts';
import { cellDecoder, decodeString } from './decode-cells.ts';
import type { ColumnLayout, TableLayout } from './layout.ts';

/** Heap stretches up to this are fetched in one read [byte]. */
const SPAN = 8 << 20;

/** Cells of a variable-length column. */
export interface VariableCells {
  readonly values: PixelArray | string[];
  readonly offsets?: Float64Array;
  readonly nulls?: Uint8Array;
}

/**
 * Reads the cells that descriptors point at.
 *
 * @param descriptors - Pairs of element count and heap offset, one a row.
 * @param spend - Told the bytes about to be taken; throws when they are too many.
 * @throws {BadDataError} if a descriptor points outside the heap.
 */
export async function readVariableColumn(
  hdu: Hdu,
  layout: Pick<TableLayout, 'heapStart' | 'heapEnd'>,
  column: ColumnLayout,
  descriptors: Float64Array,
  spend: (bytes: number) => void,
): Promise<VariableCells> {
  const rows = descriptors.length / 2;
  const { code } = column.format;
  const offsets = new Float64Array(rows + 1);
  for (let row = 0; row < rows; row++) {
    checkDescriptor(hdu, layout, column, descriptors[2 * row], descriptors[2 * row + 1], row);
    offsets[row + 1] = offsets[row] + descriptors[2 * row] * numbersOf(code);
  }
  if (code === 'A') {
    spend(offsets[rows] * 2);
    const strings: string[] = Array.from({ length: rows }, () => '');
    await eachCell(hdu, layout, column, descriptors, (row, bytes, at) => {
      strings[row] = decodeString(bytes, at, descriptors[2 * row]);
    });
    return { values: strings };
  }
  const decoder = cellDecoder(column);
  spend(offsets[rows] * (bytesOf(decoder.type) + (decoder.nullable ? 1 : 0)));
  const values = makePixels(decoder.type, offsets[rows]);
  const nulls = decoder.nullable ? new Uint8Array(offsets[rows]) : undefined;
  await eachCell(hdu, layout, column, descriptors, (row, bytes, at) => {
    decoder.decode(new DataView(bytes.buffer, bytes.byteOffset + at), 0, descriptors[2 * row], values, offsets[row], nulls);
  });
  return { values, offsets, ...(nulls ? { nulls } : {}) };
}

function checkDescriptor(
  hdu: Hdu,
  { heapStart, heapEnd }: Pick<TableLayout, 'heapStart' | 'heapEnd'>,
  column: ColumnLayout,
  count: number,
  offset: number,
  row: number,
): void {
  if (count === 0) return;
  const end = heapStart + offset + elementsBytes(column.format.code, count);
  if (count < 0 || offset < 0 || !(end <= heapEnd))
    throw new BadDataError(`row ${row} of column ${column.name} points at ${count} elements at ${offset}, outside the heap`, {
      hdu: hdu.index,
      card: 'PCOUNT',
    });
  if (hdu.dataOffset + end > hdu.source.size)
    throw new TruncatedError(`row ${row} of column ${column.name} lies behind the end of the file`, { hdu: hdu.index, card: 'PCOUNT' });
}

/** Visits the bytes of every non-empty cell; cells that lie near each other are fetched together. */
async function eachCell(
  hdu: Hdu,
  { heapStart }: Pick<TableLayout, 'heapStart'>,
  column: ColumnLayout,
  descriptors: Float64Array,
  visit: (row: number, bytes: Uint8Array, at: number) => void,
): Promise<void> {
  const base = hdu.dataOffset + heapStart;
  const rows = descriptors.length / 2;
  const length = (row: number): number => elementsBytes(column.format.code, descriptors[2 * row]);
  for (let first = 0; first < rows;) {
    let low = Infinity;
    let high = 0;
    let next = first;
    for (; next < rows; next++) {
      if (descriptors[2 * next] === 0) continue;
      const start = descriptors[2 * next + 1];
      const [newLow, newHigh] = [Math.min(low, start), Math.max(high, start + length(next))];
      if (low !== Infinity && newHigh - newLow > SPAN) break;
      [low, high] = [newLow, newHigh];
    }
    if (low !== Infinity) {
      const bytes = await hdu.source.read(base + low, high - low);
      if (bytes.length < high - low) throw new TruncatedError('the file ended while its heap was read', { hdu: hdu.index });
      for (let row = first; row < next; row++) if (descriptors[2 * row] > 0) visit(row, bytes, descriptors[2 * row + 1] - low);
    }
    first = next;
  }
}
