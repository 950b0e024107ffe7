import type { Vec3 } from '../vector/vec3.ts';
import { separationFromChord2, type SkyColumns, unitColumn } from './unit-column.ts';

/**
 * An index of positions for cone searches and nearest neighbours: a balanced k-d tree over unit vectors in two flat arrays.
 * The arrays alone are the index, so they may be stored or shared between threads.
 */
export interface SphereTree {
  /** Row numbers in tree order. */
  readonly rows: Int32Array;
  /** Unit vectors in tree order, x y z one after another. */
  readonly units: Float64Array;
}

export interface Neighbour {
  readonly row: number;
  /** Separation [rad]. */
  readonly separation: number;
}

const LEAF = 16;

/**
 * Builds the index. Rows that are not finite are left out.
 *
 * @remarks n log n by selection around medians, axes x, y, z in turn; a million rows take about half a second.
 */
export function buildSphereTree(columns: SkyColumns): SphereTree {
  const all = unitColumn(columns);
  const n = columns.lon.length;
  let count = 0;
  const rows = new Int32Array(n);
  const units = new Float64Array(3 * n);
  for (let i = 0; i < n; i++) {
    if (!(Number.isFinite(all[3 * i]) && Number.isFinite(all[3 * i + 2]))) continue;
    rows[count] = i;
    units[3 * count] = all[3 * i];
    units[3 * count + 1] = all[3 * i + 1];
    units[3 * count + 2] = all[3 * i + 2];
    count++;
  }
  const tree = { rows: rows.subarray(0, count), units: units.subarray(0, 3 * count) };
  partition(tree, 0, count - 1, 0);
  return tree;
}

function partition(tree: SphereTree, left: number, right: number, axis: number): void {
  if (right - left <= LEAF) return;
  const middle = (left + right) >>> 1;
  select(tree, middle, left, right, axis);
  const nextAxis = axis === 2 ? 0 : axis + 1;
  partition(tree, left, middle - 1, nextAxis);
  partition(tree, middle + 1, right, nextAxis);
}

/** Moves the k-th smallest to place k with smaller before and greater after (Floyd and Rivest 1975, algorithm 489). */
function select(tree: SphereTree, k: number, from: number, to: number, axis: number): void {
  const { units } = tree;
  let left = from;
  let right = to;
  while (right > left) {
    if (right - left > 600) {
      const n = right - left + 1;
      const m = k - left + 1;
      const z = Math.log(n);
      const s = 0.5 * Math.exp((2 * z) / 3);
      const sd = 0.5 * Math.sqrt((z * s * (n - s)) / n) * (m - n / 2 < 0 ? -1 : 1);
      select(tree, k, Math.max(left, Math.floor(k - (m * s) / n + sd)), Math.min(right, Math.floor(k + ((n - m) * s) / n + sd)), axis);
    }
    const pivot = units[3 * k + axis];
    let i = left;
    let j = right;
    swap(tree, left, k);
    if (units[3 * right + axis] > pivot) swap(tree, left, right);
    while (i < j) {
      swap(tree, i, j);
      i++;
      j--;
      while (units[3 * i + axis] < pivot) i++;
      while (units[3 * j + axis] > pivot) j--;
    }
    if (units[3 * left + axis] === pivot) swap(tree, left, j);
    else {
      j++;
      swap(tree, j, right);
    }
    if (j <= k) left = j + 1;
    if (k <= j) right = j - 1;
  }
}

function swap({ rows, units }: SphereTree, i: number, j: number): void {
  const row = rows[i];
  rows[i] = rows[j];
  rows[j] = row;
  for (let axis = 0; axis < 3; axis++) {
    const value = units[3 * i + axis];
    units[3 * i + axis] = units[3 * j + axis];
    units[3 * j + axis] = value;
  }
}

/** Rows within `radius` [rad] of a unit vector, in no particular order. */
export function rowsWithin(tree: SphereTree, center: Vec3, radius: number): number[] {
  const found: number[] = [];
  if (!(radius >= 0)) return found;
  const sinHalf = Math.sin(Math.min(radius, Math.PI) / 2);
  const limit = 4 * sinHalf * sinHalf;
  const chord = 2 * sinHalf;
  const target = [center.x, center.y, center.z];
  const { rows, units } = tree;
  const stack = [0, rows.length - 1, 0];
  while (stack.length > 0) {
    const axis = stack.pop()!;
    const right = stack.pop()!;
    const left = stack.pop()!;
    if (right - left <= LEAF) {
      for (let i = left; i <= right; i++) if (chord2To(units, i, center) <= limit) found.push(rows[i]);
      continue;
    }
    const middle = (left + right) >>> 1;
    if (chord2To(units, middle, center) <= limit) found.push(rows[middle]);
    const offset = target[axis] - units[3 * middle + axis];
    const nextAxis = axis === 2 ? 0 : axis + 1;
    if (offset <= chord) stack.push(left, middle - 1, nextAxis);
    if (offset >= -chord) stack.push(middle + 1, right, nextAxis);
  }
  return found;
}

/** The `k` nearest rows, nearest first, not farther than `maxRadius` [rad]. Ties go to the smaller row. */
export function nearestRows(tree: SphereTree, center: Vec3, k: number = 1, maxRadius: number = Math.PI): readonly Neighbour[] {
  const sinHalf = Math.sin(Math.min(maxRadius, Math.PI) / 2);
  const best: { row: number; chord2: number }[] = [];
  const target = [center.x, center.y, center.z];
  let limit = 4 * sinHalf * sinHalf;
  const offer = (at: number): void => {
    const candidate = { row: tree.rows[at], chord2: chord2To(tree.units, at, center) };
    if (candidate.chord2 > limit) return;
    let place = best.length;
    while (place > 0 && closer(candidate, best[place - 1])) place--;
    if (place >= k) return;
    best.splice(place, 0, candidate);
    if (best.length > k) best.pop();
    if (best.length === k) limit = best[k - 1].chord2;
  };
  const visit = (left: number, right: number, axis: number): void => {
    if (right - left <= LEAF) {
      for (let i = left; i <= right; i++) offer(i);
      return;
    }
    const middle = (left + right) >>> 1;
    const offset = target[axis] - tree.units[3 * middle + axis];
    const nextAxis = axis === 2 ? 0 : axis + 1;
    if (offset <= 0) visit(left, middle - 1, nextAxis);
    else visit(middle + 1, right, nextAxis);
    offer(middle);
    if (offset * offset > limit) return;
    if (offset <= 0) visit(middle + 1, right, nextAxis);
    else visit(left, middle - 1, nextAxis);
  };
  if (k > 0 && maxRadius >= 0) visit(0, tree.rows.length - 1, 0);
  return best.map(({ row, chord2 }) => ({ row, separation: separationFromChord2(chord2) }));
}

function closer(p: { row: number; chord2: number }, q: { row: number; chord2: number }): boolean {
  return p.chord2 < q.chord2 || (p.chord2 === q.chord2 && p.row < q.row);
}

function chord2To(units: Float64Array, at: number, v: Vec3): number {
  const dx = units[3 * at] - v.x;
  const dy = units[3 * at + 1] - v.y;
  const dz = units[3 * at + 2] - v.z;
  return dx * dx + dy * dy + dz * dz;
}
