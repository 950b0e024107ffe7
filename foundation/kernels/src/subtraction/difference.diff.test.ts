import { expect, test } from 'vitest';
import { KernelArgumentError } from '../errors.ts';
import { KernelArena } from '../memory/arena.ts';
import type { Plane } from '../memory/frame.ts';
import { computeDifferenceReference } from './difference-reference.ts';
import { computeDifference, type DifferenceRequest } from './difference.ts';

let state = 17;
const uniform = (): number => (state = (state * 48271) % 2147483647) / 2147483647;

function plane(width: number, height: number, stride = width): Plane {
  const data = Float32Array.from({ length: stride * height }, () => (uniform() < 0.01 ? Number.NaN : 400 * (uniform() - 0.4) ** 3));
  return { data, width, height, stride };
}

test.each([
  [64, 64, 64, 'kept' as const],
  [101, 70, 105, 'kept' as const],
  [101, 70, 105, 'matched' as const],
  [3, 2, 3, 'matched' as const],
  [33, 40, 33, 'kept' as const],
])('%i x %i pixels, rows %i apart, new image %s: as the reference to the bit', (width, height, stride, fresh) => {
  const blocks = Math.ceil(width / 32);
  const request = (matched: Plane): DifferenceRequest => ({
    kept,
    other,
    matched,
    keptLimit: 60,
    otherLimit: 80,
    levels,
    noise,
    fresh,
    ownSigma: 4,
  });
  const [kept, other, matched] = [plane(width, height, stride), plane(width, height), plane(width, height)];
  const levels = Float32Array.from({ length: height * (blocks + 1) }, () => 3 * uniform());
  const noise = Float32Array.from({ length: 3 * blocks * Math.ceil(height / 32) }, () => 0.1 + uniform());
  const copy = { ...matched, data: matched.data.slice() };
  const [fast, slow] = [0, 1].map(() => ({ difference: plane(width, height), variance: plane(width, height, stride) }));
  const counts = computeDifference(request(matched), fast);
  expect(counts).toEqual(computeDifferenceReference(request(copy), slow));
  expect(counts.covered).toBeLessThan(width * height + 1);
  expect(matched.data).toEqual(copy.data);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = y * stride + x;
      expect(fast.difference.data[y * width + x]).toBe(slow.difference.data[y * width + x]);
      expect(fast.variance.data[at]).toBe(slow.variance.data[at]);
    }
});

test('planes in kernel memory are used in place', () => {
  using arena = new KernelArena();
  const resident = (value: number): Plane => ({ data: arena.float32(64 * 64).fill(value), width: 64, height: 64, stride: 64 });
  const out = { difference: resident(0), variance: resident(0) };
  const levels = new Float32Array(64 * 3).fill(1);
  const noise = Float32Array.from({ length: 12 }, (_, k) => [2, 0.5, 0.25][k % 3]);
  const request = { kept: resident(10), other: resident(3), matched: resident(6), keptLimit: 10, otherLimit: 10, levels, noise };
  const { covered, saturated } = computeDifference({ ...request, fresh: 'kept', ownSigma: 1 }, out);
  expect([covered, saturated[0], out.difference.data[5], out.variance.data[5]]).toEqual([4096, 1, 3, 2 + 3.5 + 0.75]);
});

test('planes of other shapes and too few levels are refused', () => {
  const p = plane(32, 32);
  const [levels, noise] = [new Float32Array(64), new Float32Array(3)];
  const request = { kept: p, other: p, matched: p, keptLimit: 1, otherLimit: 1, levels, noise, fresh: 'kept' as const, ownSigma: 4 };
  expect(() => computeDifference({ ...request, other: plane(31, 32) }, { difference: p, variance: p })).toThrow(KernelArgumentError);
  expect(() => computeDifference({ ...request, levels: new Float32Array(2) }, { difference: p, variance: p })).toThrow(KernelArgumentError);
});
