import { array, assert, boolean, property } from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { Plane } from '../memory/frame.ts';
import { setKernelThreads } from '../threads/threads.ts';
import { cosmicRayLaplacian, laplacianReference, medianFilter, medianReference } from './filters.ts';
import { medianNetwork } from './median-network.ts';

afterAll(() => setKernelThreads({ threads: 1 }));

function noise(width: number, height: number): Plane {
  let state = 5 + width;
  const data = Float32Array.from({ length: width * height }, () => {
    state = (state * 48271) % 2147483647;
    return Math.round((1000 * state) / 2147483647);
  });
  return { data, width, height, stride: width };
}

for (const threads of [1, 2])
  test(`Laplacian and medians equal the references, ${threads} threads`, () => {
    setKernelThreads({ threads });
    for (const [width, height] of [
      [1, 1],
      [2, 5],
      [7, 3],
      [33, 40],
      [64, 130],
    ] as const) {
      const input = noise(width, height);
      const [fast, slow] = [1, 2].map(() => ({ ...input, data: new Float32Array(width * height) }));
      cosmicRayLaplacian(input, fast);
      laplacianReference(input, slow);
      expect(fast.data).toEqual(slow.data);
      for (const size of [3, 5, 7] as const) {
        medianFilter(input, size, fast);
        medianReference(input, size, slow);
        expect(fast.data, `${size} of ${width} x ${height}`).toEqual(slow.data);
      }
    }
  });

test('law, seed 2: the network finds the median of any zeros and ones, hence of anything', () => {
  for (const count of [9, 25, 49]) {
    const { pairs, middle } = medianNetwork(count);
    assert(
      property(array(boolean(), { minLength: count, maxLength: count }), (bits) => {
        const values = bits.map(Number);
        for (const [i, j] of pairs) [values[i], values[j]] = [Math.min(values[i], values[j]), Math.max(values[i], values[j])];
        expect(values[middle]).toBe(bits.filter(Boolean).length > middle ? 1 : 0);
      }),
      { seed: 2, numRuns: 300 },
    );
  }
});

test('a single hot pixel stands out of the Laplacian, a flat image gives zero', () => {
  const input: Plane = { data: new Float32Array(49).fill(10), width: 7, height: 7, stride: 7 };
  const out = { ...input, data: new Float32Array(49) };
  cosmicRayLaplacian(input, out);
  expect(out.data.every((value) => value === 0)).toBe(true);
  input.data[24] = 110;
  cosmicRayLaplacian(input, out);
  expect(out.data[24]).toBe(200);
  expect(out.data[25]).toBe(0);
});
