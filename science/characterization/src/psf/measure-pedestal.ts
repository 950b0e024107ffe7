import { medianInPlace } from '@almagest/numerics';
import type { StampSource } from './star-stamps.ts';

/** Width of the ring about a star [pixel]. */
const RING = 8;
/** Pixels beyond this many times the noise are no faint light. */
const CLIP = 3;
/** Stars on whose rings too few pixels are free tell nothing, and too few stars do not either. */
const LEAST_PIXELS = 200;
const LEAST_STARS = 20;

/** A star whose surroundings are looked at. */
export interface RingedStar {
  readonly i0: number;
  readonly j0: number;
  /** Noise of a sky pixel here. */
  readonly sigma: number;
}

/**
 * The light that stars stand on beside the sky: sources too faint to be seen, which the mode of a sky leaves, and the wings of those
 * seen. A model of stars would take it for their own wings, and be too wide by it.
 *
 * @param half - Half width of the stars' stamps [pixel]; the ring lies outside, where the light of a star itself is over.
 * @returns The median over the stars of the clipped mean on a ring about each [image units]; 0 where it cannot be told.
 */
export function measurePedestal(source: StampSource, stars: readonly RingedStar[], half: number): number {
  const means = stars.map((star) => meanOnRing(source, star, half)).filter(Number.isFinite);
  return means.length < LEAST_STARS ? 0 : medianInPlace(Float64Array.from(means));
}

function meanOnRing({ image, labels, mask, badBits = -1 }: StampSource, { i0, j0, sigma }: RingedStar, half: number): number {
  const reach = half + RING;
  let [sum, count] = [0, 0];
  for (let j = Math.max(0, j0 - reach); j <= Math.min(image.height - 1, j0 + reach); j++)
    for (let i = Math.max(0, i0 - reach); i <= Math.min(image.width - 1, i0 + reach); i++) {
      if (Math.max(Math.abs(i - i0), Math.abs(j - j0)) <= half) continue;
      const value = image.data[j * image.stride + i];
      if (!(Math.abs(value) < CLIP * sigma) || (labels && labels.data[j * labels.stride + i] !== 0)) continue;
      if (mask !== undefined && (mask.data[j * mask.stride + i] & badBits) !== 0) continue;
      sum += value;
      count++;
    }
  return count < LEAST_PIXELS ? Number.NaN : sum / count;
}
