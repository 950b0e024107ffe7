import { medianInPlace } from '../statistics/quantiles.ts';

/** Gives NaN cells the mean of their known neighbours, ring by ring, until none is left; all NaN stays so. */
export function fillGapsInPlace(values: Float32Array, columns: number, rows: number): void {
  if (values.every(Number.isNaN)) return;
  for (let gaps = true; gaps;) {
    gaps = false;
    const before = values.slice();
    for (let k = 0; k < values.length; k++) {
      if (!Number.isNaN(before[k])) continue;
      const near = neighbours(before, k, { columns, rows, half: 1 });
      if (near.length > 0) values[k] = near.reduce((sum, value) => sum + value, 0) / near.length;
      else gaps = true;
    }
  }
}

/**
 * Replaces cells that differ from the median of the square about them by more than their `threshold` by that median.
 *
 * Beyond the edge the mesh goes on as 2 v(edge) - v(mirror), so that slopes are no reason to replace; cells that agree stay
 * as they are, so that curvature is not flattened. `side` odd, 1 for a copy.
 */
export function filterMesh(
  values: Float32Array,
  mesh: { readonly columns: number; readonly rows: number; readonly side: number; readonly threshold: Float32Array },
): Float32Array {
  const { columns, rows, side, threshold } = mesh;
  const half = (side - 1) / 2;
  if (half < 1) return values.slice();
  const along = (index: number, count: number): readonly [number, number] => {
    const edge = index < 0 ? 0 : index >= count ? count - 1 : index;
    return [edge, Math.max(0, Math.min(count - 1, 2 * edge - index))];
  };
  const at = (row: number, column: number): number => {
    const [r, mirrorR] = along(row, rows);
    const [c, mirrorC] = along(column, columns);
    const value = values[r * columns + c];
    return r === row && c === column ? value : 2 * value - values[mirrorR * columns + mirrorC];
  };
  const square = new Float32Array(side * side);
  return values.map((value, k) => {
    for (let n = 0; n < square.length; n++)
      square[n] = at(Math.floor(k / columns) - half + Math.floor(n / side), (k % columns) - half + (n % side));
    const median = medianInPlace(square);
    return Math.abs(value - median) > threshold[k] ? median : value;
  });
}

/** Known values of the cells up to `half` away, the cell itself included. */
function neighbours(
  values: Float32Array,
  at: number,
  mesh: { readonly columns: number; readonly rows: number; readonly half: number },
): number[] {
  const { columns, rows, half } = mesh;
  const column = at % columns;
  const row = Math.floor(at / columns);
  const found: number[] = [];
  for (let r = Math.max(0, row - half); r <= Math.min(rows - 1, row + half); r++)
    for (let c = Math.max(0, column - half); c <= Math.min(columns - 1, column + half); c++) {
      const value = values[r * columns + c];
      if (!Number.isNaN(value)) found.push(value);
    }
  return found;
}
