import type { Plane } from '@almagest/kernels';
import { describe, expect, test } from 'vitest';
import { makeImage, mean, medianOf, quietPlaces, rms, scatterStars, type Star } from '../../test/star-pair.ts';
import { filterAt, type VaryingFilter } from '../decorrelation/decorrelate.ts';
import { detectDifference } from '../detection/detect-difference.ts';
import { filterStamp, measureMatchedPsf, stampAt } from '../psf/matched-psf.ts';
import { subtractImages, type Subtraction, type SubtractOptions } from './subtract-images.ts';

const SIDE = 512;
const MIDDLE = { x: SIDE / 2, y: SIDE / 2 };
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

/** Noise of a flux by optimal weights: what the difference's white noise and PSF allow. */
function fluxNoise(subtraction: Subtraction): number {
  const psf = filterStamp(stampAt(measureMatchedPsf(subtraction), MIDDLE), filterAt(subtraction.decorrelation as VaryingFilter, MIDDLE));
  const squares = psf.values.reduce((s, v) => s + v * v, 0);
  return Math.sqrt(medianOf(Array.from(subtraction.variance.data)) / squares);
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

describe.each([
  { scienceFwhm: 4.5, templateFwhm: 3, seed: 100 },
  { scienceFwhm: 3.6, templateFwhm: 3.3, seed: 200 },
  { scienceFwhm: 3.5, templateFwhm: 3.5, seed: 300 },
  { scienceFwhm: 3, templateFwhm: 3.75, seed: 400 },
])('science FWHM $scienceFwhm, template FWHM $templateFwhm (seed $seed)', ({ scienceFwhm, templateFwhm, seed }) => {
  const pair = { scienceFwhm, templateFwhm, seed };
  const first = subtractPair(pair);
  const sigma = fluxNoise(first);
  const places = quietPlaces(SIDE, starsOf(seed), seed + 3, 36);
  const transients = places.map((at, n): Star => ({ ...at, flux: (n % 2 === 0 ? 6 : 40) * sigma }));
  const subtraction = subtractPair({ ...pair, transients });
  const found = detectDifference(subtraction, 5);
  const match = (snr: number): { star: Star; hit: (typeof found)[number] | undefined }[] =>
    transients
      .filter((_, n) => (n % 2 === 0 ? 6 : 40) === snr)
      .map((star) => ({ star, hit: found.find((d) => d.significance > 0 && Math.hypot(d.x - star.x, d.y - star.y) < 2) }));

  test('noise is white and that of both images', () => {
    const { difference } = first;
    const quiet = places.flatMap(({ x, y }) =>
      Array.from({ length: 81 }, (_, k) => pixel(difference, x - 4 + (k % 9), y - 4 + Math.floor(k / 9))),
    );
    const scale = first.fluxRatio;
    const expected = Math.hypot(NOISE, scale * 0.2 * TEMPLATE_NOISE);
    expect(rms(quiet) / expected).toBeGreaterThan(0.95);
    expect(rms(quiet) / expected).toBeLessThan(1.05);
    const neighbours = places.flatMap(({ x, y }) =>
      Array.from({ length: 72 }, (_, k) => {
        const [i, j] = [x - 4 + (k % 8), y - 4 + Math.floor(k / 8)];
        return pixel(difference, i, j) * pixel(difference, i + 1, j);
      }),
    );
    expect(Math.abs(mean(neighbours)) / expected ** 2).toBeLessThan(0.03);
  });

  test('residuals at stars are noise', () => {
    const stars = starsOf(seed).filter(
      ({ x, y, flux }) => flux > 3000 && flux < 60_000 && x > 30 && y > 30 && x < SIDE - 30 && y < SIDE - 30,
    );
    const chi2 = chi2AtStars(first, stars);
    expect(chi2).toBeGreaterThan(0.9);
    expect(chi2).toBeLessThan(1.08);
  });

  test('transients at 6 sigma are found, at 40 sigma measured without bias', () => {
    const faint = match(6);
    const recovered = faint.filter(({ hit }) => hit).length / faint.length;
    const bright = match(40).map(({ star, hit }) => ({ star, hit: hit as NonNullable<typeof hit> }));
    expect(bright.every(({ hit }) => hit !== undefined)).toBe(true);
    const ratio = mean(bright.map(({ star, hit }) => hit.flux / star.flux));
    const pulls = bright.map(({ star, hit }) => (hit.flux - star.flux) / hit.fluxErr);
    const dx = bright.map(({ star, hit }) => hit.x - star.x);
    const pullsX = bright.map(({ star, hit }) => (hit.x - star.x) / hit.xErr);
    const forced = mean(bright.map(({ star, hit }) => (hit.science.flux - hit.template.flux) / star.flux));
    // Gaussian noise leaves 84 % of sources of 6 sigma above 5; less three sigma of the 60 sources.
    expect(recovered).toBeGreaterThan(0.7);
    // A hundred stars in a field full of wings give the PSF's sum to 1 or 2 %.
    expect(Math.abs(ratio - 1)).toBeLessThan(0.035);
    expect(Math.abs(mean(dx))).toBeLessThan(0.025);
    // A spread from the median deviation of 60 values is good to 0.13; three of these.
    expect(spread(pulls)).toBeGreaterThan(0.6);
    expect(spread(pulls)).toBeLessThan(1.4);
    expect(spread(pullsX)).toBeGreaterThan(0.6);
    expect(spread(pullsX)).toBeLessThan(1.4);
    expect(Math.abs(forced - 1)).toBeLessThan(0.035);
  });
});

function pixel({ data }: Plane, x: number, y: number): number {
  return data[Math.round(y) * SIDE + Math.round(x)];
}

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

/** Standard deviation from the median absolute deviation: one transient on a star's wing must not decide. */
function spread(values: readonly number[]): number {
  const middle = medianOf(values);
  return 1.4826 * medianOf(values.map((v) => Math.abs(v - middle)));
}
