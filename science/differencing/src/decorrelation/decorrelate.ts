import { type BlockKernel, type DenseKernel, fftReal2d, halfSpectrumLength, inverseFftReal2d } from '@almagest/kernels';

/** Side of the grid on which the filter is computed [pixel]; the kernel's wings must fit. */
const SIDE = 64;

/**
 * The filter that makes the noise of a difference white again after one image was convolved.
 *
 * In Fourier space it is proportional to 1 / sqrt(s1^2 + |K(k)|^2 s2^2). It is cut where less than 1e-3 of its weight
 * lies outside, at `most` pixels at the latest, and scaled to sum 1, so that
 * fluxes keep their values; the variance of a pixel is then s1^2 + K(0)^2 s2^2, and the PSF that of the kept image filtered.
 *
 * @param kernel - Matching kernel, square of odd side, row-major.
 * @param variances - Of a pixel of the image left alone and of the one convolved, before convolution.
 * @see Reiss and Lupton, DMTN-021; Zackay, Ofek and Gal-Yam 2016, ApJ 830, 27, eq. 13
 */
export function createDecorrelationKernel(
  kernel: Float64Array,
  variances: { readonly kept: number; readonly convolved: number },
  most: number,
): DenseKernel {
  const side = Math.round(Math.sqrt(kernel.length));
  const center = (side - 1) / 2;
  const grid = new Float32Array(SIDE * SIDE);
  for (let j = 0; j < side; j++)
    for (let i = 0; i < side; i++) grid[((j - center + SIDE) % SIDE) * SIDE + ((i - center + SIDE) % SIDE)] = kernel[j * side + i];
  const spectrum = new Float32Array(halfSpectrumLength(SIDE, SIDE));
  fftReal2d({ data: grid, width: SIDE, height: SIDE, stride: SIDE }, spectrum);
  const { kept, convolved } = variances;
  for (let k = 0; k < spectrum.length; k += 2) {
    const power = spectrum[k] ** 2 + spectrum[k + 1] ** 2;
    spectrum[k] = 1 / Math.sqrt(kept + power * convolved);
    spectrum[k + 1] = 0;
  }
  inverseFftReal2d(spectrum, { data: grid, width: SIDE, height: SIDE, stride: SIDE });
  const half = reachOf(grid, Math.min(most, SIDE / 2 - 1));
  const width = 2 * half + 1;
  const values = new Float32Array(width * width);
  let sum = 0;
  for (let j = 0; j < width; j++)
    for (let i = 0; i < width; i++) sum += values[j * width + i] = grid[((j - half + SIDE) % SIDE) * SIDE + ((i - half + SIDE) % SIDE)];
  for (let k = 0; k < values.length; k++) values[k] /= sum;
  return { width, height: width, values };
}

/** A filter that varies over an image: at three by three places, quadratic between them. */
export interface VaryingFilter {
  readonly nodes: readonly DenseKernel[];
  readonly width: number;
  readonly height: number;
}

/** The places at which a filter is computed: corners, middles of the sides, centre, row by row. */
export function filterNodes(width: number, height: number): { x: number; y: number }[] {
  return [0, 1, 2].flatMap((r) => [0, 1, 2].map((c) => ({ x: (c * (width - 1)) / 2, y: (r * (height - 1)) / 2 })));
}

/** Weights of the nine nodes at a place; they sum to 1. */
export function nodeWeights(
  { width, height }: Pick<VaryingFilter, 'width' | 'height'>,
  at: { readonly x: number; readonly y: number },
): Float64Array {
  const along = (position: number, size: number): number[] => {
    const u = (2 * position) / Math.max(1, size - 1) - 1;
    return [(u * (u - 1)) / 2, 1 - u * u, (u * (u + 1)) / 2];
  };
  const [cx, cy] = [along(at.x, width), along(at.y, height)];
  return Float64Array.from({ length: 9 }, (_, n) => cx[n % 3] * cy[Math.floor(n / 3)]);
}

/** Filters made at the nodes, all on the square of the largest. */
export function createVaryingFilter(
  nodes: readonly DenseKernel[],
  size: { readonly width: number; readonly height: number },
): VaryingFilter {
  const side = Math.max(...nodes.map(({ width }) => width));
  return { ...size, nodes: nodes.map((each) => padded(each, side)) };
}

function padded(kernel: DenseKernel, side: number): DenseKernel {
  const margin = (side - kernel.width) / 2;
  if (margin === 0) return kernel;
  const values = new Float32Array(side * side);
  for (let j = 0; j < kernel.height; j++)
    values.set(kernel.values.subarray(j * kernel.width, (j + 1) * kernel.width), (j + margin) * side + margin);
  return { width: side, height: side, values };
}

/** The filter at one place. */
export function filterAt(filter: VaryingFilter, at: { readonly x: number; readonly y: number }): DenseKernel {
  const weights = nodeWeights(filter, at);
  const [{ width, height }] = filter.nodes;
  const values = new Float32Array(width * height);
  for (const [n, node] of filter.nodes.entries()) for (let k = 0; k < values.length; k++) values[k] += weights[n] * node.values[k];
  return { width, height, values };
}

/** The filter in the form that convolves whole images. */
export function blockFilterOf(filter: VaryingFilter, block: number): BlockKernel {
  const [columns, rows] = [Math.ceil(filter.width / block), Math.ceil(filter.height / block)];
  const coefficients = new Float32Array(columns * rows * 9);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const at = { x: (c + 0.5) * block - 0.5, y: (r + 0.5) * block - 0.5 };
      coefficients.set(nodeWeights(filter, at), (r * columns + c) * 9);
    }
  return { basis: filter.nodes, coefficients, block };
}

/** Part of the magnitudes that may be cut off. */
const CUT = 1e-3;

function reachOf(grid: Float32Array, most: number): number {
  const rings = new Float64Array(SIDE / 2 + 1);
  for (let k = 0; k < grid.length; k++) {
    const [i, j] = [k % SIDE, Math.floor(k / SIDE)];
    rings[Math.max(Math.min(i, SIDE - i), Math.min(j, SIDE - j))] += Math.abs(grid[k]);
  }
  const total = rings.reduce((s, v) => s + v, 0);
  let outside = 0;
  for (let ring = SIDE / 2; ring > 0; ring--) {
    outside += rings[ring];
    if (outside > CUT * total) return Math.min(most, ring);
  }
  return 1;
}
