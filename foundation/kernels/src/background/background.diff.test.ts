import { afterAll, expect, test } from 'vitest';
import type { Plane } from '../memory/frame.ts';
import { setKernelThreads } from '../threads/threads.ts';
import { measureCellsReference } from './cells-reference.ts';
import { measureCells } from './cells.ts';
import { evaluateSurface, subtractSurface, surfaceReference } from './surface.ts';

afterAll(() => setKernelThreads({ threads: 1 }));

/** Sky of 1000 + gradient with Gaussian noise of 30, and stars on 3 % of the pixels; repeated by any run. */
function sky(width: number, height: number): Plane {
  let state = 99;
  const uniform = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  const data = Float32Array.from({ length: width * height }, (_, k) => {
    const noise = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    return 1000 + 0.05 * (k % width) + 30 * noise + (uniform() < 0.03 ? 5000 * uniform() : 0);
  });
  return { data, width, height, stride: width };
}

function maskOf(width: number, height: number): Plane<Int32Array> {
  return { data: Int32Array.from({ length: width * height }, (_, k) => (k % 13 === 0 ? 2 : 4)), width, height, stride: width };
}

for (const threads of [1, 2])
  test(`cell statistics agree with the reference to 2e-3 sigma, ${threads} threads`, () => {
    setKernelThreads({ threads });
    const input = sky(200, 150);
    input.data[5] = Number.NaN;
    input.data[6] = Number.POSITIVE_INFINITY;
    for (const options of [
      { cellWidth: 64, cellHeight: 64 },
      { cellWidth: 33, cellHeight: 20, mask: maskOf(200, 150), badBits: 2 },
    ]) {
      const fast = measureCells(input, options);
      const slow = measureCellsReference(input, options);
      expect([fast.columns, fast.rows]).toEqual([slow.columns, slow.rows]);
      slow.sigma.forEach((sigma, k) => {
        expect(Math.abs(fast.median[k] - slow.median[k])).toBeLessThan(2e-3 * sigma);
        expect(Math.abs(fast.mean[k] - slow.mean[k])).toBeLessThan(2e-3 * sigma);
        expect(Math.abs(fast.sigma[k] / sigma - 1)).toBeLessThan(2e-3);
        expect(Math.abs(fast.count[k] - slow.count[k])).toBeLessThanOrEqual(2);
      });
    }
  });

test('the level is that of the sky under stars, within three standard errors', () => {
  const { median, sigma, columns } = measureCells(sky(256, 256), { cellWidth: 128, cellHeight: 128 });
  median.forEach((value, k) => {
    const expected = 1000 + 0.05 * ((k % columns) * 128 + 63.5);
    expect(Math.abs(value - expected)).toBeLessThan((3 * 1.25 * 30) / 128 + 0.02 * 30);
    expect(sigma[k] / 30).toBeGreaterThan(0.96);
    expect(sigma[k] / 30).toBeLessThan(1.04);
  });
});

test('empty, constant, single-valued and overflowing cells have defined results', () => {
  const input: Plane = { data: new Float32Array(40).fill(Number.NaN), width: 10, height: 4, stride: 10 };
  for (let j = 0; j < 4; j++) {
    input.data[j * 10 + 2] = 5;
    input.data[j * 10 + 3] = 5;
    input.data.set([3e38, -3e38], j * 10 + 6);
  }
  input.data[4] = 7;
  const cells = measureCells(input, { cellWidth: 2, cellHeight: 4 });
  expect([...cells.count.subarray(0, 3)]).toEqual([0, 8, 1]);
  expect(cells.median[0]).toBeNaN();
  expect([cells.median[1], cells.sigma[1], cells.median[2]]).toEqual([5, 0, 7]);
  expect(cells.count[3]).toBeGreaterThanOrEqual(0);
});

const meshes = [
  { columns: 1, rows: 1, cellWidth: 16, cellHeight: 16, values: Float32Array.of(3) },
  { columns: 2, rows: 1, cellWidth: 16, cellHeight: 8, values: Float32Array.of(3, 5) },
  {
    columns: 5,
    rows: 4,
    cellWidth: 13,
    cellHeight: 11,
    values: Float32Array.from({ length: 20 }, (_, k) => 1000 + 40 * Math.sin(k * 1.7)),
  },
  { columns: 9, rows: 7, cellWidth: 8, cellHeight: 9, values: Float32Array.from({ length: 63 }, (_, k) => Math.cos(k)) },
];

for (const mesh of meshes)
  test(`the spline surface of ${mesh.columns} x ${mesh.rows} cells equals the reference and subtracts in place`, () => {
    const width = mesh.columns * mesh.cellWidth - 3;
    const height = mesh.rows * mesh.cellHeight - 2;
    const output: Plane = { data: new Float32Array(width * height), width, height, stride: width };
    evaluateSurface(mesh, output);
    const scale = mesh.values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    for (let y = 0; y < height; y += 2)
      for (let x = 0; x < width; x++)
        expect(Math.abs(output.data[y * width + x] - surfaceReference(mesh, x, y))).toBeLessThan(4 * 1.2e-7 * scale + 1e-6);
    const copy = { ...output, data: output.data.slice() };
    subtractSurface(copy, mesh, copy);
    for (const value of copy.data) expect(value).toBe(0);
  });

test('law: a plane is its own spline, beyond the outer centres too', () => {
  const mesh = { columns: 6, rows: 5, cellWidth: 10, cellHeight: 12, values: new Float32Array(30) };
  const level = (x: number, y: number): number => 3 + 0.25 * x - 0.125 * y;
  for (let r = 0; r < 5; r++) for (let c = 0; c < 6; c++) mesh.values[r * 6 + c] = level(c * 10 + 4.5, r * 12 + 5.5);
  const output: Plane = { data: new Float32Array(60 * 60), width: 60, height: 60, stride: 60 };
  evaluateSurface(mesh, output);
  for (let y = 0; y < 60; y++) for (let x = 0; x < 60; x++) expect(output.data[y * 60 + x]).toBeCloseTo(level(x, y), 4);
});
