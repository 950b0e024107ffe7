import { expect, test } from 'vitest';
import { KernelArgumentError } from '../errors.ts';
import { correlateStampReference, weightedProductsReference } from './stamps-reference.ts';
import { withStampWorkspace } from './stamps.ts';

function values(length: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length }, () => (state = (state * 48271) % 2147483647) / 2147483647 - 0.5);
}

test.each([
  { side: 21, taps: 19 },
  { side: 8, taps: 3 },
  { side: 27, taps: 1 },
])('stamps of $side pixels with $taps taps agree with the reference', ({ side, taps }) => {
  const basis = {
    profilesX: [values(taps, 3), values(taps, 4), values(taps, 5)],
    profilesY: [values(taps, 6), values(taps, 7)],
    functions: [
      { x: 0, y: 0 },
      { x: 2, y: 1 },
      { x: 1, y: 0 },
      { x: 2, y: 0 },
      { x: 0, y: 1 },
    ],
  };
  withStampWorkspace({ basis, side, extra: 1 }, (work) => {
    for (const seed of [11, 12]) {
      work.source.set(values(work.wide ** 2, seed));
      work.weights.fill(0);
      for (let j = 0; j < side; j++)
        for (let i = 0; i < side; i++) {
          work.weights[j * work.pitch + i] = 1 + ((i * j) % 5);
          work.stamps[5][j * work.pitch + i] = i - j;
        }
      work.correlate();
      basis.functions.forEach(({ x, y }, n) => {
        const truth = correlateStampReference(work.source, side, basis.profilesX[x], basis.profilesY[y]);
        for (let j = 0; j < side; j++)
          for (let i = 0; i < side; i++) expect(Math.abs(work.stamps[n][j * work.pitch + i] - truth[j * side + i])).toBeLessThan(1e-13);
      });
      work.multiply();
      const truth = weightedProductsReference(work.stamps, work.weights);
      const largest = Math.max(...truth.map(Math.abs));
      expect(Math.max(...work.products.map((v, k) => Math.abs(v - truth[k]))) / largest).toBeLessThan(1e-13);
    }
  });
});

test('profiles of several lengths are refused', () => {
  const basis = { profilesX: [values(3, 1)], profilesY: [values(5, 1)], functions: [{ x: 0, y: 0 }] };
  expect(() => withStampWorkspace({ basis, side: 9, extra: 0 }, () => 0)).toThrow(KernelArgumentError);
});
