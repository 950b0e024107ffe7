/**
 * Fourier transforms of four signals at a time, one in each lane: element k of the four is 32 bytes, re x 4 then im x 4.
 * Stockham's self-sorting algorithm, mixed radix 4, 2, 3, 5: every stage reads one work area and writes the other.
 *
 * plan: n twiddle factors exp(-2 pi i k / n) as (re, im) float32, then 32-bit words: number of stages, radix of each.
 * work: 2 areas of n * 32 bytes.
 *
 * See van Loan 1992, Computational Frameworks for the Fast Fourier Transform, section 1.7; radices 3 and 5 as in
 * Temperton 1983, J. Computational Physics 52, 1.
 */

const SIN60: f32 = 0.8660254037844386;
const C1: f32 = 0.30901699437494745;
const C2: f32 = -0.8090169943749475;
const S1: f32 = 0.9510565162951535;
const S2: f32 = 0.5877852522924731;

// @ts-ignore: decorator
@inline
function storeTwiddled(to: usize, re: v128, im: v128, wr: v128, wi: v128): void {
  v128.store(to, f32x4.sub(f32x4.mul(re, wr), f32x4.mul(im, wi)));
  v128.store(to, f32x4.add(f32x4.mul(re, wi), f32x4.mul(im, wr)), 16);
}

/** Transforms what lies in the first work area; returns the area that holds the result. */
// @ts-ignore: decorator
@inline
function transform(work: usize, n: i32, plan: usize): usize {
  const stages = plan + (<usize>n << 3);
  const count = load<i32>(stages);
  let from = work;
  let to = work + (<usize>n << 5);
  let length = n;
  let stride = 1;
  for (let k: i32 = 1; k <= count; k++) {
    const radix = load<i32>(stages + (<usize>k << 2));
    length /= radix;
    if (radix == 4) radix4(from, to, length, stride, plan);
    else if (radix == 2) radix2(from, to, length, stride, plan);
    else if (radix == 3) radix3(from, to, length, stride, plan);
    else radix5(from, to, length, stride, plan);
    stride *= radix;
    const swap = from;
    from = to;
    to = swap;
  }
  return from;
}

function radix2(from: usize, to: usize, m: i32, s: i32, w: usize): void {
  const half = <usize>m * <usize>s << 5;
  const row = <usize>s << 5;
  for (let p: i32 = 0; p < m; p++) {
    const t = w + (<usize>(p * s) << 3);
    const wr = v128.load32_splat(t);
    const wi = v128.load32_splat(t, 4);
    const end = from + row;
    for (; from < end; from += 32, to += 32) {
      const ar = v128.load(from);
      const ai = v128.load(from, 16);
      const br = v128.load(from + half);
      const bi = v128.load(from + half, 16);
      v128.store(to, f32x4.add(ar, br));
      v128.store(to, f32x4.add(ai, bi), 16);
      storeTwiddled(to + row, f32x4.sub(ar, br), f32x4.sub(ai, bi), wr, wi);
    }
    to += row;
  }
}

function radix4(from: usize, to: usize, m: i32, s: i32, w: usize): void {
  const quarter = <usize>m * <usize>s << 5;
  const row = <usize>s << 5;
  for (let p: i32 = 0; p < m; p++) {
    const step = <usize>(p * s) << 3;
    let t = w + step;
    const w1r = v128.load32_splat(t);
    const w1i = v128.load32_splat(t, 4);
    t += step;
    const w2r = v128.load32_splat(t);
    const w2i = v128.load32_splat(t, 4);
    t += step;
    const w3r = v128.load32_splat(t);
    const w3i = v128.load32_splat(t, 4);
    const end = from + row;
    for (; from < end; from += 32, to += 32) {
      const b = from + quarter;
      const c = b + quarter;
      const d = c + quarter;
      const sr = f32x4.add(v128.load(from), v128.load(c));
      const si = f32x4.add(v128.load(from, 16), v128.load(c, 16));
      const tr = f32x4.sub(v128.load(from), v128.load(c));
      const ti = f32x4.sub(v128.load(from, 16), v128.load(c, 16));
      const ur = f32x4.add(v128.load(b), v128.load(d));
      const ui = f32x4.add(v128.load(b, 16), v128.load(d, 16));
      const vr = f32x4.sub(v128.load(b), v128.load(d));
      const vi = f32x4.sub(v128.load(b, 16), v128.load(d, 16));
      v128.store(to, f32x4.add(sr, ur));
      v128.store(to, f32x4.add(si, ui), 16);
      storeTwiddled(to + row, f32x4.add(tr, vi), f32x4.sub(ti, vr), w1r, w1i);
      storeTwiddled(to + 2 * row, f32x4.sub(sr, ur), f32x4.sub(si, ui), w2r, w2i);
      storeTwiddled(to + 3 * row, f32x4.sub(tr, vi), f32x4.add(ti, vr), w3r, w3i);
    }
    to += 3 * row;
  }
}

