import { NumericsShapeError } from '../errors.ts';

/**
 * A natural bicubic spline through values on a regular grid with unit spacing: C2 everywhere, exact at the nodes.
 *
 * Node (i, j) lies at (x, y) = (i, j). A background mesh maps pixels to nodes with its own scale and offset.
 */
export interface BicubicSpline {
  readonly width: number;
  readonly height: number;
  /** Value, d2/dx2, d2/dy2 and d4/dx2dy2 of each node, four planes one after another. */
  readonly planes: Float64Array;
}

/**
 * Fits the natural bicubic spline through a grid.
 *
 * @param values - Row-major, shape [height, width]; must be finite. One row or column is constant along the missing axis.
 */
export function createBicubicSpline(values: ArrayLike<number>, width: number, height: number): BicubicSpline {
  if (width < 1 || height < 1 || values.length !== width * height)
    throw new NumericsShapeError(`expected ${width} x ${height} = ${width * height} values; found ${values.length}`, {
      details: { expected: `${width} x ${height}`, found: String(values.length) },
    });
  const n = width * height;
  const planes = new Float64Array(4 * n);
  for (let k = 0; k < n; k++) planes[k] = values[k];
  for (let j = 0; j < height; j++) curvatureInto(planes, j * width, n + j * width, 1, width);
  for (let i = 0; i < width; i++) {
    curvatureInto(planes, i, 2 * n + i, width, height);
    curvatureInto(planes, n + i, 3 * n + i, width, height);
  }
  return { width, height, planes };
}

/** Value at (x, y); outside the grid the edge cubic continues. */
export function evaluateBicubicSpline(spline: BicubicSpline, x: number, y: number): number {
  const { width, height, planes } = spline;
  const n = width * height;
  const i = Math.min(Math.max(0, Math.floor(x)), Math.max(0, width - 2));
  const j = Math.min(Math.max(0, Math.floor(y)), Math.max(0, height - 2));
  const right = width > 1 ? 1 : 0;
  const up = height > 1 ? width : 0;
  const bx = width > 1 ? x - i : 0;
  const by = height > 1 ? y - j : 0;
  const k = j * width + i;
  const low = along(planes[k], planes[k + right], planes[n + k], planes[n + k + right], bx);
  const high = along(planes[k + up], planes[k + up + right], planes[n + k + up], planes[n + k + up + right], bx);
  const lowCurve = along(planes[2 * n + k], planes[2 * n + k + right], planes[3 * n + k], planes[3 * n + k + right], bx);
  const highCurve = along(
    planes[2 * n + k + up],
    planes[2 * n + k + up + right],
    planes[3 * n + k + up],
    planes[3 * n + k + up + right],
    bx,
  );
  return along(low, high, lowCurve, highCurve, by);
}

function along(left: number, right: number, leftCurve: number, rightCurve: number, b: number): number {
  const a = 1 - b;
  return a * left + b * right + ((a * a * a - a) * leftCurve + (b * b * b - b) * rightCurve) / 6;
}

/** Natural-spline second derivatives for unit spacing, along a stride. */
function curvatureInto(data: Float64Array, from: number, to: number, stride: number, count: number): void {
  if (count < 3) return;
  const ratio = new Float64Array(count);
  for (let k = 1; k < count - 1; k++) {
    const pivot = 4 - ratio[k - 1];
    ratio[k] = 1 / pivot;
    const at = from + k * stride;
    const second = 6 * (data[at + stride] - 2 * data[at] + data[at - stride]);
    data[to + k * stride] = (second - data[to + (k - 1) * stride]) / pivot;
  }
  for (let k = count - 3; k >= 1; k--) data[to + k * stride] -= ratio[k] * data[to + (k + 1) * stride];
}
