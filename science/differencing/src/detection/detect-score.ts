import { detectPeaks } from '@almagest/characterization';
import type { Plane } from '@almagest/kernels';

/** A difference that has been filtered for point sources already; NaN where either image has no data. */
export interface ScoreMap {
  /** Significance of a point source at each pixel [sigma]. */
  readonly significance: Plane;
  /** Flux of a point source at each pixel, in units of the science image. */
  readonly flux: Plane;
}

/** A point source of either sign. */
export interface ScoreDetection {
  readonly x: number;
  readonly y: number;
  readonly significance: number;
  readonly flux: number;
  readonly fluxErr: number;
}

/** Height of a peak above the saddle to the next [sigma]. */
const PROMINENCE = 3;

/** Peaks of a score of either sign, the most significant first. @param threshold - [sigma] */
export function detectScore({ significance, flux }: ScoreMap, threshold: number): ScoreDetection[] {
  return ([1, -1] as const)
    .flatMap((sign) => {
      const map: Plane = { ...significance, data: significance.data.map((v) => (Number.isNaN(v) ? 0 : sign * v)) };
      const peaks = detectPeaks(map, { threshold, prominence: PROMINENCE });
      return Array.from({ length: peaks.count }, (_, k): ScoreDetection => {
        const [x, y] = [peaks.x[k], peaks.y[k]];
        const at = Math.round(y) * flux.stride + Math.round(x);
        // The peak between the pixels is as much above the nearest one in flux as it is in significance.
        const value = (flux.data[at] * peaks.significance[k]) / Math.abs(significance.data[at]);
        return { x, y, significance: sign * peaks.significance[k], flux: value, fluxErr: Math.abs(value) / peaks.significance[k] };
      });
    })
    .toSorted((a, b) => Math.abs(b.significance) - Math.abs(a.significance));
}