function radix3(from: usize, to: usize, m: i32, s: i32, w: usize): void {
  const third = <usize>m * <usize>s << 5;
  const row = <usize>s << 5;
  const half = f32x4.splat(0.5);
  const sine = f32x4.splat(SIN60);
  for (let p: i32 = 0; p < m; p++) {
    const t1 = w + (<usize>(p * s) << 3);
    const t2 = w + (<usize>(p * s) << 4);
    const w1r = v128.load32_splat(t1);
    const w1i = v128.load32_splat(t1, 4);
    const w2r = v128.load32_splat(t2);
    const w2i = v128.load32_splat(t2, 4);
    const end = from + row;
    for (; from < end; from += 32, to += 32) {
      const ar = v128.load(from);
      const ai = v128.load(from, 16);
      const b = from + third;
      const c = b + third;
      const sr = f32x4.add(v128.load(b), v128.load(c));
      const si = f32x4.add(v128.load(b, 16), v128.load(c, 16));
      const dr = f32x4.mul(sine, f32x4.sub(v128.load(b), v128.load(c)));
      const di = f32x4.mul(sine, f32x4.sub(v128.load(b, 16), v128.load(c, 16)));
      const mr = f32x4.sub(ar, f32x4.mul(half, sr));
      const mi = f32x4.sub(ai, f32x4.mul(half, si));
      v128.store(to, f32x4.add(ar, sr));
      v128.store(to, f32x4.add(ai, si), 16);
      storeTwiddled(to + row, f32x4.add(mr, di), f32x4.sub(mi, dr), w1r, w1i);
      storeTwiddled(to + 2 * row, f32x4.sub(mr, di), f32x4.add(mi, dr), w2r, w2i);
    }
    to += 2 * row;
  }
}

