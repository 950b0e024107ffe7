import { expect, test } from 'vitest';
import { createRandom } from '../random/random.ts';
import { buildKdTree, findNearest, findWithin } from './kd-tree.ts';

test.each([
  [2, 1000],
  [2, 5],
  [3, 3000],
  [4, 800],
])('in %d dimensions and for %d points finds what a full search finds', (dimensions, count) => {
  const random = createRandom(`tree ${dimensions} ${count}`);
  const points = Float64Array.from({ length: count * dimensions }, () => Math.round(random.uniform(0, 40)) / 4);
  const tree = buildKdTree(points, dimensions, 8);
  for (let trial = 0; trial < 40; trial++) {
    const at = Float64Array.from({ length: dimensions }, () => random.uniform(-1, 11));
    const distance = Float64Array.from({ length: count }, (_, i) => {
      let sum = 0;
      for (let d = 0; d < dimensions; d++) sum += (points[i * dimensions + d] - at[d]) ** 2;
      return Math.sqrt(sum);
    });
    const all = [...distance.keys()];
    expect(findWithin(tree, at, 2).toSorted((a, b) => a - b)).toEqual(all.filter((i) => distance[i] <= 2));
    const nearest = all.toSorted((a, b) => distance[a] - distance[b] || a - b).slice(0, 7);
    expect(findNearest(tree, at, 7).map((n) => n.distance)).toEqual(nearest.map((i) => distance[i]));
  }
});

test('an empty tree finds nothing, points with NaN are left out', () => {
  expect(findNearest(buildKdTree(new Float64Array(0)), [0, 0])).toEqual([]);
  expect(findWithin(buildKdTree(new Float64Array([Number.NaN, 0, 1, 1])), [1, 1], 9)).toEqual([1]);
});

test('a limit on distance holds', () => {
  expect(findNearest(buildKdTree(new Float64Array([0, 0, 3, 0])), [0, 0], 5, 2).map((n) => n.id)).toEqual([0]);
});

test('a hundred thousand equal points are built and found in time', () => {
  const tree = buildKdTree(new Float64Array(200_000).fill(1));
  expect(findNearest(tree, [1, 1])[0].distance).toBe(0);
});

test('coordinates that do not divide by the dimensions are refused', () => {
  expect(() => buildKdTree(new Float64Array(3), 2)).toThrow(expect.objectContaining({ code: 'numerics.bad-shape' }));
});
