/** Tables that are the same everywhere, queries over them, and when two answers agree. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Catalog } from '../src/index.ts';

export type Row = readonly (number | string | null)[];
/** Runs SQL on one engine. */
export type Run = (sql: string) => Promise<Row[]>;

export const catalog: Catalog = {
  defaultSchemas: ['sky'],
  userFunctions: [],
  tables: [
    {
      schema: 'sky',
      name: 'stars',
      sky: { ra: 'ra', dec: 'dec' },
      keyColumn: 'id',
      columns: [
        { name: 'id', type: 'BIGINT' },
        { name: 'ra', type: 'DOUBLE', unit: 'deg' },
        { name: 'dec', type: 'DOUBLE', unit: 'deg' },
        { name: 'mag', type: 'DOUBLE', unit: 'mag' },
        { name: 'class', type: 'VARCHAR' },
        { name: 'n', type: 'INTEGER' },
      ],
    },
    {
      schema: 'sky',
      name: 'visits',
      columns: [
        { name: 'id', type: 'BIGINT' },
        { name: 'visit', type: 'INTEGER' },
        { name: 'flux', type: 'DOUBLE', unit: 'nJy' },
        { name: 'band', type: 'VARCHAR' },
      ],
    },
  ],
};

export const DDL: readonly string[] = [
  'CREATE TABLE stars (id BIGINT, ra DOUBLE PRECISION, "dec" DOUBLE PRECISION, mag DOUBLE PRECISION, class VARCHAR, n INTEGER)',
  'CREATE TABLE visits (id BIGINT, visit INTEGER, flux DOUBLE PRECISION, band VARCHAR)',
];

/** A small linear congruential generator, so that the tables are the same everywhere. */
export function makeRows(): string[] {
  let state = 20261120;
  const next = (): number => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
  const stars = Array.from({ length: 300 }, (_, i) => {
    const mag = next() < 0.1 ? 'NULL' : (14 + 10 * next()).toFixed(6);
    return `(${9007199254740993n + BigInt(i)}, ${(next() * 360).toFixed(9)}, ${(next() * 180 - 90).toFixed(9)}, ${mag}, '${['star', 'Galaxy', "o'dd", 'qso%'][Math.floor(next() * 4)]?.replace("'", "''")}', ${Math.floor(next() * 21) - 10})`;
  });
  const visits = Array.from(
    { length: 900 },
    (_, i) =>
      `(${9007199254740993n + BigInt(Math.floor(next() * 330))}, ${i % 40}, ${(1000 * next() - 100).toFixed(6)}, '${'grizy'[i % 5]}')`,
  );
  return [`INSERT INTO stars VALUES ${stars.join(', ')}`, `INSERT INTO visits VALUES ${visits.join(', ')}`];
}

/** A value as all engines can give it. */
export function plain(value: unknown): number | string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : value;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const num = fc.integer({ min: -20, max: 40 });
const lon = fc.integer({ min: 0, max: 3600 }).map((x) => x / 10);
const lat = fc.integer({ min: -900, max: 900 }).map((x) => x / 10);
const numeric = fc.oneof(
  fc.constantFrom(
    's.mag',
    's.ra',
    's.dec',
    's.n',
    's.n / 3',
    'ABS(s.n)',
    'ROUND(s.ra, 2)',
    'TRUNCATE(s.dec)',
    'FLOOR(s.mag)',
    'SQRT(ABS(s.dec))',
    'MOD(s.n, 4)',
    'POWER(s.n, 2)',
    's.n * 2 - 7',
    'SIGN(s.dec)',
    "IN_UNIT(s.ra, 'rad')",
    'COALESCE(s.mag, 99.5)',
    'DISTANCE(POINT(s.ra, s.dec), POINT(10, 20))',
    'COT(RADIANS(s.ra) + 0.1)',
    'LOG10(s.mag)',
    'CAST(s.n AS DOUBLE PRECISION)',
    'AREA(CIRCLE(s.ra, s.dec, 1.5))',
  ),
  num.map((n) => `(s.n + ${n})`),
);
const textual = fc.constantFrom('s.class', 'LOWER(s.class)', "s.class || '!'", 'UPPER(s.class)', 'CAST(s.n AS VARCHAR)');
const predicate = fc.oneof(
  fc.tuple(numeric, fc.constantFrom('<', '>', '<=', '>=', '<>'), num).map((p) => p.join(' ')),
  fc.tuple(numeric, num, num).map(([e, a, b]) => `${e} BETWEEN ${Math.min(a, b)} AND ${Math.max(a, b)}`),
  fc.constantFrom(
    "s.class LIKE 'G%'",
    "s.class NOT LIKE '%r'",
    "s.class ILIKE 'g%'",
    "s.class = 'o''dd'",
    's.mag IS NULL',
    's.mag IS NOT NULL',
    "s.class IN ('star', 'qso%')",
    's.n NOT IN (1, 2, 3)',
  ),
  fc
    .tuple(lon, lat, fc.integer({ min: 1, max: 60 }))
    .map(([a, b, r]) => `1 = CONTAINS(POINT('ICRS', s.ra, s.dec), CIRCLE('ICRS', ${a}, ${b}, ${r}))`),
  fc
    .tuple(lon, fc.integer({ min: -50, max: 50 }))
    .map(([a, b]) => `CONTAINS(POINT(s.ra, s.dec), POLYGON(${a}, ${b}, ${a + 30}, ${b}, ${a + 30}, ${b + 25}, ${a + 10}, ${b + 30})) = 1`),
  fc.tuple(lon, lat).map(([a, b]) => `0 = INTERSECTS(CIRCLE(s.ra, s.dec, 5), CIRCLE(${a}, ${b}, 20))`),
  fc.constantFrom(
    'EXISTS (SELECT 1 FROM visits v WHERE v.id = s.id AND v.flux > 400)',
    's.id IN (SELECT id FROM visits WHERE visit < 5)',
    's.mag > (SELECT AVG(mag) FROM stars)',
    's.id = 9007199254740995',
  ),
);
const where = fc
  .array(predicate, { minLength: 1, maxLength: 3 })
  .chain((all) => fc.constantFrom(' AND ', ' OR ').map((op) => all.map((p, i) => (i === 1 ? `NOT (${p})` : p)).join(op)));
