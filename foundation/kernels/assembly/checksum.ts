/** Sum of `count` big-endian words of 32 bits from `source`, written to `out` as an integer of 64 bits. */
export function sumWords(source: usize, count: i32, out: usize): void {
  let low = i64x2.splat(0);
  let high = i64x2.splat(0);
  const end = source + (<usize>count << 2);
  let at = source;
  for (; at + 32 <= end; at += 32) {
    const a = i8x16.shuffle(v128.load(at), v128.load(at), 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
    const b = i8x16.shuffle(v128.load(at, 16), v128.load(at, 16), 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
    low = i64x2.add(low, i64x2.add(i64x2.extend_low_i32x4_u(a), i64x2.extend_low_i32x4_u(b)));
    high = i64x2.add(high, i64x2.add(i64x2.extend_high_i32x4_u(a), i64x2.extend_high_i32x4_u(b)));
  }
  const sums = i64x2.add(low, high);
  let sum = i64x2.extract_lane(sums, 0) + i64x2.extract_lane(sums, 1);
  for (; at < end; at += 4) sum += <i64>(<u64>bswap<u32>(load<u32>(at)));
  store<i64>(out, sum);
}
