import type { PeakList } from '@almagest/characterization';
import type { Plane } from '@almagest/kernels';

export interface CandidateOptions {
  /** Cells a side among which the stars are spread; default 12. */
  readonly cells?: number;
  /** Most stars of a cell; default 3. */
  readonly perCell?: number;
  /** Least significance; default 30. */
  readonly minSignificance?: number;
  /** Distance from the edges [pixel]. */
  readonly margin: number;
  /** Pixels at or above, in either image, are not used. */
  readonly fromLimit: number;
  readonly toLimit: number;
}

/**
 * Bright, unsaturated stars without neighbours, spread over the image.
 *
 * @param peaks - Detections on the image `to`.
 */
export function selectCandidates(
  peaks: PeakList,
  images: { readonly from: Plane; readonly to: Plane },
  options: CandidateOptions,
): { x: number; y: number }[] {
  const { cells = 12, perCell = 3, minSignificance = 30, margin, fromLimit, toLimit } = options;
  const { width, height } = images.to;
  const order = Array.from({ length: peaks.count }, (_, i) => i)
    .filter((i) => peaks.significance[i] >= minSignificance && peaks.siblings[i] === 1)
    .toSorted((a, b) => peaks.significance[b] - peaks.significance[a]);
  const taken = new Int32Array(cells * cells);
  const chosen: { x: number; y: number }[] = [];
  for (const i of order) {
    const [x, y] = [peaks.x[i], peaks.y[i]];
    if (x < margin || y < margin || x >= width - margin || y >= height - margin) continue;
    const cell = Math.min(cells - 1, Math.floor((y * cells) / height)) * cells + Math.min(cells - 1, Math.floor((x * cells) / width));
    if (taken[cell] >= perCell) continue;
    if (highest(images.to, x, y) >= toLimit || highest(images.from, x, y) >= fromLimit) continue;
    taken[cell]++;
    chosen.push({ x, y });
  }
  return chosen;
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
