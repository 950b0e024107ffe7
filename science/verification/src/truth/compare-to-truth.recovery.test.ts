import { magnitudeOfNjy, njyOfMagnitude } from '@almagest/image';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { MetricOptionError } from '../errors.ts';
import { type CatalogColumns, compareToTruth, type TruthColumns } from './compare-to-truth.ts';

const ARCSEC = Math.PI / 180 / 3600;

/** A field of stars on the first meridian, and a catalogue of it with known faults. */
function plant(n: number): { readonly catalog: CatalogColumns; readonly truth: TruthColumns; readonly spurious: number } {
  const random = createRandom(11);
  const ra = Float64Array.from({ length: n }, () => (random.uniform() * 1800 - 900) * ARCSEC);
  const dec = Float64Array.from({ length: n }, () => 0.5 + (random.uniform() * 1800 - 900) * ARCSEC);
  const mag = Float64Array.from({ length: n }, () => 18 + 8 * random.uniform());
  const spurious = n / 20;
  const rows: number[][] = [];
  for (let i = 0; i < n; i++) {
    // Completeness falls from 1 to 0 through a half at magnitude 24.
    if (random.uniform() > 1 / (1 + Math.exp(4 * (mag[i] - 24)))) continue;
    const error = 300;
    const east = 0.02 * ARCSEC;
    rows.push([
      ra[i] + (0.003 * ARCSEC + east * random.normal()) / Math.cos(dec[i]),
      dec[i] + 2 * east * random.normal(),
      njyOfMagnitude(mag[i]) * 1.002 + error * random.normal(),
      error,
      east,
      2 * east,
    ]);
  }
  for (let i = 0; i < spurious; i++)
    rows.push([(2000 + random.uniform() * 1800) * ARCSEC, 0.5 + random.uniform() * 900 * ARCSEC, njyOfMagnitude(23), 300, 1, 1]);
  const column = (k: number): Float64Array => Float64Array.from(rows, (row) => row[k]);
  return {
    catalog: { ra: column(0), dec: column(1), flux: column(2), fluxErr: column(3), raErr: column(4), decErr: column(5) },
    truth: { ra, dec, mag },
    spurious,
  };
}

test('recovers planted completeness, purity, bias, scatter and pulls (seed 11)', () => {
  const { catalog, truth, spurious } = plant(20_000);
  const result = compareToTruth(catalog, truth, { radiusArcsec: 0.3, binMag: 0.25 });
  const n = catalog.ra.length;
  expect(result.completeness50Mag).toBeCloseTo(24, 1);
  expect(result.purity).toBeCloseTo(1 - spurious / n, 2);
  expect(result.completenessByMag[0].fraction).toBeGreaterThan(0.98);
  const { raMas, decMas, pulls } = result.accuracy;
  // Standard errors of a mean of 15,000: 0.16 mas and 0.008.
  expect(raMas.mean).toBeCloseTo(3, 0);
  expect(raMas.width).toBeGreaterThan(19.4);
  expect(raMas.width).toBeLessThan(20.6);
  expect(decMas.width / raMas.width).toBeCloseTo(2, 1);
  expect(pulls.ra.width).toBeCloseTo(1, 1);
  expect(pulls.dec.width).toBeCloseTo(1, 1);
  expect(Math.abs(pulls.dec.mean)).toBeLessThan(0.03);
  expect(result.accuracyByMag[0].flux.median).toBeCloseTo(0.002, 4);
  const faint = result.accuracyByMag.find(({ low }) => low === 23);
  expect(faint?.pulls.flux.width).toBeGreaterThan(0.9);
  expect(faint?.pulls.flux.width).toBeLessThan(1.1);
});

test('matches each row once, nearest first', () => {
  const truth = { ra: Float64Array.of(0, 1 * ARCSEC), dec: new Float64Array(2), mag: Float64Array.of(20, 20) };
  const catalog = { ra: Float64Array.of(0.4 * ARCSEC, 0.1 * ARCSEC), dec: new Float64Array(2), flux: Float64Array.of(1, 1) };
  const { matches } = compareToTruth(catalog, truth, { radiusArcsec: 0.7 });
  expect([...matches.catalog]).toEqual([0, 1]);
  expect([...matches.truth]).toEqual([1, 0]);
});

test('a magnitude tolerance keeps deep truth from taking bright detections', () => {
  const truth = { ra: Float64Array.of(0, 0.3 * ARCSEC), dec: new Float64Array(2), mag: Float64Array.of(27, 20) };
  const catalog = { ra: Float64Array.of(0.05 * ARCSEC), dec: new Float64Array(1), flux: Float64Array.of(njyOfMagnitude(20)) };
  expect([...compareToTruth(catalog, truth, { radiusArcsec: 0.5 }).matches.truth]).toEqual([0]);
  expect([...compareToTruth(catalog, truth, { radiusArcsec: 0.5, magTolerance: 1 }).matches.truth]).toEqual([1]);
});

test('blended and incomparable sources count for completeness but not for accuracy', () => {
  const truth = {
    ra: Float64Array.of(0, 0.8 * ARCSEC, 0.001),
    dec: new Float64Array(3),
    mag: Float64Array.of(20, 21, 20),
    comparable: Uint8Array.of(1, 1, 0),
  };
  const catalog = { ra: truth.ra, dec: truth.dec, flux: truth.mag.map(njyOfMagnitude) };
  const result = compareToTruth(catalog, truth, { radiusArcsec: 0.5, isolationArcsec: 2 });
  expect(result.completeness).toBe(1);
  expect(result.accuracy.flux.count).toBe(0);
});

test('an empty catalogue is complete to nothing and has no purity', () => {
  const none = new Float64Array();
  const result = compareToTruth(
    { ra: none, dec: none, flux: none },
    { ra: Float64Array.of(0), dec: Float64Array.of(0), mag: Float64Array.of(20) },
    { radiusArcsec: 1 },
  );
  expect(result.completeness).toBe(0);
  expect(result.purity).toBeNaN();
  expect(result.accuracy.raMas.count).toBe(0);
});

test('refuses a radius out of range', () => {
  const one = { ra: new Float64Array(1), dec: new Float64Array(1) };
  expect(() => compareToTruth({ ...one, flux: one.ra }, { ...one, mag: one.ra }, { radiusArcsec: 0 })).toThrow(MetricOptionError);
});

test('magnitudes and fluxes are inverse', () => {
  expect(magnitudeOfNjy(njyOfMagnitude(23.456))).toBeCloseTo(23.456, 12);
  expect(magnitudeOfNjy(-1)).toBeNaN();
});
