/**
 * Numbers from decimal text in bytes, without making strings.
 *
 * | symbol | meaning |
 * |---|---|
 * | a, b | leading and following digits of the significand as integers, a < 10^15, b < 10^7 |
 * | e | decimal exponent of the last digit kept |
 *
 * A result is correctly rounded: either the operation is exact up to its one rounding (Clinger 1990, "How to read floating
 * point numbers accurately", fast path), or a quotient or product in twice the precision lies clear of a rounding boundary,
 * or the text goes to the engine's own `Number`.
 */

const POW10: Float64Array = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const SPLITTER = 134217729; // 2^27 + 1, Dekker 1971
const TWO32 = 4294967296;

/** Thrown inside parsers for text that is not a number; callers translate it with the cell's place. */
export class NumberSyntax extends Error {}

/**
 * Parses one decimal floating-point number.
 *
 * @param bytes - ASCII text.
 * @param start - First byte; white space around the number is skipped.
 * @param end - One past the last byte.
 * @returns The nearest double. `NaN`, `Inf`, `+Inf`, `-Inf`, `Infinity` in any case are understood.
 * @throws {NumberSyntax} if the text is not a number.
 */
export function parseFloatBytes(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let stop = end;
  while (at < stop && bytes[at] <= 32) at++;
  while (stop > at && bytes[stop - 1] <= 32) stop--;
  const first = at;
  let negative = false;
  let c = bytes[at];
  if (c === 45 || c === 43) {
    negative = c === 45;
    at++;
  }
  let a = 0;
  let b = 0;
  let digits = 0; // significant digits kept
  let seen = 0; // digits of any kind
  let nb = 0;
  let e = 0;
  let inexact = false;
  let point = false;
  for (; at < stop; at++) {
    c = bytes[at];
    const d = c - 48;
    if (d >= 0 && d <= 9) {
      seen++;
      if (digits < 15) {
        a = a * 10 + d;
        if (a > 0) digits++;
        if (point) e--;
      } else if (nb < 7) {
        b = b * 10 + d;
        nb++;
        if (point) e--;
      } else {
        inexact = inexact || d !== 0;
        if (!point) e++;
      }
    } else if (c === 46 && !point) point = true;
    else break;
  }
  if (seen === 0) return parseSpecial(bytes, first, stop);
  if (at < stop) {
    c = bytes[at] | 32;
    if (c !== 101 && c !== 100) throw new NumberSyntax(); // e, and d as Fortran writes it
    e += parseExponent(bytes, at + 1, stop);
  }
  if (nb === 0 && e >= -22 && e <= 22) {
    const value = e < 0 ? a / POW10[-e] : a * POW10[e];
    return negative ? -value : value;
  }
  if (!inexact && e >= -22 && e <= 22) {
    const value = roundPair(a, b, nb, e);
    if (value !== -1) return negative ? -value : value;
  }
  return Number(asciiSlice(bytes, first, stop).replace(/[dD]/, 'e'));
}

/** (a 10^nb + b) 10^e rounded once, or -1 where the double-double result lies too near a rounding boundary. */
function roundPair(a: number, b: number, nb: number, e: number): number {
  const p = POW10[nb];
  let h = a * p;
  let l = productError(a, p, h);
  const h0 = h;
  h += b;
  l += b - (h - h0); // a has 15 digits here, so h0 > b and the error of the sum is exact (Dekker's fast two-sum)
  let q: number;
  let r: number;
  if (e < 0) {
    const d = POW10[-e];
    q = h / d;
    const qd = q * d;
    r = (h - qd - productError(q, d, qd) + l) / d;
  } else {
    const d = POW10[e];
    q = h * d;
    r = productError(h, d, q) + l * d;
  }
  const value = q + r;
  if (!(value > 1e-290 && value < 1e300)) return -1;
  // r - (value - q) is what the last rounding dropped; its bound is half a unit in the last place of value,
  // at least 2^-54 value and at most 2^-53 value. The double-double error is under 2^-100 value.
  const dropped = Math.abs(r - (value - q));
  const guard = value * 7.9e-31; // 2^-100
  const half = halfUnit(value);
  return Math.abs(dropped - half) <= guard || Math.abs(dropped - half / 2) <= guard ? -1 : value;
}

const DOUBLE = new Float64Array(1);
const DOUBLE_BITS = new Int32Array(DOUBLE.buffer);

/** Half the distance from a normal positive double to the next one above. */
function halfUnit(value: number): number {
  DOUBLE[0] = value;
  const high = DOUBLE_BITS[1] & 0x7ff00000;
  DOUBLE_BITS[1] = high - (53 << 20);
  DOUBLE_BITS[0] = 0;
  return DOUBLE[0];
}

/** Exact a b - p, where p is the rounded product (Dekker 1971). */
function productError(a: number, b: number, p: number): number {
  let t = SPLITTER * a;
  const ah = t - (t - a);
  const al = a - ah;
  t = SPLITTER * b;
  const bh = t - (t - b);
  const bl = b - bh;
  return al * bl - (p - ah * bh - al * bh - ah * bl);
}

