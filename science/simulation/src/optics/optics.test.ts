import { createImage } from '@almagest/image';
import { getDetector, loadCamera } from '@almagest/instrument';
import { expect, test } from 'vitest';
import { addGalaxyInPlace } from './draw-galaxy.ts';
import { addGaussianInPlace } from './draw-gaussian.ts';
import { makeMapping, sipCards } from './pointing.ts';
import { addStarInPlace, drawPsf, effectiveAreaOfPsf, peakOfPsf, psfAt } from './psf-model.ts';
import { sersicB, sersicMixture } from './sersic-mixture.ts';

const ROUND = { fwhmPixels: 4, curvature: 0.03, tilt: [0.01, 0], e1: [0, 0, 0], e2: [0, 0, 0] } as const;

test.each([0.5, 0.8, 1, 1.5, 2.5, 3, 4])('the Gaussians of Sersic index %s hold its light inside any radius within 0.6 %', (index) => {
  const { weights, variances } = sersicMixture(index);
  const b = sersicB(index);
  const n = 20_000;
  let total = 0;
  const inside: number[] = [];
  for (let k = 0; k < n; k++) {
    const r = ((k + 0.5) / n) * 8;
    total += r * Math.exp(-b * r ** (1 / index));
    inside.push(total);
  }
  for (const r of [0.1, 0.3, 1, 2, 4]) {
    const mixture = weights.reduce((sum, w, j) => sum + w * (1 - Math.exp((-r * r) / (2 * variances[j]))), 0);
    expect(Math.abs(mixture - inside[Math.round((r / 8) * n) - 1] / total)).toBeLessThan(0.006);
  }
});

test('a Gaussian drawn by recurrence has its flux, centre and moments', () => {
  const image = createImage(81, 61, { x0: 10, y0: -5 });
  const blob = { flux: 1e6, x: 49.3, y: 25.7, xx: 9, yy: 5, xy: 2 };
  const drawn = addGaussianInPlace(image, blob);
  let [sum, sx, sy, sxx, sxy] = [0, 0, 0, 0, 0];
  for (let j = 0; j < 61; j++) {
    for (let i = 0; i < 81; i++) {
      const v = image.data[j * 81 + i];
      const [dx, dy] = [i + 10 - blob.x, j - 5 - blob.y];
      sum += v;
      sx += v * dx;
      sy += v * dy;
      sxx += v * dx * dx;
      sxy += v * dx * dy;
    }
  }
  expect(drawn / 1e6).toBeCloseTo(1, 6);
  expect(sum / 1e6).toBeCloseTo(1, 5);
  expect(Math.hypot(sx, sy) / sum).toBeLessThan(1e-4);
  expect(sxx / sum).toBeCloseTo(9, 3);
  expect(sxy / sum).toBeCloseTo(2, 3);
});

test('the PSF sums to 1, is as wide as asked and knows its peak and area', () => {
  const psf = psfAt(ROUND, 0, 0);
  const { data, width } = drawPsf(psf, 40);
  const center = 40 * width + 40;
  const sum = data.reduce((a, b) => a + b, 0);
  expect(sum).toBeCloseTo(1, 2);
  expect(peakOfPsf(psf)).toBeCloseTo(data[center], 6);
  expect(1 / data.reduce((a, b) => a + b * b, 0)).toBeCloseTo(effectiveAreaOfPsf(psf), 1);
  // The pixel adds 1/12 to the variance: FWHM 4 becomes about 4.08.
  let half = 0;
  while (data[center + half] > data[center] / 2) half++;
  const [above, below] = [data[center + half - 1], data[center + half]];
  expect(2 * (half - 1 + (above - data[center] / 2) / (above - below))).toBeCloseTo(4.08, 1);
});

test('galaxies and stars keep their flux', () => {
  const image = createImage(301, 301);
  const psf = psfAt(ROUND, 0.2, -0.1);
  expect(addStarInPlace(image, psf, { x: 150.2, y: 149.8, flux: 5e4 }) / 5e4).toBeCloseTo(1, 3);
  expect(addGalaxyInPlace(image, psf, { x: 150, y: 150, flux: 5e4, index: 1, xx: 30, yy: 12, xy: 5 }) / 5e4).toBeCloseTo(1, 2);
});

test('the mapping goes both ways to 1e-8 pixel, north is up and east left at rotation 0', () => {
  const camera = loadCamera('simcam');
  const detector = getDetector(camera, 'S20');
  const pointing = { ra: 2.6, dec: -0.7, rotation: 0.3 };
  const mapping = makeMapping(camera, detector, pointing);
  for (const [x, y] of [
    [0, 0],
    [4095, 77],
    [1000.5, 4095],
  ]) {
    const { ra, dec } = mapping.pixelToSky(x, y);
    const back = mapping.skyToPixel(ra, dec);
    expect(Math.hypot((back?.x ?? NaN) - x, (back?.y ?? NaN) - y)).toBeLessThan(1e-7);
  }
  const upright = makeMapping(camera, detector, { ...pointing, rotation: 0 });
  const at = upright.pixelToSky(2000, 2000);
  const north = upright.skyToPixel(at.ra, at.dec + 1e-4);
  const east = upright.skyToPixel(at.ra + 1e-4, at.dec);
  expect((north?.y ?? 0) - 2000).toBeGreaterThan(50);
  expect((east?.x ?? 0) - 2000).toBeLessThan(-50);
});

test('the SIP cards say the same as the mapping', () => {
  const camera = loadCamera('simcam');
  const detector = getDetector(camera, 'S02');
  const pointing = { ra: 1, dec: 0.5, rotation: -0.4 };
  const cards = sipCards(camera, detector, pointing);
  const n = (key: string): number => Number(cards[key]);
  for (const [x, y] of [
    [0, 0],
    [4095, 4095],
    [300, 2500],
  ]) {
    const u = x + 1 - n('CRPIX1');
    const v = y + 1 - n('CRPIX2');
    const U = u + n('A_3_0') * u ** 3 + n('A_1_2') * u * v * v;
    const V = v + n('B_0_3') * v ** 3 + n('B_2_1') * u * u * v;
    const xi = ((n('CD1_1') * U + n('CD1_2') * V) * Math.PI) / 180;
    const eta = ((n('CD2_1') * U + n('CD2_2') * V) * Math.PI) / 180;
    const ra = pointing.ra + Math.atan2(xi, Math.cos(pointing.dec) - eta * Math.sin(pointing.dec));
    const truth = makeMapping(camera, detector, pointing).pixelToSky(x, y);
    expect(Math.abs(ra - truth.ra) * 206_265e3).toBeLessThan(1e-3);
  }
});
