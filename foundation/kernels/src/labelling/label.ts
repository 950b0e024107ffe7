import { KernelArgumentError } from '../errors.ts';
import { float64At, int32At, type KernelFrame, type Plane, withFrame } from '../memory/frame.ts';
import { allocateBytes, freeBytes, kernelMemory } from '../memory/kernel-memory.ts';

export interface LabelRequest {
  /** Searched for pixels above the threshold; NaN never is. */
  readonly input: Plane;
  /** One number, or a plane of them. */
  readonly threshold: number | Plane;
  /** Pixels with any of `badBits` belong to no group. */
  readonly mask?: Plane<Int32Array> | undefined;
  /** Default: every bit. */
  readonly badBits?: number;
  /** Where the sums are taken; default: the input. */
  readonly measure?: Plane | undefined;
}

/** Numbers a group has in {@link Labels}.sums, in this order. Coordinates are array indices. */
export const LABEL_SUMS = [
  'count',
  'f',
  'fx',
  'fy',
  'fxx',
  'fyy',
  'fxy',
  'peak',
  'peakX',
  'peakY',
  'minX',
  'maxX',
  'minY',
  'maxY',
] as const;
/** Numbers from one group's sums to the next one's. */
export const LABEL_PITCH = 16;

/** Groups of touching pixels, numbered from 0 by their first pixel in reading order. */
export interface Labels {
  readonly count: number;
  /** Runs of pixels by row, then column; four numbers each: row, first column, end column (half-open), group. */
  readonly runs: Int32Array;
  /** Per group {@link LABEL_PITCH} numbers, see {@link LABEL_SUMS}; for example sum f x y at 16 * group + 6. */
  readonly sums: Float64Array;
}

/**
 * Groups pixels above a threshold that touch at sides or corners, and sums over each group.
 *
 * @returns Fresh arrays. @throws {KernelArgumentError} if the planes differ in shape.
 * @remarks Runs are those of {@link labelReference} exactly; sums agree within 1e-12 (label.diff.test.ts). One thread.
 */
export function labelAbove(request: LabelRequest): Labels {
  const { input, threshold, mask, measure = input } = request;
  for (const plane of [mask, measure, typeof threshold === 'number' ? undefined : threshold])
    if (plane && (plane.width !== input.width || plane.height !== input.height))
      throw new KernelArgumentError(`all planes must be ${input.width} x ${input.height} pixels; found ${plane.width} x ${plane.height}`);
  if (input.width === 0 || input.height === 0) return { count: 0, runs: new Int32Array(0), sums: new Float64Array(0) };
  return withFrame((frame) => labelInFrame(frame, request, measure));
}

function labelInFrame(frame: KernelFrame, request: LabelRequest, measure: Plane): Labels {
  const { functions } = kernelMemory();
  const { input, threshold, mask } = request;
  const { width, height } = input;
  const source = frame.inputPlane(input);
  const limits = typeof threshold === 'number' ? { address: 0, stride: 0 } : frame.inputPlane(threshold);
  const level = typeof threshold === 'number' ? threshold : 0;
  const flags = mask ? frame.inputPlane(mask) : { address: 0, stride: 0 };
  const most = (Math.ceil(width / 2) + 1) * height;
  for (let capacity = Math.min(most, width + 65_536); ; capacity = Math.min(most, 8 * capacity)) {
    const runs = allocateBytes(16 * capacity);
    try {
      // prettier-ignore
      const found = functions['findRuns'](source.address, source.stride, width, height, limits.address, limits.stride, level,
        flags.address, flags.stride, request.badBits ?? -1, runs, capacity);
      if (found < 0) continue;
      const count = functions['labelRuns'](runs, found);
      const sums = frame.scratch(8 * LABEL_PITCH * count);
      const values = measure === input ? source : frame.inputPlane(measure);
      functions['sumRuns'](runs, found, values.address, values.stride, sums, count);
      return { count, runs: int32At(runs, 4 * found).slice(), sums: float64At(sums, LABEL_PITCH * count).slice() };
    } finally {
      freeBytes(runs);
    }
  }
}

/** Paints groups into a plane: group + 1 on their pixels; other pixels are left alone. */
export function paintLabelsInto(labels: Labels, output: Plane<Int32Array>): void {
  const { runs } = labels;
  for (let k = 0; k < runs.length; k += 4)
    output.data.fill(runs[k + 3] + 1, runs[k] * output.stride + runs[k + 1], runs[k] * output.stride + runs[k + 2]);
}
