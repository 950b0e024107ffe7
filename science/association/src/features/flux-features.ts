import { median, quantile } from '@almagest/numerics';
import { type LightCurve, usablePoints } from './light-curve.ts';

/** What the fluxes of one object in one band amount to; NaN where there are too few points. */
export interface FluxFeatures {
  readonly count: number;
  /** Mean with weights 1 / error^2. */
  readonly mean: number;
  readonly meanError: number;
  /** Standard deviation of the fluxes, without weights (n - 1). */
  readonly sigma: number;
  /** Mean of the errors. */
  readonly errorMean: number;
  readonly min: number;
  readonly max: number;
  readonly percentile05: number;
  readonly percentile25: number;
  readonly median: number;
  readonly percentile75: number;
  readonly percentile95: number;
  /** Median of the distances from the median, not scaled. */
  readonly medianAbsoluteDeviation: number;
  /** Third central moment over the 3/2 power of the second. */
  readonly skew: number;
  /** Sum of squared pulls from the weighted mean. */
  readonly chi2: number;
  readonly stetsonJ: number;
  /** Steepest rise between successive points [flux/day]. */
  readonly maxSlope: number;
  /** Weighted straight line: slope [flux/day]. */
  readonly linearSlope: number;
  /** The line at time zero. */
  readonly linearIntercept: number;
}

const NONE: FluxFeatures = {
  count: 0,
  mean: Number.NaN,
  meanError: Number.NaN,
  sigma: Number.NaN,
  errorMean: Number.NaN,
  min: Number.NaN,
  max: Number.NaN,
  percentile05: Number.NaN,
  percentile25: Number.NaN,
  median: Number.NaN,
  percentile75: Number.NaN,
  percentile95: Number.NaN,
  medianAbsoluteDeviation: Number.NaN,
  skew: Number.NaN,
  chi2: Number.NaN,
  stetsonJ: Number.NaN,
  maxSlope: Number.NaN,
  linearSlope: Number.NaN,
  linearIntercept: Number.NaN,
};

/**
 * Summarizes the fluxes of one object in one band.
 *
 * @remarks Equal to direct formulae in NumPy and SciPy to 1e-9 (`features.golden.test.ts`).
 * @see Stetson (1996), PASP 108, 851 for J; the weighted mean there is iterated with its alpha = beta = 2.
 */
export function computeFluxFeatures(curve: LightCurve): FluxFeatures {
  const { time, flux, error } = usablePoints(curve);
  const n = flux.length;
  if (n === 0) return NONE;
  let weights = 0;
  let weighted = 0;
  let errors = 0;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const w = 1 / error[i] ** 2;
    weights += w;
    weighted += w * flux[i];
    errors += error[i];
    sum += flux[i];
  }
  const mean = weighted / weights;
  const plain = sum / n;
  let m2 = 0;
  let m3 = 0;
  let chi2 = 0;
  for (let i = 0; i < n; i++) {
    const d = flux[i] - plain;
    m2 += d * d;
    m3 += d * d * d;
    chi2 += ((flux[i] - mean) / error[i]) ** 2;
  }
  const middle = median(flux);
  return {
    count: n,
    mean,
    meanError: 1 / Math.sqrt(weights),
    sigma: n > 1 ? Math.sqrt(m2 / (n - 1)) : Number.NaN,
    errorMean: errors / n,
    min: flux.reduce((a, b) => Math.min(a, b)),
    max: flux.reduce((a, b) => Math.max(a, b)),
    percentile05: quantile(flux, 0.05),
    percentile25: quantile(flux, 0.25),
    median: middle,
    percentile75: quantile(flux, 0.75),
    percentile95: quantile(flux, 0.95),
    medianAbsoluteDeviation: median(flux.map((value) => Math.abs(value - middle))),
    skew: n > 1 && m2 > 0 ? m3 / n / (m2 / n) ** 1.5 : Number.NaN,
    chi2,
    stetsonJ: computeStetsonJ(flux, error),
    maxSlope: steepestRise(time, flux),
    ...fitLine(time, flux, error),
  };
}

const STETSON_ITERATIONS = 20;

/** Stetson's variability index J of one band; NaN for fewer than two points. */
export function computeStetsonJ(flux: Float64Array, error: Float64Array): number {
  const n = flux.length;
  if (n < 2) return Number.NaN;
  const factor = Math.sqrt(n / (n - 1));
  const weights = error.map((e) => 1 / e ** 2);
  let mean = weightedMean(flux, weights);
  for (let k = 0; k < STETSON_ITERATIONS; k++) {
    const tapered = weights.map((w, i) => w / (1 + ((factor * Math.abs(flux[i] - mean)) / error[i] / 2) ** 2));
    mean = weightedMean(flux, tapered);
  }
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const delta = (factor * (flux[i] - mean)) / error[i];
    const p = delta * delta - 1;
    sum += Math.sign(p) * Math.sqrt(Math.abs(p));
  }
  return sum / n;
}

function weightedMean(values: Float64Array, weights: Float64Array): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i] * weights[i];
    total += weights[i];
  }
  return sum / total;
}

function steepestRise(time: Float64Array, flux: Float64Array): number {
  let steepest = Number.NaN;
  for (let i = 1; i < time.length; i++) {
    const dt = time[i] - time[i - 1];
    if (dt <= 0) continue;
    const slope = (flux[i] - flux[i - 1]) / dt;
    if (!(slope <= steepest)) steepest = slope; // also replaces NaN
  }
  return steepest;
}

/** About the weighted mean time, so that large times lose no digits. */
function fitLine(time: Float64Array, flux: Float64Array, error: Float64Array): { linearSlope: number; linearIntercept: number } {
  const weights = error.map((e) => 1 / e ** 2);
  const t0 = weightedMean(time, weights);
  const f0 = weightedMean(flux, weights);
  let stt = 0;
  let stf = 0;
  for (let i = 0; i < time.length; i++) {
    const t = time[i] - t0;
    stt += weights[i] * t * t;
    stf += weights[i] * t * (flux[i] - f0);
  }
  if (!(stt > 0)) return { linearSlope: Number.NaN, linearIntercept: Number.NaN };
  const linearSlope = stf / stt;
  return { linearSlope, linearIntercept: f0 - linearSlope * t0 };
}
