import { afterAll, expect, test } from 'vitest';
import { KernelArena } from '../memory/arena.ts';
import type { Plane } from '../memory/frame.ts';
import { setKernelThreads } from '../threads/threads.ts';
import { convolveSeparableReference, convolveVaryingReference } from './convolve-reference.ts';
import { convolveDense, convolveSeparable, convolveVarying, type EdgeRule } from './convolve.ts';

afterAll(() => setKernelThreads({ threads: 1 }));

/** Numbers in (-1, 1) that any run repeats. */
function noise(length: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (state * 48271) % 2147483647;
    return state / 1073741823.5 - 1;
  });
}

function plane(width: number, height: number, data: Float32Array = new Float32Array(width * height)): Plane {
  return { data, width, height, stride: width };
}

const shapes: [number, number][] = [
  [1, 1],
  [3, 2],
  [33, 17],
  [64, 64],
  [131, 70],
  [1024, 5],
  [20, 700],
];

for (const edge of ['nearest', 'zero'] satisfies EdgeRule[])
  for (const threads of [1, 2])
    test(`separable and varying kernels equal the references to the bit: edge ${edge}, ${threads} threads`, () => {
      setKernelThreads({ threads });
      for (const [width, height] of shapes)
        for (const [nx, ny] of [
          [1, 1],
          [15, 7],
          [3, 31],
        ]) {
          const input = plane(width, height, noise(width * height, width + nx));
          const fast = plane(width, height);
          const slow = plane(width, height);
          const kernels = { x: noise(nx, 5), y: noise(ny, 6), edge };
          convolveSeparable(input, kernels, fast);
          convolveSeparableReference(input, kernels, slow);
          expect(fast.data).toEqual(slow.data);
          const block = 20;
          const basis = [0, 1, 2].map((n) => ({ width: nx, height: ny, values: noise(nx * ny, 9 + n) }));
          const coefficients = noise(3 * Math.ceil(width / block) * Math.ceil(height / block), 4);
          convolveVarying(input, { basis, coefficients, block }, fast, { edge });
          convolveVaryingReference(input, { basis, coefficients, block }, slow, { edge });
          expect(fast.data).toEqual(slow.data);
          convolveVarying(input, { basis, coefficients, block }, fast, { edge, square: true });
          convolveVaryingReference(input, { basis, coefficients, block }, slow, { edge, square: true });
          expect(fast.data).toEqual(slow.data);
        }
    });

test('a view with a stride, resident or not, is read and written in place', () => {
  using arena = new KernelArena();
  const whole = noise(50 * 40);
  const resident = arena.float32(50 * 40);
  resident.set(whole);
  const kernels = { x: Float32Array.of(0.25, 0.5, 0.25), y: Float32Array.of(1, 2, 3) };
  const view = (data: Float32Array): Plane => ({ data: data.subarray(3 * 50 + 5), width: 37, height: 30, stride: 50 });
  const expected = plane(37, 30);
  convolveSeparableReference(view(whole), kernels, expected);
  const out = new Float32Array(50 * 40);
  const outResident = arena.float32(50 * 40);
  convolveSeparable(view(whole), kernels, view(out));
  convolveSeparable(view(resident), kernels, view(outResident));
  expect(outResident).toEqual(out);
  for (let j = 0; j < 30; j++)
    expect(out.subarray((3 + j) * 50 + 5, (3 + j) * 50 + 42)).toEqual(expected.data.subarray(j * 37, (j + 1) * 37));
  expect(out[0]).toBe(0);
  expect(out[3 * 50 + 4]).toBe(0);
});

test('a shifted delta kernel shifts, and NaN stays inside the footprint', () => {
  const input = plane(9, 9, new Float32Array(81).fill(1));
  input.data[4 * 9 + 4] = Number.NaN;
  const out = plane(9, 9);
  const values = new Float32Array(9);
  values[5] = 1;
  convolveDense(input, { width: 3, height: 3, values }, out);
  expect(out.data.filter(Number.isNaN)).toHaveLength(9);
  expect(out.data[0]).toBe(1);
  input.data[4 * 9 + 4] = 7;
  convolveDense(input, { width: 3, height: 3, values }, out);
  expect(out.data[4 * 9 + 3]).toBe(7);
});

test('even kernels, missing coefficients and other shapes are refused', () => {
  const input = plane(8, 8);
  expect(() => convolveSeparable(input, { x: new Float32Array(2), y: new Float32Array(1) }, plane(8, 8))).toThrow('odd');
  expect(() => convolveSeparable(input, { x: new Float32Array(1), y: new Float32Array(1) }, plane(8, 7))).toThrow('8 x 8');
  const basis = [{ width: 1, height: 1, values: Float32Array.of(1) }];
  expect(() => convolveVarying(input, { basis, coefficients: new Float32Array(0) }, plane(8, 8))).toThrow('coefficients');
});
