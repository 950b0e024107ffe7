import { convolveDense, type Plane } from '@almagest/kernels';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { makeImage, moffatAt, scatterStars } from '../../test/star-pair.ts';
import { subtractImages } from '../subtraction/subtract-images.ts';
import { kernelImageAt } from './spatial-kernel.ts';

const SIDE = 320;
const HALF = 9;

/** A Gaussian kernel on 19 x 19 pixels with this sum. */
function gaussian(sigma: number, sum: number): Float32Array {
  const side = 2 * HALF + 1;
  const values = Float32Array.from({ length: side * side }, (_, k) =>
    Math.exp(-(((k % side) - HALF) ** 2 + (Math.floor(k / side) - HALF) ** 2) / (2 * sigma * sigma)),
  );
  const total = values.reduce((s, v) => s + v, 0);
  return values.map((v) => (v * sum) / total);
}

test.each([1.2, 1.8, 2.5])('finds the Gaussian of sigma %f that one image was convolved with, either way', (sigma) => {
  const stars = scatterStars(SIDE, 40, 31);
  const noiseless = makeImage(stars, { side: SIDE, fwhm: 3.2, noise: 0, photons: false, seed: 32 });
  const noisy = (image: Plane, seed: number): Plane => {
    const random = createRandom(seed);
    return { ...image, data: image.data.map((v) => v + 0.5 * random.normal()) };
  };
  const sharp = noisy(noiseless, 33);
  const convolved: Plane = { ...noiseless, data: new Float32Array(noiseless.data.length) };
  const truth = gaussian(sigma, 2);
  convolveDense(noiseless, { width: 2 * HALF + 1, height: 2 * HALF + 1, values: truth }, convolved);
  const wide = noisy(convolved, 34);
  const input = (image: Plane): Parameters<typeof subtractImages>[0] => ({ image, gain: 0, saturation: Number.POSITIVE_INFINITY });
  for (const swap of [false, true]) {
    const result = subtractImages(input(swap ? sharp : wide), input(swap ? wide : sharp), { kernelHalf: HALF, kernelDegree: 0 });
    expect(result.convolved).toBe(swap ? 'science' : 'template');
    const found = kernelImageAt(result.kernel, { x: 160, y: 160 });
    // What the stars cannot tell, structure finer than their own, is left out of the comparison.
    const error = throughStar(Array.from(found, (v, k) => v - truth[k]));
    expect(Math.max(...error.map(Math.abs)) / Math.max(...throughStar(Array.from(truth)))).toBeLessThan(0.005);
    const sum = found.reduce((s, v) => s + v, 0);
    expect(sum / 2).toBeGreaterThan(0.997);
    expect(sum / 2).toBeLessThan(1.003);
    expect(result.fluxRatio).toBeCloseTo(swap ? 1 / sum : sum, 6);
  }
});

/** A kernel as a star of FWHM 3.2 pixels shows it. */
function throughStar(kernel: readonly number[]): number[] {
  const side = Math.round(Math.sqrt(kernel.length));
  return kernel.map((_, k) => {
    const [x, y] = [k % side, Math.floor(k / side)];
    return kernel.reduce((sum, value, n) => sum + value * moffatAt((x - (n % side)) ** 2 + (y - Math.floor(n / side)) ** 2, 3.2), 0);
  });
}

test('a kernel of free pixels finds what Gaussians cannot: a ring, and a shift with it (seed 37)', () => {
  const half = 5;
  const side = 2 * half + 1;
  const ring = Float32Array.from({ length: side * side }, (_, k) => {
    const r = Math.hypot((k % side) - half - 0.4, Math.floor(k / side) - half);
    return Math.exp(-((r - 2) ** 2) / (2 * 0.8 ** 2));
  });
  const total = ring.reduce((s, v) => s + v, 0);
  const truth = ring.map((v) => (1.5 * v) / total);
  const noiseless = makeImage(scatterStars(SIDE, 60, 37), { side: SIDE, fwhm: 3.2, noise: 0, photons: false, seed: 38 });
  const convolved: Plane = { ...noiseless, data: new Float32Array(noiseless.data.length) };
  convolveDense(noiseless, { width: side, height: side, values: truth }, convolved);
  const noisy = (image: Plane, seed: number): Plane => {
    const random = createRandom(seed);
    return { ...image, data: image.data.map((v) => v + 3 * random.normal()) };
  };
  const input = (image: Plane): Parameters<typeof subtractImages>[0] => ({ image, gain: 0, saturation: Number.POSITIVE_INFINITY });
  const options = { basis: 'delta', kernelHalf: half, kernelDegree: 0, convolve: 'template' } as const;
  const { kernel } = subtractImages(input(noisy(convolved, 39)), input(noisy(noiseless, 40)), options);
  const found = kernelImageAt(kernel, { x: SIDE / 2, y: SIDE / 2 });
  expect(Math.abs(found.reduce((s, v) => s + v, 0) / 1.5 - 1)).toBeLessThan(0.005);
  const error = throughStar(Array.from(found, (v, k) => v - truth[k]));
  expect(Math.max(...error.map(Math.abs)) / Math.max(...throughStar(Array.from(truth)))).toBeLessThan(0.01);
  expect(kernel.chi2PerPixel).toBeLessThan(1.2);
});
