import type { Catalog, CatalogColumn, CatalogTable } from './catalog/catalog.ts';
import { AdqlPermissionError, positionOf } from './errors.ts';
import type { Lowering } from './lower/context.ts';
import { joinNear } from './lower/join-near.ts';
import { lowerQuery } from './lower/lower-query.ts';
import { useStatistics } from './lower/use-statistics.ts';
import { nameError } from './lower/scope.ts';
import { parseAdql } from './parse/parse-adql.ts';
import type { AdqlVersion } from './parse/grammar.ts';
import type { SqlQuery, SqlStatement } from './sql/sql-tree.ts';

export interface PlanOptions {
  readonly version?: AdqlVersion;
  /** The engine is asked for at most this many rows; a smaller TOP wins. */
  readonly maxRows?: number;
  /** Whether a user may read a column; everything may be read when absent. */
  readonly mayRead?: (table: CatalogTable, column: string) => boolean;
}

/** A query that an engine can run, with what its result will look like. */
export interface Plan {
  readonly statement: SqlStatement;
  readonly columns: readonly CatalogColumn[];
  readonly touched: readonly { readonly table: CatalogTable; readonly columns: readonly string[] }[];
}

/**
 * From ADQL text to an engine-neutral plan: parsed, names and types resolved, permissions checked, geometry turned into
 * arithmetic, and every table annotated with the part of the sky and the keys that can matter.
 *
 * @throws {AdqlSyntaxError | AdqlNameError | AdqlTypeError | AdqlUnsupportedError | AdqlPermissionError} with the position.
 *
 * @example
 * const plan = planAdql('SELECT TOP 5 ra FROM stars ORDER BY mag', catalog);
 * const sql = printSql(plan.statement, duckdbDialect(source));
 */
export function planAdql(text: string, catalog: Catalog, options: PlanOptions = {}): Plan {
  const statement = parseAdql(text, { userFunctions: catalog.userFunctions, ...(options.version ? { version: options.version } : {}) });
  const lowering: Lowering = {
    text,
    catalog,
    aliases: 0,
    touched: new Map(),
    commonTables: new Map(),
    lowerQuery: (query, outer) => lowerQuery(lowering, query, outer),
  };
  const tables = statement.with.map(({ name, columns, query }) => {
    const lowered = lowerQuery(lowering, query, undefined);
    if (columns && columns.length !== lowered.columns.length)
      throw nameError(text, name, `${name.text} names ${columns.length} columns; its query gives ${lowered.columns.length}`);
    const sqlName = `common${lowering.commonTables.size + 1}`;
    const visible = lowered.columns.map((column, i) => ({ ...column, name: columns?.[i]?.text ?? column.name }));
    lowering.commonTables.set(name.delimited ? name.text : name.text.toLowerCase(), { name: sqlName, columns: visible });
    return { name: sqlName, query: lowered.query };
  });
  const { query, columns } = lowerQuery(lowering, statement.query, undefined);
  const touched = [...lowering.touched].map(([table, names]) => ({ table, columns: [...names] }));
  checkPermissions(text, touched, options.mayRead);
  return {
    statement: useStatistics(joinNear({ with: tables, query: limited(query, options.maxRows) })),
    columns: columns.map(({ sqlName: _sql, table: _table, base: _base, merged: _merged, ...column }) => column),
    touched,
  };
}

function limited(query: SqlQuery, maxRows: number | undefined): SqlQuery {
  if (maxRows === undefined) return query;
  return { ...query, limit: Math.min(query.limit ?? Infinity, maxRows) };
}

function checkPermissions(text: string, touched: Plan['touched'], mayRead: PlanOptions['mayRead']): void {
  if (!mayRead) return;
  for (const { table, columns } of touched)
    for (const column of columns.length > 0 ? columns : table.columns.map((c) => c.name).slice(0, 1))
      if (!mayRead(table, column))
        throw new AdqlPermissionError(`you may not read ${table.schema}.${table.name}.${column}: sign in, or leave it out`, {
          details: { position: positionOf(text, { start: 0, end: text.length }), found: `${table.schema}.${table.name}.${column}` },
        });
}
