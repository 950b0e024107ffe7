// HCOMPRESS: an H-transform whose coefficients are coded bit plane by bit plane as quadtrees. Twin: src/codecs/hcompress-reference.ts.
// Coefficients are i64 at `a`, rows of `ny` (the fast axis), `nx` rows. All state of the bit streams is in globals of one call.

let streamAt: usize = 0;
let streamEnd: usize = 0;
let streamBits: u32 = 0;
let streamHave: i32 = 0;
let streamBad: bool = false;

// @ts-ignore: decorator
@inline
function readBits(count: i32): i32 {
  while (streamHave < count) {
    if (streamAt >= streamEnd) {
      streamBad = true;
      streamBits <<= 8;
    } else {
      streamBits = (streamBits << 8) | <u32>load<u8>(streamAt);
      streamAt++;
    }
    streamHave += 8;
  }
  streamHave -= count;
  return <i32>((streamBits >> streamHave) & ((1 << count) - 1));
}

// One four-bit node: which of its quarters have a set bit.
function readCode(): i32 {
  let code = readBits(3);
  if (code < 4) return 1 << code;
  code = (code << 1) | readBits(1);
  if (code < 13) return code == 8 ? 3 : code == 9 ? 5 : code == 10 ? 10 : code == 11 ? 12 : 15;
  code = (code << 1) | readBits(1);
  if (code < 31) return code == 26 ? 6 : code == 27 ? 7 : code == 28 ? 9 : code == 29 ? 11 : 13;
  return readBits(1) == 0 ? 0 : 14;
}

function log2Ceil(n: i32): i32 {
  return n <= 1 ? 0 : 32 - <i32>clz<u32>(<u32>(n - 1));
}

// Side of level k (0 is the root) of a tree over n cells.
// @ts-ignore: decorator
@inline
function levelSide(n: i32, log2n: i32, k: i32): i32 {
  const shift = log2n - k;
  return (n + (1 << shift) - 1) >> shift;
}

// Spreads nodes of `from` (half size) over the bits of `to` (nx by ny), one byte each.
function spread(from: usize, to: usize, nx: i32, ny: i32): void {
  const half = (ny + 1) >> 1;
  for (let i = 0; i < nx; i++) {
    const row = from + <usize>((i >> 1) * half);
    const rowBit = 2 - ((i & 1) << 1);
    for (let j = 0; j < ny; j++) store<u8>(to + <usize>(i * ny + j), <u8>((<i32>load<u8>(row + <usize>(j >> 1)) >> (rowBit + 1 - (j & 1))) & 1));
  }
}

function decodeQuadrant(a: usize, n: i32, nqx: i32, nqy: i32, planes: i32, one: usize, two: usize): void {
  const log2n = log2Ceil(max(nqx, nqy));
  const nqx2 = (nqx + 1) >> 1;
  const nqy2 = (nqy + 1) >> 1;
  for (let bit = planes - 1; bit >= 0 && !streamBad; bit--) {
    const kind = readBits(4);
    let nodes = one;
    if (kind == 0) {
      const count = nqx2 * nqy2;
      for (let i = 0; i < count; i++) store<u8>(nodes + <usize>i, <u8>readBits(4));
    } else if (kind == 15) {
      store<u8>(nodes, <u8>readCode());
      let spare = two;
      for (let k = 1; k < log2n; k++) {
        const nx = levelSide(nqx, log2n, k);
        const ny = levelSide(nqy, log2n, k);
        spread(nodes, spare, nx, ny);
        for (let i = nx * ny - 1; i >= 0; i--) if (load<u8>(spare + <usize>i) != 0) store<u8>(spare + <usize>i, <u8>readCode());
        const swap = nodes;
        nodes = spare;
        spare = swap;
      }
    } else {
      streamBad = true;
      return;
    }
    for (let i = 0; i < nqx; i++) {
      const row = nodes + <usize>((i >> 1) * nqy2);
      const rowBit = 2 - ((i & 1) << 1);
      const target = a + (<usize>(i * n) << 3);
      for (let j = 0; j < nqy; j++) {
        const set = (<i32>load<u8>(row + <usize>(j >> 1)) >> (rowBit + 1 - (j & 1))) & 1;
        if (set) {
          const cell = target + (<usize>j << 3);
          store<i64>(cell, load<i64>(cell) | (<i64>1 << bit));
        }
      }
    }
  }
}

