import { type BasisFunction, createBasis, type KernelBasis } from './kernel-basis.ts';

/*
 * Notation of Alard (2000), A&AS 144, 363:
 * phi_n(u, v) = exp(-(u^2 + v^2) / 2 sigma^2) u^i v^j, basis functions of the kernel.
 */

/** One Gaussian of the basis and the degree of its polynomials. */
export interface GaussianTerm {
  readonly sigma: number;
  readonly degree: number;
}

/** Coefficients of the kernel's shape are expected to be of this size, as multiples of the kernel's sum. */
const PRIOR_SIGMA = 0.1;

/** Makes the basis on a square of 2 half + 1 pixels. */
export function createGaussianBasis(half: number, terms: readonly GaussianTerm[]): KernelBasis {
  const functions: BasisFunction[] = [];
  for (const { sigma, degree } of terms)
    for (let total = 0; total <= degree; total++)
      for (let j = 0; j <= total; j++) functions.push(makeFunction(half, sigma, total - j, j, functions[0]));
  return createBasis(half, functions, { kind: 'size', sigma: PRIOR_SIGMA });
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

/**
 * Widths and degrees from those of the two PSFs: the Gaussian that turns one into the other, one on each side of it, and a wide one for the wings.
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
    // Wings that are wider than any core: without it bright stars leave rings far out.
    { sigma: Math.max(fwhmFrom, fwhmTo), degree: 0 },
  ];
}
