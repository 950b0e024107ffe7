import { KernelArgumentError } from '../errors.ts';
import { int32At, bytesAt, type Plane, withFrame } from '../memory/frame.ts';
import { runKernel, splitRows } from '../threads/threads.ts';

/** Side of the blocks within which noise is constant, and between whose edges the background is linear [pixel]. */
export const DIFFERENCE_BLOCK = 32;

/** An image, another that was convolved to look like it, and what their noise is. */
export interface DifferenceRequest {
  readonly kept: Plane;
  /** Before its convolution; only its saturated pixels matter. */
  readonly other: Plane;
  /** The other after convolution; the background is added to it. */
  readonly matched: Plane;
  /** Pixels at or above are saturated. */
  readonly keptLimit: number;
  readonly otherLimit: number;
  /** The background at the left edges of the blocks of every row, and one value more: rows of ceil(width / 32) + 1. */
  readonly levels: Float32Array;
  /** Of each block, row by row of blocks: variance of sky, per light that both images have, and per light of the new one alone. */
  readonly noise: Float32Array;
  /** Which image is the new one; the other tells the light that both have. */
  readonly fresh: 'kept' | 'matched';
  /** Light of the new image beyond the other's counts for the noise from this many sigma on. */
  readonly ownSigma: number;
}

/** What the subtraction says beside the pixels. */
export interface DifferenceCounts {
  /** Pixels that both images have. */
  readonly covered: number;
  /** 1 for each block and row with a saturated pixel; rows of ceil(width / 32). */
  readonly saturated: Uint8Array;
}

/**
 * Kept image minus model, where the model is the matched image plus a background, and the variance of a pixel:
 * sky + perLight * max(0, light of the older image), and + perOwn * what the new image has beyond it, from `ownSigma` on.
 *
 * @param out - Overwritten; the difference is NaN where either image is, the variance that of sky there.
 * @throws {KernelArgumentError} if shapes differ or levels or noise are missing.
 * @remarks Identical to the bit with {@link computeDifferenceReference} (difference.diff.test.ts).
 */
export function computeDifference(
  request: DifferenceRequest,
  out: { readonly difference: Plane; readonly variance: Plane },
): DifferenceCounts {
  const { kept, other, matched, levels, noise, ownSigma } = request;
  const { width, height } = kept;
  const blocks = Math.ceil(width / DIFFERENCE_BLOCK);
  for (const plane of [other, matched, out.difference, out.variance])
    if (plane.width !== width || plane.height !== height)
      throw new KernelArgumentError(`planes must all be ${width} x ${height}; found ${plane.width} x ${plane.height}`);
  const needed = 3 * blocks * Math.ceil(height / DIFFERENCE_BLOCK);
  if (levels.length < height * (blocks + 1) || noise.length < needed)
    throw new KernelArgumentError(
      `${height * (blocks + 1)} levels and ${needed} noise values are needed; found ${levels.length} and ${noise.length}`,
    );
  return withFrame((frame) => {
    const [a, b, m] = [frame.inputPlane(kept), frame.inputPlane(other), frame.inOutPlane(matched)];
    const [d, v] = [frame.outputPlane(out.difference), frame.outputPlane(out.variance)];
    const [levelsAt, noiseAt] = [frame.input(levels), frame.input(noise)];
    const flags = frame.scratch(height * blocks);
    const counts = frame.scratch(4 * height);
    const calls = splitRows(height, { unit: DIFFERENCE_BLOCK }).map(([y0, y1]) => {
      // prettier-ignore
      return [a.address, a.stride, b.address, b.stride, m.address, m.stride, width, request.keptLimit, request.otherLimit, levelsAt, noiseAt,
        ownSigma * ownSigma, d.address, d.stride, v.address, v.stride, flags, counts,
        request.fresh === 'kept' ? 0 : 1, request.fresh === 'kept' ? 1 : -1, y0, y1];
    });
    runKernel('differenceRows', calls);
    const covered = int32At(counts, height).reduce((sum, n) => sum + n, 0);
    return { covered, saturated: Uint8Array.from(bytesAt(flags, height * blocks)) };
  });
}
