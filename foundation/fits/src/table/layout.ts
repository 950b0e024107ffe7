import { BadCardError } from '../errors.ts';
import type { Header } from '../header/header.ts';
import { cellBytes, type ColumnFormat, parseColumnFormat } from './column-format.ts';

/** A column of a binary table as the header describes it. */
export interface ColumnLayout {
  /** TTYPE as it stands; "col3" for the third column where there is none. */
  readonly name: string;
  readonly format: ColumnFormat;
  /** Start of the cell in its row [byte]. */
  readonly offset: number;
  readonly unit: string | undefined;
  readonly ucd: string | undefined;
  readonly description: string | undefined;
  readonly display: string | undefined;
  readonly scale: number;
  readonly zero: number;
  readonly nullValue: number | bigint | undefined;
  /** Shape of a cell in C order, from TDIM; undefined where TDIM is absent or does not fill the cell. */
  readonly dims: readonly number[] | undefined;
}

export interface TableLayout {
  readonly rows: number;
  readonly rowBytes: number;
  readonly columns: readonly ColumnLayout[];
  /** Start of the heap in the data, and end of the data [byte]. */
  readonly heapStart: number;
  readonly heapEnd: number;
}

/** Reads the layout of a binary table. @throws {BadCardError} */
export function tableLayout(header: Header): TableLayout {
  const rowBytes = header.requireInteger('NAXIS1', { min: 0 });
  const rows = header.requireInteger('NAXIS2', { min: 0 });
  const fields = header.requireInteger('TFIELDS', { min: 0, max: 999 });
  const columns: ColumnLayout[] = [];
  let offset = 0;
  for (let n = 1; n <= fields; n++) {
    const place = { hdu: header.hdu, card: `TFORM${n}` };
    const tform = header.getString(`TFORM${n}`);
    if (tform === undefined) throw new BadCardError(`TFORM${n} is missing`, place);
    const format = parseColumnFormat(tform, place);
    columns.push({ ...describeColumn(header, n), format, offset, dims: parseDims(header.getString(`TDIM${n}`), format) });
    offset += cellBytes(format);
  }
  if (offset > rowBytes)
    throw new BadCardError(`the columns take ${offset} bytes a row; NAXIS1 says ${rowBytes}`, { hdu: header.hdu, card: 'NAXIS1' });
  const heapStart = header.requireInteger('THEAP', { min: 0, fallback: rowBytes * rows });
  return { rows, rowBytes, columns, heapStart, heapEnd: rowBytes * rows + header.requireInteger('PCOUNT', { min: 0, fallback: 0 }) };
}

/** What every kind of table says of its columns. */
export function describeColumn(header: Header, n: number): Omit<ColumnLayout, 'format' | 'offset' | 'dims'> {
  const nullValue = header.get(`TNULL${n}`);
  return {
    name: header.getString(`TTYPE${n}`)?.trim() || `col${n}`,
    unit: header.getString(`TUNIT${n}`),
    ucd: header.getString(`TUCD${n}`),
    description: header.getString(`TCOMM${n}`) ?? usefulComment(header.card(`TTYPE${n}`)?.comment),
    display: header.getString(`TDISP${n}`),
    scale: header.getNumber(`TSCAL${n}`) ?? 1,
    zero: header.getNumber(`TZERO${n}`) ?? 0,
    nullValue: typeof nullValue === 'number' || typeof nullValue === 'bigint' ? nullValue : undefined,
  };
}

function parseDims(text: string | undefined, format: ColumnFormat): number[] | undefined {
  const match = text === undefined ? null : /^\s*\(\s*(\d+(?:\s*,\s*\d+)*)\s*\)\s*$/.exec(text);
  if (match?.[1] === undefined) return undefined;
  const dims = match[1].split(',').map(Number).toReversed();
  const count = dims.reduce((product, length) => product * length, 1);
  return format.variable === undefined && count > format.repeat ? undefined : dims;
}

/** The comment of TTYPE, unless it only says what every such comment says. */
function usefulComment(comment: string | undefined): string | undefined {
  return comment === undefined || comment === '' || /^label for (?:field|column)/i.test(comment) ? undefined : comment;
}
