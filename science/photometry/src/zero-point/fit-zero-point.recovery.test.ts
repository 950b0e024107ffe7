import { calibrationAt, magnitudeOfNjy } from '@almagest/image';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { fitZeroPoint, type PhotometricStars } from './fit-zero-point.ts';

function field(
  seed: number,
  options: { readonly count: number; readonly outliers: number; readonly slope: number; readonly color: number },
): PhotometricStars {
  const random = createRandom(seed);
  const list = Array.from({ length: options.count }, (_, i) => {
    const [x, y] = [random.uniform(0, 4000), random.uniform(0, 4000)];
    const color = random.uniform(-0.5, 1.5);
    const refMag = random.uniform(16, 20);
    const zero = 31 + options.slope * ((x - 2000) / 2000) ** 2 + (options.slope / 2) * (y / 2000 - 1);
    const flux = 10 ** (0.4 * (zero - refMag - options.color * (color - 0.4)));
    const fluxErr = Math.sqrt(flux + 5000);
    const wrong = i < options.outliers ? random.uniform(-1, 1) : 0;
    return { x, y, color, refMag: refMag + random.normal(0, 0.005) + wrong, flux: flux + random.normal(0, fluxErr), fluxErr };
  });
  const column = (key: keyof (typeof list)[number]): Float64Array => Float64Array.from(list, (star) => star[key]);
  return {
    x: column('x'),
    y: column('y'),
    color: column('color'),
    refMag: column('refMag'),
    flux: column('flux'),
    fluxErr: column('fluxErr'),
  };
}

test('a quarter of the stars may be wrong: the zero point stays within 4 of its errors (seed 51)', () => {
  const fit = fitZeroPoint(field(51, { count: 400, outliers: 100, slope: 0, color: 0 }));
  expect(Math.abs(fit.zeroPoint - 31)).toBeLessThan(4 * fit.zeroPointErr);
  expect(fit.zeroPointErr).toBeLessThan(0.001);
  expect(fit.count).toBeLessThan(330);
  expect(magnitudeOfNjy(fit.photoCalib.calibrationMean)).toBeCloseTo(fit.zeroPoint, 9);
});

test('colour term and spatial term are found together; fluxes are flat within 1 mmag over the image (seed 52)', () => {
  const fit = fitZeroPoint(field(52, { count: 1500, outliers: 50, slope: 0.05, color: 0.08 }), {
    colorTerm: 'fit',
    referenceColor: 0.4,
    spatialOrder: 2,
    box: { x0: 0, y0: 0, width: 4000, height: 4000 },
  });
  expect(Math.abs(fit.colorTerm - 0.08)).toBeLessThan(4 * fit.colorTermErr);
  expect(fit.colorTermErr).toBeLessThan(0.001);
  for (const [x, y] of [
    [100, 100],
    [2000, 2000],
    [3900, 500],
  ]) {
    const zero = 31 + 0.05 * ((x - 2000) / 2000) ** 2 + 0.025 * (y / 2000 - 1);
    expect(Math.abs(magnitudeOfNjy(calibrationAt(fit.photoCalib, x, y)) - zero)).toBeLessThan(0.003);
  }
  expect(Math.abs(magnitudeOfNjy(calibrationAt(fit.photoCalib, 2000, 2000)) - 31)).toBeLessThan(0.001);
});

test('two stars, or only NaN, are too few', () => {
  const nan = Float64Array.of(Number.NaN, Number.NaN, Number.NaN, Number.NaN);
  const stars = { x: nan, y: nan, flux: nan, fluxErr: nan, refMag: nan };
  expect(() => fitZeroPoint(stars)).toThrow(expect.objectContaining({ code: 'photometry.too-few-stars' }));
  expect(() => fitZeroPoint(field(53, { count: 2, outliers: 0, slope: 0, color: 0 }))).toThrow(
    expect.objectContaining({ code: 'photometry.too-few-stars' }),
  );
});
