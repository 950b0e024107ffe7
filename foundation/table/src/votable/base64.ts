const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const SKIP = 64;
const PAD = 65;
const BAD = 66;

/** Value of each byte: 0 to 63, white space, padding, or illegal. */
const VALUE_OF: Uint8Array = new Uint8Array(256).fill(BAD);
for (let i = 0; i < 64; i++) VALUE_OF[ALPHABET.charCodeAt(i)] = i;
for (const c of [9, 10, 13, 32]) VALUE_OF[c] = SKIP;
VALUE_OF[61] = PAD;

/** Decodes base64 text that arrives in pieces; white space is skipped. */
export class Base64Decoder {
  #group = 0;
  #count = 0;
  #padding = 0;

  /**
   * @returns The bytes that the text up to here completes (fresh), or undefined where a character is not of the alphabet.
   */
  push(text: Uint8Array, start: number, end: number): Uint8Array | undefined {
    const out = new Uint8Array((((end - start + this.#count) * 3) >> 2) + 3);
    let n = 0;
    let at = start;
    while (at < end) {
      if (this.#count === 0 && this.#padding === 0)
        while (at + 4 <= end) {
          const a = VALUE_OF[text[at]];
          const b = VALUE_OF[text[at + 1]];
          const c = VALUE_OF[text[at + 2]];
          const d = VALUE_OF[text[at + 3]];
          if ((a | b | c | d) > 63) break;
          out[n] = (a << 2) | (b >> 4);
          out[n + 1] = (b << 4) | (c >> 2);
          out[n + 2] = (c << 6) | d;
          n += 3;
          at += 4;
        }
      if (at >= end) break;
      const v = VALUE_OF[text[at++]];
      if (v === SKIP) continue;
      if (v === BAD || (v !== PAD && this.#padding > 0)) return undefined;
      if (v === PAD) this.#padding++;
      else this.#group = (this.#group << 6) | v;
      if (++this.#count < 4) continue;
      if (this.#padding > 2) return undefined;
      const bits = this.#group << (6 * this.#padding);
      out[n] = bits >> 16;
      if (this.#padding < 2) out[n + 1] = bits >> 8;
      if (this.#padding < 1) out[n + 2] = bits;
      n += 3 - this.#padding;
      this.#group = 0;
      this.#count = 0;
    }
    return out.subarray(0, n);
  }

  /** True where the text so far ends a group of four. */
  get complete(): boolean {
    return this.#count === 0;
  }
}

const CODES: Uint8Array = new TextEncoder().encode(ALPHABET);

/**
 * Encodes bytes as base64 lines of 76 characters.
 *
 * @param bytes - Input; all but the last piece of a stream must have a multiple of 57 bytes.
 * @returns Fresh ASCII text with a line feed after each line.
 */
export function encodeBase64Lines(bytes: Uint8Array): Uint8Array {
  const lines = Math.ceil(bytes.length / 57);
  const out = new Uint8Array(Math.ceil(bytes.length / 3) * 4 + lines);
  let n = 0;
  for (let start = 0; start < bytes.length; start += 57) {
    const end = Math.min(bytes.length, start + 57);
    let at = start;
    for (; at + 3 <= end; at += 3) {
      const v = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
      out[n] = CODES[v >> 18];
      out[n + 1] = CODES[(v >> 12) & 63];
      out[n + 2] = CODES[(v >> 6) & 63];
      out[n + 3] = CODES[v & 63];
      n += 4;
    }
    if (at < end) {
      const two = end - at === 2;
      const v = (bytes[at] << 16) | (two ? bytes[at + 1] << 8 : 0);
      out[n] = CODES[v >> 18];
      out[n + 1] = CODES[(v >> 12) & 63];
      out[n + 2] = two ? CODES[(v >> 6) & 63] : 61;
      out[n + 3] = 61;
      n += 4;
    }
    out[n++] = 10;
  }
  return out;
}
