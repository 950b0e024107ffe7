import { njyOfMagnitude, type PhotoCalib, type PixelBox } from '@almagest/image';
import { computeChebyshevInto } from '@almagest/numerics';
import { TooFewPhotometricStarsError } from '../errors.ts';
import { solveRobust } from './robust-linear.ts';
import { meanOfTerm, scalingOf } from './scaling-field.ts';

/** Stars measured on an image and known from a catalogue. */
export interface PhotometricStars {
  /** Instrumental flux and its error [count]. */
  readonly flux: ArrayLike<number>;
  readonly fluxErr: ArrayLike<number>;
  /** AB magnitude of the reference and its error [mag]; errors of 0 are taken to be 1 mmag. */
  readonly refMag: ArrayLike<number>;
  readonly refMagErr?: ArrayLike<number>;
  /** Colour of the star in the reference [mag]; needed for a colour term. */
  readonly color?: ArrayLike<number>;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

export interface ZeroPointOptions {
  /** Order of the spatial term in each direction; default 0, the same everywhere. */
  readonly spatialOrder?: number;
  /** Image that the spatial term covers. */
  readonly box?: PixelBox;
  /** A known colour term [mag / mag]; fitted when 'fit'; default 0. */
  readonly colorTerm?: number | 'fit';
  /** Colour at which the zero point holds [mag]; default 0. */
  readonly referenceColor?: number;
  readonly clipSigma?: number;
  /** Fewest stars; default 3. */
  readonly minStars?: number;
}

export interface ZeroPoint {
  /** AB magnitude of one count: mag = zeroPoint - 2.5 log10(flux) - colorTerm * (color - referenceColor), mean over the image. */
  readonly zeroPoint: number;
  readonly zeroPointErr: number;
  readonly colorTerm: number;
  readonly colorTermErr: number;
  /** Robust scatter about the fit, and the part of it that errors do not explain [mag]. */
  readonly scatterMag: number;
  readonly intrinsicMag: number;
  /** 1 for stars in the fit. */
  readonly used: Uint8Array;
  readonly count: number;
  readonly photoCalib: PhotoCalib;
}

/** Magnitudes to natural logarithms of flux. */
const LN_PER_MAG = Math.LN10 / 2.5;

/**
 * Fits the zero point of an image: robustly, with a colour term and a smooth change over the image where asked for.
 *
 * @throws {TooFewPhotometricStarsError} if fewer stars than `minStars` (or than there are terms) can be used.
 * @remarks The zero point is found within its error with a quarter of the stars wrong (fit-zero-point.recovery.test.ts).
 */
export function fitZeroPoint(stars: PhotometricStars, options: ZeroPointOptions = {}): ZeroPoint {
  const { spatialOrder = 0, colorTerm = 0, referenceColor = 0, minStars = 3 } = options;
  const rows = stars.flux.length;
  const box = options.box ?? boxOf(stars);
  const side = spatialOrder + 1;
  const spatial = side * side;
  const columns = spatial + (colorTerm === 'fit' ? 1 : 0);
  const design = new Float64Array(rows * columns);
  const target = new Float64Array(rows);
  const sigma = new Float64Array(rows);
  const known = colorTerm === 'fit' ? 0 : colorTerm;
  for (let i = 0; i < rows; i++) {
    writeTerms(box, spatialOrder, stars.x[i], stars.y[i], design, i * columns);
    const color = (stars.color?.[i] ?? referenceColor) - referenceColor;
    if (colorTerm === 'fit') design[i * columns + spatial] = Number.isNaN(color) ? 0 : -color;
    // A star of unknown colour tells nothing where colours count: its NaN leaves it out.
    target[i] =
      stars.flux[i] > 0 && (colorTerm === 0 || !Number.isNaN(color))
        ? stars.refMag[i] + 2.5 * Math.log10(stars.flux[i]) + (known === 0 ? 0 : known * color)
        : Number.NaN;
    const own = stars.fluxErr[i] / stars.flux[i] / LN_PER_MAG;
    sigma[i] = Math.hypot(own, stars.refMagErr?.[i] || 1e-3);
  }
  const problem = { design, columns, target, sigma, ...(options.clipSigma === undefined ? {} : { clipSigma: options.clipSigma }) };
  const fit = solveRobust(problem);
  const needed = Math.max(minStars, columns);
  if (!fit || fit.count < needed) {
    const found = fit?.count ?? 0;
    throw new TooFewPhotometricStarsError(`expected at least ${needed} stars with flux and reference magnitude; found ${found}`, {
      details: { found, needed },
    });
  }
  const coefficients = fit.parameters.subarray(0, spatial);
  const zeroPoint = meanOf(coefficients, side);
  const zeroPointErr = Math.sqrt(quadraticForm(fit.covariance, columns, side));
  const calibrationMean = njyOfMagnitude(zeroPoint);
  const scaling =
    spatialOrder > 0 ? scalingOf({ box, order: side + 1 }, (u, v) => seriesAt(coefficients, side, u, v) - zeroPoint) : undefined;
  // A fluctuation of the logarithm in the mean of the exponential is a second-order term, taken into the mean.
  const mean = scaling ? scaling.mean : 1;
  return {
    zeroPoint,
    zeroPointErr,
    colorTerm: colorTerm === 'fit' ? fit.parameters[spatial] : known,
    colorTermErr: colorTerm === 'fit' ? Math.sqrt(fit.covariance[spatial * columns + spatial]) : 0,
    scatterMag: fit.scatter,
    intrinsicMag: fit.intrinsic,
    used: fit.used,
    count: fit.count,
    photoCalib: {
      calibrationMean: calibrationMean * mean,
      calibrationErr: calibrationMean * mean * LN_PER_MAG * zeroPointErr,
      ...(scaling ? { scaling: scaling.field } : {}),
    },
  };
}

function boxOf({ x, y }: PhotometricStars): PixelBox {
  const inX = Array.from(x).filter(Number.isFinite);
  const inY = Array.from(y).filter(Number.isFinite);
  const low = (values: number[]): number => Math.floor(values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY));
  const high = (values: number[]): number => Math.ceil(values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY));
  if (inX.length === 0) return { x0: 0, y0: 0, width: 1, height: 1 };
  return { x0: low(inX), y0: low(inY), width: high(inX) - low(inX) + 1, height: high(inY) - low(inY) + 1 };
}

