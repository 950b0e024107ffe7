import { convolveDense, normalizePixels, type Plane, scalePixelsInPlace } from '@almagest/kernels';
import { measureSkyNoise } from '../subtraction/sky-noise.ts';
import type { StampPsf } from '../psf/shifted-stamp.ts';

/**
 * Filters a difference with its PSF, every pixel in units of its own noise, into units of the noise after filtering.
 *
 * @param scratch - Same shape; overwritten. @param output - Receives the significance.
 * @returns Measured noise of the map before it was scaled to 1: above 1 where the variance is too small or noise is correlated.
 */
export function computeDifferenceSignificance(
  { difference, variance }: { readonly difference: Plane; readonly variance: Plane },
  psf: StampPsf,
  { scratch, output }: { readonly scratch: Plane; readonly output: Plane },
): number {
  normalizePixels(difference, variance, scratch);
  const norm = Math.sqrt(psf.values.reduce((s, p) => s + p * p, 0));
  const side = 2 * psf.half + 1;
  convolveDense(scratch, { width: side, height: side, values: Float32Array.from(psf.values, (p) => p / norm) }, output, { edge: 'zero' });
  const measured = measureSkyNoise(output, 'either');
  const noise = measured > 0 ? measured : 1;
  scalePixelsInPlace(output, 1 / noise);
  return noise;
}
