/** Writes Avro's binary encoding into a growing buffer that is used again and again. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 65_536) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** Begins anew; what {@link take} returned stays valid. */
  clear(): void {
    this.#length = 0;
  }

  /** A fresh copy of what was written. */
  take(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** Variable-length zigzag integer, exact for safe integers. */
  int(value: number): void {
    this.#reserve(10);
    if (value >= -0x4000_0000 && value < 0x4000_0000) {
      let rest = value < 0 ? -2 * value - 1 : 2 * value;
      while (rest >= 0x80) {
        this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
        rest >>>= 7;
      }
      this.#bytes[this.#length++] = rest;
      return;
    }
    this.long(BigInt(value));
  }

  /** Variable-length zigzag integer of 64 bits. */
  long(value: bigint): void {
    this.#reserve(10);
    const zigzag = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    // In halves of 28 bits, because arithmetic on small numbers is much faster than on bigints.
    let low = Number(zigzag & 0xfff_ffffn);
    let high = Number((zigzag >> 28n) & 0xfff_ffffn);
    let top = Number(zigzag >> 56n);
    do {
      const group = low & 0x7f;
      low = (low >>> 7) | ((high & 0x7f) << 21);
      high = (high >>> 7) | ((top & 0x7f) << 21);
      top >>>= 7;
      this.#bytes[this.#length++] = low !== 0 || high !== 0 || top !== 0 ? group | 0x80 : group;
    } while (low !== 0 || high !== 0 || top !== 0);
  }

  float(value: number): void {
    this.#reserve(4);
    this.#view.setFloat32(this.#length, value, true);
    this.#length += 4;
  }

  double(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  string(value: string): void {
    this.bytes(ENCODER.encode(value));
  }

  /** Length and bytes. */
  bytes(value: Uint8Array): void {
    this.int(value.length);
    this.raw(value);
  }

  /** Bytes that are encoded already. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const wider = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + count));
    wider.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = wider;
    this.#view = new DataView(wider.buffer);
  }
}

const ENCODER = new TextEncoder();
