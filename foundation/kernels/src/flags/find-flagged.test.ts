import { expect, test } from 'vitest';
import { KernelArena } from '../memory/arena.ts';
import { findFlagged, findNotFinite } from './find-flagged.ts';

test.each([0, 1, 15, 1000, 70_003])('finds the places of flags among %s pixels, in kernel memory and outside', (length) => {
  let state = 5 + length;
  const uniform = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  const mask = Int32Array.from({ length }, () => (uniform() < 0.01 ? 1 << Math.floor(32 * uniform()) : uniform() < 0.02 ? 6 : 0));
  for (const bits of [1, 6, -1, 1 << 31]) {
    const expected = [...mask.keys()].filter((i) => (mask[i] & bits) !== 0);
    expect([...findFlagged(mask, bits)]).toEqual(expected);
    using arena = new KernelArena();
    const inside = arena.int32(length);
    inside.set(mask);
    expect([...findFlagged(inside, bits)]).toEqual(expected);
  }
});

test.each([0, 5, 16, 100_007])('finds NaN and infinities among %s numbers, and no others', (length) => {
  let state = 9 + length;
  const uniform = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const plane = Float32Array.from({ length }, () => (uniform() < 0.01 ? odd[Math.floor(3 * uniform())] : 3e38 * (uniform() - 0.5)));
  expect([...findNotFinite(plane)]).toEqual([...plane.keys()].filter((i) => !Number.isFinite(plane[i])));
});
