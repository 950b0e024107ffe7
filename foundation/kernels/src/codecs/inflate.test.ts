import { gzipSync } from 'node:zlib';
import { assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { gunzipInto } from './inflate.ts';

function sample(length: number, seed: number, spread: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = (state >>> 24) % spread;
  }
  return bytes;
}

test('law, seed 21: inflates what zlib deflates at every level', () => {
  assert(
    property(
      integer({ min: 0, max: 70_000 }),
      integer(),
      integer({ min: 1, max: 256 }),
      integer({ min: 0, max: 9 }),
      (length, seed, spread, level) => {
        const bytes = sample(length, seed, spread);
        const out = new Uint8Array(length);
        expect(gunzipInto(gzipSync(bytes, { level }), out)).toBe(length);
        expect(out).toEqual(bytes);
      },
    ),
    { seed: 21, numRuns: 60 },
  );
});

test('damaged, cut and overlong data are refused or stay within the output', () => {
  const packed = gzipSync(sample(1000, 7, 9));
  expect(gunzipInto(packed, new Uint8Array(999))).toBe(-1);
  expect(gunzipInto(packed.subarray(0, 100), new Uint8Array(1000))).toBe(-1);
  expect(gunzipInto(packed.subarray(0, 5), new Uint8Array(1000))).toBe(-1);
  for (let at = 10; at < packed.length; at++) {
    const damaged = Uint8Array.from(packed);
    damaged[at] ^= 0x55;
    expect(gunzipInto(damaged, new Uint8Array(1000))).toBeLessThanOrEqual(1000);
  }
});
