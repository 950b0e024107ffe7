import { convolveDense, type Plane } from '@almagest/kernels';
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
  const [d, v, z] = [difference.data, variance.data, scratch.data];
  for (let k = 0; k < z.length; k++) {
    const value = d[k] / Math.sqrt(v[k]);
    z[k] = value - value === 0 ? value : 0;
  }
  const norm = Math.sqrt(psf.values.reduce((s, p) => s + p * p, 0));
  const side = 2 * psf.half + 1;
  convolveDense(scratch, { width: side, height: side, values: Float32Array.from(psf.values, (p) => p / norm) }, output, { edge: 'zero' });
  const measured = measureSkyNoise(output, 'either');
  const noise = measured > 0 ? measured : 1;
  const map = output.data;
  const factor = 1 / noise;
  for (let k = 0; k < map.length; k++) map[k] *= factor;
  return noise;
}
