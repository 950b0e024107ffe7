/** Sky level of mesh cells, and the spline surface through a mesh. */

const BINS: i32 = 256;
const ROUNDS: i32 = 8;

/** What a pass over the pixels of a cell leaves: count, mean and standard deviation of the values within limits. */
let count: f64 = 0;
let mean: f64 = 0;
let sigma: f64 = 0;

/** Lanes of finite, unmasked values within [low, high]. */
// @ts-ignore: decorator
@inline
function usable(v: v128, low: v128, high: v128, maskRow: usize, i: i32, bad: v128): v128 {
  let keep = v128.and(f32x4.ge(v, low), f32x4.le(v, high));
  if (maskRow) keep = v128.and(keep, i32x4.eq(v128.and(v128.load(maskRow + (<usize>i << 2)), bad), i32x4.splat(0)));
  return keep;
}

// @ts-ignore: decorator
@inline
function sum4(v: v128): f64 {
  return <f64>f32x4.extract_lane(v, 0) + <f64>f32x4.extract_lane(v, 1) + <f64>f32x4.extract_lane(v, 2) + <f64>f32x4.extract_lane(v, 3);
}

/** Mean and standard deviation of the usable values within [low, high]; differences from `pivot` are summed in float32 a row, float64 between rows. */
function moments(src: usize, pitch: usize, mask: usize, maskPitch: usize, w: i32, h: i32, bad: i32, low: f32, high: f32, pivot: f32): void {
  const lows = f32x4.splat(low);
  const highs = f32x4.splat(high);
  const bads = i32x4.splat(bad);
  const pivots = f32x4.splat(pivot);
  let n: f64 = 0;
  let s: f64 = 0;
  let ss: f64 = 0;
  for (let y: i32 = 0; y < h; y++) {
    let a = f32x4.splat(0);
    let b = a;
    let c = i32x4.splat(0);
    let i: i32 = 0;
    for (; i + 4 <= w; i += 4) {
      const v = v128.load(src + (<usize>i << 2));
      const keep = usable(v, lows, highs, mask, i, bads);
      const d = v128.and(f32x4.sub(v, pivots), keep);
      a = f32x4.add(a, d);
      b = f32x4.add(b, f32x4.mul(d, d));
      c = i32x4.sub(c, keep);
    }
    n += <f64>(i32x4.extract_lane(c, 0) + i32x4.extract_lane(c, 1) + i32x4.extract_lane(c, 2) + i32x4.extract_lane(c, 3));
    s += sum4(a);
    ss += sum4(b);
    for (; i < w; i++) {
      const v = load<f32>(src + (<usize>i << 2));
      if (v >= low && v <= high && (!mask || (load<i32>(mask + (<usize>i << 2)) & bad) == 0)) {
        const d: f64 = <f64>v - <f64>pivot;
        n += 1;
        s += d;
        ss += d * d;
      }
    }
    src += pitch;
    if (mask) mask += maskPitch;
  }
  count = n;
  const m: f64 = n > 0 ? s / n : 0;
  mean = <f64>pivot + m;
  sigma = n > 0 ? Math.sqrt(max(ss / n - m * m, 0)) : 0;
}

function firstUsable(src: usize, pitch: usize, mask: usize, maskPitch: usize, w: i32, h: i32, bad: i32): f32 {
  for (let y: i32 = 0; y < h; y++) {
    for (let i: i32 = 0; i < w; i++) {
      const v = load<f32>(src + (<usize>i << 2));
      if (v - v == 0 && (!mask || (load<i32>(mask + (<usize>i << 2)) & bad) == 0)) return v;
    }
    src += pitch;
    if (mask) mask += maskPitch;
  }
  return NaN;
}

