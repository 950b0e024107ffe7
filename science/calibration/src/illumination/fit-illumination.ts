import {
  type Chebyshev2D,
  computeChebyshev2DTermsInto,
  createChebyshev2D,
  evaluateChebyshev2D,
  median,
  SIGMA_PER_MAD,
  solveLeastSquares,
} from '@almagest/numerics';
import { TooFewFramesError } from '../errors.ts';

/** One measurement of a star in one of several dithered exposures. */
export interface StarObservation {
  readonly star: number;
  readonly exposure: number;
  /** Pixel. */
  readonly x: number;
  readonly y: number;
  readonly mag: number;
  readonly magErr: number;
}

export interface IlluminationOptions {
  readonly width: number;
  readonly height: number;
  /** Order of the surface in x and y; default 3. */
  readonly order?: number;
  readonly clipSigma?: number;
  /**
   * How far zero points of exposures may differ [mag]; default 0.003, a photometric night. Without it a gradient of the response cannot be
   * told from zero points that go with the offsets of the pointings, unless the field was rotated too.
   */
  readonly zeroPointSigma?: number;
}

export interface IlluminationCorrection {
  /** Magnitudes by which stars come out too faint at a pixel, mean zero over the detector. */
  readonly surface: Chebyshev2D;
  /** Zero point of each exposure relative to the mean [mag]. */
  readonly exposureOffsets: ReadonlyMap<number, number>;
  readonly used: number;
  /** Scatter of the observations about the solution [mag]. */
  readonly residual: number;
}

const ROUNDS = 4;

/**
 * Finds how the response to stars differs from that to the flat lamp, from stars seen at several places of the detector.
 *
 * Magnitudes of stars, zero points of exposures and a surface are fitted together; light that a flat gathers from elsewhere (stray light,
 * uneven illumination) is in the surface.
 *
 * @throws {TooFewFramesError} where stars or exposures are too few.
 * @remarks A planted surface of 3 % comes back to 2 mmag (night.recovery.test.ts).
 * @see Manfroid (1995), A&A 113, 587; Regnault et al. (2009), A&A 506, 999, section 5.
 */
export function fitIllumination(observations: readonly StarObservation[], options: IlluminationOptions): IlluminationCorrection {
  const { width, height, order = 3, clipSigma = 4, zeroPointSigma = 0.003 } = options;
  const box = { xMin: -0.5, xMax: width - 0.5, yMin: -0.5, yMax: height - 0.5 };
  const basis = { orderX: order, orderY: order, box };
  const terms = (order + 1) ** 2;
  const exposures = [...new Set(observations.map((o) => o.exposure))].toSorted((a, b) => a - b);
  let used = observations.filter((o) => Number.isFinite(o.mag) && o.magErr > 0);
  let solution: Solved | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    solution = solveOnce(used, { basis, terms, exposures, zeroPointSigma });
    const pulls = solution.residuals.map((r, k) => r / used[k].magErr);
    const scale = Math.max(1, SIGMA_PER_MAD * median(pulls.map(Math.abs)));
    const kept = used.filter((_, k) => Math.abs(pulls[k]) <= clipSigma * scale);
    if (kept.length === used.length) break;
    used = kept;
  }
  const { coefficients, offsets, residuals } = solution as Solved;
  const surface = centered(createChebyshev2D(order, order, box, coefficients));
  return {
    surface,
    exposureOffsets: new Map(exposures.map((exposure, k) => [exposure, offsets[k]])),
    used: used.length,
    residual: SIGMA_PER_MAD * median(residuals.map(Math.abs)),
  };
}

interface Basis {
  readonly basis: Pick<Chebyshev2D, 'orderX' | 'orderY' | 'box'>;
  readonly terms: number;
  readonly exposures: readonly number[];
  readonly zeroPointSigma: number;
}

interface Solved {
  readonly coefficients: Float64Array;
  readonly offsets: Float64Array;
  readonly residuals: readonly number[];
}

/** Each star's magnitude is eliminated by taking its weighted mean off observations and design. */
function solveOnce(used: readonly StarObservation[], { basis, terms, exposures, zeroPointSigma }: Basis): Solved {
  // The constant belongs to the stars.
  const columns = terms - 1 + exposures.length;
  if (used.length < 3 * columns)
    throw new TooFewFramesError(`expected at least ${3 * columns} observations of stars; found ${used.length}`, {
      details: { found: used.length, needed: 3 * columns },
    });
  // One more row for each zero point.
  const rows = used.length + exposures.length;
  const design = new Float64Array(rows * columns);
  const target = new Float64Array(rows);
  const inverseSigma = new Float64Array(rows).fill(1 / zeroPointSigma);
  for (const [r, o] of used.entries()) {
    target[r] = o.mag;
    inverseSigma[r] = 1 / o.magErr;
  }
  for (let e = 0; e < exposures.length; e++) design[(used.length + e) * columns + terms - 1 + e] = 1;
  const work = new Float64Array(terms);
  for (const [r, o] of used.entries()) {
    computeChebyshev2DTermsInto(basis, o.x, o.y, work);
    design.set(work.subarray(1), r * columns);
    design[r * columns + terms - 1 + exposures.indexOf(o.exposure)] = 1;
  }
  const byStar = new Map<number, number[]>();
  for (const [r, { star }] of used.entries()) byStar.set(star, [...(byStar.get(star) ?? []), r]);
  for (const members of byStar.values()) {
    const total = members.reduce((sum, r) => sum + inverseSigma[r] ** 2, 0);
    const center = (values: Float64Array, at: (r: number) => number): void => {
      const mean = members.reduce((sum, r) => sum + inverseSigma[r] ** 2 * values[at(r)], 0) / total;
      for (const r of members) values[at(r)] -= mean;
    };
    center(target, (r) => r);
    for (let c = 0; c < columns; c++) center(design, (r) => r * columns + c);
  }
  const { parameters } = solveLeastSquares({ design, rows, columns, target, inverseSigma });
  const residuals = used.map((_, r) => {
    let model = 0;
    for (let c = 0; c < columns; c++) model += design[r * columns + c] * parameters[c];
    return target[r] - model;
  });
  return {
    coefficients: Float64Array.from([0, ...parameters.subarray(0, terms - 1)]),
    offsets: parameters.slice(terms - 1),
    residuals,
  };
}

const GRID = 32;

function centered(surface: Chebyshev2D): Chebyshev2D {
  const { xMin, xMax, yMin, yMax } = surface.box;
  let sum = 0;
  for (let j = 0; j < GRID; j++)
    for (let i = 0; i < GRID; i++)
      sum += evaluateChebyshev2D(surface, xMin + ((i + 0.5) * (xMax - xMin)) / GRID, yMin + ((j + 0.5) * (yMax - yMin)) / GRID);
  const coefficients = Float64Array.from(surface.coefficients);
  coefficients[0] -= sum / GRID ** 2;
  return createChebyshev2D(surface.orderX, surface.orderY, surface.box, coefficients);
}

/** The correction as a plane: multiply a flat-fielded image by it. */
export function illuminationPlane(surface: Chebyshev2D, width: number, height: number): Float32Array {
  const out = new Float32Array(width * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) out[y * width + x] = 10 ** (0.4 * evaluateChebyshev2D(surface, x, y));
  return out;
}
