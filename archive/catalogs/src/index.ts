export { createDuckdbEngine, type DuckdbEngine, type DuckdbEngineOptions } from './engine/duckdb-engine.ts';
export { QueryAbortedError, QueryFailedError } from './engine/errors.ts';
export type { QueryEngine, QueryResult, RunOptions } from './engine/query-engine.ts';
