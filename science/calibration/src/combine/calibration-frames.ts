import { computeClippedStatistics, knownPlaneBits, type MaskedImage } from '@almagest/image';
import { UnscalableFrameError } from '../errors.ts';
import { combineFrames, type CombineOptions, type RowFrame } from './combine-frames.ts';
import { type CombinableFrame, type FrameSource, frameSourceOf, rowFrame } from './frame-source.ts';

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

const rowFrames = (frames: readonly CombinableFrame[]): RowFrame[] => frames.map((frame) => rowFrame(frameSourceOf(frame), badBits));

/** Combined bias [unit of the frames]. */
export async function combineBias(frames: readonly CombinableFrame[], noise: FrameNoise, options: Options = {}): Promise<MaskedImage> {
  return combineFrames(rowFrames(frames), { readVariance: noise.readVariance, ...options });
}

/**
 * Combined dark [unit/s]: each frame is scaled to one second, and counts by its time.
 *
 * @param darkSec - Dark time of each frame [s]. @throws {UnscalableFrameError} if one is not positive.
 */
export async function combineDark(
  frames: readonly CombinableFrame[],
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
  return combineFrames(rowFrames(frames), {
    scales,
    weights: darkSec.map((seconds) => seconds / longest),
    readVariance: noise.readVariance / (longest * longest),
    variancePerUnit: noise.variancePerUnit / longest,
    ...options,
  });
}

/** Frames of more rows than this are sampled for their level: that many bands of a few rows. */
const BANDS = 64;
const BAND_ROWS = 8;

/** Clipped mean of a frame, from bands of rows all over it where it is large. */
async function levelOf({ height, read }: FrameSource): Promise<number> {
  if (height <= BANDS * BAND_ROWS) {
    const whole = await read();
    return computeClippedStatistics(whole.image, { mask: whole.mask, badBits: badBits(whole) }).mean;
  }
  const values: number[] = [];
  for (let band = 0; band < BANDS; band++) {
    const y0 = Math.floor((band * (height - BAND_ROWS)) / (BANDS - 1));
    const rows = await read(y0, y0 + BAND_ROWS);
    const { mean, count } = computeClippedStatistics(rows.image, { mask: rows.mask, badBits: badBits(rows) });
    if (count > 0) values.push(mean);
  }
  return values.length === 0 ? Number.NaN : values.reduce((a, b) => a + b, 0) / values.length;
}

/**
 * Combined flat, mean 1: each frame is scaled by its clipped mean, and counts by it.
 *
 * @throws {UnscalableFrameError} if the mean of a frame is not positive.
 */
export async function combineFlat(frames: readonly CombinableFrame[], noise: FrameNoise, options: Options = {}): Promise<MaskedImage> {
  const levels: number[] = [];
  for (const [index, frame] of frames.entries()) {
    const mean = await levelOf(frameSourceOf(frame));
    levels.push(mean);
    if (mean > 0) continue;
    throw new UnscalableFrameError(`a flat needs light: the mean of frame ${index} is ${mean}`, { details: { index, value: mean } });
  }
  const lowest = Math.min(...levels);
  const flat = await combineFrames(rowFrames(frames), {
    scales: levels.map((level) => 1 / level),
    weights: levels.map((level) => level / Math.max(...levels)),
    readVariance: noise.readVariance / (lowest * lowest),
    variancePerUnit: noise.variancePerUnit / lowest,
    ...options,
  });
  const { mean } = computeClippedStatistics(flat.image, { mask: flat.mask, badBits: knownPlaneBits(flat.mask.planes, ['NO_DATA']) });
  for (let k = 0; k < flat.image.data.length; k++) {
    flat.image.data[k] /= mean;
    flat.variance.data[k] /= mean * mean;
  }
  return flat;
}
