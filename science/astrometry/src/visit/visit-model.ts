import {
  computeTermsInto,
  createCsrMatrix,
  type CsrMatrix,
  factorSparseCholesky,
  normalMatrix,
  solveSparseCholesky,
  termCount,
  transposeMultiplyAddInto,
} from '@almagest/numerics';
import type { PolynomialSpec } from '@almagest/wcs';

/** One matched star of a visit: where the camera model puts it and where it should be, in field angle [rad]. */
export interface VisitPair {
  readonly detector: number;
  readonly source: number;
  /** Row of the reference catalogue. */
  readonly reference: number;
  readonly u: number;
  readonly v: number;
  readonly targetU: number;
  readonly targetV: number;
  /** Inverse standard deviation [1/rad]. */
  readonly weight: number;
}

export interface VisitModelOptions {
  /** Degree of the polynomial common to all detectors. */
  readonly order: number;
  /** Degree of each detector's own correction: 0 shift, 1 shift and linear terms; none when absent. */
  readonly detectorOrder?: 0 | 1;
  readonly detectors: number;
  /** Reach of the field [rad], by which coordinates are scaled. */
  readonly reach: number;
  /** How far a detector is expected to stand from its place in the camera model [rad]; ties the corrections down. */
  readonly detectorPrior: number;
}

/**
 * Fits the common polynomial and the detectors' corrections at once, by sparse normal equations.
 *
 * @returns For each detector one polynomial from the camera model's field angle to the true one.
 */
export function fitVisitModel(pairs: readonly VisitPair[], options: VisitModelOptions): PolynomialSpec[] {
  const { order, detectorOrder, detectors, reach } = options;
  const common = termCount(order);
  const own = detectorOrder === undefined ? 0 : termCount(detectorOrder);
  const columns = common + own * detectors;
  const matrix = designMatrix(pairs, options, common, own, columns);
  const factor = factorSparseCholesky(normalMatrix(matrix));
  const solve = (value: (pair: VisitPair) => number): Float64Array => {
    const target = new Float64Array(matrix.rows);
    for (const [i, pair] of pairs.entries()) target[i] = value(pair) * pair.weight;
    const rhs = new Float64Array(columns);
    transposeMultiplyAddInto(matrix, target, rhs);
    return solveSparseCholesky(factor, rhs);
  };
  // Departures from the model, which are small, rather than the angles themselves keep the digits.
  const du = solve(({ u, targetU }) => targetU - u);
  const dv = solve(({ v, targetV }) => targetV - v);
  return Array.from({ length: detectors }, (_, d) => {
    const polynomial = (solution: Float64Array, identityTerm: 1 | 2): number[] => {
      const out = Array.from(solution.subarray(0, common));
      for (let k = 0; k < own; k++) out[k] += solution[common + d * own + k];
      out[identityTerm] += reach;
      return out;
    };
    return { kind: 'polynomial', order, centre: [0, 0], scale: reach, u: polynomial(du, 1), v: polynomial(dv, 2) };
  });
}

/** Rows of pairs, then rows that tie each correction to zero. */
function designMatrix(pairs: readonly VisitPair[], options: VisitModelOptions, common: number, own: number, columns: number): CsrMatrix {
  const { order, detectors, reach, detectorPrior } = options;
  const size = pairs.length * (common + own) + own * detectors;
  const row = new Int32Array(size);
  const column = new Int32Array(size);
  const value = new Float64Array(size);
  const terms = new Float64Array(common);
  let at = 0;
  const put = (i: number, j: number, v: number): void => {
    row[at] = i;
    column[at] = j;
    value[at++] = v;
  };
  for (const [i, { detector, u, v, weight }] of pairs.entries()) {
    computeTermsInto(u / reach, v / reach, order, terms);
    for (let k = 0; k < common; k++) put(i, k, terms[k] * weight);
    for (let k = 0; k < own; k++) put(i, common + detector * own + k, terms[k] * weight);
  }
  for (let k = 0; k < own * detectors; k++) put(pairs.length + k, common + k, 1 / detectorPrior);
  return createCsrMatrix(pairs.length + own * detectors, columns, row, column, value);
}
