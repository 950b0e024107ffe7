import { TableFormatError } from '../errors.ts';

/** A structure of Thrift's compact protocol by field numbers; integers as numbers, the rest but structures left out. */
export type ThriftStruct = ReadonlyMap<number, number | ThriftStruct>;

/** Where a reader stands. */
export interface Cursor {
  readonly view: DataView;
  offset: number;
}

const MAX_DEPTH = 16;

/**
 * Reads a structure, and so checks what the Parquet library takes on trust: lengths of lists, depth, and integers of at most ten bytes
 * (the library's time for a longer one grows with the square of its length).
 *
 * @throws {TableFormatError} if it is damaged.
 */
export function readThrift(cursor: Cursor, depth: number = 0): ThriftStruct {
  if (depth > MAX_DEPTH) throw damaged('structures are nested too deep');
  const fields = new Map<number, number | ThriftStruct>();
  let field = 0;
  for (;;) {
    const head = byteAt(cursor);
    const type = head & 15;
    if (type === 0) return fields;
    field = head >> 4 ? field + (head >> 4) : zigzag(readVarint(cursor));
    const value = readElement(cursor, type, depth);
    if (value !== undefined) fields.set(field, value);
  }
}

function readElement(cursor: Cursor, type: number, depth: number): number | ThriftStruct | undefined {
  switch (type) {
    case 1:
    case 2:
      return 2 - type;
    case 3:
      return (byteAt(cursor) << 24) >> 24;
    case 4:
    case 5:
    case 6:
      return zigzag(readVarint(cursor));
    case 7:
      return skip(cursor, 8);
    case 8:
      return skip(cursor, readVarint(cursor));
    case 9: {
      const head = byteAt(cursor);
      const count = head >> 4 === 15 ? readVarint(cursor) : head >> 4;
      const element = head & 15;
      if (count > cursor.view.byteLength - cursor.offset) throw damaged(`a list of ${count} elements is longer than the file`);
      if (element <= 2) return skip(cursor, count);
      for (let i = 0; i < count; i++) readElement(cursor, element, depth);
      return undefined;
    }
    case 12:
      return readThrift(cursor, depth + 1);
    default:
      throw damaged(`no type ${type} of fields is known`);
  }
}

/** An unsigned integer; exact below 2^53. */
export function readVarint(cursor: Cursor): number {
  let value = 0;
  for (let scale = 1, bytes = 0; bytes < 10; scale *= 128, bytes++) {
    const byte = byteAt(cursor);
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
  throw damaged('an integer has more than ten bytes');
}

function zigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

function byteAt(cursor: Cursor): number {
  if (cursor.offset >= cursor.view.byteLength) throw damaged('a structure ends early');
  return cursor.view.getUint8(cursor.offset++);
}

function skip(cursor: Cursor, length: number): undefined {
  if (length > cursor.view.byteLength - cursor.offset) throw damaged(`${length} bytes reach beyond the end`);
  cursor.offset += length;
}

export function damaged(what: string): TableFormatError {
  return new TableFormatError(`the Parquet file is damaged: ${what}`, { details: { format: 'parquet' } });
}
