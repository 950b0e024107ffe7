import { assert, constantFrom, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { hcompressDecode, hcompressEncode } from './hcompress.ts';
import { hcompressEncodeReference } from './hcompress-reference.ts';

function sample(count: number, seed: number, spread: number): Int32Array {
  const pixels = new Int32Array(count);
  let state = seed >>> 0;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    pixels[i] = Math.floor((state / 2 ** 32 - 0.4) * 2 ** spread);
  }
  return pixels;
}

test('law, seed 41: without a scale every tile comes back as it was', () => {
  const side = integer({ min: 1, max: 40 });
  assert(
    property(side, side, integer(), constantFrom(0, 1, 4, 12, 20, 31), (width, height, seed, spread) => {
      const pixels = sample(width * height, seed, spread);
      const out = new Int32Array(pixels.length);
      expect(hcompressDecode(hcompressEncode(pixels, { width, height, scale: 0 }), { width, height, smooth: false }, out)).toBe(true);
      expect(out).toEqual(pixels);
    }),
    { seed: 41, numRuns: 300 },
  );
});

test('with a scale the error stays near the scale', () => {
  const pixels = sample(64 * 48, 3, 10);
  const out = new Int32Array(pixels.length);
  hcompressDecode(hcompressEncode(pixels, { width: 64, height: 48, scale: 8 }), { width: 64, height: 48, smooth: true }, out);
  const worst = pixels.reduce((most, value, i) => Math.max(most, Math.abs(value - out[i])), 0);
  expect(worst).toBeLessThanOrEqual(24);
  expect(worst).toBeGreaterThan(0);
});

test('damaged bytes never reach outside the tile', () => {
  const bytes = hcompressEncode(sample(400, 9, 9), { width: 20, height: 20, scale: 0 });
  const out = new Int32Array(400);
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Uint8Array.from(bytes);
    damaged[at] ^= 0x91;
    hcompressDecode(damaged, { width: 20, height: 20, smooth: false }, out);
    expect(hcompressDecode(bytes.subarray(0, at), { width: 20, height: 20, smooth: false }, out)).toBe(false);
  }
});

test('law, seed 42: the fast encoder gives the bytes of the reference', () => {
  const side = integer({ min: 1, max: 20 });
  assert(
    property(side, side, integer(), constantFrom(0, 1, 4, 12, 20, 31), (width, height, seed, spread) => {
      const pixels = sample(width * height, seed, spread);
      expect(hcompressEncode(pixels, { width, height, scale: 0 })).toEqual(hcompressEncodeReference(pixels, { width, height }));
    }),
    { seed: 42, numRuns: 200 },
  );
});
