import type { DenseKernel } from '@almagest/kernels';

/*
 * Notation of Alard (2000), A&AS 144, 363:
 * phi_n(u, v) = exp(-(u^2 + v^2) / 2 sigma^2) u^i v^j, basis functions of the kernel;
 * all but the first are made to sum to zero, so that the first alone carries the ratio of fluxes.
 */

/** One Gaussian of the basis and the degree of its polynomials. */
export interface GaussianTerm {
  readonly sigma: number;
  readonly degree: number;
}

/** A separable basis function: along x times along y, less `first` times the basis function 0. */
export interface BasisFunction {
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Multiple of basis function 0 that is subtracted to make the sum zero. */
  readonly first: number;
}

export interface KernelBasis {
  readonly half: number;
  readonly functions: readonly BasisFunction[];
  /** The same as images, for the convolution of whole frames. */
  readonly kernels: readonly DenseKernel[];
  /** Sums of products of any two functions, row-major: what white noise becomes under them. */
  readonly products: Float64Array;
}

/** Makes the basis on a square of 2 half + 1 pixels; function 0 sums to 1. */
export function createGaussianBasis(half: number, terms: readonly GaussianTerm[]): KernelBasis {
  const functions: BasisFunction[] = [];
  for (const { sigma, degree } of terms)
    for (let total = 0; total <= degree; total++)
      for (let j = 0; j <= total; j++) functions.push(makeFunction(half, sigma, total - j, j, functions[0]));
  const kernels = functions.map((each, n) => denseOf(half, each, n === 0 ? undefined : functions[0]));
  return { half, functions, kernels, products: productsOf(kernels) };
}

function productsOf(kernels: readonly DenseKernel[]): Float64Array {
  const n = kernels.length;
  const out = new Float64Array(n * n);
  for (let a = 0; a < n; a++)
    for (let b = 0; b <= a; b++) {
      const [p, q] = [kernels[a].values, kernels[b].values];
      let sum = 0;
      for (let k = 0; k < p.length; k++) sum += p[k] * q[k];
      out[a * n + b] = out[b * n + a] = sum;
    }
  return out;
}

function makeFunction(half: number, sigma: number, i: number, j: number, first: BasisFunction | undefined): BasisFunction {
  const along = (power: number): Float64Array => {
    const values = Float64Array.from(
      { length: 2 * half + 1 },
      (_, k) => ((k - half) / sigma) ** power * Math.exp(-((k - half) ** 2) / (2 * sigma * sigma)),
    );
    // Scaled to the sum of its magnitudes, so that the normal equations are well conditioned.
    const scale = values.reduce((s, v) => s + Math.abs(v), 0);
    return values.map((v) => v / scale);
  };
  const [x, y] = [along(i), along(j)];
  const sum = (values: Float64Array): number => values.reduce((s, v) => s + v, 0);
  return { x, y, first: first === undefined ? 0 : sum(x) * sum(y) };
}

function denseOf(half: number, { x, y, first }: BasisFunction, zero: BasisFunction | undefined): DenseKernel {
  const side = 2 * half + 1;
  const values = new Float32Array(side * side);
  for (let v = 0; v < side; v++)
    for (let u = 0; u < side; u++) values[v * side + u] = x[u] * y[v] - (zero ? first * zero.x[u] * zero.y[v] : 0);
  return { width: side, height: side, values };
}

/**
 * Widths and degrees from those of the two PSFs: the Gaussian that turns one into the other, and one on each side of it.
 *
 * @param fwhmFrom - Of the image that is convolved [pixel]. @param fwhmTo - Of the other.
 * @see Israel, Hessman and Schuh 2007, AN 328, 16, for the choice of widths
 */
export function chooseTerms(fwhmFrom: number, fwhmTo: number): GaussianTerm[] {
  const difference = fwhmTo * fwhmTo - fwhmFrom * fwhmFrom;
  const central = Math.max(0.7, Math.sqrt(Math.max(0, difference)) / 2.354820045);
  return [
    { sigma: Math.max(0.7, central / 2), degree: 4 },
    { sigma: Math.max(1.2, central), degree: 4 },
    { sigma: Math.max(2.2, 2 * central), degree: 3 },
  ];
}
