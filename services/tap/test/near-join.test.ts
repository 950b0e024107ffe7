/** Joins of rows near each other, by tiles and margins, give the pairs that plain DuckDB finds among all: at poles, over 0 h, at corners of tiles. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duckdbDialect, planAdql, printSql, type SqlSource } from '@almagest/adql';
import { createDuckdbEngine, describeCatalog, type DuckdbEngine, ingestCatalog } from '@almagest/catalogs';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { publishCatalog, type TapTable } from '../src/index.ts';

const MARGIN_ARCSEC = 20;
const opened: { readonly folder: string; readonly engine: DuckdbEngine }[] = [];
afterAll(async () => {
  for (const { folder, engine } of opened) {
    await engine.close();
    rmSync(folder, { recursive: true });
  }
});

interface Sky {
  readonly engine: DuckdbEngine;
  readonly tables: readonly TapTable[];
  rows(sql: string): Promise<string[]>;
  /** The query over the catalogues, and how its sources were read. */
  plan(adql: string): Promise<{ sql: string; sources: readonly SqlSource[] }>;
}

const skies = new Map<number, Promise<Sky>>();
function skyOf(seed: number): Promise<Sky> {
  const known = skies.get(seed) ?? openSky(seed);
  skies.set(seed, known);
  return known;
}

/** Clumps of a minute of arc across around places that are hard, and rows all over: as plain tables and as catalogues of many tiles. */
async function openSky(seed: number): Promise<Sky> {
  const folder = mkdtempSync(join(tmpdir(), 'almagest-near-'));
  const engine = await createDuckdbEngine({ threads: 2 });
  opened.push({ folder, engine });
  const connection = await engine.instance.connect();
  const rows = async (sql: string): Promise<string[]> =>
    ((await connection.runAndReadAll(sql)).getRows() as unknown[][]).map((row) => row.map(String).join(' ')).toSorted();
  const corner = (Math.asin(2 / 3) * 180) / Math.PI;
  const places = `(0, 90), (0, -90), (0, 0), (0, 12.5), (45, 0), (90, ${corner}), (22.5, -${corner}), (180, 89.999), (310.25, 33.1)`;
  const u = (salt: number): string => `((hash(range * 16 + ${salt} + n * 7 + ${seed}::BIGINT * 1000003) % 1000000007) / 1000000007.0)`;
  const spread = (60 / 3600).toFixed(9);
  for (const [n, name, count] of [
    [1, 'stars', 2400],
    [2, 'others', 1800],
  ] as const) {
    await rows(`CREATE TABLE ${name} AS
      WITH n AS (SELECT ${n} AS n), raw AS (SELECT range AS id, p.lon, p.lat, ${u(1)} AS x, ${u(2)} AS y, ${u(3)} AS w
        FROM range(${count}), n, (SELECT list(struct_pack(lon := lon, lat := lat)) AS l FROM (VALUES ${places}) v(lon, lat)) t,
          (SELECT 1) one, LATERAL (SELECT l[1 + range % 9] AS p) q)
      SELECT id, CASE WHEN id % 10 = 0 THEN 360 * x WHEN abs(lat) = 90 THEN 360 * x ELSE (lon + (x - 0.5) * ${spread} / cos(radians(lat)) + 360) % 360 END AS ra,
        CASE WHEN id % 10 = 0 THEN degrees(asin(2 * y - 1)) WHEN abs(lat) = 90 THEN sign(lat) * (90 - sqrt(y) * ${spread}) ELSE greatest(-90, least(90, lat + (y - 0.5) * ${spread})) END AS "dec",
        14 + 10 * w AS mag FROM raw`);
    const input = join(folder, `${name}.parquet`);
    await rows(`COPY ${name} TO '${input}' (FORMAT parquet)`);
    const options = { archive: folder, name, inputs: [input], raColumn: 'ra', decColumn: 'dec', now: new Date(0) };
    await ingestCatalog({ ...options, maxRows: 120 * n, highestOrder: 8, ...(n === 1 ? { marginArcsec: MARGIN_ARCSEC } : {}) });
  }
  const names = ['stars', 'others'];
  const tables = await Promise.all(names.map(async (name) => publishCatalog(await describeCatalog(join(folder, name)), engine, 'sky')));
  const plan = async (adql: string): Promise<{ sql: string; sources: readonly SqlSource[] }> => {
    const { statement } = planAdql(adql, { tables, userFunctions: [], defaultSchemas: ['sky'] });
    const sources = new Map<SqlSource, string>();
    printSql(
      statement,
      duckdbDialect((source) => {
        sources.set(source, '');
        return '';
      }),
    );
    for (const source of sources.keys()) sources.set(source, await (source.table as TapTable).sql(source));
    const sql = printSql(
      statement,
      duckdbDialect((source) => sources.get(source) ?? ''),
    );
    return { sql, sources: [...sources.keys()] };
  };
  return { engine, tables, rows, plan };
}

/** Pairs by the chord between unit vectors: another formula than the planner's. */
function pairsSql(a: string, b: string, arcsec: number, where: string): string {
  const vector = (t: string): string =>
    `SELECT *, cos(radians("dec")) * cos(radians(ra)) AS x, cos(radians("dec")) * sin(radians(ra)) AS y, sin(radians("dec")) AS z FROM ${t}`;
  const chord = 2 * Math.sin(((arcsec / 3600) * Math.PI) / 360);
  return `SELECT a.id, b.id FROM (${vector(a)}) a JOIN (${vector(b)}) b
    ON (a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y) + (a.z - b.z) * (a.z - b.z) <= ${chord ** 2} WHERE ${where}`;
}

