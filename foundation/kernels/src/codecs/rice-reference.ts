/**
 * The Rice code of FITS tile compression, bit by bit: the readable definition beside the fast one.
 *
 * The first number stands as it is. Then follow blocks; each begins with a code of 3, 4 or 5 bits (for numbers of 1, 2, 4 bytes):
 * 0 means that all differences are zero, `fs + 1` that each difference has `fs` low bits as they are and the rest in unary, and the
 * largest code that differences stand as they are. Differences are those of neighbours in the width of the numbers, folded so
 * that 0, -1, 1, -2 ... become 0, 1, 2, 3 ...
 *
 * @see FITS standard 4.0, section 10.4.1; R. F. Rice, P.-S. Yeh, W. H. Miller, JPL 91-1 (1991).
 */
export type RicePixels = Uint8Array | Int8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

interface RiceWidth {
  readonly bits: number;
  readonly fsBits: number;
  readonly fsMax: number;
}

/** Parameters of the code for a width of numbers [byte]. */
export function riceWidth(bytes: number): RiceWidth {
  if (bytes === 1) return { bits: 8, fsBits: 3, fsMax: 6 };
  return bytes === 2 ? { bits: 16, fsBits: 4, fsMax: 14 } : { bits: 32, fsBits: 5, fsMax: 25 };
}

/** Bytes that `count` numbers take at most. */
export function riceWorstBytes(count: number, bytes: number, block: number): number {
  const { bits, fsBits } = riceWidth(bytes);
  // A block whose code would be longer than the numbers themselves is not always seen by the choice of fs: it looks at the
  // mean, so a block takes at most fs + 1 bits a number and twice the mean in unary, which stays below 4 + bits.
  return bytes + Math.ceil((count * (bits + 4) + Math.ceil(count / block) * fsBits) / 8) + 16;
}

/** Encodes numbers. */
export function riceEncodeReference(pixels: RicePixels, block: number): Uint8Array {
  const { bits, fsBits, fsMax } = riceWidth(pixels.BYTES_PER_ELEMENT);
  const out = new BitWriter();
  if (pixels.length === 0) return out.finish();
  let last = pixels[0];
  out.write(last >>> 0, bits);
  for (let start = 0; start < pixels.length; start += block) {
    const folded: number[] = [];
    for (let i = start; i < Math.min(start + block, pixels.length); i++) {
      folded.push(fold(pixels[i] - last, bits));
      last = pixels[i];
    }
    const sum = folded.reduce((a, b) => a + b, 0);
    if (sum === 0) {
      out.write(0, fsBits);
      continue;
    }
    const mean = Math.max(0, (sum - Math.floor(folded.length / 2) - 1) / folded.length);
    const fs = Math.min(fsMax, 32 - Math.clz32(Math.floor(mean) >>> 1));
    out.write(fs + 1, fsBits);
    for (const value of folded) {
      if (fs === fsMax) out.write(value, bits);
      else {
        for (let zeros = Math.floor(value / 2 ** fs); zeros > 0; zeros--) out.write(0, 1);
        out.write(1, 1);
        out.write(value % 2 ** fs, fs);
      }
    }
  }
  return out.finish();
}

/** Decodes numbers into `out`; false if the bytes end early or hold an impossible code. */
export function riceDecodeReference(bytes: Uint8Array, block: number, out: RicePixels): boolean {
  const { bits, fsBits, fsMax } = riceWidth(out.BYTES_PER_ELEMENT);
  const source = new BitReader(bytes);
  if (out.length === 0) return true;
  let last = source.read(bits);
  for (let start = 0; start < out.length; start += block) {
    const fs = source.read(fsBits) - 1;
    if (fs > fsMax || source.ended) return false;
    for (let i = start; i < Math.min(start + block, out.length); i++) {
      let folded = 0;
      if (fs === fsMax) folded = source.read(bits);
      else if (fs >= 0) {
        let zeros = 0;
        while (source.read(1) === 0) {
          if (source.ended) return false;
          zeros++;
        }
        folded = zeros * 2 ** fs + source.read(fs);
      }
      if (source.ended) return false;
      last = (last + (folded % 2 === 1 ? -(folded + 1) / 2 : folded / 2)) | 0;
      out[i] = last;
      last = out[i];
    }
  }
  return true;
}

/** Folds a difference in the width of the numbers into a non-negative one. */
function fold(difference: number, bits: number): number {
  const wrapped = (difference << (32 - bits)) >> (32 - bits);
  return wrapped < 0 ? -2 * wrapped - 1 : 2 * wrapped;
}

class BitWriter {
  readonly #bytes: number[] = [];
  #byte = 0;
  #have = 0;

  write(value: number, bits: number): void {
    for (let bit = bits - 1; bit >= 0; bit--) {
      this.#byte = (this.#byte << 1) | (Math.floor(value / 2 ** bit) & 1);
      if (++this.#have < 8) continue;
      this.#bytes.push(this.#byte);
      this.#byte = 0;
      this.#have = 0;
    }
  }

  finish(): Uint8Array {
    if (this.#have > 0) this.#bytes.push(this.#byte << (8 - this.#have));
    this.#have = 0;
    return Uint8Array.from(this.#bytes);
  }
}

class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  /** True once more bits were asked for than there are. */
  ended = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(bits: number): number {
    let value = 0;
    for (let i = 0; i < bits; i++, this.#at++) {
      const byte = this.#bytes[this.#at >> 3];
      if (byte === undefined) {
        this.ended = true;
        return 0;
      }
      value = value * 2 + ((byte >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }
}
