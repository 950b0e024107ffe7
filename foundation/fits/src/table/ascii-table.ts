import { BadCardError, BadDataError, TooLargeError, TruncatedError, UnsupportedError } from '../errors.ts';
import type { Hdu } from '../hdu/hdu.ts';
import type { ColumnFormat } from './column-format.ts';
import { decodeString } from './decode-cells.ts';
import { describeColumn } from './layout.ts';
import { checkRows, type FitsColumn, type FitsTable, findByName, MAX_TABLE_BYTES, type ReadTableOptions } from './table.ts';

interface AsciiField {
  readonly about: ReturnType<typeof describeColumn>;
  readonly name: string;
  readonly code: 'A' | 'I' | 'F' | 'E' | 'D';
  readonly width: number;
  readonly decimals: number;
  readonly start: number;
  /** TNULL is text here. */
  readonly nullText: string | undefined;
}

const FORMAT = /^\s*([AIFED])(\d+)(?:\.(\d+))?\s*$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[ED]?[+-]?\d+|[ED][+-]?\d+)?$/i;

/**
 * Reads an ASCII table.
 *
 * Integers of up to nine characters are 32-bit and longer ones 64-bit; all reals are doubles; a blank number is 0 unless TNULL is blank.
 *
 * @throws {BadDataError} if a field holds no number where one should be.
 */
export async function readAsciiTable(hdu: Hdu, options: ReadTableOptions = {}): Promise<FitsTable> {
  if (hdu.kind !== 'ascii-table')
    throw new UnsupportedError(`an ASCII table was asked for; the HDU is of kind ${hdu.kind}`, { hdu: hdu.index });
  const rowBytes = hdu.header.requireInteger('NAXIS1', { min: 0 });
  const rows = hdu.header.requireInteger('NAXIS2', { min: 0 });
  const fields = asciiFields(hdu, rowBytes);
  const wanted = options.columns?.map((name) => findByName(fields, name, hdu.index)) ?? fields;
  const [start, stop] = checkRows(options.rows, rows, hdu.index);
  const size = (stop - start) * rowBytes;
  if (rowBytes * stop > hdu.source.size - hdu.dataOffset)
    throw new TruncatedError(`the table needs ${rows * rowBytes} bytes; the file has less`, { hdu: hdu.index, card: 'NAXIS2' });
  if ((rowBytes + 1) * (stop - start) > (options.maxBytes ?? MAX_TABLE_BYTES) || (rowBytes === 0 && rows > 2 ** 24))
    throw new TooLargeError('the table is larger than the limit', { hdu: hdu.index, card: 'NAXIS2' });
  const bytes = await hdu.source.read(hdu.dataOffset + start * rowBytes, size);
  if (bytes.length < size) throw new TruncatedError('the file ended while its rows were read', { hdu: hdu.index });
  return { rows: stop - start, columns: wanted.map((field) => readField(hdu, field, bytes, { rowBytes, rows: stop - start })) };
}

function asciiFields(hdu: Hdu, rowBytes: number): AsciiField[] {
  const { header } = hdu;
  const count = header.requireInteger('TFIELDS', { min: 0, max: 999 });
  return Array.from({ length: count }, (_unused, i): AsciiField => {
    const n = i + 1;
    const match = FORMAT.exec(header.getString(`TFORM${n}`) ?? '');
    if (match === null)
      throw new BadCardError(`an ASCII column format is Aw, Iw, Fw.d, Ew.d or Dw.d; found "${header.getString(`TFORM${n}`)}"`, {
        hdu: hdu.index,
        card: `TFORM${n}`,
      });
    const start = header.requireInteger(`TBCOL${n}`, { min: 1 }) - 1;
    const width = Number(match[2]);
    if (start + width > rowBytes)
      throw new BadCardError(`column ${n} ends at ${start + width}; a row has ${rowBytes} characters`, {
        hdu: hdu.index,
        card: `TBCOL${n}`,
      });
    const about = describeColumn(header, n);
    const nullText = header.getString(`TNULL${n}`);
    return {
      about,
      name: about.name,
      code: match[1] as AsciiField['code'],
      width,
      decimals: Number(match[3] ?? 0),
      start,
      nullText: nullText?.trim(),
    };
  });
}

function readField(hdu: Hdu, field: AsciiField, bytes: Uint8Array, size: { rowBytes: number; rows: number }): FitsColumn {
  const { about, code, width } = field;
  const { rows, rowBytes } = size;
  const text = (row: number): string => decodeString(bytes, row * rowBytes + field.start, width);
  const base = {
    name: about.name,
    cellShape: [],
    unit: about.unit,
    ucd: about.ucd,
    description: about.description,
    display: about.display,
  };
  const format = (binary: ColumnFormat['code'], repeat = 1): ColumnFormat => ({
    code: binary,
    repeat,
    variable: undefined,
    stringWidth: undefined,
  });
  if (code === 'A') return { ...base, format: format('A', width), values: Array.from({ length: rows }, (_unused, row) => text(row)) };
  const nulls = field.nullText === undefined ? undefined : new Uint8Array(rows);
  const scaled = about.scale !== 1 || about.zero !== 0;
  const wide = code === 'I' && !scaled && width > 9;
  const whole = code === 'I' && !scaled;
  const values = wide ? new BigInt64Array(rows) : whole ? new Int32Array(rows) : new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const item = text(row).trim();
    if (nulls && item === field.nullText) {
      nulls[row] = 1;
      if (!whole) values[row] = Number.NaN;
      continue;
    }
    const bad = (): never => {
      throw new BadDataError(`row ${row} of column ${about.name} should hold a number; found "${item}"`, { hdu: hdu.index, card: 'TFORM' });
    };
    if (code === 'I' && item !== '' && !/^[+-]?\d+$/.test(item)) bad();
    if (wide) values[row] = item === '' ? 0n : BigInt.asIntN(64, BigInt(item.replace('+', '')));
    else {
      const number = item === '' ? 0 : parseReal(item, code === 'I' ? 0 : field.decimals);
      if (number === undefined) return bad();
      values[row] = scaled ? about.zero + about.scale * number : number;
    }
  }
  return { ...base, format: format(wide ? 'K' : whole ? 'J' : 'D'), values, ...(nulls ? { nulls } : {}) };
}

/** A Fortran real; without a point the last `decimals` digits are behind it. */
function parseReal(text: string, decimals: number): number | undefined {
  const packed = text.replaceAll(' ', '');
  if (!NUMBER.test(packed)) return undefined;
  const match = /^([+-]?[\d.]+)(?:[EDed]?([+-]?\d+))?$/.exec(packed);
  if (match?.[1] === undefined) return undefined;
  const exponent = Number(match[2] ?? 0) - (match[1].includes('.') ? 0 : decimals);
  return Number(`${match[1]}e${exponent}`);
}
