import { expect, test } from 'vitest';
import {
  computeMedianAndSigma,
  createImage,
  createMask,
  evaluateBackground,
  evaluateNoise,
  type Image,
  measureBackground,
  planeBits,
  subtractBackgroundInPlace,
} from '../index.ts';
import { clippedSigmaRatio } from './clipped-gaussian.ts';

const SIGMA = 12;

function skyLevel(x: number, y: number): number {
  return 500 + 0.1 * x + 0.05 * y + 20 * Math.cos(x / 150) * Math.sin(y / 170);
}

/** Curved sky with noise; one pixel in 40 carries a source's light. */
function observedSky(width: number, height: number): Image {
  let state = 4711;
  const uniform = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  const image = createImage(width, height);
  for (let k = 0; k < image.data.length; k++) {
    const noise = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    image.data[k] = skyLevel(k % width, Math.floor(k / width)) + SIGMA * noise + (uniform() < 0.025 ? 3000 * uniform() : 0);
  }
  return image;
}

test('level within 0.1 sigma rms and noise within 3 % under stars', () => {
  const image = observedSky(640, 520);
  const background = measureBackground(image, { cellPixels: 64 });
  const level = evaluateBackground(background);
  let squares = 0;
  for (let y = 0; y < 520; y++) for (let x = 0; x < 640; x++) squares += (level.data[y * 640 + x] - skyLevel(x, y)) ** 2;
  expect(Math.sqrt(squares / (640 * 520)) / SIGMA).toBeLessThan(0.1);
  expect(Math.abs(computeMedianAndSigma(evaluateNoise(background)).median / SIGMA - 1)).toBeLessThan(0.03);
  subtractBackgroundInPlace(image, background);
  expect(Math.abs(computeMedianAndSigma(image).median)).toBeLessThan(0.1 * SIGMA);
});

test('masked cells are filled from their neighbours; no usable cell gives NaN', () => {
  const image = observedSky(256, 256);
  const mask = createMask(256, 256);
  const sat = planeBits(mask.planes, ['SAT']);
  for (let y = 64; y < 128; y++) for (let x = 64; x < 128; x++) [image.data[y * 256 + x], mask.data[y * 256 + x]] = [60_000, sat];
  const background = measureBackground(image, { cellPixels: 64, mask, filterCells: 1 });
  expect(Math.abs(background.level[5] - skyLevel(96, 96))).toBeLessThan(2 * SIGMA);
  mask.data.fill(sat);
  expect(measureBackground(image, { cellPixels: 64, mask }).level.every(Number.isNaN)).toBe(true);
});

test('the clipping correction is that of a Gaussian', () => {
  expect(clippedSigmaRatio(3)).toBeCloseTo(0.9848, 3);
  expect(clippedSigmaRatio(8)).toBeCloseTo(1, 6);
});
