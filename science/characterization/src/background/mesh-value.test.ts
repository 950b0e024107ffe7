import { expect, test } from 'vitest';
import { meshValueAt } from './mesh-value.ts';

test('a mesh is linear between the middles of its cells and level beyond the outermost', () => {
  const mesh = { columns: 3, rows: 2, cellWidth: 10, cellHeight: 8, values: Float64Array.of(1, 5, 2, 4, 0, 7) };
  expect(meshValueAt(mesh, 4.5, 3.5)).toBe(1);
  expect(meshValueAt(mesh, 9.5, 3.5)).toBe(3);
  expect(meshValueAt(mesh, 14.5, 7.5)).toBe(2.5);
  expect(meshValueAt(mesh, -50, -50)).toBe(1);
  expect(meshValueAt(mesh, 100, 100)).toBe(7);
  expect(meshValueAt({ columns: 1, rows: 1, cellWidth: 10, cellHeight: 8, values: Float64Array.of(3) }, 2, 7)).toBe(3);
});
