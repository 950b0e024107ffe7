import { createMaskedImage, type MaskedImage, planeBits } from '@almagest/image';
import { combineRows } from '@almagest/kernels';
import { frameSourceOf, rowFrame } from './frame-source.ts';
import { FrameShapeError, TooFewFramesError } from '../errors.ts';

/** A frame whose rows are read when they are needed. */
export interface RowFrame {
  readonly width: number;
  readonly height: number;
  /** Rows y0 <= y < y1, row-major; NaN where a pixel has no data. */
  readonly readRows: (y0: number, y1: number) => Float32Array | Promise<Float32Array>;
}

export interface CombineOptions {
  /** Multiplies each frame; default 1. */
  readonly scales?: readonly number[];
  /** How much the values of each frame count in the mean; default alike. */
  readonly weights?: readonly number[];
  /** Values further than this from the median are left out [sigma]; default 3. */
  readonly clipSigma?: number;
  /** Expected variance of a value after scaling: readVariance + variancePerUnit * value; default 0. */
  readonly readVariance?: number;
  readonly variancePerUnit?: number;
  /** Fewest frames; default 1. */
  readonly minFrames?: number;
  /** Memory for rows [byte]; default 128 MiB, whatever the number of frames. */
  readonly memoryBytes?: number;
}

/**
 * Combines frames by the mean of the values near the median, strip by strip, in memory that does not grow with their number.
 *
 * @returns Mean and its variance; NO_DATA where no frame has a value.
 * @throws {TooFewFramesError | FrameShapeError}
 */
export async function combineFrames(frames: readonly RowFrame[], options: CombineOptions = {}): Promise<MaskedImage> {
  const { minFrames = 1, memoryBytes = 128 * 1024 * 1024, ...rest } = options;
  const first = frames[0];
  if (!first || frames.length < minFrames)
    throw new TooFewFramesError(`expected at least ${minFrames} frames to combine; found ${frames.length}`, {
      details: { found: frames.length, needed: minFrames },
    });
  const { width, height } = first;
  for (const frame of frames)
    if (frame.width !== width || frame.height !== height)
      throw new FrameShapeError(`frames must all be ${width} x ${height} pixels; found one of ${frame.width} x ${frame.height}`, {
        details: { expected: [width, height], found: [frame.width, frame.height] },
      });
  const result = createMaskedImage(width, height);
  const noData = planeBits(result.mask.planes, ['NO_DATA']);
  const strip = Math.max(1, Math.min(height, Math.floor(memoryBytes / (4 * width * (frames.length + 3)))));
  const used = new Float32Array(strip * width);
  for (let y0 = 0; y0 < height; y0 += strip) {
    const y1 = Math.min(height, y0 + strip);
    // One after the other: what a frame needs while it is read is there once.
    const rows: Float32Array[] = [];
    for (const frame of frames) rows.push(await frame.readRows(y0, y1));
    const part = (data: Float32Array): Float32Array => data.subarray(y0 * width, y1 * width);
    combineRows(
      { frames: rows, ...rest },
      { mean: part(result.image.data), variance: part(result.variance.data), used: used.subarray(0, (y1 - y0) * width) },
    );
  }
  for (let k = 0; k < result.image.data.length; k++) if (Number.isNaN(result.image.data[k])) result.mask.data[k] |= noData;
  return result;
}

/** A frame that is in memory already; pixels with any of `badBits` count as missing. */
export function rowFrameOf(frame: MaskedImage, badBits = 0): RowFrame {
  return rowFrame(frameSourceOf(frame), () => badBits);
}
