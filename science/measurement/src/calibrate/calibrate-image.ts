import { type FieldSolution, NotSolvedError, type ReferenceCatalogue, solveField } from '@almagest/astrometry';
import type { Exposure, PhotoCalib } from '@almagest/image';
import { calibrateTable, fitZeroPoint, TooFewPhotometricStarsError, type ZeroPoint } from '@almagest/photometry';
import type { Table } from '@almagest/table';
import type { SkyWcs } from '@almagest/wcs';
import { withCalibrationFlags } from './calibration-flags.ts';
import { type MatchedStar, medianColor, readCalibrationStars, relationOf } from './calibration-stars.ts';
import { colorsOfSources } from './colors-of-sources.ts';
import { placeSources } from './place-sources.ts';

export interface CalibrateOptions {
  /** Epoch of the observation [Julian year]; moves the reference stars. */
  readonly epoch?: number;
  /** Degree of the distortion polynomial; default 3. */
  readonly wcsOrder?: number;
  /** Pixel scale for an exposure without a WCS [rad / pixel]. */
  readonly pixelScale?: number;
  /** How far the pointing may be off [rad]; default 5 arcmin. */
  readonly pointingError?: number;
  /** Order of the zero point's change over the image; default 0. */
  readonly spatialOrder?: number;
  /** Least signal-to-noise ratio of a source that is used; default 10. */
  readonly minSnr?: number;
  /** Colours of the reference stars [mag], by its rows; places are freed of what depends on colour. */
  readonly colors?: Float64Array;
  /** Photometric colour term [mag / mag], or 'fit'; default 0. */
  readonly colorTerm?: number | 'fit';
}

/** An exposure on the sky and in nanojansky. */
export interface CalibratedImage {
  /** With the WCS and the calibration; its pixels stay in counts. */
  readonly exposure: Exposure;
  readonly wcs: SkyWcs;
  readonly astrometry: FieldSolution;
  /** Absent where too few stars have magnitudes; fluxes then stay in counts. */
  readonly zeroPoint?: ZeroPoint;
  readonly photoCalib?: PhotoCalib;
  /** The sources with sky positions [deg] and fluxes [nJy]. */
  readonly sources: Table;
}

/**
 * Puts sources and exposure on the sky and on the AB scale by stars of a reference catalogue.
 *
 * @param sources - Of characterizeImage. @param reference - AB magnitudes in the band of the exposure.
 * @throws {NotSolvedError} {@link TooFewStarsError} where the field cannot be recognized.
 */
export function calibrateImage(
  exposure: Exposure,
  sources: Table,
  reference: ReferenceCatalogue,
  options: CalibrateOptions = {},
): CalibratedImage {
  const { width, height } = exposure.maskedImage.image;
  const { minSnr = 10 } = options;
  const stars = readCalibrationStars(sources, minSnr);
  const solve = (list: readonly number[]): FieldSolution =>
    solveField(stars.sourcesOf(list), reference, {
      width,
      height,
      order: options.wcsOrder ?? 3,
      ...(exposure.wcs ? { initialWcs: exposure.wcs } : {}),
      ...(options.pixelScale === undefined ? {} : { pixelScale: options.pixelScale }),
      ...(options.pointingError === undefined ? {} : { pointingError: options.pointingError }),
      ...(options.epoch === undefined ? {} : { epoch: options.epoch }),
      ...(options.colors ? { colors: options.colors } : {}),
    });
  let { rows } = stars;
  let astrometry: FieldSolution;
  try {
    astrometry = solve(rows);
  } catch (error) {
    if (!(error instanceof NotSolvedError) || stars.saturatedRows.length === 0) throw error;
    // Where many of the brightest stars are saturated, the figures that the catalogue shows are not there without them.
    rows = [...rows, ...stars.saturatedRows];
    astrometry = solve(rows);
  }
  const { wcs, matches, used, chromatic } = astrometry;
  const matched = Array.from(used.keys())
    .filter((k) => used[k] === 1)
    .map((k): MatchedStar => ({ row: rows[matches.source[k]], reference: matches.reference[k] }));
  const pairs = stars.photometric(matched, reference);
  const zeroPoint = zeroPointOf(
    stars.toPhotometric(pairs, { reference, colors: options.colorTerm === undefined ? undefined : options.colors }),
    {
      spatialOrder: options.spatialOrder ?? 0,
      box: { x0: 0, y0: 0, width, height },
      // The calibration holds for stars of the middle colour, not for those of colour zero, which there are none of.
      ...(options.colorTerm === undefined ? {} : { colorTerm: options.colorTerm, referenceColor: medianColor(pairs, options.colors) }),
    },
  );
  const { colors } = options;
  const colored = chromatic &&
    colors && {
      chromatic,
      colors: colorsOfSources(sources, {
        rows: matched.map(({ row }) => row),
        colors: matched.map((star) => colors[star.reference]),
        relation: relationOf(matched, reference, colors),
        zeroPoint: zeroPoint?.zeroPoint,
      }),
    };
  const placed = placeSources(sources, wcs, { width, height, ...(colored ? { colored } : {}) });
  const table = withCalibrationFlags(placed, {
    astrometric: matched.map(({ row }) => row),
    photometric: pairs.filter((_, i) => zeroPoint?.used[i] === 1).map(({ row }) => row),
  });
  return {
    exposure: { ...exposure, wcs, ...(zeroPoint ? { photoCalib: zeroPoint.photoCalib } : {}) },
    wcs,
    astrometry,
    sources: zeroPoint ? calibrateTable(table, zeroPoint.photoCalib) : table,
    ...(zeroPoint ? { zeroPoint, photoCalib: zeroPoint.photoCalib } : {}),
  };
}

/** The zero point, or undefined where too few stars tell it. */
function zeroPointOf(...input: Parameters<typeof fitZeroPoint>): ZeroPoint | undefined {
  try {
    return fitZeroPoint(...input);
  } catch (error) {
    if (error instanceof TooFewPhotometricStarsError) return undefined;
    throw error;
  }
}
