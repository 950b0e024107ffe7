import {
  type ByteSource,
  type FitsColumn,
  type FitsTable,
  fitsBytes,
  type Hdu,
  type InputColumn,
  isStructural,
  openFits,
  type OutputHdu,
  readTable,
  tableHdu,
  Header,
} from '@almagest/fits';
import { TableFormatError, UnsupportedTableError } from '../errors.ts';
import { type Column, isVariable, type JsonValue, makeColumn, rowCount, valuesPerCell } from '../model/column.ts';
import { type ColumnData, DATA_TYPES, type DataType, type NumberArray } from '../model/datatype.ts';
import { makeTable, type Table, type TableMeta } from '../model/table.ts';

export interface FitsTableReadOptions {
  /** HDU by number or name; the first table by default. */
  readonly hdu?: number | string;
  readonly columns?: readonly string[];
  /** Half-open range of rows. */
  readonly rows?: readonly [start: number, stop: number];
}

/**
 * Reads a table of a FITS file: binary, ASCII or compressed.
 *
 * The HDU's name becomes the table's name, its other cards `meta.extra`. Undefined integers and logicals are null; NaN stays NaN.
 *
 * @throws {TableFormatError} if the file has no table.
 * @throws {FitsError} if the file is damaged.
 */
export async function readFitsTable(source: ByteSource, options: FitsTableReadOptions = {}): Promise<Table> {
  const file = await openFits(source);
  const hdu = options.hdu === undefined ? await firstTable(file) : await file.hdu(options.hdu);
  const data = await readTable(hdu, {
    ...(options.columns ? { columns: options.columns } : {}),
    ...(options.rows ? { rows: options.rows } : {}),
  });
  return tableFromFits(data, hdu);
}

async function firstTable(file: AsyncIterable<Hdu>): Promise<Hdu> {
  const seen: string[] = [];
  for await (const hdu of file) {
    if (hdu.kind === 'table' || hdu.kind === 'ascii-table' || hdu.kind === 'compressed-table') return hdu;
    seen.push(hdu.kind);
  }
  throw new TableFormatError(`expected a table HDU; found ${seen.join(', ')}`, { details: { format: 'fits' } });
}

/** A table that the fits room read, with the metadata of its HDU. Shares arrays. */
export function tableFromFits(table: FitsTable, hdu?: Hdu): Table {
  const columns = table.columns.map((column) => columnFromFits(column, table.rows));
  return { ...makeTable(columns, hdu ? metaOf(hdu) : {}), nrows: table.rows };
}

function metaOf(hdu: Hdu): TableMeta {
  const extra: Record<string, JsonValue> = {};
  for (const card of hdu.header.cards) {
    const { keyword } = card;
    if (isStructural(keyword) || /^(T[A-Z]+\d+|Z[A-Z]+\d*|COMMENT|HISTORY|CONTINUE|)$/.test(keyword)) continue;
    const value = hdu.header.get(keyword);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') extra[keyword] = value;
    else if (typeof value === 'bigint') extra[keyword] = String(value);
  }
  return { ...(hdu.name && hdu.name !== 'PRIMARY' ? { name: hdu.name } : {}), ...(Object.keys(extra).length > 0 ? { extra } : {}) };
}

function columnFromFits(column: FitsColumn, rows: number): Column {
  const { format, values } = column;
  const datatype = typeOf(column);
  const shape = column.offsets ? [-1] : column.cellShape;
  const spec = {
    name: column.name,
    datatype,
    shape,
    ...(column.unit ? { unit: column.unit } : {}),
    ...(column.ucd ? { ucd: column.ucd } : {}),
    ...(column.description ? { description: column.description } : {}),
    ...(column.display ? { extra: { display: column.display } } : {}),
    ...(format.code === 'X' ? { votableType: 'bit' as const } : {}),
  };
  const data = (Array.isArray(values) ? values : values) as ColumnData;
  const { slots } = DATA_TYPES[datatype];
  const offsets = column.offsets ? Int32Array.from(column.offsets, (at) => at / slots) : undefined;
  const nulls = column.nulls && DATA_TYPES[datatype].kind !== 'float' && column.nulls.some((n) => n !== 0) ? column.nulls : undefined;
  const empty = valuesPerCell(shape) === 0 ? { nulls: new Uint8Array(rows) } : {};
  return makeColumn({
    ...spec,
    data,
    ...(offsets ? { offsets } : {}),
    ...(nulls ? (shape.length === 0 ? { nulls } : splitNulls(nulls, offsets, valuesPerCell(shape), rows)) : empty),
  });
}

/** Null elements of arrays: cells that are null as a whole, and the others. */
function splitNulls(
  itemNulls: Uint8Array,
  offsets: Int32Array | undefined,
  per: number,
  rows: number,
): { nulls: Uint8Array; itemNulls: Uint8Array } {
  const nulls = new Uint8Array(rows);
  const rest = itemNulls.slice();
  for (let row = 0; row < rows; row++) {
    const start = offsets ? offsets[row] : row * per;
    const end = offsets ? offsets[row + 1] : start + per;
    if (end === start || !itemNulls.subarray(start, end).every((n) => n !== 0)) continue;
    nulls[row] = 1;
    rest.fill(0, start, end);
  }
  return { nulls, itemNulls: rest };
}

