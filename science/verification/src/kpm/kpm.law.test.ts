import { createRandom } from '@almagest/numerics';
import { columnFromCells, makeTable, type Table, readTable, writeTable } from '@almagest/table';
import { bytesSource } from '@almagest/fits';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { groupByObject, type MatchedRows } from '../matched/matched-catalog.ts';
import { matchedCatalogOf } from '../matched/read-matched-table.ts';
import { measureAD, measureAF, measureAM } from './astrometric.ts';
import { correlatePairs, type EllipticityField } from './correlation.ts';
import { measureTE } from './ellipticity.ts';
import { measureKpm } from './measure-kpm.ts';
import { measurePA1, measurePA2, measurePF1 } from './photometric.ts';
import { correlateEllipticities } from './tree-correlation.ts';

const MAS = Math.PI / 180 / 3_600_000;
const VISITS = 10;

/** Stars in a square of 12 arcmin, seen in ten visits with the given scatter. */
function field(options: { readonly stars: number; readonly mmag: number; readonly mas: number; readonly ra?: number }): MatchedRows {
  const random = createRandom(3);
  const { stars, mmag, mas, ra = 1 } = options;
  const n = stars * VISITS;
  const [x, y] = [Array.from({ length: stars }, () => random.uniform()), Array.from({ length: stars }, () => random.uniform())];
  const side = 12 * 60_000 * MAS;
  const star = (row: number): number => row % stars;
  return {
    object: Int32Array.from({ length: n }, (_, row) => star(row)),
    visit: Int32Array.from({ length: n }, (_, row) => Math.floor(row / stars)),
    band: Array.from({ length: n }, () => 'r'),
    ra: Float64Array.from({ length: n }, (_, row) => ra + side * (x[star(row)] ?? 0) + mas * MAS * random.normal()),
    dec: Float64Array.from({ length: n }, (_, row) => side * (y[star(row)] ?? 0) + mas * MAS * random.normal()),
    mag: Float64Array.from({ length: n }, (_, row) => 18 + 0.003 * star(row) + 0.001 * mmag * random.normal()),
    snr: new Float64Array(n).fill(300),
    e1: Float64Array.from({ length: n }, () => 0.02 + 0.01 * random.normal()),
    e2: Float64Array.from({ length: n }, () => 0.01 * random.normal()),
    psfE1: new Float64Array(n).fill(0.02),
    psfE2: new Float64Array(n),
  };
}

test('recovers planted scatter of magnitudes and positions (seed 3)', () => {
  const catalog = groupByObject(field({ stars: 400, mmag: 6, mas: 8 }));
  // The sum of squares about the mean of ten values is chi-square with 9 degrees of freedom, of median 8.343.
  expect(measurePA1(catalog).value / (6 * Math.sqrt(8.343 / 10))).toBeCloseTo(1, 1);
  // 90 % of |d| / sqrt(2) of a normal lie below 1.645 sigma.
  expect(measurePA2(catalog).value / (6 * 1.645)).toBeCloseTo(1, 1);
  // Residuals have variance (n - 1) / n sigma^2; 15 mmag is 2.635 of it, beyond which lie 0.84 %.
  expect(measurePF1(catalog).value).toBeGreaterThan(0.4);
  expect(measurePF1(catalog).value).toBeLessThan(1.4);
  // A separation changes by the errors of two stars along one axis: sqrt(2) sigma.
  expect(measureAM(catalog, { radiusArcmin: 5 }).value / (8 * Math.SQRT2 * Math.sqrt(8.343 / 9))).toBeCloseTo(1, 1);
  expect(measureAF(catalog, { radiusArcmin: 5 }).value).toBeLessThan(8);
  expect(measureAD(catalog, { radiusArcmin: 5 }).value).toBeGreaterThan(0);
});