function radix5(from: usize, to: usize, m: i32, s: i32, w: usize): void {
  const fifth = <usize>m * <usize>s << 5;
  const row = <usize>s << 5;
  const c1 = f32x4.splat(C1);
  const c2 = f32x4.splat(C2);
  const s1 = f32x4.splat(S1);
  const s2 = f32x4.splat(S2);
  for (let p: i32 = 0; p < m; p++) {
    const step = <usize>(p * s) << 3;
    const t1 = w + step;
    const t2 = t1 + step;
    const t3 = t2 + step;
    const t4 = t3 + step;
    const end = from + row;
    for (; from < end; from += 32, to += 32) {
      const b = from + fifth;
      const c = b + fifth;
      const d = c + fifth;
      const e = d + fifth;
      const ar = v128.load(from);
      const ai = v128.load(from, 16);
      const br = f32x4.add(v128.load(b), v128.load(e));
      const bi = f32x4.add(v128.load(b, 16), v128.load(e, 16));
      const er = f32x4.sub(v128.load(b), v128.load(e));
      const ei = f32x4.sub(v128.load(b, 16), v128.load(e, 16));
      const cr = f32x4.add(v128.load(c), v128.load(d));
      const ci = f32x4.add(v128.load(c, 16), v128.load(d, 16));
      const dr = f32x4.sub(v128.load(c), v128.load(d));
      const di = f32x4.sub(v128.load(c, 16), v128.load(d, 16));
      v128.store(to, f32x4.add(ar, f32x4.add(br, cr)));
      v128.store(to, f32x4.add(ai, f32x4.add(bi, ci)), 16);
      const m1r = f32x4.add(ar, f32x4.add(f32x4.mul(c1, br), f32x4.mul(c2, cr)));
      const m1i = f32x4.add(ai, f32x4.add(f32x4.mul(c1, bi), f32x4.mul(c2, ci)));
      const m2r = f32x4.add(ar, f32x4.add(f32x4.mul(c2, br), f32x4.mul(c1, cr)));
      const m2i = f32x4.add(ai, f32x4.add(f32x4.mul(c2, bi), f32x4.mul(c1, ci)));
      const n1r = f32x4.add(f32x4.mul(s1, er), f32x4.mul(s2, dr));
      const n1i = f32x4.add(f32x4.mul(s1, ei), f32x4.mul(s2, di));
      const n2r = f32x4.sub(f32x4.mul(s2, er), f32x4.mul(s1, dr));
      const n2i = f32x4.sub(f32x4.mul(s2, ei), f32x4.mul(s1, di));
      storeTwiddled(to + row, f32x4.add(m1r, n1i), f32x4.sub(m1i, n1r), v128.load32_splat(t1), v128.load32_splat(t1, 4));
      storeTwiddled(to + 2 * row, f32x4.add(m2r, n2i), f32x4.sub(m2i, n2r), v128.load32_splat(t2), v128.load32_splat(t2, 4));
      storeTwiddled(to + 3 * row, f32x4.sub(m2r, n2i), f32x4.add(m2i, n2r), v128.load32_splat(t3), v128.load32_splat(t3, 4));
      storeTwiddled(to + 4 * row, f32x4.sub(m1r, n1i), f32x4.add(m1i, n1r), v128.load32_splat(t4), v128.load32_splat(t4, 4));
    }
    to += 4 * row;
  }
}

