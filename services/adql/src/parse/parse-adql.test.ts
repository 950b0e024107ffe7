import { expect, test } from 'vitest';
import { AdqlSyntaxError } from '../errors.ts';
import { parseAdql, type ParseOptions } from './parse-adql.ts';
import { parseUserFunction } from './user-function.ts';

function errorOf(query: string, options?: ParseOptions): AdqlSyntaxError {
  try {
    parseAdql(query, options);
  } catch (error) {
    if (error instanceof AdqlSyntaxError) return error;
    throw error;
  }
  throw new Error(`accepted: ${query}`);
}

test('says where, what was expected and what was found', () => {
  const error = errorOf('SELECT ra,\n  dec FORM stars');
  expect(error.details?.position).toEqual({ offset: 22, end: 27, line: 2, column: 12 });
  expect(error.message).toBe('expected FROM; found "stars" (line 2, column 12)');
});

test('offers the keyword that was misspelt', () => {
  expect(errorOf('SELECT ra FROM t WHERE ra > 3 ORDR BY ra').message).toContain('expected the end of the query');
  expect(errorOf('SELCT ra FROM t').message).toContain('Did you mean SELECT?');
});

test('tells how to use a reserved word as a name', () => {
  expect(errorOf('SELECT date FROM t').message).toContain('write "date" in double quotes');
  expect(() => parseAdql('SELECT "date" FROM t')).not.toThrow();
});

test('INTERSECT binds tighter than UNION, which goes from left to right', () => {
  const { query } = parseAdql('SELECT a FROM t UNION SELECT a FROM u INTERSECT SELECT a FROM v EXCEPT SELECT a FROM w');
  expect(query).toMatchObject({ kind: 'set', operator: 'EXCEPT', left: { operator: 'UNION', right: { operator: 'INTERSECT' } } });
});

test('multiplication binds tighter than addition, AND tighter than OR', () => {
  const { query } = parseAdql('SELECT 1 + 2 * 3 FROM t WHERE a = 1 OR b = 2 AND NOT c = 3');
  expect(query).toMatchObject({
    items: [{ expression: { operator: '+', right: { operator: '*' } } }],
    where: { kind: 'or', right: { kind: 'and', right: { kind: 'not' } } },
  });
});

test('a condition in parentheses and a value in parentheses are told apart', () => {
  const { query } = parseAdql('SELECT a FROM t WHERE ((a + b) * 2 > 3) AND (c) = (SELECT MAX(c) FROM t)');
  expect(query).toMatchObject({ where: { kind: 'and', left: { kind: 'comparison' }, right: { right: { kind: 'scalar-query' } } } });
});

test('integers keep all their digits', () => {
  expect(parseAdql('SELECT 9223372036854775807 FROM t').query).toMatchObject({ items: [{ expression: { text: '9223372036854775807' } }] });
});

test('version 2.0 refuses what came with 2.1', () => {
  for (const query of [
    'SELECT a FROM t OFFSET 3',
    'WITH x AS (SELECT a FROM t) SELECT a FROM x',
    'SELECT a FROM t UNION SELECT a FROM u',
    'SELECT CAST(a AS REAL) FROM t',
    'SELECT POINT(1, 2) FROM t',
  ])
    expect(errorOf(query, { version: '2.0' }).message).toMatch(/2\.1/);
});

test('a declared function is checked for its number of arguments', () => {
  const userFunctions = [parseUserFunction('ivo_healpix_index(hpxOrder INTEGER, ra DOUBLE, dec DOUBLE) -> BIGINT')];
  expect(() => parseAdql('SELECT ivo_healpix_index(6, ra, dec) FROM t', { userFunctions })).not.toThrow();
  expect(errorOf('SELECT ivo_healpix_index(6, ra) FROM t', { userFunctions }).message).toContain('3 arguments');
  expect(errorOf('SELECT ivo_healpx(6, ra, dec) FROM t', { userFunctions }).message).toContain('did you mean ivo_healpix_index?');
});

test('nesting deeper than the limit is refused, not crashed on', () => {
  const deep = `SELECT ${'('.repeat(5000)}1${')'.repeat(5000)} FROM t`;
  expect(errorOf(deep).message).toContain('200 levels');
  expect(errorOf(`SELECT ${'-'.repeat(3)} ${'- '.repeat(5000)}1 FROM t`).code).toBe('adql.syntax');
  expect(errorOf(`SELECT 1 FROM t WHERE ${'NOT '.repeat(5000)} a = 1`).code).toBe('adql.syntax');
});

test('long flat queries take linear time', () => {
  const terms = Array.from({ length: 20_000 }, (_, i) => `(a = ${i})`).join(' OR ');
  expect(parseAdql(`SELECT a FROM t WHERE ${terms}`).query.kind).toBe('select');
});

test('a comment ends with its line, and a quote in a string is doubled', () => {
  expect(parseAdql("SELECT a -- 'not a string\nFROM t WHERE b = 'it''s'").query).toMatchObject({ where: { right: { value: "it's" } } });
});
