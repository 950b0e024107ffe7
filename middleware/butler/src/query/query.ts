import type { DatasetRef } from '../datasets/dataset-ref.ts';
import type { DataCoordinate, DataId } from '../dimensions/data-coordinate.ts';
import type { DimensionRecord } from '../dimensions/dimension-record.ts';
import type { DimensionUniverse } from '../dimensions/universe.ts';
import { QueryError } from '../errors.ts';
import type { Binds } from './compile-where.ts';
import { parseWhere } from './parse-where.ts';
import type { ColumnValue } from './run-plan.ts';

/** A search for datasets that restricts a query. */
export interface DatasetSearch {
  readonly type: string;
  readonly collections: readonly string[];
  /** Keep the first per data ID in the order of the collections; true unless told. */
  readonly findFirst?: boolean;
}

/** What has been said about a query so far; plain data, also over the network. */
export interface QueryState {
  readonly dimensions: readonly string[];
  readonly where: readonly { readonly expression: string; readonly binds: Binds }[];
  readonly dataId: DataId;
  readonly datasets: readonly DatasetSearch[];
  readonly uploads: readonly { readonly dimensions: readonly string[]; readonly dataIds: readonly DataId[] }[];
  readonly orderBy: readonly string[];
  readonly limit: number | undefined;
}

export const EMPTY_QUERY: QueryState = { dimensions: [], where: [], dataId: {}, datasets: [], uploads: [], orderBy: [], limit: undefined };

/** An answer that is fetched when iterated: page by page, in bounded memory. */
export interface QueryResults<T> extends AsyncIterable<T> {
  /** All of it at once. */
  toArray(): Promise<readonly T[]>;
  pages(options?: { readonly pageSize?: number; readonly signal?: AbortSignal }): AsyncIterable<readonly T[]>;
  count(): Promise<number>;
  any(): Promise<boolean>;
  /** Why the answer is empty: one sentence per cause, none if it is not. */
  explainNoResults(): Promise<readonly string[]>;
}

/** What answers queries: a registry, or a server. */
export interface QueryEngine {
  readonly universe: DimensionUniverse;
  dataIds(state: QueryState, dimensions: readonly string[], options: { readonly expanded: boolean }): QueryResults<DataCoordinate>;
  datasets(state: QueryState, search: DatasetSearch): QueryResults<DatasetRef>;
  dimensionRecords(state: QueryState, element: string): QueryResults<DimensionRecord>;
  general(state: QueryState, dimensions: readonly string[], columns: readonly string[]): QueryResults<GeneralRow>;
}

/** One row of a general query, by column name. */
export type GeneralRow = Readonly<Record<string, ColumnValue>>;

/**
 * A query under construction; every method returns a new one.
 *
 * @example
 * const visits = await butler.query().where("instrument = 'Cam' AND visit.exposure_time > 20").orderBy('-visit').dataIds(['visit']).toArray();
 */
export class Query {
  readonly #engine: QueryEngine;
  readonly state: QueryState;

  constructor(engine: QueryEngine, state: QueryState = EMPTY_QUERY) {
    this.#engine = engine;
    this.state = state;
  }

  /**
   * Adds a restriction: an expression with values for its `:names`, or values of dimensions.
   *
   * @throws {ExpressionSyntaxError}
   */
  where(expression: string | DataId, binds: Binds = {}): Query {
    if (typeof expression !== 'string') return this.#with({ dataId: { ...this.state.dataId, ...expression } });
    parseWhere(expression);
    return expression.trim() === '' ? this : this.#with({ where: [...this.state.where, { expression, binds }] });
  }

  /** Adds dimensions that take part although the answer does not show them. */
  joinDimensions(dimensions: Iterable<string>): Query {
    return this.#with({ dimensions: [...this.state.dimensions, ...dimensions] });
  }

  /** Keeps what has a dataset of this type. */
  joinDatasets(search: DatasetSearch): Query {
    return this.#with({ datasets: [...this.state.datasets, search] });
  }

  /** Keeps what is in a list of data IDs. */
  joinDataIds(dimensions: Iterable<string>, dataIds: readonly (DataId | DataCoordinate)[]): Query {
    const group = this.#engine.universe.group(dimensions);
    const plain = dataIds.map((dataId): DataId =>
      'toJSON' in dataId && typeof dataId.toJSON === 'function' ? (dataId as DataCoordinate).toJSON() : (dataId as DataId),
    );
    return this.#with({ uploads: [...this.state.uploads, { dimensions: group.required, dataIds: plain }] });
  }

  /** Sorts by names; `-` in front for descending. */
  orderBy(...keys: readonly string[]): Query {
    return this.#with({ orderBy: [...this.state.orderBy, ...keys] });
  }

  /** Takes so many rows at most. */
  limit(limit: number | undefined): Query {
    if (limit !== undefined && (!Number.isInteger(limit) || limit < 0))
      throw new QueryError(`a limit is a whole number from 0; found ${limit}`);
    return this.#with({ limit });
  }

  /** Data IDs of these dimensions, with implied values. */
  dataIds(dimensions: Iterable<string>): QueryResults<DataCoordinate> {
    return this.#engine.dataIds(this.state, [...dimensions], { expanded: false });
  }

  /** Data IDs with their records attached. */
  expandedDataIds(dimensions: Iterable<string>): QueryResults<DataCoordinate> {
    return this.#engine.dataIds(this.state, [...dimensions], { expanded: true });
  }

  /** Datasets of a type. */
  datasets(search: DatasetSearch): QueryResults<DatasetRef> {
    return this.#engine.datasets(this.state, search);
  }

  /** Records of an element. */
  dimensionRecords(element: string): QueryResults<DimensionRecord> {
    return this.#engine.dimensionRecords(this.state, element);
  }

  /** Rows of named columns: dimensions, `visit.exposure_time`, `flat.run`, `visit.timespan`. */
  general(dimensions: Iterable<string>, columns: readonly string[]): QueryResults<GeneralRow> {
    return this.#engine.general(this.state, [...dimensions], columns);
  }

  #with(change: Partial<QueryState>): Query {
    return new Query(this.#engine, { ...this.state, ...change });
  }
}
