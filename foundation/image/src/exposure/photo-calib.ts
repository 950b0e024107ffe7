import type { PixelBox } from '../pixels/image.ts';

/** A smooth function over a box: a sum of products of Chebyshev polynomials of the first kind. */
export interface ChebyshevField {
  readonly box: PixelBox;
  /** `coefficients[j][i]` multiplies T_i(x') T_j(y'), where x' and y' run from -1 to 1 over the box. */
  readonly coefficients: readonly (readonly number[])[];
}

/**
 * How counts become nanojansky: flux [nJy] = counts * mean * scaling(x, y).
 *
 * `scaling` is relative, of mean 1 over the image; absent where the calibration is the same everywhere.
 */
export interface PhotoCalib {
  /** [nJy / count] */
  readonly calibrationMean: number;
  /** One sigma of `calibrationMean` [nJy / count]; 0 where unknown. */
  readonly calibrationErr: number;
  readonly scaling?: ChebyshevField;
}

/** Flux of AB magnitude 0: 3631 Jy [nJy]. */
export const MAGNITUDE_ZERO_NJY: number = 3631e9;

/** AB magnitude of 1 nJy: 2.5 log10 of {@link MAGNITUDE_ZERO_NJY}, 31.400 065 622 mag. */
export const AB_ZEROPOINT_NJY: number = 2.5 * Math.log10(MAGNITUDE_ZERO_NJY);

/** Calibration factor [nJy / count] at a pixel position. */
export function calibrationAt(calib: PhotoCalib, x: number, y: number): number {
  return calib.scaling ? calib.calibrationMean * evaluateField(calib.scaling, x, y) : calib.calibrationMean;
}

/** Flux [nJy] and its error, the calibration's own error included in quadrature, of instrumental counts at a position. */
export function countsToNjy(
  calib: PhotoCalib,
  counts: { readonly flux: number; readonly fluxErr?: number },
  x: number,
  y: number,
): { fluxNjy: number; fluxErrNjy: number } {
  const factor = calibrationAt(calib, x, y);
  const relative = calib.calibrationErr / calib.calibrationMean;
  const fluxNjy = counts.flux * factor;
  return { fluxNjy, fluxErrNjy: Math.hypot((counts.fluxErr ?? 0) * factor, fluxNjy * relative) };
}

/** AB magnitude of a flux [nJy]; NaN for fluxes that are not positive. */
export function magnitudeOfNjy(fluxNjy: number): number {
  return fluxNjy > 0 ? AB_ZEROPOINT_NJY - 2.5 * Math.log10(fluxNjy) : Number.NaN;
}

/** Flux [nJy] of an AB magnitude. */
export function njyOfMagnitude(magnitude: number): number {
  return 10 ** ((AB_ZEROPOINT_NJY - magnitude) / 2.5);
}

/** Value of a field at a position; outside its box it is that of the nearest edge. */
export function evaluateField(field: ChebyshevField, x: number, y: number): number {
  const { box, coefficients } = field;
  const u = scaled(x, box.x0, box.width);
  const v = scaled(y, box.y0, box.height);
  return clenshaw(
    coefficients.map((row) => clenshaw(row, u)),
    v,
  );
}

/** Values of a field along a row of pixels, from `x0` on; as {@link evaluateField} gives them. */
export function evaluateFieldRowInto({ box, coefficients }: ChebyshevField, y: number, x0: number, out: Float64Array): void {
  const v = scaled(y, box.y0, box.height);
  const columns = Math.max(0, ...coefficients.map((row) => row.length));
  // The series along the row has the same terms everywhere on it.
  const along = Array.from({ length: columns }, (_, i) =>
    clenshaw(
      coefficients.map((row) => row[i] ?? 0),
      v,
    ),
  );
  for (let k = 0; k < out.length; k++) out[k] = clenshaw(along, scaled(x0 + k, box.x0, box.width));
}

/** Maps [first - 0.5, last + 0.5] to [-1, 1] and clamps. */
function scaled(value: number, start: number, size: number): number {
  return Math.min(1, Math.max(-1, (2 * (value - start + 0.5)) / size - 1));
}

/** Sum of c_k T_k(u) by Clenshaw's recurrence (Numerical Recipes, 3rd edition, section 5.8). */
function clenshaw(c: readonly number[], u: number): number {
  let b1 = 0;
  let b2 = 0;
  for (let k = c.length - 1; k > 0; k--) [b1, b2] = [c[k] + 2 * u * b1 - b2, b1];
  return c.length === 0 ? 0 : c[0] + u * b1 - b2;
}
