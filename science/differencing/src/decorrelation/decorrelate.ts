import { type DenseKernel, fftReal2d, halfSpectrumLength, inverseFftReal2d } from '@almagest/kernels';

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
