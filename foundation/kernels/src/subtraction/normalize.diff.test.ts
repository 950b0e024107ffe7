import { expect, test } from 'vitest';
import { KernelArgumentError } from '../errors.ts';
import type { Plane } from '../memory/frame.ts';
import { normalizePixels, normalizePixelsReference, scalePixelsInPlace } from './normalize.ts';

let state = 29;
const uniform = (): number => (state = (state * 48271) % 2147483647) / 2147483647;

function plane(width: number, height: number, stride: number, of: () => number): Plane {
  return { data: Float32Array.from({ length: stride * height }, of), width, height, stride };
}

test.each([
  [64, 64, 64],
  [101, 70, 105],
  [3, 2, 3],
])('%i x %i pixels, rows %i apart: as the reference to the bit, zeros where nothing is known', (width, height, stride) => {
  const odd = [Number.NaN, Infinity, 0];
  const values = plane(width, height, stride, () => (uniform() < 0.05 ? odd[Math.floor(3 * uniform())] : 400 * (uniform() - 0.4) ** 3));
  const variance = plane(width, height, width, () => (uniform() < 0.05 ? [...odd, -1][Math.floor(4 * uniform())] : 0.1 + 20 * uniform()));
  const [fast, slow] = [0, 1].map(() => plane(width, height, stride, () => 7));
  normalizePixels(values, variance, fast);
  normalizePixelsReference(values, variance, slow);
  expect(fast.data).toEqual(slow.data);
  scalePixelsInPlace(fast, 0.3);
  const factor = Math.fround(0.3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < stride; x++)
      expect(fast.data[y * stride + x]).toBe(x < width ? Math.fround(factor * slow.data[y * stride + x]) : 7);
});

test('planes of other shapes are refused', () => {
  const [a, b] = [plane(4, 4, 4, uniform), plane(5, 4, 5, uniform)];
  expect(() => normalizePixels(a, b, a)).toThrow(KernelArgumentError);
});
