import { solveLeastSquares } from '@almagest/numerics';
import { KernelNotFoundError, TooFewFramesError } from '../errors.ts';
import type { PairCovariances } from './measure-covariances.ts';

/*
 * C_ij  covariance at lag (i, j) [electron^2]      mu  mean signal [electron]
 * a_ij  C_ij = mu (delta_ij + a_ij mu + b_ij mu^2) [1/electron]
 * K     kernel of the correction I + 1/2 div(I grad(K * I)) [1/electron]; to first order div grad K = -a
 */

/** A brighter-fatter kernel with what it was made of. */
export interface SolvedKernel {
  readonly width: number;
  readonly height: number;
  /** Row-major [height, width] [1/electron]. */
  readonly values: readonly number[];
  /** a_ij of the lags (0..n, 0..n) as measured, and their errors [1/electron]. */
  readonly slopes: readonly number[];
  readonly slopeErrors: readonly number[];
  /** Sum of all a_ij over -a_00, which is zero but for noise where charge is conserved. */
  readonly imbalance: number;
  readonly iterations: number;
}

export interface KernelOptions {
  /** Read noise [electron]; its square is taken off the variance. Default 0. */
  readonly readNoise?: number;
  /** Pairs with more signal are left out [electron]; default none. */
  readonly maxSignal?: number;
  /** Over-relaxation stops when the largest residual falls below this part of the largest source. Default 1e-12. */
  readonly tolerance?: number;
  readonly maxIterations?: number;
}

/** Depths of the charges whose potentials make up the smooth part of a kernel [pixel]. */
const DEPTHS = [0.3, 0.6, 1.2, 2.4, 4.8] as const;
/** Lags that differ from the smooth part by this many sigma are kept as measured. */
const KEEP_SIGMA = 4;

/**
 * Finds the brighter-fatter kernel from covariances of flat pairs at several levels.
 *
 * @param points - In electrons, of a linear detector.
 * @throws {TooFewFramesError} with fewer than three levels; {@link KernelNotFoundError} where the covariances are noise.
 * @remarks A known kernel comes back to 1e-5 from exact covariances, and star widths to 3e-3 from simulated ones (night.recovery.test.ts, flat-pairs.recovery.test.ts).
 */
export function solveBrighterFatterKernel(points: readonly PairCovariances[], options: KernelOptions = {}): SolvedKernel {
  const { readNoise = 0, maxSignal = Number.POSITIVE_INFINITY } = options;
  const used = points.filter(({ mean }) => mean > 0 && mean < maxSignal);
  if (used.length < 3)
    throw new TooFewFramesError(`expected at least 3 levels for a brighter-fatter kernel; found ${used.length}`, {
      details: { found: used.length, needed: 3 },
    });
  const maxLag = used[0].maxLag;
  const side = maxLag + 1;
  const fits = Array.from({ length: side * side }, (_, lag) => fitSlope(used, lag, readNoise));
  const slopes = fits.map(({ slope }) => slope);
  const slopeErrors = fits.map(({ error }) => error);
  const imbalance = sumOfAll(slopes, side) / -slopes[0];
  if (!(slopes[0] < -5 * slopeErrors[0]))
    throw new KernelNotFoundError(
      `the covariances do not show charge that pushes its neighbours: a00 = ${slopes[0].toExponential(2)} +- ${slopeErrors[0].toExponential(1)} per electron`,
      { details: { a00: slopes[0], imbalance } },
    );
  const smooth = fitPotentials(slopes, slopeErrors, side);
  // What the smooth part leaves is noise but for the lags that stand out, such as the nearest where rows and columns differ.
  const rest = slopes.map((slope, lag) => {
    const left = slope - smooth.slopes[lag];
    return Math.abs(left) > KEEP_SIGMA * slopeErrors[lag] ? left : 0;
  });
  const solved = solvePoisson(rest, side, options);
  return { ...solved, values: solved.values.map((value, i) => value + smooth.kernel[i]), slopes, slopeErrors, imbalance };
}

/**
 * The sum of potentials of charges at several depths below a pixel, zero at the farthest lag, whose Laplacian is nearest to the slopes.
 *
 * Far covariances are below their noise, which the solution of the Poisson equation would add up over the whole kernel.
 */
