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

/** Where half are found: the logistic curve of unit noise that expects as many detections as there were. */
function halfFoundAt(snr: readonly number[], found: readonly boolean[]): number {
  const hits = found.filter(Boolean).length;
  let [low, high] = [0, 20];
  for (let round = 0; round < 50; round++) {
    const middle = (low + high) / 2;
    const expected = snr.reduce((sum, s) => sum + 1 / (1 + Math.exp(-1.702 * (s - middle))), 0);
    if (expected > hits) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

test('half of the stars of S/N 5.0 are found within 0.1, at S/N 6 what noise allows, with unbiased positions (seed 12)', () => {
  const side = 1500;
  const fluxOf = (snr: number): number => snr * 20 * Math.sqrt(4 * Math.PI) * SIGMA;
  const random = createRandom(12);
  const snrs: number[] = [];
  const hits: boolean[] = [];
  const residuals: number[] = [];
  for (const bright of [false, false, true]) {
    const image = noiseImage(side, 100 + snrs.length);
    const stars: { x: number; y: number; snr: number }[] = [];
    for (let y = 30; y < side - 30; y += 40)
      for (let x = 30; x < side - 30; x += 40)
        stars.push({ x: x + random.uniform(), y: y + random.uniform(), snr: bright ? 50 : random.uniform(3.5, 6.5) });
    for (const { x, y, snr } of stars) addStar(image, x, y, fluxOf(snr));
    const peaks = find(image, 5);
    for (const star of stars) {
      let best = Number.POSITIVE_INFINITY;
      let dx = 0;
      for (let i = 0; i < peaks.count; i++) {
        const d = Math.hypot(peaks.x[i] - star.x, peaks.y[i] - star.y);
        if (d < best) [best, dx] = [d, peaks.x[i] - star.x];
      }
      if (bright) {
        expect(best).toBeLessThan(2.5);
        residuals.push(dx);
      } else {
        snrs.push(star.snr);
        hits.push(best < 2.5);
      }
    }
  }
  expect(Math.abs(halfFoundAt(snrs, hits) - 5)).toBeLessThan(0.1);
  const six = snrs
    .keys()
    .filter((i) => Math.abs(snrs[i] - 6) < 0.25)
    .toArray();
  // What finds half at 5 sigma cannot find more than 84.1 % at 6 (Neyman and Pearson 1933).
  expect(six.filter((i) => hits[i]).length / six.length).toBeGreaterThan(0.8);
  const mean = residuals.reduce((s, r) => s + r, 0) / residuals.length;
  const rms = Math.sqrt(residuals.reduce((s, r) => s + r * r, 0) / residuals.length);
  // The Cramer-Rao bound of the position is sigma / SNR * sqrt(2) for a Gaussian on sky noise.
  const bound = (Math.SQRT2 * SIGMA) / 50;
  expect(Math.abs(mean)).toBeLessThan((3 * bound) / Math.sqrt(residuals.length));
  expect(rms / bound).toBeLessThan(1.05 + 2 / Math.sqrt(2 * residuals.length));
});