// Decodes `length` bytes to nx rows of ny integers at `out` (i32). `a` has room for nx ny i64 and `scratch` for 2 (nx ny + 64) bytes + 8 (nx + ny).
// Returns 1, or 0 where the data are damaged.
export function hcompressDecode(source: usize, length: i32, nx: i32, ny: i32, smooth: i32, a: usize, scratch: usize, out: usize): i32 {
  if (length < 25 || load<u8>(source) != 0xdd || load<u8>(source, 1) != 0x99) return 0;
  const nel = nx * ny;
  const scale = <i32>bswap<u32>(load<u32>(source, 10));
  if (<i32>bswap<u32>(load<u32>(source, 2)) != nx || <i32>bswap<u32>(load<u32>(source, 6)) != ny) return 0;
  const sum = <i64>bswap<u64>(load<u64>(source, 14));
  const planes0 = <i32>load<u8>(source, 22);
  const planes1 = <i32>load<u8>(source, 23);
  const planes2 = <i32>load<u8>(source, 24);
  if (planes0 > 62 || planes1 > 62 || planes2 > 62) return 0;
  memory.fill(a, 0, <usize>nel << 3);
  streamAt = source + 25;
  streamEnd = source + <usize>length;
  streamBits = 0;
  streamHave = 0;
  streamBad = false;
  const nx2 = (nx + 1) >> 1;
  const ny2 = (ny + 1) >> 1;
  const two = scratch + <usize>(nel + 64);
  decodeQuadrant(a, ny, nx2, ny2, planes0, scratch, two);
  decodeQuadrant(a + (<usize>ny2 << 3), ny, nx2, ny >> 1, planes1, scratch, two);
  decodeQuadrant(a + (<usize>(ny * nx2) << 3), ny, nx >> 1, ny2, planes1, scratch, two);
  decodeQuadrant(a + (<usize>(ny * nx2 + ny2) << 3), ny, nx >> 1, ny >> 1, planes2, scratch, two);
  if (streamBad || readBits(4) != 0 || streamBad) return 0;
  // Signs begin at a whole byte.
  streamBits = 0;
  streamHave = 0;
  for (let i = 0; i < nel; i++) {
    const cell = a + (<usize>i << 3);
    const value = load<i64>(cell);
    if (value != 0 && readBits(1) == 1) store<i64>(cell, -value);
  }
  if (streamBad) return 0;
  store<i64>(a, sum);
  if (scale > 1) for (let i = 0; i < nel; i++) store<i64>(a + (<usize>i << 3), load<i64>(a + (<usize>i << 3)) * <i64>scale);
  inverse(a, nx, ny, smooth != 0, scale, scratch);
  for (let i = 0; i < nel; i++) store<i32>(out + (<usize>i << 2), <i32>load<i64>(a + (<usize>i << 3)));
  return 1;
}

// @ts-ignore: decorator
@inline
function get(a: usize, i: i32): i64 {
  return load<i64>(a + (<usize>i << 3));
}

// @ts-ignore: decorator
@inline
function put(a: usize, i: i32, value: i64): void {
  store<i64>(a + (<usize>i << 3), value);
}

// Interleaves the two halves of `n` coefficients that stand `step` apart.
function unshuffle(a: usize, n: i32, step: i32, scratch: usize): void {
  const half = (n + 1) >> 1;
  for (let i = 0; i < n; i++) put(scratch, i, get(a, i * step));
  for (let i = 0; i < half; i++) put(a, 2 * i * step, get(scratch, i));
  for (let i = half; i < n; i++) put(a, (2 * (i - half) + 1) * step, get(scratch, i));
}

function shuffle(a: usize, n: i32, step: i32, scratch: usize): void {
  const half = (n + 1) >> 1;
  for (let i = 0; i < n; i++) put(scratch, i, get(a, i * step));
  for (let i = 0; i < n; i++) put(a, ((i & 1) ? half + (i >> 1) : i >> 1) * step, get(scratch, i));
}

// Rounds to a multiple of `bit`, alike for both signs.
// @ts-ignore: decorator
@inline
function roundTo(value: i64, bit: i64): i64 {
  const half = bit >> 1;
  return (value + (value >= 0 ? half : half - 1)) & -bit;
}

