import { NumericsShapeError } from '../errors.ts';

/** A static k-d tree over points; the arrays are the tree (median at the middle of each stretch). */
export interface KdTree {
  readonly dimensions: number;
  /** Coordinates in tree order, interleaved. */
  readonly coordinates: Float64Array;
  /** Index of each tree slot's point in the input. */
  readonly ids: Uint32Array;
  readonly leafSize: number;
}

/**
 * Builds a k-d tree over n points in any small number of dimensions.
 *
 * @param points - Interleaved coordinates (x0, y0, x1, y1 ...). Not modified. Points with a NaN coordinate are not indexed.
 * @remarks n log n; about 0.25 s for a million points in two dimensions.
 */
export function buildKdTree(points: Float64Array, dimensions = 2, leafSize = 16): KdTree {
  if (!(dimensions >= 1) || points.length % dimensions !== 0)
    throw new NumericsShapeError(`expected a multiple of ${dimensions} coordinates; found ${points.length}`, {
      details: { expected: `multiple of ${dimensions}`, found: String(points.length) },
    });
  const total = points.length / dimensions;
  const ids = new Uint32Array(total);
  let n = 0;
  for (let i = 0; i < total; i++) {
    let finite = true;
    for (let d = 0; d < dimensions; d++) if (Number.isNaN(points[i * dimensions + d])) finite = false;
    if (finite) ids[n++] = i;
  }
  const coordinates = new Float64Array(n * dimensions);
  for (let k = 0; k < n; k++) for (let d = 0; d < dimensions; d++) coordinates[k * dimensions + d] = points[ids[k] * dimensions + d];
  const tree = { dimensions, coordinates, ids: ids.subarray(0, n), leafSize };
  sortStretch(tree, 0, n - 1, 0);
  return tree;
}

function sortStretch(tree: KdTree, left: number, right: number, axis: number): void {
  if (right - left <= tree.leafSize) return;
  const middle = (left + right) >> 1;
  select(tree, middle, left, right, axis);
  const next = (axis + 1) % tree.dimensions;
  sortStretch(tree, left, middle - 1, next);
  sortStretch(tree, middle + 1, right, next);
}

/** Floyd and Rivest's selection over slots. */
function select(tree: KdTree, k: number, left: number, right: number, axis: number): void {
  const { coordinates: c, dimensions: dim } = tree;
  while (right > left) {
    if (right - left > 600) {
      const n = right - left + 1;
      const m = k - left + 1;
      const z = Math.log(n);
      const s = 0.5 * Math.exp((2 * z) / 3);
      const sd = 0.5 * Math.sqrt((z * s * (n - s)) / n) * (m - n / 2 < 0 ? -1 : 1);
      select(tree, k, Math.max(left, Math.floor(k - (m * s) / n + sd)), Math.min(right, Math.floor(k + ((n - m) * s) / n + sd)), axis);
    }
    const t = c[k * dim + axis];
    let i = left;
    let j = right;
    swapSlots(tree, left, k);
    if (c[right * dim + axis] > t) swapSlots(tree, left, right);
    while (i < j) {
      swapSlots(tree, i, j);
      i++;
      j--;
      while (c[i * dim + axis] < t) i++;
      while (c[j * dim + axis] > t) j--;
    }
    if (c[left * dim + axis] === t) swapSlots(tree, left, j);
    else {
      j++;
      swapSlots(tree, j, right);
    }
    if (j <= k) left = j + 1;
    if (k <= j) right = j - 1;
  }
}

function swapSlots({ coordinates, ids, dimensions }: KdTree, i: number, j: number): void {
  const id = ids[i];
  ids[i] = ids[j];
  ids[j] = id;
  for (let d = 0; d < dimensions; d++) {
    const value = coordinates[i * dimensions + d];
    coordinates[i * dimensions + d] = coordinates[j * dimensions + d];
    coordinates[j * dimensions + d] = value;
  }
}

