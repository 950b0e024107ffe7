import { type Image, imageOf } from '@almagest/image';
import { expect, test } from 'vitest';
import { addMoffat } from '../../test/star-field.ts';
import { fitGaussianMixture, fitMoffat } from './fit-profile.ts';
import { computeRhoStatistics } from './rho-statistics.ts';

const side = 41;

function moffat(): Image {
  const image = imageOf(new Float32Array(side * side), side, side);
  addMoffat(image, { x: 20.3, y: 19.6, flux: 1000 }, { fwhm: 4, e1: 0.1, e2: -0.05 }, 40);
  return image;
}

test('a Moffat profile gives back its parameters', () => {
  const fit = fitMoffat(moffat());
  expect(fit.converged).toBe(true);
  expect(fit.x).toBeCloseTo(20.3, 4);
  expect(fit.y).toBeCloseTo(19.6, 4);
  expect(fit.flux / 1000).toBeCloseTo(1, 4);
  expect(fit.beta).toBeCloseTo(3.5, 3);
  expect(fit.fwhmPixels).toBeCloseTo(4, 4);
  expect(fit.e1).toBeCloseTo(0.1, 4);
  expect(fit.e2).toBeCloseTo(-0.05, 4);
});

test('three Gaussians follow a Moffat profile within 1 % of its peak', () => {
  const image = moffat();
  const fit = fitGaussianMixture(image, { components: 3 });
  const peak = Math.max(...image.data);
  expect(Math.sqrt(fit.chiSquare / (side * side)) / peak).toBeLessThan(1e-3);
  const flux = fit.components.reduce((sum, part) => sum + part.flux, 0);
  expect(flux / 1000).toBeGreaterThan(0.97);
  expect(fit.x).toBeCloseTo(20.3, 2);
});

test('an empty image does not converge to a star', () => {
  expect(fitMoffat(imageOf(new Float32Array(side * side), side, side)).converged).toBe(false);
});

test('rho statistics of known residuals', () => {
  const base = { e1: 0.1, e2: 0, e1Residual: 0.02, e2Residual: 0.01, sizeResidual: 0.5 };
  const samples = [
    { x: 0, y: 0, ...base },
    { x: 10, y: 0, ...base },
    { x: 500, y: 0, ...base, e1: Number.NaN },
  ];
  const { pairs, rho } = computeRhoStatistics(samples, Float64Array.of(1, 20, 1000));
  expect(Array.from(pairs)).toEqual([1, 0]);
  expect(rho[0][0]).toBeCloseTo(5e-4, 12);
  expect(rho[1][0]).toBeCloseTo(2e-3, 12);
  expect(rho[2][0]).toBeCloseTo(2.5e-3, 12);
  expect(rho[3][0]).toBeCloseTo(1e-3, 12);
  expect(rho[4][0]).toBeCloseTo(5e-3, 12);
  expect(rho[0][1]).toBeNaN();
});
