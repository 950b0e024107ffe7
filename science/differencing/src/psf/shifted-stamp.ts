/** A PSF as a square of odd side with sum 1, centred on its middle pixel. */
export interface StampPsf {
  readonly half: number;
  readonly values: Float64Array;
}

/** Half length of the interpolation: ten taps. */
const REACH = 5;
const TAPS = 2 * REACH;

/**
 * Moves a PSF by a fraction of a pixel, by Lanczos-5 along x, then along y.
 *
 * @param dx - Centre of the result from its middle pixel [pixel], magnitude below `half`; whole pixels are honoured too.
 * @param out - Square of 2 outHalf + 1 pixels, overwritten; zero beyond the PSF's own square.
 * @param space - Scratch of at least (2 half + 1) (2 outHalf + 1) elements.
 * @remarks A Moffat profile of FWHM 3 pixels keeps its values to 3e-3 of the peak (shifted-stamp.law.test.ts).
 */
export function shiftStampInto(psf: StampPsf, shift: ShiftRequest, out: Float64Array, space: Float64Array): void {
  const [x, y] = [axisOf(shift.dx, psf.half, shift.outHalf), axisOf(shift.dy, psf.half, shift.outHalf)];
  alongRowsInto(space, psf, { x, y, outHalf: shift.outHalf }, x.weights);
  alongColumnsInto(out, space, { x, y, outHalf: shift.outHalf }, y.weights);
}

/** A moved PSF with its derivatives by the position of its centre; every array a square of 2 outHalf + 1 pixels. */
export interface StampSlopes {
  readonly value: Float64Array;
  readonly alongX: Float64Array;
  readonly alongY: Float64Array;
}

/** {@link shiftStampInto} with the derivatives by dx and dy of the interpolation itself. */
export function shiftStampSlopesInto(psf: StampPsf, shift: ShiftRequest, out: StampSlopes, space: Float64Array): void {
  const { outHalf } = shift;
  const [x, y] = [axisOf(shift.dx, psf.half, outHalf), axisOf(shift.dy, psf.half, outHalf)];
  alongRowsInto(space, psf, { x, y, outHalf }, slopesOf(shift.dx, x.whole));
  alongColumnsInto(out.alongX, space, { x, y, outHalf }, y.weights);
  alongRowsInto(space, psf, { x, y, outHalf }, x.weights);
  alongColumnsInto(out.alongY, space, { x, y, outHalf }, slopesOf(shift.dy, y.whole));
  alongColumnsInto(out.value, space, { x, y, outHalf }, y.weights);
}

export interface ShiftRequest {
  readonly dx: number;
  readonly dy: number;
  readonly outHalf: number;
}

/** How results along one axis read the PSF: result i reads from PSF element i + offset on, with these weights. */
interface Axis {
  readonly whole: number;
  readonly weights: Float64Array;
  readonly offset: number;
  /** Results that the PSF reaches. */
  readonly begin: number;
  readonly end: number;
}

interface Axes {
  readonly x: Axis;
  readonly y: Axis;
  readonly outHalf: number;
}

function axisOf(shift: number, half: number, outHalf: number): Axis {
  // Reading position p = i - shift = (i - whole) + fraction with 0 <= fraction < 1.
  const whole = Math.ceil(shift);
  const middle = outHalf + whole;
  return {
    whole,
    weights: weightsAt(whole - shift),
    offset: half - outHalf - whole - REACH + 1,
    begin: Math.max(0, middle - half - REACH),
    end: Math.min(2 * outHalf + 1, middle + half + REACH),
  };
}

/** Rows of the PSF that the result reads, each moved along x. */
function alongRowsInto(space: Float64Array, { half, values }: StampPsf, { x, y, outHalf }: Axes, weights: Float64Array): void {
  const side = 2 * half + 1;
  const outSide = 2 * outHalf + 1;
  const first = Math.max(0, y.begin + y.offset);
  const last = Math.min(side, y.end + y.offset + TAPS - 1);
  // All taps lie inside the PSF from `from` to `to`.
  const from = Math.max(x.begin, Math.min(x.end, -x.offset));
  const to = Math.max(from, Math.min(x.end, side - TAPS + 1 - x.offset));
  for (let j = first; j < last; j++) {
    const row = j * side + x.offset;
    const out = j * outSide;
    for (let i = x.begin; i < from; i++)
      space[out + i] = partOf(weights, values, { start: row + i, first: j * side, end: j * side + side });
    for (let i = from; i < to; i++) space[out + i] = sumOfTen(weights, values, row + i, 1);
    for (let i = to; i < x.end; i++) space[out + i] = partOf(weights, values, { start: row + i, first: j * side, end: j * side + side });
  }
}

/** The ten taps, unrolled: this is where fits spend their time. */
function sumOfTen(w: Float64Array, v: Float64Array, at: number, step: number): number {
  const middle = at + 5 * step;
  return (
    w[0] * v[at] +
    w[1] * v[at + step] +
    w[2] * v[at + 2 * step] +
    w[3] * v[at + 3 * step] +
    w[4] * v[at + 4 * step] +
    (w[5] * v[middle] + w[6] * v[middle + step] + w[7] * v[middle + 2 * step] + w[8] * v[middle + 3 * step] + w[9] * v[middle + 4 * step])
  );
}

/** The taps that lie between `first` and `end`. */
function partOf(
  weights: Float64Array,
  values: Float64Array,
  { start, first, end }: { readonly start: number; readonly first: number; readonly end: number },
): number {
  let sum = 0;
  for (let k = Math.max(0, first - start); k < Math.min(TAPS, end - start); k++) sum += weights[k] * values[start + k];
  return sum;
}

function alongColumnsInto(out: Float64Array, space: Float64Array, { x, y, outHalf }: Axes, weights: Float64Array): void {
  const outSide = 2 * outHalf + 1;
  const side = 2 * (y.offset + outHalf + y.whole + REACH - 1) + 1;
  out.fill(0, 0, outSide * outSide);
  for (let j = y.begin; j < y.end; j++) {
    const from = j + y.offset;
    const to = j * outSide;
    if (from >= 0 && from + TAPS <= side) {
      for (let i = x.begin; i < x.end; i++) out[to + i] = sumOfTen(weights, space, from * outSide + i, outSide);
      continue;
    }
    const end = Math.min(TAPS, side - from);
    for (let k = Math.max(0, -from); k < end; k++) {
      const weight = weights[k];
      const row = (from + k) * outSide;
      for (let i = x.begin; i < x.end; i++) out[to + i] += weight * space[row + i];
    }
  }
}

/** Step of the central difference of the weights [pixel]: its square is the relative error. */
const STEP = 1e-4;

/** Derivatives of the weights by the shift; the whole pixels stay. */
function slopesOf(shift: number, whole: number): Float64Array {
  const [ahead, behind] = [weightsAt(whole - shift - STEP), weightsAt(whole - shift + STEP)];
  return ahead.map((value, k) => (value - behind[k]) / (2 * STEP));
}

function weightsAt(fraction: number): Float64Array {
  const weights = new Float64Array(TAPS);
  let sum = 0;
  for (let k = 0; k < TAPS; k++) sum += weights[k] = lanczos(k - REACH + 1 - fraction);
  for (let k = 0; k < TAPS; k++) weights[k] /= sum;
  return weights;
}

function lanczos(d: number): number {
  if (Math.abs(d) < 1e-9) return 1;
  if (Math.abs(d) >= REACH) return 0;
  const a = Math.PI * d;
  return (Math.sin(a) * Math.sin(a / REACH) * REACH) / (a * a);
}
