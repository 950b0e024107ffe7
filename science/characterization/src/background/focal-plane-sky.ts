import type { SurfaceMesh } from '@almagest/kernels';
import { computeChebyshevInto, medianInPlace, solveLeastSquares } from '@almagest/numerics';
import { NoBackgroundError } from '../errors.ts';

/** The sky of one detector of a visit and where it lies. */
export interface DetectorSky {
  readonly detector: number;
  /** Levels as measured on the detector by itself; NaN where a cell has none. */
  readonly level: SurfaceMesh;
  /** Focal-plane coordinates of a pixel, in units of the field's radius: -1 to 1. */
  readonly toFocalPlane: (x: number, y: number) => { readonly u: number; readonly v: number };
  /** What the sky of many visits looks like here (scattered light, fringes), on the same mesh; scaled and subtracted. */
  readonly frame?: SurfaceMesh;
}

export interface FocalPlaneSkyOptions {
  /** Order of the surface in each direction; default 4. */
  readonly order?: number;
  /** Cells beyond this many scatters are left out: large galaxies, ghosts; default 3. */
  readonly clipSigma?: number;
}

/** One sky for the whole focal plane. */
export interface FocalPlaneSky {
  /** Coefficients of the products of Chebyshev polynomials, v by rows, u by columns. */
  readonly coefficients: Float64Array;
  readonly order: number;
  /** Factor of the frames; 0 where none were given. */
  readonly frameScale: number;
  /** The sky of each detector on its mesh. */
  readonly skies: ReadonlyMap<number, SurfaceMesh>;
  /** Robust scatter of the cells about it. */
  readonly scatter: number;
}

const ROUNDS = 10;

/**
 * Fits one smooth sky, and a multiple of a known frame, to the meshes of all detectors of a visit.
 *
 * What one detector takes for sky, such as a galaxy as large as itself, stands out of the sky of all and is left out.
 *
 * @throws {NoBackgroundError} if there are fewer cells than terms.
 * @remarks Within 0.2 % of the sky beside a galaxy that fills half a detector (focal-plane-sky.recovery.test.ts).
 */
export function fitFocalPlaneSky(detectors: readonly DetectorSky[], options: FocalPlaneSkyOptions = {}): FocalPlaneSky {
  const { order = 4, clipSigma = 3 } = options;
  const side = order + 1;
  const frames = detectors.some(({ frame }) => frame !== undefined);
  const columns = side * side + (frames ? 1 : 0);
  const cells = detectors.flatMap((detector) => cellsOf(detector));
  const known = cells.filter(({ value }) => Number.isFinite(value));
  if (known.length < columns)
    throw new NoBackgroundError(`expected at least ${columns} cells with sky over the focal plane; found ${known.length}`, {
      details: { width: known.length, height: 1 },
    });
  const design = new Float64Array(known.length * columns);
  known.forEach((cell, i) => termsInto(cell, order, frames, design, i * columns));
  const target = Float64Array.from(known, ({ value }) => value);
  const weight = new Float64Array(known.length).fill(1);
  let parameters = new Float64Array(columns);
  let scatter = Number.NaN;
  for (let round = 0; round < ROUNDS; round++) {
    parameters = Float64Array.from(solveLeastSquares({ design, rows: known.length, columns, target, inverseSigma: weight }).parameters);
    const residuals = target.map((value, i) => value - dot(design, i * columns, parameters));
    scatter = 1.4826 * medianInPlace(residuals.map(Math.abs));
    let changed = false;
    residuals.forEach((residual, i) => {
      const keep = Math.abs(residual) <= clipSigma * scatter ? 1 : 0;
      if (keep !== weight[i]) changed = true;
      weight[i] = keep;
    });
    if (!changed || weight.reduce((sum, w) => sum + w, 0) < 2 * columns) break;
  }
  const skies = new Map(detectors.map((detector) => [detector.detector, evaluate(detector, order, frames, parameters)]));
  return { coefficients: parameters.slice(0, side * side), order, frameScale: frames ? parameters[columns - 1] : 0, skies, scatter };
}

interface Cell {
  readonly u: number;
  readonly v: number;
  readonly value: number;
  readonly frame: number;
}

function cellsOf({ level, toFocalPlane, frame }: DetectorSky): Cell[] {
  return Array.from({ length: level.columns * level.rows }, (_, k) => {
    const x = ((k % level.columns) + 0.5) * level.cellWidth - 0.5;
    const y = (Math.floor(k / level.columns) + 0.5) * level.cellHeight - 0.5;
    return { ...toFocalPlane(x, y), value: level.values[k], frame: frame?.values[k] ?? 0 };
  });
}

function termsInto({ u, v, frame }: Cell, order: number, frames: boolean, out: Float64Array, at: number): void {
  const side = order + 1;
  const [inU, inV] = [new Float64Array(side), new Float64Array(side)];
  computeChebyshevInto(u, order, inU);
  computeChebyshevInto(v, order, inV);
  for (let j = 0; j < side; j++) for (let i = 0; i < side; i++) out[at + j * side + i] = inU[i] * inV[j];
  if (frames) out[at + side * side] = frame;
}

function dot(design: Float64Array, at: number, parameters: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < parameters.length; k++) sum += design[at + k] * parameters[k];
  return sum;
}

function evaluate(detector: DetectorSky, order: number, frames: boolean, parameters: Float64Array): SurfaceMesh {
  const terms = new Float64Array(parameters.length);
  const values = Float64Array.from(cellsOf(detector), (cell) => {
    termsInto(cell, order, frames, terms, 0);
    return dot(terms, 0, parameters);
  });
  return { ...detector.level, values };
}
