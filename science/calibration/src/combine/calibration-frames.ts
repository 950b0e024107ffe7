import { computeClippedStatistics, knownPlaneBits, type MaskedImage } from '@almagest/image';
import { UnscalableFrameError } from '../errors.ts';
import { combineFrames, type CombineOptions, rowFrameOf } from './combine-frames.ts';

/** Planes whose pixels are left out of combined frames. */
const LEFT_OUT = ['SAT', 'BAD', 'NO_DATA', 'CR'];

/** Noise of an input frame, for the rejection of outliers. */
export interface FrameNoise {
  /** [unit^2] */
  readonly readVariance: number;
  /** Variance per unit of signal; 1 for electrons. */
  readonly variancePerUnit: number;
}

type Options = Pick<CombineOptions, 'clipSigma' | 'minFrames' | 'memoryBytes'>;

const badBits = (frame: MaskedImage): number => knownPlaneBits(frame.mask.planes, LEFT_OUT);

/** Combined bias [unit of the frames]. */
export async function combineBias(frames: readonly MaskedImage[], noise: FrameNoise, options: Options = {}): Promise<MaskedImage> {
  return combineFrames(
    frames.map((frame) => rowFrameOf(frame, badBits(frame))),
    { readVariance: noise.readVariance, ...options },
  );
}

/**
 * Combined dark [unit/s]: each frame is scaled to one second, and counts by its time.
 *
 * @param darkSec - Dark time of each frame [s]. @throws {UnscalableFrameError} if one is not positive.
 */
export async function combineDark(
  frames: readonly MaskedImage[],
  darkSec: readonly number[],
  noise: FrameNoise,
  options: Options = {},
): Promise<MaskedImage> {
  const scales = darkSec.map((seconds, index) => {
    if (seconds > 0) return 1 / seconds;
    throw new UnscalableFrameError(`a dark needs a dark time above 0 s; frame ${index} has ${seconds}`, {
      details: { index, value: seconds },
    });
  });
  const longest = Math.max(...darkSec);
  return combineFrames(
    frames.map((frame) => rowFrameOf(frame, badBits(frame))),
    {
      scales,
      weights: darkSec.map((seconds) => seconds / longest),
      readVariance: noise.readVariance / (longest * longest),
      variancePerUnit: noise.variancePerUnit / longest,
      ...options,
    },
  );
}

/**
 * Combined flat, mean 1: each frame is scaled by its clipped mean, and counts by it.
 *
 * @throws {UnscalableFrameError} if the mean of a frame is not positive.
 */
export async function combineFlat(frames: readonly MaskedImage[], noise: FrameNoise, options: Options = {}): Promise<MaskedImage> {
  const levels = frames.map((frame, index) => {
    const { mean } = computeClippedStatistics(frame.image, { mask: frame.mask, badBits: badBits(frame) });
    if (mean > 0) return mean;
    throw new UnscalableFrameError(`a flat needs light: the mean of frame ${index} is ${mean}`, { details: { index, value: mean } });
  });
  const lowest = Math.min(...levels);
  const flat = await combineFrames(
    frames.map((frame) => rowFrameOf(frame, badBits(frame))),
    {
      scales: levels.map((level) => 1 / level),
      weights: levels.map((level) => level / Math.max(...levels)),
      readVariance: noise.readVariance / (lowest * lowest),
      variancePerUnit: noise.variancePerUnit / lowest,
      ...options,
    },
  );
  const { mean } = computeClippedStatistics(flat.image, { mask: flat.mask, badBits: knownPlaneBits(flat.mask.planes, ['NO_DATA']) });
  for (let k = 0; k < flat.image.data.length; k++) {
    flat.image.data[k] /= mean;
    flat.variance.data[k] /= mean * mean;
  }
  return flat;
}
