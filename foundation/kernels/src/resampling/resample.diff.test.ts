import { afterAll, expect, test } from 'vitest';
import type { Plane } from '../memory/frame.ts';
import { setKernelThreads } from '../threads/threads.ts';
import { resampleReference } from './resample-reference.ts';
import { type MappingGrid, resample, type ResampleRequest } from './resample.ts';
import type { ResamplingKernel } from './weights.ts';

afterAll(() => setKernelThreads({ threads: 1 }));

const kernels: ResamplingKernel[] = ['bilinear', 'lanczos3', 'lanczos5'];

function gridOf(
  width: number,
  height: number,
  cell: number,
  map: (x: number, y: number) => readonly [number, number, number],
): MappingGrid {
  const columns = Math.ceil(width / cell) + 1;
  const rows = Math.ceil(height / cell) + 1;
  const nodes = new Float64Array(4 * columns * rows);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) nodes.set(map(c * cell, r * cell), 4 * (r * columns + c));
  return { cell, columns, rows, nodes };
}

function plane(width: number, height: number, value: (k: number) => number = () => 0): Plane {
  return { data: Float32Array.from({ length: width * height }, (_, k) => value(k)), width, height, stride: width };
}

function request(
  kernel: ResamplingKernel,
  grid: MappingGrid,
  size: readonly [number, number],
  out: readonly [number, number],
): ResampleRequest {
  const [w, h] = size;
  const ints = (width: number, height: number, value: (k: number) => number): Plane<Int32Array> => ({
    data: Int32Array.from({ length: width * height }, (_, k) => value(k)),
    width,
    height,
    stride: width,
  });
  return {
    kernel,
    grid,
    input: plane(w, h, (k) => 100 + 30 * Math.sin(k * 7.77)),
    output: plane(...out),
    variance: { input: plane(w, h, (k) => 4 + Math.cos(k * 3.3)), output: plane(...out) },
    mask: { input: ints(w, h, (k) => (k % 17 === 0 ? 1 << (k % 5) : 0)), output: ints(...out, () => -1), noDataBits: 256 },
  };
}

for (const kernel of kernels)
  for (const threads of [1, 2])
    test(`${kernel} equals the reference to 4e-6 of the pixel values, mask bits exactly, ${threads} threads`, () => {
      setKernelThreads({ threads });
      const turn = gridOf(90, 77, 16, (x, y) => [0.97 * x + 0.2 * y - 6.3, -0.21 * x + 1.03 * y + 9.1 + 1e-3 * x * y, 1.05 + 1e-3 * x]);
      const fast = request(kernel, turn, [80, 70], [90, 77]);
      const slow = request(kernel, turn, [80, 70], [90, 77]);
      resample(fast);
      resampleReference(slow);
      let finite = 0;
      slow.output.data.forEach((value, k) => {
        if (Number.isNaN(value)) expect(fast.output.data[k]).toBeNaN();
        else {
          finite++;
          expect(Math.abs(fast.output.data[k] - value)).toBeLessThan(4e-6 * 140);
          expect(Math.abs((fast.variance?.output.data[k] ?? 0) - (slow.variance?.output.data[k] ?? 0))).toBeLessThan(4e-6 * 5);
        }
      });
      expect(finite).toBeGreaterThan(2000);
      expect(fast.mask?.output.data).toEqual(slow.mask?.output.data);
    });

test('large images, worked on in strips, with and without rotation, equal the reference', () => {
  for (const angle of [0.02, 1.2, 3.1]) {
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    const grid = gridOf(150, 420, 32, (x, y) => [160 + c * (x - 75) - s * (y - 210), 180 + s * (x - 75) + c * (y - 210), 1]);
    const fast = request('lanczos3', grid, [320, 360], [150, 420]);
    const slow = request('lanczos3', grid, [320, 360], [150, 420]);
    resample(fast);
    resampleReference(slow);
    let worst = 0;
    slow.output.data.forEach((value, k) => {
      expect(Number.isNaN(fast.output.data[k])).toBe(Number.isNaN(value));
      worst = Math.max(worst, Math.abs(fast.output.data[k] - value) || 0);
    });
    expect(worst).toBeLessThan(4e-6 * 140);
    expect(fast.mask?.output.data).toEqual(slow.mask?.output.data);
  }
});

test('a whole shift copies pixels, the last column and row of a bilinear map included', () => {
  const grid = gridOf(8, 6, 4, (x, y) => [x + 2, y + 1, 1]);
  const r = request('bilinear', grid, [10, 7], [8, 6]);
  resample(r);
  for (let j = 0; j < 6; j++) for (let i = 0; i < 8; i++) expect(r.output.data[j * 8 + i]).toBe(r.input.data[(j + 1) * 10 + i + 2]);
  expect(r.mask?.output.data[0]).toBe(r.mask?.input.data[12]);
});

test('nodes of NaN or far away make pixels without data, and do not trap', () => {
  const bad: [number, number][] = [
    [Number.NaN, 3],
    [1e300, 3],
    [3, Number.NEGATIVE_INFINITY],
    [-5, -5],
  ];
  for (const [x, y] of bad) {
    const r = request(
      'lanczos3',
      gridOf(5, 5, 4, () => [x, y, 1]),
      [20, 20],
      [5, 5],
    );
    resample(r);
    expect(r.output.data.every(Number.isNaN)).toBe(true);
    expect(r.mask?.output.data.every((bits) => bits === 256)).toBe(true);
  }
});

test('a constant stays constant to 2e-6 under all kernels', () => {
  for (const kernel of kernels) {
    const grid = gridOf(20, 20, 8, (x, y) => [x + 6.37, y + 7.81, 1]);
    const flat = request(kernel, grid, [40, 40], [20, 20]);
    flat.input.data.fill(1000);
    resample(flat);
    for (const value of flat.output.data) expect(Math.abs(value - 1000)).toBeLessThan(2e-3);
  }
});

test('a grid too small and planes of other shapes are refused', () => {
  const grid = gridOf(8, 8, 4, (x, y) => [x, y, 1]);
  expect(() => resample(request('lanczos3', grid, [9, 9], [20, 8]))).toThrow('nodes');
  const r = request('lanczos3', grid, [9, 9], [8, 8]);
  expect(() => resample({ ...r, variance: { input: plane(3, 3), output: plane(8, 8) } })).toThrow('9 x 9');
});
