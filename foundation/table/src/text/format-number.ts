/** Shortest decimal texts that read back to the same value. */

const POW10: Float64Array = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/** Shortest text that a reader of doubles turns back into `value`; `NaN`, `+Inf` and `-Inf` as VOTable spells them. */
export function formatFloat64(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/**
 * Shortest text that reads back to the float32 `value`, whether the reader rounds once (to float32) or twice (by way of double).
 *
 * Candidates of 6 to 9 digits are made and checked in double arithmetic; a candidate is a quotient or product of two exact
 * doubles, so it is the correctly rounded double of its text, and the check refuses one that sits within a double's
 * last place of a float32 rounding boundary.
 */
export function formatFloat32(value: number): string {
  if (!Number.isFinite(value) || value === 0) return formatFloat64(value);
  const magnitude = Math.abs(value);
  if (magnitude < 1e7 && Number.isInteger(value)) return String(value);
  if (magnitude > 1e-12 && magnitude < 1e15) {
    const e = Math.floor(Math.log10(magnitude));
    for (let digits = 6; digits <= 9; digits++) {
      const k = digits - 1 - e;
      const m = Math.round(k >= 0 ? magnitude * POW10[k] : magnitude / POW10[-k]);
      const back = k >= 0 ? m / POW10[k] : m * POW10[-k];
      if (m < 1e15 && readsBack(back, magnitude)) return String(value < 0 ? -back : back);
    }
  }
  for (let digits = 1; digits <= 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value && readsBack(Math.abs(Number(text)), magnitude)) return String(Number(text));
  }
  return String(value);
}

/** Digits and places after the point as one number: 16 m + k stands for m / 10^k, m below 10^9. */
const PLACES = 16;

/**
 * The decimal that {@link formatFloat32} would write, as 16 m + k for m / 10^k with k up to 11, so that a writer of bytes needs no
 * string; -1 where the magnitude is below 0.001, or 10^7 or more.
 */
export function decimalOfFloat32(magnitude: number): number {
  if (!(magnitude >= 1e-3 && magnitude < 1e7)) return -1;
  const e = Math.floor(Math.log10(magnitude));
  for (let digits = 6; digits <= 9; digits++) {
    const k = digits - 1 - e;
    if (k < 0) continue;
    const m = Math.round(magnitude * POW10[k]);
    if (m < 1e9 && readsBack(m / POW10[k], magnitude)) return PLACES * m + k;
  }
  return -1;
}

function readsBack(candidate: number, magnitude: number): boolean {
  return (
    Math.fround(candidate) === magnitude &&
    Math.fround(candidate * (1 + Number.EPSILON)) === magnitude &&
    Math.fround(candidate * (1 - Number.EPSILON)) === magnitude
  );
}
