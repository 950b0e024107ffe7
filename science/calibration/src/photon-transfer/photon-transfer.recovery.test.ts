import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { measureFlatPair } from './flat-pair.ts';
import { fitPhotonTransfer } from './photon-transfer-curve.ts';

const width = 400;
const height = 400;

/** A flat of this many electrons with structure, read through an amplifier; saturates hard. */
function flat(seed: string, electrons: number, { gain, readNoise, full }: { gain: number; readNoise: number; full: number }): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: width * height }, (_, k) => {
    const response = 1 + 0.1 * Math.sin(k / 5000);
    return (Math.min(full, random.poisson(electrons * response)) + random.normal(0, readNoise)) / gain;
  });
}

test('gain within 1 %, read noise within 3 %, and the turnoff at saturation, from twelve pairs (seeds ptc-*)', () => {
  const truth = { gain: 1.7, readNoise: 9, full: 90_000 };
  const levels = [0, 50, 100, 200, 400, 1000, 3000, 10_000, 20_000, 40_000, 60_000, 120_000];
  const points = levels.map((level) =>
    measureFlatPair(
      { first: flat(`ptc-a-${level}`, level, truth), second: flat(`ptc-b-${level}`, level * 1.01, truth), width },
      { x: 0, y: 0, width, height },
    ),
  );
  const curve = fitPhotonTransfer(points.map((p, k) => (k === 0 ? { ...p, mean: Math.max(p.mean, 1e-3) } : p)));
  expect(Math.abs(curve.gain / truth.gain - 1)).toBeLessThan(0.01);
  expect(Math.abs(curve.readNoise / truth.readNoise - 1)).toBeLessThan(0.03);
  expect(Math.abs(curve.gain - truth.gain)).toBeLessThan(5 * curve.gainErr);
  expect(curve.turnoff).toBeGreaterThan(60_000 / truth.gain);
  expect(curve.turnoff).toBeLessThanOrEqual((1.05 * truth.full) / truth.gain);
  expect(Math.abs(curve.a00)).toBeLessThan(3e-7);
});

test('structure of the flat does not count as noise, and neighbours are uncorrelated', () => {
  const truth = { gain: 1, readNoise: 5, full: 1e9 };
  const point = measureFlatPair(
    { first: flat('s-a', 10_000, truth), second: flat('s-b', 10_000, truth), width },
    { x: 0, y: 0, width, height },
  );
  expect(Math.abs(point.variance / (10_000 + 25) - 1)).toBeLessThan(0.02);
  expect(Math.abs(point.covariance10)).toBeLessThan((4 * point.variance) / 400);
});
