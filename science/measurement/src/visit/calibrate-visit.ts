import { type ChromaticShift, fitVisit, propagateCatalogue, type ReferenceCatalogue, type VisitDetector } from '@almagest/astrometry';
import type { PhotoCalib } from '@almagest/image';
import { fitVisitZeroPoints, photoCalibOfVisit, TooFewPhotometricStarsError, type VisitZeroPoints } from '@almagest/photometry';
import type { Table } from '@almagest/table';
import { createTransform, type TransformSpec } from '@almagest/wcs';
import { type CalibrationStars, type MatchedStar, readCalibrationStars, relationOf } from '../calibrate/calibration-stars.ts';
import type { ColorRelation } from '../calibrate/colors-of-sources.ts';

/** One detector of a visit as it comes out of characterizeImage. */
export interface MeasuredDetector {
  readonly detector: number;
  readonly width: number;
  readonly height: number;
  /** The camera model: zero-based pixel to field angle [rad]. */
  readonly toField: TransformSpec;
  /** Sources in counts. */
  readonly sources: Table;
}

export interface CalibrateVisitOptions {
  /** Where the telescope is said to point [rad]; see BoresightSpec for the sense of the rotation. */
  readonly boresight: { readonly ra: number; readonly dec: number; readonly rotation: number };
  /** [rad]; default 5 arcmin. */
  readonly pointingError?: number;
  /** Degree of the polynomial common to all detectors; default 3. */
  readonly order?: number;
  /** Order of the zero point's surface over the focal plane; default 2. */
  readonly photometricOrder?: number;
  /** Epoch of the observation [Julian year]. */
  readonly epoch?: number;
  /** Least signal-to-noise ratio of a source that is used; default 10. */
  readonly minSnr?: number;
  /** Colours of the reference stars by row [mag]. */
  readonly colors?: Float64Array;
}

/** A source that is a reference star: what the fits saw of it. */
export interface VisitMatch {
  readonly row: number;
  /** Measured place less that by the WCS of the visit [pixel]. */
  readonly dx: number;
  readonly dy: number;
  /** [mag]; NaN where unknown. */
  readonly color: number;
  readonly photometric: boolean;
}

/** Calibration of one detector by its visit. */
export interface VisitDetectorCalibration {
  readonly detector: number;
  /** Pixel to sky [rad]. */
  readonly transform: TransformSpec;
  /** Absent where the visit has too few stars with magnitudes. */
  readonly photoCalib?: PhotoCalib;
  readonly matches: readonly VisitMatch[];
}

export interface VisitCalibration {
  readonly boresight: { readonly ra: number; readonly dec: number; readonly rotation: number };
  readonly detectors: readonly VisitDetectorCalibration[];
  /** Robust scatter of one coordinate [arcsec]. */
  readonly scatterArcsec: number;
  readonly pairs: number;
  readonly chromatic?: ChromaticShift;
  readonly zeroPoints?: VisitZeroPoints;
  readonly relation?: ColorRelation;
}

/**
 * Puts all detectors of a visit on the sky and on the AB scale at once: a boresight, one polynomial and one surface of zero points over
 * the focal plane, a small correction for each detector.
 *
 * Detectors that have too few stars to be calibrated by themselves follow the others.
 *
 * @param reference - AB magnitudes in the band of the visit.
 * @throws {NotSolvedError} {@link TooFewStarsError} when the visit as a whole cannot be placed.
 */