function parseExponent(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  const sign = bytes[at] === 45 ? -1 : 1;
  if (bytes[at] === 45 || bytes[at] === 43) at++;
  if (at >= end) throw new NumberSyntax();
  let value = 0;
  for (; at < end; at++) {
    const d = bytes[at] - 48;
    if (d < 0 || d > 9) throw new NumberSyntax();
    if (value < 100000) value = value * 10 + d;
  }
  return sign * value;
}

function parseSpecial(bytes: Uint8Array, start: number, end: number): number {
  const word = asciiSlice(bytes, start, Math.min(end, start + 12)).toLowerCase();
  if (word === 'nan' || word === '+nan' || word === '-nan') return Number.NaN;
  if (word === 'inf' || word === '+inf' || word === 'infinity' || word === '+infinity') return Infinity;
  if (word === '-inf' || word === '-infinity') return -Infinity;
  throw new NumberSyntax();
}

/**
 * Parses one integer of at most 53 bits, decimal or `0x` hexadecimal.
 *
 * @throws {NumberSyntax} if the text is not an integer or is larger.
 */
export function parseIntBytes(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let stop = end;
  while (at < stop && bytes[at] <= 32) at++;
  while (stop > at && bytes[stop - 1] <= 32) stop--;
  const negative = bytes[at] === 45;
  if (negative || bytes[at] === 43) at++;
  if (at >= stop) throw new NumberSyntax();
  if (bytes[at] === 48 && (bytes[at + 1] | 32) === 120 && stop - at > 2) {
    const text = asciiSlice(bytes, at + 2, stop);
    if (!/^[0-9a-fA-F]{1,13}$/.test(text)) throw new NumberSyntax();
    return negative ? -Number.parseInt(text, 16) : Number.parseInt(text, 16);
  }
  let value = 0;
  for (; at < stop; at++) {
    const d = bytes[at] - 48;
    if (d < 0 || d > 9) throw new NumberSyntax();
    value = value * 10 + d;
  }
  if (value > 9007199254740991) throw new NumberSyntax();
  return negative ? -value : value;
}

/**
 * Parses one 64-bit integer into two 32-bit halves of a little-endian array.
 *
 * @param halves - View on the same memory as the 64-bit array.
 * @param index - Index of the 64-bit value.
 * @param unsigned - Accept 0 to 2^64 - 1 instead of -2^63 to 2^63 - 1.
 * @throws {NumberSyntax} if the text is not an integer of that range.
 */
export function parseBigIntInto(bytes: Uint8Array, start: number, end: number, halves: Int32Array, index: number, unsigned: boolean): void {
  let at = start;
  let stop = end;
  while (at < stop && bytes[at] <= 32) at++;
  while (stop > at && bytes[stop - 1] <= 32) stop--;
  const first = at;
  const negative = bytes[at] === 45;
  if (negative || bytes[at] === 43) at++;
  let a = 0; // first nine digits
  let b = 0; // next nine
  const n = stop - at;
  if (n === 0 || n > 18) {
    parseBigIntSlow(bytes, first, stop, halves, index, unsigned);
    return;
  }
  const split = Math.max(0, n - 9);
  for (let i = 0; i < n; i++) {
    const d = bytes[at + i] - 48;
    if (d < 0 || d > 9) {
      parseBigIntSlow(bytes, first, stop, halves, index, unsigned);
      return;
    }
    if (i < split) a = a * 10 + d;
    else b = b * 10 + d;
  }
  // a 10^9 + b in two halves, every step below 2^53
  const ah = Math.floor(a / 65536) * 1e9;
  const t = (a % 65536) * 1e9 + b;
  let low = (t % TWO32) + (ah % 65536) * 65536;
  let high = Math.floor(t / TWO32) + Math.floor(ah / 65536);
  if (low >= TWO32) {
    low -= TWO32;
    high += 1;
  }
  if (negative) {
    if (unsigned && (low !== 0 || high !== 0)) throw new NumberSyntax();
    high = low === 0 ? -high : ~high;
    low = -low;
  }
  halves[2 * index] = low | 0;
  halves[2 * index + 1] = high | 0;
}

function parseBigIntSlow(bytes: Uint8Array, start: number, end: number, halves: Int32Array, index: number, unsigned: boolean): void {
  const text = asciiSlice(bytes, start, end);
  if (!/^[+-]?(\d+|0[xX][0-9a-fA-F]+)$/.test(text) || text.length > 40) throw new NumberSyntax();
  const digits = text.replace(/^[+-]/, '');
  const value = text.startsWith('-') ? -BigInt(digits) : BigInt(digits);
  const fits = unsigned ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value);
  if (fits !== value) throw new NumberSyntax();
  halves[2 * index] = Number(BigInt.asIntN(32, value));
  halves[2 * index + 1] = Number(BigInt.asIntN(32, value >> 32n));
}

/** Bytes as text, one character a byte. */
export function asciiSlice(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]);
  return text;
}
