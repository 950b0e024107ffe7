import type { ChebyshevField, PixelBox } from '@almagest/image';
import { computeChebyshevInto, medianInPlace, solveLeastSquares } from '@almagest/numerics';

/** Stars with a flux of one kind and the flux of the calibration aperture. */
export interface ApertureCorrectionStars {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Calibration flux / flux, and its error. */
  readonly ratio: ArrayLike<number>;
  readonly ratioErr: ArrayLike<number>;
}

/** What a flux is multiplied by to be that of the calibration aperture. */
export interface ApertureCorrection {
  readonly field: ChebyshevField;
  /** Error of the correction in the middle, and the scatter of the stars about it. */
  readonly error: number;
  readonly scatter: number;
  /** 1 for stars in the fit. */
  readonly used: Uint8Array;
  readonly count: number;
}

/** Stars beyond this many sigma are rejected. */
const CLIP = 3;

/**
 * Fits the ratio of fluxes as a Chebyshev series over the image, rejecting outliers; the order falls where stars are few.
 *
 * @returns undefined where fewer than three stars can be used: the flux then stays as it is and gets a flag.
 * @remarks Within 2 mmag over the image (fit-aperture-correction.recovery.test.ts).
 */
export function fitApertureCorrection(
  stars: ApertureCorrectionStars,
  options: { readonly box: PixelBox; readonly order?: number },
): ApertureCorrection | undefined {
  const { box } = options;
  const rows = stars.ratio.length;
  const sound = (i: number): boolean => stars.ratio[i] > 0 && Number.isFinite(stars.ratio[i]) && stars.ratioErr[i] > 0;
  const used = Uint8Array.from({ length: rows }, (_, i) => (sound(i) ? 1 : 0));
  let count = used.reduce((sum, flag) => sum + flag, 0);
  if (count < 3) return undefined;
  // Begin from the median, so that a few wild ratios do not bend the first fit.
  let model = new Float64Array(rows).fill(medianInPlace(Float64Array.from(kept(stars.ratio, used))));
  let solution: { order: number; coefficients: Float64Array; error: number } = {
    order: 0,
    coefficients: Float64Array.of(model[0]),
    error: Number.NaN,
  };
  let scatter = Number.NaN;
  for (let round = 0; round < 10; round++) {
    const residuals = Float64Array.from(model, (value, i) => stars.ratio[i] - value);
    scatter = 1.4826 * medianInPlace(Float64Array.from(kept(residuals, used), Math.abs));
    let changed = round === 0;
    for (let i = 0; i < rows; i++) {
      const keep = sound(i) && Math.abs(residuals[i]) <= CLIP * Math.max(scatter, stars.ratioErr[i], 1e-9) ? 1 : 0;
      if (keep !== used[i]) changed = true;
      used[i] = keep;
    }
    count = used.reduce((sum, flag) => sum + flag, 0);
    if (count < 3) return undefined;
    if (!changed) break;
    let order = options.order ?? 2;
    while (order > 0 && count < 3 * (order + 1) ** 2) order--;
    solution = fitSeries(stars, used, box, order, scatter);
    model = Float64Array.from({ length: rows }, (_, i) => valueAt(solution, box, stars.x[i], stars.y[i]));
  }
  const side = solution.order + 1;
  const coefficients = Array.from({ length: side }, (_, j) => Array.from(solution.coefficients.subarray(j * side, (j + 1) * side)));
  return { field: { box, coefficients }, error: solution.error, scatter, used, count };
}

function kept(values: ArrayLike<number>, used: Uint8Array): number[] {
  return Array.from(values).filter((_, i) => used[i] === 1);
}

function termsInto(box: PixelBox, order: number, x: number, y: number, out: Float64Array, at: number): void {
  const [inX, inY] = [new Float64Array(order + 1), new Float64Array(order + 1)];
  computeChebyshevInto((2 * (x - box.x0 + 0.5)) / box.width - 1, order, inX);
  computeChebyshevInto((2 * (y - box.y0 + 0.5)) / box.height - 1, order, inY);
  for (let j = 0; j <= order; j++) for (let i = 0; i <= order; i++) out[at + j * (order + 1) + i] = inX[i] * inY[j];
}

function valueAt(solution: { readonly order: number; readonly coefficients: Float64Array }, box: PixelBox, x: number, y: number): number {
  const terms = new Float64Array((solution.order + 1) ** 2);
  termsInto(box, solution.order, x, y, terms, 0);
  return terms.reduce((sum, term, k) => sum + term * solution.coefficients[k], 0);
}

function fitSeries(
  stars: ApertureCorrectionStars,
  used: Uint8Array,
  box: PixelBox,
  order: number,
  scatter: number,
): { order: number; coefficients: Float64Array; error: number } {
  const rows = Array.from(used.keys()).filter((i) => used[i] === 1);
  const columns = (order + 1) ** 2;
  const design = new Float64Array(rows.length * columns);
  rows.forEach((row, i) => termsInto(box, order, stars.x[row], stars.y[row], design, i * columns));
  // The median scatter as a floor keeps a few very bright stars from ruling.
  const fit = solveLeastSquares({
    design,
    rows: rows.length,
    columns,
    target: Float64Array.from(rows, (row) => stars.ratio[row]),
    inverseSigma: Float64Array.from(rows, (row) => 1 / Math.hypot(stars.ratioErr[row], 0.3 * scatter, 1e-6)),
  });
  return { order, coefficients: fit.parameters, error: Math.sqrt(fit.covariance[0]) };
}