function inverse(a: usize, nx: i32, ny: i32, smooth: bool, scale: i32, scratch: usize): void {
  const log2n = log2Ceil(max(nx, ny));
  if (log2n == 0) {
    // One pixel: the only coefficient is four times... the pixel itself in the last step's scale.
    put(a, 0, get(a, 0));
    return;
  }
  let bit0: i64 = <i64>1 << (log2n - 1);
  let shift = 1;
  put(a, 0, roundTo(get(a, 0), bit0 << 2));
  for (let k = log2n - 1; k >= 0; k--) {
    const top = levelSide(nx, log2n, log2n - k);
    const side = levelSide(ny, log2n, log2n - k);
    const bit1 = bit0 << 1;
    if (k == 0) shift = 2;
    for (let i = 0; i < top; i++) unshuffle(a + (<usize>(ny * i) << 3), side, 1, scratch);
    for (let j = 0; j < side; j++) unshuffle(a + (<usize>j << 3), top, ny, scratch);
    if (smooth) smoothCoefficients(a, top, side, ny, scale);
    const oddX = top & 1;
    const oddY = side & 1;
    let i = 0;
    for (; i < top - oddX; i += 2) {
      let s00 = ny * i;
      let s10 = s00 + ny;
      for (let j = 0; j < side - oddY; j += 2) {
        let h0 = get(a, s00);
        let hx = roundTo(get(a, s10), bit1);
        let hy = roundTo(get(a, s00 + 1), bit1);
        let hc = get(a, s10 + 1);
        // In the last step bit 0 is worth a half and rounding down is what the forward step did.
        hc = k == 0 ? roundLast(hc, bit0) : roundTo(hc, bit0);
        const low0 = hc & bit0;
        hx = hx >= 0 ? hx - low0 : hx + low0;
        hy = hy >= 0 ? hy - low0 : hy + low0;
        const low1 = (hc ^ hx ^ hy) & bit1;
        h0 = h0 >= 0 ? h0 + low0 - low1 : h0 + (low0 == 0 ? low1 : low0 - low1);
        put(a, s10 + 1, (h0 + hx + hy + hc) >> shift);
        put(a, s10, (h0 + hx - hy - hc) >> shift);
        put(a, s00 + 1, (h0 - hx + hy - hc) >> shift);
        put(a, s00, (h0 - hx - hy + hc) >> shift);
        s00 += 2;
        s10 += 2;
      }
      if (oddY) {
        let h0 = get(a, s00);
        const hx = roundTo(get(a, s10), bit1);
        const low1 = hx & bit1;
        h0 = h0 >= 0 ? h0 - low1 : h0 + low1;
        put(a, s10, (h0 + hx) >> shift);
        put(a, s00, (h0 - hx) >> shift);
      }
    }
    if (oddX) {
      let s00 = ny * i;
      for (let j = 0; j < side - oddY; j += 2) {
        let h0 = get(a, s00);
        const hy = roundTo(get(a, s00 + 1), bit1);
        const low1 = hy & bit1;
        h0 = h0 >= 0 ? h0 - low1 : h0 + low1;
        put(a, s00 + 1, (h0 + hy) >> shift);
        put(a, s00, (h0 - hy) >> shift);
        s00 += 2;
      }
      if (oddY) put(a, s00, get(a, s00) >> shift);
    }
    bit0 >>= 1;
  }
}

// @ts-ignore: decorator
@inline
function roundLast(value: i64, bit: i64): i64 {
  return value & -bit;
}

