import { fitLevenbergMarquardt } from '@almagest/numerics';
import type { PairCovariances } from '../brighter-fatter/measure-covariances.ts';
import { TooFewFramesError } from '../errors.ts';

/*
 * Notation of Astier et al. (2019), A&A 629, A36, eq. 20:
 * C_ij(mu) = mu / g [delta_ij + a_ij mu g + 2/3 (a * a + a b)_ij (mu g)^2 + 1/6 (2 a * a * a + 5 a * (a b))_ij (mu g)^3] + n_ij / g^2
 * mu  mean [ADU]   C  covariance [ADU^2]   g  gain [electron/ADU]   a_ij, b_ij  [1/electron]   n_ij  read noise [electron^2]
 * *   discrete convolution over lags of both signs
 */

/** The full covariance model of one amplifier. */
export interface CovarianceModel {
  /** [electron/ADU] */
  readonly gain: number;
  /** [electron] */
  readonly readNoise: number;
  /** Side of the square of lags, and the coefficients row-major over lags (0..lags-1) [1/electron]. */
  readonly lags: number;
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly chi2PerDof: number;
}

export interface CovarianceOptions {
  /** Lags in each direction, that of 0 included; default 4. */
  readonly lags?: number;
  /** Whether b, the change of a with the charge, is fitted; default true. */
  readonly fitB?: boolean;
  /** Pairs with a higher mean are left out [ADU]: the turnoff. */
  readonly maxMean?: number;
}

/**
 * Fits the full covariance model to covariances of flat pairs [ADU].
 *
 * @throws {TooFewFramesError} with fewer than four levels.
 * @remarks Gain within 1 %, read noise within 3 %, a_00 within 3 % of the planted ones (flat-pairs.recovery.test.ts).
 */
export function fitCovarianceModel(points: readonly PairCovariances[], options: CovarianceOptions = {}): CovarianceModel {
  const { lags = 4, fitB = true, maxMean = Number.POSITIVE_INFINITY } = options;
  const used = points.filter(({ mean }) => mean > 0 && mean < maxMean);
  if (used.length < 4)
    throw new TooFewFramesError(`expected at least 4 flat pairs for a covariance model; found ${used.length}`, {
      details: { found: used.length, needed: 4 },
    });
  const size = lags * lags;
  const side = used[0].maxLag + 1;
  const measured = (p: PairCovariances, lag: number): number => p.covariances[Math.floor(lag / lags) * side + (lag % lags)];
  const gain = startingGain(used);
  // Parameters of like size: 1/g, n_00 / g^2, then a and b times a typical charge.
  const charge = gain * Math.max(...used.map(({ mean }) => mean));
  const errors = used.map(({ covariances, pixels }) => covariances[0] / Math.sqrt(pixels));
  const count = 2 + size * (fitB ? 2 : 1);
  const start = new Float64Array(count);
  start[0] = 1 / gain;
  const top = used.reduce((best, p) => (p.mean > best.mean ? p : best));
  for (let lag = 0; lag < size; lag++) start[2 + lag] = (measured(top, lag) * gain) / top.mean - (lag === 0 ? 1 : 0);
  const result = fitLevenbergMarquardt({
    start,
    residualCount: used.length * size,
    residuals: (p, out) => {
      const series = seriesOf(p, { lags, size, fitB });
      for (const [k, point] of used.entries()) {
        const t = point.mean / p[0] / charge;
        for (let lag = 0; lag < size; lag++) {
          const bracket = (lag === 0 ? 1 : 0) + series.a[lag] * t + series.second[lag] * t * t + series.third[lag] * t ** 3;
          const model = point.mean * p[0] * bracket + (lag === 0 ? p[1] : 0);
          out[k * size + lag] = (measured(point, lag) - model) / (errors[k] * (lag === 0 ? Math.SQRT2 : 1));
        }
      }
    },
  });
  const p = result.parameters;
  const g = 1 / p[0];
  const residuals = new Float64Array(used.length * size);
  const series = seriesOf(p, { lags, size, fitB });
  for (const [k, point] of used.entries()) {
    const t = point.mean / p[0] / charge;
    for (let lag = 0; lag < size; lag++) {
      const bracket = (lag === 0 ? 1 : 0) + series.a[lag] * t + series.second[lag] * t * t + series.third[lag] * t ** 3;
      residuals[k * size + lag] =
        (measured(point, lag) - point.mean * p[0] * bracket - (lag === 0 ? p[1] : 0)) / (errors[k] * (lag === 0 ? Math.SQRT2 : 1));
    }
  }
  return {
    gain: g,
    readNoise: g * Math.sqrt(Math.max(0, p[1])),
    lags,
    a: Array.from(series.a, (v) => v / charge),
    b: Array.from({ length: size }, (_, lag) => (fitB ? p[2 + size + lag] / charge : 0)),
    chi2PerDof: residuals.reduce((sum, r) => sum + r * r, 0) / Math.max(1, residuals.length - count),
  };
}

interface Series {
  readonly a: Float64Array;
  readonly second: Float64Array;
  readonly third: Float64Array;
}

/** Terms of the series for charges in units of the typical one. */
function seriesOf(p: Float64Array, { lags, size, fitB }: { readonly lags: number; readonly size: number; readonly fitB: boolean }): Series {
  const a = p.slice(2, 2 + size);
  const ab = a.map((value, lag) => value * (fitB ? p[2 + size + lag] : 0));
  const aa = convolve(a, a, lags);
  const aaa = convolve(aa, a, lags);
  const aab = convolve(a, ab, lags);
  return { a, second: aa.map((v, lag) => (2 / 3) * (v + ab[lag])), third: aaa.map((v, lag) => (2 * v + 5 * aab[lag]) / 6) };
}

/** Convolution of planes that are given for one quarter and mirrored to the others; beyond the lags they are zero. */
function convolve(u: Float64Array, v: Float64Array, lags: number): Float64Array {
  const out = new Float64Array(lags * lags);
  for (let j = 0; j < lags; j++)
    for (let i = 0; i < lags; i++) {
      let sum = 0;
      for (let q = 1 - lags; q < lags; q++) {
        const r = Math.abs(j - q);
        if (r >= lags) continue;
        for (let s = 1 - lags; s < lags; s++) {
          const c = Math.abs(i - s);
          if (c < lags) sum += u[Math.abs(q) * lags + Math.abs(s)] * v[r * lags + c];
        }
      }
      out[j * lags + i] = sum;
    }
  return out;
}

/** From the two lowest levels that are far enough apart. */
function startingGain(points: readonly PairCovariances[]): number {
  const sorted = points.toSorted((a, b) => a.mean - b.mean);
  const low = sorted[0];
  const other = sorted.find(({ mean }) => mean > 3 * low.mean + 100) ?? sorted[sorted.length - 1];
  const slope = (other.covariances[0] - low.covariances[0]) / (other.mean - low.mean);
  return slope > 0 ? 1 / slope : 1;
}
