import { expect, test } from 'vitest';
import { makeImage, scatterStars } from '../../test/star-pair.ts';
import { subtractImages } from '../subtraction/subtract-images.ts';
import { detectDifference } from './detect-difference.ts';

const SIDE = 256;
const LINE = { x: 120, y: 90 };
const STAR = { x: 60, y: 200, flux: 9000 };

test('what repaired pixels alone show is nothing; a star that has some of them stays (seed 40)', () => {
  const stars = scatterStars(SIDE, 40, 40).filter(({ x, y }) => Math.min(Math.hypot(x - 120, y - 90), Math.hypot(x - 60, y - 200)) > 25);
  const science = makeImage([...stars, STAR], { side: SIDE, fwhm: 4, noise: 30, seed: 41, sky: 900 });
  const template = makeImage(stars, { side: SIDE, fwhm: 3.2, noise: 15, seed: 42 });
  const repaired = new Uint8Array(SIDE * SIDE);
  for (let k = -5; k <= 5; k++) {
    const at = (LINE.y + k) * SIDE + LINE.x + (k >> 1);
    science.data[at] -= 250;
    repaired[at] = 1;
    repaired[(STAR.y + k) * SIDE + STAR.x + 2] = 1;
  }
  const subtraction = subtractImages(
    { image: science, gain: 1, saturation: Number.POSITIVE_INFINITY },
    { image: template, gain: 1, saturation: Number.POSITIVE_INFINITY },
  );
  const near = (list: readonly { readonly x: number; readonly y: number }[], { x, y }: { x: number; y: number }): number =>
    list.filter((each) => Math.hypot(each.x - x, each.y - y) < 6).length;
  const all = detectDifference(subtraction, 5);
  expect([near(all, LINE), near(all, STAR)]).toEqual([1, 1]);
  const known = detectDifference(subtraction, 5, repaired);
  expect([near(known, LINE), near(known, STAR)]).toEqual([0, 1]);
});
