import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { measureBackground, subtractBackground } from '../background/mesh.ts';
import { detectPeaks } from './detect-peaks.ts';
import { computeSignificance, createMatchedFilter } from './significance.ts';

const SIGMA = 1.8;
const FWHM = 2.354820045 * SIGMA;

function noiseImage(side: number, seed: number): { data: Float32Array; width: number; height: number; stride: number } {
  const data = new Float32Array(side * side);
  createRandom(seed).fillNormal(data, 1000, 20);
  return { data, width: side, height: side, stride: side };
}

function addStar(image: ReturnType<typeof noiseImage>, x: number, y: number, flux: number): void {
  const half = 9;
  for (let j = Math.round(y) - half; j <= Math.round(y) + half; j++)
    for (let i = Math.round(x) - half; i <= Math.round(x) + half; i++)
      image.data[j * image.stride + i] +=
        (flux * Math.exp(-((i - x) ** 2 + (j - y) ** 2) / (2 * SIGMA * SIGMA))) / (2 * Math.PI * SIGMA * SIGMA);
}

function find(image: ReturnType<typeof noiseImage>, threshold: number): ReturnType<typeof detectPeaks> {
  const background = measureBackground(image);
  subtractBackground(image, background, image);
  const map = { ...image, data: new Float32Array(image.data.length) };
  computeSignificance(image, { filter: createMatchedFilter(FWHM), noise: background.noise }, map);
  return detectPeaks(map, { threshold, prominence: 0, contrast: 0 });
}

test('false detections on pure noise follow the Gaussian-field formula within 20 % (seed 11)', () => {
  const side = 2048;
  const nu = 3.5;
  const density = (nu * Math.exp(-(nu * nu) / 2)) / (2 ** 2.5 * Math.PI ** 1.5 * SIGMA * SIGMA);
  const { count } = find(noiseImage(side, 11), nu);
  expect(count / (density * side * side)).toBeGreaterThan(0.8);
  expect(count / (density * side * side)).toBeLessThan(1.2);
});

test('half of the stars at the threshold are found, nearly all one sigma above, with unbiased positions (seed 12)', () => {
  const side = 1500;
  const fluxOf = (snr: number): number => snr * 20 * Math.sqrt(4 * Math.PI) * SIGMA;
  const random = createRandom(12);
  const found: Record<number, number> = {};
  for (const snr of [5, 6, 50]) {
    const image = noiseImage(side, 100 + snr);
    const stars: { x: number; y: number }[] = [];
    for (let y = 30; y < side - 30; y += 40)
      for (let x = 30; x < side - 30; x += 40) stars.push({ x: x + random.uniform(), y: y + random.uniform() });
    for (const { x, y } of stars) addStar(image, x, y, fluxOf(snr));
    const peaks = find(image, 5);
    const residuals: number[] = [];
    let hits = 0;
    for (const star of stars) {
      let best = Number.POSITIVE_INFINITY;
      let dx = 0;
      for (let i = 0; i < peaks.count; i++) {
        const d = Math.hypot(peaks.x[i] - star.x, peaks.y[i] - star.y);
        if (d < best) [best, dx] = [d, peaks.x[i] - star.x];
      }
      if (best < 2.5) {
        hits++;
        residuals.push(dx);
      }
    }
    found[snr] = hits / stars.length;
    if (snr === 50) {
      const mean = residuals.reduce((s, r) => s + r, 0) / residuals.length;
      const rms = Math.sqrt(residuals.reduce((s, r) => s + r * r, 0) / residuals.length);
      expect(Math.abs(mean)).toBeLessThan((4 * SIGMA) / 50 / Math.sqrt(residuals.length));
      // The Cramer-Rao bound of the position is sigma / SNR * sqrt(2) for a Gaussian on sky noise.
      expect(rms / ((Math.SQRT2 * SIGMA) / 50)).toBeLessThan(1.1);
    }
  }
  // Stars widen the noise that is measured a little, and the maximum near a star exceeds its value at the star.
  expect(found[5]).toBeGreaterThan(0.4);
  expect(found[5]).toBeLessThan(0.6);
  expect(found[6]).toBeGreaterThan(0.78);
  expect(found[50]).toBe(1);
});
