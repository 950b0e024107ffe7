import { CellValueError } from '../errors.ts';
import { cellRange, type Column, isNullAt } from '../model/column.ts';
import { DATA_TYPES, isBigIntType } from '../model/datatype.ts';
import type { ByteWriter } from '../text/byte-writer.ts';
import { escapeXml } from '../xml/element.ts';
import type { VotableField } from './write-field.ts';

const OPEN: Uint8Array = new TextEncoder().encode('<TD>');
const CLOSE: Uint8Array = new TextEncoder().encode('</TD>');
const EMPTY: Uint8Array = new TextEncoder().encode('<TD/>');
const TR: Uint8Array = new TextEncoder().encode('<TR>');
const END_TR: Uint8Array = new TextEncoder().encode('</TR>\n');

/** Rows `start` to `end` as TR elements. */
export function writeTextRows(
  out: ByteWriter,
  columns: readonly Column[],
  fields: readonly VotableField[],
  start: number,
  end: number,
): void {
  const kinds = columns.map((column) => kindOf(column));
  for (let row = start; row < end; row++) {
    out.append(TR);
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i];
      const isNull = isNullAt(column, row);
      const complex = kinds[i] === COMPLEX64 || kinds[i] === COMPLEX128;
      if (isNull && !complex && (column.shape.length === 0 || column.offsets)) {
        out.append(EMPTY);
        continue;
      }
      out.append(OPEN);
      if (isNull && column.shape.length === 0) out.text(nullItemText(kinds[i], fields[i]));
      else if (column.shape.length === 0) writeTextValue(out, column, kinds[i], row);
      else writeTextArray(out, column, kinds[i], fields[i], row, isNull);
      out.append(CLOSE);
    }
    out.append(END_TR);
  }
}

const FLOAT64 = 0;
const FLOAT32 = 1;
const INTEGER = 2;
const BIG = 3;
const BOOLEAN = 4;
const BIT = 5;
const STRING = 6;
const COMPLEX64 = 7;
const COMPLEX128 = 8;

function kindOf(column: Column): number {
  switch (column.datatype) {
    case 'float64':
      return FLOAT64;
    case 'float32':
      return FLOAT32;
    case 'complex64':
      return COMPLEX64;
    case 'complex128':
      return COMPLEX128;
    case 'string':
      return STRING;
    case 'boolean':
      return column.votableType === 'bit' ? BIT : BOOLEAN;
    default:
      return isBigIntType(column.datatype) ? BIG : INTEGER;
  }
}

function writeTextValue(out: ByteWriter, column: Column, kind: number, index: number): void {
  const { data } = column;
  switch (kind) {
    case FLOAT64:
      out.float64(data[index] as number);
      break;
    case FLOAT32:
      out.float32(data[index] as number);
      break;
    case INTEGER:
      out.integer(data[index] as number);
      break;
    case BIG: {
      const value = data[index] as bigint;
      const small = Number(value);
      if (Number.isSafeInteger(small)) out.integer(small);
      else out.text(String(value));
      break;
    }
    case BOOLEAN:
      out.byte(data[index] === 0 ? 70 : 84);
      break;
    case BIT:
      out.byte(data[index] === 0 ? 48 : 49);
      break;
    case STRING:
      out.text(escapeXml(data[index] as string));
      break;
    case COMPLEX64:
      out.float32(data[2 * index] as number);
      out.byte(32);
      out.float32(data[2 * index + 1] as number);
      break;
    default:
      out.float64(data[2 * index] as number);
      out.byte(32);
      out.float64(data[2 * index + 1] as number);
  }
}

function writeTextArray(out: ByteWriter, column: Column, kind: number, field: VotableField, row: number, isNull: boolean): void {
  const [start, end] = cellRange(column, row);
  for (let i = start; i < end; i++) {
    if (kind === STRING) {
      out.text(escapeXml(paddedText(column, field, i, row, ' ')));
      continue;
    }
    if (i > start) out.byte(32);
    if (isNull || column.itemNulls?.[i]) out.text(nullItemText(kind, field));
    else writeTextValue(out, column, kind, i);
  }
}

/** One null value inside an array. A null array of fixed length is all of these, and so is a null complex number: an empty cell would have the wrong length. */
function nullItemText(kind: number, field: VotableField): string {
  if (kind === INTEGER || kind === BIG) return String(field.nullValue ?? 0n);
  return kind === BOOLEAN ? '?' : kind === BIT ? '0' : kind === COMPLEX64 || kind === COMPLEX128 ? 'NaN NaN' : 'NaN';
}

