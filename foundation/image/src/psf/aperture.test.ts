import { assert, double, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { createImage, createMask, fillImage, sumInCircle, sumInEllipse } from '../index.ts';

test('law, seed 5: the parts of all pixels add up to the area of the ellipse', () => {
  const image = createImage(60, 60, { x0: -30, y0: -30 });
  fillImage(image, 1);
  assert(
    property(
      record({
        x: double({ min: -5, max: 5, noNaN: true }),
        y: double({ min: -5, max: 5, noNaN: true }),
        a: double({ min: 0.05, max: 20, noNaN: true }),
        q: double({ min: 0.05, max: 1, noNaN: true }),
        theta: double({ min: 0, max: 3.2, noNaN: true }),
      }),
      ({ q, ...ellipse }) => {
        const { sum, area, lostArea } = sumInEllipse(image, { ...ellipse, b: ellipse.a * q });
        expect(sum / (Math.PI * ellipse.a ** 2 * q)).toBeCloseTo(1, 10);
        expect(area).toBeCloseTo(sum, 10);
        expect(lostArea).toBeLessThan(1e-9 * Math.PI * ellipse.a ** 2);
      },
    ),
    { seed: 5 },
  );
});

test('hand cases: a circle inside one pixel, one over a corner, one over the image edge', () => {
  const image = createImage(4, 4);
  image.data[5] = 1;
  expect(sumInCircle(image, { x: 1, y: 1 }, 0.25).sum).toBeCloseTo(Math.PI / 16, 12);
  expect(sumInCircle(image, { x: 1.5, y: 1.5 }, 0.5).sum).toBeCloseTo(Math.PI / 16, 12);
  const edge = sumInCircle(image, { x: -0.5, y: 1 }, 1);
  expect(edge.area).toBeCloseTo(Math.PI / 2, 12);
  expect(edge.lostArea).toBeCloseTo(Math.PI / 2, 12);
});

test('masked and NaN pixels are lost; variance counts with squared parts', () => {
  const image = createImage(5, 5);
  fillImage(image, 2);
  image.data[0] = Number.NaN;
  const variance = createImage(5, 5);
  fillImage(variance, 3);
  const mask = createMask(5, 5);
  mask.data[24] = 4;
  const result = sumInCircle(image, { x: 2, y: 2 }, 10, { mask, badBits: 4, variance });
  expect(result).toMatchObject({ sum: 46, area: 23, variance: 69 });
  expect(sumInCircle(image, { x: 2, y: 2 }, 10, { mask, badBits: 1 }).area).toBe(24);
  expect(sumInCircle(image, { x: 2, y: 2 }, 0).area).toBe(0);
  expect(sumInCircle(image, { x: Number.NaN, y: 2 }, 1).area).toBe(0);
});
