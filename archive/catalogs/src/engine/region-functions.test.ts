import { afterAll, beforeAll, expect, test } from 'vitest';
import { concatTables, rowsOf } from '@almagest/table';
import { createDuckdbEngine, type DuckdbEngine } from './duckdb-engine.ts';

let engine: DuckdbEngine;
beforeAll(async () => {
  engine = await createDuckdbEngine({ threads: 1 });
});
afterAll(() => engine.close());

const evaluate = async (expression: string): Promise<unknown> => {
  const { batches } = await engine.run(`SELECT ${expression} AS x`);
  return [...rowsOf(concatTables(await Array.fromAsync(batches)))][0]!['x'];
};
const SQUARE = "'POLYGON ICRS 10 10 11 10 11 11 10 11'";

test('regions contain and touch one another, whichever way round a polygon runs', async () => {
  expect(await evaluate(`almagest_contains('POINT 10.5 10.5', ${SQUARE})`)).toBe(1);
  expect(await evaluate(`almagest_contains('POINT 12 10.5', ${SQUARE})`)).toBe(0);
  expect(await evaluate(`almagest_contains('CIRCLE 10.5 10.5 0.2', 'POLYGON 10 10 10 11 11 11 11 10')`)).toBe(1);
  expect(await evaluate(`almagest_contains('CIRCLE 10.5 10.5 0.6', ${SQUARE})`)).toBe(0);
  expect(await evaluate(`almagest_intersects('CIRCLE 9.5 10.5 0.6', ${SQUARE})`)).toBe(1);
  expect(await evaluate(`almagest_intersects('CIRCLE 9.5 10.5 0.4', ${SQUARE})`)).toBe(0);
  expect(await evaluate(`almagest_intersects('RANGE 359 361 -1 1', 'CIRCLE 0.5 0 0.1')`)).toBe(1);
});

test('areas and middles are those of the sphere', async () => {
  const degrees = 180 / Math.PI;
  expect(await evaluate("almagest_area('CIRCLE 10 80 5')")).toBeCloseTo(2 * Math.PI * (1 - Math.cos(5 / degrees)) * degrees ** 2, 8);
  expect(await evaluate("almagest_area('POLYGON 0 0 90 0 0 90')")).toBeCloseTo((Math.PI / 2) * degrees ** 2, 6);
  expect(await evaluate("almagest_coord1(almagest_centroid('CIRCLE 10 20 5'))")).toBeCloseTo(10, 10);
  expect(await evaluate("almagest_distance('POINT 10 0', 'POINT ICRS 12 0')")).toBeCloseTo(2, 10);
});

test('text that is no region in ICRS gives null', async () => {
  for (const text of [
    "'POLYGON 1 2 3'",
    "'CIRCLE GALACTIC 1 2 3'",
    "'UNION (CIRCLE 1 2 3)'",
    "''",
    'NULL',
    "'CIRCLE 1 NaN 3'",
    "'POINT 1 200'",
    "'CIRCLE 1 2 -3e400'",
  ])
    expect([text, await evaluate(`almagest_intersects(${text}, ${SQUARE})`)]).toEqual([text, null]);
});