test('metrics do not depend on the order of rows (seed 3)', () => {
  const rows = field({ stars: 60, mmag: 6, mas: 8 });
  const reversed = Object.fromEntries(
    Object.entries(rows).map(([name, column]) => [name, (column as Float64Array).toReversed()]),
  ) as unknown as MatchedRows;
  const a = measureKpm(groupByObject(rows));
  const b = measureKpm(groupByObject(reversed));
  for (const [i, measurement] of a.entries()) {
    if (Number.isNaN(measurement.value)) expect(b[i]?.value).toBeNaN();
    else expect((b[i]?.value ?? 0) / measurement.value).toBeCloseTo(1, 7);
    expect(b[i]?.count).toBe(measurement.count);
  }
});

test('a change of zero point by star and a turn of the sky change nothing', () => {
  const rows = field({ stars: 60, mmag: 6, mas: 8 });
  const turned = groupByObject({ ...rows, ra: rows.ra.map((ra) => ra + 2), mag: rows.mag.map((mag) => mag + 1) });
  const still = groupByObject(rows);
  expect(measurePA1(turned).value).toBeCloseTo(measurePA1(still).value, 9);
  expect(measureAM(turned, { radiusArcmin: 5 }).value).toBeCloseTo(measureAM(still, { radiusArcmin: 5 }).value, 5);
});

test('matching by position finds the objects that the table names', () => {
  const rows = field({ stars: 50, mmag: 6, mas: 8 });
  const table = tableOf(rows);
  const named = measureKpm(matchedCatalogOf(table));
  const matched = measureKpm(matchedCatalogOf({ ...table, columns: table.columns.filter(({ name }) => name !== 'objectId') }));
  expect(matched.map(({ count }) => count)).toEqual(named.map(({ count }) => count));
  expect(matched[0]?.value).toBeCloseTo(named[0]?.value ?? 0, 9);
});

test.each(['parquet', 'csv', 'fits', 'votable'] as const)('tables give the same metrics through %s', async (format) => {
  const table = tableOf(field({ stars: 50, mmag: 6, mas: 8 }));
  const back = await readTable(bytesSource(await bytesOf(writeTable(table, format))), { format });
  const a = measureKpm(matchedCatalogOf(table));
  const b = measureKpm(matchedCatalogOf(back));
  expect(b.map(({ value, count }) => [Number(value.toPrecision(6)), count])).toEqual(
    a.map(({ value, count }) => [Number(value.toPrecision(6)), count]),
  );
});

test('white noise does not correlate and a common ellipticity does', () => {
  const catalog = groupByObject(field({ stars: 300, mmag: 6, mas: 8 }));
  // Medians over ten visits of 0.01: 0.004 each, whose products average out as 1.6e-5 / sqrt(pairs).
  const te = measureTE(catalog, { which: 'TE2' });
  expect(te.value).toBeLessThan(5e-6);
  const common = { ...catalog, e1: (catalog.e1 ?? new Float64Array()).map((e) => e + 0.1) };
  expect(measureTE(common, { which: 'TE2' }).value).toBeCloseTo(0.01, 3);
});

test('every pair inside the range is counted once (seed 17)', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 })), {
        minLength: 2,
        maxLength: 30,
      }),
      (places) => {
        const n = places.length;
        const ones = {
          ra: Float64Array.from(places, ([ra]) => ra * 1e-5),
          dec: Float64Array.from(places, ([, dec]) => dec * 1e-5),
          e1: new Float64Array(n).fill(1),
          e2: new Float64Array(n),
        };
        const { pairs, xiPlus } = correlatePairs(ones, { rangeArcmin: [1e-9, 100], bins: 7 });
        let distinct = 0;
        for (let i = 0; i < n; i++)
          for (let j = i + 1; j < n; j++)
            if (Math.hypot((ones.ra[i] ?? 0) - (ones.ra[j] ?? 0), (ones.dec[i] ?? 0) - (ones.dec[j] ?? 0)) > 1e-12) distinct++;
        expect(pairs.reduce((a, b) => a + b, 0)).toBe(distinct);
        for (const [bin, xi] of xiPlus.entries()) expect(xi).toBeCloseTo(pairs[bin] === 0 ? 0 : 1, 12);
      },
    ),
    { seed: 17, numRuns: 50 },
  );
});