// Interpolates coefficients from their neighbours where quantization left them free, within that freedom.
function smoothCoefficients(a: usize, top: i32, side: i32, ny: i32, scale: i32): void {
  const most: i64 = <i64>(scale >> 1);
  if (most <= 0) return;
  for (let i = 2; i < top - 2; i += 2) {
    let s00 = ny * i;
    let s10 = s00 + ny;
    for (let j = 0; j < side; j += 2) {
      const hm = get(a, s00 - 2 * ny);
      const h0 = get(a, s00);
      const hp = get(a, s00 + 2 * ny);
      put(a, s10, slope(hm, h0, hp, get(a, s10), most, 8));
      s00 += 2;
      s10 += 2;
    }
  }
  for (let i = 0; i < top; i += 2) {
    let s00 = ny * i + 2;
    for (let j = 2; j < side - 2; j += 2) {
      put(a, s00 + 1, slope(get(a, s00 - 2), get(a, s00), get(a, s00 + 2), get(a, s00 + 1), most, 8));
      s00 += 2;
    }
  }
  for (let i = 2; i < top - 2; i += 2) {
    let s00 = ny * i + 2;
    let s10 = s00 + ny;
    for (let j = 2; j < side - 2; j += 2) {
      const hmm = get(a, s00 - 2 * ny - 2);
      const hpm = get(a, s00 + 2 * ny - 2);
      const hmp = get(a, s00 - 2 * ny + 2);
      const hpp = get(a, s00 + 2 * ny + 2);
      const h0 = get(a, s00);
      let diff = hpp + hmm - hmp - hpm;
      const hx2 = get(a, s10) << 1;
      const hy2 = get(a, s00 + 1) << 1;
      const m1 = min<i64>(max<i64>(hpp - h0, 0) - hx2 - hy2, max<i64>(h0 - hpm, 0) + hx2 - hy2);
      const m2 = min<i64>(max<i64>(h0 - hmp, 0) - hx2 + hy2, max<i64>(hmm - h0, 0) + hx2 + hy2);
      let dmax = min<i64>(m1, m2) << 4;
      const n1 = max<i64>(min<i64>(hpp - h0, 0) - hx2 - hy2, min<i64>(h0 - hpm, 0) + hx2 - hy2);
      const n2 = max<i64>(min<i64>(h0 - hmp, 0) - hx2 + hy2, min<i64>(hmm - h0, 0) + hx2 + hy2);
      let dmin = max<i64>(n1, n2) << 4;
      if (dmin < dmax) {
        diff = max<i64>(min<i64>(diff, dmax), dmin);
        const hc = get(a, s10 + 1);
        let s = diff - (hc << 6);
        s = s >= 0 ? s >> 6 : (s + 63) >> 6;
        s = max<i64>(min<i64>(s, most), -most);
        put(a, s10 + 1, hc + s);
      }
      s00 += 2;
      s10 += 2;
    }
  }
}

// A monotone slope through three sums, within the freedom of the coefficient.
function slope(hm: i64, h0: i64, hp: i64, h: i64, most: i64, _factor: i64): i64 {
  let diff = hp - hm;
  let dmax = max<i64>(min<i64>(hp - h0, h0 - hm), 0) << 2;
  let dmin = min<i64>(max<i64>(hp - h0, h0 - hm), 0) << 2;
  if (dmin >= dmax) return h;
  diff = max<i64>(min<i64>(diff, dmax), dmin);
  let s = diff - (h << 3);
  s = s >= 0 ? s >> 3 : (s + 7) >> 3;
  return h + max<i64>(min<i64>(s, most), -most);
}

// ---- encoder ----

const CODES: StaticArray<u8> = [0x3e, 0, 1, 8, 2, 9, 0x1a, 0x1b, 3, 0x1c, 10, 0x1d, 11, 0x1e, 0x3f, 12];
const CODE_BITS: StaticArray<u8> = [6, 3, 3, 4, 3, 4, 5, 5, 3, 5, 4, 5, 4, 5, 6, 4];

let writeAt: usize = 0;
let writeBits: u64 = 0;
let writeHave: i32 = 0;

// @ts-ignore: decorator
@inline
function writeOut(value: u32, count: i32): void {
  writeBits = (writeBits << count) | <u64>value;
  writeHave += count;
  while (writeHave >= 8) {
    writeHave -= 8;
    store<u8>(writeAt, <u8>(writeBits >> writeHave));
    writeAt++;
  }
}

