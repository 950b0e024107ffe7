import { choleskyInPlace, choleskySolveInPlace, medianInPlace, SingularMatrixError } from '@almagest/numerics';
import type { BlockKernel, DenseKernel } from '@almagest/kernels';
import { TooFewCandidatesError } from '../errors.ts';
import type { KernelBasis } from './kernel-basis.ts';
import type { StampEquations } from './stamp-equations.ts';

export interface SpatialFitOptions {
  readonly width: number;
  readonly height: number;
  /** Degree of the polynomials over the image of the kernel's shape, of its sum and of the background. */
  readonly kernelDegree: number;
  readonly scaleDegree: number;
  readonly backgroundDegree: number;
}

/** A kernel that varies over the image, and a background. */
export interface SpatialKernel {
  readonly basis: KernelBasis;
  readonly options: SpatialFitOptions;
  readonly solution: Float64Array;
  /** Stars that made the fit, and those left out. */
  readonly used: number;
  readonly rejected: number;
  /** Places of the stars that made the fit. */
  readonly stars: readonly { readonly x: number; readonly y: number }[];
  /** Median over the stars of chi-square per pixel. */
  readonly chi2PerPixel: number;
}

const ROUNDS = 4;
const REJECT_SIGMA = 3;

/**
 * Fits one kernel over the whole image to the equations of all stars, leaving out those that fit badly (variables, blends).
 *
 * @throws {TooFewCandidatesError} if there are fewer stars than the polynomials need.
 * @see Alard 2000, A&AS 144, 363, section 2
 */
export function fitSpatialKernel(stamps: readonly StampEquations[], basis: KernelBasis, wanted: SpatialFitOptions): SpatialKernel {
  const options = affordable(stamps.length, wanted);
  let kept = stamps;
  let solution = solve(kept, basis, options);
  for (let round = 0; round < ROUNDS; round++) {
    const chi2 = kept.map((stamp) => chi2Of(stamp, coefficientsAt(solution, basis, options, stamp)));
    const values = Float64Array.from(chi2);
    const middle = medianInPlace(values.slice());
    const spread = 1.4826 * medianInPlace(values.map((v) => Math.abs(v - middle)));
    const next = kept.filter((stamp, k) => chi2[k] <= middle + REJECT_SIGMA * Math.max(spread, 0.05 * middle) + tolerance(stamp));
    if (next.length === kept.length || next.length < terms(options.kernelDegree) + 2) break;
    kept = next;
    solution = solve(kept, basis, options);
  }
  const chi2PerPixel = medianInPlace(Float64Array.from(kept, (stamp) => chi2Of(stamp, coefficientsAt(solution, basis, options, stamp))));
  return {
    basis,
    options,
    solution,
    used: kept.length,
    rejected: stamps.length - kept.length,
    stars: kept.map(({ x, y }) => ({ x, y })),
    chi2PerPixel,
  };
}

/** A residual of this part of a star's light says nothing against the star: the model may be that wrong. */
const MODEL_ERROR = 0.03;

function tolerance({ squares, pixels }: StampEquations): number {
  return (MODEL_ERROR * MODEL_ERROR * squares) / pixels;
}

function affordable(stars: number, wanted: SpatialFitOptions): SpatialFitOptions {
  let { kernelDegree } = wanted;
  while (kernelDegree > 0 && stars < 3 * terms(kernelDegree)) kernelDegree--;
  if (stars < 3)
    throw new TooFewCandidatesError(`expected at least 3 isolated stars to find a kernel from; found ${stars}`, {
      details: { found: stars, needed: 3 },
    });
  return {
    ...wanted,
    kernelDegree,
    scaleDegree: Math.min(wanted.scaleDegree, kernelDegree),
    backgroundDegree: Math.min(wanted.backgroundDegree, kernelDegree),
  };
}

function terms(degree: number): number {
  return ((degree + 1) * (degree + 2)) / 2;
}

function polynomials(x: number, y: number, { width, height }: SpatialFitOptions, degree: number): Float64Array {
  const u = (2 * x) / Math.max(1, width - 1) - 1;
  const v = (2 * y) / Math.max(1, height - 1) - 1;
  const out = new Float64Array(terms(degree));
  let k = 0;
  for (let total = 0; total <= degree; total++) for (let j = 0; j <= total; j++) out[k++] = u ** (total - j) * v ** j;
  return out;
}

/** Where the unknowns of basis function n (or of the background, n = count) begin, and their polynomials' degree. */
function layout(basis: KernelBasis, options: SpatialFitOptions): { readonly start: number; readonly degree: number }[] {
  let start = 0;
  return Array.from({ length: basis.functions.length + 1 }, (_, n) => {
    const degree = n === 0 ? options.scaleDegree : n === basis.functions.length ? options.backgroundDegree : options.kernelDegree;
    const place = { start, degree };
    start += terms(degree);
    return place;
  });
}

