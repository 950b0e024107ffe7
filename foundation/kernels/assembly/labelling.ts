/**
 * Groups of 8-connected pixels above a threshold, from runs along rows and union-find over the runs.
 *
 * A run is 16 bytes: row, first column, end column (half-open), label. Labels rise with the first pixel in reading order.
 */

/** Sixteen bits, one a pixel: above the threshold and not masked. */
// @ts-ignore: decorator
@inline
function above16(p: usize, threshold: usize, scalar: v128, flags: usize, bad: v128): i32 {
  let a = f32x4.gt(v128.load(p), threshold ? v128.load(threshold) : scalar);
  let b = f32x4.gt(v128.load(p, 16), threshold ? v128.load(threshold, 16) : scalar);
  let c = f32x4.gt(v128.load(p, 32), threshold ? v128.load(threshold, 32) : scalar);
  let d = f32x4.gt(v128.load(p, 48), threshold ? v128.load(threshold, 48) : scalar);
  if (flags) {
    const zero = i32x4.splat(0);
    a = v128.and(a, i32x4.eq(v128.and(v128.load(flags), bad), zero));
    b = v128.and(b, i32x4.eq(v128.and(v128.load(flags, 16), bad), zero));
    c = v128.and(c, i32x4.eq(v128.and(v128.load(flags, 32), bad), zero));
    d = v128.and(d, i32x4.eq(v128.and(v128.load(flags, 48), bad), zero));
  }
  return i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
}

/**
 * Finds the runs; returns how many, or -1 where they do not fit.
 *
 * `threshold` is a plane or 0 for the number `level` everywhere; `flags` is a mask plane or 0.
 */
export function findRuns(
  src: usize, stride: i32, width: i32, height: i32, threshold: usize, thresholdStride: i32, level: f32,
  flags: usize, flagsStride: i32, bad: i32, runs: usize, capacity: i32,
): i32 {
  const scalar = f32x4.splat(level);
  const bads = i32x4.splat(bad);
  let count: i32 = 0;
  for (let y: i32 = 0; y < height; y++) {
    const row = src + ((<usize>y * <usize>stride) << 2);
    const limit = threshold ? threshold + ((<usize>y * <usize>thresholdStride) << 2) : 0;
    const marks = flags ? flags + ((<usize>y * <usize>flagsStride) << 2) : 0;
    let open: i32 = -1;
    if (count + (width >> 1) + 1 > capacity) return -1;
    let x: i32 = 0;
    for (; x + 16 <= width; x += 16) {
      const at = <usize>x << 2;
      let bits = above16(row + at, threshold ? limit + at : 0, scalar, flags ? marks + at : 0, bads);
      if (open < 0 && bits == 0) continue;
      if (open >= 0 && bits == 0xffff) continue;
      let i: i32 = 0;
      // Bits above i are consumed one edge after the other.
      while (i < 16) {
        const rest = open < 0 ? bits >> i : (~bits & 0xffff) >> i;
        if (rest == 0) break;
        i += ctz(rest);
        if (open < 0) open = x + i;
        else {
          storeRun(runs, count++, y, open, x + i);
          open = -1;
        }
      }
    }
    for (; x < width; x++) {
      const at = <usize>x << 2;
      const on = load<f32>(row + at) > (threshold ? load<f32>(limit + at) : level) && (!flags || (load<i32>(marks + at) & bad) == 0);
      if (on && open < 0) open = x;
      else if (!on && open >= 0) {
        storeRun(runs, count++, y, open, x);
        open = -1;
      }
    }
    if (open >= 0) storeRun(runs, count++, y, open, width);
  }
  return count;
}

// @ts-ignore: decorator
@inline
function storeRun(runs: usize, index: i32, y: i32, x0: i32, x1: i32): void {
  const at = runs + (<usize>index << 4);
  store<i32>(at, y);
  store<i32>(at, x0, 4);
  store<i32>(at, x1, 8);
  store<i32>(at, index, 12);
}

// @ts-ignore: decorator
@inline
function parent(runs: usize, index: i32): i32 {
  return load<i32>(runs + (<usize>index << 4), 12);
}

/** The first run of a group; halves paths on its way. */
// @ts-ignore: decorator
@inline
function rootOf(runs: usize, index: i32): i32 {
  let at = index;
  let up = parent(runs, at);
  while (up != at) {
    const next = parent(runs, up);
    store<i32>(runs + (<usize>at << 4), next, 12);
    at = next;
    up = parent(runs, at);
  }
  return at;
}

