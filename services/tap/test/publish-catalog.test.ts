import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDuckdbEngine, type DuckdbEngine, ingestCatalog, listCatalogs } from '@almagest/catalogs';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publishCatalog, type TapTable } from '../src/index.ts';
import { createSampleService } from './sample-service.ts';

const SIDE = 60;
let folder: string;
let engine: DuckdbEngine;
let table: TapTable;
let app: FastifyInstance;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'almagest-publish-'));
  const rows = Array.from({ length: SIDE * SIDE }, (_, i) => `${i},${(i % SIDE) * 6},${Math.floor(i / SIDE) * 2.9 - 85},${(i % 100) / 10}`);
  const csv = join(folder, 'grid.csv');
  writeFileSync(csv, `id,ra,dec,mag\n${rows.join('\n')}\n`);
  const archive = join(folder, 'archive');
  const position = { raColumn: 'ra', decColumn: 'dec' };
  await ingestCatalog({ archive, name: 'grid', inputs: [csv], ...position, maxRows: 500, indexColumn: 'id', now: new Date(0) });
  engine = await createDuckdbEngine({ threads: 1 });
  const [record] = await listCatalogs(archive);
  table = publishCatalog(record!, engine, 'survey');
  app = await createSampleService({ engine, content: { schemas: [{ name: 'survey' }], tables: [table], keys: [] } });
});
afterAll(async () => {
  await app.close();
  await engine.close();
  rmSync(folder, { recursive: true });
});

async function ask(query: string): Promise<string[]> {
  const response = await app.inject({ url: '/tap/sync', query: { QUERY: query, LANG: 'ADQL', FORMAT: 'csv' } });
  expect(response.statusCode, response.body).toBe(200);
  return response.body.trim().split(/\r?\n/).slice(1);
}

test.each([
  [
    'a cone',
    "1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 120, 10, 7))",
    'degrees(2 * asin(least(1, sqrt(pow(sin(radians(dec - 10) / 2), 2) + cos(radians(dec)) * cos(radians(10)) * pow(sin(radians(ra - 120) / 2), 2))))) <= 7',
  ],
  ['a range', 'ra BETWEEN 50 AND 80 AND dec BETWEEN -20 AND 5', 'ra BETWEEN 50 AND 80 AND dec BETWEEN -20 AND 5'],
  ['identifiers', 'id IN (7, 1234, 3599)', 'id IN (7, 1234, 3599)'],
])('the rows of %s are those that a scan of everything finds', async (_name, adql, sql) => {
  const { batches } = await engine.run(`SELECT id FROM read_csv('${join(folder, 'grid.csv')}') WHERE ${sql} ORDER BY id`);
  const expected: string[] = [];
  for await (const batch of batches) for (const value of Array.from(batch.columns[0]!.data as BigInt64Array)) expected.push(String(value));
  expect(expected.length).toBeGreaterThan(2);
  expect(await ask(`SELECT id FROM survey.grid WHERE ${adql} ORDER BY id`)).toEqual(expected);
});

test('a cone and an identifier open one file where the catalogue has many', async () => {
  const region = { kind: 'circle', lon: 120, lat: 10, radius: 1 } as const;
  const source = { op: 'source', table, alias: 't', sky: [region] } as const;
  const everything = await table.sql({ ...source, sky: [] });
  const files = (sql: string): number => new Set(sql.match(/[^']+\.parquet/g)).size;
  expect(files(everything)).toBeGreaterThan(8);
  expect(files(await table.sql(source))).toBeLessThan(3);
  expect(files(await table.sql({ ...source, keys: ['1234'] }))).toBe(1);
});

test('the number of all rows comes without opening a file', async () => {
  expect(await ask('SELECT COUNT(*) AS n FROM survey.grid')).toEqual([String(SIDE * SIDE)]);
  expect(await ask('SELECT n, n / 2 AS half FROM (SELECT COUNT(*) AS n FROM survey.grid) AS q')).toEqual([
    `${SIDE * SIDE},${(SIDE * SIDE) / 2}`,
  ]);
  const source = { op: 'source', table, alias: 't', sky: [], count: true } as const;
  expect(await table.sql(source)).not.toContain('.parquet');
  expect(await table.estimate!(source)).toEqual({ rows: 1, files: 0, bytes: 0 });
});

test('the first rows by a column are those of a sort of everything, from a few files', async () => {
  const ids = (order: string, rows: number): string[] =>
    Array.from({ length: SIDE * SIDE }, (_, i) => i)
      .toSorted((a, b) => (order === 'id' ? a - b : (b % 100) - (a % 100) || a - b))
      .slice(0, rows)
      .map(String);
  expect(await ask('SELECT TOP 7 id FROM survey.grid ORDER BY id')).toEqual(ids('id', 7));
  expect(await ask('SELECT TOP 5 id FROM survey.grid ORDER BY id OFFSET 2')).toEqual(ids('id', 7).slice(2));
  expect(await ask('SELECT TOP 90 id FROM survey.grid ORDER BY mag DESC, id')).toEqual(ids('mag', 90));
  const source = { op: 'source', table, alias: 't', sky: [], first: { column: 'id', descending: false, rows: 2 } } as const;
  const { files, rows } = await table.estimate!(source);
  // At most one for each row that is wanted, of at most 500 rows.
  expect(files).toBeLessThanOrEqual(2);
  expect(rows).toBeLessThanOrEqual(1000);
  expect(new Set((await table.sql(source)).match(/[^']+\.parquet/g)).size).toBe(files);
});

test('positions, the indexed column and the hidden cell number are described', () => {
  expect(table).toMatchObject({ schema: 'survey', name: 'grid', rows: SIDE * SIDE, sky: { ra: 'ra', dec: 'dec' }, keyColumn: 'id' });
  expect(table.columns.find(({ name }) => name === '_healpix_29')).toMatchObject({ hidden: true, type: 'BIGINT' });
});