export function calibrateVisit(
  detectors: readonly MeasuredDetector[],
  reference: ReferenceCatalogue,
  options: CalibrateVisitOptions,
): VisitCalibration {
  const { boresight, order, pointingError, minSnr = 10, epoch, colors } = options;
  const catalogue = epoch === undefined ? reference : propagateCatalogue(reference, epoch);
  const stars = detectors.map(({ sources }) => readCalibrationStars(sources, minSnr));
  const placed = detectors.map(({ detector, width, height, toField }, d): VisitDetector => {
    return { name: String(detector), width, height, toField, sources: stars[d].sourcesOf(stars[d].rows) };
  });
  const solution = fitVisit(placed, catalogue, {
    boresight,
    ...(order === undefined ? {} : { order }),
    ...(pointingError === undefined ? {} : { pointingError }),
    ...(colors ? { colors } : {}),
  });
  const members = detectors.map((_, d) => {
    const pairs = solution.pairs.filter((pair) => pair.detector === d);
    return pairs.map(({ source, reference: star }): MatchedStar => ({ row: stars[d].rows[source], reference: star }));
  });
  const photometric = stars.map((list, d) => list.photometric(members[d], catalogue));
  const focal = focalPlaneOf(detectors);
  const zeroPoints = zeroPointsOf(detectors, { stars, photometric, catalogue, focal }, options.photometricOrder);
  const relation = colors && relationOf(members.flat(), catalogue, colors);
  return {
    boresight: solution.boresight,
    scatterArcsec: solution.scatterArcsec,
    pairs: solution.pairs.length,
    ...(solution.chromatic ? { chromatic: solution.chromatic } : {}),
    ...(zeroPoints ? { zeroPoints } : {}),
    ...(relation ? { relation } : {}),
    detectors: detectors.map(({ detector, width, height }, d) => {
      const { transform, wcs } = solution.detectors[d];
      const chosen = new Set(photometric[d].map(({ row }) => row));
      const { x, y } = stars[d].sourcesOf(members[d].map(({ row }) => row));
      const box = { x0: 0, y0: 0, width, height };
      return {
        detector,
        transform,
        ...(zeroPoints ? { photoCalib: photoCalibOfVisit(zeroPoints, { detector, box, toFocalPlane: focal[d] }) } : {}),
        matches: members[d].map(({ row, reference: star }, k) => {
          const color = colors?.[star] ?? Number.NaN;
          const there = apparent(catalogue, star, solution.chromatic, color);
          const pixel = wcs.skyToPixel(there.ra, there.dec);
          return { row, dx: x[k] - pixel.x, dy: y[k] - pixel.y, color, photometric: chosen.has(row) };
        }),
      };
    }),
  };
}

/** Where a reference star stands through colour. */
function apparent(
  { ra, dec }: ReferenceCatalogue,
  star: number,
  shift: ChromaticShift | undefined,
  color: number,
): { readonly ra: number; readonly dec: number } {
  const excess = shift && Number.isFinite(color) ? color - shift.referenceColor : 0;
  return { ra: ra[star] + ((shift?.east ?? 0) * excess) / Math.cos(dec[star]), dec: dec[star] + (shift?.north ?? 0) * excess };
}

type FocalPlane = (x: number, y: number) => { readonly u: number; readonly v: number };

/** Focal-plane coordinates of each detector's pixels, in units of the distance of the farthest corner. */
function focalPlaneOf(detectors: readonly MeasuredDetector[]): FocalPlane[] {
  const maps = detectors.map(({ toField }): FocalPlane => {
    const transform = createTransform(toField);
    const out = new Float64Array(6);
    return (x, y) => {
      transform.apply(x, y, out);
      return { u: out[0], v: out[1] };
    };
  });
  const reach = detectors.reduce((most, { width, height }, d) => {
    const corners = [maps[d](0, 0), maps[d](width, 0), maps[d](0, height), maps[d](width, height)];
    return corners.reduce((far, { u, v }) => Math.max(far, Math.hypot(u, v)), most);
  }, 0);
  return maps.map((map) => (x, y) => {
    const { u, v } = map(x, y);
    return { u: u / reach, v: v / reach };
  });
}

interface PhotometricVisit {
  readonly stars: readonly CalibrationStars[];
  readonly photometric: readonly (readonly MatchedStar[])[];
  readonly catalogue: ReferenceCatalogue;
  readonly focal: readonly FocalPlane[];
}

/** The surface of zero points, or undefined where too few stars tell it. */
function zeroPointsOf(
  detectors: readonly MeasuredDetector[],
  { stars, photometric, catalogue, focal }: PhotometricVisit,
  order: number | undefined,
): VisitZeroPoints | undefined {
  const parts = detectors.map(({ detector }, d) => {
    const list = stars[d].toPhotometric(photometric[d], { reference: catalogue });
    const places = Array.from(list.x, (x, i) => focal[d](x, list.y[i]));
    return { ...list, detector, u: places.map(({ u }) => u), v: places.map(({ v }) => v) };
  });
  try {
    return fitVisitZeroPoints(parts, order === undefined ? {} : { order });
  } catch (error) {
    if (error instanceof TooFewPhotometricStarsError) return undefined;
    throw error;
  }
}
