/** The same 250 generated queries give the same rows on DuckDB, SQLite and PostgreSQL. */
import { DatabaseSync } from 'node:sqlite';
import { PGlite } from '@electric-sql/pglite';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, test } from 'vitest';
import { duckdbDialect, planAdql, postgresDialect, printSql, quoteName, sqliteDialect, type SqlSource } from '../src/index.ts';
import { catalog, DDL, expectSameRows, makeRows, ordered, plain, query, type Row, type Run } from './generated-queries.ts';

const source = ({ table }: SqlSource): string => quoteName(table.name);
const dialects = { duckdb: duckdbDialect(source), sqlite: sqliteDialect(source), postgres: postgresDialect(source) };
const engines = new Map<keyof typeof dialects, Run>();
const closers: (() => void | Promise<void>)[] = [];

beforeAll(async () => {
  const rows = makeRows();
  const duck = await (await DuckDBInstance.create(':memory:')).connect();
  const lite = new DatabaseSync(':memory:');
  const pg = await PGlite.create();
  closers.push(
    () => duck.closeSync(),
    () => lite.close(),
    () => pg.close(),
  );
  const ddl = [...DDL, ...rows];
  lite.exec('PRAGMA case_sensitive_like = ON');
  for (const sql of ddl) {
    await duck.run(sql.replaceAll('DOUBLE PRECISION', 'DOUBLE'));
    lite.exec(sql);
    await pg.exec(sql);
  }
  engines.set('duckdb', async (sql) => ((await duck.runAndReadAll(sql)).getRows() as unknown[][]).map((row) => row.map(plain)));
  engines.set('sqlite', (sql) => {
    const statement = lite.prepare(sql);
    statement.setReturnArrays(true);
    statement.setReadBigInts(true);
    return Promise.resolve((statement.all() as unknown as unknown[][]).map((row) => row.map(plain)));
  });
  engines.set('postgres', async (sql) =>
    ((await pg.query(sql, [], { rowMode: 'array' })).rows as unknown[][]).map((row) => row.map(plain)),
  );
});

afterAll(async () => {
  for (const close of closers) await close();
});

test('250 queries with joins, groups, sub-queries and geometry agree on three engines (seed 7)', async () => {
  await fc.assert(
    fc.asyncProperty(query, async (adql) => {
      const { statement } = planAdql(adql, catalog);
      const results: Record<string, Row[]> = {};
      for (const [name, run] of engines) results[name] = ordered(await run(printSql(statement, dialects[name])), adql);
      for (const other of ['sqlite', 'postgres']) expectSameRows(results[other] ?? [], results['duckdb'] ?? [], `${other}: ${adql}`);
    }),
    { seed: 7, numRuns: 250 },
  );
});
