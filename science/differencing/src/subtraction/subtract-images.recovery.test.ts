import type { Plane } from '@almagest/kernels';
import { expect, test } from 'vitest';
import { pool, recover } from '../../test/recovery.ts';
import { makeImage, mean, medianOf, quietPlaces, scatterStars, type Star } from '../../test/star-pair.ts';
import { detectDifference } from '../detection/detect-difference.ts';
import { subtractImages, type Subtraction, type SubtractOptions } from './subtract-images.ts';

const SIDE = 512;
const NOISE = 30;
const TEMPLATE_NOISE = 15;

interface Pair {
  readonly scienceFwhm: number;
  readonly templateFwhm: number;
  readonly seed: number;
  readonly transients?: readonly Star[];
  readonly shift?: readonly [number, number];
  readonly options?: SubtractOptions;
  /** Multiplies the noise of both skies; default 1. */
  readonly quiet?: number;
}

function starsOf(seed: number): Star[] {
  return scatterStars(SIDE, 130, seed);
}

function subtractPair({ scienceFwhm, templateFwhm, seed, transients = [], shift = [0, 0], options = {}, quiet = 1 }: Pair): Subtraction {
  const stars = starsOf(seed);
  const science = makeImage([...stars, ...transients], {
    side: SIDE,
    fwhm: scienceFwhm,
    noise: quiet * NOISE,
    seed: seed + 1,
    sky: 900,
    gradient: 0.03,
  });
  const template = makeImage(stars, {
    side: SIDE,
    fwhm: templateFwhm,
    noise: quiet * TEMPLATE_NOISE,
    seed: seed + 2,
    gradient: -0.02,
    shift,
    scale: 0.2,
  });
  return subtractImages(
    { image: science, gain: 1, saturation: Number.POSITIVE_INFINITY },
    { image: template, gain: 5, saturation: Number.POSITIVE_INFINITY },
    options,
  );
}

function chi2AtStars({ difference, variance }: Subtraction, stars: readonly Star[]): number {
  return medianOf(stars.map(({ x, y }) => meanSquare(difference, variance, Math.round(x), Math.round(y))));
}

function meanSquare(difference: Plane, variance: Plane, x: number, y: number): number {
  const values: number[] = [];
  for (let j = y - 3; j <= y + 3; j++)
    for (let i = x - 3; i <= x + 3; i++) values.push(difference.data[j * SIDE + i] ** 2 / variance.data[j * SIDE + i]);
  return mean(values);
}

// The small version of subtract-images.recovery.nightly.test.ts: its bounds, with three standard errors of fewer transients.
test('transients, residuals and noise of a wider and a narrower science image (seeds 100 and 120)', () => {
  const figures = pool([
    recover({ scienceFwhm: 4.5, templateFwhm: 3, shift: [0.1, -0.2], seed: 100, side: 640 }),
    recover({ scienceFwhm: 3, templateFwhm: 3.75, shift: [0, 0.25], seed: 120, side: 640 }),
  ]);
  expect(figures.measured).toBeGreaterThan(100);
  expect(figures.atSix).toBeGreaterThan(0.95 - 3 * Math.sqrt((0.95 * 0.05) / (figures.measured / 2)));
  expect(Math.abs(figures.atFive - 0.5)).toBeLessThan(0.06 + 3 * Math.sqrt(0.25 / (figures.measured / 2)));
  expect(Math.abs(figures.fluxBiasMmag)).toBeLessThan(5 + (3 * 1086 * 0.04) / Math.sqrt(figures.measured));
  for (const bias of figures.biasMas) expect(Math.abs(bias)).toBeLessThan(5 + (3 * 200 * 0.08) / Math.sqrt(figures.measured));
  const error = 3 / Math.sqrt(2 * 0.66 * figures.measured);
  for (const width of Object.values(figures.widths)) {
    expect(width).toBeGreaterThan(0.95 - error);
    expect(width).toBeLessThan(1.1 + error);
  }
  expect(figures.starChi2).toBeGreaterThan(0.95);
  expect(figures.starChi2).toBeLessThan(1.05);
  for (const noise of figures.noise) expect(Math.abs(noise - 1)).toBeLessThan(0.05);
  for (const correlation of figures.correlation) expect(Math.abs(correlation)).toBeLessThan(0.03);
});

test('an offset of 50 mas between the images leaves no residuals (seed 500)', () => {
  const subtraction = subtractPair({ scienceFwhm: 4, templateFwhm: 3.2, seed: 500, shift: [0.25, 0] });
  const stars = starsOf(500).filter(({ x, y, flux }) => flux > 3000 && flux < 60_000 && x > 30 && y > 30 && x < SIDE - 30 && y < SIDE - 30);
  expect(chi2AtStars(subtraction, stars)).toBeLessThan(1.08);
});

test('the template may be convolved or the science image: fluxes and their scale are the same (seed 600)', () => {
  const at = quietPlaces(SIDE, starsOf(600), 603, 40);
  const transients = at.map((place) => ({ ...place, flux: 20_000 }));
  const ratios = (['template', 'science'] as const).map((convolve) => {
    const subtraction = subtractPair({ scienceFwhm: 3.5, templateFwhm: 3.4, seed: 600, transients, options: { convolve }, quiet: 0.1 });
    expect(subtraction.fluxRatio).toBeGreaterThan(4.92);
    expect(subtraction.fluxRatio).toBeLessThan(5.08);
    const found = detectDifference(subtraction, 10);
    return mean(transients.map((star) => found.find((d) => Math.hypot(d.x - star.x, d.y - star.y) < 2)?.flux ?? 0)) / 20_000;
  });
  for (const ratio of ratios) expect(Math.abs(ratio - 1)).toBeLessThan(0.035);
});