/** Counts the usable values in BINS + 1 bins of width 1 / scale from `low`. */
function fillHistogram(src: usize, pitch: usize, mask: usize, maskPitch: usize, w: i32, h: i32, bad: i32, low: f32, high: f32, scale: f32, histogram: usize): void {
  memory.fill(histogram, 0, (BINS + 1) << 2);
  const lows = f32x4.splat(low);
  const highs = f32x4.splat(high);
  const bads = i32x4.splat(bad);
  const scales = f32x4.splat(scale);
  // Values outside go to a bin after the last.
  const outside = i32x4.splat(BINS);
  for (let y: i32 = 0; y < h; y++) {
    let i: i32 = 0;
    for (; i + 4 <= w; i += 4) {
      const v = v128.load(src + (<usize>i << 2));
      const keep = usable(v, lows, highs, mask, i, bads);
      const bins = i32x4.min_s(i32x4.trunc_sat_f32x4_s(f32x4.mul(f32x4.sub(v, lows), scales)), i32x4.splat(BINS - 1));
      const at = i32x4.shl(v128.bitselect(bins, outside, keep), 2);
      addOne(histogram + <usize>i32x4.extract_lane(at, 0));
      addOne(histogram + <usize>i32x4.extract_lane(at, 1));
      addOne(histogram + <usize>i32x4.extract_lane(at, 2));
      addOne(histogram + <usize>i32x4.extract_lane(at, 3));
    }
    for (; i < w; i++) {
      const v = load<f32>(src + (<usize>i << 2));
      if (v >= low && v <= high && (!mask || (load<i32>(mask + (<usize>i << 2)) & bad) == 0))
        addOne(histogram + (<usize>min(<i32>((v - low) * scale), BINS - 1) << 2));
    }
    src += pitch;
    if (mask) mask += maskPitch;
  }
}

// @ts-ignore: decorator
@inline
function addOne(at: usize): void {
  store<i32>(at, load<i32>(at) + 1);
}

/** Value below which half of the counts of bins first to last lie, linear inside its bin. */
function histogramMedian(histogram: usize, first: i32, last: i32, low: f64, width: f64): f64 {
  let total: i32 = 0;
  for (let k: i32 = first; k <= last; k++) total += load<i32>(histogram + (<usize>k << 2));
  const half: f64 = 0.5 * <f64>total;
  let below: i32 = 0;
  for (let k: i32 = first; k <= last; k++) {
    const here = load<i32>(histogram + (<usize>k << 2));
    if (here > 0 && <f64>(below + here) >= half) return low + width * (<f64>k + (half - <f64>below) / <f64>here);
    below += here;
  }
  return NaN;
}

function histogramSigma(histogram: usize, first: i32, last: i32, width: f64): f64 {
  let n: f64 = 0;
  let s: f64 = 0;
  let ss: f64 = 0;
  for (let k: i32 = first; k <= last; k++) {
    const here = <f64>load<i32>(histogram + (<usize>k << 2));
    n += here;
    s += here * <f64>k;
    ss += here * <f64>k * <f64>k;
  }
  return width * Math.sqrt(max(ss / n - (s / n) * (s / n), 0));
}

/**
 * One row of cells: writes mean, median, standard deviation and count (float32) of each after clipping at `clip` sigma,
 * first about the mean of the pixels, then about the median of their histogram.
 *
 * histogram: BINS + 1 words of scratch.
 */
export function backgroundCells(
  src: usize, stride: i32, width: i32, mask: usize, maskStride: i32, bad: i32, cellWidth: i32, y0: i32, y1: i32, clip: f64, out: usize, histogram: usize,
): void {
  const pitch = <usize>stride << 2;
  const maskPitch = <usize>maskStride << 2;
  for (let x: i32 = 0; x < width; x += cellWidth) {
    const w: i32 = min(cellWidth, width - x);
    const from = src + <usize>y0 * pitch + (<usize>x << 2);
    const maskFrom = mask ? mask + <usize>y0 * maskPitch + (<usize>x << 2) : 0;
    measureCell(from, pitch, maskFrom, maskPitch, w, y1 - y0, bad, clip, out, histogram);
    out += 16;
  }
}