/** ADQL with joins, groups, sub-queries and geometry. */
export const query: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(numeric, textual, where).map(([a, t, w]) => `SELECT s.id, ${a} AS a, ${t} AS t FROM stars AS s WHERE ${w}`),
  fc
    .tuple(numeric, where)
    .map(
      ([a, w]) =>
        `SELECT s.class, COUNT(*) AS c, SUM(s.n) AS total, AVG(${a}) AS mean, MIN(s.mag), MAX(s.dec) FROM stars s WHERE ${w} GROUP BY s.class HAVING COUNT(*) > 1`,
    ),
  fc
    .tuple(fc.constantFrom('JOIN', 'LEFT JOIN', 'RIGHT OUTER JOIN', 'FULL JOIN'), predicate)
    .map(
      ([j, p]) => `SELECT s.id, v.visit, v.flux FROM stars s ${j} visits AS v ON s.id = v.id AND v.flux > 500 WHERE ${p} OR s.id IS NULL`,
    ),
  fc
    .tuple(fc.constantFrom('NATURAL JOIN', 'NATURAL LEFT JOIN', 'NATURAL FULL JOIN'), num)
    .map(([j, n]) => `SELECT id, band, COUNT(*) AS c FROM stars ${j} visits WHERE visit > ${n} GROUP BY id, band`),
  fc
    .tuple(num, num)
    .map(([a, b]) => `SELECT * FROM (SELECT id, mag FROM stars WHERE n > ${a}) AS q JOIN visits USING (id) WHERE flux < ${b * 20}`),
  fc
    .tuple(fc.constantFrom('UNION', 'UNION ALL', 'EXCEPT', 'INTERSECT'), num, num)
    .map(([o, a, b]) => `SELECT id, n FROM stars WHERE n > ${a} ${o} SELECT id, visit FROM visits WHERE visit < ${b} ORDER BY id, n`),
  fc
    .tuple(where, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 10 }))
    .map(([w, t, o]) => `SELECT TOP ${t} s.id, s.mag FROM stars s WHERE ${w} ORDER BY s.mag DESC, 1 OFFSET ${o}`),
  fc
    .tuple(where, num)
    .map(
      ([w, n]) =>
        `WITH bright AS (SELECT s.id, s.n + 1 AS m FROM stars s WHERE ${w}) SELECT b.m, COUNT(DISTINCT v.band) AS bands FROM bright b JOIN visits v ON v.id = b.id WHERE b.m <> ${n} GROUP BY b.m`,
    ),
  fc
    .tuple(fc.integer({ min: 1, max: 12 }))
    .map(
      ([r]) =>
        `SELECT a.id, b.id AS other FROM stars a, stars b WHERE 1 = CONTAINS(POINT(a.ra, a.dec), CIRCLE(b.ra, b.dec, ${r})) AND a.id < b.id`,
    ),
);

/** Equal, or numbers apart by no more than sums in another order bring about. */
function agree(a: unknown, b: unknown): boolean {
  const [x, y] = [Number(a), Number(b)];
  return a === b || (a !== null && b !== null && Math.abs(x - y) <= 1e-9 * Math.max(1, Math.abs(x)));
}

/** Rows in an order that does not depend on the engine, unless the query gives one. */
export function ordered(rows: Row[], adql: string): Row[] {
  return adql.includes('ORDER BY') ? rows : rows.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Numbers enter the order rounded, so that their last digits do not reorder rows. */
function key(row: Row): string {
  return JSON.stringify(
    row.map((value) =>
      value !== null && Number.isFinite(Number(value)) && !Number.isInteger(Number(value)) ? Number(value).toPrecision(8) : String(value),
    ),
  );
}

export function expectSameRows(found: readonly Row[], expected: readonly Row[], label: string): void {
  expect(found.length, label).toBe(expected.length);
  for (const [i, row] of found.entries())
    for (const [j, value] of row.entries())
      expect(agree(value, expected[i]?.[j]), `row ${i}, column ${j}: ${String(value)} and ${String(expected[i]?.[j])}: ${label}`).toBe(
        true,
      );
}
