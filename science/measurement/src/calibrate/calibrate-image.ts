import { type ChromaticShift, type FieldSolution, NotSolvedError, type ReferenceCatalogue, solveField } from '@almagest/astrometry';
import type { Exposure, PhotoCalib } from '@almagest/image';
import { calibrateTable, fitZeroPoint, TooFewPhotometricStarsError, type ZeroPoint } from '@almagest/photometry';
import { findColumn, getColumn, makeColumn, type Table } from '@almagest/table';
import { computePixelArea, type SkyWcs } from '@almagest/wcs';

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

const DEG = 180 / Math.PI;
/** Stars of this signal-to-noise ratio make the zero point if there are so many. */
const BRIGHT = 100;
const ENOUGH_BRIGHT = 30;
/** Error of the place of a saturated star [pixel]: it helps to recognize the field and weighs nothing in the fit. */
const SATURATED_SIGMA = 0.5;

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
  const [x, y, flux, fluxErr, xErr, yErr] = ['x', 'y', 'psfFlux', 'psfFluxErr', 'xErr', 'yErr'].map((name) => numbers(sources, name));
  // PSF fluxes, brought to the calibration aperture, hold less of the neighbours' light than the aperture; without a correction they do not stand for it.
  const uncorrected = getColumn(sources, 'psfFlux_flag_apCorr').data;
  const corrected = sources.nrows > 0 && !uncorrected[0];
  const [calib, calibErr] = corrected ? [flux, fluxErr] : ['calibFlux', 'calibFluxErr'].map((name) => numbers(sources, name));
  const bad = ['centroid_flag', 'psfFlux_flag', 'pixelFlags_saturatedCenter', 'pixelFlags_edge'].map(
    (name) => getColumn(sources, name).data,
  );
  // A blend stands where its brightest source does: two of each would make figures of no size.
  const children = findColumn(sources, 'deblend_nChild')?.data;
  const rows = Array.from(flux.keys()).filter(
    (i) => flux[i] > minSnr * fluxErr[i] && bad.every((flags) => !flags[i]) && !(Number(children?.[i] ?? 0) > 0),
  );
  const saturated = getColumn(sources, 'pixelFlags_saturatedCenter').data;
  const aperture = numbers(sources, 'calibFlux');
  const solve = (list: readonly number[]): FieldSolution =>
    solveField(
      {
        x: Float64Array.from(list, (row) => x[row]),
        y: Float64Array.from(list, (row) => y[row]),
        flux: Float64Array.from(list, (row) => (saturated[row] ? aperture[row] : flux[row])),
        sigma: Float64Array.from(list, (row) => (saturated[row] ? SATURATED_SIGMA : Math.hypot(xErr[row], yErr[row]) / Math.SQRT2)),
      },
      reference,
      {
        width,
        height,
        order: options.wcsOrder ?? 3,
        ...(exposure.wcs ? { initialWcs: exposure.wcs } : {}),
        ...(options.pixelScale === undefined ? {} : { pixelScale: options.pixelScale }),
        ...(options.pointingError === undefined ? {} : { pointingError: options.pointingError }),
        ...(options.epoch === undefined ? {} : { epoch: options.epoch }),
        ...(options.colors ? { colors: options.colors } : {}),
      },
    );
  const good = rows.length;
  let astrometry: FieldSolution;
  try {
    astrometry = solve(rows);
  } catch (error) {
    if (!(error instanceof NotSolvedError)) throw error;
    // Where many of the brightest stars are saturated, the figures that the catalogue shows are not there without them.
    for (const i of flux.keys())
      if (saturated[i] && Number.isFinite(x[i] + y[i] + aperture[i]) && !(Number(children?.[i] ?? 0) > 0)) rows.push(i);
    if (rows.length === good) throw error;
    astrometry = solve(rows);
  }
  const { wcs, matches, used, chromatic } = astrometry;
  // Stars that are extended or blended have other light in their aperture than the reference.
  const [extendedness, blendedness] = [numbers(sources, 'extendedness'), numbers(sources, 'blendedness_abs')];
  const blend = findColumn(sources, 'deblend_parent')?.data;
  const sound = Array.from(used.keys()).filter((k) => {
    if (matches.source[k] >= good) return false;
    const row = rows[matches.source[k]];
    return used[k] === 1 && !(extendedness[row] > 0) && !(blendedness[row] > 0.05) && Number.isFinite(reference.mag[matches.reference[k]]);
  });
  // Faint light of neighbours is a small part of bright stars alone: they serve where there are enough of them.
  const bright = sound.filter((k) => {
    const row = rows[matches.source[k]];
    return calib[row] > BRIGHT * calibErr[row] && !(blendedness[row] > 0.01) && !(Number(blend?.[row] ?? -1) >= 0);
  });
  const pairs = bright.length >= ENOUGH_BRIGHT ? bright : sound;
  const zeroPoint = zeroPointOf(
    {
      x: pairs.map((k) => x[rows[matches.source[k]]]),
      y: pairs.map((k) => y[rows[matches.source[k]]]),
      flux: pairs.map((k) => calib[rows[matches.source[k]]]),
      fluxErr: pairs.map((k) => calibErr[rows[matches.source[k]]]),
      refMag: pairs.map((k) => reference.mag[matches.reference[k]]),
      ...(options.colors && options.colorTerm !== undefined ? { color: pairs.map((k) => options.colors![matches.reference[k]]) } : {}),
    },
    {
      spatialOrder: options.spatialOrder ?? 0,
      box: { x0: 0, y0: 0, width, height },
      ...(options.colorTerm === undefined ? {} : { colorTerm: options.colorTerm }),
    },
  );
  const flag = new Uint8Array(sources.nrows);
  const photometric = new Uint8Array(sources.nrows);
  used.forEach((value, k) => (flag[rows[matches.source[k]]] = value));
  pairs.forEach((k, i) => (photometric[rows[matches.source[k]]] = zeroPoint?.used[i] ?? 0));
  const colorOf = new Float64Array(sources.nrows).fill(Number.NaN);
  if (options.colors) used.forEach((value, k) => value && (colorOf[rows[matches.source[k]]] = options.colors![matches.reference[k]]));
  const placed = withSky(sources, wcs, exposure, chromatic && { chromatic, colorOf });
  const table: Table = {
    ...placed,
    columns: [
      ...placed.columns,
      makeColumn({ name: 'calib_astrometry_used', datatype: 'boolean', data: flag, description: 'In the fit of the WCS' }),
      makeColumn({ name: 'calib_photometry_used', datatype: 'boolean', data: photometric, description: 'In the fit of the zero point' }),
      makeColumn({
        name: 'calib_photometry_reserved',
        datatype: 'boolean',
        data: new Uint8Array(sources.nrows),
        description: 'Kept out of the fit of the zero point',
      }),
    ],
  };
  return {
    exposure: { ...exposure, wcs, ...(zeroPoint ? { photoCalib: zeroPoint.photoCalib } : {}) },
    wcs,
    astrometry,
    sources: zeroPoint ? calibrateTable(table, zeroPoint.photoCalib) : table,
    ...(zeroPoint ? { zeroPoint, photoCalib: zeroPoint.photoCalib } : {}),
  };
}

