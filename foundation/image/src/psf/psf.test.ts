import { expect, test } from 'vitest';
import { computeAdaptiveShape, effectiveArea, ellipticalGaussianPsf, fwhmOfShape, gaussianPsf, moffatPsf } from '../index.ts';

function sum(data: Float32Array): number {
  return data.reduce((a, b) => a + b, 0);
}

test('a Gaussian PSF has sum 1, its sigma and its effective area', () => {
  const psf = gaussianPsf(2);
  const image = psf.computeKernelImage(0, 0);
  expect(sum(image.data)).toBeCloseTo(1, 5);
  // The pixel adds 1/12 to the variance; a Gaussian smeared by a square is a Gaussian to 2e-4 only.
  expect(psf.computeShape(0, 0).xx / (4 + 1 / 12)).toBeCloseTo(1, 3);
  expect(effectiveArea(image) / (4 * Math.PI * (4 + 1 / 12))).toBeCloseTo(1, 3);
  expect(psf.computeApertureFlux(2, 0, 0)).toBeCloseTo(1 - Math.exp(-0.5), 5);
});

test('an image off the pixel centre has its centroid there', () => {
  const image = moffatPsf(4).computeImage(10.3, -5.45);
  let mx = 0;
  let my = 0;
  image.data.forEach((value, k) => {
    mx += value * (image.x0 + (k % image.width));
    my += value * (image.y0 + Math.floor(k / image.width));
  });
  expect(mx).toBeCloseTo(10.3, 2);
  expect(my).toBeCloseTo(-5.45, 2);
});

test('adaptive moments recover an elliptical Gaussian, and its FWHM', () => {
  const psf = ellipticalGaussianPsf({ xx: 6, yy: 3, xy: 1 }, { halfWidth: 16 });
  const shape = computeAdaptiveShape(psf.computeImage(3.2, 4.1), { x: 3.2, y: 4.1 });
  expect(shape.xx / (6 + 1 / 12)).toBeCloseTo(1, 3);
  expect(shape.yy / (3 + 1 / 12)).toBeCloseTo(1, 3);
  expect(shape.xy).toBeCloseTo(1, 3);
  expect(fwhmOfShape({ xx: 4, yy: 4, xy: 0 })).toBeCloseTo(2 * 2.354_82, 4);
});

test('adaptive moments of an empty image are NaN', () => {
  const image = gaussianPsf(1).computeKernelImage(0, 0);
  image.data.fill(0);
  expect(computeAdaptiveShape(image, { x: 0, y: 0 }).xx).toBeNaN();
});
