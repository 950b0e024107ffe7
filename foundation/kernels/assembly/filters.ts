/** Filters over small neighbourhoods; beyond the edge the nearest pixel counts. Every routine works on rows y0 to y1. */

// @ts-ignore: decorator
@inline
function rowAt(src: usize, stride: i32, height: i32, y: i32): usize {
  return src + ((<usize>min(max(y, 0), height - 1) * <usize>stride) << 2);
}

/** Copies a row with `pad` more pixels on each side. */
// @ts-ignore: decorator
@inline
function padRow(row: usize, width: i32, pad: i32, to: usize): void {
  const first = load<f32>(row);
  const last = load<f32>(row + (<usize>(width - 1) << 2));
  for (let i: i32 = 0; i < pad; i++) store<f32>(to + (<usize>i << 2), first);
  memory.copy(to + (<usize>pad << 2), row, <usize>width << 2);
  for (let i: i32 = 0; i < pad + 4; i++) store<f32>(to + (<usize>(pad + width + i) << 2), last);
}

// @ts-ignore: decorator
@inline
function storeLanes(to: usize, v: v128, n: i32): void {
  if (n >= 4) v128.store(to, v);
  else {
    store<f32>(to, f32x4.extract_lane(v, 0));
    if (n > 1) store<f32>(to, f32x4.extract_lane(v, 1), 4);
    if (n > 2) store<f32>(to, f32x4.extract_lane(v, 2), 8);
  }
}

/**
 * Positive Laplacian of the image with every pixel cut in four, averaged back: the mean over the four corners of
 * max(0, 2 p - horizontal neighbour - vertical neighbour). scratch: 3 rows of width + 16 floats.
 */
export function laplacianRows(src: usize, stride: i32, width: i32, height: i32, dst: usize, dstStride: i32, y0: i32, y1: i32, scratch: usize): void {
  const pitch = <usize>(width + 16) << 2;
  const zero = f32x4.splat(0);
  const quarter = f32x4.splat(0.25);
  for (let y: i32 = y0; y < y1; y++) {
    const above = scratch;
    const middle = scratch + pitch;
    const below = scratch + 2 * pitch;
    padRow(rowAt(src, stride, height, y - 1), width, 1, above);
    padRow(rowAt(src, stride, height, y), width, 1, middle);
    padRow(rowAt(src, stride, height, y + 1), width, 1, below);
    const to = dst + ((<usize>y * <usize>dstStride) << 2);
    for (let x: i32 = 0; x < width; x += 4) {
      const at = <usize>x << 2;
      const p = v128.load(middle + at, 4);
      const double = f32x4.add(p, p);
      const left = f32x4.sub(double, v128.load(middle + at));
      const right = f32x4.sub(double, v128.load(middle + at, 8));
      const up = v128.load(above + at, 4);
      const down = v128.load(below + at, 4);
      const sum = f32x4.add(
        f32x4.add(f32x4.max(f32x4.sub(left, up), zero), f32x4.max(f32x4.sub(right, up), zero)),
        f32x4.add(f32x4.max(f32x4.sub(left, down), zero), f32x4.max(f32x4.sub(right, down), zero)),
      );
      storeLanes(to + at, f32x4.mul(quarter, sum), width - x);
    }
  }
}

/**
 * Median over size x size pixels by a network of exchanges on 4 pixels at once.
 *
 * network: pairs of byte offsets (i, j) into the values, 16 bytes each; after the exchanges the median lies at offset
 * `middle`. scratch: size rows of width + 2 * size + 16 floats, then size * size vectors.
 */
export function medianRows(
  src: usize, stride: i32, width: i32, height: i32, dst: usize, dstStride: i32, size: i32, network: usize, exchanges: i32, middle: usize,
  y0: i32, y1: i32, scratch: usize,
): void {
  const half = size >> 1;
  const pitch = <usize>(width + 2 * size + 16) << 2;
  const values = scratch + <usize>size * pitch;
  const end = network + (<usize>exchanges << 3);
  for (let y: i32 = y0; y < y1; y++) {
    for (let k: i32 = 0; k < size; k++) padRow(rowAt(src, stride, height, y + k - half), width, half, scratch + <usize>k * pitch);
    const to = dst + ((<usize>y * <usize>dstStride) << 2);
    for (let x: i32 = 0; x < width; x += 4) {
      let value = values;
      for (let k: i32 = 0; k < size; k++) {
        const row = scratch + <usize>k * pitch + (<usize>x << 2);
        for (let i: i32 = 0; i < size; i++) {
          v128.store(value, v128.load(row + (<usize>i << 2)));
          value += 16;
        }
      }
      for (let pair = network; pair < end; pair += 8) {
        const i = values + <usize>load<i32>(pair);
        const j = values + <usize>load<i32>(pair, 4);
        const a = v128.load(i);
        const b = v128.load(j);
        v128.store(i, f32x4.pmin(a, b));
        v128.store(j, f32x4.pmax(a, b));
      }
      storeLanes(to + (<usize>x << 2), v128.load(values + middle), width - x);
    }
  }
}
