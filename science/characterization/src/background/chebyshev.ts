import type { ChebyshevField } from '@almagest/image';
import type { Plane, SurfaceMesh } from '@almagest/kernels';
import { computeChebyshevInto, medianInPlace, solveLeastSquares } from '@almagest/numerics';

/** Cells beyond this many sigma of the fit are left out. */
const CLIP = 3;

/**
 * A smooth sky: a Chebyshev series of low order through the cells of a mesh, outlying cells rejected.
 *
 * Follows gradients and nothing smaller, so that large galaxies and nebulae keep their light.
 *
 * @param order - In each direction; lowered to what the number of cells affords.
 */
export function fitChebyshevBackground(
  mesh: SurfaceMesh,
  image: { readonly width: number; readonly height: number },
  order: number,
): ChebyshevField {
  const box = { x0: 0, y0: 0, width: image.width, height: image.height };
  const { columns, rows, cellWidth, cellHeight, values } = mesh;
  const nx = Math.min(order, columns - 1);
  const ny = Math.min(order, rows - 1);
  const terms = (nx + 1) * (ny + 1);
  const cells = columns * rows;
  const design = new Float64Array(cells * terms);
  const [inX, inY] = [new Float64Array(nx + 1), new Float64Array(ny + 1)];
  for (let cell = 0; cell < cells; cell++) {
    const [c, r] = [cell % columns, Math.floor(cell / columns)];
    const middle = (first: number, side: number, whole: number): number => (first + Math.min(whole, first + side)) / whole - 1;
    computeChebyshevInto(middle(c * cellWidth, cellWidth, image.width), nx, inX);
    computeChebyshevInto(middle(r * cellHeight, cellHeight, image.height), ny, inY);
    for (let j = 0; j <= ny; j++) for (let i = 0; i <= nx; i++) design[cell * terms + j * (nx + 1) + i] = inX[i] * inY[j];
  }
  const weight = new Float64Array(cells).fill(1);
  let coefficients = new Float64Array(terms);
  for (let round = 0; round < 10; round++) {
    const solution = solveLeastSquares({ design, rows: cells, columns: terms, target: Float64Array.from(values), inverseSigma: weight });
    coefficients = Float64Array.from(solution.parameters);
    const residuals = Float64Array.from({ length: cells }, (_, cell) => {
      let model = 0;
      for (let k = 0; k < terms; k++) model += design[cell * terms + k] * coefficients[k];
      return values[cell] - model;
    });
    const limit = CLIP * 1.4826 * medianInPlace(residuals.map(Math.abs));
    const kept = residuals.reduce((sum, residual) => sum + (Math.abs(residual) <= limit ? 1 : 0), 0);
    let changed = false;
    for (let cell = 0; cell < cells; cell++) {
      const keep = kept < 2 * terms || Math.abs(residuals[cell]) <= limit ? 1 : 0;
      if (keep !== weight[cell]) changed = true;
      weight[cell] = keep;
    }
    if (!changed) break;
  }
  return {
    box,
    coefficients: Array.from({ length: ny + 1 }, (_, j) => Array.from(coefficients.subarray(j * (nx + 1), (j + 1) * (nx + 1)))),
  };
}

/** Subtracts a field; `output` may be the image itself. Rows are evaluated one after the other. */
export function subtractField(image: Plane, field: ChebyshevField, output: Plane): void {
  const { width } = field.box;
  const order = field.coefficients[0].length - 1;
  const terms = new Float64Array((order + 1) * image.width);
  for (let x = 0; x < image.width; x++) computeChebyshevInto((2 * (x + 0.5)) / width - 1, order, terms, x * (order + 1));
  const row = new Float64Array(order + 1);
  const inY = new Float64Array(field.coefficients.length);
  for (let y = 0; y < image.height; y++) {
    computeChebyshevInto((2 * (y + 0.5)) / field.box.height - 1, inY.length - 1, inY);
    row.fill(0);
    field.coefficients.forEach((line, j) => line.forEach((value, i) => (row[i] += value * inY[j])));
    for (let x = 0; x < image.width; x++) {
      let level = 0;
      for (let i = 0; i <= order; i++) level += row[i] * terms[x * (order + 1) + i];
      output.data[y * output.stride + x] = image.data[y * image.stride + x] - level;
    }
  }
}