/** Joins runs of neighbouring rows that touch, corners included, and numbers the groups from 0; returns how many. */
export function labelRuns(runs: usize, count: i32): i32 {
  let above: i32 = 0;
  let rowStart: i32 = 0;
  for (let k: i32 = 0; k < count; k++) {
    const at = runs + (<usize>k << 4);
    const y = load<i32>(at);
    if (k > 0 && load<i32>(at - 16) != y) {
      // The row before becomes the row above if it is the neighbour.
      above = load<i32>(at - 16) == y - 1 ? rowStart : k;
      rowStart = k;
    }
    const x0 = load<i32>(at, 4);
    const x1 = load<i32>(at, 8);
    // Runs above that end before this one begins touch none of those that follow either.
    while (above < rowStart && load<i32>(runs + (<usize>above << 4), 8) < x0) above++;
    for (let j: i32 = above; j < rowStart && load<i32>(runs + (<usize>j << 4), 4) <= x1; j++) {
      const a = rootOf(runs, j);
      const b = rootOf(runs, k);
      if (a < b) store<i32>(runs + (<usize>b << 4), a, 12);
      else if (b < a) store<i32>(runs + (<usize>a << 4), b, 12);
    }
  }
  let labels: i32 = 0;
  // Parents come before their children, so they hold their label, as ~label, by the time a child asks.
  for (let k: i32 = 0; k < count; k++) {
    const at = runs + (<usize>k << 4);
    const up = load<i32>(at, 12);
    store<i32>(at, up == k ? ~labels++ : parent(runs, up), 12);
  }
  for (let k: i32 = 0; k < count; k++) {
    const at = runs + (<usize>k << 4);
    store<i32>(at, ~load<i32>(at, 12), 12);
  }
  return labels;
}

/**
 * Sums over the pixels of each group, 16 float64 each: count, sum f, sum f x, sum f y, sum f xx, sum f yy, sum f xy, peak f,
 * peak x, peak y, min x, max x, min y, max y, 2 unused. Coordinates are array indices; f is read from `src`.
 */
export function sumRuns(runs: usize, count: i32, src: usize, stride: i32, sums: usize, labels: i32): void {
  memory.fill(sums, 0, <usize>labels << 7);
  for (let k: i32 = 0; k < count; k++) {
    const run = runs + (<usize>k << 4);
    const y = load<i32>(run);
    const x0 = load<i32>(run, 4);
    const x1 = load<i32>(run, 8);
    const at = sums + (<usize>load<i32>(run, 12) << 7);
    const isNew = load<f64>(at) == 0;
    let s: f64 = 0;
    let sx: f64 = 0;
    let sxx: f64 = 0;
    let peak: f64 = isNew ? -Infinity : load<f64>(at, 56);
    let peakX: i32 = -1;
    const row = src + ((<usize>y * <usize>stride) << 2);
    for (let x: i32 = x0; x < x1; x++) {
      const f = <f64>load<f32>(row + (<usize>x << 2));
      const fx = f * <f64>x;
      s += f;
      sx += fx;
      sxx += fx * <f64>x;
      if (f > peak) {
        peak = f;
        peakX = x;
      }
    }
    const fy = <f64>y;
    add(at, 0, <f64>(x1 - x0));
    add(at, 8, s);
    add(at, 16, sx);
    add(at, 24, s * fy);
    add(at, 32, sxx);
    add(at, 40, s * fy * fy);
    add(at, 48, sx * fy);
    if (peakX >= 0) {
      store<f64>(at, peak, 56);
      store<f64>(at, <f64>peakX, 64);
      store<f64>(at, fy, 72);
    }
    if (isNew) {
      store<f64>(at, <f64>x0, 80);
      store<f64>(at, <f64>(x1 - 1), 88);
      store<f64>(at, fy, 96);
    } else {
      if (<f64>x0 < load<f64>(at, 80)) store<f64>(at, <f64>x0, 80);
      if (<f64>(x1 - 1) > load<f64>(at, 88)) store<f64>(at, <f64>(x1 - 1), 88);
    }
    store<f64>(at, fy, 104);
  }
}

// @ts-ignore: decorator
@inline
function add(at: usize, offset: usize, value: f64): void {
  store<f64>(at + offset, load<f64>(at + offset) + value);
}