/**
 * Parts of the expected noise to subtract, tried in turn: where stars say nothing of a basis function the noise is all there is,
 * and a little too much subtracted leaves no solution.
 */
const NOISE_PARTS = [1, 0.7, 0.4, 0];

function solve(stamps: readonly StampEquations[], basis: KernelBasis, options: SpatialFitOptions): Float64Array {
  for (const part of NOISE_PARTS) {
    try {
      return solveWithout(part, { stamps, basis, options });
    } catch (error) {
      if (!(error instanceof SingularMatrixError) || part === 0) throw error;
    }
  }
  throw new TypeError('unreachable: the last part returns or throws');
}

interface FitRequest {
  readonly stamps: readonly StampEquations[];
  readonly basis: KernelBasis;
  readonly options: SpatialFitOptions;
}

function solveWithout(noisePart: number, { stamps, basis, options }: FitRequest): Float64Array {
  const places = layout(basis, options);
  const last = places[places.length - 1];
  const size = last.start + terms(last.degree);
  const matrix = new Float64Array(size * size);
  const vector = new Float64Array(size);
  const n = places.length;
  // The noise of the convolved image is in the matrix but not in the vector, and would make the kernel wider and weaker: its
  // expectation is subtracted (errors in variables; Fuller 1987, Measurement Error Models, section 1.2).
  for (const stamp of stamps) {
    const polys = places.map(({ degree }) => polynomials(stamp.x, stamp.y, options, degree));
    for (let a = 0; a < n; a++) {
      const [pa, sa] = [polys[a], places[a].start];
      for (let s = 0; s < pa.length; s++) vector[sa + s] += pa[s] * stamp.vector[a];
      // The lower half; the Cholesky factor needs no more.
      for (let b = 0; b <= a; b++) {
        const q = stamp.matrix[a * n + b] - (a < n - 1 && b < n - 1 ? noisePart * stamp.noise * basis.products[a * (n - 1) + b] : 0);
        const [pb, sb] = [polys[b], places[b].start];
        for (let s = 0; s < pa.length; s++) {
          const row = (sa + s) * size + sb;
          const factor = pa[s] * q;
          for (let t = 0; t < pb.length; t++) matrix[row + t] += factor * pb[t];
        }
      }
    }
  }
  addPriorInPlace(matrix, { size, sum: vector[0] / matrix[0], basis, places });
  choleskyInPlace(matrix, size);
  choleskySolveInPlace(matrix, size, vector);
  return vector;
}

interface PriorRequest {
  readonly size: number;
  /** A first estimate of the kernel's sum. */
  readonly sum: number;
  readonly basis: KernelBasis;
  readonly places: readonly { readonly start: number; readonly degree: number }[];
}

/**
 * Over an image the kernel's shape changes by this part of its own size, and less with every order: PSFs differ by a few percent from
 * side to side. Where no star is near polynomials would else go anywhere.
 */
const CHANGE = 0.1;
const CHANGE_PER_ORDER = 0.4;

/** Shapes that the stars tell nothing of stay small or smooth; beside that, a ridge against nearly parallel basis functions. */
function addPriorInPlace(matrix: Float64Array, { size, sum, basis, places }: PriorRequest): void {
  for (let k = 0; k < size; k++) matrix[k * size + k] *= 1 + 1e-9;
  const { prior } = basis;
  const count = basis.functions.length;
  if (prior.kind === 'size') {
    for (let n = 1; n < count; n++)
      for (let t = 0; t < terms(places[n].degree); t++) {
        const order = Math.floor((Math.sqrt(8 * t + 1) - 1) / 2);
        const sigma = prior.sigma * sum * (order === 0 ? 1 : CHANGE * CHANGE_PER_ORDER ** (order - 1));
        const k = places[n].start + t;
        matrix[k * size + k] += 1 / (sigma * sigma);
      }
    return;
  }
  let [own, rough] = [0, 0];
  for (let n = 0; n < count; n++) {
    own += matrix[places[n].start * (size + 1)];
    rough += prior.penalty[n * (count + 1)];
  }
  const weight = (prior.weight * own) / rough;
  for (let a = 0; a < count; a++)
    for (let b = 0; b <= a; b++)
      // Every term of the polynomials is an image of its own, and as smooth.
      for (let s = 0; s < terms(Math.min(places[a].degree, places[b].degree)); s++)
        matrix[(places[a].start + s) * size + places[b].start + s] += weight * prior.penalty[a * count + b];
}

