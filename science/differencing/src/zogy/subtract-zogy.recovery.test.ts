import type { Plane } from '@almagest/kernels';
import { expect, test } from 'vitest';
import { makeImage, mean, quietPlaces, rms, scatterStars, type Star } from '../../test/star-pair.ts';
import { detectScore } from '../detection/detect-score.ts';
import { subtractZogy, type ZogySubtraction } from './subtract-zogy.ts';

const SIDE = 512;
const [NOISE, TEMPLATE_NOISE] = [30, 20];

function subtract(stars: readonly Star[], transients: readonly Star[], seed: number): ZogySubtraction {
  const input = (image: Plane, gain: number): Parameters<typeof subtractZogy>[0] => ({ image, gain, saturation: Number.POSITIVE_INFINITY });
  return subtractZogy(
    input(makeImage([...stars, ...transients], { side: SIDE, fwhm: 4, noise: NOISE, seed, sky: 900, gradient: 0.04 }), 1),
    input(
      makeImage(stars, { side: SIDE, fwhm: 3.4, noise: TEMPLATE_NOISE, seed: seed + 1, gradient: -0.03, shift: [0.2, -0.1], scale: 0.2 }),
      5,
    ),
  );
}

test('PSFs that vary: stars vanish, noise is white and as predicted, transients of either sign have their flux and place (seed 910)', () => {
  const stars = scatterStars(SIDE, 110, 910, { faintest: 5000, brightest: 6e4 });
  const places = quietPlaces(SIDE, stars, 911, 50);
  const transients = places.map((at, n): Star => ({ ...at, flux: n % 3 === 0 ? -6000 : 8000 }));
  const before = subtract(stars, [], 912);
  expect(before.fluxRatio / 5).toBeCloseTo(1, 1);
  expect(Math.hypot(before.offset.x - 0.2, before.offset.y + 0.1)).toBeLessThan(0.03);
  const at = (plane: Plane, x: number, y: number): number => plane.data[Math.round(y) * SIDE + Math.round(x)];
  const quiet = places.flatMap(({ x, y }) =>
    Array.from({ length: 121 }, (_, k) => ({ x: x - 5 + (k % 11), y: y - 5 + Math.floor(k / 11) })),
  );
  const noise = quiet.map(({ x, y }) => at(before.difference, x, y));
  expect(rms(noise) / Math.hypot(NOISE, TEMPLATE_NOISE)).toBeGreaterThan(0.95);
  expect(rms(noise) / Math.hypot(NOISE, TEMPLATE_NOISE)).toBeLessThan(1.05);
  expect(Math.sqrt(before.variance) / Math.hypot(NOISE, TEMPLATE_NOISE)).toBeCloseTo(1, 1);
  const neighbours = mean(quiet.map(({ x, y }) => at(before.difference, x, y) * at(before.difference, x + 1, y)));
  expect(Math.abs(neighbours) / before.variance).toBeLessThan(0.03);
  expect(rms(quiet.map(({ x, y }) => at(before.significance, x, y)))).toBeLessThan(1.05);
  // Stars leave few detections; those at 5 sigma are at the brightest, whose PSF is not known to a percent.
  expect(detectScore(before, 5).length).toBeLessThan(0.1 * stars.length);
  const found = detectScore(subtract(stars, transients, 912), 5);
  const hits = transients.map((star) => found.find((d) => Math.hypot(d.x - star.x, d.y - star.y) < 1.5 && d.flux * star.flux > 0));
  expect(hits.filter((hit) => hit === undefined)).toHaveLength(0);
  const ratios = hits.map((hit, n) => (hit?.flux ?? 0) / transients[n].flux);
  expect(Math.abs(mean(ratios) - 1)).toBeLessThan(0.02);
  expect(Math.abs(mean(hits.map((hit, n) => (hit?.x ?? 0) - transients[n].x)))).toBeLessThan(0.03);
  expect(rms(hits.map((hit, n) => ((hit?.flux ?? 0) - transients[n].flux) / (hit?.fluxErr ?? 1)))).toBeLessThan(1.3);
});
