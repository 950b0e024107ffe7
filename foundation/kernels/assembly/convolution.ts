/**
 * Convolutions over rows and tiles. Every routine gets byte addresses and element strides, allocates nothing and has no
 * state, so that threads can run it side by side.
 */

/** Copies `n` pixels of a source row from column `x` (may be negative or beyond the end) to `to`; outside is the nearest pixel or zero. */
// @ts-ignore: decorator
@inline
function copyPadded(row: usize, width: i32, x: i32, n: i32, to: usize, zero: i32): void {
  const left: i32 = min(max(-x, 0), n);
  const inside: i32 = max(min(n - left, width - max(x, 0)), 0);
  const first: f32 = zero ? <f32>0 : load<f32>(row);
  const last: f32 = zero ? <f32>0 : load<f32>(row + (<usize>(width - 1) << 2));
  for (let i: i32 = 0; i < left; i++) store<f32>(to + (<usize>i << 2), first);
  memory.copy(to + (<usize>left << 2), row + (<usize>max(x, 0) << 2), <usize>inside << 2);
  for (let i: i32 = left + inside; i < n; i++) store<f32>(to + (<usize>i << 2), last);
}

/** acc[i] = sum over taps of taps[k] * from(k)[i], for i below n rounded up to 16; `from` advances by `step` bytes a tap. */
// @ts-ignore: decorator
@inline
function weightRows(from: usize, step: usize, taps: usize, count: i32, to: usize, n: i32): void {
  let i: i32 = 0;
  for (; i + 32 <= n; i += 32) {
    let p = from + (<usize>i << 2);
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let e = a;
    let f = a;
    let g = a;
    let h = a;
    let t = taps;
    for (let k: i32 = 0; k < count; k++) {
      const w = v128.load32_splat(t);
      a = f32x4.add(a, f32x4.mul(w, v128.load(p)));
      b = f32x4.add(b, f32x4.mul(w, v128.load(p, 16)));
      c = f32x4.add(c, f32x4.mul(w, v128.load(p, 32)));
      d = f32x4.add(d, f32x4.mul(w, v128.load(p, 48)));
      e = f32x4.add(e, f32x4.mul(w, v128.load(p, 64)));
      f = f32x4.add(f, f32x4.mul(w, v128.load(p, 80)));
      g = f32x4.add(g, f32x4.mul(w, v128.load(p, 96)));
      h = f32x4.add(h, f32x4.mul(w, v128.load(p, 112)));
      t += 4;
      p += step;
    }
    const q = to + (<usize>i << 2);
    v128.store(q, a);
    v128.store(q, b, 16);
    v128.store(q, c, 32);
    v128.store(q, d, 48);
    v128.store(q, e, 64);
    v128.store(q, f, 80);
    v128.store(q, g, 96);
    v128.store(q, h, 112);
  }
  for (; i < n; i += 16) {
    let p = from + (<usize>i << 2);
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let t = taps;
    for (let k: i32 = 0; k < count; k++) {
      const w = v128.load32_splat(t);
      a = f32x4.add(a, f32x4.mul(w, v128.load(p)));
      b = f32x4.add(b, f32x4.mul(w, v128.load(p, 16)));
      c = f32x4.add(c, f32x4.mul(w, v128.load(p, 32)));
      d = f32x4.add(d, f32x4.mul(w, v128.load(p, 48)));
      p += step;
      t += 4;
    }
    const q = to + (<usize>i << 2);
    v128.store(q, a);
    v128.store(q, b, 16);
    v128.store(q, c, 32);
    v128.store(q, d, 48);
  }
}

