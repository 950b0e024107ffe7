import { DATA_TYPES } from '../model/datatype.ts';
import type { ColumnSink } from '../intake/column-sink.ts';

/** One cell may have that many values; a length beyond it is taken for damage. */
const MAX_CELL_VALUES = 100_000_000;

/** Damage in a binary stream; callers add the place. */
export class BinaryDamage extends Error {
  readonly column: string;
  constructor(message: string, column: string) {
    super(message);
    this.column = column;
  }
}

/** Decodes rows of BINARY or BINARY2 (with null flags before each row) that arrive in pieces. */
export class BinaryRowDecoder {
  readonly #sinks: readonly ColumnSink[];
  readonly #flagBytes: number;
  #rest: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #bytes: Uint8Array = this.#rest;
  #at = 0;

  constructor(sinks: readonly ColumnSink[], withNullFlags: boolean) {
    this.#sinks = sinks;
    this.#flagBytes = withNullFlags ? (sinks.length + 7) >> 3 : 0;
  }

  /** Bytes of a row that is not complete yet. */
  get pending(): number {
    return this.#rest.length;
  }

  /**
   * Decodes what the new bytes complete, up to `maxRows` rows in the sinks.
   *
   * @returns True where the sinks are full: take the rows and push an empty piece to go on.
   */
  push(piece: Uint8Array, maxRows: number): boolean {
    let bytes = piece;
    if (this.#rest.length > 0) {
      bytes = new Uint8Array(this.#rest.length + piece.length);
      bytes.set(this.#rest);
      bytes.set(piece, this.#rest.length);
    }
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#at = 0;
    const sinks = this.#sinks;
    let rows = sinks[0]?.rows ?? 0;
    while (rows < maxRows && this.#at < bytes.length) {
      const start = this.#at;
      const marks = sinks.map((sink) => sink.values);
      if (!this.#readRow()) {
        for (const [i, sink] of sinks.entries()) sink.rewind(rows, marks[i]);
        this.#at = start;
        break;
      }
      rows++;
    }
    this.#rest = bytes.subarray(this.#at);
    return rows >= maxRows;
  }

  #readRow(): boolean {
    const flags = this.#at;
    if (this.#bytes.length - flags < this.#flagBytes) return false;
    this.#at += this.#flagBytes;
    const sinks = this.#sinks;
    for (let i = 0; i < sinks.length; i++) {
      const isNull = this.#flagBytes > 0 && (this.#bytes[flags + (i >> 3)] & (128 >> (i & 7))) !== 0;
      if (!this.#readCell(sinks[i], isNull)) return false;
    }
    return true;
  }

  #readCell(sink: ColumnSink, isNull: boolean): boolean {
    const { spec } = sink;
    const available = this.#bytes.length - this.#at;
    if (spec.datatype === 'string') return this.#readText(sink, isNull);
    let count = sink.step;
    if (sink.variable) {
      if (available < 4) return false;
      count = this.#view.getInt32(this.#at);
      if (count < 0 || count > MAX_CELL_VALUES)
        throw new BinaryDamage(`a cell's length must be from 0 to ${MAX_CELL_VALUES}; found ${count}`, spec.name);
      if (sink.step > 0 && count % sink.step !== 0)
        throw new BinaryDamage(`a cell's length must be a multiple of ${sink.step}; found ${count}`, spec.name);
    }
    const bits = spec.votableType === 'bit';
    const size = bits ? (count + 7) >> 3 : count * DATA_TYPES[spec.datatype].bytes;
    const start = this.#at + (sink.variable ? 4 : 0);
    if (this.#bytes.length - start < size) return false;
    this.#at = start + size;
    if (isNull) sink.endNullRow();
    else {
      sink.reserve(count);
      if (bits)
        for (let i = 0; i < count; i++) (sink.data as Uint8Array)[sink.values + i] = (this.#bytes[start + (i >> 3)] >> (7 - (i & 7))) & 1;
      else if (this.#readValues(sink, start, count)) {
        sink.endNullRow();
        return true;
      }
      sink.endRow(count);
    }
    return true;
  }

  /** Reads values; true where a scalar turned out to be the column's null. */
  #readValues(sink: ColumnSink, start: number, count: number): boolean {
    const view = this.#view;
    const { datatype, nullValue } = sink.spec;
    const base = sink.values;
    switch (datatype) {
      case 'float64':
        for (let i = 0, d = sink.data as Float64Array; i < count; i++) d[base + i] = view.getFloat64(start + 8 * i);
        break;
      case 'float32':
        for (let i = 0, d = sink.data as Float32Array; i < count; i++) d[base + i] = view.getFloat32(start + 4 * i);
        break;
      case 'int32':
        for (let i = 0, d = sink.data as Int32Array; i < count; i++) d[base + i] = view.getInt32(start + 4 * i);
        break;
      case 'int64':
        for (let i = 0, d = sink.halves; i < count; i++) {
          d[2 * (base + i)] = view.getInt32(start + 8 * i + 4);
          d[2 * (base + i) + 1] = view.getInt32(start + 8 * i);
        }
        break;
      case 'int16':
        for (let i = 0, d = sink.data as Int16Array; i < count; i++) d[base + i] = view.getInt16(start + 2 * i);
        break;
      case 'uint8':
        (sink.data as Uint8Array).set(this.#bytes.subarray(start, start + count), base);
        break;
      case 'boolean':
        return this.#readBooleans(sink, start, count);
      case 'complex64':
        for (let i = 0, d = sink.data as Float32Array; i < 2 * count; i++) d[2 * base + i] = view.getFloat32(start + 4 * i);
        break;
      case 'complex128':
        for (let i = 0, d = sink.data as Float64Array; i < 2 * count; i++) d[2 * base + i] = view.getFloat64(start + 8 * i);
        break;
      default:
        throw new BinaryDamage(`type ${datatype} has no VOTable form`, sink.spec.name);
    }
    return nullValue !== undefined && markNulls(sink, count, nullValue);
  }

  #readBooleans(sink: ColumnSink, start: number, count: number): boolean {
    const data = sink.data as Uint8Array;
    for (let i = 0; i < count; i++) {
      const c = this.#bytes[start + i];
      const value = c === 84 || c === 116 || c === 49 ? 1 : c === 70 || c === 102 || c === 48 ? 0 : -1;
      if (value < 0 && c !== 63 && c !== 0 && c !== 32)
        throw new BinaryDamage(`a boolean must be T, F or ?; found byte ${c}`, sink.spec.name);
      data[sink.values + i] = value > 0 ? 1 : 0;
      if (value >= 0) continue;
      if (sink.shape.length === 0) return true;
      sink.markItemNull(sink.values + i);
    }
    return false;
  }

  #readText(sink: ColumnSink, isNull: boolean): boolean {
    const { spec, shape } = sink;
    const width = spec.votableType === 'unicodeChar' ? 2 : 1;
    const fixed = spec.charLength;
    let characters = (fixed ?? 1) * sink.step;
    let start = this.#at;
    if (sink.variable || fixed === undefined) {
      if (this.#bytes.length - start < 4) return false;
      characters = this.#view.getInt32(start);
      if (characters < 0 || characters > MAX_CELL_VALUES)
        throw new BinaryDamage(`a string's length must be from 0 to ${MAX_CELL_VALUES}; found ${characters}`, spec.name);
      start += 4;
    }
    if (this.#bytes.length - start < characters * width) return false;
    this.#at = start + characters * width;
    if (isNull) {
      sink.endNullRow();
      return true;
    }
    const data = sink.data as string[];
    if (shape.length === 0) {
      data[sink.values] = this.#decodeText(start, characters, width);
      sink.endRow(1);
      return true;
    }
    const each = Math.max(1, fixed ?? characters);
    const count = sink.variable ? Math.ceil(characters / each) : sink.step;
    for (let i = 0; i < count; i++) data[sink.values + i] = this.#decodeText(start + i * each * width, each, width).trimEnd();
    sink.endRow(count);
    return true;
  }

  /** Text up to the first NUL. */
  #decodeText(start: number, characters: number, width: number): string {
    const bytes = this.#bytes;
    let end = 0;
    if (width === 1) {
      let ascii = characters <= 64;
      let text = '';
      for (; end < characters && bytes[start + end] !== 0; end++) {
        const c = bytes[start + end];
        if (c > 127) ascii = false;
        if (ascii) text += String.fromCharCode(c);
      }
      return ascii ? text : DECODER.decode(bytes.subarray(start, start + end));
    }
    let text = '';
    for (; end < characters; end++) {
      const c = this.#view.getUint16(start + 2 * end);
      if (c === 0) break;
      text += String.fromCharCode(c);
    }
    return text;
  }
}

const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

function markNulls(sink: ColumnSink, count: number, nullValue: bigint | number): boolean {
  const { data, values } = sink;
  const small = typeof data[values] === 'number' ? Number(nullValue) : nullValue;
  for (let i = 0; i < count; i++) {
    if (data[values + i] !== small) continue;
    if (sink.shape.length === 0) return true;
    sink.markItemNull(values + i);
  }
  return false;
}
