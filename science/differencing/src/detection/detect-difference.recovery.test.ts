import type { Plane } from '@almagest/kernels';
import { expect, test } from 'vitest';
import { makeImage, mean, quietPlaces, scatterStars, type Star } from '../../test/star-pair.ts';
import { type Subtraction, subtractImages } from '../subtraction/subtract-images.ts';
import { detectDifference } from './detect-difference.ts';

const SIDE = 512;
const stars = scatterStars(SIDE, 90, 71, { faintest: 5000 });
const places = quietPlaces(SIDE, stars, 72, 70);

/** Science image with `extra`, template with `old`, both drawn before the noise. */
function subtract(extra: readonly Star[], old: readonly Star[]): Subtraction {
  const make = (list: readonly Star[], fwhm: number, seed: number): Plane =>
    makeImage([...stars, ...list], { side: SIDE, fwhm, noise: 25, seed });
  const input = (image: Plane): Parameters<typeof subtractImages>[0] => ({ image, gain: 1, saturation: Number.POSITIVE_INFINITY });
  return subtractImages(input(make(extra, 4, 73)), input(make(old, 3.4, 74)));
}

test('sources that moved by a pixel are dipoles with their separation and fluxes; new and lost ones are not', () => {
  const moved = places.slice(0, 8).map((at): Star => ({ ...at, flux: 20_000 }));
  const fresh = places.slice(8, 12).map((at): Star => ({ ...at, flux: 8000 }));
  const lost = places.slice(12, 16).map((at): Star => ({ ...at, flux: 8000 }));
  // Each in another direction: a common one is an offset of the images, which the kernel takes up.
  const directions = moved.map((_, n) => (n * Math.PI) / 4 - 3);
  const shifted = moved.map((star, n) => ({ ...star, x: star.x + Math.cos(directions[n]), y: star.y + Math.sin(directions[n]) }));
  const found = detectDifference(subtract([...shifted, ...fresh], [...moved, ...lost]), 5);
  const at = (star: Star): (typeof found)[number][] => found.filter((d) => Math.hypot(d.x - star.x, d.y - star.y) < 4);
  for (const star of [...fresh, ...lost]) expect(at(star).filter(({ dipole }) => dipole)).toEqual([]);
  for (const star of [...fresh, ...lost]) expect(at(star)).toHaveLength(1);
  expect(lost.every((star) => at(star)[0].significance < 0 && at(star)[0].science.flux < 5 * at(star)[0].science.fluxErr)).toBe(true);
  const dipoles = moved.map((star) => {
    const [detection, ...others] = at(star);
    expect(others).toEqual([]);
    expect(detection.dipole).toBeDefined();
    return detection.dipole as NonNullable<typeof detection.dipole>;
  });
  expect(Math.abs(mean(dipoles.map(({ separation }) => separation)) - 1)).toBeLessThan(0.1);
  for (const [n, { angle }] of dipoles.entries()) expect(Math.abs(Math.sin(angle - directions[n]))).toBeLessThan(0.15);
  for (const lobe of ['positive', 'negative'] as const)
    expect(Math.abs(mean(dipoles.map((fit) => fit[lobe].flux)) / 20_000 - 1)).toBeLessThan(0.08);
});

test('trails have their length, angle and flux, and are one detection each', () => {
  const truth = places.slice(0, 10).map((at, n) => ({ ...at, length: 14, angle: -1.2 + 0.25 * n, flux: 40_000 }));
  const pieces = truth.flatMap(({ x, y, length, angle, flux }) =>
    Array.from({ length: 40 }, (_, n): Star => {
      const t = ((n + 0.5) / 40 - 0.5) * length;
      return { x: x + t * Math.cos(angle), y: y + t * Math.sin(angle), flux: flux / 40 };
    }),
  );
  const found = detectDifference(subtract(pieces, []), 5);
  for (const trail of truth) {
    const [detection, ...others] = found.filter((d) => Math.hypot(d.x - trail.x, d.y - trail.y) < 12);
    expect(others).toEqual([]);
    const fit = detection.trail;
    expect(fit).toBeDefined();
    expect(Math.abs((fit?.length ?? 0) / trail.length - 1)).toBeLessThan(0.1);
    expect(Math.abs(Math.sin((fit?.angle ?? 9) - trail.angle))).toBeLessThan(1 / trail.length);
    expect(Math.abs((fit?.flux ?? 0) / trail.flux - 1)).toBeLessThan(0.1);
    expect(Math.hypot(detection.x - trail.x, detection.y - trail.y)).toBeLessThan(0.5);
  }
});