/** weightRows over a ring of rows: row k lies at ring + ((first + k) mod count) * pitch. */
// @ts-ignore: decorator
@inline
function weightRing(ring: usize, pitch: usize, first: i32, taps: usize, count: i32, to: usize, n: i32): void {
  let i: i32 = 0;
  for (; i + 32 <= n; i += 32) {
    const column = ring + (<usize>i << 2);
    let p = column + <usize>first * pitch;
    const end = column + <usize>count * pitch;
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let e = a;
    let f = a;
    let g = a;
    let h = a;
    let t = taps;
    for (let k: i32 = 0; k < count; k++) {
      const w = v128.load32_splat(t);
      a = f32x4.add(a, f32x4.mul(w, v128.load(p)));
      b = f32x4.add(b, f32x4.mul(w, v128.load(p, 16)));
      c = f32x4.add(c, f32x4.mul(w, v128.load(p, 32)));
      d = f32x4.add(d, f32x4.mul(w, v128.load(p, 48)));
      e = f32x4.add(e, f32x4.mul(w, v128.load(p, 64)));
      f = f32x4.add(f, f32x4.mul(w, v128.load(p, 80)));
      g = f32x4.add(g, f32x4.mul(w, v128.load(p, 96)));
      h = f32x4.add(h, f32x4.mul(w, v128.load(p, 112)));
      t += 4;
      p += pitch;
      if (p == end) p = column;
    }
    const q = to + (<usize>i << 2);
    v128.store(q, a);
    v128.store(q, b, 16);
    v128.store(q, c, 32);
    v128.store(q, d, 48);
    v128.store(q, e, 64);
    v128.store(q, f, 80);
    v128.store(q, g, 96);
    v128.store(q, h, 112);
  }
  for (; i < n; i += 16) {
    const column = ring + (<usize>i << 2);
    let p = column + <usize>first * pitch;
    const end = column + <usize>count * pitch;
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let t = taps;
    for (let k: i32 = 0; k < count; k++) {
      const w = v128.load32_splat(t);
      a = f32x4.add(a, f32x4.mul(w, v128.load(p)));
      b = f32x4.add(b, f32x4.mul(w, v128.load(p, 16)));
      c = f32x4.add(c, f32x4.mul(w, v128.load(p, 32)));
      d = f32x4.add(d, f32x4.mul(w, v128.load(p, 48)));
      t += 4;
      p += pitch;
      if (p == end) p = column;
    }
    const q = to + (<usize>i << 2);
    v128.store(q, a);
    v128.store(q, b, 16);
    v128.store(q, c, 32);
    v128.store(q, d, 48);
  }
}

/**
 * Rows y0 to y1 of a separable convolution.
 *
 * scratch: (nx - 1 + pitch) floats of padded source row, ny rows of `pitch` floats (ring), one row of `pitch` floats;
 * pitch = width rounded up to 16, plus 16 where that is a multiple of 1024 (rows a power of two apart share cache sets).
 */
export function convolveSeparable(
  src: usize, srcStride: i32, width: i32, height: i32, dst: usize, dstStride: i32,
  kx: usize, nx: i32, ky: usize, ny: i32, zero: i32, y0: i32, y1: i32, scratch: usize, pitchFloats: i32,
): void {
  const pitch = <usize>pitchFloats << 2;
  const padded = scratch;
  const ring = padded + (<usize>((nx + 15) & ~15) << 2) + pitch;
  const row = ring + <usize>ny * pitch;
  const hx = nx >> 1;
  const hy = ny >> 1;
  let first = 0;
  for (let y: i32 = y0 - hy; y < y1 + hy; y++) {
    const slot = ring + <usize>first * pitch;
    if (zero && (y < 0 || y >= height)) memory.fill(slot, 0, pitch);
    else {
      const source = src + ((<usize>min(max(y, 0), height - 1) * <usize>srcStride) << 2);
      copyPadded(source, width, -hx, width + nx - 1, padded, zero);
      weightRows(padded, 4, kx, nx, slot, width);
    }
    first++;
    if (first == ny) first = 0;
    const out = y - hy;
    if (out >= y0) {
      const to = dst + ((<usize>out * <usize>dstStride) << 2);
      // Rows of whole steps of 16 go straight to their place.
      const whole = (width & 15) == 0;
      weightRing(ring, pitch, first, ky, ny, whole ? to : row, width);
      if (!whole) memory.copy(to, row, <usize>width << 2);
    }
  }
}

/**
 * Rows y0 to y1, whole rows of blocks, of a dense convolution whose kernel is, in each block, a sum of basis kernels.
 *
 * coefficients: nBasis floats per block, from the first block of row y0 on. scratch: kw * kh floats for the block's kernel
 * (rounded up to 16), then a tile of (block + kh - 1) rows of `block + kw + 15` floats, then 64 floats.
 */
