import { NumericsShapeError } from '../errors.ts';

/** How many terms x^i y^j with i + j <= order there are. */
export function termCount(order: number): number {
  return ((order + 1) * (order + 2)) / 2;
}

/** Place of x^i y^j in the term order 1, x, y, x^2, xy, y^2, x^3 ... */
export function termIndex(i: number, j: number): number {
  const total = i + j;
  return (total * (total + 1)) / 2 + j;
}

/**
 * Writes all terms x^i y^j with i + j <= order, in the order of {@link termIndex}.
 *
 * @param out - At least `termCount(order)` long from `offset`.
 */
export function computeTermsInto(x: number, y: number, order: number, out: Float64Array, offset = 0): void {
  out[offset] = 1;
  let at = offset + 1;
  for (let total = 1; total <= order; total++) {
    const previous = at - total;
    for (let j = 0; j < total; j++) out[at + j] = out[previous + j] * x;
    out[at + total] = out[previous + total - 1] * y;
    at += total + 1;
  }
}

/** A polynomial in x and y of bounded total degree; plain data (spread the coefficients to write it as JSON). */
export interface Polynomial2D {
  readonly order: number;
  /** Coefficients in the order of {@link termIndex}. */
  readonly coefficients: Float64Array;
}

/** Checks the number of coefficients and copies them. */
export function createPolynomial2D(order: number, coefficients: ArrayLike<number>): Polynomial2D {
  if (!Number.isInteger(order) || order < 0 || coefficients.length !== termCount(order))
    throw new NumericsShapeError(`a polynomial of order ${order} has ${termCount(order)} coefficients; found ${coefficients.length}`, {
      details: { expected: String(termCount(order)), found: String(coefficients.length) },
    });
  return { order, coefficients: Float64Array.from(coefficients) };
}

/** Value at (x, y), by nested Horner steps. */
export function evaluatePolynomial2D(polynomial: Polynomial2D, x: number, y: number): number {
  const { order, coefficients } = polynomial;
  let value = 0;
  for (let j = order; j >= 0; j--) {
    let row = 0;
    for (let i = order - j; i >= 0; i--) row = row * x + coefficients[termIndex(i, j)];
    value = value * y + row;
  }
  return value;
}

/** Value and both first derivatives at (x, y). */
export function evaluatePolynomial2DGradient(polynomial: Polynomial2D, x: number, y: number): { value: number; dx: number; dy: number } {
  const { order, coefficients } = polynomial;
  let value = 0;
  let dx = 0;
  let dy = 0;
  for (let j = order; j >= 0; j--) {
    let row = 0;
    let rowDx = 0;
    for (let i = order - j; i >= 0; i--) {
      rowDx = rowDx * x + row;
      row = row * x + coefficients[termIndex(i, j)];
    }
    dy = dy * y + value;
    value = value * y + row;
    dx = dx * y + rowDx;
  }
  return { value, dx, dy };
}
