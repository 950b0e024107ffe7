/**
 * Decodes a PLIO line list into non-negative integers.
 *
 * Each word holds an operation in its top four bits and a number in the rest; a "high" value is carried along and changed by
 * operations, runs of zeros and of the high value are written out.
 *
 * @param words - The list, header included.
 * @param out - Overwritten; what the list does not reach is zero.
 * @returns False where the list overruns.
 * @see FITS standard 4.0, section 10.4.3.
 */
export function plioDecode(words: Int16Array, out: Int32Array): boolean {
  out.fill(0);
  if (words.length < 5) return words.length === 0;
  const old = words[2] > 0;
  const length = old ? words[2] : words[4] * 32768 + words[3];
  const first = old ? 3 : words[1];
  if (length > words.length || first < 3) return false;
  let high = 1;
  let at = 0;
  for (let i = first; i < length; i++) {
    const word = words[i] & 0xffff;
    const data = word & 4095;
    switch (word >> 12) {
      case ZEROS:
        at += data;
        break;
      case HIGHS:
        if (at + data > out.length) return false;
        out.fill(high, at, at + data);
        at += data;
        break;
      case ZEROS_THEN_HIGH:
        at += data;
        if (data < 1 || at > out.length) return false;
        out[at - 1] = high;
        break;
      case SET_HIGH:
        if (++i >= length) return false;
        high = ((words[i] & 0xffff) << 12) + data;
        break;
      case UP:
        high += data;
        break;
      case DOWN:
        high -= data;
        break;
      case UP_ONE:
      case DOWN_ONE:
        high += word >> 12 === UP_ONE ? data : -data;
        if (at >= out.length) return false;
        out[at++] = high;
        break;
      default:
        return false;
    }
    if (at > out.length) return false;
  }
  return true;
}

const ZEROS = 0;
const SET_HIGH = 1;
const UP = 2;
const DOWN = 3;
const HIGHS = 4;
const ZEROS_THEN_HIGH = 5;
const UP_ONE = 6;
const DOWN_ONE = 7;
const MOST = 4095;
const HEADER = 7;

/** Largest value of the code: 24 bits. */
export const PLIO_MAX: number = 2 ** 24 - 1;

/**
 * Encodes integers from 0 to 2^24 - 1 as a PLIO line list with its header.
 *
 * Consecutive equal values are one run; a zero run before a single value shares its word with it.
 */
export function plioEncode(pixels: Int32Array): Int16Array {
  const words: number[] = [];
  let high = 1;
  for (let at = 0; at < pixels.length;) {
    let zeros = 0;
    while (at < pixels.length && pixels[at] === 0) {
      zeros++;
      at++;
    }
    let run = 0;
    const value = at < pixels.length ? pixels[at] : 0;
    if (value !== 0) for (; at < pixels.length && pixels[at] === value; at++) run++;
    const change = value - high;
    const alone = run === 1 && zeros === 0 && change !== 0 && Math.abs(change) <= MOST;
    if (run > 0 && change !== 0 && !alone) {
      if (Math.abs(change) <= MOST) words.push(((change > 0 ? UP : DOWN) << 12) | Math.abs(change));
      else words.push((SET_HIGH << 12) | (value & MOST), value >> 12);
    }
    for (; zeros > (run === 1 ? MOST - 1 : 0); zeros -= Math.min(zeros, MOST)) words.push((ZEROS << 12) | Math.min(zeros, MOST));
    if (alone) words.push(((change > 0 ? UP_ONE : DOWN_ONE) << 12) | Math.abs(change));
    else if (run === 1) words.push((ZEROS_THEN_HIGH << 12) | (zeros + 1));
    else for (let left = run; left > 0; left -= Math.min(left, MOST)) words.push((HIGHS << 12) | Math.min(left, MOST));
    if (run > 0) high = value;
  }
  const length = HEADER + words.length;
  return Int16Array.from([0, HEADER, -100, length % 32768, Math.floor(length / 32768), 0, 0, ...words]);
}
