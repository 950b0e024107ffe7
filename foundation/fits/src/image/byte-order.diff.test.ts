import { expect, test } from 'vitest';
import { swapBytesInPlace, swapInScript } from './byte-order.ts';

test.each([2, 4, 8])('numbers of %i bytes are swapped alike with and without native help', (size) => {
  for (const length of [0, 1, 3, 7, 100, 1001]) {
    for (const lead of [0, 1]) {
      const original = Uint8Array.from({ length: (length + lead) * size }, (_unused, i) => i * 7);
      const [a, b] = [original.slice(), original.slice()];
      swapBytesInPlace(a.subarray(lead * size), size);
      swapInScript(b.subarray(lead * size), size);
      expect(a).toEqual(b);
      for (let i = 0; i < length; i++) expect(a[(i + lead) * size]).toBe(original[(i + lead + 1) * size - 1]);
    }
  }
});
