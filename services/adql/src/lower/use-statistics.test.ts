import { expect, test } from 'vitest';
import type { Catalog } from '../catalog/catalog.ts';
import { planAdql } from '../plan.ts';
import { duckdbDialect } from '../print/duckdb-dialect.ts';
import { printSql } from '../print/print-sql.ts';
import type { SqlSource } from '../sql/sql-tree.ts';

const columns = [
  { name: 'id', type: 'BIGINT' },
  { name: 'ra', type: 'DOUBLE', unit: 'deg' },
  { name: 'dec', type: 'DOUBLE', unit: 'deg' },
  { name: 'mag', type: 'REAL', unit: 'mag' },
] as const;
const catalog: Catalog = {
  defaultSchemas: ['sky'],
  userFunctions: [],
  tables: [
    { schema: 'sky', name: 'stars', sky: { ra: 'ra', dec: 'dec' }, keyColumn: 'id', hasStatistics: true, columns },
    { schema: 'sky', name: 'others', columns },
  ],
};

/** The SQL, and what its tables were asked for. */
function plan(adql: string): { sql: string; asked: Pick<SqlSource, 'count' | 'first'>[] } {
  const asked: Pick<SqlSource, 'count' | 'first'>[] = [];
  const dialect = duckdbDialect(({ count, first }) => {
    asked.push({ ...(count ? { count } : {}), ...(first ? { first } : {}) });
    return 'T';
  });
  return { sql: printSql(planAdql(adql, catalog, { maxRows: 101 }).statement, dialect), asked };
}

test('COUNT(*) of a whole table asks for one row', () => {
  expect(plan('SELECT COUNT(*) AS n FROM stars')).toEqual({
    sql: 'SELECT "t1"."rows" AS "n" FROM T AS "t1" LIMIT 101',
    asked: [{ count: true }],
  });
  expect(plan("SELECT COUNT(*) / 2, 'all' AS what FROM stars").asked).toEqual([{ count: true }]);
  expect(plan('SELECT COUNT(*) AS n FROM stars UNION ALL SELECT q.n FROM (SELECT COUNT(*) AS n FROM stars) AS q').asked).toEqual([
    { count: true },
    { count: true },
  ]);
});

test.each([
  'SELECT COUNT(*) FROM others',
  'SELECT COUNT(*) FROM stars WHERE mag < 20',
  'SELECT COUNT(*) FROM stars WHERE id = 3',
  'SELECT COUNT(mag) FROM stars',
  'SELECT COUNT(*), MAX(mag) FROM stars',
  'SELECT COUNT(*) FROM stars GROUP BY mag',
  'SELECT COUNT(*) FROM stars HAVING COUNT(*) > 3',
  'SELECT COUNT(*) FROM stars, others',
  'SELECT 1 AS one FROM stars',
])('%s reads rows', (adql) => {
  expect(plan(adql).asked.every(({ count, first }) => count === undefined && first === undefined)).toBe(true);
});

test('TOP in the order of a column asks for the first rows, those that OFFSET skips among them', () => {
  const first = { column: 'mag', descending: false, rows: 5 };
  expect(plan('SELECT TOP 5 id, mag FROM stars ORDER BY mag').asked).toEqual([{ first }]);
  expect(plan('SELECT TOP 5 id, mag AS m FROM stars ORDER BY 2 DESC, id').asked).toEqual([{ first: { ...first, descending: true } }]);
  expect(plan('SELECT TOP 3 id FROM stars ORDER BY stars.mag OFFSET 2').asked).toEqual([{ first }]);
  // Nobody gets more rows than allowed.
  expect(plan('SELECT id FROM stars ORDER BY mag').asked).toEqual([{ first: { ...first, rows: 101 } }]);
});

test.each([
  'SELECT TOP 5 id FROM stars WHERE mag > 20 ORDER BY mag',
  'SELECT DISTINCT TOP 5 mag FROM stars ORDER BY mag',
  'SELECT TOP 5 -mag AS mag FROM stars ORDER BY mag',
  'SELECT TOP 5 mag FROM stars GROUP BY mag ORDER BY mag',
  'SELECT TOP 5 mag FROM others ORDER BY mag',
  'SELECT TOP 5 stars.mag FROM stars JOIN others USING (id) ORDER BY stars.mag',
  'SELECT TOP 5 mag FROM stars',
])('%s may need any row', (adql) => {
  expect(plan(adql).asked.every(({ first }) => first === undefined)).toBe(true);
});