function typeOf(column: FitsColumn): DataType {
  switch (column.format.code) {
    case 'A':
      return 'string';
    case 'L':
    case 'X':
      return 'boolean';
    case 'C':
      return 'complex64';
    case 'M':
      return 'complex128';
    default: {
      const name = column.values.constructor.name;
      const found = Object.entries({
        Int8Array: 'int8',
        Uint8Array: 'uint8',
        Int16Array: 'int16',
        Uint16Array: 'uint16',
        Int32Array: 'int32',
        Uint32Array: 'uint32',
        BigInt64Array: 'int64',
        BigUint64Array: 'uint64',
        Float32Array: 'float32',
      }).find(([key]) => key === name);
      return (found?.[1] ?? 'float64') as DataType;
    }
  }
}

/**
 * Describes a table as a FITS binary table HDU, for `writeFits`.
 *
 * Characters that are not ASCII become `?` (in names `_`). Nulls are TNULL for integers, NaN for floats, a zero byte for logicals, and empty for strings and lists.
 *
 * @throws {UnsupportedTableError} if a column holds lists of strings, or lists of more than one axis that differ in length.
 */
export function fitsTableHdu(table: Table): OutputHdu {
  const { name, extra } = table.meta;
  const cards: Record<string, string | number | boolean> = {};
  for (const [key, value] of Object.entries(extra ?? {}))
    if (
      /^[A-Z0-9_-]{1,8}$/.test(key) &&
      !isStructural(key) &&
      (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    )
      cards[key] = value;
  return tableHdu({ columns: table.columns.map(inputColumn), rows: table.nrows, ...(name ? { name } : {}), header: Header.of(cards) });
}

/** The bytes of a FITS file with the tables. */
export function writeFitsTable(...tables: readonly Table[]): Promise<Uint8Array> {
  return fitsBytes(tables.map(fitsTableHdu));
}

const CODES: Partial<Readonly<Record<DataType, string>>> = { boolean: 'L', complex64: 'C', complex128: 'M' };

function inputColumn(column: Column): InputColumn {
  const { datatype, shape } = column;
  const { slots, kind } = DATA_TYPES[datatype];
  if (isVariable(column) && (kind === 'string' || shape.length > 1))
    throw new UnsupportedTableError(
      `column "${column.name}" holds ${kind === 'string' ? 'lists of strings' : 'lists of arrays'}, which FITS cannot express; split or join them first`,
      {
        details: { format: 'fits', column: column.name },
      },
    );
  const code = column.votableType === 'bit' && !isVariable(column) ? 'X' : CODES[datatype];
  const per = valuesPerCell(shape);
  const rows = rowCount(column);
  const repeat = isVariable(column) ? undefined : per;
  const nulls = elementNulls(column, rows, per);
  return {
    name: ascii(column.name, '_'),
    values: kind === 'string' ? (column.data as string[]).map((text) => ascii(text, '?')) : column.data,
    ...(code ? { format: repeat === undefined ? `1P${code}` : `${repeat}${code}` } : {}),
    ...(kind === 'string' ? { cellShape: shape } : isVariable(column) ? {} : { cellShape: shape }),
    ...(column.offsets ? { offsets: Float64Array.from(column.offsets, (at) => at * slots) } : {}),
    ...(nulls && kind !== 'string' ? { nulls } : {}),
    ...(typeof column.nullValue === 'bigint' && nulls && kind === 'integer'
      ? { nullValue: datatype === 'int64' || datatype === 'uint64' ? column.nullValue : Number(column.nullValue) }
      : {}),
    unit: column.unit && ascii(column.unit, '?'),
    ucd: column.ucd && ascii(column.ucd, '?'),
    description: column.description && ascii(column.description, '?'),
    display: typeof column.extra?.['display'] === 'string' ? column.extra['display'] : undefined,
  };
}

/** FITS has printable ASCII only: other characters are replaced. */
function ascii(text: string, replacement: string): string {
  return /^[ -~]*$/.test(text) ? text : text.replace(/\s+/g, ' ').replace(/[^ -~]/gu, replacement);
}

/** Null flags by element (by number, for complex), from those by cell and by value. */
function elementNulls(column: Column, rows: number, per: number): Uint8Array | undefined {
  if (!column.nulls && !column.itemNulls) return undefined;
  const { slots } = DATA_TYPES[column.datatype];
  const flags = new Uint8Array((column.data as NumberArray).length / slots);
  if (column.itemNulls) flags.set(column.itemNulls.subarray(0, flags.length));
  if (column.nulls)
    for (let row = 0; row < rows; row++)
      if (column.nulls[row]) {
        const [start, end] = column.offsets ? [column.offsets[row], column.offsets[row + 1]] : [row * per, (row + 1) * per];
        flags.fill(1, start, end);
      }
  return flags;
}
