/** The generated queries on a real PostgreSQL server give the rows that DuckDB gives. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { duckdbDialect, planAdql, postgresDialect, printSql, quoteName, type SqlSource } from '../src/index.ts';
import { agree, catalog, DDL, makeRows, ordered, plain, query, type Run } from './generated-queries.ts';

const havePostgres = existsSync('/usr/lib/postgresql');
const SCRIPT = join(import.meta.dirname, '../../../scripts/services/postgres.sh');
const folder = join(mkdtempSync(join(tmpdir(), 'almagest-postgres-')), 'server');
const source = ({ table }: SqlSource): string => quoteName(table.name);
const closers: (() => unknown)[] = [];
let duckdb: Run;
let postgres: Run;

beforeAll(async () => {
  if (!havePostgres) return;
  execFileSync('chmod', ['755', join(folder, '..')]);
  const url = execFileSync('sh', [SCRIPT, 'start', folder], { encoding: 'utf8' }).trim();
  closers.push(() => execFileSync('sh', [SCRIPT, 'stop', folder]));
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  closers.unshift(() => client.end());
  const duck = await (await DuckDBInstance.create(':memory:')).connect();
  closers.unshift(() => duck.closeSync());
  for (const sql of [...DDL, ...makeRows()]) {
    await client.query(sql);
    await duck.run(sql.replaceAll('DOUBLE PRECISION', 'DOUBLE'));
  }
  duckdb = async (sql) => ((await duck.runAndReadAll(sql)).getRows() as unknown[][]).map((row) => row.map(plain));
  postgres = async (text) => (await client.query<unknown[]>({ text, rowMode: 'array' })).rows.map((row) => row.map(plain));
});
afterAll(async () => {
  for (const close of closers) await close();
});

test.skipIf(!havePostgres)(
  '250 queries with joins, groups, sub-queries and geometry agree with a PostgreSQL server (seed 11)',
  async () => {
    await fc.assert(
      fc.asyncProperty(query, async (adql) => {
        const { statement } = planAdql(adql, catalog);
        const expected = ordered(await duckdb(printSql(statement, duckdbDialect(source))), adql);
        const found = ordered(await postgres(printSql(statement, postgresDialect(source))), adql);
        expect(found.length, adql).toBe(expected.length);
        for (const [i, row] of found.entries())
          for (const [j, value] of row.entries()) expect(agree(value, expected[i]?.[j]), `row ${i}, column ${j}: ${adql}`).toBe(true);
      }),
      { seed: 11, numRuns: 250 },
    );
  },
);
