import { TableFormatError } from '../errors.ts';

/**
 * Checks the metadata of Arrow IPC before the Arrow library reads it, which takes every offset and length on trust.
 *
 * Walks the flatbuffers of all messages (Schema, RecordBatch, DictionaryBatch) and of a file's footer: tables and vectors must lie
 * inside their buffer, bodies inside the bytes, and nesting and counts within limits.
 *
 * @throws {TableFormatError} if anything points outside.
 * @see Arrow columnar format, "Serialization and Interprocess Communication"; flatbuffers internals, "Tables" and "Vectors".
 */
export function checkArrowIpc(bytes: Uint8Array): void {
  const isFile = bytes.length >= 8 && MAGIC.every((c, i) => bytes[i] === c);
  if (isFile) {
    const end = bytes.length - 10;
    if (end < 8 || !MAGIC.every((c, i) => bytes[end + 4 + i] === c)) fail('the file does not end as Arrow');
    const size = new DataView(bytes.buffer, bytes.byteOffset + end).getInt32(0, true);
    if (!(size > 0 && size <= end - 8)) fail(`the footer claims ${size} bytes`);
    checkFooter(new Flat(bytes.subarray(end - size, end)), bytes);
    return;
  }
  checkStream(bytes, 0);
}

const MAGIC = [65, 82, 82, 79, 87, 49];
const MAX_FIELDS = 100_000;
const MAX_DEPTH = 64;
const SCHEMA = 1;
const DICTIONARY = 2;
const BATCH = 3;

function fail(what: string): never {
  throw new TableFormatError(`the bytes are not sound Arrow IPC: ${what}`, { details: { format: 'arrow' } });
}

function checkStream(bytes: Uint8Array, start: number): void {
  let at = start;
  while (at + 4 <= bytes.length) {
    const next = checkMessage(bytes, at);
    if (next === undefined) return;
    at = next;
  }
}

/** Checks one message and gives the place after its body; undefined at the end of the stream. */
function checkMessage(bytes: Uint8Array, start: number): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const marked = view.getInt32(start, true) === -1;
  const at = marked ? start + 8 : start + 4;
  if (at > bytes.length) return undefined;
  const size = view.getInt32(at - 4, true);
  if (size === 0) return undefined;
  if (!(size > 0 && at + size <= bytes.length)) fail(`a message claims ${size} bytes of metadata`);
  const flat = new Flat(bytes.subarray(at, at + size));
  const message = flat.table(flat.u32(0));
  const body = flat.int64(message, 3);
  if (!(body >= 0 && at + size + body <= bytes.length)) fail(`a message claims a body of ${body} bytes`);
  const kind = flat.byte(message, 1);
  const header = flat.child(message, 2);
  if (header === undefined) fail('a message has no header');
  if (kind === SCHEMA) checkSchema(flat, header);
  else if (kind === BATCH) checkBatch(flat, header, body);
  else if (kind === DICTIONARY) {
    const data = flat.child(header, 1);
    if (data !== undefined) checkBatch(flat, data, body);
  } else fail(`a message is of kind ${kind}`);
  return at + size + body;
}

function checkFooter(flat: Flat, bytes: Uint8Array): void {
  const footer = flat.table(flat.u32(0));
  const schema = flat.child(footer, 1);
  if (schema === undefined) fail('the footer has no schema');
  checkSchema(flat, schema);
  for (const field of [2, 3]) {
    const blocks = flat.vector(footer, field, 24);
    for (let i = 0; i < blocks.length; i++) {
      const offset = flat.long(blocks.start + 24 * i);
      if (!(offset >= 8 && offset + 8 <= bytes.length)) fail(`a block lies at ${offset}`);
      checkMessage(bytes, offset);
      const size = flat.i32(blocks.start + 24 * i + 8);
      const body = flat.long(blocks.start + 24 * i + 16);
      if (!(size >= 0 && body >= 0 && offset + size + body <= bytes.length)) fail(`a block claims ${size} and ${body} bytes`);
    }
  }
}

function checkSchema(flat: Flat, schema: number): void {
  const fields = flat.vector(schema, 1, 4);
  for (let i = 0; i < fields.length; i++) checkField(flat, flat.table(fields.start + 4 * i + flat.u32(fields.start + 4 * i)), 0);
  checkPairs(flat, schema, 2);
}

