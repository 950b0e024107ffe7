import { buildKdTree, type KdTree, visitWithin } from '@almagest/numerics';
import { BadAstrometryInputError } from '../errors.ts';

/** Columns of a reference catalogue, in ICRS. */
export interface ReferenceColumns {
  /** [rad] */
  readonly ra: Float64Array;
  readonly dec: Float64Array;
  /** Any magnitude in which smaller is brighter; only the order matters to matching. */
  readonly mag: Float64Array;
  /** Proper motion in right ascension times cos(dec) [rad/yr]; NaN where unknown. */
  readonly pmRaCosDec?: Float64Array;
  /** [rad/yr] */
  readonly pmDec?: Float64Array;
  /** [rad]; NaN where unknown. */
  readonly parallax?: Float64Array;
  /** [km/s]; NaN where unknown. */
  readonly radialVelocity?: Float64Array;
  /** Standard error of each coordinate at the catalogue's epoch [rad]; 0 where absent. */
  readonly sigma?: Float64Array;
  /** Identifiers, passed through. */
  readonly id?: BigInt64Array;
}

/** A reference catalogue in memory, indexed for cone searches. */
export interface ReferenceCatalogue extends ReferenceColumns {
  readonly count: number;
  /** Epoch of the positions [Julian year, TDB]. */
  readonly epoch: number;
  /** Tree over unit vectors. */
  readonly tree: KdTree;
}

/**
 * Indexes reference stars in memory.
 *
 * @param columns - Adopted, not copied.
 * @param epoch - Epoch of the positions [Julian year].
 * @throws {BadAstrometryInputError} when the columns' lengths differ.
 */
export function createReferenceCatalogue(columns: ReferenceColumns, epoch = 2016): ReferenceCatalogue {
  const count = columns.ra.length;
  for (const [name, column] of Object.entries(columns) as [string, { length: number } | undefined][])
    if (column && column.length !== count)
      throw new BadAstrometryInputError(`column ${name} has ${column.length} rows; ra has ${count}`, { details: { argument: name } });
  return { ...columns, count, epoch, tree: buildKdTree(toVectors(columns.ra, columns.dec), 3) };
}

/** Unit vectors, interleaved. */
export function toVectors(ra: ArrayLike<number>, dec: ArrayLike<number>): Float64Array {
  const out = new Float64Array(3 * ra.length);
  for (let i = 0; i < ra.length; i++) {
    const c = Math.cos(dec[i]);
    out[3 * i] = c * Math.cos(ra[i]);
    out[3 * i + 1] = c * Math.sin(ra[i]);
    out[3 * i + 2] = Math.sin(dec[i]);
  }
  return out;
}

/** Rows within `radius` [rad] of a position, brightest first; rows without a magnitude last. */
export function findInCone(catalogue: Pick<ReferenceCatalogue, 'tree' | 'mag'>, ra: number, dec: number, radius: number): number[] {
  const rows: number[] = [];
  const chord = radius >= Math.PI ? 2 : 2 * Math.sin(radius / 2);
  visitWithin(catalogue.tree, toVectors([ra], [dec]), chord, (row) => rows.push(row));
  return sortByBrightness(rows, catalogue.mag);
}

/** Rows by rising magnitude, ties by row; NaN last. */
export function sortByBrightness(rows: readonly number[], mag: Float64Array): number[] {
  const keys = Float64Array.from(rows, (row) => (Number.isNaN(mag[row]) ? Number.POSITIVE_INFINITY : mag[row]));
  const order = Uint32Array.from(rows.keys()).toSorted((a, b) => keys[a] - keys[b] || rows[a] - rows[b]);
  return Array.from(order, (k) => rows[k]);
}
