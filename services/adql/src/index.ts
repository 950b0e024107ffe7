export {
  type AdqlErrorDetails,
  AdqlNameError,
  AdqlPermissionError,
  AdqlSyntaxError,
  AdqlTypeError,
  AdqlUnsupportedError,
  type SourcePosition,
} from './errors.ts';
export type { AdqlType, Catalog, CatalogColumn, CatalogTable, SkyColumns } from './catalog/catalog.ts';
export type { AdqlVersion, UserFunction } from './parse/grammar.ts';
export { parseAdql, type ParseOptions } from './parse/parse-adql.ts';
export { parseUserFunction } from './parse/user-function.ts';
export { type Plan, planAdql, type PlanOptions } from './plan.ts';
export { duckdbDialect } from './print/duckdb-dialect.ts';
export { postgresDialect } from './print/postgres-dialect.ts';
export { type Dialect, printSql, quoteName, quoteText } from './print/print-sql.ts';
export { adqlName } from './reserved-words.ts';
export { sqliteDialect } from './print/sqlite-dialect.ts';
export type { SkyConstraint, SqlSource, SqlStatement } from './sql/sql-tree.ts';
export type { Statement } from './tree.ts';
