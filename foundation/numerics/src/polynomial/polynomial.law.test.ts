import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { computeChebyshev2DTermsInto, createChebyshev2D, evaluateChebyshev, evaluateChebyshev2D } from './chebyshev.ts';
import {
  computeTermsInto,
  createPolynomial2D,
  evaluatePolynomial2D,
  evaluatePolynomial2DGradient,
  termCount,
  termIndex,
} from './polynomial-2d.ts';

const unit = fc.double({ min: -2, max: 2, noNaN: true });
const order = fc.integer({ min: 0, max: 7 });

test('nested evaluation equals the sum of its terms (seed 3)', () => {
  fc.assert(
    fc.property(order, unit, unit, fc.array(unit, { minLength: 36, maxLength: 36 }), (n, x, y, pool) => {
      const polynomial = createPolynomial2D(n, pool.slice(0, termCount(n)));
      const terms = new Float64Array(termCount(n));
      computeTermsInto(x, y, n, terms);
      let sum = 0;
      let size = 0;
      for (let i = 0; i <= n; i++)
        for (let j = 0; i + j <= n; j++) {
          expect(Math.abs(terms[termIndex(i, j)] - x ** i * y ** j)).toBeLessThanOrEqual(1e-14 * (1 + Math.abs(x ** i * y ** j)));
          sum += polynomial.coefficients[termIndex(i, j)] * x ** i * y ** j;
          size += Math.abs(polynomial.coefficients[termIndex(i, j)] * x ** i * y ** j);
        }
      expect(Math.abs(evaluatePolynomial2D(polynomial, x, y) - sum)).toBeLessThanOrEqual(1e-14 * (1 + size));
    }),
    { seed: 3 },
  );
});

test('gradients are those of differences', () => {
  const polynomial = createPolynomial2D(3, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const h = 1e-6;
  const { value, dx, dy } = evaluatePolynomial2DGradient(polynomial, 0.3, -0.7);
  expect(value).toBeCloseTo(evaluatePolynomial2D(polynomial, 0.3, -0.7), 13);
  expect(dx).toBeCloseTo((evaluatePolynomial2D(polynomial, 0.3 + h, -0.7) - evaluatePolynomial2D(polynomial, 0.3 - h, -0.7)) / (2 * h), 7);
  expect(dy).toBeCloseTo((evaluatePolynomial2D(polynomial, 0.3, -0.7 + h) - evaluatePolynomial2D(polynomial, 0.3, -0.7 - h)) / (2 * h), 7);
});

test('a Chebyshev series is a sum of cosines (seed 4)', () => {
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 12 }), fc.double({ min: 0, max: Math.PI, noNaN: true }), (c, theta) => {
      let sum = 0;
      for (let n = 0; n < c.length; n++) sum += c[n] * Math.cos(n * theta);
      expect(Math.abs(evaluateChebyshev(c, Math.cos(theta)) - sum)).toBeLessThan(1e-12);
    }),
    { seed: 4 },
  );
});

test('a two-dimensional Chebyshev series equals the sum of its terms, degenerate orders included (seed 5)', () => {
  const box = { xMin: 0, xMax: 4095, yMin: -10, yMax: 50 };
  fc.assert(
    fc.property(order, order, fc.array(unit, { minLength: 64, maxLength: 64 }), unit, unit, (nx, ny, pool, u, v) => {
      const series = createChebyshev2D(nx, ny, box, pool.slice(0, (nx + 1) * (ny + 1)));
      const x = 2047.5 * (1 + u / 2);
      const y = 20 + 15 * v;
      const terms = new Float64Array((nx + 1) * (ny + 1));
      computeChebyshev2DTermsInto(series, x, y, terms);
      let sum = 0;
      for (let k = 0; k < terms.length; k++) sum += terms[k] * series.coefficients[k];
      expect(Math.abs(evaluateChebyshev2D(series, x, y) - sum)).toBeLessThan(1e-10);
    }),
    { seed: 5 },
  );
});

test('a wrong number of coefficients is refused', () => {
  expect(() => createPolynomial2D(2, [1, 2])).toThrow(/6 coefficients/);
  expect(() => createChebyshev2D(1, 1, { xMin: 0, xMax: 1, yMin: 0, yMax: 1 }, [1])).toThrow(/need 4/);
});
