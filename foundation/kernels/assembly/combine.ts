/**
 * Combines the same pixels of many frames: four pixels at a time are sorted by an odd-even transposition network, and those too far from
 * the median are left out of the mean.
 *
 * Scratch: 16 bytes a frame. Values that are not finite sort to the end and are never used.
 */

/**
 * `frames` holds the addresses of `count` rows of `width` float32; `scales` one float32 a frame that multiplies it, `weights` one that its
 * values count with, or 0 where all count alike.
 */
export function combineRows(
  frames: usize, scales: usize, weights: usize, count: i32, width: i32, clip: f32, readVariance: f32, perUnit: f32,
  mean: usize, variance: usize, used: usize, scratch: usize,
): void {
  const huge = f32x4.splat(f32.MAX_VALUE);
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  const clip2 = f32x4.splat(clip * clip);
  const floor = f32x4.splat(readVariance);
  const slope = f32x4.splat(perUnit);
  const end = <usize>count << 4;
  const all = f32x4.splat(<f32>count);
  for (let x: i32 = 0; x < width; x += 4) {
    const at = <usize>x << 2;
    let finite = zero;
    for (let k: i32 = 0; k < count; k++) {
      const row = <usize>load<u32>(frames + (<usize>k << 2));
      const scaled = f32x4.mul(v128.load(row + at), f32x4.splat(load<f32>(scales + (<usize>k << 2))));
      // A value less itself is zero only if it is finite.
      const good = f32x4.eq(f32x4.sub(scaled, scaled), zero);
      finite = f32x4.add(finite, v128.and(good, one));
      v128.store(scratch + (<usize>k << 4), v128.bitselect(scaled, huge, good));
    }
    for (let round: i32 = 0; round < count; round++) {
      for (let p = scratch + (<usize>(round & 1) << 4); p + 16 < scratch + end; p += 32) {
        const a = v128.load(p);
        const b = v128.load(p, 16);
        v128.store(p, f32x4.min(a, b));
        v128.store(p, f32x4.max(a, b), 16);
      }
    }
    let median: v128;
    let spread: v128;
    if (i32x4.all_true(f32x4.eq(finite, all))) {
      // No value is missing: the quantiles lie at the same places in all lanes.
      median = quantileOfAll(scratch, count, 0.5);
      spread = f32x4.mul(f32x4.sub(quantileOfAll(scratch, count, 0.75), quantileOfAll(scratch, count, 0.25)), f32x4.splat(0.7413011));
    } else {
      median = medianOf(scratch, finite);
      spread = rangeOf(scratch, finite);
    }
    // The noise that is expected, or that seen between the quartiles where that is larger.
    const expected = f32x4.add(floor, f32x4.mul(slope, f32x4.max(median, zero)));
    const limit = f32x4.mul(clip2, f32x4.max(expected, f32x4.mul(spread, spread)));
    let sum = zero;
    let squares = zero;
    let n = zero;
    let total = zero;
    if (weights) {
      // In the order of the frames: sorting has mixed them.
      for (let k: i32 = 0; k < count; k++) {
        const row = <usize>load<u32>(frames + (<usize>k << 2));
        const scaled = f32x4.mul(v128.load(row + at), f32x4.splat(load<f32>(scales + (<usize>k << 2))));
        const weight = f32x4.splat(load<f32>(weights + (<usize>k << 2)));
        const d = f32x4.sub(scaled, median);
        const square = f32x4.mul(d, d);
        // A value that is not finite is not within any limit, unless that is infinite too.
        const keep = v128.and(f32x4.le(square, limit), f32x4.eq(f32x4.sub(scaled, scaled), zero));
        sum = f32x4.add(sum, v128.and(keep, f32x4.mul(weight, d)));
        squares = f32x4.add(squares, v128.and(keep, f32x4.mul(weight, square)));
        total = f32x4.add(total, v128.and(keep, weight));
        n = f32x4.add(n, v128.and(keep, one));
      }
    } else {
      for (let p = scratch; p < scratch + end; p += 16) {
        const d = f32x4.sub(v128.load(p), median);
        const square = f32x4.mul(d, d);
        const keep = f32x4.le(square, limit);
        sum = f32x4.add(sum, v128.and(keep, d));
        squares = f32x4.add(squares, v128.and(keep, square));
        n = f32x4.add(n, v128.and(keep, one));
      }
      total = n;
    }
    const shift = f32x4.div(sum, total);
    const center = f32x4.add(median, shift);
    // About the median first, which lies within the scatter of the mean, so that little is lost in the difference.
    squares = f32x4.max(f32x4.sub(squares, f32x4.mul(sum, shift)), zero);
    v128.store(mean + at, center);
    // Weights go with the inverse variances: the weighted squares tell that of unit weight, and the mean has the weight of all.
    v128.store(variance + at, f32x4.div(squares, f32x4.mul(total, f32x4.sub(n, one))));
    v128.store(used + at, n);
  }
}

// @ts-ignore: decorator
@inline
function quantileOfAll(scratch: usize, count: i32, fraction: f32): v128 {
  const place = fraction * <f32>(count - 1);
  const low = <i32>place;
  const high = min(low + 1, count - 1);
  const a = v128.load(scratch + (<usize>low << 4));
  const b = v128.load(scratch + (<usize>high << 4));
  return f32x4.add(a, f32x4.mul(f32x4.sub(b, a), f32x4.splat(place - <f32>low)));
}

/** Value at a fraction of the way through the sorted finite values of each lane. */
// @ts-ignore: decorator
@inline
function lane(scratch: usize, finite: f32, which: i32, fraction: f32): f32 {
  if (finite < 1) return f32.NaN;
  const place = fraction * (finite - 1);
  const low = <i32>place;
  const high = min(low + 1, <i32>finite - 1);
  const a = load<f32>(scratch + (<usize>low << 4) + (<usize>which << 2));
  const b = load<f32>(scratch + (<usize>high << 4) + (<usize>which << 2));
  return a + (b - a) * (place - <f32>low);
}

// @ts-ignore: decorator
@inline
function quantile(scratch: usize, finite: v128, fraction: f32): v128 {
  let q = f32x4.splat(lane(scratch, f32x4.extract_lane(finite, 0), 0, fraction));
  q = f32x4.replace_lane(q, 1, lane(scratch, f32x4.extract_lane(finite, 1), 1, fraction));
  q = f32x4.replace_lane(q, 2, lane(scratch, f32x4.extract_lane(finite, 2), 2, fraction));
  return f32x4.replace_lane(q, 3, lane(scratch, f32x4.extract_lane(finite, 3), 3, fraction));
}

function medianOf(scratch: usize, finite: v128): v128 {
  return quantile(scratch, finite, 0.5);
}

/** Standard deviation of a Gaussian from its quartiles. */
function rangeOf(scratch: usize, finite: v128): v128 {
  const width = f32x4.sub(quantile(scratch, finite, 0.75), quantile(scratch, finite, 0.25));
  return f32x4.mul(width, f32x4.splat(0.7413011));
}
