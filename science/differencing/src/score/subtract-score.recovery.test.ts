import type { Plane } from '@almagest/kernels';
import { expect, test } from 'vitest';
import { makeImage, mean, quietPlaces, rms, scatterStars, type Star } from '../../test/star-pair.ts';
import { detectScore } from '../detection/detect-score.ts';
import { subtractScore, type ScoreSubtraction } from './subtract-score.ts';

const SIDE = 512;
const NOISE = 30;

/** The template is wider than the science image, as far as pre-convolution helps. */
function subtract(stars: readonly Star[], transients: readonly Star[], templateFwhm: number): ScoreSubtraction {
  const input = (image: Plane, gain: number): Parameters<typeof subtractScore>[0] => ({
    image,
    gain,
    saturation: Number.POSITIVE_INFINITY,
  });
  const science = { side: SIDE, fwhm: 3.4, noise: NOISE, seed: 401, sky: 900, gradient: 0.03 };
  const template = { side: SIDE, fwhm: templateFwhm, noise: 8, seed: 402, gradient: -0.02, shift: [0.2, 0.1] as const, scale: 0.2 };
  return subtractScore(input(makeImage([...stars, ...transients], science), 1), input(makeImage(stars, template), 5));
}

test.each([3, 4.2])(
  'template FWHM %f beside 3.4: a score of unit noise, transients at 6 sigma and their fluxes (seed 400)',
  (templateFwhm) => {
    const stars = scatterStars(SIDE, 110, 400, { faintest: 4000, brightest: 6e4 });
    const places = quietPlaces(SIDE, stars, 403, 44);
    const before = subtract(stars, [], templateFwhm);
    const at = ({ data }: Plane, x: number, y: number): number => data[Math.round(y) * SIDE + Math.round(x)];
    const quiet = places.flatMap(({ x, y }) =>
      Array.from({ length: 121 }, (_, k) => at(before.significance, x - 5 + (k % 11), y - 5 + Math.floor(k / 11))),
    );
    expect(rms(quiet)).toBeGreaterThan(0.93);
    expect(rms(quiet)).toBeLessThan(1.07);
    expect(detectScore(before, 5).length).toBeLessThan(0.1 * stars.length);
    const sigma = rms(places.map(({ x, y }) => at(before.flux, x, y)));
    const transients = places.map((place, n): Star => ({ ...place, flux: (n % 2 === 0 ? 6.5 : 40) * sigma }));
    const found = detectScore(subtract(stars, transients, templateFwhm), 4.4);
    const hits = transients.map((star) => found.find((d) => d.flux > 0 && Math.hypot(d.x - star.x, d.y - star.y) < 2));
    expect(hits.filter((hit) => hit).length / hits.length).toBeGreaterThan(0.95);
    const ratios = hits.flatMap((hit, n) => (hit && n % 2 === 1 ? [hit.flux / transients[n].flux] : []));
    expect(Math.abs(mean(ratios) - 1)).toBeLessThan(0.03);
    expect(Math.abs(mean(hits.flatMap((hit, n) => (hit && n % 2 === 1 ? [hit.x - transients[n].x] : []))))).toBeLessThan(0.03);
  },
);
