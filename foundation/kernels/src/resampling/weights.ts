/** Steps between whole positions in the tables: a position is rounded to 1/8192 pixel, at most 6.1e-5 pixel away. */
export const WEIGHT_BINS = 8192;

export type ResamplingKernel = 'bilinear' | 'lanczos3' | 'lanczos5';

/** Half width of a kernel's footprint: it reads 2 * order pixels in each direction. */
export function kernelOrder(kernel: ResamplingKernel): 1 | 3 | 5 {
  return kernel === 'bilinear' ? 1 : kernel === 'lanczos3' ? 3 : 5;
}

const tables = new Map<number, Float32Array>();

/**
 * Weights sinc(d) sinc(d / a) of the 2a pixels about a position, normalized to sum 1, for every fraction of a pixel.
 *
 * Row f of the table (0 to WEIGHT_BINS) belongs to the fraction f / WEIGHT_BINS; its weight k multiplies the pixel
 * floor(position) - (a - 1) + k. Rows are padded with zeros to a multiple of four.
 *
 * @see Duchon 1979, J. Appl. Meteorology 18, 1016 (Lanczos filtering); Bertin 2002, ASP 281, 228 (its use in resampling).
 */
export function lanczosTable(a: 3 | 5): Float32Array {
  const known = tables.get(a);
  if (known) return known;
  const pitch = tablePitch(a);
  const table = new Float32Array(pitch * (WEIGHT_BINS + 1));
  const weights = new Float64Array(2 * a);
  for (let f = 0; f <= WEIGHT_BINS; f++) {
    let sum = 0;
    for (let k = 0; k < 2 * a; k++) {
      const d = k - (a - 1) - f / WEIGHT_BINS;
      weights[k] = Math.abs(d) >= a ? 0 : sinc(d) * sinc(d / a);
      sum += weights[k];
    }
    for (let k = 0; k < 2 * a; k++) table[f * pitch + k] = weights[k] / sum;
  }
  tables.set(a, table);
  return table;
}

/** Floats from row to row of a table. */
export function tablePitch(a: 3 | 5): number {
  return a === 3 ? 8 : 12;
}

/** sin(pi x) / (pi x), exactly 0 at whole numbers so that whole shifts copy pixels. */
function sinc(x: number): number {
  if (x === 0) return 1;
  return Number.isInteger(x) ? 0 : Math.sin(Math.PI * x) / (Math.PI * x);
}
