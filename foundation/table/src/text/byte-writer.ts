import { decimalOfFloat32, formatFloat32, formatFloat64 } from './format-number.ts';

const ENCODER = new TextEncoder();

/** A growing byte buffer with fast paths for text and numbers. */
export class ByteWriter {
  bytes: Uint8Array;
  length = 0;
  #view: DataView;

  constructor(capacity = 65536) {
    this.bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const wider = new Uint8Array(Math.max(this.length + count, this.bytes.length * 2));
    wider.set(this.bytes.subarray(0, this.length));
    this.bytes = wider;
    this.#view = new DataView(wider.buffer);
  }

  /** Text of any characters, as UTF-8. */
  text(text: string): void {
    const n = text.length;
    this.reserve(n * 3);
    const { bytes } = this;
    let at = this.length;
    if (n <= 64) {
      for (let i = 0; i < n; i++) {
        const c = text.charCodeAt(i);
        if (c > 127) {
          this.length += ENCODER.encodeInto(text, bytes.subarray(this.length)).written;
          return;
        }
        bytes[at++] = c;
      }
      this.length = at;
    } else this.length += ENCODER.encodeInto(text, bytes.subarray(this.length)).written;
  }

  /** A whole number of magnitude below 2^53, in decimal. */
  integer(value: number): void {
    this.reserve(20);
    const { bytes } = this;
    let rest = value;
    if (rest < 0) {
      bytes[this.length++] = 45;
      rest = -rest;
    }
    if (rest < 10) {
      bytes[this.length++] = 48 + rest;
      return;
    }
    if (rest >= 2147483648) {
      this.text(String(rest));
      return;
    }
    let digits = 0;
    for (let p = rest; p > 0; p = (p / 10) | 0) digits++;
    for (let i = this.length + digits - 1; i >= this.length; i--) {
      const q = (rest / 10) | 0;
      bytes[i] = 48 + rest - q * 10;
      rest = q;
    }
    this.length += digits;
  }

  float64(value: number): void {
    if (Number.isInteger(value) && Math.abs(value) < 2147483648 && !Object.is(value, -0)) this.integer(value);
    else this.text(formatFloat64(value));
  }

  float32(value: number): void {
    if (Number.isInteger(value) && Math.abs(value) < 16777216 && !Object.is(value, -0)) {
      this.integer(value);
      return;
    }
    const decimal = decimalOfFloat32(Math.abs(value));
    if (decimal < 0) this.text(formatFloat32(value));
    else this.#fixed(Math.floor(decimal / 16), decimal & 15, value < 0);
  }

  /** m / 10^places without trailing zeros; m is below 10^9. */
  #fixed(m: number, places: number, negative: boolean): void {
    this.reserve(24);
    const { bytes } = this;
    let rest = m | 0;
    let left = places;
    while (left > 0) {
      const q = (rest / 10) | 0;
      if (rest !== q * 10) break;
      rest = q;
      left--;
    }
    if (negative) bytes[this.length++] = 45;
    let digits = 1;
    for (let p = (rest / 10) | 0; p > 0; p = (p / 10) | 0) digits++;
    // At least one digit stands before the point.
    const size = Math.max(digits, left + 1) + (left > 0 ? 1 : 0);
    const start = this.length;
    for (let at = start + size - 1, place = 0; at >= start; at--, place++) {
      if (place === left && left > 0) bytes[at--] = 46;
      const q = (rest / 10) | 0;
      bytes[at] = 48 + rest - q * 10;
      rest = q;
    }
    this.length += size;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Big-endian numbers, as binary streams want them. Callers reserve. */
  int16(value: number): void {
    this.#view.setInt16(this.length, value);
    this.length += 2;
  }

  int32(value: number): void {
    this.#view.setInt32(this.length, value);
    this.length += 4;
  }

  int64(value: bigint): void {
    this.#view.setBigInt64(this.length, value);
    this.length += 8;
  }

  rawFloat32(value: number): void {
    this.#view.setFloat32(this.length, value);
    this.length += 4;
  }

  rawFloat64(value: number): void {
    this.#view.setFloat64(this.length, value);
    this.length += 8;
  }

  /** The bytes so far (fresh); the writer starts again empty. */
  take(): Uint8Array {
    const out = this.bytes.slice(0, this.length);
    this.length = 0;
    return out;
  }

  /** What `use` makes of the first `count` bytes, which it must not keep; the others stay. */
  drain<T>(count: number, use: (bytes: Uint8Array) => T): T {
    const made = use(this.bytes.subarray(0, count));
    this.bytes.copyWithin(0, count, this.length);
    this.length -= count;
    return made;
  }

  /** The first `count` bytes (fresh); the others stay. */
  takeFirst(count: number): Uint8Array {
    const out = this.bytes.slice(0, count);
    this.bytes.copyWithin(0, count, this.length);
    this.length -= count;
    return out;
  }
}
