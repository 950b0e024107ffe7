import { expect, test } from 'vitest';
import type { Catalog } from './catalog/catalog.ts';
import { planAdql } from './plan.ts';
import { duckdbDialect } from './print/duckdb-dialect.ts';
import { printSql } from './print/print-sql.ts';
import type { SqlFrom, SqlSource } from './sql/sql-tree.ts';

const catalog: Catalog = {
  defaultSchemas: ['dp'],
  userFunctions: [],
  tables: [
    {
      schema: 'dp',
      name: 'DiaObject',
      sky: { ra: 'ra', dec: 'dec' },
      keyColumn: 'diaObjectId',
      columns: [
        { name: 'diaObjectId', type: 'BIGINT' },
        { name: 'ra', type: 'DOUBLE', unit: 'deg', ucd: 'pos.eq.ra' },
        { name: 'dec', type: 'DOUBLE', unit: 'deg' },
        { name: 'g_psfFluxMean', type: 'REAL', unit: 'nJy' },
        { name: '_healpix_29', type: 'BIGINT', hidden: true },
      ],
    },
    {
      schema: 'dp',
      name: 'Visit',
      columns: [
        { name: 'visit', type: 'BIGINT' },
        { name: 'ra', type: 'DOUBLE' },
      ],
    },
  ],
};

function sourceOf(adql: string): SqlSource {
  const { query } = planAdql(adql, catalog).statement;
  const walk = (from: SqlFrom): SqlSource =>
    from.op === 'source' ? from : from.op === 'join' ? walk(from.left) : walk(undefined as never);
  return walk(query.op === 'select' ? query.from : (undefined as never));
}

test('names are found whatever their letters, and come out as the schema writes them', () => {
  const plan = planAdql('SELECT DIAOBJECTID, d.RA FROM diaobject AS d', catalog);
  expect(plan.columns.map((c) => c.name)).toEqual(['diaObjectId', 'ra']);
  expect(plan.columns[1]).toMatchObject({ unit: 'deg', ucd: 'pos.eq.ra' });
  expect(plan.touched[0]?.columns).toEqual(['diaObjectId', 'ra']);
});

test('a star leaves hidden columns out', () => {
  expect(planAdql('SELECT * FROM DiaObject', catalog).columns.map((c) => c.name)).toEqual(['diaObjectId', 'ra', 'dec', 'g_psfFluxMean']);
});

test('a misspelt table, column or function is answered with the nearest one', () => {
  expect(() => planAdql('SELECT ra FROM DiaObjcet', catalog)).toThrow('did you mean DiaObject?');
  expect(() => planAdql('SELECT g_psfFluxMeen FROM DiaObject', catalog)).toThrow('did you mean g_psfFluxMean?');
  expect(() => planAdql('SELECT ra FROM DiaObject, Visit', catalog)).toThrow('in several tables');
});

test('a cone on the position columns limits what is read', () => {
  expect(
    sourceOf("SELECT ra FROM DiaObject WHERE 1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 10, -20, 0.5)) AND g_psfFluxMean > 5").sky,
  ).toEqual([{ kind: 'circle', lon: 10, lat: -20, radius: 0.5 }]);
  expect(sourceOf('SELECT ra FROM DiaObject WHERE DISTANCE(POINT(ra, dec), POINT(10, -20)) < 0.5').sky).toEqual([
    { kind: 'circle', lon: 10, lat: -20, radius: 0.5 },
  ]);
  expect(sourceOf('SELECT ra FROM DiaObject WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(10, -20, 0.5)) OR ra < 3').sky).toEqual([]);
});

test('BETWEEN on the position columns is a box', () => {
  expect(sourceOf('SELECT ra FROM DiaObject WHERE ra BETWEEN 10 AND 11 AND dec > -5 AND dec <= 5').sky).toEqual([
    { kind: 'box', lonMin: 10, lonMax: 11, latMin: -5, latMax: 5 },
  ]);
});

test('identifiers limit the partitions, with all their digits', () => {
  expect(sourceOf('SELECT ra FROM DiaObject WHERE diaObjectId IN (9007199254740993, -4)').keys).toEqual(['9007199254740993', '-4']);
  expect(sourceOf('SELECT ra FROM DiaObject WHERE diaObjectId = 7 AND diaObjectId IN (7, 8)').keys).toEqual(['7']);
});

test('a column that is neither grouped nor aggregated is named', () => {
  expect(() => planAdql('SELECT ra, COUNT(*) FROM DiaObject GROUP BY dec', catalog)).toThrow('the column ra must be in GROUP BY');
});

test('text is no number, and no number is text', () => {
  expect(() => planAdql("SELECT ra + 'x' FROM DiaObject", catalog)).toThrow('expected a number; found a VARCHAR');
  expect(() => planAdql("SELECT ra FROM DiaObject WHERE ra = 'x'", catalog)).toThrow('cannot be compared');
  expect(() => planAdql("SELECT IN_UNIT(ra, 'Jy') FROM DiaObject", catalog)).toThrow('cannot be given in Jy');
});

test('what a user may not read is refused by name', () => {
  const mayRead = (_table: unknown, column: string): boolean => column !== 'dec';
  expect(() => planAdql('SELECT ra FROM DiaObject WHERE dec > 3', catalog, { mayRead })).toThrow('dp.DiaObject.dec');
  expect(() => planAdql('SELECT ra FROM DiaObject', catalog, { mayRead })).not.toThrow();
});

test('text from a query reaches SQL only inside quotes', () => {
  const { statement } = planAdql(`SELECT 'x''; DROP TABLE t; --' AS "a""b" FROM Visit`, catalog);
  expect(
    printSql(
      statement,
      duckdbDialect(() => '"v"'),
    ),
  ).toBe(`SELECT 'x''; DROP TABLE t; --' AS "a""b" FROM "v" AS "t1"`);
});

test('the engine is asked for no more rows than allowed, and a smaller TOP wins', () => {
  expect(planAdql('SELECT TOP 50 ra FROM Visit', catalog, { maxRows: 11 }).statement.query.limit).toBe(11);
  expect(planAdql('SELECT TOP 5 ra FROM Visit', catalog, { maxRows: 11 }).statement.query.limit).toBe(5);
});
