import { computeSignificance, createMatchedFilter, detectPeaks } from '@almagest/characterization';
import type { Plane } from '@almagest/kernels';
import type { Subtraction } from '../subtraction/subtract-images.ts';

/** Something that is brighter or fainter than in the template. */
export interface DifferenceDetection {
  /** 0-based array indices. */
  readonly x: number;
  readonly y: number;
  /** Significance [sigma], negative where the science image is fainter. */
  readonly significance: number;
  /** Flux of the matched filter, in units of the science image. */
  readonly flux: number;
  readonly fluxErr: number;
}

/** Peaks of either sign whose significance is at least `threshold`, in order of it. */
export function detectDifference(
  subtraction: Pick<Subtraction, 'difference' | 'variance' | 'scienceFwhm'>,
  threshold: number,
): DifferenceDetection[] {
  const { difference, variance, scienceFwhm } = subtraction;
  const filter = createMatchedFilter(scienceFwhm);
  const noise: Plane = { ...variance, data: variance.data.map(Math.sqrt) };
  const found = [1, -1].flatMap((sign) => {
    const image = sign > 0 ? difference : { ...difference, data: difference.data.map((value) => -value) };
    const map: Plane = { ...difference, data: new Float32Array(difference.data.length) };
    const { correlation } = computeSignificance(image, { filter, noise }, map);
    const peaks = detectPeaks(map, { threshold, prominence: 3 });
    return Array.from({ length: peaks.count }, (_, i): DifferenceDetection => {
      const sigma = noise.data[Math.round(peaks.y[i]) * noise.stride + Math.round(peaks.x[i])];
      // The flux of a source under a matched filter is its value there over the filter's sum of squares.
      const fluxErr = (sigma * correlation) / filter.noiseFactor;
      return {
        x: peaks.x[i],
        y: peaks.y[i],
        significance: sign * peaks.significance[i],
        flux: sign * peaks.significance[i] * fluxErr,
        fluxErr,
      };
    });
  });
  return found.toSorted((a, b) => Math.abs(b.significance) - Math.abs(a.significance));
}
