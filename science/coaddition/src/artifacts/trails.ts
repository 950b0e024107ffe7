import type { Image } from '@almagest/image';
import { LABEL_PITCH, type Labels } from '@almagest/kernels';

/** A trail is at least this long [pixel] and this many times longer than wide (standard deviations along and across). */
const LEAST_LENGTH = 25;
const LEAST_ELONGATION = 5;
/** Pieces of the line that are judged together [pixel]. */
const PIECE = 32;
/** Mean significance along a piece, of a trail too faint for single pixels: 32 pixels of 1 sigma are beyond 3 sigma. */
const LEAST_MEAN = 1;

/** True if a group of pixels is long and narrow. */
export function isTrail(labels: Labels, group: number): boolean {
  const { long, wide } = axesOf(labels, group);
  // A uniform line of length L has a standard deviation of L / sqrt(12) along itself.
  return long * Math.sqrt(12) >= LEAST_LENGTH && long >= LEAST_ELONGATION * Math.max(wide, 0.5);
}

/**
 * Follows a trail along its line to both sides, piece by piece, and paints the pieces on which the line is bright on
 * average; stops after two pieces that are not.
 */
export function extendTrail(
  labels: Labels,
  group: number,
  { significance, growPixels, rejected }: { readonly significance: Image; readonly growPixels: number; readonly rejected: Uint8Array },
): void {
  const { x, y, angle, long, wide } = axesOf(labels, group);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const { width, height, data, stride } = significance;
  const sign = labels.sums[group * LABEL_PITCH + 1] < 0 ? -1 : 1;
  const half = Math.max(1, 2 * wide) + growPixels;
  for (const direction of [-1, 1]) {
    let misses = 0;
    for (let start = Math.max(0, long * Math.sqrt(3) - PIECE); misses < 2; start += PIECE) {
      let [sum, count] = [0, 0];
      for (let t = start; t < start + PIECE; t++) {
        const i = Math.round(x + direction * t * c);
        const j = Math.round(y + direction * t * s);
        if (i < 0 || j < 0 || i >= width || j >= height) continue;
        sum += sign * data[j * stride + i];
        count++;
      }
      if (count === 0) break;
      if (sum < LEAST_MEAN * count) {
        misses++;
        continue;
      }
      misses = 0;
      paintBand(
        rejected,
        { width, height },
        { x: x + direction * start * c, y: y + direction * start * s, c: direction * c, s: direction * s, half },
      );
    }
  }
}

interface Band {
  readonly x: number;
  readonly y: number;
  readonly c: number;
  readonly s: number;
  readonly half: number;
}

/** Paints the rectangle from (x, y) along (c, s), PIECE long and `half` to both sides. */
function paintBand(rejected: Uint8Array, size: { readonly width: number; readonly height: number }, { x, y, c, s, half }: Band): void {
  for (let t = -1; t <= PIECE + 1; t += 0.5)
    for (let w = -half; w <= half; w += 0.5) {
      const i = Math.round(x + t * c - w * s);
      const j = Math.round(y + t * s + w * c);
      if (i >= 0 && j >= 0 && i < size.width && j < size.height) rejected[j * size.width + i] = 1;
    }
}

/** Middle, direction and standard deviations of the pixels of a group, each counted alike. */
function axesOf(labels: Labels, group: number): { x: number; y: number; angle: number; long: number; wide: number } {
  const { runs } = labels;
  let [n, sx, sy] = [0, 0, 0];
  forEachRun((y, x0, x1) => {
    n += x1 - x0;
    sx += ((x0 + x1 - 1) / 2) * (x1 - x0);
    sy += y * (x1 - x0);
  });
  const [x, y] = [sx / n, sy / n];
  let [xx, yy, xy] = [0, 0, 0];
  forEachRun((row, x0, x1) => {
    for (let i = x0; i < x1; i++) {
      xx += (i - x) ** 2 / n;
      yy += (row - y) ** 2 / n;
      xy += ((i - x) * (row - y)) / n;
    }
  });
  const middle = (xx + yy) / 2;
  const spread = Math.hypot((xx - yy) / 2, xy);
  return { x, y, angle: Math.atan2(2 * xy, xx - yy) / 2, long: Math.sqrt(middle + spread), wide: Math.sqrt(Math.max(0, middle - spread)) };

  function forEachRun(visit: (y: number, x0: number, x1: number) => void): void {
    for (let k = 0; k < runs.length; k += 4) if (runs[k + 3] === group) visit(runs[k], runs[k + 1], runs[k + 2]);
  }
}