function numbers(table: Table, name: string): Float64Array {
  const { data } = getColumn(table, name);
  return data instanceof Float64Array ? data : Float64Array.from(data as Float32Array);
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

/** How places depend on colour, and the colour of each source, NaN where unknown. */
interface ColoredPlaces {
  readonly chromatic: ChromaticShift;
  readonly colorOf: Float64Array;
}

/** Adds positions on the sky, their errors and covariance [deg], and the area of the pixels there. */
function withSky(table: Table, wcs: SkyWcs, { maskedImage }: Exposure, colored: ColoredPlaces | undefined): Table {
  const [x, y, xErr, yErr, xyCov] = ['x', 'y', 'xErr', 'yErr', 'xyCov'].map((name) => numbers(table, name));
  const count = table.nrows;
  const ra = new Float64Array(count);
  const dec = new Float64Array(count);
  wcs.pixelToSkyArray(x, y, ra, dec);
  const [raErr, decErr, covariance, jacobian] = [0, 1, 2, 3].map(() => new Float64Array(count));
  const { width, height } = maskedImage.image;
  const middle = computePixelArea(wcs, (width - 1) / 2, (height - 1) / 2);
  const [stepX, stepY] = [neighbours(wcs, x, y, 1, 0), neighbours(wcs, x, y, 0, 1)];
  for (let i = 0; i < count; i++) {
    // Columns of the local matrix from pixels to right ascension (on the sphere) and declination.
    const cos = Math.cos(dec[i]);
    const eastX = wrap(stepX.ra[i] - ra[i]) * cos;
    const eastY = wrap(stepY.ra[i] - ra[i]) * cos;
    const northX = stepX.dec[i] - dec[i];
    const northY = stepY.dec[i] - dec[i];
    const [vx, vy, cxy] = [xErr[i] ** 2, yErr[i] ** 2, xyCov[i]];
    const east = eastX * eastX * vx + eastY * eastY * vy + 2 * eastX * eastY * cxy;
    const north = northX * northX * vx + northY * northY * vy + 2 * northX * northY * cxy;
    const both = eastX * northX * vx + eastY * northY * vy + (eastX * northY + eastY * northX) * cxy;
    // A known colour moves the place; an unknown one adds the scatter that colours bring.
    const shift = colored?.chromatic ?? NO_SHIFT;
    const color = colored?.colorOf[i] ?? Number.NaN;
    const spread = Number.isNaN(color) ? shift.colorScatter : 0;
    const excess = Number.isNaN(color) ? 0 : color - shift.referenceColor;
    raErr[i] = Math.sqrt(east + (shift.east * spread) ** 2) * DEG;
    decErr[i] = Math.sqrt(north + (shift.north * spread) ** 2) * DEG;
    covariance[i] = (both + shift.east * shift.north * spread * spread) * DEG * DEG;
    jacobian[i] = Math.abs(eastX * northY - eastY * northX) / middle;
    ra[i] = (ra[i] - (shift.east * excess) / cos) * DEG;
    dec[i] = (dec[i] - shift.north * excess) * DEG;
  }
  const column = (name: string, data: Float64Array, unit: string, description: string): Table['columns'][number] =>
    makeColumn({ name, datatype: 'float64', data, unit, description });
  return {
    ...table,
    columns: [
      column('ra', ra, 'deg', 'Right ascension, ICRS'),
      column('dec', dec, 'deg', 'Declination, ICRS'),
      column('coord_ra', ra.slice(), 'deg', 'Right ascension, ICRS'),
      column('coord_dec', dec.slice(), 'deg', 'Declination, ICRS'),
      column('raErr', raErr, 'deg', 'Standard error along right ascension, on the sphere'),
      column('decErr', decErr, 'deg', 'Standard error of the declination'),
      column('ra_dec_Cov', covariance, 'deg**2', 'Covariance of the two'),
      ...table.columns,
      column('jacobian_value', jacobian, '', 'Area of a pixel here over that in the middle of the image'),
    ],
  };
}

const NO_SHIFT = { east: 0, north: 0, colorScatter: 0, referenceColor: 0 };

function neighbours(wcs: SkyWcs, x: Float64Array, y: Float64Array, dx: number, dy: number): { ra: Float64Array; dec: Float64Array } {
  const out = { ra: new Float64Array(x.length), dec: new Float64Array(x.length) };
  wcs.pixelToSkyArray(
    x.map((v) => v + dx),
    y.map((v) => v + dy),
    out.ra,
    out.dec,
  );
  return out;
}

function wrap(angle: number): number {
  return angle > Math.PI ? angle - 2 * Math.PI : angle < -Math.PI ? angle + 2 * Math.PI : angle;
}