/** Rows `start` to `end` in the binary form; BINARY2 has null flags before each row. */
export function writeBinaryRows(
  out: ByteWriter,
  columns: readonly Column[],
  fields: readonly VotableField[],
  start: number,
  end: number,
  withFlags: boolean,
): void {
  const flagBytes = withFlags ? (columns.length + 7) >> 3 : 0;
  for (let row = start; row < end; row++) {
    out.reserve(flagBytes);
    out.bytes.fill(0, out.length, out.length + flagBytes);
    const flags = out.length;
    out.length += flagBytes;
    for (let i = 0; i < columns.length; i++) {
      const isNull = isNullAt(columns[i], row);
      if (isNull && withFlags) out.bytes[flags + (i >> 3)] |= 128 >> (i & 7);
      writeBinaryCell(out, columns[i], fields[i], row, isNull);
    }
  }
}

function writeBinaryCell(out: ByteWriter, column: Column, field: VotableField, row: number, isNull: boolean): void {
  const [start, end] = cellRange(column, row);
  if (column.datatype === 'string') {
    writeBinaryText(out, column, field, row, isNull);
    return;
  }
  const count = end - start;
  out.reserve(4 + count * DATA_TYPES[column.datatype].bytes * 2 + 8);
  if (column.offsets) out.int32(isNull ? 0 : count);
  if (column.offsets && isNull) return;
  if (field.datatype === 'bit') {
    for (let i = 0; i < count; i += 8) {
      let byte = 0;
      for (let j = 0; j < 8 && i + j < count; j++) if (column.data[start + i + j] !== 0) byte |= 128 >> j;
      out.byte(byte);
    }
    return;
  }
  for (let i = start; i < end; i++) writeBinaryValue(out, column, field, i, isNull || (column.itemNulls?.[i] ?? 0) !== 0);
}

function writeBinaryValue(out: ByteWriter, column: Column, field: VotableField, index: number, isNull: boolean): void {
  const { data } = column;
  const value = data[index];
  switch (field.datatype) {
    case 'double':
      out.rawFloat64(isNull ? Number.NaN : (value as number));
      break;
    case 'float':
      out.rawFloat32(isNull ? Number.NaN : (value as number));
      break;
    case 'int':
      out.int32(isNull ? Number(field.nullValue ?? 0n) : (value as number));
      break;
    case 'short':
      out.int16(isNull ? Number(field.nullValue ?? 0n) : (value as number));
      break;
    case 'unsignedByte':
      out.byte(isNull ? Number(field.nullValue ?? 0n) : (value as number));
      break;
    case 'long':
      out.int64(isNull ? (field.nullValue ?? 0n) : BigInt(value));
      break;
    case 'boolean':
      out.byte(isNull ? 63 : value === 0 ? 70 : 84);
      break;
    case 'floatComplex':
      out.rawFloat32(isNull ? Number.NaN : (data[2 * index] as number));
      out.rawFloat32(isNull ? Number.NaN : (data[2 * index + 1] as number));
      break;
    default:
      out.rawFloat64(isNull ? Number.NaN : (data[2 * index] as number));
      out.rawFloat64(isNull ? Number.NaN : (data[2 * index + 1] as number));
  }
}

function writeBinaryText(out: ByteWriter, column: Column, field: VotableField, row: number, isNull: boolean): void {
  const [start, end] = cellRange(column, row);
  let text = '';
  if (!isNull)
    for (let i = start; i < end; i++)
      text +=
        column.shape.length > 0 || field.charLength !== undefined ? paddedText(column, field, i, row, '\0') : (column.data[i] as string);
  else if (!column.offsets && field.charLength !== undefined) text = '\0'.repeat(field.charLength * (end - start));
  const counted = column.offsets !== undefined || field.charLength === undefined;
  if (field.datatype === 'unicodeChar') {
    out.reserve(4 + text.length * 2);
    if (counted) out.int32(text.length);
    for (let i = 0; i < text.length; i++) out.int16(text.charCodeAt(i));
    return;
  }
  out.reserve(4 + text.length * 3);
  const mark = out.length;
  if (counted) out.length += 4;
  out.text(text);
  if (counted) {
    const stop = out.length;
    out.length = mark;
    out.int32(stop - mark - 4);
    out.length = stop;
  }
}

/** A string filled up to its field's fixed length. */
function paddedText(column: Column, field: VotableField, index: number, row: number, filler: string): string {
  const text = column.data[index] as string;
  const length = field.charLength ?? text.length;
  if (text.length > length)
    throw new CellValueError(`column "${column.name}" holds strings of at most ${length} characters; found ${text.length} (row ${row})`, {
      details: { column: column.name, row, value: text.slice(0, 80) },
    });
  return text.padEnd(length, filler);
}