function measureCell(src: usize, pitch: usize, mask: usize, maskPitch: usize, w: i32, h: i32, bad: i32, clip: f64, out: usize, histogram: usize): void {
  const pivot = firstUsable(src, pitch, mask, maskPitch, w, h, bad);
  if (pivot != pivot) {
    v128.store(out, f32x4(NaN, NaN, NaN, 0));
    return;
  }
  moments(src, pitch, mask, maskPitch, w, h, bad, -f32.MAX_VALUE, f32.MAX_VALUE, pivot);
  for (let round: i32 = 0; round < ROUNDS && sigma > 0; round++) {
    const before = count;
    moments(src, pitch, mask, maskPitch, w, h, bad, <f32>(mean - clip * sigma), <f32>(mean + clip * sigma), <f32>mean);
    if (count == before) break;
  }
  let median = mean;
  // Neither a cell of equal values nor one whose squares overflow has a histogram.
  if (sigma < 1e18 && <f32>(mean + sigma) > <f32>mean) {
    const low = <f32>(mean - 4 * sigma);
    const high = <f32>(mean + 4 * sigma);
    const width: f64 = (<f64>high - <f64>low) / <f64>BINS;
    fillHistogram(src, pitch, mask, maskPitch, w, h, bad, low, high, <f32>(1 / width), histogram);
    let first: i32 = 0;
    let last: i32 = BINS - 1;
    let spread = sigma;
    for (let round: i32 = 0; round < ROUNDS; round++) {
      median = histogramMedian(histogram, first, last, <f64>low, width);
      const nextFirst: i32 = max(0, <i32>Math.floor((median - clip * spread - <f64>low) / width));
      const nextLast: i32 = min(BINS - 1, <i32>Math.floor((median + clip * spread - <f64>low) / width));
      if (round > 0 && nextFirst == first && nextLast == last) break;
      first = nextFirst;
      last = nextLast;
      spread = histogramSigma(histogram, first, last, width);
    }
    moments(src, pitch, mask, maskPitch, w, h, bad, <f32>(median - clip * spread), <f32>(median + clip * spread), <f32>median);
  }
  v128.store(out, f32x4.replace_lane(f32x4.replace_lane(f32x4.replace_lane(f32x4.splat(<f32>mean), 1, <f32>median), 2, <f32>sigma), 3, <f32>count));
}

/** (u^3 - u) / 6, continued in a straight line below 0. */
// @ts-ignore: decorator
@inline
function curve(u: f64): f64 {
  return u < 0 ? -u / 6 : ((u * u - 1) * u) / 6;
}

/**
 * Rows y0 to y1 of a bicubic spline through mesh values, or of a source minus it.
 *
 * meshes: four arrays of rows * columns float32, one after the other: the values, their second derivatives along y, along x,
 * and along both, for unit spacing of the nodes, which lie at the centres of the cells. scratch: 2 * columns + 8 float32.
 */
export function splineRows(
  meshes: usize, columns: i32, rows: i32, cellWidth: i32, cellHeight: i32, src: usize, srcStride: i32, dst: usize, dstStride: i32,
  width: i32, y0: i32, y1: i32, scratch: usize,
): void {
  const size = <usize>(columns * rows) << 2;
  const values = scratch;
  const bends = scratch + (<usize>columns << 2);
  const center: f32 = 0.5 * <f32>cellWidth - 0.5;
  const inverse: f32 = <f32>1 / <f32>cellWidth;
  for (let y: i32 = y0; y < y1; y++) {
    const position: f64 = (<f64>y + 0.5) / <f64>cellHeight - 0.5;
    const r: i32 = max(0, min(rows - 2, <i32>Math.floor(position)));
    const t: f64 = position - <f64>r;
    blend(meshes + (<usize>(r * columns) << 2), size, columns, t, values);
    blend(meshes + 2 * size + (<usize>(r * columns) << 2), size, columns, t, bends);
    const from = src ? src + ((<usize>y * <usize>srcStride) << 2) : 0;
    const to = dst + ((<usize>y * <usize>dstStride) << 2);
    let x: i32 = 0;
    // Segment c runs from node c - 1 to node c; the outer two continue in a straight line.
    for (let c: i32 = 0; c <= columns && x < width; c++) {
      const k = max(0, min(columns - 2, c - 1));
      const v0 = load<f32>(values + (<usize>k << 2));
      const v1 = load<f32>(values + (<usize>k << 2), 4);
      const m0 = load<f32>(bends + (<usize>k << 2));
      const m1 = load<f32>(bends + (<usize>k << 2), 4);
      let a = v0;
      let b: f32 = v1 - v0 - (<f32>2 * m0 + m1) / <f32>6;
      let cc: f32 = <f32>0.5 * m0;
      let d: f32 = (m1 - m0) / <f32>6;
      let node = k;
      if (c == 0) {
        cc = 0;
        d = 0;
      } else if (c == columns) {
        a = v1;
        b = b + <f32>2 * cc + <f32>3 * d;
        cc = 0;
        d = 0;
        node = k + 1;
      }
      const end: i32 = c == columns ? width : min(width, <i32>Math.ceil(<f64>center + <f64>(c * cellWidth)));
      x = evaluate(x, end, (<f32>x - center - <f32>(node * cellWidth)) * inverse, inverse, a, b, cc, d, from, to);
    }
  }
}

