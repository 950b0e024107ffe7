import { TooLargeError, TruncatedError, UnsupportedError } from '../errors.ts';
import type { Hdu } from '../hdu/hdu.ts';
import { bytesOf, makePixels, type PixelArray } from '../image/pixels.ts';
import { cellDecoder, decodeString } from './decode-cells.ts';
import { readVariableColumn } from './heap.ts';
import { type ColumnLayout, type TableLayout, tableLayout } from './layout.ts';
import { numbersOf } from './column-format.ts';
import { checkRows, type FitsColumn, type FitsTable, findByName, MAX_TABLE_BYTES, type ReadTableOptions } from './table.ts';

/** Bytes of rows fetched a step. */
const CHUNK = 4 << 20;

/**
 * Reads a binary table, or some of its columns and rows, into columns.
 *
 * @throws {TruncatedError | BadDataError | BadCardError | TooLargeError} if the file does not hold what its header says.
 * @throws {NotInFileError} if a column or row does not exist.
 */
export async function readBinaryTable(hdu: Hdu, options: ReadTableOptions = {}): Promise<FitsTable> {
  if (hdu.kind !== 'table') throw new UnsupportedError(`a binary table was asked for; the HDU is of kind ${hdu.kind}`, { hdu: hdu.index });
  const layout = tableLayout(hdu.header);
  const wanted = options.columns?.map((name) => findByName(layout.columns, name, hdu.index)) ?? layout.columns;
  const [start, stop] = checkRows(options.rows, layout.rows, hdu.index);
  if (layout.rowBytes * stop > hdu.source.size - hdu.dataOffset)
    throw new TruncatedError(`the table needs ${hdu.dataSize} bytes; the file has ${hdu.source.size - hdu.dataOffset}`, {
      hdu: hdu.index,
      card: 'NAXIS2',
    });
  const limit = { left: options.maxBytes ?? MAX_TABLE_BYTES };
  const sinks = wanted.map((column) => makeSink(column, stop - start, limit, hdu.index));
  await readRows(hdu, layout, [start, stop], sinks);
  const columns: FitsColumn[] = [];
  for (const sink of sinks) columns.push(await finishColumn(hdu, layout, sink, limit));
  return { rows: stop - start, columns };
}

/** A column while rows are read into it. */
interface Sink {
  readonly column: ColumnLayout;
  readonly values: PixelArray | string[];
  readonly nulls: Uint8Array | undefined;
  take(bytes: Uint8Array, view: DataView, rowBytes: number, rows: number, firstRow: number): void;
}

function makeSink(column: ColumnLayout, rows: number, limit: { left: number }, hdu: number): Sink {
  const { format, offset } = column;
  if (format.variable !== undefined) return makeDescriptorSink(column, rows);
  if (format.code === 'A') return makeStringSink(column, rows);
  const decoder = cellDecoder(column);
  const perRow = format.repeat * numbersOf(format.code);
  spend(limit, perRow * rows * (bytesOf(decoder.type) + (decoder.nullable ? 1 : 0)), hdu);
  const values = makePixels(decoder.type, perRow * rows);
  const nulls = decoder.nullable ? new Uint8Array(perRow * rows) : undefined;
  return {
    column,
    values,
    nulls,
    take(_bytes, view, rowBytes, count, firstRow) {
      for (let row = 0; row < count; row++)
        decoder.decode(view, row * rowBytes + offset, format.repeat, values, (firstRow + row) * perRow, nulls);
    },
  };
}

function makeDescriptorSink(column: ColumnLayout, rows: number): Sink {
  const values = new Float64Array(2 * rows);
  const wide = column.format.variable === 'Q';
  return {
    column,
    values,
    nulls: undefined,
    take(_bytes, view, rowBytes, count, firstRow) {
      for (let row = 0; row < count; row++) {
        const at = row * rowBytes + column.offset;
        values[2 * (firstRow + row)] = wide ? Number(view.getBigInt64(at)) : view.getInt32(at);
        values[2 * (firstRow + row) + 1] = wide ? Number(view.getBigInt64(at + 8)) : view.getInt32(at + 4);
      }
    },
  };
}

function makeStringSink(column: ColumnLayout, rows: number): Sink {
  const width = stringWidth(column);
  const perRow = stringsPerCell(column);
  const values: string[] = [];
  return {
    column,
    values,
    nulls: undefined,
    take(bytes, _view, rowBytes, count, firstRow) {
      if (values.length === 0 && firstRow === 0) values.length = rows * perRow;
      for (let row = 0; row < count; row++)
        for (let i = 0; i < perRow; i++)
          values[(firstRow + row) * perRow + i] = decodeString(bytes, row * rowBytes + column.offset + i * width, width);
    },
  };
}

/** Characters of one string: the last axis of TDIM, or the width of the format, or the whole cell. */
function stringWidth({ format, dims }: ColumnLayout): number {
  return dims !== undefined && dims.length > 1 ? (dims.at(-1) as number) : (format.stringWidth ?? format.repeat);
}

function stringsPerCell(column: ColumnLayout): number {
  return cellShapeOf(column).reduce((product, length) => product * length, 1);
}

function cellShapeOf({ format, dims }: ColumnLayout): number[] {
  if (format.code === 'A') {
    if (dims !== undefined && dims.length > 1) return dims.slice(0, -1);
    return format.stringWidth === undefined ? [] : [Math.floor(format.repeat / format.stringWidth)];
  }
  if (dims !== undefined && dims.reduce((product, length) => product * length, 1) === format.repeat) return [...dims];
  return format.repeat === 1 ? [] : [format.repeat];
}

async function readRows(
  hdu: Hdu,
  { rowBytes }: TableLayout,
  [start, stop]: readonly [number, number],
  sinks: readonly Sink[],
): Promise<void> {
  const step = Math.max(1, Math.floor(CHUNK / Math.max(1, rowBytes)));
  for (let row = start; row < stop; row += step) {
    const count = Math.min(step, stop - row);
    const bytes = rowBytes === 0 ? new Uint8Array(0) : await hdu.source.read(hdu.dataOffset + row * rowBytes, count * rowBytes);
    if (bytes.length < count * rowBytes) throw new TruncatedError('the file ended while its rows were read', { hdu: hdu.index });
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const sink of sinks) sink.take(bytes, view, rowBytes, count, row - start);
  }
}

async function finishColumn(hdu: Hdu, layout: TableLayout, sink: Sink, limit: { left: number }): Promise<FitsColumn> {
  const { column } = sink;
  const { name, format, unit, ucd, description, display } = column;
  const about = { name, format, unit, ucd, description, display };
  if (format.variable === undefined)
    return { ...about, values: sink.values, cellShape: cellShapeOf(column), ...(sink.nulls ? { nulls: sink.nulls } : {}) };
  const cells = await readVariableColumn(hdu, layout, column, sink.values as Float64Array, (bytes) => spend(limit, bytes, hdu.index));
  return { ...about, cellShape: [], ...cells };
}

function spend(limit: { left: number }, bytes: number, hdu: number): void {
  limit.left -= bytes;
  if (limit.left < 0) throw new TooLargeError(`the table takes more bytes than the limit, by ${-limit.left}`, { hdu, card: 'NAXIS2' });
}
