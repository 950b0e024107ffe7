import { KernelArgumentError } from '../errors.ts';
import { int32At, withFrame } from '../memory/frame.ts';
import { runKernel } from '../threads/threads.ts';

export interface CombineRequest {
  /** The same pixels of each frame; not modified. */
  readonly frames: readonly Float32Array[];
  /** Multiplies each frame; default 1. */
  readonly scales?: readonly number[];
  /** How much the values of each frame count in the mean: inverse variances up to one factor; default alike. */
  readonly weights?: readonly number[];
  /** Values further than this from the median are left out [sigma]; default 3. */
  readonly clipSigma?: number;
  /** Expected variance of a value: readVariance + variancePerUnit * max(0, median), after scaling; default 0, so that the quartiles alone tell. */
  readonly readVariance?: number;
  readonly variancePerUnit?: number;
}

/** Results, one value a pixel. */
export interface CombinedRows {
  readonly mean: Float32Array;
  /** Of the mean, from the scatter of the kept values; NaN where fewer than two were kept. */
  readonly variance: Float32Array;
  /** Number of values kept. */
  readonly used: Float32Array;
}

/**
 * Combines frames pixel by pixel: the mean of the values near the median.
 *
 * The limit is `clipSigma` times the larger of the expected noise and that between the quartiles, so that a few frames suffice to reject an
 * outlier. Values that are not finite are left out; where none is left the result is NaN.
 *
 * @param out - Overwritten; every array as long as a frame.
 * @throws {KernelArgumentError} if lengths differ or there is no frame.
 * @remarks Agrees with {@link combineRowsReference} within 4 float32 ULP of the largest value (combine.diff.test.ts).
 */
export function combineRows(request: CombineRequest, out: CombinedRows): void {
  const { frames, scales, clipSigma = 3, readVariance = 0, variancePerUnit = 0 } = request;
  const length = out.mean.length;
  if (frames.length === 0) throw new KernelArgumentError('expected at least one frame to combine; found none');
  for (const array of [...frames, out.variance, out.used])
    if (array.length !== length)
      throw new KernelArgumentError(`frames and results must have one length; found ${array.length} and ${length}`);
  if (length === 0) return;
  const padded = (length + 3) & ~3;
  const results = [out.mean, out.variance, out.used].map((array) => (padded === length ? array : new Float32Array(padded)));
  withFrame((frame) => {
    const addresses = frame.scratch(4 * frames.length);
    const factors = frame.input(Float32Array.from(frames, (_, k) => scales?.[k] ?? 1));
    const counts = request.weights ? frame.input(Float32Array.from(request.weights)) : 0;
    frames.forEach((each, k) => {
      int32At(addresses, frames.length)[k] = frame.input(padded === length ? each : paddedCopy(each, padded));
    });
    const [mean, variance, used] = results.map((array) => frame.output(array)) as [number, number, number];
    const scratch = frame.scratch(16 * (frames.length + 1));
    runKernel('combineRows', [
      [addresses, factors, counts, frames.length, padded, clipSigma, readVariance, variancePerUnit, mean, variance, used, scratch],
    ]);
  });
  if (padded !== length) [out.mean, out.variance, out.used].forEach((array, k) => array.set(results[k].subarray(0, length)));
}

function paddedCopy(array: Float32Array, length: number): Float32Array {
  const copy = new Float32Array(length);
  copy.set(array);
  return copy;
}