const shape = fc.record({
  tables: fc.constantFrom(['stars', 'stars'], ['stars', 'others'], ['others', 'stars']),
  arcsec: fc.double({ min: 0.5, max: MARGIN_ARCSEC, noNaN: true }),
  form: fc.constantFrom('join', 'comma', 'distance', 'derived', 'cone'),
  least: fc.integer({ min: 0, max: 1200 }),
});

function adqlOf({ tables: [a, b], arcsec, form, least }: Parameters<typeof query>[0]): string {
  const radius = `${arcsec.toFixed(6)}/3600.`;
  const on = `1 = CONTAINS(POINT(a.ra, a.dec), CIRCLE(b.ra, b.dec, ${radius}))`;
  const from = `SELECT a.id, b.id AS other FROM ${a} AS a`;
  if (form === 'comma') return `${from}, ${b} AS b WHERE ${on} AND a.id >= ${least}`;
  if (form === 'distance')
    return `${from} JOIN ${b} AS b ON DISTANCE(POINT(a.ra, a.dec), POINT(b.ra, b.dec)) < ${radius} WHERE a.id >= ${least}`;
  if (form === 'derived')
    return `SELECT a.id, b.id AS other FROM (SELECT ra, id, dec FROM ${a} WHERE id >= ${least}) AS a JOIN ${b} AS b ON ${on}`;
  const cone = form === 'cone' ? ` AND 1 = CONTAINS(POINT(a.ra, a.dec), CIRCLE(0.002, 0.001, 0.005))` : '';
  return `${from} JOIN ${b} AS b ON ${on} WHERE a.id >= ${least}${cone}`;
}

function query(each: typeof shape extends fc.Arbitrary<infer T> ? T : never): { adql: string; sql: string } {
  const { tables, arcsec, form, least } = each;
  const cone =
    form === 'cone'
      ? ' AND pow(a.x - cos(radians(0.001)) * cos(radians(0.002)), 2) + pow(a.y - cos(radians(0.001)) * sin(radians(0.002)), 2) + pow(a.z - sin(radians(0.001)), 2) <= pow(2 * sin(radians(0.0025)), 2)'
      : '';
  const sql = pairsSql(tables[0]!, tables[1]!, Number(arcsec.toFixed(6)), `a.id >= ${least}${cone}`);
  return { adql: adqlOf(each), sql };
}

test.each([5, 20_260_811])(
  'every pair is found once, as plain DuckDB finds it among all rows (seed %i)',
  async (seed) => {
    const sky = await skyOf(seed);
    let pairs = 0;
    await fc.assert(
      fc.asyncProperty(shape, async (each) => {
        const { adql, sql } = query(each);
        const plan = await sky.plan(adql);
        // A cone on the only table with a margin would leave rows out that are near.
        const isBand = each.form === 'cone' && each.tables[1] === 'others';
        expect(plan.sources.filter(({ near }) => near).length, adql).toBe(isBand ? 0 : 2);
        const expected = await sky.rows(sql);
        expect(await sky.rows(plan.sql), adql).toEqual(expected);
        pairs += expected.length;
      }),
      { seed, numRuns: 9 },
    );
    expect(pairs).toBeGreaterThan(10_000);
  },
  60_000,
);

test('a radius beyond the margin, outer joins, limits below and an equality to go by leave the band in declination', async () => {
  const sky = await skyOf(5);
  const near = (arcsec: number): string => `1 = CONTAINS(POINT(a.ra, a.dec), CIRCLE(b.ra, b.dec, ${arcsec}/3600.))`;
  for (const adql of [
    `SELECT a.id, b.id AS other FROM stars AS a JOIN stars AS b ON ${near(20.001)}`,
    `SELECT a.id, b.id AS other FROM others AS a JOIN others AS b ON ${near(2)}`,
    `SELECT a.id, b.id AS other FROM stars AS a LEFT JOIN stars AS b ON ${near(2)}`,
    `SELECT a.id, b.id AS other FROM stars AS a JOIN stars AS b ON a.id = b.id WHERE ${near(2)}`,
    `SELECT a.id, b.id AS other FROM (SELECT TOP 50 id, ra, dec FROM stars ORDER BY id) AS a JOIN stars AS b ON ${near(2)}`,
    `SELECT a.id, b.id AS other FROM stars AS a JOIN stars AS b ON ${near(2)} OR a.id = 3`,
  ])
    expect((await sky.plan(adql)).sources.map((source) => source.near)).not.toContainEqual(expect.anything());
  const { sql } = await sky.plan(`SELECT a.id, b.id AS other FROM stars AS a JOIN stars AS b ON ${near(25)}`);
  expect(await sky.rows(sql)).toEqual(await sky.rows(pairsSql('stars', 'stars', 25, 'true')));
}, 60_000);

test('a cone on one side opens only the tiles about it on both', async () => {
  const sky = await skyOf(5);
  const { sql } = await sky.plan(
    'SELECT a.id FROM stars AS a JOIN stars AS b ON DISTANCE(POINT(a.ra, a.dec), POINT(b.ra, b.dec)) < 0.001 WHERE DISTANCE(POINT(a.ra, a.dec), POINT(310.25, 33.1)) < 0.01',
  );
  const { sql: all } = await sky.plan('SELECT id FROM stars');
  const files = (text: string): number => new Set(text.match(/[^']+\.parquet/g)).size;
  expect(files(sql)).toBeLessThan(files(all) / 2);
}, 60_000);
