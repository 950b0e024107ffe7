import type { Plane } from '@almagest/kernels';
import { medianInPlace } from '@almagest/numerics';
import type { StampPsf } from '../psf/shifted-stamp.ts';
import type { Subtraction } from '../subtraction/subtract-images.ts';

/** Where residuals are read about a star: its middle and eight places a sigma of the PSF away. */
const AROUND: readonly (readonly [number, number])[] = [-1, 0, 1].flatMap((j) => [-1, 0, 1].map((i) => [i, j] as const));
/** Stars below this significance say little; fewer than these say nothing. */
const LEAST_LIGHT = 30;
const LEAST_STARS = 5;
/** The median of the squares of a normal distribution. */
const MEDIAN_SQUARE = 0.4549;

/** What is left of stars because PSF and place are matched only so well. */
export interface ModelError {
  /** Standard deviation of residuals as a part of the light there. */
  readonly part: number;
  /** Significance of the light at a place, as the filter sees it. */
  readonly lightAt: (x: number, y: number) => number;
}

/**
 * Measures on the stars that matching was tried on how much of their light is left beyond noise.
 *
 * Registration, colour and detector leave each star a residual of its own, which grows with its light while its noise does not
 * keep up. In their units five sigma are five sigma at bright stars too.
 *
 * @param map - Significance of the difference.
 * @param filter - What the map was filtered with. @param noise - What it was divided by.
 * @see Zackay, Ofek and Gal-Yam 2016, ApJ 830, 27, section 3.3, for the same term from known errors of registration
 */
export function measureModelError(
  { template, variance, stars }: Pick<Subtraction, 'template' | 'variance' | 'stars'>,
  map: Plane,
  { filter, noise, sigmaPixels }: { readonly filter: StampPsf; readonly noise: number; readonly sigmaPixels: number },
): ModelError {
  const norm = noise * Math.sqrt(filter.values.reduce((s, p) => s + p * p, 0));
  const { image, scale } = template;
  const lightAt = (x: number, y: number): number => {
    const [cx, cy] = [Math.round(x), Math.round(y)];
    const { half, values } = filter;
    let sum = 0;
    for (let j = Math.max(-half, -cy); j <= Math.min(half, image.height - 1 - cy); j++)
      for (let i = Math.max(-half, -cx); i <= Math.min(half, image.width - 1 - cx); i++) {
        const light = image.data[(cy + j) * image.stride + cx + i] / Math.sqrt(variance.data[(cy + j) * variance.stride + cx + i]);
        if (light - light === 0) sum += values[(j + half) * (2 * half + 1) + i + half] * light;
      }
    return Math.max(0, (scale * sum) / norm);
  };
  const found = stars
    .map(({ x, y }) => ({ light: lightAt(x, y), squares: squaresAbout(map, { x, y, step: sigmaPixels }) }))
    .filter(({ light, squares }) => light >= LEAST_LIGHT && Number.isFinite(squares));
  if (found.length < LEAST_STARS) return { part: 0, lightAt };
  // Each star's excess over the noise in units of its light; the faint ones scatter and the median passes over variables.
  const weighted = found.toSorted((a, b) => b.light - a.light).slice(0, Math.max(LEAST_STARS, found.length >> 1));
  const excess = medianInPlace(Float64Array.from(weighted, ({ light, squares }) => (squares - 1) / (light * light)));
  return { part: Math.sqrt(Math.max(0, excess)), lightAt };
}

/** Square of the residuals about a star as of a normal distribution, from their median. */
function squaresAbout(map: Plane, { x, y, step }: { readonly x: number; readonly y: number; readonly step: number }): number {
  const squares = AROUND.map(([i, j]) => {
    const [cx, cy] = [Math.round(x + i * step), Math.round(y + j * step)];
    return cx < 0 || cy < 0 || cx >= map.width || cy >= map.height ? Number.NaN : map.data[cy * map.stride + cx] ** 2;
  });
  return medianInPlace(Float64Array.from(squares)) / MEDIAN_SQUARE;
}
