import type { Plane } from '@almagest/kernels';
import { expect, test } from 'vitest';
import { makeImage, scatterStars } from '../../test/star-pair.ts';
import { GridMismatchError, NoOverlapError, SaturatedImageError, TooFewCandidatesError } from '../errors.ts';
import type { SubtractInput } from './prepare-image.ts';
import { subtractImages } from './subtract-images.ts';

const SIDE = 256;
const stars = scatterStars(SIDE, 30, 7);
const input = (image: Plane, saturation = Number.POSITIVE_INFINITY): SubtractInput => ({ image, gain: 1, saturation });
const make = (seed: number, fwhm: number): Plane => makeImage(stars, { side: SIDE, fwhm, noise: 20, seed });
const science = make(1, 4);
const template = make(2, 3);

function changed(image: Plane, change: (x: number, y: number, value: number) => number): Plane {
  return { ...image, data: image.data.map((value, k) => change(k % SIDE, Math.floor(k / SIDE), value)) };
}

test('images of different sizes are refused', () => {
  const small = makeImage([], { side: 100, fwhm: 3, noise: 20, seed: 3 });
  expect(() => subtractImages(input(science), input(small))).toThrow(GridMismatchError);
});

test('a template that shares no pixel, or three columns, is no overlap', () => {
  const none = changed(template, () => Number.NaN);
  expect(() => subtractImages(input(science), input(none))).toThrow(NoOverlapError);
  const strip = changed(template, (x, _, value) => (x < 3 ? value : Number.NaN));
  expect(() => subtractImages(input(science), input(strip))).toThrow(NoOverlapError);
});

test('an image that is saturated everywhere says so', () => {
  expect(() => subtractImages(input(science, -1e4), input(template))).toThrow(SaturatedImageError);
});

test('sky without stars has too few candidates', () => {
  const empty = makeImage([], { side: SIDE, fwhm: 3, noise: 20, seed: 4 });
  expect(() => subtractImages(input(empty), input(makeImage([], { side: SIDE, fwhm: 3, noise: 20, seed: 5 })))).toThrow(
    TooFewCandidatesError,
  );
});

test('missing pixels stay missing and do not spread', () => {
  const hole = (x: number, y: number): boolean => x >= 100 && x < 110 && y >= 100 && y < 110;
  const { difference, coverage } = subtractImages(input(changed(science, (x, y, v) => (hole(x, y) ? Number.NaN : v))), input(template));
  for (let k = 0; k < difference.data.length; k++) expect(Number.isNaN(difference.data[k])).toBe(hole(k % SIDE, Math.floor(k / SIDE)));
  expect(coverage).toBeCloseTo(1 - 100 / (SIDE * SIDE), 6);
});

test('pixels about a saturated one are left out', () => {
  const { difference } = subtractImages(
    input(
      changed(science, (x, y, v) => (x === 50 && y === 60 ? 1e7 : v)),
      1e6,
    ),
    input(template),
  );
  expect(Number.isNaN(difference.data[62 * SIDE + 48])).toBe(true);
  expect(Number.isNaN(difference.data[63 * SIDE + 50])).toBe(false);
});

test('inputs are not modified', () => {
  const copies = [science.data.slice(), template.data.slice()];
  subtractImages(input(science), input(template));
  expect(science.data).toEqual(copies[0]);
  expect(template.data).toEqual(copies[1]);
});
