import { type Catalog, duckdbDialect, planAdql, printSql, type SqlSource, type SqlStatement, type UserFunction } from '@almagest/adql';
import type { QueryEngine } from '@almagest/catalogs';
import { type ColumnSpec, sliceRows, type Table } from '@almagest/table';
import { castBatch, declareColumns } from '../models/result-columns.ts';
import type { TapContent, TapTable } from '../models/tap-table.ts';
import { tapSchemaRows, engineTableOf, withTapSchema } from './tap-schema.ts';

export interface QueryRequest {
  readonly adql: string;
  /** Most rows that the caller gets. */
  readonly maxRows: number;
  readonly signal: AbortSignal;
  /** Tables that exist for this query alone. */
  readonly uploads?: readonly TapTable[];
  readonly mayRead?: (table: string, column: string) => boolean;
}

export interface QueryAnswer {
  readonly columns: readonly ColumnSpec[];
  /** At most `maxRows` rows; whether there were more is known when it has ended. */
  readonly batches: AsyncIterable<Table>;
  readonly overflowed: () => boolean;
}

export interface QueryService {
  readonly content: TapContent;
  readonly functions: readonly UserFunction[];
  run(request: QueryRequest): Promise<QueryAnswer>;
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
): Promise<QueryService> {
  const content = withTapSchema(published);
  for (const [part, table] of tapSchemaRows(content)) await engine.loadTable(engineTableOf(part), table);
  const defaultSchemas = published.schemas.map((schema) => schema.name);
  return {
    content,
    functions,
    engine,
    run: (request) =>
      runQuery(engine, { tables: [...content.tables, ...(request.uploads ?? [])], userFunctions: functions, defaultSchemas }, request),
  };
}

async function runQuery(engine: QueryEngine, catalog: Catalog, request: QueryRequest): Promise<QueryAnswer> {
  const { mayRead, maxRows, signal } = request;
  const plan = planAdql(request.adql, catalog, {
    maxRows: maxRows + 1,
    ...(mayRead ? { mayRead: (table, column) => mayRead(`${table.schema}.${table.name}`, column) } : {}),
  });
  const columns = declareColumns(plan.columns);
  const { batches } = await engine.run(await printWithSources(plan.statement), { signal });
  let overflow = false;
  return { columns, batches: limit(batches, columns, maxRows, () => (overflow = true)), overflowed: () => overflow };
}

/** Prints a statement whose tables may first have to be looked up: once to meet them, once with what they are. */
async function printWithSources(statement: SqlStatement): Promise<string> {
  const relations = new Map<SqlSource, string>();
  printSql(
    statement,
    duckdbDialect((source) => {
      relations.set(source, '');
      return '';
    }),
  );
  for (const source of relations.keys()) relations.set(source, await (source.table as TapTable).sql(source));
  return printSql(
    statement,
    duckdbDialect((source) => relations.get(source) ?? ''),
  );
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
