import { array, assert, constantFrom, integer, oneof, property, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import { PLIO_MAX, plioDecode, plioEncode } from './plio.ts';

const value = oneof(integer({ min: 0, max: 3 }), integer({ min: 0, max: 5000 }), integer({ min: 0, max: PLIO_MAX }));
const runs = array(tuple(value, oneof(integer({ min: 1, max: 3 }), constantFrom(4094, 4095, 4096, 9000))), { maxLength: 12 });

test('law, seed 31: what is encoded is decoded', () => {
  assert(
    property(runs, (list) => {
      const pixels = Int32Array.from(list.flatMap(([v, n]) => Array.from({ length: n }, () => v)));
      const out = new Int32Array(pixels.length).fill(-1);
      expect(plioDecode(plioEncode(pixels), out)).toBe(true);
      expect(out).toEqual(pixels);
    }),
    { seed: 31, numRuns: 100 },
  );
});

test('a list that overruns its pixels is refused', () => {
  const words = plioEncode(new Int32Array(100).fill(7));
  expect(plioDecode(words, new Int32Array(99))).toBe(false);
  expect(plioDecode(words.subarray(0, 8), new Int32Array(100))).toBe(false);
});
