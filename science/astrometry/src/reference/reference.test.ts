import { readFileSync } from 'node:fs';
import { bytesSource } from '@almagest/fits';
import { createRandom } from '@almagest/numerics';
import { makeColumn, makeTable, parseCsv, parseVotableTable, readParquet, writeParquet } from '@almagest/table';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { createReferenceCatalogue, findInCone } from './catalogue.ts';
import { referenceFromTable } from './from-table.ts';
import { catalogueFromShards, shardCatalogue, shardsOfCone } from './shards.ts';

const DEG = Math.PI / 180;
const MAS = DEG / 3.6e6;
const text = new TextEncoder();

test('columns are found by usual names, with their usual units', () => {
  const csv =
    'source_id,ra,dec,phot_g_mean_mag,pmra,pmdec,parallax,ref_epoch\n5,10.5,-20,12.5,100,-50,3,2016.0\n6,11,,13,,,,2016.0\n7,12,1,,,,,2016.0\n';
  const catalogue = referenceFromTable(parseCsv(text.encode(csv)));
  expect(catalogue.count).toBe(2);
  expect(catalogue.epoch).toBe(2016);
  expect(catalogue.ra[0]).toBeCloseTo(10.5 * DEG, 15);
  expect(catalogue.pmRaCosDec?.[0]).toBeCloseTo(100 * MAS, 18);
  expect(catalogue.pmDec?.[1]).toBeNaN();
  expect([...catalogue.mag]).toEqual([12.5, Number.NaN]);
});

test('a unit of the table wins, flux stands in for magnitude, other columns can be named', () => {
  const column = (name: string, values: number[], unit?: string) =>
    makeColumn({ name, datatype: 'float64', data: Float64Array.from(values), ...(unit === undefined ? {} : { unit }) });
  const table = makeTable([
    column('coord_ra', [1], 'rad'),
    column('coord_dec', [0.5], 'rad'),
    column('r_flux', [100]),
    column('wander', [3], 'arcsec/yr'),
  ]);
  const catalogue = referenceFromTable(table, { columns: { pmDec: 'wander' }, epoch: 2000 });
  expect([catalogue.ra[0], catalogue.mag[0], catalogue.epoch]).toEqual([1, -5, 2000]);
  expect(catalogue.pmDec?.[0]).toBeCloseTo(3000 * MAS, 15);
  expect(() => referenceFromTable(table, { columns: { mag: 'none' } })).toThrow(/no column "none"/);
  expect(() => referenceFromTable(makeTable([column('x', [1])]))).toThrow(expect.objectContaining({ code: 'astrometry.bad-input' }));
  expect(() => referenceFromTable(makeTable([column('ra', [1], 'parsec'), column('dec', [1])]))).toThrow(/unit "parsec"/);
});

test.skipIf(!haveData)('2MASS stars of a VOTable are read by their UCDs', () => {
  const catalogue = referenceFromTable(parseVotableTable(new Uint8Array(readFileSync(dataPath('refcats', '2MASS_PSC.vot')))));
  expect(catalogue.count).toBe(683);
  expect(findInCone(catalogue, 127.5 * DEG, 1.5 * DEG, 0.4 * DEG)).toHaveLength(683);
  const known = catalogue.mag.filter((m) => !Number.isNaN(m));
  expect(known.length).toBeGreaterThan(600); // the rest is null in the table
  expect(known.every((m) => m > 3 && m < 20)).toBe(true);
});

test('shards through Parquet give the cone back, brightest first', async () => {
  const random = createRandom('shards');
  const n = 20_000;
  const fill = (make: () => number): Float64Array => Float64Array.from({ length: n }, make);
  const catalogue = createReferenceCatalogue(
    {
      ra: fill(() => random.uniform(0, 2 * Math.PI)),
      dec: fill(() => Math.asin(random.uniform(-1, 1))),
      mag: fill(() => random.uniform(10, 20)),
      pmRaCosDec: fill(() => random.normal() * 10 * MAS),
      pmDec: fill(() => random.normal() * 10 * MAS),
      id: BigInt64Array.from({ length: n }, (_, i) => 2n ** 60n + BigInt(i)),
    },
    2015.5,
  );
  const order = 3;
  const shards = shardCatalogue(catalogue, order);
  expect([...shards.values()].reduce((sum, shard) => sum + shard.nrows, 0)).toBe(n);
  for (const [ra, dec, radius] of [
    [1, 0.3, 0.05],
    [6.28, -1.5, 0.2],
    [0, 0, 0.01],
  ] as const) {
    const wanted = findInCone(catalogue, ra, dec, radius).map((row) => (catalogue.id as BigInt64Array)[row]);
    const tables = [];
    for (const pixel of shardsOfCone(order, ra, dec, radius)) {
      const shard = shards.get(pixel);
      if (shard) tables.push(await readParquet(bytesSource(await writeParquet(shard))));
    }
    const joined = catalogueFromShards(tables);
    expect(joined.epoch).toBe(2015.5);
    expect(findInCone(joined, ra, dec, radius).map((row) => (joined.id as BigInt64Array)[row])).toEqual(wanted);
  }
  expect(() => catalogueFromShards([])).toThrow(expect.objectContaining({ code: 'astrometry.bad-input' }));
});
