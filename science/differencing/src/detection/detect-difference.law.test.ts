import type { Plane } from '@almagest/kernels';
import { detectPeaks } from '@almagest/characterization';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { computeDifferenceSignificance } from './significance-map.ts';

const SIDE = 1500;
const SIGMA = 1.7;

test('on white noise peaks of both signs follow the formula of Gaussian fields within 12 % (seed 21)', () => {
  const plane = (): Plane => ({ data: new Float32Array(SIDE * SIDE), width: SIDE, height: SIDE, stride: SIDE });
  const difference = plane();
  createRandom(21).fillNormal(difference.data, 0, 12);
  const variance = plane();
  variance.data.fill(144);
  const half = 7;
  const side = 2 * half + 1;
  const values = Float64Array.from(
    { length: side * side },
    (_, k) =>
      Math.exp(-(((k % side) - half) ** 2 + (Math.floor(k / side) - half) ** 2) / (2 * SIGMA * SIGMA)) / (2 * Math.PI * SIGMA * SIGMA),
  );
  const map = plane();
  const noise = computeDifferenceSignificance({ difference, variance }, { half, values }, { scratch: plane(), output: map });
  expect(noise).toBeGreaterThan(0.98);
  expect(noise).toBeLessThan(1.02);
  const nu = 3.5;
  const density = (nu * Math.exp(-(nu * nu) / 2)) / (2 ** 2.5 * Math.PI ** 1.5 * SIGMA * SIGMA);
  // Pixels are lower than the peaks between them by up to 1.5 % (curvature 1 / (2 sigma^2), mean square distance 1/6): the
  // formula is that of the peaks themselves.
  const count = (): number =>
    detectPeaks(map, { threshold: 0.93 * nu, prominence: 0, contrast: 0 }).significance.reduce((n, value) => n + (value >= nu ? 1 : 0), 0);
  let peaks = count();
  for (let k = 0; k < map.data.length; k++) map.data[k] = -map.data[k];
  peaks += count();
  expect(peaks / (2 * density * SIDE * SIDE)).toBeGreaterThan(0.88);
  expect(peaks / (2 * density * SIDE * SIDE)).toBeLessThan(1.12);
});
