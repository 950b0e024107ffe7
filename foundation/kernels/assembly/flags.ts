/** Places of pixels that have any of `bits`, from index `from` to `to`, written to `out` as int32. Returns their number. */
export function findFlagged(mask: usize, from: i32, to: i32, bits: i32, out: usize): i32 {
  const wanted = i32x4.splat(bits);
  let end = out;
  let i = from;
  for (; i + 16 <= to; i += 16) {
    const at = mask + (<usize>i << 2);
    const any = v128.or(v128.or(v128.load(at), v128.load(at, 16)), v128.or(v128.load(at, 32), v128.load(at, 48)));
    if (!v128.any_true(v128.and(any, wanted))) continue;
    for (let k = i; k < i + 16; k++) {
      store<i32>(end, k);
      end += load<i32>(mask + (<usize>k << 2)) & bits ? 4 : 0;
    }
  }
  for (; i < to; i++) {
    store<i32>(end, i);
    end += load<i32>(mask + (<usize>i << 2)) & bits ? 4 : 0;
  }
  return <i32>((end - out) >> 2);
}

/** Places of numbers that are NaN or infinite, from index `from` to `to`, written to `out` as int32. Returns their number. */
export function findNotFinite(plane: usize, from: i32, to: i32, out: usize): i32 {
  const zero = f32x4.splat(0);
  let end = out;
  let i = from;
  for (; i + 16 <= to; i += 16) {
    const at = plane + (<usize>i << 2);
    // A number less itself is zero only if it is finite; sums of zeros stay zero.
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    const left = f32x4.add(f32x4.add(f32x4.sub(a, a), f32x4.sub(b, b)), f32x4.add(f32x4.sub(c, c), f32x4.sub(d, d)));
    if (i32x4.all_true(f32x4.eq(left, zero))) continue;
    for (let k = i; k < i + 16; k++) {
      const value = load<f32>(plane + (<usize>k << 2));
      store<i32>(end, k);
      end += value - value == 0 ? 0 : 4;
    }
  }
  for (; i < to; i++) {
    const value = load<f32>(plane + (<usize>i << 2));
    store<i32>(end, i);
    end += value - value == 0 ? 0 : 4;
  }
  return <i32>((end - out) >> 2);
}