function forward(a: usize, nx: i32, ny: i32, scratch: usize): void {
  const log2n = log2Ceil(max(nx, ny));
  let shift = 0;
  let bit: i64 = 1;
  let top = nx;
  let side = ny;
  for (let k = 0; k < log2n; k++) {
    const bit2 = bit << 1;
    const oddX = top & 1;
    const oddY = side & 1;
    let i = 0;
    for (; i < top - oddX; i += 2) {
      let s00 = ny * i;
      let s10 = s00 + ny;
      for (let j = 0; j < side - oddY; j += 2) {
        const p00 = get(a, s00);
        const p01 = get(a, s00 + 1);
        const p10 = get(a, s10);
        const p11 = get(a, s10 + 1);
        put(a, s10 + 1, (p11 - p10 - p01 + p00) >> shift);
        put(a, s10, awayFromZero((p11 + p10 - p01 - p00) >> shift, bit));
        put(a, s00 + 1, awayFromZero((p11 - p10 + p01 - p00) >> shift, bit));
        put(a, s00, roundSum((p11 + p10 + p01 + p00) >> shift, bit2));
        s00 += 2;
        s10 += 2;
      }
      if (oddY) {
        const p00 = get(a, s00);
        const p10 = get(a, s10);
        put(a, s10, awayFromZero((p10 - p00) << (1 - shift), bit));
        put(a, s00, roundSum((p10 + p00) << (1 - shift), bit2));
      }
    }
    if (oddX) {
      let s00 = ny * i;
      for (let j = 0; j < side - oddY; j += 2) {
        const p00 = get(a, s00);
        const p01 = get(a, s00 + 1);
        put(a, s00 + 1, awayFromZero((p01 - p00) << (1 - shift), bit));
        put(a, s00, roundSum((p01 + p00) << (1 - shift), bit2));
        s00 += 2;
      }
      if (oddY) put(a, s00, roundSum(get(a, s00) << (2 - shift), bit2));
    }
    for (let r = 0; r < top; r++) shuffle(a + (<usize>(ny * r) << 3), side, 1, scratch);
    for (let c = 0; c < side; c++) shuffle(a + (<usize>c << 3), top, ny, scratch);
    top = (top + 1) >> 1;
    side = (side + 1) >> 1;
    shift = 1;
    bit <<= 1;
  }
}

// Differences round away from zero to a multiple of 2 bit, so that none loses its sign; the inverse gets the bit back from hc.
// @ts-ignore: decorator
@inline
function awayFromZero(value: i64, bit: i64): i64 {
  return (value >= 0 ? value + bit : value) & -(bit << 1);
}

// Sums round to a multiple of 2 bit2, alike for both signs.
// @ts-ignore: decorator
@inline
function roundSum(value: i64, bit2: i64): i64 {
  return (value + (value >= 0 ? bit2 : bit2 - 1)) & -(bit2 << 1);
}

function planesOf(most: u64): i32 {
  return most == 0 ? 0 : 64 - <i32>clz(most);
}

// Writes the bit planes of one quadrant, each as a quadtree or, where that is longer, node by node.
function encodeQuadrant(a: usize, n: i32, nqx: i32, nqy: i32, planes: i32, scratch: usize): void {
  const log2n = log2Ceil(max(nqx, nqy));
  const leaf = max(log2n - 1, 0);
  const nqx2 = (nqx + 1) >> 1;
  const nqy2 = (nqy + 1) >> 1;
  for (let bit = planes - 1; bit >= 0; bit--) {
    // Levels from the leaves to the root, one after the other.
    memory.fill(scratch, 0, <usize>(nqx2 * nqy2));
    for (let i = 0; i < nqx; i++) {
      const row = scratch + <usize>((i >> 1) * nqy2);
      const rowBit = 2 - ((i & 1) << 1);
      const cells = a + (<usize>(i * n) << 3);
      for (let j = 0; j < nqy; j++)
        if ((load<i64>(cells + (<usize>j << 3)) >> bit) & 1) {
          const node = row + <usize>(j >> 1);
          store<u8>(node, <u8>(<i32>load<u8>(node) | (1 << (rowBit + 1 - (j & 1)))));
        }
    }
    let level = scratch;
    let bits = 0;
    for (let k = leaf; k > 0; k--) {
      const nx = levelSide(nqx, log2n, k);
      const ny = levelSide(nqy, log2n, k);
      const ux = levelSide(nqx, log2n, k - 1);
      const uy = levelSide(nqy, log2n, k - 1);
      const upper = level + <usize>(nx * ny);
      memory.fill(upper, 0, <usize>(ux * uy));
      for (let i = 0; i < nx; i++)
        for (let j = 0; j < ny; j++) {
          const code = load<u8>(level + <usize>(i * ny + j));
          if (code == 0) continue;
          bits += CODE_BITS[code];
          const node = upper + <usize>((i >> 1) * uy + (j >> 1));
          store<u8>(node, <u8>(<i32>load<u8>(node) | (1 << (3 - ((i & 1) << 1) - (j & 1)))));
        }
      level = upper;
    }
    // A quadrant without cells still has the planes of its sister; they are written as no nodes at all.
    if (nqx2 * nqy2 > 0) bits += CODE_BITS[load<u8>(level)];
    if (bits >= 4 * nqx2 * nqy2) {
      writeOut(0, 4);
      for (let i = 0; i < nqx2 * nqy2; i++) writeOut(load<u8>(scratch + <usize>i), 4);
      continue;
    }
    writeOut(15, 4);
    writeOut(CODES[load<u8>(level)], CODE_BITS[load<u8>(level)]);
    for (let k = 1; k <= leaf; k++) {
      const count = levelSide(nqx, log2n, k) * levelSide(nqy, log2n, k);
      level -= <usize>count;
      for (let i = count - 1; i >= 0; i--) {
        const code = load<u8>(level + <usize>i);
        if (code != 0) writeOut(CODES[code], CODE_BITS[code]);
      }
    }
  }
}

