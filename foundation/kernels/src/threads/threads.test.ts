import { BugError } from '@almagest/errors';
import { afterEach, expect, test } from 'vitest';
import { convolveSeparable } from '../convolution/convolve.ts';
import { kernelBytesInUse } from '../memory/arena.ts';
import type { Plane } from '../memory/frame.ts';
import { kernelThreads, type KernelWorkerStart, runKernel, setKernelThreads, splitRows } from './threads.ts';

afterEach(() => setKernelThreads({ threads: 1 }));

function plane(width: number, height: number): Plane {
  return { data: new Float32Array(width * height).fill(1), width, height, stride: width };
}

test('workers are made once, by the function given, and ended when no longer wanted', () => {
  let alive = 0;
  const starts: KernelWorkerStart[] = [];
  const createWorker = (start: KernelWorkerStart): { terminate(): void } => {
    starts.push(start);
    alive++;
    return { terminate: () => void alive-- };
  };
  setKernelThreads({ threads: 3, createWorker });
  setKernelThreads({ threads: 3, createWorker });
  expect([kernelThreads(), starts.length, alive]).toEqual([3, 2, 2]);
  expect(starts[0].source).toContain('Atomics.wait');
  // Idle workers that never answer cost nothing: the caller takes all calls itself.
  const [input, output] = [plane(50, 300), plane(50, 300)];
  convolveSeparable(input, { x: Float32Array.of(2), y: Float32Array.of(3) }, output);
  expect(output.data.every((value) => value === 6)).toBe(true);
  setKernelThreads({ threads: 1 });
  expect([kernelThreads(), alive]).toEqual([1, 0]);
});

test('many jobs in a row with more workers than cores give the same result every time', () => {
  setKernelThreads({ threads: 4 });
  const input = plane(64, 512);
  input.data.forEach((_, k) => (input.data[k] = Math.sin(k)));
  const first = plane(64, 512);
  const kernels = { x: Float32Array.of(1, 2, 3), y: Float32Array.of(1, -1, 1) };
  convolveSeparable(input, kernels, first);
  for (let round = 0; round < 300; round++) {
    const output = plane(64, 512);
    convolveSeparable(input, kernels, output);
    if (round % 50 === 0) expect(output.data).toEqual(first.data);
  }
  expect(kernelBytesInUse()).toBe(0);
});

test('a trap in any thread is reported after all calls are done, and the threads go on working', () => {
  setKernelThreads({ threads: 3 });
  // Row addresses beyond the memory.
  const calls = Array.from({ length: 40 }, () => [2 ** 32 - 64, 4096, 64, 64, 2 ** 32 - 64, 4096, 0, 64, 2 ** 32 - 4096]);
  expect(() => runKernel('laplacianRows', calls)).toThrow(BugError);
  const [input, output] = [plane(20, 200), plane(20, 200)];
  convolveSeparable(input, { x: Float32Array.of(1), y: Float32Array.of(1) }, output);
  expect(output.data).toEqual(input.data);
  expect(() => runKernel('noSuchKernel', [])).toThrow('noSuchKernel');
});

test('bands cover all rows once, at multiples of the unit', () => {
  for (const threads of [1, 3]) {
    setKernelThreads({ threads });
    for (const height of [1, 15, 16, 64, 1000, 4096])
      for (const options of [{}, { unit: 8 }, { minimum: 100 }, { minimum: 32, unit: 32 }]) {
        const bands = splitRows(height, options);
        expect(bands[0][0]).toBe(0);
        expect(bands.at(-1)?.[1]).toBe(height);
        bands.slice(1).forEach(([start], k) => {
          expect(start).toBe(bands[k][1]);
          expect(start % (options.unit ?? 1)).toBe(0);
        });
      }
  }
});
