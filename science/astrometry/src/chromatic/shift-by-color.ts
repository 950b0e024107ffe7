import type { ReferenceCatalogue } from '../reference/catalogue.ts';
import type { ChromaticShift } from './fit-chromatic-shift.ts';

/** Rounds in which the WCS and the shift with colour are brought together. */
export const COLOR_ROUNDS = 2;
/** Least significance of a shift that is believed [sigma]. */
const SIGNIFICANT = 3;

/** Whether a shift stands out of its errors. */
export function isSignificant({ east, north, eastErr, northErr }: ChromaticShift): boolean {
  return Math.hypot(east / eastErr, north / northErr) >= SIGNIFICANT;
}

/**
 * The catalogue as it appears through colour; stars of unknown colour stay.
 *
 * @param colors - By rows of the catalogue [mag], NaN where unknown.
 */
export function shiftByColor(
  catalogue: ReferenceCatalogue,
  { east, north, referenceColor }: ChromaticShift,
  colors: Float64Array,
): ReferenceCatalogue {
  const excess = colors.map((color) => (Number.isFinite(color) ? color - referenceColor : 0));
  return {
    ...catalogue,
    ra: catalogue.ra.map((value, i) => value + (east * excess[i]) / Math.cos(catalogue.dec[i])),
    dec: catalogue.dec.map((value, i) => value + north * excess[i]),
  };
}
