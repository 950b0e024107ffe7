/**
 * The same generated queries give the same rows on DuckDB over HATS, on a real PostgreSQL server and on plain unpartitioned DuckDB.
 * ALMAGEST_QUERY_SEED in the environment adds a seed.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planAdql, postgresDialect, printSql, quoteName, type SqlSource } from '../src/index.ts';
import { catalog, DDL, expectSameRows, makeRows, ordered, plain, query, type Run } from './generated-queries.ts';
import { type HatsTables, openHatsTables } from './hats-tables.ts';

const havePostgres = existsSync('/usr/lib/postgresql');
const SCRIPT = join(import.meta.dirname, '../../../scripts/services/postgres.sh');
const folder = join(mkdtempSync(join(tmpdir(), 'almagest-postgres-')), 'server');
const SEEDS = [11, 29, ...(process.env['ALMAGEST_QUERY_SEED'] ?? '').split(',').filter(Boolean).map(Number)];
const source = ({ table }: SqlSource): string => quoteName(table.name);
const closers: (() => unknown)[] = [];
let tables: HatsTables;
let postgres: Run;

beforeAll(async () => {
  if (!havePostgres) return;
  execFileSync('chmod', ['755', join(folder, '..')]);
  const url = execFileSync('sh', [SCRIPT, 'start', folder], { encoding: 'utf8' }).trim();
  closers.push(() => execFileSync('sh', [SCRIPT, 'stop', folder]));
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  closers.unshift(() => client.end());
  for (const sql of [...DDL, ...makeRows()]) await client.query(sql);
  postgres = async (text) => (await client.query<unknown[]>({ text, rowMode: 'array' })).rows.map((row) => row.map(plain));
  tables = await openHatsTables();
  closers.unshift(() => tables.close());
}, 60_000);
afterAll(async () => {
  for (const close of closers) await close();
});

test.skipIf(!havePostgres).each(SEEDS)(
  '250 queries with joins, groups, sub-queries and geometry agree on DuckDB over HATS, PostgreSQL and plain DuckDB (seed %i)',
  async (seed) => {
    const before = tables.pruned();
    await fc.assert(
      fc.asyncProperty(query, async (adql) => {
        const { statement } = planAdql(adql, catalog);
        const expected = ordered(await tables.runPlain(statement), adql);
        expectSameRows(ordered(await tables.runHats(statement), adql), expected, `HATS: ${adql}`);
        expectSameRows(ordered(await postgres(printSql(statement, postgresDialect(source))), adql), expected, `PostgreSQL: ${adql}`);
      }),
      { seed, numRuns: 250 },
    );
    // Or else the comparison would say nothing of pruning.
    expect(tables.pruned() - before).toBeGreaterThan(20);
  },
);
