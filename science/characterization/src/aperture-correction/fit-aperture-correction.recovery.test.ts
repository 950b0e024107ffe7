import { evaluateField } from '@almagest/image';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { fitApertureCorrection } from './fit-aperture-correction.ts';

const box = { x0: 0, y0: 0, width: 2000, height: 2000 };

test('a correction that varies over the image is found within 2 mmag, with a tenth of the stars blended (seed 71)', () => {
  const random = createRandom(71);
  const truth = (x: number, y: number): number => 1.02 + 0.01 * (x / 1000 - 1) - 0.008 * (y / 1000 - 1) ** 2;
  const count = 600;
  const x = Float64Array.from({ length: count }, () => random.uniform(0, 2000));
  const y = Float64Array.from({ length: count }, () => random.uniform(0, 2000));
  const ratioErr = Float64Array.from({ length: count }, () => random.uniform(0.001, 0.008));
  const ratio = x.map((value, i) => truth(value, y[i]) + random.normal(0, ratioErr[i]) + (i % 10 === 0 ? random.uniform(0, 0.3) : 0));
  const found = fitApertureCorrection({ x, y, ratio, ratioErr }, { box })!;
  for (let v = 50; v < 2000; v += 475)
    for (let u = 50; u < 2000; u += 475)
      expect(Math.abs(2.5 * Math.log10(evaluateField(found.field, u, v) / truth(u, v)))).toBeLessThan(0.002);
});

test('few stars give a constant, two give nothing', () => {
  const of = (count: number): Float64Array => Float64Array.from({ length: count }, (_, i) => 100 * i + 10);
  const one = (count: number): Float64Array => new Float64Array(count).fill(1.1);
  const four = fitApertureCorrection({ x: of(4), y: of(4), ratio: one(4), ratioErr: one(4) }, { box })!;
  expect(four.field.coefficients).toHaveLength(1);
  expect(four.field.coefficients[0][0]).toBeCloseTo(1.1, 9);
  expect(fitApertureCorrection({ x: of(2), y: of(2), ratio: one(2), ratioErr: one(2) }, { box })).toBeUndefined();
});
