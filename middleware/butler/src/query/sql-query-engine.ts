import type { DatasetRef } from '../datasets/dataset-ref.ts';
import type { DataCoordinate, DataIdValue } from '../dimensions/data-coordinate.ts';
import type { DimensionGroup } from '../dimensions/dimension-group.ts';
import type { DimensionRecord } from '../dimensions/dimension-record.ts';
import type { DimensionUniverse } from '../dimensions/universe.ts';
import { QueryError } from '../errors.ts';
import { flattenCollections } from '../registry/collections.ts';
import { expandDataIds, resolveDataId } from '../registry/data-ids.ts';
import type { DatasetTypeTable } from '../registry/dataset-types.ts';
import type { RegistryContext } from '../registry/registry-context.ts';
import type { Row } from '../sql/database.ts';
import { collectionsHolding } from './collections-holding.ts';
import { explainEmpty } from './explain-empty.ts';
import { parseWhere } from './parse-where.ts';
import { planQuery } from './plan.ts';
import type { DatasetSearch, GeneralRow, QueryEngine, QueryResults, QueryState } from './query.ts';
import type { DatasetJoin, QuerySpec, WhereTerm } from './query-spec.ts';
import { type ColumnValue, countRows, dataIdReader, datasetReader, hasRows, readColumn, recordReader, streamRows } from './run-plan.ts';

/** Answers queries from a SQL registry. */
export class SqlQueryEngine implements QueryEngine {
  readonly #context: RegistryContext;
  readonly #types: DatasetTypeTable;

  constructor(context: RegistryContext, types: DatasetTypeTable) {
    this.#context = context;
    this.#types = types;
  }

  get universe(): DimensionUniverse {
    return this.#context.universe;
  }

  dataIds(state: QueryState, dimensions: readonly string[], options: { readonly expanded: boolean }): QueryResults<DataCoordinate> {
    const group = this.universe.group(dimensions);
    const plain = this.#results(
      async () => await this.#spec(state, { dimensions: group, full: true }),
      (plan) => dataIdReader(plan, group),
    );
    return options.expanded ? mapPages(plain, async (page) => await expandDataIds(this.#context, page)) : plain;
  }

  datasets(state: QueryState, search: DatasetSearch): QueryResults<DatasetRef> {
    const spec = async (): Promise<QuerySpec> => {
      const { type } = await this.#types.get(search.type);
      return await this.#spec(state, { dimensions: type.dimensions, full: false, output: search });
    };
    return this.#results(spec, (plan, found) =>
      datasetReader(plan, found.datasets.find((join) => join.record.type.name === search.type)!.record.type, found.dimensions),
    );
  }

  dimensionRecords(state: QueryState, element: string): QueryResults<DimensionRecord> {
    const group = this.universe.group(this.universe.get(element).required);
    return this.#results(
      async () => await this.#spec(state, { dimensions: group, full: false, record: element }),
      () => recordReader(this.#context, element),
    );
  }

  general(state: QueryState, dimensions: readonly string[], columns: readonly string[]): QueryResults<GeneralRow> {
    const group = this.universe.group(dimensions);
    return this.#results(
      async () => await this.#spec(state, { dimensions: group, full: true, columns }),
      (plan) => (row) => {
        const out: Record<string, ColumnValue> = {};
        for (const name of plan.dimensions) out[name] = row[`d_${name}`] as DataIdValue;
        for (const { name, column, alias } of plan.columns) out[name] = readColumn(column, alias, row);
        return out;
      },
    );
  }

  async #spec(
    state: QueryState,
    answer: {
      readonly dimensions: DimensionGroup;
      readonly full: boolean;
      readonly output?: DatasetSearch;
      readonly record?: string;
      readonly columns?: readonly string[];
    },
  ): Promise<QuerySpec> {
    const { universe } = this;
    const searches = [...state.datasets.filter((search) => search.type !== answer.output?.type), ...(answer.output ? [answer.output] : [])];
    const datasets: DatasetJoin[] = [];
    for (const search of searches) datasets.push(await this.#datasetJoin(search));
    const where = state.where.map(({ expression, binds }): WhereTerm => ({
      source: expression,
      expression: parseWhere(expression)!,
      binds,
    }));
    const uploads = [];
    for (const { dimensions, dataIds } of state.uploads) {
      const group = universe.group(dimensions);
      uploads.push({
        dimensions: group,
        dataIds: await Promise.all(dataIds.map(async (dataId) => await resolveDataId(this.#context, group, dataId))),
      });
    }
    const extra = state.dimensions.flatMap((name) => universe.group([name]).required);
    return {
      dimensions: answer.dimensions,
      full: answer.full,
      where,
      dataId: state.dataId,
      datasets,
      output: answer.output?.type,
      record: answer.record,
      columns: answer.columns ?? [],
      uploads,
      extra,
      orderBy: state.orderBy,
      limit: state.limit,
    };
  }

  async #datasetJoin(search: DatasetSearch): Promise<DatasetJoin> {
    if (search.collections.length === 0) throw new QueryError(`a search for ${search.type} needs collections`);
    const record = await this.#types.get(search.type);
    const all = await flattenCollections(this.#context, search.collections);
    const collections = await collectionsHolding(this.#context, record, all);
    return { record, collections, searched: all, findFirst: search.findFirst ?? true };
  }

  #results<T>(
    makeSpec: () => Promise<QuerySpec>,
    makeReader: (plan: ReturnType<typeof planQuery>, spec: QuerySpec) => (row: Row) => T,
  ): QueryResults<T> {
    const context = this.#context;
    async function* pages(options: { readonly pageSize?: number; readonly signal?: AbortSignal } = {}): AsyncIterable<readonly T[]> {
      const spec = await makeSpec();
      const plan = planQuery(context, spec);
      const read = makeReader(plan, spec);
      for await (const page of streamRows(context, plan, options)) yield page.map(read);
    }
    return {
      pages,
      [Symbol.asyncIterator]: () => eachOf(pages()),
      toArray: async () => {
        const spec = await makeSpec();
        const plan = planQuery(context, spec);
        const read = makeReader(plan, spec);
        if (plan.regionTests.length === 0) return (await context.db.all(plan.sql)).map(read);
        const out: T[] = [];
        for await (const page of streamRows(context, plan)) for (const row of page) out.push(read(row));
        return out;
      },
      count: async () => await countRows(context, await makeSpec()),
      any: async () => await hasRows(context, await makeSpec()),
      explainNoResults: async () => await explainEmpty(context, await makeSpec()),
    };
  }
}

async function* eachOf<T>(pages: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const page of pages) yield* page;
}

function mapPages<T>(results: QueryResults<T>, change: (page: readonly T[]) => Promise<readonly T[]>): QueryResults<T> {
  async function* pages(options?: { readonly pageSize?: number; readonly signal?: AbortSignal }): AsyncIterable<readonly T[]> {
    for await (const page of results.pages(options)) yield await change(page);
  }
  return {
    ...results,
    pages,
    [Symbol.asyncIterator]: () => eachOf(pages()),
    toArray: async () => await change(await results.toArray()),
  };
}
