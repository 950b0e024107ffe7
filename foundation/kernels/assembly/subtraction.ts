/**
 * What image subtraction computes on stamps of stars, in float64, and on whole rows, in float32.
 *
 * Stamps lie as rows of `pitch` doubles, a multiple of 8; what is beyond a row's own pixels is finite and gets no weight.
 */

/** to[i] = sum over taps of taps[k] * from[i + k * step], for i below n, a multiple of 8 (doubles). */
// @ts-ignore: decorator
@inline
function weightDoubles(from: usize, step: usize, taps: usize, count: i32, to: usize, n: i32): void {
  for (let i: i32 = 0; i < n; i += 8) {
    let p = from + (<usize>i << 3);
    let a = f64x2.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let t = taps;
    for (let k: i32 = 0; k < count; k++) {
      const w = v128.load64_splat(t);
      a = f64x2.add(a, f64x2.mul(w, v128.load(p)));
      b = f64x2.add(b, f64x2.mul(w, v128.load(p, 16)));
      c = f64x2.add(c, f64x2.mul(w, v128.load(p, 32)));
      d = f64x2.add(d, f64x2.mul(w, v128.load(p, 48)));
      p += step;
      t += 8;
    }
    const q = to + (<usize>i << 3);
    v128.store(q, a);
    v128.store(q, b, 16);
    v128.store(q, c, 32);
    v128.store(q, d, 48);
  }
}

/**
 * Correlates a square stamp of `wide` pixels with separable functions, onto its inner rows.
 *
 * profilesX, profilesY: `taps` doubles each; functions: for each the index of its profile along x and along y (int32);
 * source: rows of `wide` doubles with 8 more at the end. out: a stamp of `wide - taps + 1` rows of `pitch` for each function.
 * scratch: `wide` rows of `pitch` for each profile along x.
 */
export function correlateStamp(
  source: usize, wide: i32, taps: i32, pitch: i32, profilesX: usize, countX: i32, profilesY: usize, functions: usize, count: i32,
  out: usize, scratch: usize,
): void {
  const row = <usize>pitch << 3;
  const length = <usize>taps << 3;
  const rows = wide - taps + 1;
  const image = <usize>wide * row;
  for (let n: i32 = 0; n < countX; n++)
    for (let j: i32 = 0; j < wide; j++)
      weightDoubles(source + <usize>(j * wide) * 8, 8, profilesX + <usize>n * length, taps, scratch + <usize>n * image + <usize>j * row, pitch);
  for (let n: i32 = 0; n < count; n++) {
    const x = load<i32>(functions + (<usize>n << 3));
    const y = load<i32>(functions + (<usize>n << 3), 4);
    for (let j: i32 = 0; j < rows; j++)
      weightDoubles(scratch + <usize>x * image + <usize>j * row, row, profilesY + <usize>y * length, taps, out + <usize>(n * rows + j) * row, pitch);
  }
}

/**
 * Weighted sums of products of every two of `count` arrays of `n` doubles, n a multiple of 8; out: count x count, both halves.
 * The arrays lie one after the other, and three more places after them may be read. scratch: n doubles.
 */
export function weightedProducts(arrays: usize, count: i32, n: i32, weights: usize, out: usize, scratch: usize): void {
  const length = <usize>n << 3;
  for (let a: i32 = 0; a < count; a++) {
    const first = arrays + <usize>a * length;
    for (let k: usize = 0; k < length; k += 16) v128.store(scratch + k, f64x2.mul(v128.load(first + k), v128.load(weights + k)));
    for (let b: i32 = a; b < count; b += 4) {
      const p = arrays + <usize>b * length;
      let s0 = f64x2.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      for (let k: usize = 0; k < length; k += 16) {
        const w = v128.load(scratch + k);
        const q = p + k;
        s0 = f64x2.add(s0, f64x2.mul(w, v128.load(q)));
        s1 = f64x2.add(s1, f64x2.mul(w, v128.load(q + length)));
        s2 = f64x2.add(s2, f64x2.mul(w, v128.load(q + 2 * length)));
        s3 = f64x2.add(s3, f64x2.mul(w, v128.load(q + 3 * length)));
      }
      put(out, count, a, b, s0);
      if (b + 1 < count) put(out, count, a, b + 1, s1);
      if (b + 2 < count) put(out, count, a, b + 2, s2);
      if (b + 3 < count) put(out, count, a, b + 3, s3);
    }
  }
}

// @ts-ignore: decorator
@inline
function put(out: usize, count: i32, a: i32, b: i32, sum: v128): void {
  const value = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
  store<f64>(out + (<usize>(a * count + b) << 3), value);
  store<f64>(out + (<usize>(b * count + a) << 3), value);
}

/**
 * Rows y0 to y1 of a difference and its variance, in blocks of 32 columns; see src/subtraction/difference.ts for the model.
 *
 * levels: (blocks + 1) float32 a row, at the blocks' edges. noise: for each block of a row of blocks three float32. flags: one
 * byte a block and row, 1 where a pixel of it is saturated. Returns the number of pixels with data.
 */
