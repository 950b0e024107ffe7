import { sumWords } from '@almagest/kernels';

/** From here on the kernel is quicker than a script, and up to there its sum is exact [byte]. */
const KERNEL_FROM = 1 << 16;
const KERNEL_TO = 1 << 22;
const LITTLE_ENDIAN: boolean = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * The FITS checksum: a ones'-complement sum of big-endian 32-bit words, fed in pieces.
 *
 * @see FITS standard 4.0, section 4.4.2.7 and appendix J.
 */
export class Checksum {
  #high = 0;
  #low = 0;
  #odd: number[] = [];

  /** Adds bytes; pieces may end anywhere, the sum takes words across them. */
  add(bytes: Uint8Array): this {
    let at = 0;
    while (this.#odd.length > 0 && at < bytes.length) {
      this.#odd.push(bytes[at++]);
      if (this.#odd.length === 4) {
        this.#word((this.#odd[0] << 8) | this.#odd[1], (this.#odd[2] << 8) | this.#odd[3]);
        this.#odd = [];
      }
    }
    const whole = at + ((bytes.length - at) & ~3);
    while (whole - at >= KERNEL_FROM) {
      const stop = Math.min(whole, at + KERNEL_TO);
      const sum = sumWords(bytes.subarray(at, stop));
      const [high, low] = [Math.floor(sum / 2 ** 32), sum >>> 0];
      // Ones' complement: what runs over counts below.
      this.#word(low >>> 16, (low & 0xffff) + high);
      at = stop;
    }
    if ((bytes.byteOffset + at) % 4 === 0) {
      this.#words(new Uint32Array(bytes.buffer, bytes.byteOffset + at, (whole - at) >> 2));
      at = whole;
    }
    while (at < whole) {
      // Sixteen-bit halves stay exact in doubles for 2^37 words; they are folded long before.
      const stop = Math.min(whole, at + (1 << 20));
      let high = 0;
      let low = 0;
      for (; at < stop; at += 4) {
        high += (bytes[at] << 8) | bytes[at + 1];
        low += (bytes[at + 2] << 8) | bytes[at + 3];
      }
      this.#word(high, low);
    }
    for (; at < bytes.length; at++) this.#odd.push(bytes[at]);
    return this;
  }

  /** Sums the first and third, and the second and fourth bytes of words in the two halves of a number. */
  #words(words: Uint32Array): void {
    if (!LITTLE_ENDIAN) {
      for (const word of words) this.#word(word >>> 16, word & 0xffff);
      return;
    }
    for (let start = 0; start < words.length; start += 256) {
      // 256 bytes of 255 fit in sixteen bits.
      const stop = Math.min(words.length, start + 256);
      let even = 0;
      let odd = 0;
      for (let i = start; i < stop; i++) {
        const word = words[i];
        even = (even + (word & 0x00ff00ff)) | 0;
        odd = (odd + ((word >>> 8) & 0x00ff00ff)) | 0;
      }
      this.#word(256 * (even & 0xffff) + (odd & 0xffff), 256 * (even >>> 16) + (odd >>> 16));
    }
  }

  /** The sum of all whole words. */
  get value(): number {
    let high = this.#high;
    let low = this.#low;
    while (high > 0xffff || low > 0xffff) {
      const carryHigh = Math.floor(high / 65_536);
      const carryLow = Math.floor(low / 65_536);
      high = (high % 65_536) + carryLow;
      low = (low % 65_536) + carryHigh;
    }
    return high * 65_536 + low;
  }

  #word(high: number, low: number): void {
    this.#high += high;
    this.#low += low;
    if (this.#high > 2 ** 48 || this.#low > 2 ** 48) {
      const { value } = this;
      this.#high = Math.floor(value / 65_536);
      this.#low = value % 65_536;
    }
  }
}

const EXCLUDED = [0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x40, 0x5b, 0x5c, 0x5d, 0x5e, 0x5f, 0x60];

/** The sixteen characters of CHECKSUM that make the sum of the whole HDU all ones. @param sum - Of the HDU with CHECKSUM at sixteen zeros. */
export function encodeChecksum(sum: number): string {
  const value = ~sum >>> 0;
  const text = new Uint8Array(16);
  for (let i = 0; i < 4; i++) {
    const byte = (value >>> (24 - 8 * i)) & 0xff;
    const parts = [0, 1, 2, 3].map((k) => (byte >> 2) + 0x30 + (k === 0 ? byte & 3 : 0));
    // Pairs move apart until none is a punctuation mark; their sum stays.
    for (let again = true; again;) {
      again = false;
      for (let k = 0; k < 4; k += 2)
        if (EXCLUDED.includes(parts[k]) || EXCLUDED.includes(parts[k + 1])) {
          parts[k]++;
          parts[k + 1]--;
          again = true;
        }
    }
    for (let k = 0; k < 4; k++) text[4 * k + i] = parts[k];
  }
  // The value of the card begins at an odd place in its word, so the characters move on by one.
  return String.fromCharCode(...text.slice(15), ...text.slice(0, 15));
}
