import { effectiveArea } from '@almagest/image';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { modelPsf } from '../../test/model-psf.ts';
import { fitPsf } from './fit-psf.ts';

const FWHM = 3.5;
const SKY = 900;
const psf = modelPsf(FWHM);
const area = effectiveArea(psf.computeKernelImage(0, 0));

/** Flux of the signal-to-noise ratio given, its own photons included. */
function fluxOf(snr: number): number {
  return (snr * (snr + Math.sqrt(snr * snr + 4 * area * SKY))) / 2;
}

interface Trial {
  readonly fluxPull: number;
  readonly xPull: number;
  readonly dx: number;
  readonly bound: number;
  readonly relative: number;
  readonly chi2: number;
}

function trials(snr: number, count: number, seed: number): Trial[] {
  const random = createRandom(seed);
  const side = 25;
  const flux = fluxOf(snr);
  const data = new Float32Array(side * side);
  const image = { data, width: side, height: side, stride: side };
  return Array.from({ length: count }, () => {
    const x = 12 + random.uniform(-0.5, 0.5);
    const y = 12 + random.uniform(-0.5, 0.5);
    const star = psf.computeImage(x, y);
    random.fillNormal(data, 0, 1);
    for (let j = 0; j < side; j++)
      for (let i = 0; i < side; i++) {
        const expected = flux * star.data[(j - star.y0) * star.stride + i - star.x0];
        data[j * side + i] = expected + data[j * side + i] * Math.sqrt(SKY + expected);
      }
    const start = { x: x + random.uniform(-0.3, 0.3), y: y + random.uniform(-0.3, 0.3) };
    const request = { image, noise: { skyVariance: SKY, gain: 1 }, psf, radius: 2.5 * FWHM };
    const fit = fitPsf(request, start);
    const forced = fitPsf(request, { x, y }, { fixed: true });
    // The bound from the derivatives at the truth, by small differences of the profile.
    const bound = Math.sqrt(fit.covariance[3]);
    return {
      fluxPull: (forced.flux - flux) / Math.sqrt(forced.covariance[0]),
      xPull: (fit.x - x) / bound,
      dx: fit.x - x,
      bound: cramerRao(x, y, flux),
      relative: fit.flux / flux - 1,
      chi2: fit.chi2 / (fit.pixels - 3),
    };
  });
}

const bounds = new Map<number, number>();
/** Cramer-Rao bound of x for a centred star: 1 / sqrt(sum (flux dp/dx)^2 / variance), over all pixels. */
function cramerRao(_x: number, _y: number, flux: number): number {
  const known = bounds.get(flux);
  if (known !== undefined) return known;
  let information = 0;
  const [low, high, middle] = [psf.computeImage(-0.02, 0), psf.computeImage(0.02, 0), psf.computeImage(0, 0)];
  middle.data.forEach((p, k) => {
    const slope = (flux * (high.data[k] - low.data[k])) / 0.04;
    information += (slope * slope) / (SKY + flux * p);
  });
  bounds.set(flux, 1 / Math.sqrt(information));
  return 1 / Math.sqrt(information);
}

function moments(values: readonly number[]): { mean: number; rms: number } {
  const mean = values.reduce((s, v) => s + v, 0) / values.length;
  return { mean, rms: Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / values.length) };
}

test.each([
  [10, 2500, 31],
  [50, 10_000, 32],
  [1000, 2500, 33],
])('stars of S/N %i: centroids at the Cramer-Rao bound, pulls of width 1, no bias (%i stars, seed %i)', (snr, count, seed) => {
  const found = trials(snr, count, seed);
  const chance = 4 / Math.sqrt(count);
  const flux = moments(found.map((trial) => trial.fluxPull));
  const x = moments(found.map((trial) => trial.xPull));
  // Of 10,000 stars a mean pull of 0.02 is two standard errors; fewer tell less.
  const limit = Math.max(0.02, chance);
  expect(Math.abs(flux.mean)).toBeLessThan(limit);
  expect(Math.abs(x.mean)).toBeLessThan(limit);
  expect(flux.rms).toBeGreaterThan(0.95);
  expect(flux.rms).toBeLessThan(1.05);
  expect(x.rms).toBeGreaterThan(0.95);
  expect(x.rms).toBeLessThan(1.05);
  expect(moments(found.map((trial) => trial.dx)).rms / found[0].bound).toBeLessThan(1.05);
  if (snr >= 50) expect(Math.abs(moments(found.map((trial) => trial.relative)).mean)).toBeLessThan(0.002);
  expect(Math.abs(moments(found.map((trial) => trial.chi2)).mean - 1)).toBeLessThan(0.01);
});
