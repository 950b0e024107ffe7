import type { PeakList } from '@almagest/characterization';
import type { Plane } from '@almagest/kernels';
import { medianInPlace } from '@almagest/numerics';

export interface CandidateOptions {
  /** Cells a side among which the stars are spread; default 12. */
  readonly cells?: number;
  /** Most stars of a cell; default 3. */
  readonly perCell?: number;
  /** Least significance; default 30. */
  readonly minSignificance?: number;
  /** Distance from the edges, and least distance from a brighter star [pixel]. */
  readonly apart: number;
  readonly margin: number;
  /** Pixels at or above, in either image, are not used. */
  readonly fromLimit: number;
  readonly toLimit: number;
  /** Noise of a pixel of sky of the image `from`. */
  readonly fromNoise: number;
}

/** A star's sum over the middle pixels must be this many sigma in the other image too: a transient makes no kernel. */
const LEAST_IN_BOTH = 8;
/** Ratios of the two sums may differ by this part from the median, or five times their scatter: variables make none either. */
const MOST_RATIO = 0.3;

/**
 * Bright, unsaturated stars without neighbours, spread over the image, that are in both images alike.
 *
 * @param peaks - Detections on the image `to`.
 */
export function selectCandidates(
  peaks: PeakList,
  images: { readonly from: Plane; readonly to: Plane },
  options: CandidateOptions,
): { x: number; y: number }[] {
  const { cells = 12, perCell = 3, minSignificance = 30, margin, fromLimit, toLimit, fromNoise, apart } = options;
  const { width, height } = images.to;
  const order = Array.from({ length: peaks.count }, (_, i) => i)
    .filter((i) => peaks.significance[i] >= minSignificance)
    .toSorted((a, b) => peaks.significance[b] - peaks.significance[a]);
  const taken = new Int32Array(cells * cells);
  const brighter: { x: number; y: number }[] = [];
  const chosen: { x: number; y: number; ratio: number }[] = [];
  for (const i of order) {
    const [x, y] = [peaks.x[i], peaks.y[i]];
    if (x < margin || y < margin || x >= width - margin || y >= height - margin) continue;
    const cell = Math.min(cells - 1, Math.floor((y * cells) / height)) * cells + Math.min(cells - 1, Math.floor((x * cells) / width));
    if (taken[cell] >= perCell) continue;
    if (brighter.some((other) => Math.hypot(other.x - x, other.y - y) < apart)) continue;
    brighter.push({ x, y });
    if (highest(images.to, x, y) >= toLimit || highest(images.from, x, y) >= fromLimit) continue;
    const light = boxSum(images.from, x, y);
    if (light < LEAST_IN_BOTH * 5 * fromNoise) continue;
    taken[cell]++;
    chosen.push({ x, y, ratio: light / boxSum(images.to, x, y) });
  }
  return withoutVariables(chosen);
}

function withoutVariables(
  stars: readonly { readonly x: number; readonly y: number; readonly ratio: number }[],
): { x: number; y: number }[] {
  if (stars.length === 0) return [];
  const middle = medianInPlace(Float64Array.from(stars, ({ ratio }) => ratio));
  const spread = 1.4826 * medianInPlace(Float64Array.from(stars, ({ ratio }) => Math.abs(ratio - middle)));
  const most = Math.max(MOST_RATIO * middle, 5 * spread);
  return stars.filter(({ ratio }) => Math.abs(ratio - middle) <= most).map(({ x, y }) => ({ x, y }));
}

function boxSum(image: Plane, x: number, y: number): number {
  let sum = 0;
  for (let j = Math.round(y) - 2; j <= Math.round(y) + 2; j++)
    for (let i = Math.round(x) - 2; i <= Math.round(x) + 2; i++) sum += image.data[j * image.stride + i];
  return sum;
}

function highest(image: Plane, x: number, y: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let j = Math.round(y) - 2; j <= Math.round(y) + 2; j++)
    for (let i = Math.round(x) - 2; i <= Math.round(x) + 2; i++) {
      const value = image.data[j * image.stride + i];
      if (!(value <= most)) most = Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
    }
  return most;
}
