import { AB_ZEROPOINT_NJY } from '@almagest/image';
import { columnFromCells, makeColumn, makeTable, type Table } from '@almagest/table';
import { expect, test } from 'vitest';
import { MetricInputError, MetricOptionError } from '../errors.ts';
import { associateVisits } from './associate-visits.ts';
import { groupByObject } from './matched-catalog.ts';
import { matchedCatalogOf } from './read-matched-table.ts';

test('a missing column is named with its alternatives', () => {
  const table = makeTable([columnFromCells({ name: 'visit', datatype: 'int64' }, [1n])]);
  expect(() => matchedCatalogOf(table)).toThrow(MetricInputError);
  expect(() => matchedCatalogOf(table)).toThrow(/"band" or "filt"/);
});

test('columns of different lengths are refused', () => {
  const one = new Float64Array(1);
  expect(() => groupByObject({ object: one, visit: one, band: ['r'], ra: one, dec: one, mag: new Float64Array(2), snr: one })).toThrow(
    /"mag" must have 1 rows/,
  );
});

test('identifiers beyond 2^53 stay apart', () => {
  const big = 9_007_199_254_740_993n;
  const one = new Float64Array(2);
  const catalog = groupByObject({
    object: BigInt64Array.of(big, big - 1n),
    visit: one,
    band: ['r', 'r'],
    ra: one,
    dec: one,
    mag: one,
    snr: one,
  });
  expect(catalog.objectNames).toEqual(['9007199254740992', '9007199254740993']);
});

test('rows of one visit never share an object', () => {
  const arcsec = Math.PI / 180 / 3600;
  const objects = associateVisits({
    visit: Int32Array.of(1, 1, 2, 2),
    ra: Float64Array.of(0, 0.3 * arcsec, 0.05 * arcsec, 0.32 * arcsec),
    dec: new Float64Array(4),
    radiusArcsec: 1,
  });
  expect([...objects]).toEqual([0, 1, 0, 1]);
});

test('a radius out of range is refused', () => {
  const none = new Float64Array();
  expect(() => associateVisits({ visit: none, ra: none, dec: none, radiusArcsec: 0 })).toThrow(MetricOptionError);
});

test('a blend that was taken apart is no measurement beside its sources', () => {
  const column = (name: string, values: number[]): Table['columns'][number] =>
    makeColumn({ name, datatype: 'float64', data: Float64Array.from(values) });
  const table = makeTable([
    column('visit', [1, 1, 1]),
    makeColumn({ name: 'band', datatype: 'string', data: ['r', 'r', 'r'] }),
    column('ra', [10, 10.001, 10]),
    column('dec', [5, 5, 5]),
    column('psfFlux', [1e6, 2e5, 1.2e6]),
    column('psfFluxErr', [1000, 1000, 1000]),
    column('deblend_nChild', [0, 0, 2]),
  ]);
  const { nrows, mag } = matchedCatalogOf(table);
  expect(nrows).toBe(2);
  expect(mag[0]).toBeCloseTo(AB_ZEROPOINT_NJY - 15, 6);
});
