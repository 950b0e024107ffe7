import { expect, test } from 'vitest';
import { splitGroup } from './component-tree.ts';

const side = 40;

/** A map with Gaussian sources, and the pixels above a level. */
function scene(
  sources: readonly (readonly [x: number, y: number, peak: number, sigma: number])[],
  level: number,
): { map: Float32Array; found: Int32Array } {
  const map = Float32Array.from({ length: side * side }, (_, k) =>
    sources.reduce(
      (sum, [x, y, peak, sigma]) => sum + peak * Math.exp(-(((k % side) - x) ** 2 + (Math.floor(k / side) - y) ** 2) / (2 * sigma * sigma)),
      0,
    ),
  );
  return { map, found: Int32Array.from(map.keys()).filter((k) => map[k] > level) };
}

const rule = { contrast: 0.001, prominence: 2, poisson: 0, maxPeaks: 10 };
const split = ({ map, found }: ReturnType<typeof scene>, part: Partial<typeof rule> = {}) =>
  splitGroup(map, side, found, { ...rule, ...part }, { owner: new Int32Array(side * side) });

test('one source is one leaf with all its pixels', () => {
  const { peaks, leaves } = split(scene([[20, 20, 50, 2]], 5));
  expect([...peaks]).toEqual([20 * side + 20]);
  expect(new Set(leaves)).toEqual(new Set([0]));
});

test('two sources with a valley between them are two leaves, the higher first, each with its own pixels', () => {
  const { peaks, leaves, pixels, saddles } = split(
    scene(
      [
        [16, 20, 30, 2],
        [24, 20, 60, 2],
      ],
      3,
    ),
  );
  expect([...peaks]).toEqual([20 * side + 24, 20 * side + 16]);
  for (const [k, p] of pixels.entries()) if (p % side !== 20 && p % side !== 19) expect(leaves[k]).toBe(p % side > 19 ? 0 : 1);
  expect(saddles[0]).toBe(saddles[1]);
});

test('a peak that rises less above its saddle than the rule wants joins its neighbour', () => {
  const sources = [
    [16, 20, 30, 2],
    [21, 20, 31, 2],
  ] as const;
  expect(split(scene(sources, 3)).peaks).toHaveLength(2);
  expect(split(scene(sources, 3), { prominence: 20 }).peaks).toHaveLength(1);
  expect(split(scene(sources, 3), { contrast: 0.6 }).peaks).toHaveLength(1);
});

test('three in a row: a small one between two large ones keeps its pixels', () => {
  const { peaks, leaves, pixels } = split(
    scene(
      [
        [10, 20, 60, 2],
        [19, 20, 25, 2],
        [28, 20, 60, 2],
      ],
      2,
    ),
  );
  expect(peaks).toHaveLength(3);
  expect(leaves[pixels.indexOf(20 * side + 19)]).toBe(2);
});

test('working space is zero again afterwards', () => {
  const owner = new Int32Array(side * side);
  const { map, found } = scene(
    [
      [16, 20, 30, 2],
      [24, 20, 60, 2],
    ],
    3,
  );
  splitGroup(map, side, found, rule, { owner });
  expect(owner.every((value) => value === 0)).toBe(true);
});

test('of many peaks the highest are kept', () => {
  const { peaks } = split(
    scene(
      [
        [8, 8, 40, 1.5],
        [8, 16, 30, 1.5],
        [8, 24, 20, 1.5],
      ],
      0.0001,
    ),
    { maxPeaks: 2 },
  );
  expect([...peaks]).toEqual([8 * side + 8, 16 * side + 8]);
});