/** Transposes 4 x 4 and stores row k at to + k * step. */
// @ts-ignore: decorator
@inline
function storeTransposed(a: v128, b: v128, c: v128, d: v128, to0: usize, to1: usize, to2: usize, to3: usize): void {
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const CD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to0, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
  v128.store(to1, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
  v128.store(to2, v128.shuffle<f32>(AB, CD, 0, 1, 4, 5));
  v128.store(to3, v128.shuffle<f32>(AB, CD, 2, 3, 6, 7));
}

/** Reads four rows, a pixel in each lane, to every 32 bytes from `to`. */
// @ts-ignore: decorator
@inline
function gatherRows(r0: usize, r1: usize, r2: usize, r3: usize, n: i32, to: usize): void {
  let x: i32 = 0;
  for (; x + 4 <= n; x += 4) {
    const k = <usize>x << 2;
    storeTransposed(v128.load(r0 + k), v128.load(r1 + k), v128.load(r2 + k), v128.load(r3 + k), to, to + 32, to + 64, to + 96);
    to += 128;
  }
  for (; x < n; x++) {
    const k = <usize>x << 2;
    store<f32>(to, load<f32>(r0 + k));
    store<f32>(to, load<f32>(r1 + k), 4);
    store<f32>(to, load<f32>(r2 + k), 8);
    store<f32>(to, load<f32>(r3 + k), 12);
    to += 32;
  }
}

// @ts-ignore: decorator
@inline
function scatterRows(from: usize, n: i32, r0: usize, r1: usize, r2: usize, r3: usize, scale: f32): void {
  const s = f32x4.splat(scale);
  let x: i32 = 0;
  for (; x + 4 <= n; x += 4) {
    const k = <usize>x << 2;
    storeTransposed(f32x4.mul(s, v128.load(from)), f32x4.mul(s, v128.load(from, 32)), f32x4.mul(s, v128.load(from, 64)),
      f32x4.mul(s, v128.load(from, 96)), r0 + k, r1 + k, r2 + k, r3 + k);
    from += 128;
  }
  for (; x < n; x++) {
    const k = <usize>x << 2;
    store<f32>(r0 + k, scale * load<f32>(from));
    store<f32>(r1 + k, scale * load<f32>(from, 4));
    store<f32>(r2 + k, scale * load<f32>(from, 8));
    store<f32>(r3 + k, scale * load<f32>(from, 12));
    from += 32;
  }
}

/**
 * Rows y0 to y1 (y0 a multiple of 8) of a real image to half spectra of nx / 2 + 1 interleaved complex numbers.
 *
 * Two rows go as real and imaginary part of one signal. Rows past y1 repeat the last one and are not written.
 */
export function fftRowsForward(src: usize, stride: i32, nx: i32, spectrum: usize, pitch: i32, y0: i32, y1: i32, work: usize, plan: usize): void {
  const pitchBytes = <usize>pitch << 3;
  const strideBytes = <usize>stride << 2;
  const half = f32x4.splat(0.5);
  for (let y: i32 = y0; y < y1; y += 8) {
    const first = src + <usize>y * strideBytes;
    const last = src + <usize>(y1 - 1) * strideBytes;
    gatherRows(first, min(first + 2 * strideBytes, last), min(first + 4 * strideBytes, last), min(first + 6 * strideBytes, last), nx, work);
    gatherRows(min(first + strideBytes, last), min(first + 3 * strideBytes, last), min(first + 5 * strideBytes, last),
      min(first + 7 * strideBytes, last), nx, work + 16);
    const z = transform(work, nx, plan);
    const end = z + (<usize>nx << 5);
    // Rows past y1 go to the unused work area.
    const spare = z == work ? end : work;
    const out = spectrum + <usize>y * pitchBytes;
    const rows: i32 = min(8, y1 - y);
    const o1 = rows > 1 ? out + pitchBytes : spare;
    const o2 = rows > 2 ? out + 2 * pitchBytes : spare;
    const o3 = rows > 3 ? out + 3 * pitchBytes : spare;
    const o4 = rows > 4 ? out + 4 * pitchBytes : spare;
    const o5 = rows > 5 ? out + 5 * pitchBytes : spare;
    const o6 = rows > 6 ? out + 6 * pitchBytes : spare;
    const o7 = rows > 7 ? out + 7 * pitchBytes : spare;
    const count: i32 = (nx >> 1) + 1;
    for (let k: i32 = 0; k < count; k += 2) {
      const at = <usize>k << 3;
      const p = z + (<usize>k << 5);
      const q = k == 0 ? z : end - (<usize>k << 5);
      const pr = v128.load(p);
      const pi = v128.load(p, 16);
      const qr = v128.load(q);
      const qi = v128.load(q, 16);
      const ar = f32x4.mul(half, f32x4.add(pr, qr));
      const ai = f32x4.mul(half, f32x4.sub(pi, qi));
      const br = f32x4.mul(half, f32x4.add(pi, qi));
      const bi = f32x4.mul(half, f32x4.sub(qr, pr));
      if (k + 1 == count) {
        store64Lanes(ar, ai, out + at, o2 + at, o4 + at, o6 + at);
        store64Lanes(br, bi, o1 + at, o3 + at, o5 + at, o7 + at);
        break;
      }
      const r = p + 32;
      const s = end - (<usize>(k + 1) << 5);
      const rr = v128.load(r);
      const ri = v128.load(r, 16);
      const sr = v128.load(s);
      const si = v128.load(s, 16);
      storeTransposed(ar, ai, f32x4.mul(half, f32x4.add(rr, sr)), f32x4.mul(half, f32x4.sub(ri, si)), out + at, o2 + at, o4 + at, o6 + at);
      storeTransposed(br, bi, f32x4.mul(half, f32x4.add(ri, si)), f32x4.mul(half, f32x4.sub(sr, rr)), o1 + at, o3 + at, o5 + at, o7 + at);
    }
  }
}

/** Stores lane k of (re, im) at the k-th address. */
// @ts-ignore: decorator
@inline
function store64Lanes(re: v128, im: v128, to0: usize, to1: usize, to2: usize, to3: usize): void {
  const low = v128.shuffle<f32>(re, im, 0, 4, 1, 5);
  const high = v128.shuffle<f32>(re, im, 2, 6, 3, 7);
  v128.store64_lane(to0, low, 0);
  v128.store64_lane(to1, low, 1);
  v128.store64_lane(to2, high, 0);
  v128.store64_lane(to3, high, 1);
}

/** Rows y0 to y1 (y0 a multiple of 8) of half spectra to a real image, scaled. */
export function fftRowsInverse(
  spectrum: usize, pitch: i32, nx: i32, dst: usize, stride: i32, y0: i32, y1: i32, work: usize, plan: usize, scale: f32,
): void {
  const pitchBytes = <usize>pitch << 3;
  const strideBytes = <usize>stride << 2;
  const count: i32 = (nx >> 1) + 1;
  for (let y: i32 = y0; y < y1; y += 8) {
    const s0 = spectrum + <usize>y * pitchBytes;
    const last = spectrum + <usize>(y1 - 1) * pitchBytes;
    const a0 = s0;
    const b0 = min(s0 + pitchBytes, last);
    const a1 = min(s0 + 2 * pitchBytes, last);
    const b1 = min(s0 + 3 * pitchBytes, last);
    const a2 = min(s0 + 4 * pitchBytes, last);
    const b2 = min(s0 + 5 * pitchBytes, last);
    const a3 = min(s0 + 6 * pitchBytes, last);
    const b3 = min(s0 + 7 * pitchBytes, last);
    for (let k: i32 = 0; k < count; k++) {
      const at = <usize>k << 3;
      const alone = k == 0 || 2 * k == nx;
      const aLow = v128.load64_lane(a1 + at, v128.load64_zero(a0 + at), 1);
      const aHigh = v128.load64_lane(a3 + at, v128.load64_zero(a2 + at), 1);
      const bLow = v128.load64_lane(b1 + at, v128.load64_zero(b0 + at), 1);
      const bHigh = v128.load64_lane(b3 + at, v128.load64_zero(b2 + at), 1);
      const ar = v128.shuffle<f32>(aLow, aHigh, 0, 2, 4, 6);
      const br = v128.shuffle<f32>(bLow, bHigh, 0, 2, 4, 6);
      const ai = alone ? f32x4.splat(0) : v128.shuffle<f32>(aLow, aHigh, 1, 3, 5, 7);
      const bi = alone ? f32x4.splat(0) : v128.shuffle<f32>(bLow, bHigh, 1, 3, 5, 7);
      // Z = A + iB; the imaginary part is stored first, which makes the forward transform an inverse one.
      const p = work + (<usize>k << 5);
      v128.store(p, f32x4.add(ai, br));
      v128.store(p, f32x4.sub(ar, bi), 16);
      if (!alone) {
        const q = work + (<usize>(nx - k) << 5);
        v128.store(q, f32x4.sub(br, ai));
        v128.store(q, f32x4.add(ar, bi), 16);
      }
    }
    const z = transform(work, nx, plan);
    const spare = z == work ? z + (<usize>nx << 5) : work;
    const rows: i32 = min(8, y1 - y);
    const out = dst + <usize>y * strideBytes;
    scatterRows(z + 16, nx, out, rows > 2 ? out + 2 * strideBytes : spare, rows > 4 ? out + 4 * strideBytes : spare,
      rows > 6 ? out + 6 * strideBytes : spare, scale);
    scatterRows(z, nx, rows > 1 ? out + strideBytes : spare, rows > 3 ? out + 3 * strideBytes : spare,
      rows > 5 ? out + 5 * strideBytes : spare, rows > 7 ? out + 7 * strideBytes : spare, scale);
  }
}

/** Rows y0 to y1 (y0 a multiple of 4) of interleaved complex numbers, in place; `swap` as in fftColumns. */
export function fftRowsComplex(data: usize, pitch: i32, nx: i32, y0: i32, y1: i32, work: usize, plan: usize, swap: i32): void {
  const pitchBytes = <usize>pitch << 3;
  const re: usize = swap ? 16 : 0;
  const im: usize = 16 - re;
  for (let y: i32 = y0; y < y1; y += 4) {
    const last = data + <usize>(y1 - 1) * pitchBytes;
    const r0 = data + <usize>y * pitchBytes;
    const r1 = min(r0 + pitchBytes, last);
    const r2 = min(r0 + 2 * pitchBytes, last);
    const r3 = min(r0 + 3 * pitchBytes, last);
    for (let k: i32 = 0; k < nx; k++) {
      const at = <usize>k << 3;
      const low = v128.load64_lane(r1 + at, v128.load64_zero(r0 + at), 1);
      const high = v128.load64_lane(r3 + at, v128.load64_zero(r2 + at), 1);
      const q = work + (<usize>k << 5);
      v128.store(q + re, v128.shuffle<f32>(low, high, 0, 2, 4, 6));
      v128.store(q + im, v128.shuffle<f32>(low, high, 1, 3, 5, 7));
    }
    // Rows past y1 repeat the last one, so storing them again changes nothing.
    const z = transform(work, nx, plan);
    for (let k: i32 = 0; k < nx; k++) {
      const at = <usize>k << 3;
      const q = z + (<usize>k << 5);
      store64Lanes(v128.load(q + re), v128.load(q + im), r0 + at, r1 + at, r2 + at, r3 + at);
    }
  }
}

/** Columns c0 to c1 of interleaved complex rows, in place; `swap` exchanges real and imaginary part: the inverse, unscaled. */
export function fftColumns(data: usize, pitch: i32, ny: i32, c0: i32, c1: i32, work: usize, plan: usize, swap: i32): void {
  const pitchBytes = <usize>pitch << 3;
  const re: usize = swap ? 16 : 0;
  const im: usize = 16 - re;
  for (let c: i32 = c0; c < c1; c += 4) {

    const n: i32 = min(4, c1 - c);
    const start = data + (<usize>c << 3);
    if (n == 4) {
      let p = start;
      let q = work;
      for (let y: i32 = 0; y < ny; y++) {
        const a = v128.load(p);
        const b = v128.load(p, 16);
        v128.store(q + re, v128.shuffle<f32>(a, b, 0, 2, 4, 6));
        v128.store(q + im, v128.shuffle<f32>(a, b, 1, 3, 5, 7));
        p += pitchBytes;
        q += 32;
      }
      q = transform(work, ny, plan);
      p = start;
      for (let y: i32 = 0; y < ny; y++) {
        const a = v128.load(q + re);
        const b = v128.load(q + im);
        v128.store(p, v128.shuffle<f32>(a, b, 0, 4, 1, 5));
        v128.store(p, v128.shuffle<f32>(a, b, 2, 6, 3, 7), 16);
        p += pitchBytes;
        q += 32;
      }
    } else {
      let p = start;
      let q = work;
      for (let y: i32 = 0; y < ny; y++) {
        for (let k: usize = 0; k < <usize>n; k++) {
          store<f32>(q + re + (k << 2), load<f32>(p + (k << 3)));
          store<f32>(q + im + (k << 2), load<f32>(p + (k << 3), 4));
        }
        p += pitchBytes;
        q += 32;
      }
      q = transform(work, ny, plan);
      p = start;
      for (let y: i32 = 0; y < ny; y++) {
        for (let k: usize = 0; k < <usize>n; k++) {
          store<f32>(p + (k << 3), load<f32>(q + re + (k << 2)));
          store<f32>(p + (k << 3), load<f32>(q + im + (k << 2)), 4);
        }
        p += pitchBytes;
        q += 32;
      }
    }
  }
}
