import { DATA_TYPES } from '../model/datatype.ts';
import { asciiSlice, NumberSyntax, parseBigIntInto, parseFloatBytes, parseIntBytes } from '../text/parse-number.ts';
import type { ColumnSink } from './column-sink.ts';

/** How the text of a cell is read; small integers, so that the row loop can switch on them. */
const TEXT = 0;
const FLOAT = 1;
const INTEGER = 2;
const BIG = 3;
const BOOLEAN = 4;
const COMPLEX = 5;
const ARRAY = 6;
const TEXT_ARRAY = 7;

/** A column as the row loop sees it. */
export interface TextCell {
  readonly sink: ColumnSink;
  readonly code: number;
  readonly itemCode: number;
  readonly unsigned: boolean;
  readonly min: number;
  readonly max: number;
  readonly nullValue: bigint | number | undefined;
  /** The last text and the bytes that it came from: columns of repeated strings are made once. */
  lastBytes: Uint8Array;
  lastLength: number;
  lastText: string;
}

export function textCell(sink: ColumnSink): TextCell {
  const { datatype, nullValue } = sink.spec;
  const info = DATA_TYPES[datatype];
  const itemCode =
    info.kind === 'string'
      ? TEXT
      : info.kind === 'float'
        ? FLOAT
        : info.kind === 'boolean'
          ? BOOLEAN
          : info.kind === 'complex'
            ? COMPLEX
            : info.bytes === 8
              ? BIG
              : INTEGER;
  const code = sink.shape.length === 0 ? itemCode : itemCode === TEXT ? TEXT_ARRAY : ARRAY;
  return {
    sink,
    code,
    itemCode,
    unsigned: datatype === 'uint64',
    min: Number(info.min ?? 0n),
    max: Number(info.max ?? 0n),
    nullValue: itemCode === INTEGER && nullValue !== undefined ? Number(nullValue) : nullValue,
    lastBytes: new Uint8Array(64),
    lastLength: -1,
    lastText: '',
  };
}

/**
 * Reads the text of one cell into its column and ends the row there.
 *
 * @throws {NumberSyntax} if the text does not fit the type; the column is unchanged.
 */
export function readCellText(cell: TextCell, bytes: Uint8Array, start: number, end: number): void {
  const { sink } = cell;
  if (start === end) {
    if (cell.code === TEXT) putText(sink, '');
    else sink.endNullRow();
    return;
  }
  switch (cell.code) {
    case TEXT:
      putText(sink, textOf(cell, bytes, start, end));
      return;
    case FLOAT: {
      if (isBlank(bytes, start, end)) return sink.endNullRow();
      const value = parseFloatBytes(bytes, start, end);
      if (value === cell.nullValue) return sink.endNullRow();
      sink.reserve(1);
      (sink.data as Float64Array)[sink.values] = value;
      sink.endRow(1);
      return;
    }
    case INTEGER: {
      if (isBlank(bytes, start, end)) return sink.endNullRow();
      const value = parseIntBytes(bytes, start, end);
      if (value === cell.nullValue) return sink.endNullRow();
      if (value < cell.min || value > cell.max) throw new NumberSyntax();
      sink.reserve(1);
      (sink.data as Int32Array)[sink.values] = value;
      sink.endRow(1);
      return;
    }
    case BIG: {
      if (isBlank(bytes, start, end)) return sink.endNullRow();
      sink.reserve(1);
      parseBigIntInto(bytes, start, end, sink.halves, sink.values, cell.unsigned);
      if (cell.nullValue !== undefined && sink.data[sink.values] === cell.nullValue) return sink.endNullRow();
      sink.endRow(1);
      return;
    }
    case BOOLEAN: {
      const value = parseBoolean(bytes, start, end);
      if (value === undefined) return sink.endNullRow();
      sink.reserve(1);
      (sink.data as Uint8Array)[sink.values] = value ? 1 : 0;
      sink.endRow(1);
      return;
    }
    case TEXT_ARRAY:
      putTextArray(cell, textOf(cell, bytes, start, end));
      return;
    default:
      readItems(cell, bytes, start, end);
  }
}