function checkField(flat: Flat, field: number, depth: number): void {
  flat.fields++;
  if (depth > MAX_DEPTH || flat.fields > MAX_FIELDS) fail('fields nest too deep or are too many');
  flat.text(field, 0);
  flat.child(field, 3);
  const dictionary = flat.child(field, 4);
  if (dictionary !== undefined) flat.child(dictionary, 1);
  const children = flat.vector(field, 5, 4);
  for (let i = 0; i < children.length; i++)
    checkField(flat, flat.table(children.start + 4 * i + flat.u32(children.start + 4 * i)), depth + 1);
  checkPairs(flat, field, 6);
}

function checkPairs(flat: Flat, table: number, index: number): void {
  const pairs = flat.vector(table, index, 4);
  for (let i = 0; i < pairs.length; i++) {
    const pair = flat.table(pairs.start + 4 * i + flat.u32(pairs.start + 4 * i));
    flat.text(pair, 0);
    flat.text(pair, 1);
  }
}

/** Buffers must lie in the body; a node may have as many rows as the body has bits, or none need to be stored (all null). */
function checkBatch(flat: Flat, batch: number, body: number): void {
  const rows = flat.int64(batch, 0);
  const limit = 8 * (body + 1024);
  if (!(rows >= 0 && rows <= limit)) fail(`a batch claims ${rows} rows in ${body} bytes`);
  const nodes = flat.vector(batch, 1, 16);
  for (let i = 0; i < nodes.length; i++) {
    const length = flat.long(nodes.start + 16 * i);
    const nulls = flat.long(nodes.start + 16 * i + 8);
    if (!(length >= 0 && length <= limit && nulls >= 0 && nulls <= length)) fail(`a node claims ${length} values and ${nulls} nulls`);
  }
  const buffers = flat.vector(batch, 2, 16);
  for (let i = 0; i < buffers.length; i++) {
    const offset = flat.long(buffers.start + 16 * i);
    const length = flat.long(buffers.start + 16 * i + 8);
    if (!(offset >= 0 && length >= 0 && offset + length <= body))
      fail(`a buffer lies at ${offset} with ${length} bytes in a body of ${body}`);
  }
  flat.child(batch, 3);
}

/** A flatbuffer whose every access is checked. */
class Flat {
  fields = 0;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  #need(at: number, size: number): void {
    if (!(at >= 0 && at + size <= this.#view.byteLength)) fail(`an offset of ${at} in ${this.#view.byteLength} bytes`);
  }

  u32(at: number): number {
    this.#need(at, 4);
    return this.#view.getUint32(at, true);
  }

  i32(at: number): number {
    this.#need(at, 4);
    return this.#view.getInt32(at, true);
  }

  long(at: number): number {
    this.#need(at, 8);
    return Number(this.#view.getBigInt64(at, true));
  }

  /** A table at a place, its vtable checked. */
  table(at: number): number {
    const vtable = at - this.i32(at);
    this.#need(vtable, 4);
    const size = this.#view.getUint16(vtable, true);
    this.#need(vtable, size);
    this.#need(at, this.#view.getUint16(vtable + 2, true));
    if (size < 4 || size % 2 !== 0) fail(`a vtable of ${size} bytes`);
    return at;
  }

  /** Place of a field of a table; undefined where it is absent. */
  #field(table: number, index: number): number | undefined {
    const vtable = table - this.i32(table);
    const slot = 4 + 2 * index;
    if (slot >= this.#view.getUint16(vtable, true)) return undefined;
    const offset = this.#view.getUint16(vtable + slot, true);
    if (offset === 0) return undefined;
    this.#need(table + offset, 1);
    return table + offset;
  }

  byte(table: number, index: number): number {
    const at = this.#field(table, index);
    return at === undefined ? 0 : this.#view.getUint8(at);
  }

  int64(table: number, index: number): number {
    const at = this.#field(table, index);
    return at === undefined ? 0 : this.long(at);
  }

  child(table: number, index: number): number | undefined {
    const at = this.#field(table, index);
    return at === undefined ? undefined : this.table(at + this.u32(at));
  }

  vector(table: number, index: number, size: number): { readonly start: number; readonly length: number } {
    const at = this.#field(table, index);
    if (at === undefined) return { start: 0, length: 0 };
    const start = at + this.u32(at);
    const length = this.u32(start);
    this.#need(start + 4, length * size);
    return { start: start + 4, length };
  }

  text(table: number, index: number): void {
    this.vector(table, index, 1);
  }
}