/**
 * Calls `visit(id, squaredDistance)` for every point within a radius (inclusive) of a position.
 *
 * @param position - `dimensions` coordinates from `offset`.
 */
export function visitWithin(
  tree: KdTree,
  position: ArrayLike<number>,
  radius: number,
  visit: (id: number, squaredDistance: number) => void,
  offset = 0,
): void {
  const { coordinates: c, ids, dimensions: dim, leafSize } = tree;
  const limit = radius * radius;
  const stack = [0, ids.length - 1, 0];
  while (stack.length > 0) {
    const axis = stack.pop() as number;
    const right = stack.pop() as number;
    const left = stack.pop() as number;
    if (right - left <= leafSize) {
      for (let k = left; k <= right; k++) {
        const d2 = squaredDistance(c, k * dim, position, offset, dim);
        if (d2 <= limit) visit(ids[k], d2);
      }
      continue;
    }
    const middle = (left + right) >> 1;
    const d2 = squaredDistance(c, middle * dim, position, offset, dim);
    if (d2 <= limit) visit(ids[middle], d2);
    const next = (axis + 1) % dim;
    const t = position[offset + axis];
    const split = c[middle * dim + axis];
    if (t - radius <= split) stack.push(left, middle - 1, next);
    if (t + radius >= split) stack.push(middle + 1, right, next);
  }
}

/** Ids of the points within a radius, unordered. */
export function findWithin(tree: KdTree, position: ArrayLike<number>, radius: number): number[] {
  const out: number[] = [];
  visitWithin(tree, position, radius, (id) => out.push(id));
  return out;
}

export interface Neighbour {
  readonly id: number;
  readonly distance: number;
}

/** The nearest `count` points, nearest first, none farther than `maxDistance`; equal distances by smaller id. */
export function findNearest(
  tree: KdTree,
  position: ArrayLike<number>,
  count = 1,
  maxDistance: number = Number.POSITIVE_INFINITY,
): Neighbour[] {
  const best: { id: number; d2: number }[] = [];
  let limit = maxDistance * maxDistance;
  const offer = (id: number, d2: number): void => {
    if (d2 > limit) return;
    let at = best.length;
    while (at > 0 && (best[at - 1].d2 > d2 || (best[at - 1].d2 === d2 && best[at - 1].id > id))) at--;
    if (at >= count) return;
    best.splice(at, 0, { id, d2 });
    if (best.length > count) best.pop();
    if (best.length === count) limit = Math.min(limit, best[count - 1].d2);
  };
  descend(tree, position, 0, tree.ids.length - 1, 0, offer, () => limit);
  return best.map(({ id, d2 }) => ({ id, distance: Math.sqrt(d2) }));
}

function descend(
  tree: KdTree,
  position: ArrayLike<number>,
  left: number,
  right: number,
  axis: number,
  offer: (id: number, d2: number) => void,
  limit: () => number,
): void {
  const { coordinates: c, ids, dimensions: dim, leafSize } = tree;
  if (right - left <= leafSize) {
    for (let k = left; k <= right; k++) offer(ids[k], squaredDistance(c, k * dim, position, 0, dim));
    return;
  }
  const middle = (left + right) >> 1;
  const next = (axis + 1) % dim;
  const ahead = position[axis] - c[middle * dim + axis];
  if (ahead <= 0) descend(tree, position, left, middle - 1, next, offer, limit);
  else descend(tree, position, middle + 1, right, next, offer, limit);
  offer(ids[middle], squaredDistance(c, middle * dim, position, 0, dim));
  if (ahead * ahead > limit()) return;
  if (ahead <= 0) descend(tree, position, middle + 1, right, next, offer, limit);
  else descend(tree, position, left, middle - 1, next, offer, limit);
}

function squaredDistance(c: Float64Array, at: number, position: ArrayLike<number>, offset: number, dim: number): number {
  let sum = 0;
  for (let d = 0; d < dim; d++) sum += (c[at + d] - position[offset + d]) ** 2;
  return sum;
}
