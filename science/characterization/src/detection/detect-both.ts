import type { Plane } from '@almagest/kernels';
import { createRandom, medianInPlace } from '@almagest/numerics';
import { detectPeaks, type PeakList, type PeakOptions } from './detect-peaks.ts';

/** Sources above the threshold, and holes as deep below the sky. */
export interface SignedPeaks {
  readonly positive: PeakList;
  /** Of the map with its sign turned: significances are positive. */
  readonly negative: PeakList;
}

/**
 * Finds sources and holes.
 *
 * @param map - Significance; its outermost rows and columns are set to zero.
 */
export function detectBoth(map: Plane, options: PeakOptions = {}): SignedPeaks {
  const turned = { ...map, data: map.data.map((value) => -value) };
  return { positive: detectPeaks(map, options), negative: detectPeaks(turned, options) };
}

/** What the significance of empty sky really scatters by. */
export interface EmptySky {
  /** Robust standard deviation of the map on sky; thresholds are to be multiplied by it. */
  readonly scatter: number;
  /** Median of the map on sky, 0 where the background is right. */
  readonly level: number;
  /** Places looked at. */
  readonly count: number;
}

/**
 * Measures a significance map at random places away from sources: the correction that a threshold needs where noise is
 * correlated or faint sources crowd the sky.
 *
 * @param segmentation - Non-zero on sources. @param options.clearance - Pixels to keep from them; default 5.
 * @returns Scatter 1, level 0 and count 0 where fewer than 100 places are empty.
 */
export function measureEmptySky(
  map: Plane,
  segmentation: Plane<Int32Array>,
  options: { readonly seed: number | string; readonly places?: number; readonly clearance?: number },
): EmptySky {
  const { seed, places = 5000, clearance = 5 } = options;
  const random = createRandom(seed);
  const values: number[] = [];
  for (let tries = 0; tries < 4 * places && values.length < places; tries++) {
    const x = Math.floor(random.uniform(clearance, map.width - clearance));
    const y = Math.floor(random.uniform(clearance, map.height - clearance));
    if (isEmpty(segmentation, x, y, clearance)) values.push(map.data[y * map.stride + x]);
  }
  if (values.length < 100) return { scatter: 1, level: 0, count: 0 };
  const level = medianInPlace(Float64Array.from(values));
  const scatter = 1.4826 * medianInPlace(Float64Array.from(values, (value) => Math.abs(value - level)));
  return { scatter, level, count: values.length };
}

function isEmpty({ data, stride, width, height }: Plane<Int32Array>, x: number, y: number, reach: number): boolean {
  for (let j = Math.max(0, y - reach); j <= Math.min(height - 1, y + reach); j++)
    for (let i = Math.max(0, x - reach); i <= Math.min(width - 1, x + reach); i++) if (data[j * stride + i] !== 0) return false;
  return true;
}
