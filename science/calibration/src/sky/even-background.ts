import type { MaskedImage } from '@almagest/image';
import {
  type Chebyshev2D,
  computeChebyshev2DTermsInto,
  createChebyshev2D,
  evaluateChebyshev2D,
  median,
  SIGMA_PER_MAD,
  solveLeastSquares,
} from '@almagest/numerics';

/** A smooth background and the scatter about it. */
export interface EvenBackground {
  readonly surface: Chebyshev2D;
  /** At the centre of the image. */
  readonly level: number;
  readonly sigma: number;
}

const CELLS = 16;
const ROUNDS = 3;

/**
 * Fits a low-order surface to the medians of 16 x 16 cells, sources left out.
 *
 * @param badBits - Pixels with any of these are left out.
 */
export function fitEvenBackground({ image, mask }: MaskedImage, badBits: number, degree = 2): EvenBackground {
  const { width, height, data, stride } = image;
  const box = { xMin: -0.5, xMax: width - 0.5, yMin: -0.5, yMax: height - 0.5 };
  const basis = { orderX: degree, orderY: degree, box };
  const cells: { x: number; y: number; value: number; sigma: number }[] = [];
  for (let cy = 0; cy < CELLS; cy++)
    for (let cx = 0; cx < CELLS; cx++) {
      const [x0, x1] = [Math.floor((cx * width) / CELLS), Math.floor(((cx + 1) * width) / CELLS)];
      const [y0, y1] = [Math.floor((cy * height) / CELLS), Math.floor(((cy + 1) * height) / CELLS)];
      const step = Math.max(1, Math.floor(((x1 - x0) * (y1 - y0)) / 2000));
      const values: number[] = [];
      for (let k = 0; k < (x1 - x0) * (y1 - y0); k += step) {
        const [x, y] = [x0 + (k % (x1 - x0)), y0 + Math.floor(k / (x1 - x0))];
        const value = data[y * stride + x];
        if ((mask.data[y * mask.stride + x] & badBits) === 0 && Number.isFinite(value)) values.push(value);
      }
      if (values.length < 20) continue;
      let center = median(values);
      let sigma = SIGMA_PER_MAD * median(values.map((v) => Math.abs(v - center)));
      // Stars pull the median up; their pixels go.
      center = median(values.filter((v) => v < center + 2.5 * sigma));
      sigma = SIGMA_PER_MAD * median(values.filter((v) => v < center + 2.5 * sigma).map((v) => Math.abs(v - center)));
      cells.push({ x: (x0 + x1 - 1) / 2, y: (y0 + y1 - 1) / 2, value: center, sigma });
    }
  const terms = (degree + 1) ** 2;
  let used = cells;
  let surface = createChebyshev2D(degree, degree, box, new Float64Array(terms));
  for (let round = 0; round < ROUNDS && used.length >= terms; round++) {
    const design = new Float64Array(used.length * terms);
    for (const [r, { x, y }] of used.entries()) computeChebyshev2DTermsInto(basis, x, y, design, r * terms);
    const { parameters } = solveLeastSquares({
      design,
      rows: used.length,
      columns: terms,
      target: Float64Array.from(used, (c) => c.value),
    });
    surface = createChebyshev2D(degree, degree, box, parameters);
    const residuals = used.map(({ x, y, value }) => value - evaluateChebyshev2D(surface, x, y));
    const limit = 4 * SIGMA_PER_MAD * median(residuals.map(Math.abs));
    const kept = used.filter((_, k) => Math.abs(residuals[k]) <= limit);
    if (kept.length === used.length) break;
    used = kept;
  }
  return {
    surface,
    level: evaluateChebyshev2D(surface, (width - 1) / 2, (height - 1) / 2),
    sigma: median(cells.map((c) => c.sigma)),
  };
}
