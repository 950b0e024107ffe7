import { expect, test } from 'vitest';
import { addMoffat, createStarField, trueShape } from '../../test/star-field.ts';
import { detectPeaks } from '../detection/detect-peaks.ts';
import { computeSignificance, createMatchedFilter } from '../detection/significance.ts';
import { selectStars } from './select-stars.ts';

const SIDE = 1200;

test('the clump of stars is found beside galaxies a sixth wider and saturated stars, where the width varies (seed 25)', () => {
  const { image, stars } = createStarField({
    side: SIDE,
    seed: 25,
    spacing: 40,
    fwhm: 3.5,
    sigma: 1,
    fluxOf: (u) => 3000 * 10 ** (1.5 * u),
  });
  // Every third gets light of its own that makes it a galaxy; every fiftieth is cut at a level.
  const galaxy = stars.map((_, k) => k % 3 === 0);
  stars.forEach((star, k) => {
    if (!galaxy[k]) return;
    const shape = trueShape(star.x, star.y, SIDE, 3.5);
    addMoffat(image, { ...star, flux: star.flux * 2 }, { ...shape, fwhm: shape.fwhm * 1.5 }, 30);
  });
  const saturation = 5000;
  for (let k = 0; k < image.data.length; k++) image.data[k] = Math.min(image.data[k], saturation);
  const map = { ...image, data: new Float32Array(image.data.length) };
  const noise = { columns: 1, rows: 1, cellWidth: SIDE, cellHeight: SIDE, values: Float64Array.of(1) };
  computeSignificance(image, { filter: createMatchedFilter(3.5), noise }, map);
  const found = selectStars(image, detectPeaks(map, { threshold: 10 }), { noise: 1, fwhmPixels: 3, saturation });
  let [wrong, saturated] = [0, 0];
  for (let i = 0; i < found.x.length; i++) {
    const k = stars.findIndex((star) => Math.hypot(star.x - found.x[i], star.y - found.y[i]) < 2);
    if (k < 0 || galaxy[k]) wrong++;
    else if (image.data[Math.round(stars[k].y) * SIDE + Math.round(stars[k].x)] >= saturation) saturated++;
  }
  expect(found.x.length).toBeGreaterThan(0.75 * stars.filter((_, k) => !galaxy[k]).length);
  expect(wrong / found.x.length).toBeLessThan(0.01);
  expect(saturated).toBe(0);
});

test('a field without sources gives no stars', () => {
  const image = { data: new Float32Array(100 * 100), width: 100, height: 100, stride: 100 };
  const peaks = detectPeaks({ ...image, data: new Float32Array(10_000) }, { threshold: 5 });
  expect(selectStars(image, peaks, { noise: 1, fwhmPixels: 3 }).x).toHaveLength(0);
});
