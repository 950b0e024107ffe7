import { fitLevenbergMarquardt, median } from '@almagest/numerics';
import { TooFewFramesError } from '../errors.ts';
import type { FlatPairPoint } from './flat-pair.ts';

/*
 * Notation of Astier et al. (2019), A&A 629, A36:
 * C00  variance of a pixel [ADU^2]          mu   mean signal [ADU]
 * g    gain [electron/ADU]                  n    read noise squared [electron^2]
 * a00  relative change of pixel area per stored electron [1/electron], negative
 */

/** The photon transfer curve of one amplifier. */
export interface PhotonTransferCurve {
  /** [electron/ADU] */
  readonly gain: number;
  readonly gainErr: number;
  /** [electron] */
  readonly readNoise: number;
  /** Brighter-fatter coefficient [1/electron]. */
  readonly a00: number;
  /** Signal above which variance falls: saturation begins [ADU]; NaN where no pair reaches it. */
  readonly turnoff: number;
  /** Pairs that the fit used, by index. */
  readonly used: readonly number[];
  readonly chi2PerDof: number;
}

const OUTLIER_SIGMA = 5;
const ROUNDS = 2;

/**
 * Fits C00 = (exp(2 a00 mu g) - 1) / (2 g^2 a00) + n / g^2 (eq. 16) to pairs below the turnoff.
 *
 * @throws {TooFewFramesError} with fewer than four pairs below the turnoff.
 * @remarks Gain within 1 % and read noise within 3 % on simulated pairs (photon-transfer.recovery.test.ts).
 */
export function fitPhotonTransfer(points: readonly FlatPairPoint[]): PhotonTransferCurve {
  const turnoff = findTurnoff(points);
  let used = points.map((_, i) => i).filter((i) => points[i].mean > 0 && !(points[i].mean >= turnoff));
  if (used.length < 4)
    throw new TooFewFramesError(`expected at least 4 flat pairs below the turnoff; found ${used.length}`, {
      details: { found: used.length, needed: 4 },
    });
  let fit = fitOnce(points, used);
  for (let round = 0; round < ROUNDS; round++) {
    const pulls = used.map((i) => pullOf(points[i], fit.parameters));
    const scale = Math.max(1, 1.4826 * median(Float64Array.from(pulls, Math.abs)));
    const kept = used.filter((_, k) => Math.abs(pulls[k]) <= OUTLIER_SIGMA * scale);
    if (kept.length === used.length || kept.length < 4) break;
    used = kept;
    fit = fitOnce(points, used);
  }
  const [inverseGain, a, noise] = fit.parameters;
  const gain = 1 / inverseGain;
  return {
    gain,
    gainErr: fit.gainErr,
    readNoise: gain * Math.sqrt(Math.max(0, noise)),
    a00: a / gain,
    turnoff,
    used,
    chi2PerDof: fit.chi2PerDof,
  };
}

/** Model in ADU: parameters are 1 / g, a00 g and n / g^2, which are of like size and never divide by zero. */
function model(mu: number, [inverseGain, a, noise]: Float64Array): number {
  const x = 2 * a * mu;
  const growth = Math.abs(x) < 1e-8 ? 1 : Math.expm1(x) / x;
  return inverseGain * mu * growth + noise;
}

function errorOf({ variance, pixels }: FlatPairPoint): number {
  return Math.max(1e-12, variance) * Math.sqrt(2 / Math.max(1, pixels - 1));
}

function pullOf(point: FlatPairPoint, parameters: Float64Array): number {
  return (point.variance - model(point.mean, parameters)) / errorOf(point);
}

interface Fit {
  readonly parameters: Float64Array;
  readonly gainErr: number;
  readonly chi2PerDof: number;
}

function fitOnce(points: readonly FlatPairPoint[], used: readonly number[]): Fit {
  const [low, high] = [
    used.reduce((a, b) => (points[b].mean < points[a].mean ? b : a)),
    used.reduce((a, b) => (points[b].mean > points[a].mean ? b : a)),
  ];
  const slope = (points[high].variance - points[low].variance) / (points[high].mean - points[low].mean);
  const result = fitLevenbergMarquardt({
    start: Float64Array.of(Math.max(1e-6, slope), -1e-7, Math.max(0, points[low].variance - slope * points[low].mean)),
    residualCount: used.length,
    residuals: (p, out) => {
      for (const [k, i] of used.entries()) out[k] = pullOf(points[i], p);
    },
  });
  const [inverseGain] = result.parameters;
  const chi2 = used.reduce((sum, i) => sum + pullOf(points[i], result.parameters) ** 2, 0);
  const variance = result.covariance[0];
  return {
    parameters: result.parameters,
    gainErr: Math.sqrt(variance) / (inverseGain * inverseGain),
    chi2PerDof: chi2 / Math.max(1, used.length - 3),
  };
}

/** The mean at which the variance begins to fall and stays below, or NaN. */
function findTurnoff(points: readonly FlatPairPoint[]): number {
  const sorted = points.toSorted((a, b) => a.mean - b.mean);
  for (let k = 1; k < sorted.length; k++) {
    const peak = Math.max(...sorted.slice(0, k).map((point) => point.variance));
    if (sorted.slice(k).every((point) => point.variance < 0.95 * peak)) return sorted[k].mean;
  }
  return Number.NaN;
}
