import { median, quantile } from '@almagest/numerics';
import { unitColumn } from '@almagest/sphere';
import { type MatchedCatalog, rowsOfObject } from '../matched/matched-catalog.ts';
import { CLEAN_STARS, type ObjectSelection, selectObjects } from '../matched/select-objects.ts';
import { histogramOf, MAS, type Measurement } from './measurement.ts';
import { meanPositions, separationOf, visitPairs } from './positions.ts';

export interface PairOptions {
  readonly selection?: ObjectSelection;
  /** Distance of the pairs [arcmin]: 5, 20 or 200 for AM1, AM2, AM3. */
  readonly radiusArcmin: number;
  /** Width of the annulus [arcmin]; 2 by default. */
  readonly widthArcmin?: number;
}

/** Magnitudes whose stars are paired. */
const MAG_RANGE: readonly [number, number] = [17, 21.5];

const RADII = [5, 20, 200] as const;

/** Name of an astrometric metric of the family at a radius: AM1 at 5, AM2 at 20, AM3 at 200 arcmin; else with the radius. */
function nameOf(family: 'AM' | 'AD' | 'AF', radiusArcmin: number): string {
  const at = RADII.findIndex((radius) => radius === radiusArcmin);
  return at < 0 ? `${family}(${radiusArcmin} arcmin)` : `${family}${at + 1}`;
}

/** For every pair of stars in the annulus, its separations [rad] in the visits that hold both. */
function pairSeparations(catalog: MatchedCatalog, options: PairOptions): Float64Array[] {
  const objects = selectObjects(catalog, { magRange: MAG_RANGE, ...(options.selection ?? CLEAN_STARS) });
  const { ra, dec } = meanPositions(catalog, objects);
  const half = (options.widthArcmin ?? 2) / 2;
  const low = (((options.radiusArcmin - half) / 60) * Math.PI) / 180;
  const high = (((options.radiusArcmin + half) / 60) * Math.PI) / 180;
  const byDec = Int32Array.from(objects.keys()).toSorted((a, b) => dec[a] - dec[b]);
  const rows = Array.from(objects, (k) => rowsOfObject(catalog, k).toSorted((a, b) => catalog.visit[a] - catalog.visit[b]));
  const units = unitColumn({ lon: ra, lat: dec });
  // A squared chord of an angle a is 4 sin^2(a / 2); the margin leaves the decision at the edges to the separation itself.
  const [near, far] = [4 * Math.sin(low / 2) ** 2 * (1 - 1e-9), 4 * Math.sin(high / 2) ** 2 * (1 + 1e-9)];
  const out: Float64Array[] = [];
  for (let p = 0; p < byDec.length; p++) {
    for (let q = p + 1; q < byDec.length && dec[byDec[q]] - dec[byDec[p]] < high * (1 + 1e-9); q++) {
      const a = Math.min(byDec[p], byDec[q]);
      const b = Math.max(byDec[p], byDec[q]);
      const chord2 =
        (units[3 * a] - units[3 * b]) ** 2 + (units[3 * a + 1] - units[3 * b + 1]) ** 2 + (units[3 * a + 2] - units[3 * b + 2]) ** 2;
      if (chord2 < near || chord2 > far) continue;
      const distance = separationOf(ra[a], dec[a], ra[b], dec[b]);
      if (distance < low || distance >= high) continue;
      const separations = visitPairs(catalog, rows[a], rows[b]);
      if (separations.length > 0) out.push(separations);
    }
  }
  return out;
}

/**
 * AM1, AM2, AM3: relative astrometric repeatability [mas].
 *
 * The median over pairs of stars in an annulus of the sample standard deviation of their separation over the visits that hold both; a pair needs two visits.
 *
 * @see LPM-17 section 3.3.5; `kpm.golden.test.ts` reproduces the value and the histogram of the field's calculator.
 */
export function measureAM(catalog: MatchedCatalog, options: PairOptions): Measurement {
  const rms = Float64Array.from(pairSeparations(catalog, options).map(sampleDeviation).filter(Number.isFinite), (rad) => rad * MAS);
  return {
    name: nameOf('AM', options.radiusArcmin),
    value: median(rms),
    unit: 'mas',
    description: `Median scatter of separations of stars ${options.radiusArcmin} arcmin apart.`,
    count: rms.length,
    histogram: histogramOf(rms, { low: 0, high: 30, bins: 200 }),
  };
}

/** Absolute deviations [mas] of separations from the median of their pair, relative to the median of these deviations; pairs with three visits. */
function deviations(catalog: MatchedCatalog, options: PairOptions): Float64Array {
  const all: number[] = [];
  for (const separations of pairSeparations(catalog, options)) {
    if (separations.length < 3) continue;
    const real = separations.filter((separation) => separation > 0);
    const middle = median(real);
    for (const separation of real) all.push(Math.abs(separation - middle));
  }
  const middle = median(all);
  return all.length > 1 ? Float64Array.from(all, (value) => (value - middle) * MAS) : new Float64Array();
}

/**
 * AD1, AD2, AD3: deviation of separations that a given share exceeds [mas].
 *
 * Deviations are taken from the median of their pair and then relative to the median deviation, with sign, as the field computes it.
 *
 * @param options.outlierPercent - Share beyond [%]; 10 by default.
 */
export function measureAD(catalog: MatchedCatalog, options: PairOptions & { readonly outlierPercent?: number }): Measurement {
  const values = deviations(catalog, options);
  const percent = options.outlierPercent ?? 10;
  return {
    name: nameOf('AD', options.radiusArcmin),
    value: quantile(values, (100 - percent) / 100),
    unit: 'mas',
    description: `Deviation that ${percent} % of separations of stars ${options.radiusArcmin} arcmin apart exceed.`,
    count: values.length,
  };
}

/**
 * AF1, AF2, AF3: share of separations that deviate by more than a limit [%].
 *
 * @param options.limitMas - Limit [mas]; 20 by default, 30 at 200 arcmin.
 */
export function measureAF(catalog: MatchedCatalog, options: PairOptions & { readonly limitMas?: number }): Measurement {
  const values = deviations(catalog, options);
  const limit = options.limitMas ?? (options.radiusArcmin === 200 ? 30 : 20);
  const beyond = values.reduce((n, value) => n + (Math.abs(value) > limit ? 1 : 0), 0);
  return {
    name: nameOf('AF', options.radiusArcmin),
    value: (100 * beyond) / values.length,
    unit: '%',
    description: `Share of separations of stars ${options.radiusArcmin} arcmin apart that deviate by over ${limit} mas.`,
    count: values.length,
  };
}

/** Sample standard deviation; NaN for fewer than two values. */
export function sampleDeviation(values: Float64Array): number {
  if (values.length < 2) return Number.NaN;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
