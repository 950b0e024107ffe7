import { njyOfMagnitude, type PhotoCalib, type PixelBox } from '@almagest/image';
import { TooFewPhotometricStarsError } from '../errors.ts';
import type { PhotometricStars } from '../zero-point/fit-zero-point.ts';
import { solveRobust } from '../zero-point/robust-linear.ts';
import { scalingOf } from '../zero-point/scaling-field.ts';

/** Stars of one detector, with their places in the focal plane. */
export interface DetectorStars extends PhotometricStars {
  readonly detector: number;
  /** Focal-plane coordinates in units of the field's radius, -1 to 1. */
  readonly u: ArrayLike<number>;
  readonly v: ArrayLike<number>;
}

export interface VisitZeroPointOptions {
  /** Total order of the polynomial over the focal plane, of thin clouds and illumination; default 2. */
  readonly order?: number;
  /** How far detectors may differ from the visit's surface [mag]; default 0.02. Those with few stars follow the visit. */
  readonly detectorScatterMag?: number;
  readonly clipSigma?: number;
}

export interface VisitZeroPoints {
  /** Zero point in the middle of the field [mag]. */
  readonly zeroPoint: number;
  readonly zeroPointErr: number;
  /** Coefficients of u^i v^j, i + j from 1 to the order, j from 0. */
  readonly surface: Float64Array;
  /** Offset of each detector from the surface [mag]. */
  readonly offsets: ReadonlyMap<number, number>;
  readonly scatterMag: number;
  readonly count: number;
}

/**
 * Zero points of all detectors of a visit: a smooth surface over the focal plane and a small offset for each detector.
 *
 * @throws {TooFewPhotometricStarsError} if the visit has fewer stars than the surface has terms.
 */
export function fitVisitZeroPoints(detectors: readonly DetectorStars[], options: VisitZeroPointOptions = {}): VisitZeroPoints {
  const { order = 2, detectorScatterMag = 0.02, clipSigma } = options;
  const powers: [number, number][] = [];
  for (let total = 0; total <= order; total++) for (let j = 0; j <= total; j++) powers.push([total - j, j]);
  const stars = detectors.reduce((sum, { flux }) => sum + flux.length, 0);
  const columns = powers.length + detectors.length;
  const rows = stars + detectors.length;
  const design = new Float64Array(rows * columns);
  const target = new Float64Array(rows);
  const sigma = new Float64Array(rows);
  let row = 0;
  detectors.forEach((part, d) => {
    for (let i = 0; i < part.flux.length; i++, row++) {
      powers.forEach(([a, b], k) => (design[row * columns + k] = part.u[i] ** a * part.v[i] ** b));
      design[row * columns + powers.length + d] = 1;
      target[row] = part.flux[i] > 0 ? part.refMag[i] + 2.5 * Math.log10(part.flux[i]) : Number.NaN;
      sigma[row] = Math.hypot((part.fluxErr[i] / part.flux[i]) * 1.0857, part.refMagErr?.[i] || 1e-3);
    }
  });
  // Each offset is known beforehand to be small.
  for (let d = 0; d < detectors.length; d++, row++) {
    design[row * columns + powers.length + d] = 1;
    sigma[row] = detectorScatterMag;
  }
  const fit = solveRobust({ design, columns, target, sigma, ...(clipSigma === undefined ? {} : { clipSigma }) });
  const count = fit ? fit.used.subarray(0, stars).reduce((sum, flag) => sum + flag, 0) : 0;
  if (!fit || count < powers.length)
    throw new TooFewPhotometricStarsError(`expected at least ${powers.length} stars in the visit; found ${count}`, {
      details: { found: count, needed: powers.length },
    });
  return {
    zeroPoint: fit.parameters[0],
    zeroPointErr: Math.sqrt(fit.covariance[0]),
    surface: fit.parameters.slice(1, powers.length),
    offsets: new Map(detectors.map(({ detector }, d) => [detector, fit.parameters[powers.length + d]])),
    scatterMag: fit.scatter,
    count,
  };
}

/** Where a detector lies: its pixels, and the focal plane's coordinates of them in units of the field's radius. */
export interface DetectorPlace {
  readonly detector: number;
  readonly box: PixelBox;
  readonly toFocalPlane: (x: number, y: number) => { readonly u: number; readonly v: number };
}

/** Calibration of one detector of a visit: the visit's surface on its pixels, and its own offset. */
export function photoCalibOfVisit(visit: VisitZeroPoints, { detector, box, toFocalPlane }: DetectorPlace): PhotoCalib {
  const zeroPointAt = (a: number, b: number): number => {
    const { u, v } = toFocalPlane(box.x0 + ((a + 1) * box.width - 1) / 2, box.y0 + ((b + 1) * box.height - 1) / 2);
    let zero = visit.zeroPoint + (visit.offsets.get(detector) ?? 0);
    let k = 0;
    for (let total = 1; k < visit.surface.length; total++)
      for (let j = 0; j <= total; j++) zero += visit.surface[k++] * u ** (total - j) * v ** j;
    return zero;
  };
  const middle = zeroPointAt(0, 0);
  const { field, mean } = scalingOf({ box, order: SCALING_ORDER }, (a, b) => zeroPointAt(a, b) - middle);
  const calibrationMean = njyOfMagnitude(middle) * mean;
  const calibrationErr = calibrationMean * 0.921_034 * visit.zeroPointErr;
  return { calibrationMean, calibrationErr, ...(visit.surface.length > 0 ? { scaling: field } : {}) };
}

/** Of the calibration over a detector, which is a small part of the visit's surface. */
const SCALING_ORDER = 4;