/** Whitespace-separated numbers, or adjacent bits and truth letters. A complex scalar is two numbers. */
function readItems(cell: TextCell, bytes: Uint8Array, start: number, end: number): void {
  const { sink } = cell;
  const perItem = cell.itemCode === COMPLEX ? 2 : 1;
  let tokens = 0;
  let at = start;
  let nulls = 0;
  const base = sink.values;
  for (;;) {
    while (at < end && (bytes[at] <= 32 || (bytes[at] === 44 && cell.itemCode !== COMPLEX))) at++;
    if (at >= end) break;
    let stop = at + 1;
    while (stop < end && bytes[stop] > 32) stop++;
    if (cell.itemCode === BOOLEAN) {
      const whole = stop - at > 1 ? parseWord(bytes, at, stop) : undefined;
      if (whole === undefined) stop = at + 1;
      sink.reserve(tokens + 1);
      const value = whole ?? parseBoolean(bytes, at, stop);
      (sink.data as Uint8Array)[base + tokens] = value ? 1 : 0;
      if (value === undefined) {
        sink.markItemNull(base + tokens);
        nulls++;
      }
    } else if (cell.itemCode === COMPLEX) {
      sink.reserve((tokens >> 1) + 1);
      (sink.data as Float64Array)[base * 2 + tokens] = parseFloatBytes(bytes, at, stop);
    } else if (readNumberItem(cell, bytes, at, stop, base + tokens, tokens)) nulls++;
    tokens++;
    at = stop;
  }
  if (tokens === 0) {
    sink.endNullRow();
    return;
  }
  const items = tokens / perItem;
  if (sink.variable ? items % Math.max(1, sink.step) !== 0 : items !== sink.step) {
    if (nulls > 0) sink.rewind(sink.rows, base);
    throw new NumberSyntax();
  }
  if (nulls === tokens && !sink.variable && cell.itemCode !== FLOAT) {
    // How a null array of fixed length is written.
    sink.rewind(sink.rows, base);
    sink.endNullRow();
  } else sink.endRow(items);
}

/** One number of an array; true where it is the column's null. */
function readNumberItem(cell: TextCell, bytes: Uint8Array, start: number, end: number, index: number, count: number): boolean {
  const { sink } = cell;
  sink.reserve(count + 1);
  let value: number | bigint;
  if (cell.itemCode === FLOAT) {
    value = parseFloatBytes(bytes, start, end);
    (sink.data as Float64Array)[index] = value;
  } else if (cell.itemCode === BIG) {
    parseBigIntInto(bytes, start, end, sink.halves, index, cell.unsigned);
    value = sink.data[index] as bigint;
  } else {
    value = parseIntBytes(bytes, start, end);
    if (value !== cell.nullValue && (value < cell.min || value > cell.max)) throw new NumberSyntax();
    (sink.data as Int32Array)[index] = value;
  }
  if (cell.nullValue === undefined || value !== cell.nullValue) return false;
  sink.markItemNull(index);
  if (cell.itemCode === FLOAT) (sink.data as Float64Array)[index] = Number.NaN;
  return true;
}

function putText(sink: ColumnSink, text: string): void {
  (sink.data as string[])[sink.values] = text;
  sink.endRow(1);
}

/** Strings of fixed length that follow each other; the trailing blanks and NULs of each are padding. */
function putTextArray(cell: TextCell, text: string): void {
  const { sink } = cell;
  const length = sink.spec.charLength ?? text.length;
  const items: string[] = [];
  for (let at = 0; at < text.length; at += Math.max(1, length)) items.push(text.slice(at, at + length).replace(/[\0 ]+$/, ''));
  if (!sink.variable) while (items.length < sink.step) items.push('');
  if (sink.variable ? items.length % Math.max(1, sink.step) !== 0 : items.length !== sink.step) throw new NumberSyntax();
  for (const [i, item] of items.entries()) (sink.data as string[])[sink.values + i] = item;
  sink.endRow(items.length);
}

const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

function textOf(cell: TextCell, bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length === cell.lastLength) {
    let i = 0;
    while (i < length && bytes[start + i] === cell.lastBytes[i]) i++;
    if (i === length) return cell.lastText;
  }
  let ascii = length <= 64;
  for (let i = start; ascii && i < end; i++) ascii = bytes[i] < 128;
  const text = ascii ? asciiSlice(bytes, start, end) : DECODER.decode(bytes.subarray(start, end));
  if (length <= 64) {
    for (let i = 0; i < length; i++) cell.lastBytes[i] = bytes[start + i];
    cell.lastLength = length;
    cell.lastText = text;
  }
  return text;
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] > 32) return false;
  return true;
}

/** True, false, or undefined for null. */
function parseBoolean(bytes: Uint8Array, start: number, end: number): boolean | undefined {
  let at = start;
  let stop = end;
  while (at < stop && bytes[at] <= 32) at++;
  while (stop > at && bytes[stop - 1] <= 32) stop--;
  if (stop === at) return undefined;
  if (stop - at === 1) {
    const c = bytes[at];
    if (c === 84 || c === 116 || c === 49) return true;
    if (c === 70 || c === 102 || c === 48) return false;
    if (c === 63) return undefined;
  }
  const word = parseWord(bytes, at, stop);
  if (word === undefined) throw new NumberSyntax();
  return word;
}

function parseWord(bytes: Uint8Array, start: number, end: number): boolean | undefined {
  if (end - start > 5) return undefined;
  const word = asciiSlice(bytes, start, end).toLowerCase();
  return word === 'true' ? true : word === 'false' ? false : undefined;
}