// @ts-ignore: decorator
@inline
function blend(mesh: usize, size: usize, columns: i32, t: f64, to: usize): void {
  const A = <f32>(1 - t);
  const B = <f32>t;
  const C = <f32>curve(1 - t);
  const D = <f32>curve(t);
  const row = <usize>columns << 2;
  const bend = mesh + size;
  let k: usize = 0;
  for (; k + 16 <= row; k += 16) {
    const values = f32x4.add(f32x4.mul(f32x4.splat(A), v128.load(mesh + k)), f32x4.mul(f32x4.splat(B), v128.load(mesh + row + k)));
    const curves = f32x4.add(f32x4.mul(f32x4.splat(C), v128.load(bend + k)), f32x4.mul(f32x4.splat(D), v128.load(bend + row + k)));
    v128.store(to + k, f32x4.add(values, curves));
  }
  for (; k < row; k += 4)
    store<f32>(to + k, A * load<f32>(mesh + k) + B * load<f32>(mesh + row + k) + (C * load<f32>(bend + k) + D * load<f32>(bend + row + k)));
}

// @ts-ignore: decorator
@inline
function evaluate(x: i32, end: i32, t: f32, step: f32, a: f32, b: f32, c: f32, d: f32, from: usize, to: usize): i32 {
  const as = f32x4.splat(a);
  const bs = f32x4.splat(b);
  const cs = f32x4.splat(c);
  const ds = f32x4.splat(d);
  const start = x;
  let t0 = f32x4.add(f32x4.splat(t), f32x4.mul(f32x4.splat(step), f32x4(0, 1, 2, 3)));
  const four = f32x4.splat(<f32>4 * step);
  const eight = f32x4.splat(<f32>8 * step);
  const twelve = f32x4.splat(<f32>12 * step);
  const sixteen = f32x4.splat(<f32>16 * step);
  for (; x + 16 <= end; x += 16) {
    const at = <usize>x << 2;
    const t1 = f32x4.add(t0, four);
    const t2 = f32x4.add(t0, eight);
    const t3 = f32x4.add(t0, twelve);
    let p = f32x4.add(as, f32x4.mul(t0, f32x4.add(bs, f32x4.mul(t0, f32x4.add(cs, f32x4.mul(t0, ds))))));
    let q = f32x4.add(as, f32x4.mul(t1, f32x4.add(bs, f32x4.mul(t1, f32x4.add(cs, f32x4.mul(t1, ds))))));
    let r = f32x4.add(as, f32x4.mul(t2, f32x4.add(bs, f32x4.mul(t2, f32x4.add(cs, f32x4.mul(t2, ds))))));
    let s = f32x4.add(as, f32x4.mul(t3, f32x4.add(bs, f32x4.mul(t3, f32x4.add(cs, f32x4.mul(t3, ds))))));
    if (from) {
      p = f32x4.sub(v128.load(from + at), p);
      q = f32x4.sub(v128.load(from + at, 16), q);
      r = f32x4.sub(v128.load(from + at, 32), r);
      s = f32x4.sub(v128.load(from + at, 48), s);
    }
    v128.store(to + at, p);
    v128.store(to + at, q, 16);
    v128.store(to + at, r, 32);
    v128.store(to + at, s, 48);
    t0 = f32x4.add(t0, sixteen);
  }
  for (; x < end; x++) {
    const at = <usize>x << 2;
    const u: f32 = t + step * <f32>(x - start);
    const p: f32 = a + u * (b + u * (c + u * d));
    store<f32>(to + at, from ? load<f32>(from + at) - p : p);
  }
  return x;
}

/**
 * Rows y0 to y1 of a plane times a factor of the row and one of the column, divided by a mesh (rows * columns float32) that is
 * linear between the middles of its cells and constant beyond the outermost; 0 where the mesh is not positive. In place.
 *
 * scratch: columns float32.
 */
