import { assert, double, integer, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { kernelBytesInUse } from '../memory/arena.ts';
import type { Plane } from '../memory/frame.ts';
import { labelReference } from './label-reference.ts';
import { labelAbove, type LabelRequest, type Labels, paintLabelsInto } from './label.ts';

function plane(width: number, height: number, seed: number): Plane {
  let state = seed;
  const data = Float32Array.from({ length: width * height }, () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  });
  return { data, width, height, stride: width };
}

function expectSame(request: LabelRequest): Labels {
  const fast = labelAbove(request);
  const slow = labelReference(request);
  expect(fast.count).toBe(slow.count);
  expect(fast.runs).toEqual(slow.runs);
  slow.sums.forEach((value, k) => expect(Math.abs(fast.sums[k] - value)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(value))));
  return fast;
}

test('law, seed 21: groups of random pixels are those of the flood fill, whatever the density', () => {
  assert(
    property(
      record({
        width: integer({ min: 1, max: 70 }),
        height: integer({ min: 1, max: 40 }),
        seed: integer({ min: 1, max: 1e6 }),
        level: double({ min: 0, max: 1, noNaN: true }),
      }),
      ({ width, height, seed, level }) => {
        expectSame({ input: plane(width, height, seed), threshold: level });
      },
    ),
    { seed: 21, numRuns: 150 },
  );
});

test('threshold planes, masks and a plane to measure on are honoured', () => {
  const input = plane(60, 33, 5);
  const mask: Plane<Int32Array> = { ...input, data: Int32Array.from({ length: 60 * 33 }, (_, k) => (k % 7 === 0 ? 4 : 1)) };
  const measure = { ...input, data: input.data.map((value) => 100 - 70 * value) };
  expectSame({ input, threshold: plane(60, 33, 77), mask, badBits: 4, measure });
});

test('a spiral is one group, a chessboard too, and every second pixel of every second row are many', () => {
  const spiral = ['#########', '........#', '#######.#', '#.....#.#', '#.###.#.#', '#.#...#.#', '#.#####.#', '#.......#', '#########'];
  const data = Float32Array.from(spiral.join(''), (c) => (c === '#' ? 1 : 0));
  expect(expectSame({ input: { data, width: 9, height: 9, stride: 9 }, threshold: 0.5 }).count).toBe(1);
  const chess = Float32Array.from({ length: 400 }, (_, k) => (k + Math.floor(k / 20)) % 2);
  expect(expectSame({ input: { data: chess, width: 20, height: 20, stride: 20 }, threshold: 0 }).count).toBe(1);
  const dots = Float32Array.from({ length: 400 * 400 }, (_, k) => (k % 2 === 0 && Math.floor(k / 400) % 2 === 0 ? 1 : 0));
  expect(labelAbove({ input: { data: dots, width: 400, height: 400, stride: 400 }, threshold: 0 }).count).toBe(40_000);
  const many = Float32Array.from({ length: 1000 * 1000 }, (_, k) => (k % 2 === 0 && Math.floor(k / 1000) % 2 === 0 ? 1 : 0));
  expect(labelAbove({ input: { data: many, width: 1000, height: 1000, stride: 1000 }, threshold: 0 }).count).toBe(250_000);
  expect(kernelBytesInUse()).toBe(0);
});

test('NaN and infinities: NaN is never above, an infinite pixel is a group with an infinite peak', () => {
  const input = plane(4, 3, 1);
  input.data.fill(0);
  input.data.set([Number.NaN, Number.POSITIVE_INFINITY], 5);
  const labels = labelAbove({ input, threshold: 1 });
  expect(labels.count).toBe(1);
  expect([labels.sums[0], labels.sums[7], labels.sums[8], labels.sums[9]]).toEqual([1, Number.POSITIVE_INFINITY, 2, 1]);
});

test('labels are painted from 1', () => {
  const input = plane(3, 1, 1);
  input.data.set([2, 0, 2]);
  const out: Plane<Int32Array> = { ...input, data: new Int32Array(3) };
  paintLabelsInto(labelAbove({ input, threshold: 1 }), out);
  expect([...out.data]).toEqual([1, 0, 2]);
});
