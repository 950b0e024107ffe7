import type { DataCoordinate, DataIdValue } from '../dimensions/data-coordinate.ts';
import type { DimensionGroup } from '../dimensions/dimension-group.ts';
import type { CollectionRecord } from '../registry/collections.ts';
import type { DatasetTypeRecord } from '../registry/dataset-types.ts';
import type { Binds } from './compile-where.ts';
import type { Expression } from './where-tree.ts';

/** A search for datasets of one type as part of a query. */
export interface DatasetJoin {
  readonly record: DatasetTypeRecord;
  /** Chains followed, in search order. */
  readonly collections: readonly CollectionRecord[];
  /** What the caller named, before those were left out that cannot hold the type. */
  readonly searched: readonly CollectionRecord[];
  /** Keep the first dataset of each data ID only. */
  readonly findFirst: boolean;
}

/** One restriction, with the text it came from. */
export interface WhereTerm {
  readonly source: string;
  readonly expression: Expression;
  readonly binds: Binds;
}

/** What a query asks, resolved against the registry; plain data. */
export interface QuerySpec {
  /** Dimensions of the answer. */
  readonly dimensions: DimensionGroup;
  /** Whether implied values are part of the answer. */
  readonly full: boolean;
  readonly where: readonly WhereTerm[];
  readonly dataId: Readonly<Record<string, DataIdValue>>;
  readonly datasets: readonly DatasetJoin[];
  /** Name of the joined dataset type that the answer consists of. */
  readonly output: string | undefined;
  /** Element whose records the answer consists of. */
  readonly record: string | undefined;
  /** Further columns of the answer, by name. */
  readonly columns: readonly string[];
  readonly uploads: readonly { readonly dimensions: DimensionGroup; readonly dataIds: readonly DataCoordinate[] }[];
  /** Dimensions that take part although the answer does not show them. */
  readonly extra: readonly string[];
  /** Names, `-` in front for descending. */
  readonly orderBy: readonly string[];
  readonly limit: number | undefined;
}
