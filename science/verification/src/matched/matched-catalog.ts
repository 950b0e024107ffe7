import { MetricInputError } from '../errors.ts';

/** Rows of measurements, in any order; one row is one object in one visit. Plain columns of one length. */
export interface MatchedRows {
  /** Identity of the object. */
  readonly object: readonly (bigint | number | string)[] | BigInt64Array | Float64Array | Int32Array;
  readonly visit: readonly (bigint | number | string)[] | BigInt64Array | Float64Array | Int32Array;
  /** Band of the row, such as `r`. */
  readonly band: readonly string[];
  /** ICRS [rad]. */
  readonly ra: Float64Array;
  /** ICRS [rad]. */
  readonly dec: Float64Array;
  /** PSF magnitude [mag]. */
  readonly mag: Float64Array;
  /** Signal to noise of the PSF flux. */
  readonly snr: Float64Array;
  /** 0 for a point source, 1 for an extended one, NaN where unknown; all zero by default. */
  readonly extendedness?: Float64Array;
  /** Non-zero where a pixel was saturated, bad, on the edge, or hit by a cosmic ray; none by default. */
  readonly pixelFlags?: Uint8Array;
  /** Zero for what is not a primary detection; all primary by default. */
  readonly primary?: Uint8Array;
  /** Distortions (Ixx - Iyy) / (Ixx + Iyy) and 2 Ixy / (Ixx + Iyy) of the source and of the PSF model there. */
  readonly e1?: Float64Array;
  readonly e2?: Float64Array;
  readonly psfE1?: Float64Array;
  readonly psfE2?: Float64Array;
}

/** Measurements grouped by object: rows `order[starts[k]]` to `order[starts[k + 1] - 1]` are those of object k, in order of the input. */
export interface MatchedCatalog extends Omit<MatchedRows, 'visit' | 'object'> {
  readonly nrows: number;
  /** Number of the visit of every row, 0 to `visitNames.length - 1`, ascending with the visit. */
  readonly visit: Int32Array;
  readonly visitNames: readonly string[];
  readonly objectNames: readonly string[];
  readonly starts: Int32Array;
  readonly order: Int32Array;
}

const COLUMNS = [
  'visit',
  'band',
  'ra',
  'dec',
  'mag',
  'snr',
  'extendedness',
  'pixelFlags',
  'primary',
  'e1',
  'e2',
  'psfE1',
  'psfE2',
] as const;

/**
 * Groups rows by object.
 *
 * Objects and visits come in ascending order of their identity (numbers by value, else by text). Shares the columns of its input.
 *
 * @throws {MetricInputError} if columns differ in length.
 */
export function groupByObject(rows: MatchedRows): MatchedCatalog {
  const nrows = rows.object.length;
  for (const name of COLUMNS) {
    const found = rows[name]?.length;
    if (found !== undefined && found !== nrows)
      throw new MetricInputError(`column "${name}" must have ${nrows} rows like "object"; found ${found}`, {
        details: { column: name, found: String(found) },
      });
  }
  const objects = numberDistinct(rows.object);
  const visits = numberDistinct(rows.visit);
  const starts = new Int32Array(objects.names.length + 1);
  for (const k of objects.indices) starts[k + 1]++;
  for (let k = 0; k < objects.names.length; k++) starts[k + 1] += starts[k];
  const next = starts.slice();
  const order = new Int32Array(nrows);
  for (let row = 0; row < nrows; row++) order[next[objects.indices[row]]++] = row;
  return { ...rows, nrows, visit: visits.indices, visitNames: visits.names, objectNames: objects.names, starts, order };
}

function numberDistinct(values: MatchedRows['object']): { indices: Int32Array; names: string[] } {
  const distinct = [...new Set<bigint | number | string>(values)];
  distinct.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const numbers = new Map(distinct.map((value, k) => [value, k]));
  const indices = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) indices[i] = numbers.get(values[i]) ?? -1;
  return { indices, names: distinct.map(String) };
}

/** Rows of object k, in order of the input; a view. */
export function rowsOfObject(catalog: MatchedCatalog, k: number): Int32Array {
  return catalog.order.subarray(catalog.starts[k], catalog.starts[k + 1]);
}

/** The same catalogue with the rows of one band only; shares its columns, and objects without a row there stay, empty. */
export function restrictToBand(catalog: MatchedCatalog, band: string): MatchedCatalog {
  const order = catalog.order.filter((row) => catalog.band[row] === band);
  const starts = new Int32Array(catalog.starts.length);
  for (let k = 0, kept = 0; k < catalog.objectNames.length; k++) {
    for (const row of rowsOfObject(catalog, k)) if (catalog.band[row] === band) kept++;
    starts[k + 1] = kept;
  }
  return { ...catalog, order, starts };
}
