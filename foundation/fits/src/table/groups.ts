import { TooLargeError, TruncatedError, UnsupportedError } from '../errors.ts';
import { bitpixOf, countOf, type Hdu, shapeOf } from '../hdu/hdu.ts';
import { swapBytesInPlace } from '../image/byte-order.ts';
import { makePixels, scaleInto, scalingOf, storedType } from '../image/pixels.ts';
import type { ColumnFormat } from './column-format.ts';
import { checkRows, type FitsColumn, type FitsTable, MAX_TABLE_BYTES, type ReadTableOptions } from './table.ts';

/**
 * Reads random groups as a table: one row a group, a column of doubles for each parameter and a column DATA for the array.
 *
 * A parameter name that comes again gets an underscore in front; the standard wants such parameters added up.
 *
 * @see FITS standard 4.0, section 6.
 */
export async function readGroups(hdu: Hdu, options: Pick<ReadTableOptions, 'rows' | 'maxBytes'> = {}): Promise<FitsTable> {
  if (hdu.kind !== 'groups') throw new UnsupportedError(`random groups were asked for; the HDU is of kind ${hdu.kind}`, { hdu: hdu.index });
  const { header } = hdu;
  const bitpix = bitpixOf(header);
  const cellShape = shapeOf(header).slice(0, -1);
  const pixels = countOf(cellShape);
  const parameters = header.requireInteger('PCOUNT', { min: 0, fallback: 0 });
  const [start, stop] = checkRows(options.rows, header.requireInteger('GCOUNT', { min: 0, fallback: 1 }), hdu.index);
  const rows = stop - start;
  const perGroup = parameters + pixels;
  const size = Math.abs(bitpix) / 8;
  if (perGroup * stop * size > hdu.source.size - hdu.dataOffset)
    throw new TruncatedError(`the groups need ${hdu.dataSize} bytes; the file has less`, { hdu: hdu.index, card: 'GCOUNT' });
  if (perGroup * rows * (size + 8) > (options.maxBytes ?? MAX_TABLE_BYTES) || parameters > 999 || (perGroup === 0 && rows > 0))
    throw new TooLargeError('the groups are larger than the limit', { hdu: hdu.index, card: 'GCOUNT' });
  const stored = makePixels(storedType(bitpix), perGroup * rows);
  const bytes = new Uint8Array(stored.buffer);
  bytes.set(await hdu.source.read(hdu.dataOffset + start * perGroup * size, bytes.length));
  swapBytesInPlace(bytes, size);

  const columns: FitsColumn[] = [];
  const used = new Set<string>();
  for (let n = 1; n <= parameters; n++) {
    let name = header.getString(`PTYPE${n}`)?.trim() || `PARAM${n}`;
    while (used.has(name)) name = `_${name}`;
    used.add(name);
    const scale = header.getNumber(`PSCAL${n}`) ?? 1;
    const zero = header.getNumber(`PZERO${n}`) ?? 0;
    const values = new Float64Array(rows);
    for (let row = 0; row < rows; row++) values[row] = zero + scale * Number(stored[row * perGroup + n - 1]);
    columns.push(plainColumn(name, 'D', [], values));
  }
  const scaling = scalingOf(header, bitpix);
  const data = new Float64Array(pixels * rows);
  for (let row = 0; row < rows; row++)
    scaleInto(stored.subarray(row * perGroup + parameters, (row + 1) * perGroup), scaling, data.subarray(row * pixels, (row + 1) * pixels));
  columns.push(plainColumn('DATA', 'D', cellShape, data));
  return { rows, columns };
}

function plainColumn(name: string, code: ColumnFormat['code'], cellShape: readonly number[], values: Float64Array): FitsColumn {
  const format = { code, repeat: Math.max(1, countOf(cellShape)), variable: undefined, stringWidth: undefined };
  return { name, format, cellShape, values, unit: undefined, ucd: undefined, description: undefined, display: undefined };
}
