/** A PSF as a square of odd side with sum 1, centred on its middle pixel. */
export interface StampPsf {
  readonly half: number;
  readonly values: Float64Array;
}

/** Half length of the interpolation: ten taps. */
const REACH = 5;

/**
 * Moves a PSF by a fraction of a pixel, by Lanczos-5 along x, then along y.
 *
 * @param dx - Centre of the result from its middle pixel [pixel], magnitude below `half`; whole pixels are honoured too.
 * @param out - Square of 2 outHalf + 1 pixels, overwritten; zero beyond the PSF's own square.
 * @param space - Scratch of at least (2 half + 1) (2 outHalf + 1) elements.
 * @remarks A Moffat profile of FWHM 3 pixels keeps its values to 3e-3 of the peak (shifted-stamp.law.test.ts).
 */
export function shiftStampInto(psf: StampPsf, shift: ShiftRequest, out: Float64Array, space: Float64Array): void {
  const { half, values } = psf;
  const { outHalf } = shift;
  const side = 2 * half + 1;
  const outSide = 2 * outHalf + 1;
  const tapsX = tapsOf(shift.dx);
  const tapsY = tapsOf(shift.dy);
  const spanX = spanOf(tapsX.whole, half, outHalf);
  const spanY = spanOf(tapsY.whole, half, outHalf);
  out.fill(0, 0, outSide * outSide);
  for (let i = spanX.begin; i < spanX.end; i++) {
    const first = i - outHalf + half - tapsX.whole - REACH + 1;
    const [begin, end] = [Math.max(0, -first), Math.min(2 * REACH, side - first)];
    for (let j = 0; j < side; j++) {
      let sum = 0;
      for (let k = begin; k < end; k++) sum += tapsX.weights[k] * values[j * side + first + k];
      space[j * outSide + i] = sum;
    }
  }
  for (let j = spanY.begin; j < spanY.end; j++) {
    const first = j - outHalf + half - tapsY.whole - REACH + 1;
    const end = Math.min(2 * REACH, side - first);
    for (let k = Math.max(0, -first); k < end; k++) {
      const weight = tapsY.weights[k];
      const row = (first + k) * outSide;
      for (let i = spanX.begin; i < spanX.end; i++) out[j * outSide + i] += weight * space[row + i];
    }
  }
}

/** Elements of the result that the PSF reaches. */
function spanOf(whole: number, half: number, outHalf: number): { readonly begin: number; readonly end: number } {
  const middle = outHalf + whole;
  return { begin: Math.max(0, middle - half - REACH), end: Math.min(2 * outHalf + 1, middle + half + REACH) };
}

export interface ShiftRequest {
  readonly dx: number;
  readonly dy: number;
  readonly outHalf: number;
}

/** Weights for reading at position - shift: `whole` pixels and the taps for the rest. */
function tapsOf(shift: number): { readonly whole: number; readonly weights: Float64Array } {
  // Reading position p = i - shift = (i - whole) + fraction with 0 <= fraction < 1.
  const whole = Math.ceil(shift);
  const fraction = whole - shift;
  const weights = new Float64Array(2 * REACH);
  let sum = 0;
  for (let k = 0; k < 2 * REACH; k++) sum += weights[k] = lanczos(k - REACH + 1 - fraction);
  for (let k = 0; k < 2 * REACH; k++) weights[k] /= sum;
  return { whole, weights };
}

function lanczos(d: number): number {
  if (Math.abs(d) < 1e-9) return 1;
  if (Math.abs(d) >= REACH) return 0;
  const a = Math.PI * d;
  return (Math.sin(a) * Math.sin(a / REACH) * REACH) / (a * a);
}
