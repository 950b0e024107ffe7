import { magnitudeOfNjy, njyOfMagnitude } from '@almagest/image';
import { MetricOptionError } from '../errors.ts';
import { MAS } from '../kpm/measurement.ts';
import { allPairs, matchOneToOne } from './match-one-to-one.ts';
import { type BinnedFraction, binFractions, crossing, edgesFor, type RobustSummary, summarize } from './robust-summary.ts';

/** A measured catalogue as columns of one length. */
export interface CatalogColumns {
  /** ICRS [rad]. */
  readonly ra: Float64Array;
  /** ICRS [rad]. */
  readonly dec: Float64Array;
  /** Point-source flux [nJy]; NaN where there is none. */
  readonly flux: Float64Array;
  /** Standard error of the flux [nJy]; without it there are no flux pulls. */
  readonly fluxErr?: Float64Array;
  /** Standard error of the right ascension times cos(dec) [rad]; without it there are no position pulls. */
  readonly raErr?: Float64Array;
  /** Standard error of the declination [rad]. */
  readonly decErr?: Float64Array;
  /** Zero for rows that are left out of everything, such as flagged ones; all are in by default. */
  readonly usable?: Uint8Array;
  /** Zero for rows whose fluxes and positions are not compared, such as saturated ones; they still count as found. */
  readonly comparable?: Uint8Array;
}

/** What is truly there, as columns of one length. */
export interface TruthColumns {
  /** ICRS at the epoch of the catalogue [rad]. */
  readonly ra: Float64Array;
  /** ICRS at the epoch of the catalogue [rad]. */
  readonly dec: Float64Array;
  /** AB magnitude in the band. */
  readonly mag: Float64Array;
  /** Non-zero for sources whose fluxes and positions are compared, such as stars; all by default. Completeness and purity use every row. */
  readonly comparable?: Uint8Array;
}

export interface TruthOptions {
  /** Largest distance of a match [arcsec], above 0, at most 60. */
  readonly radiusArcsec: number;
  /** Largest difference of magnitudes of a match; any by default. Set it where the truth is much deeper than the catalogue. */
  readonly magTolerance?: number;
  /** Width of the magnitude bins; 0.5 by default. */
  readonly binMag?: number;
  /** True sources with another one within this distance [arcsec], of at least a hundredth of their flux, are left out of bias, scatter and pulls; 0 (none) by default. */
  readonly isolationArcsec?: number;
}

/** Accuracy of what was matched, of all magnitudes or of one bin. */
export interface TruthAccuracy {
  /** Measured minus true right ascension times cos(dec), and declination [mas]. */
  readonly raMas: RobustSummary;
  readonly decMas: RobustSummary;
  /** Measured over true flux, less one. */
  readonly flux: RobustSummary;
  /** Measured minus true magnitude [mmag]. */
  readonly magMmag: RobustSummary;
  /** Differences over their standard errors; of count 0 where the catalogue has no errors. */
  readonly pulls: { readonly ra: RobustSummary; readonly dec: RobustSummary; readonly flux: RobustSummary };
}

export interface TruthComparison {
  /** Rows that belong together, and their distance [rad], in ascending row of the catalogue. */
  readonly matches: { readonly catalog: Int32Array; readonly truth: Int32Array; readonly separation: Float64Array };
  /** Share of true sources found. */
  readonly completeness: number;
  /** The same by true magnitude. */
  readonly completenessByMag: readonly BinnedFraction[];
  /** Magnitude at which the completeness falls through a half; NaN where it does not. */
  readonly completeness50Mag: number;
  /** Share of catalogue rows that are true sources. */
  readonly purity: number;
  /** The same by measured magnitude; rows without a positive flux are in no bin. */
  readonly purityByMag: readonly BinnedFraction[];
  readonly accuracy: TruthAccuracy;
  /** By true magnitude, in the bins of the completeness. */
  readonly accuracyByMag: readonly (TruthAccuracy & { readonly low: number; readonly high: number })[];
}

/**
 * Compares a catalogue with the truth: completeness, purity, bias, scatter and pulls.
 *
 * Rows are matched on the sky, nearest first, each used once.
 * Rows without a finite position match nothing; pulls need errors above zero.
 *
 * @param catalog - One image or coadd; for several exposures compare each with its own truth.
 * @param truth - True sources inside the image; sources off it count as missed.
 * @throws {MetricOptionError} if the radius, bin width or a tolerance is out of range.
 * @throws {SphereShapeError} if columns differ in length.
 * @remarks `compare-to-truth.recovery.test.ts` recovers planted bias, scatter, completeness and purity.
 */