function randomField(n: number): EllipticityField {
  const random = createRandom(41);
  const column = (scale: number, from = 0): Float64Array => Float64Array.from({ length: n }, () => from + scale * random.uniform());
  return { ra: column(0.008, 3), dec: column(0.008, -0.7), e1: column(0.1), e2: column(0.1, -0.05) };
}

test('the tree without slop counts the pairs that the plain sum counts (seed 41)', () => {
  const field = randomField(600);
  const [tree, plain] = [correlateEllipticities(field, { slop: 0 }), correlatePairs(field)];
  expect(tree.pairs).toEqual(plain.pairs);
  for (const [bin, xi] of plain.xiPlus.entries()) {
    // Single precision of the components, and their turn along the line of up to 4e-5 of the separation.
    expect(tree.xiPlus[bin]).toBeCloseTo(xi, 6);
    // Cells that lie in one bin count at the separation of their centres.
    expect((tree.radiusArcmin[bin] ?? 0) / (plain.radiusArcmin[bin] ?? 0)).toBeCloseTo(1, 3);
  }
});

test('the tree with its slop keeps every pair, and moves few between bins (seed 41)', () => {
  const field = randomField(600);
  const [tree, plain] = [correlateEllipticities(field), correlatePairs(field)];
  const total = (pairs: readonly number[]): number => pairs.reduce((a, b) => a + b, 0);
  expect(total(tree.pairs) / total(plain.pairs)).toBeCloseTo(1, 2);
  for (const [bin, xi] of plain.xiPlus.slice(8).entries()) expect((tree.xiPlus[bin + 8] ?? 0) / xi).toBeCloseTo(1, 1);
});

test('coincident positions and single rows are no trouble for the tree', () => {
  const same = (n: number): EllipticityField => ({
    ra: new Float64Array(n).fill(1),
    dec: new Float64Array(n).fill(0.5),
    e1: new Float64Array(n).fill(0.1),
    e2: new Float64Array(n),
  });
  for (const n of [0, 1, 2, 50]) expect(correlateEllipticities(same(n)).pairs.every((pairs) => pairs === 0)).toBe(true);
});

test('a catalogue without stars has no values and does not fail', () => {
  const none = new Float64Array();
  const empty = groupByObject({ object: none, visit: none, band: [], ra: none, dec: none, mag: none, snr: none });
  for (const { value, count } of measureKpm(empty)) {
    expect(value).toBeNaN();
    expect(count).toBe(0);
  }
});

function tableOf(rows: MatchedRows): Table {
  const deg = (values: Float64Array): number[] => Array.from(values, (value) => (value * 180) / Math.PI);
  const flux = Array.from(rows.mag, (mag) => 10 ** ((31.4 - mag) / 2.5));
  const ids = (values: MatchedRows['visit']): bigint[] => Array.from(values as Int32Array, BigInt);
  const number = (name: string, unit: string, cells: readonly number[]) => columnFromCells({ name, datatype: 'float64', unit }, cells);
  return makeTable([
    columnFromCells({ name: 'objectId', datatype: 'int64' }, ids(rows.object)),
    columnFromCells({ name: 'visit', datatype: 'int64' }, ids(rows.visit)),
    columnFromCells({ name: 'band', datatype: 'string' }, rows.band),
    number('coord_ra', 'deg', deg(rows.ra)),
    number('coord_dec', 'deg', deg(rows.dec)),
    number('psfFlux', 'nJy', flux),
    number(
      'psfFluxErr',
      'nJy',
      flux.map((value) => value / 300),
    ),
  ]);
}

async function bytesOf(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array> | Uint8Array | Promise<Uint8Array>): Promise<Uint8Array> {
  const whole = await pieces;
  if (whole instanceof Uint8Array) return whole;
  const parts: Uint8Array[] = [];
  for await (const part of whole) parts.push(part);
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
