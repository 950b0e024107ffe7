import { BadArgumentError } from '../errors.ts';
import type { Card } from '../header/card.ts';
import { COLUMN_CARD, type InputColumn, type TableHduOptions } from './table-hdu.ts';
import { userHeader } from './image-hdu.ts';
import { type OutputHdu, valueCard } from './output-hdu.ts';

/** Digits that bring back every double, and every single. */
const REAL = { float64: { form: 'D25.16', digits: 16 }, float32: { form: 'E16.8', digits: 8 } };
const ROWS = 4096;
/** TNULL; it stands at the left of its field, where other readers look for it. */
const UNDEFINED = 'NULL';

interface Field {
  readonly column: InputColumn;
  readonly form: string;
  readonly width: number;
  readonly start: number;
  text(row: number): string;
}

/**
 * Describes an ASCII table for {@link writeFits}: one value a cell, integers, reals and strings.
 *
 * Undefined values (`nulls`, NaN) are written as TNULL, the text "NULL".
 *
 * @throws {BadArgumentError} for arrays, logicals, bits and complex numbers, which ASCII tables do not have.
 */
export function asciiTableHdu(options: TableHduOptions): OutputHdu {
  const rows = options.rows ?? options.columns[0]?.values.length ?? 0;
  const fields: Field[] = [];
  let end = 0;
  for (const column of options.columns) {
    const field = planField(column, rows, end);
    fields.push(field);
    end = field.start + field.width + 1;
  }
  const rowBytes = Math.max(0, end - 1);
  return {
    extension: 'TABLE',
    structure: [
      valueCard('BITPIX', 8, 'characters'),
      valueCard('NAXIS', 2, 'rows of characters'),
      valueCard('NAXIS1', rowBytes, 'characters in a row'),
      valueCard('NAXIS2', rows, 'rows'),
      valueCard('PCOUNT', 0, 'no heap'),
      valueCard('GCOUNT', 1, 'one group'),
      valueCard('TFIELDS', fields.length, 'columns'),
      ...fields.flatMap((field, i) => fieldCards(field, i + 1)),
    ],
    header: userHeader(options).filter((card) => !COLUMN_CARD.test(card.keyword)),
    dataSize: rows * rowBytes,
    fill: 0x20,
    *data() {
      for (let first = 0; first < rows; first += ROWS) {
        let text = '';
        for (let row = first; row < Math.min(rows, first + ROWS); row++) text += fields.map((field) => field.text(row)).join(' ');
        yield Uint8Array.from(text, (character) => character.charCodeAt(0));
      }
    },
  };
}

function planField(column: InputColumn, rows: number, start: number): Field {
  const { values, name } = column;
  const flat = column.format === undefined || !/[LXCM]/.test(typeof column.format === 'string' ? column.format : column.format.code);
  if (!flat || column.offsets || (column.cellShape?.length ?? 0) > 0 || values.length !== rows)
    throw new BadArgumentError(`column ${name}: an ASCII table holds one number or string a cell`);
  const undefinedAt = (row: number): boolean => column.nulls?.[row] === 1 || Number.isNaN(values[row]);
  if (values instanceof Float32Array || values instanceof Float64Array) {
    const { form, digits } = values instanceof Float32Array ? REAL.float32 : REAL.float64;
    const width = Number(/\d+/.exec(form)?.[0]);
    return {
      column,
      form,
      width,
      start,
      text: (row) => (undefinedAt(row) ? UNDEFINED.padEnd(width) : formatReal(values[row], digits, form[0], name).padStart(width)),
    };
  }
  const strings = Array.isArray(values);
  const texts = Array.from({ length: rows }, (_unused, row) => (undefinedAt(row) ? UNDEFINED : String(values[row])));
  const width = texts.reduce((most, text) => Math.max(most, text.length), 1);
  for (const text of texts)
    if (!/^[\x20-\x7e]*$/.test(text))
      throw new BadArgumentError(`column ${name}: strings must be printable ASCII; found ${JSON.stringify(text)}`);
  return {
    column,
    form: `${strings ? 'A' : 'I'}${width}`,
    width,
    start,
    text: (row) => (strings || undefinedAt(row) ? texts[row].padEnd(width) : texts[row].padStart(width)),
  };
}

function formatReal(value: number, digits: number, letter: string, name: string): string {
  if (!Number.isFinite(value)) throw new BadArgumentError(`column ${name}: an ASCII table cannot hold ${value}`);
  const [mantissa, exponent = '0'] = value.toExponential(digits).split('e');
  const power = Number(exponent);
  return `${mantissa}${letter}${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

function fieldCards({ column, form, start }: Field, n: number): Card[] {
  return [
    valueCard(`TTYPE${n}`, column.name, column.description ?? ''),
    valueCard(`TBCOL${n}`, start + 1),
    valueCard(`TFORM${n}`, form),
    ...(column.unit ? [valueCard(`TUNIT${n}`, column.unit)] : []),
    ...(column.ucd ? [valueCard(`TUCD${n}`, column.ucd)] : []),
    ...(form.startsWith('A') && !column.nulls ? [] : [valueCard(`TNULL${n}`, UNDEFINED)]),
  ];
}