export function compareToTruth(catalog: CatalogColumns, truth: TruthColumns, options: TruthOptions): TruthComparison {
  const { radiusArcsec, binMag = 0.5, magTolerance } = options;
  if (!(binMag > 0))
    throw new MetricOptionError(`bins must be wider than 0 mag; found ${binMag}`, {
      details: { argument: 'binMag', found: String(binMag) },
    });
  const usable = Int32Array.from(catalog.ra.keys()).filter((row) => catalog.usable?.[row] !== 0);
  const mags = catalog.flux.map(magnitudeOfNjy);
  const matches = matchOneToOne(
    { lon: pick(catalog.ra, usable), lat: pick(catalog.dec, usable) },
    { lon: truth.ra, lat: truth.dec },
    {
      radiusArcsec,
      ...(magTolerance === undefined ? {} : { accept: (a: number, b: number) => Math.abs(mags[usable[a]] - truth.mag[b]) <= magTolerance }),
    },
  );
  const found = new Uint8Array(truth.ra.length);
  for (const row of matches.b) found[row] = 1;
  const real = new Uint8Array(usable.length);
  for (const row of matches.a) real[row] = 1;
  const edges = edgesFor(truth.mag, binMag);
  const measured = pick(mags, usable);
  const completenessByMag = binFractions(truth.mag, found, edges);
  const alone = isolated(truth, options.isolationArcsec ?? 0);
  const rows = matches.a.map((row) => usable[row]);
  const compared = Int32Array.from(rows.keys()).filter(
    (k) => alone[matches.b[k]] === 1 && truth.comparable?.[matches.b[k]] !== 0 && catalog.comparable?.[rows[k]] !== 0,
  );
  const residuals = residualsOf(catalog, truth, pick(rows, compared), pick(matches.b, compared));
  return {
    matches: { catalog: rows, truth: matches.b, separation: matches.separation },
    completeness: matches.b.length / truth.ra.length,
    completenessByMag,
    completeness50Mag: crossing(completenessByMag, 0.5),
    purity: matches.a.length / usable.length,
    purityByMag: binFractions(measured, real, edgesFor(measured, binMag)),
    accuracy: accuracyOf(residuals, () => true),
    accuracyByMag: completenessByMag.map(({ low, high }) => ({
      low,
      high,
      ...accuracyOf(residuals, (k) => residuals.mag[k] >= low && residuals.mag[k] < high),
    })),
  };
}

function pick<A extends Float64Array | Int32Array>(values: A, rows: Int32Array): A {
  const out = new (values.constructor as new (length: number) => A)(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = values[rows[i]];
  return out;
}

/** 1 for true sources without a rival of a hundredth of their flux within the distance. */
function isolated(truth: TruthColumns, isolationArcsec: number): Uint8Array {
  const alone = new Uint8Array(truth.ra.length).fill(1);
  if (isolationArcsec === 0) return alone;
  const sky = { lon: truth.ra, lat: truth.dec };
  const pairs = allPairs(sky, sky, isolationArcsec);
  for (let i = 0; i < pairs.a.length; i++)
    if (pairs.a[i] !== pairs.b[i] && truth.mag[pairs.b[i]] < truth.mag[pairs.a[i]] + 5) alone[pairs.a[i]] = 0;
  return alone;
}

type Residuals = Readonly<Record<'mag' | 'raMas' | 'decMas' | 'flux' | 'magMmag' | 'pullRa' | 'pullDec' | 'pullFlux', Float64Array>>;

function residualsOf(catalog: CatalogColumns, truth: TruthColumns, rows: Int32Array, truths: Int32Array): Residuals {
  const n = rows.length;
  const by = (value: (row: number, of: number) => number): Float64Array =>
    Float64Array.from({ length: n }, (_, k) => value(rows[k], truths[k]));
  const over = (difference: Float64Array, errors: Float64Array | undefined): Float64Array =>
    difference.map((value, k) => (errors && errors[rows[k]] > 0 ? value / errors[rows[k]] : Number.NaN));
  const east = by((row, of) => wrap(catalog.ra[row] - truth.ra[of]) * Math.cos(truth.dec[of]));
  const north = by((row, of) => catalog.dec[row] - truth.dec[of]);
  const excess = by((row, of) => catalog.flux[row] - njyOfMagnitude(truth.mag[of]));
  return {
    mag: by((_, of) => truth.mag[of]),
    raMas: east.map((value) => value * MAS),
    decMas: north.map((value) => value * MAS),
    flux: excess.map((value, k) => value / njyOfMagnitude(truth.mag[truths[k]])),
    magMmag: by((row, of) => 1000 * (magnitudeOfNjy(catalog.flux[row]) - truth.mag[of])),
    pullRa: over(east, catalog.raErr),
    pullDec: over(north, catalog.decErr),
    pullFlux: over(excess, catalog.fluxErr),
  };
}

function wrap(angle: number): number {
  return angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
}

function accuracyOf(residuals: Residuals, keeps: (k: number) => boolean): TruthAccuracy {
  const of = (name: keyof Residuals): RobustSummary => summarize(residuals[name].filter((_, k) => keeps(k)));
  return {
    raMas: of('raMas'),
    decMas: of('decMas'),
    flux: of('flux'),
    magMmag: of('magMmag'),
    pulls: { ra: of('pullRa'), dec: of('pullDec'), flux: of('pullFlux') },
  };
}
