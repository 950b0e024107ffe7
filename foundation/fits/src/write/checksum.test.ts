import { expect, test } from 'vitest';
import { Checksum } from './checksum.ts';

/** The sum by its definition: big-endian words, carries added back. */
function slowSum(bytes: Uint8Array): number {
  let sum = 0n;
  for (let at = 0; at + 4 <= bytes.length; at += 4)
    sum += BigInt(((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0);
  while (sum >> 32n > 0n) sum = (sum & 0xffffffffn) + (sum >> 32n);
  return Number(sum);
}

test('the sum is that of the definition, however the bytes are cut and wherever they lie', () => {
  const bytes = Uint8Array.from({ length: 40_000 }, (_unused, i) => (i * 7919 + (i >> 7)) % 256);
  bytes.fill(255, 1000, 9000);
  for (const [start, end] of [
    [0, 40_000],
    [1, 39_997],
    [2, 2002],
    [3, 7],
  ] as const) {
    const part = bytes.subarray(start, end);
    const expected = slowSum(part);
    expect(new Checksum().add(part).value).toBe(expected);
    for (const cut of [1, 2, 5, 1024, 1027]) {
      const sum = new Checksum();
      for (let at = 0; at < part.length; at += cut) sum.add(part.subarray(at, at + cut));
      expect(sum.value, `${start} ${cut}`).toBe(expected);
    }
  }
  expect(new Checksum().add(new Uint8Array(1 << 20).fill(255)).value).toBe(slowSum(new Uint8Array(1 << 20).fill(255)));
});
