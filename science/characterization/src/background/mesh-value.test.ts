import { expect, test } from 'vitest';
import { meshRowInto, meshValueAt } from './mesh-value.ts';

test('a row of a mesh has the values of its places', () => {
  const mesh = { columns: 3, rows: 2, cellWidth: 10, cellHeight: 8, values: Float64Array.of(1, 5, 2, 4, 0, 7) };
  for (const width of [30, 27]) {
    const line = new Float64Array(width);
    for (let y = 0; y < 16; y++) {
      meshRowInto(mesh, y, line);
      for (let x = 0; x < width; x++) expect(line[x]).toBeCloseTo(meshValueAt(mesh, x, y), 9);
    }
  }
  const one = { columns: 1, rows: 1, cellWidth: 10, cellHeight: 8, values: Float64Array.of(3) };
  const line = new Float64Array(10);
  meshRowInto(one, 2, line);
  expect(line.every((value) => value === 3)).toBe(true);
});
