/** The same 250 generated queries give the same rows on DuckDB over HATS, with files and rows pruned, as on plain unpartitioned DuckDB. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalogRelation, createDuckdbEngine, type DuckdbEngine, ingestCatalog, indexedRelation, openCollection } from '@almagest/catalogs';
import {
  convexHull,
  DEGREE,
  healpixCover,
  intersectionOf,
  lonInterval,
  makeBox,
  makeCircle,
  type Region,
  unitFromLonLat,
} from '@almagest/sphere';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { duckdbDialect, planAdql, printSql, quoteName, type SkyConstraint, type SqlSource } from '../src/index.ts';
import { agree, catalog, DDL, makeRows, ordered, plain, query, type Row } from './generated-queries.ts';

const folder = mkdtempSync(join(tmpdir(), 'almagest-adql-hats-'));
let engine: DuckdbEngine;
let relationOf: (source: SqlSource) => Promise<string>;
let pruned = 0;
beforeAll(async () => {
  engine = await createDuckdbEngine({ threads: 2 });
  for (const sql of [...DDL, ...makeRows()]) await rowsOf(sql.replaceAll('DOUBLE PRECISION', 'DOUBLE'));
  const input = join(folder, 'stars.parquet');
  await rowsOf(`COPY stars TO '${input}' (FORMAT parquet)`);
  const { path } = await ingestCatalog({
    archive: join(folder, 'archive'),
    name: 'stars',
    inputs: [input],
    raColumn: 'ra',
    decColumn: 'dec',
    indexColumn: 'id',
    maxRows: 20,
    now: new Date(0),
  });
  const collection = await openCollection(path);
  expect(collection.primary.tiles.length).toBeGreaterThan(15);
  relationOf = async ({ table, keys, sky }) => {
    if (table.name !== 'stars') return quoteName(table.name);
    if (keys) {
      pruned++;
      return (await indexedRelation(collection, engine, 'id', keys.map(BigInt)))!;
    }
    if (sky.length === 0) return await catalogRelation(collection.primary);
    pruned++;
    return await catalogRelation(collection.primary, { ranges: healpixCover(intersectionOf(...sky.map(regionOf)), { maxRanges: 12 }) });
  };
}, 60_000);
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

async function rowsOf(sql: string): Promise<Row[]> {
  const reader = await (await connection()).runAndReadAll(sql);
  return (reader.getRows() as unknown[][]).map((row) => row.map(plain));
}

let connected: Awaited<ReturnType<DuckdbEngine['instance']['connect']>> | undefined;
async function connection(): Promise<NonNullable<typeof connected>> {
  return (connected ??= await engine.instance.connect());
}

function regionOf(constraint: SkyConstraint): Region {
  const at = (lon: number, lat: number) => unitFromLonLat({ lon: lon * DEGREE, lat: lat * DEGREE });
  if (constraint.kind === 'circle') return makeCircle(at(constraint.lon, constraint.lat), constraint.radius * DEGREE);
  if (constraint.kind === 'polygon') return convexHull(constraint.vertices.map(([lon, lat]) => at(lon, lat)));
  const { lonMin, lonMax, latMin, latMax } = constraint;
  return makeBox(lonInterval(lonMin * DEGREE, lonMax * DEGREE), { a: latMin * DEGREE, b: latMax * DEGREE });
}

test('250 queries with joins, groups, sub-queries and geometry agree (seed 23)', async () => {
  await fc.assert(
    fc.asyncProperty(query, async (adql) => {
      const { statement } = planAdql(adql, catalog);
      const expected = ordered(
        await rowsOf(
          printSql(
            statement,
            duckdbDialect(({ table }) => quoteName(table.name)),
          ),
        ),
        adql,
      );
      const relations = new Map<SqlSource, string>();
      printSql(
        statement,
        duckdbDialect((source) => {
          relations.set(source, '');
          return '';
        }),
      );
      for (const source of relations.keys()) relations.set(source, await relationOf(source));
      const found = ordered(
        await rowsOf(
          printSql(
            statement,
            duckdbDialect((source) => relations.get(source) ?? ''),
          ),
        ),
        adql,
      );
      expect(found.length, adql).toBe(expected.length);
      for (const [i, row] of found.entries())
        for (const [j, value] of row.entries()) expect(agree(value, expected[i]?.[j]), `row ${i}, column ${j}: ${adql}`).toBe(true);
    }),
    { seed: 23, numRuns: 250 },
  );
  // Or else the comparison would say nothing of pruning.
  expect(pruned).toBeGreaterThan(20);
});