export function divideByMeshRows(
  data: usize, stride: i32, width: i32, mesh: usize, columns: i32, rows: i32, cellWidth: i32, cellHeight: i32,
  columnFactors: usize, rowFactors: usize, y0: i32, y1: i32, scratch: usize,
): void {
  const inverse: f32 = <f32>1 / <f32>cellWidth;
  const zero = f32x4.splat(0);
  for (let y: i32 = y0; y < y1; y++) {
    const v: f64 = max(0, min(<f64>(rows - 1), (<f64>y + 0.5) / <f64>cellHeight - 0.5));
    const r: i32 = min(rows - 1, <i32>v);
    const t = <f32>(v - <f64>r);
    const top = mesh + (<usize>(r * columns) << 2);
    const bottom = mesh + (<usize>(min(rows - 1, r + 1) * columns) << 2);
    for (let c: i32 = 0; c < columns; c++) {
      const at = <usize>c << 2;
      store<f32>(scratch + at, (<f32>1 - t) * load<f32>(top + at) + t * load<f32>(bottom + at));
    }
    const factor = f32x4.splat(load<f32>(rowFactors + (<usize>y << 2)));
    const row = data + ((<usize>y * <usize>stride) << 2);
    let x: i32 = 0;
    // Segment c runs from the middle of cell c - 1 to that of cell c; the outer two are level.
    for (let c: i32 = 0; c <= columns && x < width; c++) {
      const left = load<f32>(scratch + (<usize>max(0, c - 1) << 2));
      const right = load<f32>(scratch + (<usize>min(columns - 1, c) << 2));
      const end: i32 = c == columns ? width : min(width, <i32>Math.floor((<f64>c + 0.5) * <f64>cellWidth - 0.5) + 1);
      const slope: f32 = (right - left) * inverse;
      const start: f32 = (<f32>c - 0.5) * <f32>cellWidth - 0.5;
      const lefts = f32x4.splat(left);
      const slopes = f32x4.splat(slope);
      for (; x + 4 <= end; x += 4) {
        const at = <usize>x << 2;
        const offsets = f32x4.add(f32x4.splat(<f32>x - start), f32x4(0, 1, 2, 3));
        const sigma = f32x4.add(lefts, f32x4.mul(slopes, offsets));
        const scaled = f32x4.mul(f32x4.mul(v128.load(row + at), factor), v128.load(columnFactors + at));
        v128.store(row + at, v128.and(f32x4.div(scaled, sigma), f32x4.gt(sigma, zero)));
      }
      for (; x < end; x++) {
        const at = <usize>x << 2;
        const sigma: f32 = left + slope * (<f32>x - start);
        const scaled: f32 = load<f32>(row + at) * f32x4.extract_lane(factor, 0) * load<f32>(columnFactors + at);
        store<f32>(row + at, sigma > 0 ? scaled / sigma : 0);
      }
    }
  }
}

/** 1 if a value of the plane is NaN or infinite. */
export function hasNonFinite(data: usize, stride: i32, width: i32, y0: i32, y1: i32): i32 {
  for (let y: i32 = y0; y < y1; y++) {
    const row = data + ((<usize>y * <usize>stride) << 2);
    let a = f32x4.splat(0);
    let b = a;
    let x: i32 = 0;
    for (; x + 8 <= width; x += 8) {
      const v = v128.load(row + (<usize>x << 2));
      const w = v128.load(row + (<usize>x << 2), 16);
      // NaN or infinity less itself is NaN.
      a = f32x4.add(a, f32x4.sub(v, v));
      b = f32x4.add(b, f32x4.sub(w, w));
    }
    let rest: f32 = 0;
    for (; x < width; x++) {
      const v = load<f32>(row + (<usize>x << 2));
      rest += v - v;
    }
    if (!i32x4.all_true(f32x4.eq(f32x4.add(a, b), f32x4.splat(0))) || rest != 0) return 1;
  }
  return 0;
}

/** Copies rows y0 to y1 with 0 in place of NaN, infinities and pixels whose flags hold any of the bad bits; `mask` may be 0. */
export function copySoundRows(src: usize, stride: i32, mask: usize, maskStride: i32, bad: i32, dst: usize, dstStride: i32, width: i32, y0: i32, y1: i32): void {
  const zero = i32x4.splat(0);
  const bads = i32x4.splat(bad);
  for (let y: i32 = y0; y < y1; y++) {
    const from = src + ((<usize>y * <usize>stride) << 2);
    const flags = mask ? mask + ((<usize>y * <usize>maskStride) << 2) : 0;
    const to = dst + ((<usize>y * <usize>dstStride) << 2);
    let x: i32 = 0;
    for (; x + 4 <= width; x += 4) {
      const at = <usize>x << 2;
      const v = v128.load(from + at);
      let keep = f32x4.eq(f32x4.sub(v, v), f32x4.splat(0));
      if (flags) keep = v128.and(keep, i32x4.eq(v128.and(v128.load(flags + at), bads), zero));
      v128.store(to + at, v128.and(v, keep));
    }
    for (; x < width; x++) {
      const at = <usize>x << 2;
      const v = load<f32>(from + at);
      const sound = v - v == 0 && (!flags || (load<i32>(flags + at) & bad) == 0);
      store<f32>(to + at, sound ? v : 0);
    }
  }
}