/** T_i(x') T_j(y') for j, i from 0, as ChebyshevField counts them. */
function writeTerms(box: PixelBox, order: number, x: number, y: number, out: Float64Array, at: number): void {
  const inX = new Float64Array(order + 1);
  const inY = new Float64Array(order + 1);
  computeChebyshevInto((2 * (x - box.x0 + 0.5)) / box.width - 1, order, inX);
  computeChebyshevInto((2 * (y - box.y0 + 0.5)) / box.height - 1, order, inY);
  for (let j = 0; j <= order; j++) for (let i = 0; i <= order; i++) out[at + j * (order + 1) + i] = inX[i] * inY[j];
}

function meanOf(coefficients: Float64Array, side: number): number {
  let sum = 0;
  for (let j = 0; j < side; j++) for (let i = 0; i < side; i++) sum += coefficients[j * side + i] * meanOfTerm(i) * meanOfTerm(j);
  return sum;
}

/** Variance of the mean over the image. */
function quadraticForm(covariance: Float64Array, columns: number, side: number): number {
  const weights = Float64Array.from({ length: side * side }, (_, k) => meanOfTerm(k % side) * meanOfTerm(Math.floor(k / side)));
  let sum = 0;
  for (let a = 0; a < weights.length; a++)
    for (let b = 0; b < weights.length; b++) sum += weights[a] * weights[b] * covariance[a * columns + b];
  return sum;
}

/** The zero point at a place of the image, both coordinates from -1 to 1. */
function seriesAt(coefficients: Float64Array, side: number, u: number, v: number): number {
  const inX = new Float64Array(side);
  const inY = new Float64Array(side);
  computeChebyshevInto(u, side - 1, inX);
  computeChebyshevInto(v, side - 1, inY);
  let sum = 0;
  for (let j = 0; j < side; j++) for (let i = 0; i < side; i++) sum += coefficients[j * side + i] * inX[i] * inY[j];
  return sum;
}
