import { type Catalog, duckdbDialect, type Plan, planAdql, printSql, type SqlSource, type UserFunction } from '@almagest/adql';
import { type Identity, mayRead } from '@almagest/auth';
import type { QueryEngine } from '@almagest/catalogs';
import { type ColumnSpec, sliceRows, type Table } from '@almagest/table';
import { castBatch, declareColumns } from '../models/result-columns.ts';
import type { TapColumn, TapContent, TapTable } from '../models/tap-table.ts';
import { createSpeedometer, estimateQuery, type QueryEstimate } from './estimate-query.ts';
import { tapSchemaRows, engineTableOf, withTapSchema } from './tap-schema.ts';

export interface QueryRequest {
  readonly adql: string;
  /** Most rows that the caller gets. */
  readonly maxRows: number;
  /** Tables that exist for this query alone. */
  readonly uploads?: readonly TapTable[];
  /** Who asks: tables and columns that others may not read are refused. */
  readonly identity: Identity;
}

/** A query that is planned and permitted but not begun. */
export interface PreparedQuery {
  readonly columns: readonly ColumnSpec[];
  readonly estimate: QueryEstimate;
  /** The rows that the engine itself expects to give; asks the engine. */
  expectedRows(): Promise<number>;
  run(signal: AbortSignal): Promise<QueryAnswer>;
}

export interface QueryAnswer {
  readonly columns: readonly ColumnSpec[];
  /** At most `maxRows` rows; whether there were more is known when it has ended. */
  readonly batches: AsyncIterable<Table>;
  readonly overflowed: () => boolean;
  /** The rows are in memory, and no engine works for them any more. */
  readonly isMade: boolean;
}

export interface QueryService {
  readonly content: TapContent;
  readonly functions: readonly UserFunction[];
  /** @throws {AdqlSyntaxError | AdqlNameError | AdqlTypeError | AdqlUnsupportedError | AdqlPermissionError} with the position. */
  prepare(request: QueryRequest): Promise<PreparedQuery>;
  readonly engine: LoadingEngine;
}

/** An engine that can hold small tables by value. */
export interface LoadingEngine extends QueryEngine {
  loadTable(name: string, table: Table): Promise<void>;
  dropTable(name: string): Promise<void>;
}

/** Plans ADQL over the published tables and runs it. */
export async function createQueryService(
  engine: LoadingEngine,
  published: TapContent,
  functions: readonly UserFunction[],
  /** Tables that are there for some people only. */
  tablesOf: (identity: Identity) => readonly TapTable[] = () => [],
  /** Runs quick queries over files, so that they do not stand behind long ones within the engine. */
  quickEngine: QueryEngine = engine,
): Promise<QueryService> {
  const content = withTapSchema(published);
  for (const [part, table] of tapSchemaRows(content)) await engine.loadTable(engineTableOf(part), table);
  const defaultSchemas = published.schemas.map((schema) => schema.name);
  const speed = createSpeedometer();
  const prepare = async (request: QueryRequest): Promise<PreparedQuery> => {
    const tables = [...content.tables, ...tablesOf(request.identity), ...(request.uploads ?? [])];
    const { maxRows } = request;
    const plan = planQuery({ tables, userFunctions: functions, defaultSchemas }, request);
    const { sql, sources, areFiles } = await printWithSources(plan);
    const columns = declareColumns(plan.columns);
    const estimate = await estimateQuery(plan, sources, { engine, sql, speed });
    return {
      columns,
      estimate,
      expectedRows: async () => Math.min(maxRows, plan.statement.query.limit ?? Infinity, await estimate.resultRows()),
      run: async (signal) => {
        const start = performance.now();
        const isMade = estimate.lane === 'quick';
        const runner = isMade && areFiles ? quickEngine : engine;
        const { batches } = await runner.run(sql, { signal, atOnce: isMade });
        let overflow = false;
        const limited = limit(batches, columns, maxRows, () => (overflow = true));
        return {
          columns,
          batches: timed(limited, () => speed.observe(estimate, performance.now() - start)),
          overflowed: () => overflow,
          isMade,
        };
      },
    };
  };
  return { content, functions, engine, prepare };
}

function planQuery(catalog: Catalog, { adql, maxRows, identity }: QueryRequest): Plan {
  return planAdql(adql, catalog, {
    maxRows: maxRows + 1,
    mayRead: (each, name) => {
      const table = each as TapTable;
      const column = table.columns.find((found): found is TapColumn => found.name === name);
      return mayRead(identity, table.access ?? 'public') && mayRead(identity, column?.access ?? 'public');
    },
  });
}

/** Prints a statement whose tables may first have to be looked up: once to meet them, once with what they are. */
async function printWithSources({ statement }: Plan): Promise<{ sql: string; sources: readonly SqlSource[]; areFiles: boolean }> {
  const relations = new Map<SqlSource, string>();
  printSql(
    statement,
    duckdbDialect((source) => {
      relations.set(source, '');
      return '';
    }),
  );
  for (const source of relations.keys()) relations.set(source, await (source.table as TapTable).sql(source));
  const sql = printSql(
    statement,
    duckdbDialect((source) => relations.get(source) ?? ''),
  );
  // Tables that the engine itself holds are known to it alone.
  const areFiles = [...relations].every(([source, relation]) => source.count === true || relation.includes('read_parquet('));
  return { sql, sources: [...relations.keys()], areFiles };
}

async function* limit(
  batches: AsyncIterable<Table>,
  columns: readonly ColumnSpec[],
  maxRows: number,
  onOverflow: () => void,
): AsyncGenerator<Table> {
  let left = maxRows;
  for await (const batch of batches) {
    const table = castBatch(batch, columns);
    if (batch.nrows > left) {
      onOverflow();
      if (left > 0) yield sliceRows(table, 0, left);
      return;
    }
    left -= batch.nrows;
    yield table;
  }
}

/** Tells when the last batch has been made, not when it has been taken. */
async function* timed(batches: AsyncIterable<Table>, onEnd: () => void): AsyncGenerator<Table> {
  yield* batches;
  onEnd();
}
