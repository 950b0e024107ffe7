import { type MatchedCatalog, rowsOfObject } from '../matched/matched-catalog.ts';
import { CLEAN_STARS, type ObjectSelection, selectObjects } from '../matched/select-objects.ts';
import { sampleDeviation } from './astrometric.ts';
import { MAS, type Measurement } from './measurement.ts';
import { separationOf } from './positions.ts';

export interface BandToBandOptions {
  readonly selection?: ObjectSelection;
  /** Band whose visits are compared with those of the reference band. */
  readonly band: string;
  /** Reference band; `r` by default. */
  readonly referenceBand?: string;
}

/**
 * AB1: agreement of positions between bands [mas].
 *
 * For every visit in the reference band and every other visit in `band`, the sample standard deviation over stars of the distance between their two positions;
 * the mean over these pairs of visits.
 * A band against itself leaves a visit's comparison with itself out.
 *
 * @returns NaN where no pair of visits shares two stars.
 * @see LPM-17 section 3.3.5.
 */
export function measureAB(catalog: MatchedCatalog, options: BandToBandOptions): Measurement {
  const { band, referenceBand = 'r' } = options;
  const everything = selectObjects(catalog, options.selection ?? CLEAN_STARS);
  const references = visitsOf(catalog, everything, referenceBand);
  const objects = selectObjects(catalog, { magRange: [17, 21.5], ...(options.selection ?? CLEAN_STARS) });
  const others = visitsOf(catalog, objects, band);
  const rowOf = Array.from(objects, (k) => {
    const rows = new Map<number, number>();
    for (const row of rowsOfObject(catalog, k)) if (!rows.has(catalog.visit[row])) rows.set(catalog.visit[row], row);
    return rows;
  });
  const scatters: number[] = [];
  for (const reference of references) {
    for (const other of others) {
      if (other === reference) continue;
      const distances: number[] = [];
      for (const rows of rowOf) {
        const a = rows.get(reference);
        const b = rows.get(other);
        if (a === undefined || b === undefined) continue;
        const distance = separationOf(catalog.ra[a], catalog.dec[a], catalog.ra[b], catalog.dec[b]);
        if (Number.isFinite(distance)) distances.push(distance);
      }
      const scatter = sampleDeviation(Float64Array.from(distances)) * MAS;
      if (Number.isFinite(scatter)) scatters.push(scatter);
    }
  }
  return {
    name: 'AB1',
    value: scatters.length === 0 ? Number.NaN : scatters.reduce((sum, scatter) => sum + scatter, 0) / scatters.length,
    unit: 'mas',
    description: `Mean scatter of positions in ${band} against ${referenceBand}.`,
    count: scatters.length,
    band,
  };
}

function visitsOf(catalog: MatchedCatalog, objects: Int32Array, band: string): number[] {
  const visits = new Set<number>();
  for (const k of objects) for (const row of rowsOfObject(catalog, k)) if (catalog.band[row] === band) visits.add(catalog.visit[row]);
  return [...visits].toSorted((a, b) => a - b);
}
