/** The same 250 generated queries give the same rows on DuckDB over HATS, with files and rows pruned, as on plain unpartitioned DuckDB. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planAdql } from '../src/index.ts';
import { catalog, expectSameRows, ordered, query } from './generated-queries.ts';
import { type HatsTables, openHatsTables } from './hats-tables.ts';

let tables: HatsTables;
beforeAll(async () => {
  tables = await openHatsTables();
  expect(tables.tiles).toBeGreaterThan(15);
}, 60_000);
afterAll(() => tables.close());

test('250 queries with joins, groups, sub-queries and geometry agree (seed 23)', async () => {
  await fc.assert(
    fc.asyncProperty(query, async (adql) => {
      const { statement } = planAdql(adql, catalog);
      expectSameRows(ordered(await tables.runHats(statement), adql), ordered(await tables.runPlain(statement), adql), adql);
    }),
    { seed: 23, numRuns: 250 },
  );
  // Or else the comparison would say nothing of pruning.
  expect(tables.pruned()).toBeGreaterThan(20);
});
