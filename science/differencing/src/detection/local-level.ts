import type { Plane } from '@almagest/kernels';
import { medianInPlace } from '@almagest/numerics';
import type { StampPsf } from '../psf/shifted-stamp.ts';

/** The ring in which the level about a peak is read, in sigma of the PSF, and the parts that it is cut into. */
const RING = { from: 3, to: 6 };
const PARTS = 8;
/** A part of fewer pixels says nothing, nor does a level below this many of its standard errors. */
const LEAST_PIXELS = 20;
const LEAST_ERRORS = 3;
/** Standard error of a median of n values of unit noise, times the root of n. */
const MEDIAN_ERROR = 1.2533;

/**
 * What a peak owes to the level that it stands on [sigma]: wings of saturated stars, light that was scattered, steps of the sky.
 *
 * The level is the highest of the medians of eight parts of a ring, as light about a star is as high beside the peak as under it.
 * On empty sky none stands out from noise, so that nothing is taken off.
 *
 * @param sign - Of the peak. @param noise - What the significance map was divided by.
 */
export function measureLocalLevel(
  { difference, variance }: { readonly difference: Plane; readonly variance: Plane },
  { x, y, sign }: { readonly x: number; readonly y: number; readonly sign: 1 | -1 },
  { filter, noise, sigmaPixels }: { readonly filter: StampPsf; readonly noise: number; readonly sigmaPixels: number },
): number {
  const { data, width, height, stride } = difference;
  const [cx, cy] = [Math.round(x), Math.round(y)];
  const reach = Math.ceil(RING.to * sigmaPixels);
  const parts: number[][] = Array.from({ length: PARTS }, () => []);
  for (let j = Math.max(-reach, -cy); j <= Math.min(reach, height - 1 - cy); j++)
    for (let i = Math.max(-reach, -cx); i <= Math.min(reach, width - 1 - cx); i++) {
      const r = Math.hypot(i, j) / sigmaPixels;
      if (r < RING.from || r > RING.to) continue;
      const value = data[(cy + j) * stride + cx + i] / Math.sqrt(variance.data[(cy + j) * variance.stride + cx + i]);
      if (value - value !== 0) continue;
      const turn = Math.atan2(j, i) / (2 * Math.PI) + 0.5;
      parts[Math.min(PARTS - 1, Math.floor(PARTS * turn))].push(sign * value);
    }
  let level = 0;
  for (const values of parts) {
    if (values.length < LEAST_PIXELS) continue;
    const middle = medianInPlace(Float64Array.from(values));
    if (middle > (LEAST_ERRORS * MEDIAN_ERROR) / Math.sqrt(values.length)) level = Math.max(level, middle);
  }
  if (level === 0) return 0;
  let [sum, squares] = [0, 0];
  for (const p of filter.values) {
    sum += p;
    squares += p * p;
  }
  return (level * sum) / (Math.sqrt(squares) * noise);
}
