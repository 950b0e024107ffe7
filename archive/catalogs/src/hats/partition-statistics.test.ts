/** The number of rows and the ends of an order come from statistics: the same rows as from all of them, of which most are not read. */
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDuckdbEngine, type DuckdbEngine } from '../engine/duckdb-engine.ts';
import { ingestCatalog } from '../ingest/ingest-catalog.ts';
import { execute, queryTable } from '../ingest/sql.ts';
import { type HatsCatalog, openCollection } from './hats-catalog.ts';
import { countRelation, firstRowsRelation } from './partition-statistics.ts';

const ROWS = 60_000;
let folder: string;
let engine: DuckdbEngine;
let catalog: HatsCatalog;
let path: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'almagest-statistics-'));
  engine = await createDuckdbEngine({ threads: 1 });
  const input = join(folder, 'in.parquet');
  // `field` follows the sky, `mag` does in part and has nulls; one row in 20 000 of `flux` is no number, some are infinite.
  await execute(
    engine,
    `COPY (SELECT range AS id, (range * 137.508) % 360 AS ra, degrees(asin(2 * (range + 0.5) / ${ROWS} - 1)) AS "dec",
      (hash(range) % 100000)::INTEGER AS visits, (range // 500)::SMALLINT AS field,
      CASE WHEN range BETWEEN 7000 AND 7100 THEN NULL ELSE 14 + range / 6000.0 + ((range * 31) % 100) / 100.0 END::FLOAT AS mag,
      CASE WHEN range % 20000 = 77 THEN 'nan' WHEN range % 30000 = 5 THEN '-inf' ELSE (sin(range) * 1e3)::VARCHAR END::DOUBLE AS flux,
      'n' || range AS name FROM range(${ROWS})) TO '${input}' (FORMAT parquet)`,
  );
  const position = { raColumn: 'ra', decColumn: 'dec' };
  ({ path } = await ingestCatalog({ archive: folder, name: 'objects', inputs: [input], ...position, maxRows: 1500, now: new Date(0) }));
  catalog = (await openCollection(path)).primary;
  expect(catalog.tiles.length).toBeGreaterThan(40);
}, 60_000);
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

async function firstIds(relation: string, order: string, rows: number): Promise<string[]> {
  const table = await queryTable(engine, `SELECT id FROM ${relation} ORDER BY ${order}, id LIMIT ${rows}`);
  return Array.from((table?.columns[0]?.data ?? []) as BigInt64Array, String);
}

const wanted = fc.record({
  column: fc.constantFrom('id', 'ra', 'dec', 'visits', 'field', 'mag', 'flux', '_healpix_29'),
  descending: fc.boolean(),
  rows: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: ROWS + 5 })),
});

test.each([11, 4242])('the first rows in any order are those of all rows (seed %i)', async (seed) => {
  const all = `read_parquet('${join(folder, 'in.parquet')}')`;
  const everything = `(SELECT * FROM read_parquet('${path}/objects/dataset/**/*.parquet', hive_partitioning = false))`;
  let narrower = 0;
  await fc.assert(
    fc.asyncProperty(wanted, async (first) => {
      const found = await firstRowsRelation(catalog, engine, first);
      if (!found) return;
      narrower++;
      const order = `"${first.column}" ${first.descending ? 'DESC NULLS FIRST' : 'ASC NULLS LAST'}`;
      const expected = await firstIds(first.column === '_healpix_29' ? everything : all, order, first.rows);
      expect(await firstIds(found.relation, order, first.rows), JSON.stringify(first)).toEqual(expected);
    }),
    { seed, numRuns: 60 },
  );
  expect(narrower).toBeGreaterThan(20);
});

test.each(['mag', 'visits', 'dec'])('the ten first by %s are found in a few tiles, and the engine looks at few rows', async (column) => {
  const found = await firstRowsRelation(catalog, engine, { column, descending: false, rows: 10 });
  expect(found!.tiles.length).toBeLessThan(catalog.tiles.length / 4);
  expect(found!.rows).toBeLessThan(ROWS / 4);
  expect(await rowsScanned(`SELECT * FROM ${found!.relation} ORDER BY "${column}" LIMIT 10`)).toBeLessThan(ROWS / 4);
});

test('the number of rows comes from the statistics: no tile has to be there', async () => {
  const fresh = (await openCollection(path)).primary;
  const dataset = join(fresh.path, 'dataset');
  renameSync(dataset, `${dataset}-away`);
  try {
    const relation = await countRelation(fresh, engine);
    expect(relation).not.toContain('dataset');
    const table = await queryTable(engine, `SELECT "rows" FROM ${relation}`);
    expect(table?.columns[0]?.data[0]).toBe(BigInt(ROWS));
  } finally {
    renameSync(`${dataset}-away`, dataset);
  }
});

test('without statistics, or with those of other tiles, the engine counts', async () => {
  const fewer = { ...catalog, tiles: catalog.tiles.slice(1) };
  expect(await firstRowsRelation(fewer, engine, { column: 'id', descending: false, rows: 3 })).toBeUndefined();
  const table = await queryTable(engine, `SELECT "rows" FROM ${await countRelation(fewer, engine)}`);
  expect(Number(table?.columns[0]?.data[0])).toBeLessThan(ROWS);
});

test('text has no bounds to go by, nor has a float of another maker, whose bounds may hide NaN', async () => {
  const foreign = { ...catalog, properties: { ...catalog.properties, hats_builder: 'hats-import v0.6' } };
  const ten = { descending: true, rows: 10 };
  expect(await firstRowsRelation(catalog, engine, { column: 'name', ...ten })).toBeUndefined();
  expect(await firstRowsRelation(foreign, engine, { column: 'mag', ...ten })).toBeUndefined();
  expect(await firstRowsRelation(foreign, engine, { column: 'field', ...ten })).toBeDefined();
});

/** Rows that the scans of a query gave, as the engine's profile counts them. */
async function rowsScanned(sql: string): Promise<number> {
  const table = await queryTable(engine, `EXPLAIN (ANALYZE, FORMAT json) ${sql}`);
  const sum = (node: { operator_type?: string; operator_rows_scanned?: number; children?: never[] }): number =>
    (node.operator_rows_scanned ?? 0) + (node.children ?? []).reduce((all, child) => all + sum(child), 0);
  const profile = JSON.parse(String(table?.columns[1]?.data[0])) as never;
  const rows = sum(profile);
  expect(rows).toBeGreaterThan(0);
  return rows;
}
