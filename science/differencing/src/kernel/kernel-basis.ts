import type { DenseKernel, SeparableFunctions } from '@almagest/kernels';

/** A separable basis function: along x times along y, less `first` times the basis function 0. */
export interface BasisFunction {
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Multiple of basis function 0 that is subtracted to make the sum zero. */
  readonly first: number;
}

/**
 * Functions whose sum is the matching kernel, on a square of 2 half + 1 pixels.
 *
 * Function 0 sums to 1 and all others to 0, so that the first alone carries the ratio of fluxes.
 */
export interface KernelBasis {
  readonly half: number;
  readonly functions: readonly BasisFunction[];
  /** The same as profiles that occur once each. */
  readonly separable: SeparableFunctions;
  /** The same as images, for the convolution of whole frames. */
  readonly kernels: readonly DenseKernel[];
  /** Sums of products of any two functions, row-major: what white noise becomes under them. */
  readonly products: Float64Array;
  /** What keeps the solution from following the noise. */
  readonly prior: KernelPrior;
}

/**
 * `size`: every coefficient of the kernel's shape is expected to be of this size, as a multiple of the kernel's sum.
 * `roughness`: the form c^T P c is added to chi-square, `weight` times as stiff as the stars' own equations are on average.
 */
export type KernelPrior =
  | { readonly kind: 'size'; readonly sigma: number }
  | { readonly kind: 'roughness'; readonly penalty: Float64Array; readonly weight: number };

/** Completes basis functions to a basis. */
export function createBasis(half: number, functions: readonly BasisFunction[], prior: KernelPrior): KernelBasis {
  const kernels = functions.map((each) => denseOf(half, each, functions[0]));
  return { half, functions, separable: separableOf(functions), kernels, products: productsOf(kernels), prior };
}

function denseOf(half: number, { x, y, first }: BasisFunction, zero: BasisFunction): DenseKernel {
  const side = 2 * half + 1;
  const values = new Float32Array(side * side);
  for (let v = 0; v < side; v++)
    for (let u = 0; u < side; u++) values[v * side + u] = x[u] * y[v] - (first === 0 ? 0 : first * zero.x[u] * zero.y[v]);
  return { width: side, height: side, values };
}

function separableOf(functions: readonly BasisFunction[]): SeparableFunctions {
  const [profilesX, profilesY]: [Float64Array[], Float64Array[]] = [[], []];
  const indexIn = (known: Float64Array[], profile: Float64Array): number => {
    const at = known.findIndex((each) => each.every((value, k) => value === profile[k]));
    return at >= 0 ? at : known.push(profile) - 1;
  };
  const indices = functions.map(({ x, y }) => ({ x: indexIn(profilesX, x), y: indexIn(profilesY, y) }));
  return { profilesX, profilesY, functions: indices };
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
