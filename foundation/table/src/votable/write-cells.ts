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
  if (writePlainRows(out, columns, fields, { start, end, flagBytes })) return;
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

/** Bytes of the types whose cells are one number each. */
const PLAIN_BYTES: Readonly<Record<string, number>> = { double: 8, float: 4, int: 4, short: 2, unsignedByte: 1, long: 8 };

/**
 * Rows of plain numbers, column by column: where each has a place of its own in a row of fixed length, types are told apart once a
 * column rather than once a cell. @returns False, and nothing written, where a column is of another kind.
 */
function writePlainRows(
  out: ByteWriter,
  columns: readonly Column[],
  fields: readonly VotableField[],
  { start, end, flagBytes }: { readonly start: number; readonly end: number; readonly flagBytes: number },
): boolean {
  let stride = flagBytes;
  for (let i = 0; i < columns.length; i++) {
    const bytes = PLAIN_BYTES[fields[i].datatype];
    if (bytes === undefined || columns[i].shape.length > 0 || columns[i].itemNulls) return false;
    stride += bytes;
  }
  const size = stride * (end - start);
  out.reserve(size);
  out.bytes.fill(0, out.length, out.length + size);
  const view = new DataView(out.bytes.buffer, out.bytes.byteOffset + out.length, size);
  for (let i = 0, at = flagBytes; i < columns.length; at += PLAIN_BYTES[fields[i].datatype], i++) {
    const place = { start, end, stride, at };
    writePlainColumn(view, columns[i], fields[i], place);
    const { nulls } = columns[i];
    if (nulls && flagBytes > 0)
      for (let row = start, flag = i >> 3; row < end; row++, flag += stride)
        if (nulls[row] !== 0) view.setUint8(flag, view.getUint8(flag) | (128 >> (i & 7)));
  }
  out.length += size;
  return true;
}

interface ColumnPlace {
  readonly start: number;
  readonly end: number;
  /** Bytes from one row to the next, and of what comes before the column in a row. */
  readonly stride: number;
  readonly at: number;
}

function writePlainColumn(
  view: DataView,
  { data, nulls, datatype }: Column,
  field: VotableField,
  { start, end, stride, at }: ColumnPlace,
): void {
  let to = at;
  const none = field.nullValue ?? 0n;
  const isNull = (row: number): boolean => nulls !== undefined && nulls[row] !== 0;
  switch (field.datatype) {
    case 'double':
      for (let row = start; row < end; row++, to += stride) view.setFloat64(to, isNull(row) ? Number.NaN : (data[row] as number));
      break;
    case 'float':
      for (let row = start; row < end; row++, to += stride) view.setFloat32(to, isNull(row) ? Number.NaN : (data[row] as number));
      break;
    case 'long':
      if (isBigIntType(datatype) && !nulls) writeLongs(view, data as BigInt64Array, { start, end, stride, at });
      else for (let row = start; row < end; row++, to += stride) view.setBigInt64(to, isNull(row) ? none : BigInt(data[row]));
      break;
    case 'int':
      for (let row = start; row < end; row++, to += stride) view.setInt32(to, isNull(row) ? Number(none) : (data[row] as number));
      break;
    case 'short':
      for (let row = start; row < end; row++, to += stride) view.setInt16(to, isNull(row) ? Number(none) : (data[row] as number));
      break;
    default:
      for (let row = start; row < end; row++, to += stride) view.setUint8(to, isNull(row) ? Number(none) : (data[row] as number));
  }
}

/** 64-bit integers by halves: no BigInt is made. */
function writeLongs(view: DataView, data: BigInt64Array | BigUint64Array, { start, end, stride, at }: ColumnPlace): void {
  const halves = new DataView(data.buffer, data.byteOffset);
  for (let row = start, to = at; row < end; row++, to += stride) {
    view.setInt32(to, halves.getInt32(8 * row + HIGH, IS_LITTLE));
    view.setInt32(to + 4, halves.getInt32(8 * row + 4 - HIGH, IS_LITTLE));
  }
}

const IS_LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
const HIGH = IS_LITTLE ? 4 : 0;

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
