import type { SurfaceMesh } from '@almagest/kernels';

/** Value of a mesh at a place, linear between the middles of its cells; that of the outermost cells beyond them. */
export function meshValueAt({ values, columns, rows, cellWidth, cellHeight }: SurfaceMesh, x: number, y: number): number {
  const u = Math.max(0, Math.min(columns - 1, (x + 0.5) / cellWidth - 0.5)) || 0;
  const v = Math.max(0, Math.min(rows - 1, (y + 0.5) / cellHeight - 0.5)) || 0;
  const [i, j] = [Math.min(columns - 1, Math.floor(u)), Math.min(rows - 1, Math.floor(v))];
  const [i1, j1] = [Math.min(columns - 1, i + 1), Math.min(rows - 1, j + 1)];
  const [s, t] = [u - i, v - j];
  const top = (1 - s) * values[j * columns + i] + s * values[j * columns + i1];
  const bottom = (1 - s) * values[j1 * columns + i] + s * values[j1 * columns + i1];
  return (1 - t) * top + t * bottom;
}