// Encodes nx rows of ny integers; returns the bytes written at `out`, which must have room for 12 nx ny + 1024.
// `a` has room for nx ny i64 and `scratch` for 2 nx ny + 4096 + 8 (nx + ny) bytes.
export function hcompressEncode(source: usize, nx: i32, ny: i32, scale: i32, a: usize, scratch: usize, out: usize): i32 {
  const nel = nx * ny;
  for (let i = 0; i < nel; i++) put(a, i, <i64>load<i32>(source + (<usize>i << 2)));
  forward(a, nx, ny, scratch);
  if (scale > 1) {
    const half = <i64>((scale + 1) / 2 - 1);
    for (let i = 0; i < nel; i++) {
      const value = get(a, i);
      put(a, i, (value > 0 ? value + half : value - half) / <i64>scale);
    }
  }
  store<u16>(out, 0x99dd);
  store<u32>(out, bswap<u32>(<u32>nx), 2);
  store<u32>(out, bswap<u32>(<u32>ny), 6);
  store<u32>(out, bswap<u32>(<u32>scale), 10);
  store<u64>(out, bswap<u64>(<u64>get(a, 0)), 14);
  put(a, 0, 0);
  const nx2 = (nx + 1) >> 1;
  const ny2 = (ny + 1) >> 1;
  let most0: u64 = 0;
  let most1: u64 = 0;
  let most2: u64 = 0;
  // Signs wait behind the planes; they are kept one byte each, after the encoder's own scratch.
  const signs = out + <usize>(8 * nel + 512);
  let signCount = 0;
  for (let i = 0; i < nx; i++)
    for (let j = 0; j < ny; j++) {
      const value = get(a, i * ny + j);
      if (value == 0) continue;
      store<u8>(signs + <usize>signCount, value < 0 ? 1 : 0);
      signCount++;
      const size = <u64>(value < 0 ? -value : value);
      put(a, i * ny + j, <i64>size);
      const quadrant = (j >= ny2 ? 1 : 0) + (i >= nx2 ? 1 : 0);
      if (quadrant == 0) most0 = max<u64>(most0, size);
      else if (quadrant == 1) most1 = max<u64>(most1, size);
      else most2 = max<u64>(most2, size);
    }
  store<u8>(out, <u8>planesOf(most0), 22);
  store<u8>(out, <u8>planesOf(most1), 23);
  store<u8>(out, <u8>planesOf(most2), 24);
  writeAt = out + 25;
  writeBits = 0;
  writeHave = 0;
  encodeQuadrant(a, ny, nx2, ny2, planesOf(most0), scratch);
  encodeQuadrant(a + (<usize>ny2 << 3), ny, nx2, ny >> 1, planesOf(most1), scratch);
  encodeQuadrant(a + (<usize>(ny * nx2) << 3), ny, nx >> 1, ny2, planesOf(most1), scratch);
  encodeQuadrant(a + (<usize>(ny * nx2 + ny2) << 3), ny, nx >> 1, ny >> 1, planesOf(most2), scratch);
  writeOut(0, 4);
  if (writeHave > 0) writeOut(0, 8 - writeHave);
  for (let i = 0; i < signCount; i++) writeOut(load<u8>(signs + <usize>i), 1);
  if (writeHave > 0) writeOut(0, 8 - writeHave);
  return <i32>(writeAt - out);
}
