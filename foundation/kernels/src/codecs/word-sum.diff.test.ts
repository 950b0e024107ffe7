import { assert, property, uint8Array } from 'fast-check';
import { expect, test } from 'vitest';
import { sumWords, sumWordsReference } from './word-sum.ts';

test('law, seed 21: words sum to the same in the kernel and in plain numbers', () => {
  assert(
    property(uint8Array({ maxLength: 400, size: 'max' }), (bytes) => {
      const whole = bytes.subarray(0, bytes.length & ~3);
      expect(sumWords(whole)).toBe(sumWordsReference(whole));
    }),
    { seed: 21, numRuns: 300 },
  );
});

test('the largest words do not overflow', () => {
  const bytes = new Uint8Array(1 << 20).fill(255);
  expect(sumWords(bytes)).toBe((bytes.length / 4) * (2 ** 32 - 1));
});
