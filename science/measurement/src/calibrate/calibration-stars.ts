import type { FieldSources, ReferenceCatalogue } from '@almagest/astrometry';
import { median } from '@almagest/numerics';
import type { PhotometricStars } from '@almagest/photometry';
import { findColumn, getColumn, type Table } from '@almagest/table';
import { type ColorRelation, fitColorRelation } from './colors-of-sources.ts';

/** Stars of this signal-to-noise ratio make the zero point if there are so many. */
const BRIGHT = 100;
const ENOUGH_BRIGHT = 30;
/** Error of the place of a saturated star [pixel]: it helps to recognize the field and weighs nothing in the fit. */
const SATURATED_SIGMA = 0.5;
/** Flags of sources that no fit may use. */
const UNFIT = ['centroid_flag', 'psfFlux_flag', 'pixelFlags_saturatedCenter', 'pixelFlags_edge'];

/** The sources of an image as fits of places and zero points want them. */
export interface CalibrationStars {
  /** Rows of sound sources above the limit of signal-to-noise ratio. */
  readonly rows: readonly number[];
  /** Rows of saturated sources with a place. */
  readonly saturatedRows: readonly number[];
  /** Places and fluxes of some rows. */
  readonly sourcesOf: (rows: readonly number[]) => FieldSources;
  /** Those of matched pairs that tell a zero point: point sources that stand alone, the bright ones if they are enough. */
  readonly photometric: <P extends MatchedStar>(pairs: readonly P[], reference: ReferenceCatalogue) => P[];
  /** Such pairs as zero points are made of them. */
  readonly toPhotometric: (
    pairs: readonly MatchedStar[],
    known: { readonly reference: ReferenceCatalogue; readonly colors?: Float64Array | undefined },
  ) => PhotometricStars;
}

/** A row of the sources and one of the reference catalogue. */
export interface MatchedStar {
  readonly row: number;
  readonly reference: number;
}

/** @param sources - Of characterizeImage. @param minSnr - Least signal-to-noise ratio of a source that is used. */
export function readCalibrationStars(sources: Table, minSnr: number): CalibrationStars {
  const numbers = (name: string): Float64Array => Float64Array.from(getColumn(sources, name).data as Float64Array);
  const [x, y, flux, fluxErr, xErr, yErr, aperture] = ['x', 'y', 'psfFlux', 'psfFluxErr', 'xErr', 'yErr', 'calibFlux'].map(numbers);
  const saturated = getColumn(sources, 'pixelFlags_saturatedCenter').data;
  // A blend stands where its brightest source does: two of each would make figures of no size.
  const children = findColumn(sources, 'deblend_nChild')?.data;
  const isWhole = (i: number): boolean => !(Number(children?.[i] ?? 0) > 0);
  const bad = UNFIT.map((name) => getColumn(sources, name).data);
  const all = Array.from(flux.keys());
  // PSF fluxes, brought to the calibration aperture, hold less of the neighbours' light than the aperture; without a correction they do not stand for it.
  const uncorrected = getColumn(sources, 'psfFlux_flag_apCorr').data;
  const corrected = sources.nrows > 0 && !uncorrected[0];
  const [calib, calibErr] = corrected ? [flux, fluxErr] : [aperture, numbers('calibFluxErr')];
  const [extendedness, blendedness] = ['extendedness', 'blendedness_abs'].map(numbers);
  const blend = findColumn(sources, 'deblend_parent')?.data;
  return {
    rows: all.filter((i) => flux[i] > minSnr * fluxErr[i] && bad.every((flags) => !flags[i]) && isWhole(i)),
    saturatedRows: all.filter((i) => saturated[i] && Number.isFinite(x[i] + y[i] + aperture[i]) && isWhole(i)),
    sourcesOf: (rows) => ({
      x: Float64Array.from(rows, (row) => x[row]),
      y: Float64Array.from(rows, (row) => y[row]),
      flux: Float64Array.from(rows, (row) => (saturated[row] ? aperture[row] : flux[row])),
      sigma: Float64Array.from(rows, (row) => (saturated[row] ? SATURATED_SIGMA : Math.hypot(xErr[row], yErr[row]) / Math.SQRT2)),
    }),
    photometric: (pairs, reference) => {
      // Stars that are extended or blended have other light in their aperture than the reference.
      const sound = pairs.filter(
        ({ row, reference: star }) =>
          !saturated[row] && !(extendedness[row] > 0) && !(blendedness[row] > 0.05) && Number.isFinite(reference.mag[star]),
      );
      // Faint light of neighbours is a small part of bright stars alone: they serve where there are enough of them.
      const bright = sound.filter(
        ({ row }) => calib[row] > BRIGHT * calibErr[row] && !(blendedness[row] > 0.01) && !(Number(blend?.[row] ?? -1) >= 0),
      );
      return bright.length >= ENOUGH_BRIGHT ? bright : sound;
    },
    toPhotometric: (pairs, { reference, colors }) => ({
      x: pairs.map(({ row }) => x[row]),
      y: pairs.map(({ row }) => y[row]),
      flux: pairs.map(({ row }) => calib[row]),
      fluxErr: pairs.map(({ row }) => calibErr[row]),
      refMag: pairs.map((pair) => reference.mag[pair.reference]),
      ...(colors ? { color: pairs.map((pair) => colors[pair.reference]) } : {}),
    }),
  };
}

/** Median of the known colours of stars [mag]; 0 where none is known. */
export function medianColor(pairs: readonly MatchedStar[], colors: Float64Array | undefined): number {
  const known = Float64Array.from(pairs, ({ reference }) => colors?.[reference] ?? Number.NaN).filter(Number.isFinite);
  return known.length === 0 ? 0 : median(known);
}

/** Mean colours by magnitude of matched stars. */
export function relationOf(pairs: readonly MatchedStar[], { mag }: ReferenceCatalogue, colors: Float64Array): ColorRelation | undefined {
  return fitColorRelation({ mag: pairs.map(({ reference }) => mag[reference]), color: pairs.map(({ reference }) => colors[reference]) });
}
