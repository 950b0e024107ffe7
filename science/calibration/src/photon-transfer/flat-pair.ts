import type { Box } from '@almagest/instrument';
import { measureCovariances } from '../brighter-fatter/measure-covariances.ts';

/** Level and noise of a pair of equal exposures. */
export interface FlatPairPoint {
  /** Mean of the two [ADU]. */
  readonly mean: number;
  /** Variance of one of them [ADU^2]. */
  readonly variance: number;
  /** Covariances of neighbours at lags (1, 0) and (0, 1) [ADU^2]. */
  readonly covariance10: number;
  readonly covariance01: number;
  readonly pixels: number;
}

export interface PairPlanes {
  readonly first: Float32Array;
  readonly second: Float32Array;
  readonly width: number;
  /** Non-zero pixels are left out. */
  readonly mask?: ArrayLike<number>;
}

/**
 * Mean and variance of two flats of the same exposure, from their difference, so that the structure of the flat does not count.
 *
 * The mean of every row is taken off first: the level that the overscan gave a row has noise of its own.
 *
 * @param box - Part of the planes: one amplifier.
 * @see Janesick 2001, Scientific Charge-Coupled Devices, chapter 2; Astier et al. 2019, A&A 629, A36, section 4
 */
export function measureFlatPair(planes: PairPlanes, box: Box): FlatPairPoint {
  const { mean, covariances, pixels } = measureCovariances(planes, box, 1);
  const [variance, covariance10, covariance01] = covariances;
  return { mean, variance, covariance10, covariance01, pixels };
}
