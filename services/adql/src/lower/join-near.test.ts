import { expect, test } from 'vitest';
import type { Catalog } from '../catalog/catalog.ts';
import { planAdql } from '../plan.ts';
import { duckdbDialect } from '../print/duckdb-dialect.ts';
import { printSql } from '../print/print-sql.ts';

const columns = [
  { name: 'id', type: 'BIGINT' },
  { name: 'ra', type: 'DOUBLE', unit: 'deg' },
  { name: 'dec', type: 'DOUBLE', unit: 'deg' },
] as const;
const sky = { ra: 'ra', dec: 'dec' } as const;
const catalog: Catalog = {
  defaultSchemas: ['sky'],
  userFunctions: [],
  tables: [
    { schema: 'sky', name: 'stars', sky, keyColumn: 'id', columns, joinsNear: (_owner, radius) => radius <= 0.01 },
    { schema: 'sky', name: 'others', sky, columns },
  ],
};

function sqlOf(adql: string): string {
  return printSql(
    planAdql(adql, catalog).statement,
    duckdbDialect(({ table, near }) => `${table.name}${near ? `:${near.role}:${near.radius}` : ''}`),
  );
}

test.each([
  ['JOIN', 'SELECT a.id FROM others AS a JOIN stars AS b ON 1 = CONTAINS(POINT(a.ra, a.dec), CIRCLE(b.ra, b.dec, 0.01))'],
  ['the other way', 'SELECT a.id FROM others AS a JOIN stars AS b ON 1 = CONTAINS(POINT(b.ra, b.dec), CIRCLE(a.ra, a.dec, 0.01))'],
  ['a comma', 'SELECT a.id FROM others AS a, stars AS b WHERE a.id > 3 AND 1 = CONTAINS(POINT(a.ra, a.dec), CIRCLE(b.ra, b.dec, 0.01))'],
  ['DISTANCE', 'SELECT a.id FROM others AS a JOIN stars AS b ON DISTANCE(POINT(a.ra, a.dec), POINT(b.ra, b.dec)) < 0.01'],
  ['DISTANCE after its limit', 'SELECT a.id FROM others AS a JOIN stars AS b ON 0.01 >= DISTANCE(POINT(a.ra, a.dec), POINT(b.ra, b.dec))'],
])('%s within the margin goes by tile and zone', (_name, adql) => {
  const sql = sqlOf(adql);
  expect(sql).toContain('others:owner:0.01 AS "t1" INNER JOIN stars:neighbour:0.01 AS "t2"');
  expect(sql).toContain('ON (("t1"."_near_tile" = "t2"."_near_tile") AND ("t1"."_near_zone" = "t2"."_near_zone")');
});

test('a sub-query that only chooses rows and columns gives tile and zone as well', () => {
  const sql = sqlOf(
    'SELECT q.n, b.id FROM stars AS b JOIN (SELECT id AS n, ra AS x, dec AS y FROM others WHERE id < 9) AS q ON DISTANCE(POINT(q.x, q.y), POINT(b.ra, b.dec)) < 0.005',
  );
  expect(sql).toContain('FROM stars:neighbour:0.005 AS "t1" INNER JOIN (SELECT');
  expect(sql).toContain('"t2"."_near_tile" AS "_near_tile", "t2"."_near_zone" AS "_near_zone" FROM others:owner:0.005 AS "t2" WHERE');
});

const ON = 'DISTANCE(POINT(a.ra, a.dec), POINT(b.ra, b.dec)) < 0.01';
test.each([
  'SELECT a.id FROM stars AS a JOIN stars AS b ON DISTANCE(POINT(a.ra, a.dec), POINT(b.ra, b.dec)) < 0.0101',
  'SELECT a.id FROM stars AS a JOIN stars AS b ON DISTANCE(POINT(a.ra, a.dec), POINT(b.ra, b.dec)) > 0.001',
  'SELECT a.id FROM stars AS a JOIN stars AS b ON 0 = CONTAINS(POINT(a.ra, a.dec), CIRCLE(b.ra, b.dec, 0.01))',
  'SELECT a.id FROM stars AS a JOIN stars AS b ON DISTANCE(POINT(a.dec, a.ra), POINT(b.ra, b.dec)) < 0.001',
  'SELECT a.id FROM stars AS a JOIN stars AS b ON DISTANCE(POINT(a.ra, a.dec), POINT(b.ra, b.dec)) < a.id',
  `SELECT a.id FROM others AS a JOIN others AS b ON ${ON}`,
  `SELECT a.id FROM stars AS a LEFT JOIN stars AS b ON ${ON}`,
  `SELECT a.id FROM stars AS a FULL JOIN stars AS b ON ${ON}`,
  `SELECT a.id FROM stars AS a JOIN stars AS b ON NOT (${ON})`,
  `SELECT a.id FROM stars AS a JOIN stars AS b ON ${ON} OR a.id = 7`,
  `SELECT a.id FROM stars AS a JOIN stars AS b ON a.id = b.id AND ${ON}`,
  `SELECT a.id FROM stars AS a, stars AS b WHERE a.id = b.id AND ${ON}`,
  `SELECT a.id FROM stars AS a, stars AS b WHERE a.id = 7 AND ${ON}`,
  `SELECT a.id FROM (SELECT TOP 5 id, ra, dec FROM stars) AS a JOIN stars AS b ON ${ON}`,
  `SELECT a.ra FROM (SELECT DISTINCT ra, dec FROM stars) AS a JOIN stars AS b ON ${ON}`,
  `SELECT a.ra FROM (SELECT ra, dec FROM stars GROUP BY ra, dec) AS a JOIN stars AS b ON ${ON}`,
])('%s stays as it is', (adql) => {
  expect(sqlOf(adql)).not.toContain('near');
});

test('a distance below a constant has a band in declination that statistics can prune', () => {
  expect(sqlOf('SELECT id FROM others WHERE DISTANCE(POINT(ra, dec), POINT(10, 20)) < 0.5')).toContain('"dec" BETWEEN 19.4');
});
