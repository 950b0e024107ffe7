import { BadArgumentError } from '../errors.ts';
import type { Card } from '../header/card.ts';
import type { Header } from '../header/header.ts';
import { type PixelArray, pixelTypeOf, storageOf } from '../image/pixels.ts';
import {
  cellBytes,
  type ColumnFormat,
  ELEMENT_BYTES,
  elementsBytes,
  formatColumnFormat,
  numbersOf,
  parseColumnFormat,
} from '../table/column-format.ts';
import type { ColumnValues } from '../table/table.ts';
import { cellEncoder } from './encode-cells.ts';
import { userHeader } from './image-hdu.ts';
import { type OutputHdu, valueCard } from './output-hdu.ts';

/** A column to write; a column that was read can be given back as it is. */
export interface InputColumn {
  readonly name: string;
  readonly values: ColumnValues;
  /** TFORM, or a parsed one; without it the type of the values decides. Needed for logicals (L), bits (X) and complex (C, M). */
  readonly format?: string | ColumnFormat;
  /** Shape of a cell in C order; without it one value a cell, or one axis where the values are a multiple of the rows. */
  readonly cellShape?: readonly number[];
  /** Variable-length arrays: cell i is `values` from `offsets[i]` to `offsets[i + 1]`. */
  readonly offsets?: Float64Array | Uint32Array | Int32Array;
  /** 1 where undefined: NaN for reals, TNULL for integers, a zero byte for logicals. */
  readonly nulls?: Uint8Array;
  /** TNULL; chosen among unused values when `nulls` asks for it. */
  readonly nullValue?: number | bigint;
  readonly unit?: string | undefined;
  readonly ucd?: string | undefined;
  readonly description?: string | undefined;
  readonly display?: string | undefined;
}

export interface TableHduOptions {
  readonly columns: readonly InputColumn[];
  /** Needed only where no column shows it. */
  readonly rows?: number;
  readonly header?: Header;
  readonly name?: string;
  readonly version?: number;
}

const CHUNK = 1 << 20;

/** Describes a binary table for {@link writeFits}; rows are encoded piece by piece while written. */
export function tableHdu(options: TableHduOptions): OutputHdu {
  const rows = options.rows ?? rowsOf(options.columns[0]);
  let heap = 0;
  const plans = options.columns.map((column) => {
    const plan = planColumn(column, rows, heap);
    heap += plan.heapBytes;
    return plan;
  });
  const rowBytes = plans.reduce((sum, plan) => sum + cellBytes(plan.format), 0);
  return {
    extension: 'BINTABLE',
    structure: [
      valueCard('BITPIX', 8, 'bytes'),
      valueCard('NAXIS', 2, 'rows of bytes'),
      valueCard('NAXIS1', rowBytes, 'bytes in a row'),
      valueCard('NAXIS2', rows, 'rows'),
      valueCard('PCOUNT', heap, 'bytes of heap'),
      valueCard('GCOUNT', 1, 'one group'),
      valueCard('TFIELDS', plans.length, 'columns'),
      ...plans.flatMap((plan, i) => columnCards(plan, i + 1)),
    ],
    header: userHeader(options).filter((card) => !COLUMN_CARD.test(card.keyword)),
    dataSize: rows * rowBytes + heap,
    *data() {
      const step = Math.max(1, Math.floor(CHUNK / Math.max(1, rowBytes)));
      for (let row = 0; row < rows; row += step) {
        const count = Math.min(step, rows - row);
        const bytes = new Uint8Array(count * rowBytes);
        const view = new DataView(bytes.buffer);
        let offset = 0;
        for (const plan of plans) {
          plan.writeRows(bytes, view, { rowBytes, offset, row, count });
          offset += cellBytes(plan.format);
        }
        yield bytes;
      }
      for (const plan of plans) yield* plan.heap();
    },
  };
}

/** Cards that describe a column; they are made anew when a table is written. */
export const COLUMN_CARD: RegExp = /^(?:TTYPE|TFORM|TUNIT|TUCD|TCOMM|TDISP|TNULL|TSCAL|TZERO|TDIM|TBCOL)\d{1,3}$/;

interface RowSpan {
  readonly rowBytes: number;
  readonly offset: number;
  readonly row: number;
  readonly count: number;
}

interface ColumnPlan {
  readonly column: InputColumn;
  readonly format: ColumnFormat;
  readonly dims: readonly number[];
  readonly zero: number | bigint;
  readonly nullValue: number | bigint | undefined;
  readonly heapBytes: number;
  writeRows(bytes: Uint8Array, view: DataView, span: RowSpan): void;
  heap(): Iterable<Uint8Array>;
}

function rowsOf(column: InputColumn | undefined): number {
  if (column === undefined) return 0;
  if (column.offsets) return column.offsets.length - 1;
  const code = typeof column.format === 'string' ? parseColumnFormat(column.format).code : column.format?.code;
  const width = (column.cellShape ?? []).reduce((product, length) => product * length, 1) * (code ? numbersOf(code) : 1);
  return column.values.length / Math.max(1, width);
}

function planColumn(column: InputColumn, rows: number, heapStart: number): ColumnPlan {
  const given = typeof column.format === 'string' ? parseColumnFormat(column.format, { card: column.name }) : column.format;
  const strings = Array.isArray(column.values);
  const code = given?.code ?? (strings ? 'A' : codeOf(column.values as PixelArray));
  if (strings !== (code === 'A'))
    throw new BadArgumentError(`column ${column.name}: format ${code} and the kind of its values do not match`);
  const variable = column.offsets !== undefined || (strings && given?.variable !== undefined);
  return variable ? planVariable(column, code, rows, heapStart) : planFixed(column, code, given, rows);
}

