/**
 * Inflates a gzip member into memory of known size.
 *
 * Unlike the platform's streams it answers at once, which matters for thousands of small tiles, and it never writes beyond `out`.
 *
 * @returns Bytes written (less than `out.length` where the data are shorter), or -1 where they are damaged or do not fit.
 * @see RFC 1951, RFC 1952.
 */
export function gunzipInto(packed: Uint8Array, out: Uint8Array): number {
  const start = gzipBody(packed);
  return start < 0 ? -1 : inflateInto(packed, start, out);
}

/** Offset of the deflate data behind a gzip header, or -1. */
function gzipBody(packed: Uint8Array): number {
  if (packed.length < 18 || packed[0] !== 0x1f || packed[1] !== 0x8b || packed[2] !== 8) return -1;
  const flags = packed[3];
  let at = 10;
  if (flags & 4) at += 2 + (packed[at] | (packed[at + 1] << 8));
  for (const bit of [8, 16]) if (flags & bit) while (at < packed.length && packed[at++] !== 0);
  if (flags & 2) at += 2;
  return at < packed.length ? at : -1;
}

const LENGTH_BASE = Uint16Array.of(
  3,
  4,
  5,
  6,
  7,
  8,
  9,
  10,
  11,
  13,
  15,
  17,
  19,
  23,
  27,
  31,
  35,
  43,
  51,
  59,
  67,
  83,
  99,
  115,
  131,
  163,
  195,
  227,
  258,
);
const LENGTH_EXTRA = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0);
const DISTANCE_BASE = Uint16Array.from({ length: 30 }, (_unused, i) => (i < 2 ? i + 1 : ((2 + (i & 1)) << ((i >> 1) - 1)) + 1));
const DISTANCE_EXTRA = Uint8Array.from({ length: 30 }, (_unused, i) => (i < 4 ? 0 : (i >> 1) - 1));
const CODE_ORDER = Uint8Array.of(16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15);
const MAX_BITS = 15;
/** Codes up to this many bits are found by one look; longer ones bit by bit. */
const LOOK = 10;