export function differenceRows(
  kept: usize, keptStride: i32, other: usize, otherStride: i32, matched: usize, matchedStride: i32, width: i32,
  keptLimit: f32, otherLimit: f32, levels: usize, noise: usize, ownSigma2: f32, difference: usize, differenceStride: i32,
  variance: usize, varianceStride: i32, flags: usize, covered: usize, lightOfKept: i32, sign: f32, y0: i32, y1: i32,
): void {
  const zero = f32x4.splat(0);
  const ramp = f32x4(0, 1, 2, 3);
  const blocks: i32 = (width + 31) >> 5;
  const own2 = f32x4.splat(ownSigma2);
  const signs = f32x4.splat(sign);
  const which = i32x4.splat(lightOfKept ? -1 : 0);
  const limitA = f32x4.splat(keptLimit);
  const limitB = f32x4.splat(otherLimit);
  for (let y: i32 = y0; y < y1; y++) {
    const k = kept + ((<usize>y * <usize>keptStride) << 2);
    const o = other + ((<usize>y * <usize>otherStride) << 2);
    const m = matched + ((<usize>y * <usize>matchedStride) << 2);
    const d = difference + ((<usize>y * <usize>differenceStride) << 2);
    const v = variance + ((<usize>y * <usize>varianceStride) << 2);
    const level = levels + ((<usize>y * <usize>(blocks + 1)) << 2);
    const flag = flags + <usize>y * <usize>blocks;
    let count: i32 = 0;
    for (let b: i32 = 0; b < blocks; b++) {
      const left = load<f32>(level + (<usize>b << 2));
      const step = (load<f32>(level + (<usize>b << 2), 4) - left) * <f32>0.03125;
      const at = noise + <usize>(((y >> 5) * blocks + b) * 12);
      const sky = load<f32>(at);
      const perLight = load<f32>(at, 4);
      const perOwn = load<f32>(at, 8);
      const end: i32 = min(width, (b + 1) << 5);
      let x: i32 = b << 5;
      let saturated = zero;
      for (; x + 4 <= end; x += 4) {
        const p = <usize>x << 2;
        const offset = f32x4.add(f32x4.splat(<f32>(x & 31)), ramp);
        const model = f32x4.add(v128.load(m + p), f32x4.add(f32x4.splat(left), f32x4.mul(f32x4.splat(step), offset)));
        v128.store(m + p, model);
        const image = v128.load(k + p);
        const value = f32x4.sub(image, model);
        v128.store(d + p, value);
        const expected = f32x4.add(f32x4.splat(sky), f32x4.mul(f32x4.splat(perLight), f32x4.pmax(zero, v128.bitselect(image, model, which))));
        const own = f32x4.mul(signs, value);
        const beyond = v128.and(f32x4.gt(own, zero), f32x4.gt(f32x4.mul(own, own), f32x4.mul(own2, expected)));
        v128.store(v + p, f32x4.add(expected, v128.and(beyond, f32x4.mul(f32x4.splat(perOwn), own))));
        count += i32x4.bitmask(f32x4.eq(value, value)) == 15 ? 4 : popcnt(i32x4.bitmask(f32x4.eq(value, value)));
        saturated = v128.or(saturated, v128.or(f32x4.ge(image, limitA), f32x4.ge(v128.load(o + p), limitB)));
      }
      let any = v128.any_true(saturated);
      for (; x < end; x++) {
        const p = <usize>x << 2;
        const model = load<f32>(m + p) + (left + step * <f32>(x & 31));
        store<f32>(m + p, model);
        const image = load<f32>(k + p);
        const value = image - model;
        store<f32>(d + p, value);
        const light = lightOfKept ? image : model;
        const expected = sky + perLight * (light > 0 ? light : 0);
        const own = sign * value;
        store<f32>(v + p, own > 0 && own * own > ownSigma2 * expected ? expected + perOwn * own : expected);
        if (value == value) count++;
        if (image >= keptLimit || load<f32>(o + p) >= otherLimit) any = true;
      }
      store<u8>(flag + <usize>b, any ? 1 : 0);
    }
    store<i32>(covered + (<usize>y << 2), count);
  }
}

/** Rows y0 to y1 of values / sqrt(variance); 0 where that is not finite. */
export function normalizeRows(
  values: usize, valuesStride: i32, variance: usize, varianceStride: i32, out: usize, outStride: i32, width: i32, y0: i32, y1: i32,
): void {
  const zero = f32x4.splat(0);
  for (let y: i32 = y0; y < y1; y++) {
    const a = values + ((<usize>y * <usize>valuesStride) << 2);
    const b = variance + ((<usize>y * <usize>varianceStride) << 2);
    const to = out + ((<usize>y * <usize>outStride) << 2);
    let x: i32 = 0;
    for (; x + 4 <= width; x += 4) {
      const p = <usize>x << 2;
      const q = f32x4.div(v128.load(a + p), f32x4.sqrt(v128.load(b + p)));
      v128.store(to + p, v128.and(q, f32x4.eq(f32x4.sub(q, q), zero)));
    }
    for (; x < width; x++) {
      const p = <usize>x << 2;
      const q = load<f32>(a + p) / sqrt<f32>(load<f32>(b + p));
      store<f32>(to + p, q - q == 0 ? q : 0);
    }
  }
}

/** Rows y0 to y1 of a plane times a number. */
export function scaleRows(plane: usize, stride: i32, width: i32, factor: f32, y0: i32, y1: i32): void {
  const factors = f32x4.splat(factor);
  for (let y: i32 = y0; y < y1; y++) {
    const row = plane + ((<usize>y * <usize>stride) << 2);
    let x: i32 = 0;
    for (; x + 4 <= width; x += 4) {
      const p = row + (<usize>x << 2);
      v128.store(p, f32x4.mul(factors, v128.load(p)));
    }
    for (; x < width; x++) {
      const p = row + (<usize>x << 2);
      store<f32>(p, factor * load<f32>(p));
    }
  }
}