function codeOf(values: PixelArray): ColumnFormat['code'] {
  const { bitpix } = storageOf(pixelTypeOf(values));
  return ({ 8: 'B', 16: 'I', 32: 'J', 64: 'K', [-32]: 'E' } as Record<number, ColumnFormat['code']>)[bitpix] ?? 'D';
}

function planFixed(column: InputColumn, code: ColumnFormat['code'], given: ColumnFormat | undefined, rows: number): ColumnPlan {
  const perCell = rows === 0 ? Math.max(1, given?.repeat ?? 1) : column.values.length / rows / numbersOf(code);
  const dims = column.cellShape ?? (perCell === 1 ? [] : [perCell]);
  const count = dims.reduce((product, length) => product * length, 1);
  if (rows > 0 && count !== perCell)
    throw new BadArgumentError(
      `column ${column.name}: ${column.values.length} values do not fill ${rows} cells of shape [${dims.join(', ')}]`,
    );
  const width =
    code === 'A'
      ? Math.max(longest(column.values as readonly string[]), given?.stringWidth ?? (dims.length === 0 ? (given?.repeat ?? 1) : 1))
      : 1;
  const format: ColumnFormat = {
    code,
    repeat: count * width,
    variable: undefined,
    stringWidth: code === 'A' && dims.length > 0 ? width : undefined,
  };
  const encoder = cellEncoder(column, code, width);
  const elementBytes = code === 'A' ? width : ELEMENT_BYTES[code];
  return {
    column,
    format,
    dims: code === 'A' && dims.length > 0 ? [...dims, width] : dims,
    zero: encoder.zero,
    nullValue: encoder.nullValue,
    heapBytes: 0,
    writeRows(bytes, view, { rowBytes, offset, row, count: rowCount }) {
      for (let i = 0; i < rowCount; i++) {
        const at = i * rowBytes + offset;
        if (code === 'X') encoder.bits(bytes, at, (row + i) * count, count);
        else for (let k = 0; k < count; k++) encoder.element(view, at + k * elementBytes, (row + i) * count + k);
      }
    },
    heap: () => [],
  };
}

function planVariable(column: InputColumn, code: ColumnFormat['code'], rows: number, heapStart: number): ColumnPlan {
  const lengths = new Float64Array(rows);
  const starts = new Float64Array(rows);
  const addresses = new Float64Array(rows);
  let heapBytes = 0;
  for (let row = 0; row < rows; row++) {
    lengths[row] = column.offsets
      ? (column.offsets[row + 1] - column.offsets[row]) / numbersOf(code)
      : (column.values[row] as string).length;
    starts[row] = column.offsets ? column.offsets[row] / numbersOf(code) : row;
    addresses[row] = heapStart + heapBytes;
    heapBytes += elementsBytes(code, lengths[row]);
  }
  if (column.offsets && column.offsets.length !== rows + 1)
    throw new BadArgumentError(`column ${column.name}: ${column.offsets.length} offsets do not fit ${rows} rows`);
  const wide = heapStart + heapBytes >= 2 ** 31;
  const format: ColumnFormat = {
    code,
    repeat: lengths.reduce((max, n) => Math.max(max, n), 0),
    variable: wide ? 'Q' : 'P',
    stringWidth: undefined,
  };
  const encoder = cellEncoder(column, code, 0);
  return {
    column,
    format,
    dims: [],
    zero: encoder.zero,
    nullValue: encoder.nullValue,
    heapBytes,
    writeRows(_bytes, view, { rowBytes, offset, row, count }) {
      for (let i = 0; i < count; i++) {
        const at = i * rowBytes + offset;
        if (wide) {
          view.setBigInt64(at, BigInt(lengths[row + i]));
          view.setBigInt64(at + 8, BigInt(addresses[row + i]));
        } else {
          view.setInt32(at, lengths[row + i]);
          view.setInt32(at + 4, addresses[row + i]);
        }
      }
    },
    *heap() {
      for (let first = 0; first < rows;) {
        let next = first;
        let size = 0;
        while (next < rows && (size === 0 || size < CHUNK)) size += elementsBytes(code, lengths[next++]);
        const bytes = new Uint8Array(size);
        const view = new DataView(bytes.buffer);
        let at = 0;
        for (let row = first; row < next; row++) {
          if (code === 'A') encoder.text(bytes, at, column.values[row] as string);
          else if (code === 'X') encoder.bits(bytes, at, starts[row], lengths[row]);
          else for (let k = 0; k < lengths[row]; k++) encoder.element(view, at + k * ELEMENT_BYTES[code], starts[row] + k);
          at += elementsBytes(code, lengths[row]);
        }
        yield bytes;
        first = next;
      }
    },
  };
}

function longest(values: readonly string[]): number {
  let max = 1;
  for (const value of values) if (value.length > max) max = value.length;
  return max;
}

function columnCards({ column, format, dims, zero, nullValue }: ColumnPlan, n: number): Card[] {
  const optional = (keyword: string, value: string | number | bigint | undefined): Card[] =>
    value === undefined || value === '' ? [] : [valueCard(`${keyword}${n}`, value)];
  return [
    valueCard(`TTYPE${n}`, column.name, column.description ?? ''),
    valueCard(`TFORM${n}`, formatColumnFormat(format)),
    ...optional('TUNIT', column.unit),
    ...(zero === 0 ? [] : [valueCard(`TSCAL${n}`, 1), valueCard(`TZERO${n}`, zero)]),
    ...optional('TNULL', nullValue),
    ...(dims.length > 1 || (format.code === 'A' && dims.length > 0) ? [valueCard(`TDIM${n}`, `(${dims.toReversed().join(',')})`)] : []),
    ...optional('TDISP', column.display),
    ...optional('TUCD', column.ucd),
  ];
}
