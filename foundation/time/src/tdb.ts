const TWO_PI = 2 * Math.PI;

/**
 * Terms of TDB - TT: amplitude [s], rate [rad / Julian century], phase [rad].
 * Source: USNO Circular 179 (Kaplan 2005), equation 2.6, after Fairhead and Bretagnon 1990.
 */
const TERMS: readonly (readonly [number, number, number])[] = [
  [0.001657, 628.3076, 6.2401],
  [0.000022, 575.3385, 4.297],
  [0.000014, 1256.6152, 6.2401],
  [0.000005, 606.9777, 4.0212],
  [0.000005, 52.9691, 0.4444],
  [0.000002, 21.3299, 5.5431],
];

/**
 * Computes TDB - TT [s] at the geocentre.
 *
 * @param mjdTt - TT (TDB serves as well) [MJD].
 * @remarks Within 10 microseconds of the full series between 1600 and 2200; `tdb.golden.test.ts` measures it against astropy.
 *   The daily term of an observer on the ground (under 2.1 microseconds) is left out.
 */
export function tdbMinusTtSec(mjdTt: number): number {
  const centuries = (mjdTt - 51544.5) / 36525;
  let sum = 0.00001 * centuries * Math.sin((628.3076 * centuries + 4.249) % TWO_PI);
  for (const [amplitudeSec, rate, phase] of TERMS) sum += amplitudeSec * Math.sin((rate * centuries + phase) % TWO_PI);
  return sum;
}
