import { computeSignificance, createMatchedFilter, detectPeaks, type PeakList } from '@almagest/characterization';
import { gaussianPsf } from '@almagest/image';
import type { Plane } from '@almagest/kernels';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { deblend } from './deblend.ts';

const SIDE = 120;
const FWHM = 4;
const psf = gaussianPsf(FWHM / 2.354_82);

interface Light {
  readonly x: number;
  readonly y: number;
  readonly flux: number;
  /** Widens the profile: a galaxy. */
  readonly width?: number;
}

function scene(lights: readonly Light[], sigma: number): { image: Plane; peaks: PeakList } {
  const data = new Float32Array(SIDE * SIDE);
  createRandom(91).fillNormal(data, 0, sigma);
  const image = { data, width: SIDE, height: SIDE, stride: SIDE };
  for (const { x, y, flux, width } of lights) {
    const star = (width ? gaussianPsf(width) : psf).computeImage(x, y);
    for (let j = 0; j < star.height; j++)
      for (let i = 0; i < star.width; i++) {
        const [u, v] = [star.x0 + i, star.y0 + j];
        if (u >= 0 && v >= 0 && u < SIDE && v < SIDE) data[v * SIDE + u] += flux * star.data[j * star.stride + i];
      }
  }
  const map = { ...image, data: new Float32Array(data.length) };
  const noise = { columns: 1, rows: 1, cellWidth: SIDE, cellHeight: SIDE, values: Float64Array.of(sigma) };
  computeSignificance(image, { filter: createMatchedFilter(FWHM), noise }, map);
  return { image, peaks: detectPeaks(map, { threshold: 5, prominence: 3, contrast: 1e-4 }) };
}

const options = { psf, fwhmPixels: FWHM, skyVariance: 1 };

test('two stars closer than two widths keep their own light, a galaxy and a star too (seed 91)', () => {
  const stars = scene(
    [
      { x: 50.2, y: 60.1, flux: 60_000 },
      { x: 57.4, y: 61.3, flux: 20_000 },
    ],
    1,
  );
  expect(stars.peaks.count).toBe(2);
  const apart = deblend(stars.image, stars.peaks, options);
  for (const [peak, flux] of [
    [0, 60_000],
    [1, 20_000],
  ]) {
    const found = apart.sources.get(peak)!;
    expect(found.point).toBe(true);
    expect(Math.abs(found.flux / flux - 1)).toBeLessThan(0.03);
  }
  const mixed = scene(
    [
      { x: 50, y: 60, flux: 200_000, width: 5 },
      { x: 62.3, y: 61, flux: 30_000 },
    ],
    1,
  );
  const both = deblend(mixed.image, mixed.peaks, options);
  const galaxy = both.sources.get(0)!;
  expect(galaxy.point).toBe(false);
  expect(Math.abs(galaxy.flux / 200_000 - 1)).toBeLessThan(0.05);
});

test('the parts of a blend add up to its pixels', () => {
  const { image, peaks } = scene(
    [
      { x: 50, y: 60, flux: 60_000, width: 4 },
      { x: 59, y: 61, flux: 20_000 },
      { x: 54, y: 70, flux: 9000 },
    ],
    2,
  );
  const apart = deblend(image, peaks, { ...options, skyVariance: 4 });
  const sum = new Float64Array(image.data.length);
  for (const { x0, y0, width, height, pixels } of apart.sources.values())
    for (let j = 0; j < height; j++)
      for (let i = 0; i < width; i++) if (pixels[j * width + i] !== 0) sum[(y0 + j) * SIDE + x0 + i] += pixels[j * width + i];
  const first = peaks.group[0];
  let worst = 0;
  for (let k = 0; k < sum.length; k++) {
    const label = peaks.segmentation.data[k];
    if (label > 0 && peaks.group[label - 1] === first) worst = Math.max(worst, Math.abs(sum[k] - image.data[k]));
  }
  expect(worst).toBeLessThan(1e-2);
});

test('beyond a budget a blend stays whole and is flagged; single sources are left alone', () => {
  const { image, peaks } = scene(
    [
      { x: 30, y: 30, flux: 20_000 },
      { x: 37, y: 30, flux: 20_000 },
      { x: 90, y: 90, flux: 20_000 },
    ],
    1,
  );
  const tooLarge = deblend(image, peaks, { ...options, maxPixels: 10 });
  expect(tooLarge.sources.size).toBe(0);
  expect(Array.from(tooLarge.skipped).reduce((a, b) => a + b, 0)).toBe(2);
  const tooMany = deblend(image, peaks, { ...options, maxPeaks: 1 });
  expect(tooMany.sources.size).toBe(1);
  expect(Array.from(tooMany.tooManyPeaks).reduce((a, b) => a + b, 0)).toBe(2);
});