function fitPotentials(slopes: readonly number[], errors: readonly number[], side: number): { kernel: Float64Array; slopes: Float64Array } {
  const width = 2 * side - 1;
  const shapes = DEPTHS.map((depth) => {
    const potential = (x: number, y: number): number => 1 / Math.sqrt(x * x + y * y + depth * depth) - 1 / Math.hypot(side, depth);
    const value = (x: number, y: number): number => (Math.abs(x) < side && Math.abs(y) < side ? Math.max(0, potential(x, y)) : 0);
    const laplacian = (x: number, y: number): number =>
      value(x - 1, y) + value(x + 1, y) + value(x, y - 1) + value(x, y + 1) - 4 * value(x, y);
    return {
      kernel: Float64Array.from({ length: width * width }, (_, i) => value((i % width) - side + 1, Math.floor(i / width) - side + 1)),
      slopes: Float64Array.from(slopes, (_, lag) => -laplacian(lag % side, Math.floor(lag / side))),
    };
  });
  const design = new Float64Array(slopes.length * DEPTHS.length);
  const floor = 1e-12 * Math.abs(slopes[0]);
  const inverseSigma = Float64Array.from(errors, (error) => 1 / Math.max(error, floor));
  for (let lag = 0; lag < slopes.length; lag++)
    for (const [k, shape] of shapes.entries()) design[lag * DEPTHS.length + k] = shape.slopes[lag];
  const { parameters } = solveLeastSquares({
    design,
    rows: slopes.length,
    columns: DEPTHS.length,
    target: Float64Array.from(slopes),
    inverseSigma,
  });
  const sum = (part: 'kernel' | 'slopes', i: number): number =>
    shapes.reduce((total, shape, k) => total + parameters[k] * shape[part][i], 0);
  return {
    kernel: Float64Array.from({ length: width * width }, (_, i) => sum('kernel', i)),
    slopes: Float64Array.from(slopes, (_, lag) => sum('slopes', lag)),
  };
}

/** a_ij of one lag from (C_ij / mu - delta) = a mu + b mu^2. */
function fitSlope(points: readonly PairCovariances[], lag: number, readNoise: number): { slope: number; error: number } {
  const columns = points.length > 4 ? 2 : 1;
  const scale = Math.max(...points.map(({ mean }) => mean));
  const design = new Float64Array(points.length * columns);
  const target = new Float64Array(points.length);
  const inverseSigma = new Float64Array(points.length);
  for (const [r, { mean, covariances, pixels }] of points.entries()) {
    const excess = lag === 0 ? covariances[0] - readNoise * readNoise - mean : covariances[lag];
    for (let k = 0; k < columns; k++) design[r * columns + k] = (mean / scale) ** (k + 1);
    target[r] = excess / mean;
    inverseSigma[r] = (mean / covariances[0]) * Math.sqrt(pixels / (lag === 0 ? 2 : 1));
  }
  const { parameters, covariance } = solveLeastSquares({ design, rows: points.length, columns, target, inverseSigma });
  return { slope: parameters[0] / scale, error: Math.sqrt(covariance[0]) / scale };
}

/** Sum over lags of both signs. */
function sumOfAll(values: readonly number[], side: number): number {
  let sum = 0;
  for (const [lag, value] of values.entries()) sum += value * (lag % side === 0 ? 1 : 2) * (lag < side ? 1 : 2);
  return sum;
}

/** Solves div grad K = -a with K = 0 beyond the lags, by successive over-relaxation. */
export function solvePoisson(
  quarter: readonly number[],
  side: number,
  options: Pick<KernelOptions, 'tolerance' | 'maxIterations'> = {},
): { width: number; height: number; values: number[]; iterations: number } {
  const { tolerance = 1e-12, maxIterations = 10_000 } = options;
  const width = 2 * side - 1;
  const pitch = width + 2;
  const K = new Float64Array(pitch * pitch);
  const source = (x: number, y: number): number => -quarter[Math.abs(y - side + 1) * side + Math.abs(x - side + 1)];
  const limit = tolerance * Math.max(...quarter.map(Math.abs));
  // Best for the Laplacian on a square. @see Press et al., Numerical Recipes, section 20.5.
  const omega = 2 / (1 + Math.sin(Math.PI / (width + 1)));
  let iterations = 0;
  for (; iterations < maxIterations; iterations++) {
    let worst = 0;
    for (let y = 0; y < width; y++)
      for (let x = 0; x < width; x++) {
        const i = (y + 1) * pitch + x + 1;
        const residual = K[i - 1] + K[i + 1] + K[i - pitch] + K[i + pitch] - 4 * K[i] - source(x, y);
        worst = Math.max(worst, Math.abs(residual));
        K[i] += (omega * residual) / 4;
      }
    if (worst <= limit) break;
  }
  const values = Array.from({ length: width * width }, (_, i) => K[(Math.floor(i / width) + 1) * pitch + (i % width) + 1]);
  return { width, height: width, values, iterations };
}
