import { expect, test } from 'vitest';
import { copySoundInto, divideByMeshInPlace, divideByMeshReference, hasNonFinite } from './divide.ts';

test('division by a mesh is that of its definition, in odd sizes and with cells that do not fit (1e-5)', () => {
  for (const [width, height, columns, rows, cell] of [
    [203, 77, 4, 2, 64],
    [64, 64, 1, 1, 64],
    [131, 40, 9, 3, 16],
  ] as const) {
    const mesh = {
      columns,
      rows,
      cellWidth: cell,
      cellHeight: cell,
      values: Float64Array.from({ length: columns * rows }, (_, k) => 3 + Math.sin(7 * k)),
    };
    const stride = width + 5;
    const data = Float32Array.from({ length: stride * height }, (_, k) => Math.cos(k));
    const before = data.slice();
    const across = Float32Array.from({ length: width }, (_, x) => 1 + x / width);
    const down = Float32Array.from({ length: height }, (_, y) => 2 - y / height);
    divideByMeshInPlace({ data, width, height, stride }, mesh, across, down);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const wanted = (before[y * stride + x] * across[x] * down[y]) / divideByMeshReference(mesh, x, y);
        expect(Math.abs(data[y * stride + x] - wanted)).toBeLessThan(1e-5 * Math.max(0.1, Math.abs(wanted)));
      }
    expect(data[width]).toBe(before[width]);
  }
});

test('a NaN or an infinity is seen wherever it lies', () => {
  for (const at of [0, 5, 130, 500, 1023])
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const data = new Float32Array(1024);
      const plane = { data, width: 31, height: 33, stride: 31 };
      expect(hasNonFinite(plane)).toBe(false);
      data[at] = value;
      expect(hasNonFinite(plane)).toBe(at < 31 * 33);
    }
});

test('what is flagged or not finite is copied as 0, everything else as it is', () => {
  const [width, height, stride] = [37, 21, 40];
  const data = Float32Array.from({ length: stride * height }, (_, k) =>
    k % 11 === 0 ? Number.NaN : k % 13 === 0 ? Number.NEGATIVE_INFINITY : k,
  );
  const bits = Int32Array.from({ length: width * height }, (_, k) => k % 7);
  const output = { data: new Float32Array(width * height).fill(-1), width, height, stride: width };
  const input = { data, width, height, stride };
  for (const mask of [undefined, { data: bits, width, height, stride: width }]) {
    copySoundInto(input, { mask, badBits: 2 }, output);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const value = data[y * stride + x];
        const bad = !Number.isFinite(value) || (mask !== undefined && (bits[y * width + x] & 2) !== 0);
        expect(output.data[y * width + x]).toBe(bad ? 0 : value);
      }
  }
});
