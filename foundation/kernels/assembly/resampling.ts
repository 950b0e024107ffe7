/**
 * Resampling with tabled weights. The position of every output pixel in the source comes from a grid of nodes
 * (x, y, scale, unused; float64), interpolated linearly in both directions.
 * Positions are rounded to 1/8192 pixel, halves up.
 *
 * Parameter block, 32-bit words: 0 order (1 bilinear, 3, 5 Lanczos), 1 source, 2 its stride, 3 its width, 4 its height,
 * 5 target, 6 its stride, 7 its width, 8 nodes, 9 nodes in a row, 10 cell side, 11 weight table, 12 unused,
 * 13 source variance or 0, 14 its stride, 15 target variance, 16 its stride, 17 source mask or 0, 18 its stride,
 * 19 target mask, 20 its stride, 21 bits of pixels without data.
 */

// @ts-ignore: decorator
@inline
function word(block: usize, index: i32): i32 {
  return load<i32>(block + (<usize>index << 2));
}

// @ts-ignore: decorator
@inline
function sumLanes(v: v128): f32 {
  const pairs = f32x4.add(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** Six by six weights: columns wx (4 + 2), rows wy one after the other. */
// @ts-ignore: decorator
@inline
function sum6(p: usize, pitch: usize, w0: v128, w1: v128, wy: usize): f32 {
  let a = f32x4.mul(v128.load32_splat(wy), v128.load(p));
  let b = f32x4.mul(v128.load32_splat(wy), v128.load64_zero(p, 16));
  for (let k: usize = 4; k < 24; k += 4) {
    p += pitch;
    const w = v128.load32_splat(wy + k);
    a = f32x4.add(a, f32x4.mul(w, v128.load(p)));
    b = f32x4.add(b, f32x4.mul(w, v128.load64_zero(p, 16)));
  }
  return sumLanes(f32x4.add(f32x4.mul(a, w0), f32x4.mul(b, w1)));
}

/** The same with all weights squared, for variances. */
// @ts-ignore: decorator
@inline
function sumSquares6(p: usize, pitch: usize, w0: v128, w1: v128, wy: usize): f32 {
  let a = f32x4.splat(0);
  let b = a;
  for (let k: usize = 0; k < 24; k += 4) {
    let w = v128.load32_splat(wy + k);
    w = f32x4.mul(w, w);
    a = f32x4.add(a, f32x4.mul(w, v128.load(p)));
    b = f32x4.add(b, f32x4.mul(w, v128.load64_zero(p, 16)));
    p += pitch;
  }
  return sumLanes(f32x4.add(f32x4.mul(a, f32x4.mul(w0, w0)), f32x4.mul(b, f32x4.mul(w1, w1))));
}

// @ts-ignore: decorator
@inline
function sum10(p: usize, pitch: usize, w0: v128, w1: v128, w2: v128, wy: usize, square: i32): f32 {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  for (let k: usize = 0; k < 40; k += 4) {
    let w = v128.load32_splat(wy + k);
    if (square) w = f32x4.mul(w, w);
    a = f32x4.add(a, f32x4.mul(w, v128.load(p)));
    b = f32x4.add(b, f32x4.mul(w, v128.load(p, 16)));
    c = f32x4.add(c, f32x4.mul(w, v128.load64_zero(p, 32)));
    p += pitch;
  }
  if (square) {
    w0 = f32x4.mul(w0, w0);
    w1 = f32x4.mul(w1, w1);
    w2 = f32x4.mul(w2, w2);
  }
  return sumLanes(f32x4.add(f32x4.add(f32x4.mul(a, w0), f32x4.mul(b, w1)), f32x4.mul(c, w2)));
}

/** Two by two; where a weight is zero the pixel itself is read in place of the neighbour, which may be outside or NaN. */
// @ts-ignore: decorator
@inline
function sum4(p: usize, pitch: usize, fx: f32, fy: f32, square: i32): f32 {
  const right: usize = fx > 0 ? 4 : 0;
  const below: usize = fy > 0 ? pitch : 0;
  let u: f32 = <f32>1 - fx;
  let v: f32 = <f32>1 - fy;
  if (square) {
    u *= u;
    v *= v;
    fx *= fx;
    fy *= fy;
  }
  const q = p + below;
  return v * (u * load<f32>(p) + fx * load<f32>(p + right)) + fy * (u * load<f32>(q) + fx * load<f32>(q + right));
}

const UNIT: f64 = 1099511627776;
const HALF_BIN: i64 = 1 << 26;
const BIN: f32 = 1 / 8192;

// @ts-ignore: decorator
@inline
function setEmpty(i: i32, to: usize, toVariance: usize, toMask: usize, noData: i32): void {
  const at = <usize>i << 2;
  store<f32>(to + at, NaN);
  if (toVariance) store<f32>(toVariance + at, NaN);
  if (toMask) store<i32>(toMask + at, noData);
}

/** Resamples target rows y0 to y1. */
export function resampleRows(block: usize, y0: i32, y1: i32): void {
  const order = word(block, 0);
  if (order == 3) resample(block, y0, y1, 3);
  else if (order == 5) resample(block, y0, y1, 5);
  else resample(block, y0, y1, 1);
}

// @ts-ignore: decorator
@inline
function resample(block: usize, y0: i32, y1: i32, order: i32): void {
  const source = <usize>word(block, 1);
  const pitch = <usize>word(block, 2) << 2;
  const width = word(block, 3);
  const height = word(block, 4);
  const columns = word(block, 7);
  const cell = word(block, 10);
  const table = <usize>word(block, 11);
  const variance = <usize>word(block, 13);
  const variancePitch = <usize>word(block, 14) << 2;
  const mask = <usize>word(block, 17);
  const maskPitch = <usize>word(block, 18) << 2;
  const noData = word(block, 21);
  const reach = order == 1 ? 0 : order - 1;
  const rowBytes: usize = order == 3 ? 32 : 48;
  const inverse: f64 = 1 / <f64>cell;
  for (let y: i32 = y0; y < y1; y++) {
    const to = <usize>word(block, 5) + ((<usize>y * <usize>word(block, 6)) << 2);
    const toVariance = <usize>word(block, 15) + ((<usize>y * <usize>word(block, 16)) << 2);
    const toMask = <usize>word(block, 19) + ((<usize>y * <usize>word(block, 20)) << 2);
    const t: f64 = <f64>(y % cell) * inverse;
    let node = <usize>word(block, 8) + ((<usize>(y / cell) * <usize>word(block, 9)) << 5);
    const below = <usize>word(block, 9) << 5;
    for (let x0: i32 = 0; x0 < columns; x0 += cell) {
      const tt = f64x2.splat(t);
      const left = f64x2.add(v128.load(node), f64x2.mul(tt, f64x2.sub(v128.load(node + below), v128.load(node))));
      const leftScale: f64 = load<f64>(node, 16) + t * (load<f64>(node + below, 16) - load<f64>(node, 16));
      node += 32;
      const right = f64x2.add(v128.load(node), f64x2.mul(tt, f64x2.sub(v128.load(node + below), v128.load(node))));
      const rightScale: f64 = load<f64>(node, 16) + t * (load<f64>(node + below, 16) - load<f64>(node, 16));
      const scaleStep: f64 = (rightScale - leftScale) * inverse;
      const n: i32 = min(cell, columns - x0);
      // False for NaN too. Within the limit, positions fit 24.40 bits of fixed point.
      if (!i64x2.all_true(v128.and(f64x2.lt(f64x2.abs(left), f64x2.splat(4e6)), f64x2.lt(f64x2.abs(right), f64x2.splat(4e6))))) {
        for (let i: i32 = x0; i < x0 + n; i++) setEmpty(i, to, variance ? toVariance : 0, mask ? toMask : 0, noData);
        continue;
      }
      // 2^40 units a pixel; the added half bin makes truncation round to the nearest bin, carrying into the whole part.
      let fixedX: i64 = <i64>(f64x2.extract_lane(left, 0) * UNIT) + HALF_BIN;
      let fixedY: i64 = <i64>(f64x2.extract_lane(left, 1) * UNIT) + HALF_BIN;
      const stepX: i64 = <i64>((f64x2.extract_lane(right, 0) - f64x2.extract_lane(left, 0)) * inverse * UNIT);
      const stepY: i64 = <i64>((f64x2.extract_lane(right, 1) - f64x2.extract_lane(left, 1)) * inverse * UNIT);
      const lastX = <i32>((fixedX + stepX * n) >> 40);
      const lastY = <i32>((fixedY + stepY * n) >> 40);
      const lowX: i32 = min(<i32>(fixedX >> 40), lastX);
      const lowY: i32 = min(<i32>(fixedY >> 40), lastY);
      const highX: i32 = max(<i32>(fixedX >> 40), lastX);
      const highY: i32 = max(<i32>(fixedY >> 40), lastY);
      const inside = lowX >= reach && lowY >= reach && highX + order < width && highY + order < height;
      for (let i: i32 = 0; i < n; i++) {
        const ix = <i32>(fixedX >> 40);
        const iy = <i32>(fixedY >> 40);
        const fx = <i32>(fixedX >> 27) & 8191;
        const fy = <i32>(fixedY >> 27) & 8191;
        fixedX += stepX;
        fixedY += stepY;
        const at = <usize>(x0 + i) << 2;
        if (!inside) {
          const endX = order == 1 ? ix + i32(fx > 0) : ix + order;
          const endY = order == 1 ? iy + i32(fy > 0) : iy + order;
          if (ix < reach || iy < reach || endX >= width || endY >= height) {
            setEmpty(x0 + i, to, variance ? toVariance : 0, mask ? toMask : 0, noData);
            continue;
          }
        }
        const scale: f32 = <f32>(leftScale + <f64>i * scaleStep);
        const first = <usize>(iy - reach) * pitch + (<usize>(ix - reach) << 2);
        const firstVariance = variance + <usize>(iy - reach) * variancePitch + (<usize>(ix - reach) << 2);
        let value: f32;
        if (order == 1) {
          const u: f32 = <f32>fx * BIN;
          const v: f32 = <f32>fy * BIN;
          value = sum4(source + first, pitch, u, v, 0);
          if (variance) store<f32>(toVariance + at, scale * scale * sum4(firstVariance, variancePitch, u, v, 1));
        } else {
          const wx = table + <usize>fx * rowBytes;
          const wy = table + <usize>fy * rowBytes;
          const w0 = v128.load(wx);
          const w1 = v128.load(wx, 16);
          if (order == 3) {
            value = sum6(source + first, pitch, w0, w1, wy);
            if (variance) store<f32>(toVariance + at, scale * scale * sumSquares6(firstVariance, variancePitch, w0, w1, wy));
          } else {
            const w2 = v128.load(wx, 32);
            value = sum10(source + first, pitch, w0, w1, w2, wy, 0);
            if (variance) store<f32>(toVariance + at, scale * scale * sum10(firstVariance, variancePitch, w0, w1, w2, wy, 1));
          }
        }
        value *= scale;
        store<f32>(to + at, value);
        if (mask) {
          const m = mask + <usize>iy * maskPitch + (<usize>ix << 2);
          const e: usize = fx > 0 ? 4 : 0;
          const s: usize = fy > 0 ? maskPitch : 0;
          const bits = load<i32>(m) | load<i32>(m + e) | load<i32>(m + s) | load<i32>(m + s + e);
          store<i32>(toMask + at, value == value ? bits : bits | noData);
        }
      }
    }
  }
}
