import { computeSignificance, createMatchedFilter, detectPeaks } from '@almagest/characterization';
import { KernelArena, type Plane } from '@almagest/kernels';
import type { PreparedImage } from '../subtraction/prepare-image.ts';
import { selectCandidates } from './select-candidates.ts';

/**
 * Bright stars that are alone and alike in both images, and the pixels of all sources of the image `to`.
 *
 * @param margin - Distance from the edges [pixel].
 */
export function findStars(
  from: PreparedImage,
  to: PreparedImage,
  margin: number,
): { places: { x: number; y: number }[]; sources: Plane<Int32Array> } {
  const { width, height } = to.clean;
  using arena = new KernelArena();
  const map: Plane = { data: arena.float32(width * height, { cleared: false }), width, height, stride: width };
  computeSignificance(to.clean, { filter: createMatchedFilter(to.fwhm), noise: to.background.noise }, map);
  const peaks = detectPeaks(map, { threshold: 8, prominence: 4 });
  const images = { from: from.clean, to: to.clean };
  const limits = {
    margin,
    apart: 4 * to.fwhm,
    fromLimit: 0.8 * from.limit,
    toLimit: 0.8 * to.limit,
    fromNoise: Math.sqrt(from.skyVariance),
  };
  const found = selectCandidates(peaks, images, limits);
  const places = found.length >= 20 ? found : selectCandidates(peaks, images, { ...limits, minSignificance: 10, perCell: 10 });
  return { places, sources: peaks.segmentation };
}
