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
