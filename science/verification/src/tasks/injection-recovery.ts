import { calibrationAt, type Exposure, njyOfMagnitude, type PhotoCalib } from '@almagest/image';
import { CALIBRATION_RADIUS, characterizeImage, type CharacterizeOptions } from '@almagest/measurement';
import { createRandom, median } from '@almagest/numerics';
import { type InjectedSource, injectSources, type InjectionTruth } from '@almagest/simulation';
import { columnFromCells, getColumn, makeTable, type Table } from '@almagest/table';
import { MetricOptionError } from '../errors.ts';
import type { Measurement } from '../kpm/measurement.ts';
import { numbers } from '../matched/read-matched-table.ts';
import { type CatalogColumns, compareToTruth, type TruthComparison } from '../truth/compare-to-truth.ts';
import { measurementsOfTruth } from '../truth/measurements.ts';
import { type BinnedFraction, binFractions, halfFoundAt } from '../truth/robust-summary.ts';

export interface InjectionRecoveryOptions extends CharacterizeOptions {
  /** Distance of the stars [pixel]; each stands in a cell of this size, within its inner half. */
  readonly spacingPixels: number;
  /** Range of AB magnitudes, drawn evenly. */
  readonly magRange: readonly [bright: number, faint: number];
  readonly radiusArcsec: number;
  /** Largest difference of magnitudes of a match, so that what was there before is not taken for a star put in. */
  readonly magTolerance: number;
  readonly seed: number;
}

export interface InjectionRecovery {
  readonly comparison: TruthComparison;
  /** Completeness by true signal to noise (true flux over the median error of faint sources). */
  readonly completenessBySnr: readonly BinnedFraction[];
  readonly measurements: readonly Measurement[];
  /** One row for each star that fell on the image: where, how bright, found or not. */
  readonly table: Table;
}

/**
 * Puts stars into a calibrated exposure, measures it again, and compares.
 *
 * Purity is left out, as the sources of the image itself are in the catalogue too.
 *
 * @param exposure - With PSF, WCS and photometric calibration. Not modified.
 * @throws {InjectionError} if the exposure lacks one of these; {MetricOptionError} if the stars do not fit into the image.
 */
export function recoverInjected(exposure: Exposure, options: InjectionRecoveryOptions): InjectionRecovery {
  const sources = starsOn(exposure, options);
  // Injection spreads a flux over the whole PSF, calibration takes it inside an aperture: what lies beyond is put in on top.
  const excess = 2.5 * Math.log10(calibratedFraction(exposure));
  const brighter = sources.map((source) => ({ ...source, magnitude: source.magnitude + excess }));
  const injected = injectSources(withOwnPlanes(exposure), brighter, { seed: String(options.seed) });
  const truth = injected.truth
    .filter(({ skipped, drawnFraction }) => skipped === null && drawnFraction > 0.5)
    .map((row) => ({ ...row, magnitude: row.magnitude - excess }));
  const measured = characterizeImage(injected.exposure, options).sources;
  const catalog = catalogOf(measured, injected.exposure);
  const comparison = compareToTruth(
    catalog,
    {
      ra: Float64Array.from(truth, ({ ra }) => ra),
      dec: Float64Array.from(truth, ({ dec }) => dec),
      mag: Float64Array.from(truth, ({ magnitude }) => magnitude),
    },
    { radiusArcsec: options.radiusArcsec, magTolerance: options.magTolerance },
  );
  const found = new Uint8Array(truth.length);
  for (const row of comparison.matches.truth) found[row] = 1;
  const noise = faintNoise(catalog);
  const snr = Float64Array.from(truth, ({ magnitude }) => njyOfMagnitude(magnitude) / noise);
  const completenessBySnr = binFractions(
    snr,
    found,
    Array.from({ length: 41 }, (_, i) => i / 2),
  );
  const measurements: Measurement[] = [
    ...measurementsOfTruth(comparison, exposure.filter?.band).filter(({ name }) => name !== 'purity'),
    {
      name: 'completeness50Snr',
      // Brighter stars are missed for other reasons, such as neighbours, and say nothing of the threshold.
      value: halfFoundAt(
        snr.map((value) => (value < FAINT_SNR ? value : Number.NaN)),
        found,
      ),
      unit: '',
      description: 'True signal to noise at which half of the stars put in are found.',
      count: snr.filter((value) => value < FAINT_SNR).length,
    },
  ];
  return { comparison, completenessBySnr, measurements, table: tableOf(truth, found) };
}

/** Signal to noise below which the threshold decides what is found. */
const FAINT_SNR = 12;

