export { assignMinimumCost, type Assignment, type AssignmentProblem } from './assignment/assignment.ts';
export { choleskyInPlace, choleskyInverse, choleskySolveInPlace } from './dense/cholesky.ts';
export {
  type FactoredDesign,
  factorLeastSquares,
  type LinearLeastSquares,
  type LinearSolution,
  solveLeastSquares,
} from './dense/least-squares.ts';
export { NumericsDomainError, NumericsShapeError, SingularMatrixError } from './errors.ts';
export { type FitStatus, fitLevenbergMarquardt, type NonlinearFit, type NonlinearProblem } from './fit/levenberg-marquardt.ts';
export {
  type Box2D,
  type Chebyshev2D,
  computeChebyshev2DTermsInto,
  computeChebyshevInto,
  createChebyshev2D,
  evaluateChebyshev,
  evaluateChebyshev2D,
} from './polynomial/chebyshev.ts';
export {
  computeTermsInto,
  createPolynomial2D,
  evaluatePolynomial2D,
  evaluatePolynomial2DGradient,
  type Polynomial2D,
  termCount,
  termIndex,
} from './polynomial/polynomial-2d.ts';
export { createRandom, type Random } from './random/random.ts';
export { createCsrMatrix, type CsrMatrix, multiplyAddInto, normalMatrix, transposeCsr, transposeMultiplyAddInto } from './sparse/csr.ts';
export { type LsqrOptions, type LsqrSolution, solveLsqr } from './sparse/lsqr.ts';
export { computeMinimumDegreeOrder } from './sparse/minimum-degree.ts';
export { factorSparseCholesky, solveSparseCholesky, type SparseCholesky } from './sparse/sparse-cholesky.ts';
export { type BicubicSpline, createBicubicSpline, evaluateBicubicSpline } from './spline/bicubic-spline.ts';
export { createCubicSpline, type CubicSpline, evaluateCubicSpline, evaluateCubicSplineSlope } from './spline/cubic-spline.ts';
export { type ClipOptions, type ClippedStatistics, computeClippedStatistics } from './statistics/clipped.ts';
export {
  median,
  medianAbsoluteDeviation,
  medianInPlace,
  quantile,
  quickselectInPlace,
  type RealArray,
  SIGMA_PER_MAD,
} from './statistics/order.ts';
export { buildKdTree, findNearest, findWithin, type KdTree, type Neighbour, visitWithin } from './tree/kd-tree.ts';