/** A canonical Huffman code: `look[bits]` is symbol * 16 + length, 0 where the code is longer than the table. */
interface Huffman {
  readonly look: Uint16Array;
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

let fixedCodes: { literals: Huffman; distances: Huffman } | undefined;

function inflateInto(source: Uint8Array, start: number, out: Uint8Array): number {
  let at = start;
  let bits = 0;
  let have = 0;
  let to = 0;
  let bad = false;

  function need(count: number): void {
    while (have < count) {
      if (at >= source.length) {
        bad = true;
        have += 8;
        continue;
      }
      bits |= source[at++] << have;
      have += 8;
    }
  }

  function take(count: number): number {
    need(count);
    const value = bits & ((1 << count) - 1);
    bits >>>= count;
    have -= count;
    return value;
  }

  function decode(code: Huffman): number {
    while (have < MAX_BITS && at < source.length) {
      bits |= source[at++] << have;
      have += 8;
    }
    const entry = code.look[bits & ((1 << LOOK) - 1)];
    const length = entry & 15;
    if (entry !== 0 && length <= have) {
      bits >>>= length;
      have -= length;
      return entry >> 4;
    }
    let value = 0;
    let first = 0;
    let index = 0;
    for (let size = 1; size <= MAX_BITS && size <= have; size++) {
      value |= (bits >>> (size - 1)) & 1;
      const count = code.counts[size];
      if (value - count < first) {
        bits >>>= size;
        have -= size;
        return code.symbols[index + value - first];
      }
      index += count;
      first = (first + count) << 1;
      value <<= 1;
    }
    bad = true;
    return -1;
  }

  function copyStored(): void {
    // What was read ahead is given back: a stored block begins at a byte.
    at -= have >> 3;
    bits = 0;
    have = 0;
    const length = source[at] | (source[at + 1] << 8);
    const check = source[at + 2] | (source[at + 3] << 8);
    at += 4;
    if ((length ^ 0xffff) !== check || at + length > source.length || to + length > out.length) {
      bad = true;
      return;
    }
    out.set(source.subarray(at, at + length), to);
    at += length;
    to += length;
  }

  function copyCoded(literals: Huffman, distances: Huffman): void {
    while (!bad) {
      const symbol = decode(literals);
      if (symbol < 256) {
        if (symbol < 0 || to >= out.length) {
          bad = true;
          return;
        }
        out[to++] = symbol;
        continue;
      }
      if (symbol === 256) return;
      if (symbol > 285) {
        bad = true;
        return;
      }
      const length = LENGTH_BASE[symbol - 257] + take(LENGTH_EXTRA[symbol - 257]);
      const code = decode(distances);
      if (code < 0 || code > 29) {
        bad = true;
        return;
      }
      const distance = DISTANCE_BASE[code] + take(DISTANCE_EXTRA[code]);
      if (distance > to || to + length > out.length) {
        bad = true;
        return;
      }
      for (let i = 0; i < length; i++, to++) out[to] = out[to - distance];
    }
  }

  function dynamicCodes(): { literals: Huffman; distances: Huffman } | undefined {
    const literalCount = take(5) + 257;
    const distanceCount = take(5) + 1;
    const codeCount = take(4) + 4;
    const sizes = new Uint8Array(320);
    for (let i = 0; i < codeCount; i++) sizes[CODE_ORDER[i]] = take(3);
    const sizeCode = buildCode(sizes.subarray(0, 19));
    const lengths = new Uint8Array(320);
    for (let i = 0; i < literalCount + distanceCount;) {
      const symbol = decode(sizeCode);
      if (bad) return undefined;
      if (symbol < 16) {
        lengths[i++] = symbol;
        continue;
      }
      const value = symbol === 16 ? (i === 0 ? -1 : lengths[i - 1]) : 0;
      const repeat = symbol === 16 ? 3 + take(2) : symbol === 17 ? 3 + take(3) : 11 + take(7);
      if (value < 0 || i + repeat > literalCount + distanceCount) return undefined;
      lengths.fill(value, i, i + repeat);
      i += repeat;
    }
    return {
      literals: buildCode(lengths.subarray(0, literalCount)),
      distances: buildCode(lengths.subarray(literalCount, literalCount + distanceCount)),
    };
  }

  for (let last = false; !last && !bad;) {
    last = take(1) === 1;
    const kind = take(2);
    if (kind === 0) copyStored();
    else if (kind === 3) bad = true;
    else {
      const codes = kind === 1 ? (fixedCodes ??= makeFixedCodes()) : dynamicCodes();
      if (codes === undefined) bad = true;
      else copyCoded(codes.literals, codes.distances);
    }
  }
  return bad ? -1 : to;
}

function buildCode(lengths: Uint8Array): Huffman {
  const counts = new Uint16Array(MAX_BITS + 1);
  for (const length of lengths) if (length > 0) counts[length]++;
  const offsets = new Uint16Array(MAX_BITS + 2);
  const firsts = new Uint32Array(MAX_BITS + 2);
  for (let size = 1; size <= MAX_BITS; size++) {
    offsets[size + 1] = offsets[size] + counts[size];
    firsts[size + 1] = (firsts[size] + counts[size]) << 1;
  }
  const symbols = new Uint16Array(lengths.length);
  const look = new Uint16Array(1 << LOOK);
  const next = offsets.slice();
  const codes = firsts.slice();
  lengths.forEach((length, symbol) => {
    if (length === 0) return;
    symbols[next[length]++] = symbol;
    const code = codes[length]++;
    if (length > LOOK) return;
    for (let at = reversed(code, length); at < look.length; at += 1 << length) look[at] = (symbol << 4) | length;
  });
  return { look, counts, symbols };
}

function reversed(code: number, length: number): number {
  let out = 0;
  for (let i = 0; i < length; i++) out |= ((code >> i) & 1) << (length - 1 - i);
  return out;
}

function makeFixedCodes(): { literals: Huffman; distances: Huffman } {
  const lengths = new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280, 288);
  return { literals: buildCode(lengths), distances: buildCode(new Uint8Array(30).fill(5)) };
}