export function convolveBlocks(
  src: usize, srcStride: i32, width: i32, height: i32, dst: usize, dstStride: i32, basis: usize, nBasis: i32,
  kw: i32, kh: i32, coefficients: usize, zero: i32, y0: i32, y1: i32, block: i32, scratch: usize, square: i32,
): void {
  const taps = kw * kh;
  const kernel = scratch;
  const tile = kernel + (<usize>((taps + 15) & ~15) << 2);
  const pitch = <usize>((block + kw + 15) & ~3) << 2;
  const spare = tile + <usize>(block + kh - 1) * pitch + 128;
  for (let y: i32 = y0; y < y1; y += block)
    for (let x: i32 = 0; x < width; x += block) {
      combine(basis, nBasis, taps, coefficients, kernel, square);
      coefficients += <usize>nBasis << 2;
      const rows: i32 = min(block, y1 - y);
      const columns: i32 = min(block, width - x);
      for (let j: i32 = 0; j < rows + kh - 1; j++) {
        const v = y + j - (kh >> 1);
        const to = tile + <usize>j * pitch;
        if (zero && (v < 0 || v >= height)) memory.fill(to, 0, pitch);
        else copyPadded(src + ((<usize>min(max(v, 0), height - 1) * <usize>srcStride) << 2), width, x - (kw >> 1), columns + kw - 1, to, zero);
      }
      for (let j: i32 = 0; j < rows; j++)
        for (let i: i32 = 0; i < columns; i += 32) {
          const to = dst + ((<usize>(y + j) * <usize>dstStride + <usize>(x + i)) << 2);
          dense32(tile + <usize>j * pitch + (<usize>i << 2), pitch, kernel, kw, kh, to, min(32, columns - i), spare);
        }
    }
}

/** The block's kernel: for each tap the basis kernels in their order, four taps at a time. */
// @ts-ignore: decorator
@inline
function combine(basis: usize, nBasis: i32, taps: i32, coefficients: usize, kernel: usize, square: i32): void {
  const step = <usize>taps << 2;
  let k: i32 = 0;
  for (; k + 4 <= taps; k += 4) {
    let sum = f32x4.splat(0);
    let p = basis + (<usize>k << 2);
    for (let n: i32 = 0; n < nBasis; n++) {
      sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(coefficients + (<usize>n << 2)), v128.load(p)));
      p += step;
    }
    v128.store(kernel + (<usize>k << 2), square ? f32x4.mul(sum, sum) : sum);
  }
  for (; k < taps; k++) {
    let sum: f32 = 0;
    for (let n: i32 = 0; n < nBasis; n++) sum += load<f32>(coefficients + (<usize>n << 2)) * load<f32>(basis + (<usize>(n * taps + k) << 2));
    store<f32>(kernel + (<usize>k << 2), square ? sum * sum : sum);
  }
}

function dense32(from: usize, pitch: usize, kernel: usize, kw: i32, kh: i32, to: usize, n: i32, spare: usize): void {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let e = a;
  let f = a;
  let g = a;
  let h = a;
  let t = kernel;
  for (let v: i32 = 0; v < kh; v++) {
    let p = from + <usize>v * pitch;
    const end = p + (<usize>kw << 2);
    for (; p < end; p += 4) {
      const w = v128.load32_splat(t);
      t += 4;
      a = f32x4.add(a, f32x4.mul(w, v128.load(p)));
      b = f32x4.add(b, f32x4.mul(w, v128.load(p, 16)));
      c = f32x4.add(c, f32x4.mul(w, v128.load(p, 32)));
      d = f32x4.add(d, f32x4.mul(w, v128.load(p, 48)));
      e = f32x4.add(e, f32x4.mul(w, v128.load(p, 64)));
      f = f32x4.add(f, f32x4.mul(w, v128.load(p, 80)));
      g = f32x4.add(g, f32x4.mul(w, v128.load(p, 96)));
      h = f32x4.add(h, f32x4.mul(w, v128.load(p, 112)));
    }
  }
  const q = n == 32 ? to : spare;
  v128.store(q, a);
  v128.store(q, b, 16);
  v128.store(q, c, 32);
  v128.store(q, d, 48);
  v128.store(q, e, 64);
  v128.store(q, f, 80);
  v128.store(q, g, 96);
  v128.store(q, h, 112);
  if (n < 32) memory.copy(to, spare, <usize>n << 2);
}