/** Stars on a grid, moved at random inside their cells. */
function starsOn(exposure: Exposure, { spacingPixels, magRange, seed }: InjectionRecoveryOptions): InjectedSource[] {
  const { width, height, x0, y0 } = exposure.maskedImage.image;
  const [columns, rows] = [Math.floor(width / spacingPixels), Math.floor(height / spacingPixels)];
  if (!(columns * rows > 0))
    throw new MetricOptionError(
      `stars must stand closer than the image is wide (${width} x ${height} pixels); found ${spacingPixels} pixels`,
      {
        details: { argument: 'spacingPixels', found: String(spacingPixels) },
      },
    );
  const random = createRandom(seed);
  return Array.from({ length: columns * rows }, (_, id) => {
    const x = x0 + ((id % columns) + 0.25 + 0.5 * random.uniform()) * spacingPixels;
    const y = y0 + (Math.floor(id / columns) + 0.25 + 0.5 * random.uniform()) * spacingPixels;
    const { ra, dec } = exposure.wcs?.pixelToSky(x, y) ?? { ra: Number.NaN, dec: Number.NaN };
    return { id, ra, dec, magnitude: magRange[0] + (magRange[1] - magRange[0]) * random.uniform() };
  });
}

/** Part of the PSF's flux inside the aperture that calibration rests on, in the middle of the image; 1 without a PSF. */
function calibratedFraction({ psf, maskedImage: { image } }: Exposure): number {
  const [x, y] = [image.x0 + (image.width - 1) / 2, image.y0 + (image.height - 1) / 2];
  const stamp = psf?.computeImage(x, y);
  if (!stamp) return 1;
  let [inside, all] = [0, 0];
  for (let j = 0; j < stamp.height; j++)
    for (let i = 0; i < stamp.width; i++) {
      const value = stamp.data[j * stamp.stride + i];
      all += value;
      if (Math.hypot(stamp.x0 + i - x, stamp.y0 + j - y) <= CALIBRATION_RADIUS) inside += value;
    }
  return inside / all;
}

/** The exposure with planes of its own, as injection changes them in place. */
function withOwnPlanes(exposure: Exposure): Exposure {
  const { image, mask, variance } = exposure.maskedImage;
  const maskedImage = {
    ...exposure.maskedImage,
    image: { ...image, data: image.data.slice() },
    mask: { ...mask, data: mask.data.slice() },
    variance: { ...variance, data: variance.data.slice() },
  };
  return { ...exposure, maskedImage };
}

/** Measured sources on the sky and in nanojansky. */
function catalogOf(sources: Table, { wcs, photoCalib }: Exposure): CatalogColumns {
  const [x, y] = [numbers(getColumn(sources, 'x')), numbers(getColumn(sources, 'y'))];
  const [ra, dec] = [new Float64Array(x.length), new Float64Array(x.length)];
  wcs?.pixelToSkyArray(x, y, ra, dec);
  const calibrated = (name: string): Float64Array =>
    numbers(getColumn(sources, name)).map((value, i) => value * calibrationAt(photoCalib as PhotoCalib, x[i], y[i]));
  return { ra, dec, flux: calibrated('psfFlux'), fluxErr: calibrated('psfFluxErr') };
}

/** Median error of the sources of signal to noise below 20 [nJy], where the sky dominates; of all where there are none. */
function faintNoise({ flux, fluxErr = new Float64Array() }: CatalogColumns): number {
  const faint = fluxErr.filter((error, i) => flux[i] < 20 * error);
  return median(faint.length > 0 ? faint : fluxErr);
}

function tableOf(truth: readonly InjectionTruth[], found: Uint8Array): Table {
  const deg = 180 / Math.PI;
  const float = (name: string, unit: string, cell: (row: InjectionTruth) => number): Table['columns'][number] =>
    columnFromCells({ name, datatype: 'float64', unit }, truth.map(cell));
  return makeTable(
    [
      columnFromCells(
        { name: 'id', datatype: 'int32' },
        truth.map(({ id }) => id),
      ),
      float('ra', 'deg', ({ ra }) => ra * deg),
      float('dec', 'deg', ({ dec }) => dec * deg),
      float('x', 'pixel', ({ x }) => x),
      float('y', 'pixel', ({ y }) => y),
      float('mag', 'mag', ({ magnitude }) => magnitude),
      columnFromCells(
        { name: 'found', datatype: 'boolean' },
        Array.from(found, (flag) => flag === 1),
      ),
    ],
    { description: 'Stars that were put in, and whether they were found.' },
  );
}
