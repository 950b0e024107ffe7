import { expect, test } from 'vitest';
import { createStarField, trueShape } from '../../test/star-field.ts';
import { computeSignificance, createMatchedFilter } from '../detection/significance.ts';
import { detectPeaks } from '../detection/detect-peaks.ts';
import { selectStars } from '../stars/select-stars.ts';
import { fitPixelBasisPsf, type PixelBasisFit } from './fit-pixel-basis.ts';

const SIDE = 1600;
const SIGMA = 1;

function fitField(fwhm: number, seed: number): PixelBasisFit {
  // Bright stars, so that the mean over the reserved ones is known better than the limits tested.
  const { image } = createStarField({ side: SIDE, seed, spacing: 42, fwhm, sigma: SIGMA, fluxOf: (u) => 2e4 * 10 ** (0.5 * u) });
  const noise = { columns: 1, rows: 1, cellWidth: SIDE, cellHeight: SIDE, values: Float64Array.of(SIGMA) };
  const map = { ...image, data: new Float32Array(image.data.length) };
  computeSignificance(image, { filter: createMatchedFilter(fwhm), noise }, map);
  const peaks = detectPeaks(map, { threshold: 10 });
  const stars = selectStars(image, peaks, { noise: SIGMA, fwhmPixels: fwhm, maxStars: 2000 });
  return fitPixelBasisPsf(image, stars, { labels: peaks.segmentation });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

test.each([
  [3.5, 21],
  [2.3, 22],
])('reserved stars of %s pixel FWHM have the size and ellipticity of the model (seed %i)', (fwhm, seed) => {
  const fit = fitField(fwhm, seed);
  const reserved = fit.stars.filter((star) => star.reserved && star.used);
  expect(reserved.length).toBeGreaterThan(230);
  expect(Math.abs(mean(reserved.map((star) => star.sizeResidual)))).toBeLessThan(5e-4);
  expect(Math.abs(mean(reserved.map((star) => star.e1Residual)))).toBeLessThan(1e-4);
  expect(Math.abs(mean(reserved.map((star) => star.e2Residual)))).toBeLessThan(1e-4);
});

test('the model is the true profile within 0.3 % of its peak, at every place and phase (seed 23)', () => {
  const { psf } = fitField(3.5, 23);
  for (const [x, y] of [
    [100, 100],
    [800.3, 700.4],
    [1500.5, 1400.1],
    [300.25, 1300.75],
  ]) {
    const shape = trueShape(x, y, SIDE, 3.5);
    const alpha2 = (shape.fwhm / 2) ** 2 / (2 ** (1 / 3.5) - 1);
    const n = alpha2 * Math.sqrt(1 - shape.e1 ** 2 - shape.e2 ** 2);
    const peak = 2.5 / (Math.PI * alpha2);
    const image = psf.computeImage(x, y);
    let worst = 0;
    for (let j = 0; j < image.height; j++)
      for (let i = 0; i < image.width; i++) {
        const [dx, dy] = [image.x0 + i - x, image.y0 + j - y];
        if (Math.hypot(dx, dy) > 8) continue;
        const r2 = ((1 - shape.e1) * dx * dx - 2 * shape.e2 * dx * dy + (1 + shape.e1) * dy * dy) / n;
        worst = Math.max(worst, Math.abs(image.data[j * image.stride + i] - peak * (1 + r2) ** -3.5));
      }
    expect(worst / peak).toBeLessThan(3e-3);
  }
});

test('two stars are too few, and a field without any says so', () => {
  const none = new Float64Array(0);
  const image = { data: new Float32Array(100 * 100), width: 100, height: 100, stride: 100 };
  const stars = { x: none, y: none, flux: none, sigma: none, peak: new Int32Array(0), label: new Int32Array(0), fwhmPixels: 3 };
  expect(() => fitPixelBasisPsf(image, stars)).toThrow(expect.objectContaining({ code: 'characterization.too-few-stars' }));
});
