import type { DataId } from '../task/context.ts';

export type DimensionValue = string | number;

/** Data IDs as columns: `columns[i][row]` is the value of `dimensions[i]`. */
export interface DataIdColumns {
  readonly dimensions: readonly string[];
  readonly columns: readonly ArrayLike<DimensionValue>[];
  readonly length: number;
}

/** Existing datasets as columns. */
export interface DatasetColumns extends DataIdColumns {
  /** UUIDs. */
  readonly ids: ArrayLike<string>;
  readonly runs: ArrayLike<string>;
  /** What a worker needs to read the file without the registry; plain JSON data, opaque here. */
  readonly locations?: ArrayLike<unknown>;
}

export interface DataIdQuery {
  /** Expression of the user, in the butler's language; empty for everything. */
  readonly where: string;
  /** Dataset types of `collections` that must exist for a data ID; a source may ignore them at the cost of more rows. */
  readonly having: readonly string[];
  readonly collections: readonly string[];
  /**
   * Dimensions of the whole pipeline. Where the expression speaks of dimensions that the answer does not have, the source may join
   * through these: an exposure has no region, but its visit has.
   */
  readonly bridges?: readonly string[];
}

/** What the graph builder asks of a repository. The butler answers it with SQL; {@link memorySource} from tables in memory. */
export interface GraphSource {
  /** Dimensions that identify a data ID of these dimensions, and those that follow from them (`visit` implies `band`). */
  readonly expandDimensions: (dimensions: readonly string[]) => {
    readonly required: readonly string[];
    readonly implied: readonly string[];
  };
  /** Distinct data IDs over these dimensions, required and implied columns, joined by the universe's relations and by overlap on the sky. */
  readonly dataIds: (dimensions: readonly string[], query: DataIdQuery) => Promise<DataIdColumns>;
  /** Datasets of one type, the first of each data ID in the order of the collections; required columns at least. */
  readonly datasets: (datasetType: string, query: Pick<DataIdQuery, 'where' | 'collections'>) => Promise<DatasetColumns>;
  /**
   * Validity-ranged datasets for given data IDs, which hold the dimensions of a quantum with implied ones.
   * Dimensions that the type has beyond those are left open, so that one data ID may have several.
   * `rows[i]` is the row of the result for data ID `members[i]` (without `members`, for data ID i), or -1.
   */
  readonly calibrations: (
    datasetType: string,
    dataIds: DataIdColumns,
    collections: readonly string[],
  ) => Promise<DatasetColumns & { readonly rows: Int32Array; readonly members?: Int32Array }>;
  readonly datasetType: (name: string) => Promise<{ readonly dimensions: readonly string[]; readonly storageClass: string } | undefined>;
  /** Whether data written as one storage class can be read as another. */
  readonly convertible?: (from: string, to: string) => boolean;
}

/** Row of a table of data IDs as an object. */
export function dataIdAt({ dimensions, columns }: DataIdColumns, row: number): DataId {
  const dataId: Record<string, DimensionValue> = {};
  for (const [i, name] of dimensions.entries()) {
    const value = columns[i]?.[row];
    if (value !== undefined && value !== null) dataId[name] = value;
  }
  return dataId;
}

/** Turns data IDs into columns. Every data ID has the same keys. */
export function columnsOf(dimensions: readonly string[], rows: readonly DataId[]): DataIdColumns {
  return { dimensions, columns: dimensions.map((name) => rows.map((row) => row[name] as DimensionValue)), length: rows.length };
}
