import { expect, test } from 'vitest';
import { combineRowsReference } from './combine-reference.ts';
import { combineRows, type CombinedRows } from './combine.ts';

const results = (length: number): CombinedRows => ({
  mean: new Float32Array(length),
  variance: new Float32Array(length),
  used: new Float32Array(length),
});

function sample(count: number, length: number): Float32Array[] {
  let state = 7 + count;
  const uniform = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return Array.from({ length: count }, () =>
    Float32Array.from({ length }, (_, k) => {
      const u = uniform();
      if (u < 0.01) return Number.NaN;
      if (u < 0.02) return Number.POSITIVE_INFINITY;
      return 1000 + (k % 50) + 10 * normal() + (u < 0.04 ? 5000 * uniform() : 0);
    }),
  );
}

for (const count of [1, 2, 3, 5, 8, 25])
  test(`agrees with the reference for ${count} frames, scaled and not, of odd length`, () => {
    for (const length of [64, 101]) {
      const frames = sample(count, length);
      for (const part of [
        {},
        { weights: frames.map((_, k) => 1 + k) },
        { readVariance: 100 },
        { scales: frames.map((_, k) => 1 / (k + 1)), clipSigma: 2, variancePerUnit: 0.5 },
      ]) {
        const [fast, slow] = [results(length), results(length)];
        combineRows({ frames, ...part }, fast);
        combineRowsReference({ frames, ...part }, slow);
        for (let k = 0; k < length; k++) {
          // A value exactly at the limit may fall on either side.
          if (fast.used[k] !== slow.used[k]) continue;
          if (Number.isNaN(slow.mean[k])) expect(fast.mean[k]).toBeNaN();
          else expect(Math.abs(fast.mean[k] - slow.mean[k])).toBeLessThan(4 * 1.2e-7 * 1100);
          if (slow.used[k] > 1) expect(Math.abs(fast.variance[k] - slow.variance[k])).toBeLessThan(1e-4 * slow.variance[k] + 1e-4);
        }
        const differ = fast.used.reduce((n, value, k) => n + (value === slow.used[k] ? 0 : 1), 0);
        expect(differ).toBeLessThan(3);
      }
    }
  });

test('one wild value among five is left out, none is lost where all agree', () => {
  const frames = [10, 11, 9, 10, 5000].map((value) => new Float32Array(4).fill(value));
  const out = results(4);
  combineRows({ frames, readVariance: 1 }, out);
  expect([...out.mean]).toEqual([10, 10, 10, 10]);
  expect([...out.used]).toEqual([4, 4, 4, 4]);
});

test('pixels that no frame has are NaN', () => {
  const out = results(4);
  combineRows({ frames: [new Float32Array(4).fill(Number.NaN)] }, out);
  expect(out.mean.every(Number.isNaN)).toBe(true);
  expect([...out.used]).toEqual([0, 0, 0, 0]);
});

test('the variance of a weighted mean is that which its scatter over many pixels shows', () => {
  const weights = [10, 10, 30, 30, 70, 70, 100, 100];
  let state = 99;
  const uniform = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  const gaussian = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const frames = weights.map((w) => Float32Array.from({ length: 20_000 }, () => gaussian() / Math.sqrt(w)));
  const out = results(20_000);
  combineRows({ frames, weights, clipSigma: 30 }, out);
  const seen = out.mean.reduce((s, v) => s + v * v, 0) / 20_000;
  const told = out.variance.reduce((s, v) => s + v, 0) / 20_000;
  expect(Math.abs(told / seen - 1)).toBeLessThan(0.03);
  expect(Math.abs(seen * 420 - 1)).toBeLessThan(0.03);
});
