import { PacketFormatError } from '../errors.ts';

/** Reads Avro's binary encoding, never beyond its end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  offset = 0;

  constructor(bytes: Uint8Array) {
    // Plain arrays, because parts of a Buffer would be Buffers, which JSON writes in its own way.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.offset >= this.#bytes.length;
  }

  get remaining(): number {
    return this.#bytes.length - this.offset;
  }

  byte(): number {
    if (this.offset >= this.#bytes.length) this.#tooShort(1);
    return this.#bytes[this.offset++]!;
  }

  /** A zigzag integer within the safe range; larger ones are refused. */
  int(): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 8; i += 1) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      factor *= 128;
    }
    throw new PacketFormatError(`an integer at byte ${this.offset} is too long`, { details: { offset: this.offset } });
  }

  /** A zigzag integer of 64 bits. */
  long(): bigint {
    let low = 0;
    let factor = 1;
    for (let i = 0; i < 7; i += 1) {
      const byte = this.byte();
      low += (byte & 0x7f) * factor;
      if (byte < 0x80) return BigInt(low % 2 === 0 ? low / 2 : -(low + 1) / 2);
      factor *= 128;
    }
    let value = BigInt(low);
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        const bits = BigInt.asUintN(64, value);
        return (bits >> 1n) ^ -(bits & 1n);
      }
    }
    throw new PacketFormatError(`an integer at byte ${this.offset} is too long`, { details: { offset: this.offset } });
  }

  float(): number {
    if (this.remaining < 4) this.#tooShort(4);
    this.offset += 4;
    return this.#view.getFloat32(this.offset - 4, true);
  }

  double(): number {
    if (this.remaining < 8) this.#tooShort(8);
    this.offset += 8;
    return this.#view.getFloat64(this.offset - 8, true);
  }

  string(): string {
    const bytes = this.take(this.int());
    if (bytes.length > 24) return DECODER.decode(bytes);
    let text = '';
    for (let i = 0; i < bytes.length; i += 1) {
      if (bytes[i]! >= 0x80) return DECODER.decode(bytes);
      text += String.fromCharCode(bytes[i]!);
    }
    return text;
  }

  /** A view of the next bytes. */
  take(length: number): Uint8Array {
    if (length < 0 || length > this.remaining) this.#tooShort(length);
    const out = this.#bytes.subarray(this.offset, this.offset + length);
    this.offset += length;
    return out;
  }

  skip(length: number): void {
    if (length < 0 || length > this.remaining) this.#tooShort(length);
    this.offset += length;
  }

  #tooShort(wanted: number): never {
    throw new PacketFormatError(`the bytes end too early: ${wanted} more are needed at ${this.offset} of ${this.#bytes.length}`, {
      details: { offset: this.offset },
    });
  }
}

const DECODER = new TextDecoder();
