import { NumericsShapeError } from '../errors.ts';

/** Writes T_0(t) ... T_order(t); t outside [-1, 1] extrapolates. */
export function computeChebyshevInto(t: number, order: number, out: Float64Array, offset = 0): void {
  out[offset] = 1;
  if (order >= 1) out[offset + 1] = t;
  for (let n = 2; n <= order; n++) out[offset + n] = 2 * t * out[offset + n - 1] - out[offset + n - 2];
}

/** Sum of c_n T_n(t) by Clenshaw's recurrence. */
export function evaluateChebyshev(coefficients: ArrayLike<number>, t: number): number {
  let next = 0;
  let afterNext = 0;
  for (let n = coefficients.length - 1; n >= 1; n--) {
    const current = 2 * t * next - afterNext + coefficients[n];
    afterNext = next;
    next = current;
  }
  return t * next - afterNext + (coefficients.length > 0 ? coefficients[0] : 0);
}

export interface Box2D {
  readonly xMin: number;
  readonly xMax: number;
  readonly yMin: number;
  readonly yMax: number;
}

/** A tensor product of Chebyshev polynomials on a box: sum over i, j of c[j * (orderX + 1) + i] T_i(x') T_j(y'). */
export interface Chebyshev2D {
  readonly orderX: number;
  readonly orderY: number;
  readonly box: Box2D;
  readonly coefficients: Float64Array;
}

/**
 * Makes a Chebyshev series of two variables over a box; `coefficients[j * (orderX + 1) + i]` multiplies T_i(x) T_j(y).
 * Throws {@link NumericsShapeError} for another number of coefficients.
 */
export function createChebyshev2D(orderX: number, orderY: number, box: Box2D, coefficients: ArrayLike<number>): Chebyshev2D {
  const wanted = (orderX + 1) * (orderY + 1);
  if (coefficients.length !== wanted)
    throw new NumericsShapeError(`orders ${orderX}, ${orderY} need ${wanted} coefficients; found ${coefficients.length}`, {
      details: { expected: String(wanted), found: String(coefficients.length) },
    });
  return { orderX, orderY, box, coefficients: Float64Array.from(coefficients) };
}

/** Value at (x, y); outside the box it extrapolates. */
export function evaluateChebyshev2D(series: Chebyshev2D, x: number, y: number): number {
  const { orderX, orderY, box, coefficients } = series;
  const tx = toUnit(x, box.xMin, box.xMax);
  const ty = toUnit(y, box.yMin, box.yMax);
  let next = 0;
  let afterNext = 0;
  for (let j = orderY; j >= 0; j--) {
    let rowNext = 0;
    let rowAfterNext = 0;
    const base = j * (orderX + 1);
    for (let i = orderX; i >= 1; i--) {
      const current = 2 * tx * rowNext - rowAfterNext + coefficients[base + i];
      rowAfterNext = rowNext;
      rowNext = current;
    }
    const row = tx * rowNext - rowAfterNext + coefficients[base];
    if (j === 0) return ty * next - afterNext + row;
    const current = 2 * ty * next - afterNext + row;
    afterNext = next;
    next = current;
  }
  return 0;
}

/** Writes the products T_i(x') T_j(y') in the order of the coefficients, as one row of a design matrix. */
export function computeChebyshev2DTermsInto(
  series: Pick<Chebyshev2D, 'orderX' | 'orderY' | 'box'>,
  x: number,
  y: number,
  out: Float64Array,
  offset = 0,
): void {
  const { orderX, orderY, box } = series;
  const inX = new Float64Array(orderX + 1);
  const inY = new Float64Array(orderY + 1);
  computeChebyshevInto(toUnit(x, box.xMin, box.xMax), orderX, inX);
  computeChebyshevInto(toUnit(y, box.yMin, box.yMax), orderY, inY);
  for (let j = 0; j <= orderY; j++) for (let i = 0; i <= orderX; i++) out[offset + j * (orderX + 1) + i] = inX[i] * inY[j];
}

function toUnit(value: number, low: number, high: number): number {
  return (2 * value - low - high) / (high - low);
}
