/**
 * From raw pixels of one amplifier to flat-fielded ones with variance and flags, four pixels at a time.
 *
 * Sums and products are found in double precision and rounded to single after each step, as the reference does.
 * Steps from row to row are in pixels and negative where rows are flipped.
 */

// @ts-ignore: decorator
@inline
function upper(v: v128): v128 {
  return v128.shuffle<i64>(v, v, 1, 1);
}

/** The upper two numbers in single precision, as doubles. */
// @ts-ignore: decorator
@inline
function promoteHigh(v: v128): v128 {
  return f64x2.promote_low_f32x4(upper(v));
}

// @ts-ignore: decorator
@inline
function demote(low: v128, high: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/** kind: 0 uint16, 1 int16, 2 int32, 3 float32. */
// @ts-ignore: decorator
@inline
function rawAt(raw: usize, kind: i32, x: i32): f64 {
  if (kind == 0) return <f64>load<u16>(raw + (<usize>x << 1));
  if (kind == 1) return <f64>load<i16>(raw + (<usize>x << 1));
  if (kind == 2) return <f64>load<i32>(raw + (<usize>x << 2));
  return <f64>load<f32>(raw + (<usize>x << 2));
}

// @ts-ignore: decorator
@inline
function rawLanes(raw: usize, kind: i32, x: i32): v128 {
  if (kind == 0) return i32x4.extend_low_i16x8_u(v128.load64_zero(raw + (<usize>x << 1)));
  if (kind == 1) return i32x4.extend_low_i16x8_s(v128.load64_zero(raw + (<usize>x << 1)));
  return v128.load(raw + (<usize>x << 2));
}

/** How the bytes of four pixels are put in order: big-endian numbers turned (1), columns against those of the result (2). */
// @ts-ignore: decorator
@inline
function orderOf(layout: i32): v128 {
  if (layout == 1) return i8x16(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
  if (layout == 2) return i8x16(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
  if (layout == 3) return i8x16(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  return i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

// @ts-ignore: decorator
@inline
function calibrationLanes(row: usize, x: i32, width: i32, layout: i32, order: v128): v128 {
  return v128.swizzle(v128.load(row + (<usize>(layout & 2 ? width - 4 - x : x) << 2)), order);
}

// @ts-ignore: decorator
@inline
function calibrationAt(row: usize, x: i32, width: i32, layout: i32): f64 {
  const stored = load<u32>(row + (<usize>(layout & 2 ? width - 1 - x : x) << 2));
  return <f64>reinterpret<f32>(layout & 1 ? bswap<u32>(stored) : stored);
}

/**
 * Rows y0 to y1 of an amplifier. `levels` holds one double a row, or is 0. `steps` says which planes there are (1 bias, 2 dark, 4 flat)
 * and from bit 3 on, two bits each, how they lie (see orderOf):
 * an address of row 0 may be any number, 0 too, where only a band of the plane is in memory.
 * `counts` takes the saturated pixels and those without a usable flat.
 */
export function flattenRows(
  raw: usize, rawStep: i32, kind: i32, levels: usize, width: i32, y0: i32, y1: i32, flipX: i32,
  image: usize, imageStep: i32, variance: usize, varianceStep: i32, mask: usize, maskStep: i32,
  steps: i32, bias: usize, biasStep: i32, dark: usize, darkStep: i32, flat: usize, flatStep: i32,
  gain: f64, biasScale: f64, darkSec: f64, floor: f64, flatMinimum: f64, saturation: f64, suspect: f64,
  saturatedBits: i32, suspectBits: i32, noDataBits: i32, counts: usize,
): void {
  let saturated: i32 = 0;
  let unusable: i32 = 0;
  const size: usize = kind < 2 ? 2 : 4;
  const gains = f64x2.splat(gain);
  const biasScales = f64x2.splat(biasScale);
  const darkSecs = f64x2.splat(darkSec);
  const floors = f64x2.splat(floor);
  const minimums = f64x2.splat(flatMinimum);
  const saturations = f64x2.splat(saturation);
  const suspects = f64x2.splat(suspect);
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  const biasLayout = (steps >> 3) & 3;
  const darkLayout = (steps >> 5) & 3;
  const flatLayout = (steps >> 7) & 3;
  const biasOrder = orderOf(biasLayout);
  const darkOrder = orderOf(darkLayout);
  const flatOrder = orderOf(flatLayout);
  for (let y: i32 = y0; y < y1; y++) {
    const level: f64 = levels ? load<f64>(levels + (<usize>y << 3)) : 0;
    const level2 = f64x2.splat(level);
    const from = raw + <usize>(y * rawStep) * size;
    const toImage = image + (<usize>(y * imageStep) << 2);
    const toVariance = variance + (<usize>(y * varianceStep) << 2);
    const toMask = mask + (<usize>(y * maskStep) << 2);
    const biasRow = bias + (<usize>(y * biasStep) << 2);
    const darkRow = dark + (<usize>(y * darkStep) << 2);
    const flatRow = flat + (<usize>(y * flatStep) << 2);
    let x: i32 = 0;
    for (; x + 4 <= width; x += 4) {
      const at = <usize>x << 2;
      const lanes = rawLanes(from, kind, flipX ? width - 4 - x : x);
      let low: v128;
      let high: v128;
      if (kind == 3) {
        low = f64x2.promote_low_f32x4(lanes);
        high = promoteHigh(lanes);
      } else {
        low = f64x2.convert_low_i32x4_s(lanes);
        high = f64x2.convert_low_i32x4_s(upper(lanes));
      }
      if (flipX) {
        const swapped = v128.shuffle<i64>(high, high, 1, 0);
        high = v128.shuffle<i64>(low, low, 1, 0);
        low = swapped;
      }
      const overLow = f64x2.ge(low, suspects);
      const overHigh = f64x2.ge(high, suspects);
      if (v128.any_true(v128.or(overLow, overHigh))) {
        const full = v128.shuffle<i32>(f64x2.ge(low, saturations), f64x2.ge(high, saturations), 0, 2, 4, 6);
        const over = v128.andnot(v128.shuffle<i32>(overLow, overHigh, 0, 2, 4, 6), full);
        const flags = v128.or(v128.and(full, i32x4.splat(saturatedBits)), v128.and(over, i32x4.splat(suspectBits)));
        v128.store(toMask + at, v128.or(v128.load(toMask + at), flags));
        saturated += popcnt(i32x4.bitmask(full));
      }
      const signal = demote(f64x2.sub(low, level2), f64x2.sub(high, level2));
      let value = demote(f64x2.mul(f64x2.promote_low_f32x4(signal), gains), f64x2.mul(promoteHigh(signal), gains));
      if (steps & 1) {
        const offset = calibrationLanes(biasRow, x, width, biasLayout, biasOrder);
        value = demote(
          f64x2.sub(f64x2.promote_low_f32x4(value), f64x2.mul(biasScales, f64x2.promote_low_f32x4(offset))),
          f64x2.sub(promoteHigh(value), f64x2.mul(biasScales, promoteHigh(offset))),
        );
      }
      let darkLow = zero;
      let darkHigh = zero;
      if (steps & 2) {
        const rate = calibrationLanes(darkRow, x, width, darkLayout, darkOrder);
        darkLow = f64x2.mul(darkSecs, f64x2.promote_low_f32x4(rate));
        darkHigh = f64x2.mul(darkSecs, promoteHigh(rate));
        value = demote(f64x2.sub(f64x2.promote_low_f32x4(value), darkLow), f64x2.sub(promoteHigh(value), darkHigh));
      }
      const valueLow = f64x2.promote_low_f32x4(value);
      const valueHigh = promoteHigh(value);
      // Of numbers that are none pmax takes its first operand.
      const noise = demote(
        f64x2.add(f64x2.pmax(zero, f64x2.add(valueLow, darkLow)), floors),
        f64x2.add(f64x2.pmax(zero, f64x2.add(valueHigh, darkHigh)), floors),
      );
      if (!(steps & 4)) {
        v128.store(toImage + at, value);
        v128.store(toVariance + at, noise);
        continue;
      }
      const response = calibrationLanes(flatRow, x, width, flatLayout, flatOrder);
      const flatLow = f64x2.promote_low_f32x4(response);
      const flatHigh = promoteHigh(response);
      const inverseLow = f64x2.div(one, flatLow);
      const inverseHigh = f64x2.div(one, flatHigh);
      const flattened = demote(f64x2.mul(valueLow, inverseLow), f64x2.mul(valueHigh, inverseHigh));
      const spread = demote(
        f64x2.mul(f64x2.promote_low_f32x4(noise), f64x2.mul(inverseLow, inverseLow)),
        f64x2.mul(promoteHigh(noise), f64x2.mul(inverseHigh, inverseHigh)),
      );
      const usable = v128.shuffle<i32>(f64x2.gt(flatLow, minimums), f64x2.gt(flatHigh, minimums), 0, 2, 4, 6);
      if (i32x4.all_true(usable)) {
        v128.store(toImage + at, flattened);
        v128.store(toVariance + at, spread);
        continue;
      }
      v128.store(toImage + at, v128.bitselect(flattened, value, usable));
      v128.store(toVariance + at, v128.bitselect(spread, noise, usable));
      v128.store(toMask + at, v128.or(v128.load(toMask + at), v128.andnot(i32x4.splat(noDataBits), usable)));
      unusable += 4 - popcnt(i32x4.bitmask(usable));
    }
    for (; x < width; x++) {
      const at = <usize>x << 2;
      const stored = rawAt(from, kind, flipX ? width - 1 - x : x);
      if (stored >= suspect) {
        if (stored >= saturation) saturated++;
        store<i32>(toMask + at, load<i32>(toMask + at) | (stored >= saturation ? saturatedBits : suspectBits));
      }
      let value = <f32>(<f64>(<f32>(stored - level)) * gain);
      if (steps & 1) value = <f32>(<f64>value - biasScale * calibrationAt(biasRow, x, width, biasLayout));
      const darkCharge = steps & 2 ? darkSec * calibrationAt(darkRow, x, width, darkLayout) : 0;
      if (steps & 2) value = <f32>(<f64>value - darkCharge);
      const charge = <f64>value + darkCharge;
      const noise = <f32>(charge > 0 ? charge + floor : floor);
      if (steps & 4) {
        const response = calibrationAt(flatRow, x, width, flatLayout);
        if (response > flatMinimum) {
          const inverse = 1 / response;
          store<f32>(toImage + at, <f32>(<f64>value * inverse));
          store<f32>(toVariance + at, <f32>(<f64>noise * (inverse * inverse)));
          continue;
        }
        store<i32>(toMask + at, load<i32>(toMask + at) | noDataBits);
        unusable++;
      }
      store<f32>(toImage + at, value);
      store<f32>(toVariance + at, noise);
    }
  }
  store<i32>(counts, saturated);
  store<i32>(counts, unusable, 4);
}