/** Coefficients of the basis functions, and last the background, at a place. */
export function coefficientsAt(
  solution: Float64Array,
  basis: KernelBasis,
  options: SpatialFitOptions,
  at: { readonly x: number; readonly y: number },
): Float64Array {
  // Polynomials go up by total degree, so that those of a lower degree are the first of a higher one's.
  const highest = Math.max(options.kernelDegree, options.scaleDegree, options.backgroundDegree);
  const p = polynomials(at.x, at.y, options, highest);
  const count = basis.functions.length;
  const out = new Float64Array(count + 1);
  let start = 0;
  for (let n = 0; n <= count; n++) {
    const used = terms(n === 0 ? options.scaleDegree : n === count ? options.backgroundDegree : options.kernelDegree);
    for (let k = 0; k < used; k++) out[n] += p[k] * solution[start + k];
    start += used;
  }
  return out;
}

/** The fitted background at a place. */
export function backgroundAt({ solution, options }: SpatialKernel, at: { readonly x: number; readonly y: number }): number {
  const p = polynomials(at.x, at.y, options, options.backgroundDegree);
  const start = solution.length - p.length;
  return p.reduce((sum, value, k) => sum + value * solution[start + k], 0);
}

/** Chi-square per pixel of a star's residual. */
function chi2Of({ matrix, vector, squares, pixels }: StampEquations, coefficients: Float64Array): number {
  const n = coefficients.length;
  let value = squares;
  for (let a = 0; a < n; a++) {
    let row = 0;
    for (let b = 0; b < n; b++) row += matrix[a * n + b] * coefficients[b];
    value += coefficients[a] * (row - 2 * vector[a]);
  }
  return value / pixels;
}

/** Side of the blocks within which the kernel is taken as constant [pixel]. */
export const BLOCK = 32;

/** Part of the magnitudes of the kernel that may be cut off when whole images are convolved. */
const CUT = 2e-4;

/** The kernel in the form that convolves whole images: the basis on the square that holds nearly all of it. */
export function blockKernelOf(kernel: SpatialKernel): BlockKernel {
  const { basis, options, solution } = kernel;
  const [columns, rows] = [Math.ceil(options.width / BLOCK), Math.ceil(options.height / BLOCK)];
  const count = basis.functions.length;
  const half = halfWithin(kernel);
  const coefficients = new Float32Array(columns * rows * count);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const at = coefficientsAt(solution, basis, options, { x: (c + 0.5) * BLOCK - 0.5, y: (r + 0.5) * BLOCK - 0.5 });
      coefficients.set(at.subarray(0, count), (r * columns + c) * count);
    }
  return { basis: basis.kernels.map((each) => cropKernel(each, half)), coefficients, block: BLOCK };
}

/** Half side of the square that holds all but {@link CUT} of the kernel, at the corners, sides and middle of the image. */
function halfWithin(kernel: SpatialKernel): number {
  const { width, height } = kernel.options;
  const { half } = kernel.basis;
  const side = 2 * half + 1;
  let needed = 1;
  for (const u of [0, 0.5, 1])
    for (const v of [0, 0.5, 1]) {
      const image = kernelImageAt(kernel, { x: u * (width - 1), y: v * (height - 1) });
      const rings = new Float64Array(half + 1);
      image.forEach((value, k) => (rings[Math.max(Math.abs((k % side) - half), Math.abs(Math.floor(k / side) - half))] += Math.abs(value)));
      const most = CUT * rings.reduce((s, ring) => s + ring, 0);
      let outside = 0;
      for (let ring = half; ring > needed; ring--) {
        outside += rings[ring];
        if (outside > most) needed = ring;
      }
    }
  return needed;
}

function cropKernel({ width, values }: DenseKernel, half: number): DenseKernel {
  const [side, margin] = [2 * half + 1, (width - 1) / 2 - half];
  const out = new Float32Array(side * side);
  for (let j = 0; j < side; j++) out.set(values.subarray((j + margin) * width + margin, (j + margin) * width + margin + side), j * side);
  return { width: side, height: side, values: out };
}

/** The kernel at one place as an image of 2 half + 1 pixels a side. */
export function kernelImageAt({ basis, options, solution }: SpatialKernel, at: { readonly x: number; readonly y: number }): Float64Array {
  const coefficients = coefficientsAt(solution, basis, options, at);
  const out = new Float64Array(basis.kernels[0].values.length);
  for (const [n, kernel] of basis.kernels.entries()) for (let k = 0; k < out.length; k++) out[k] += coefficients[n] * kernel.values[k];
  return out;
}
