import { assert, constantFrom, integer, property } from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { setKernelThreads } from '../threads/threads.ts';
import { riceDecodeTiles, riceEncodeTiles } from './rice.ts';
import { riceDecodeReference, riceEncodeReference, type RicePixels, riceWorstBytes } from './rice-reference.ts';

afterEach(() => setKernelThreads({ threads: 1 }));

const KINDS = [Uint8Array, Int16Array, Int32Array] as const;

/** A walk whose steps range from nothing to the whole width, so that every branch of the code is taken. */
function walk(kind: (typeof KINDS)[number], length: number, seed: number, spread: number): RicePixels {
  const pixels = new kind(length);
  let state = seed >>> 0 || 1;
  let value = 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    if (i % 70 < 50) value += Math.floor((state / 2 ** 32 - 0.5) * 2 ** spread);
    pixels[i] = value;
  }
  return pixels;
}

test('law, seed 11: both encoders give the same bytes, and both decoders the pixels', () => {
  assert(
    property(
      constantFrom(...KINDS),
      integer({ min: 1, max: 400 }),
      integer({ min: 1, max: 2 ** 31 }),
      integer({ min: 0, max: 33 }),
      constantFrom(16, 32),
      (kind, length, seed, spread, block) => {
        const pixels = walk(kind, length, seed, spread);
        const reference = riceEncodeReference(pixels, block);
        const fast = riceEncodeTiles(pixels, [{ first: 0, count: length }], block);
        expect(fast.bytes).toEqual(reference);
        expect(reference.length).toBeLessThanOrEqual(riceWorstBytes(length, pixels.BYTES_PER_ELEMENT, block));
        const slow = new kind(length);
        expect(riceDecodeReference(reference, block, slow)).toBe(true);
        expect(slow).toEqual(pixels);
        const out = new kind(length);
        expect(riceDecodeTiles(reference, [{ start: 0, length: reference.length, first: 0, count: length }], block, out)).toBe(-1);
        expect(out).toEqual(pixels);
      },
    ),
    { seed: 11, numRuns: 300 },
  );
});

test('law, seed 12: damaged bytes are decoded alike or refused by both', () => {
  assert(
    property(
      constantFrom(...KINDS),
      integer({ min: 1, max: 2 ** 31 }),
      integer({ min: 0, max: 200 }),
      integer({ min: 0, max: 255 }),
      (kind, seed, at, byte) => {
        const bytes = riceEncodeReference(walk(kind, 200, seed, 8), 32).slice();
        bytes[at % bytes.length] = byte;
        const cut = bytes.subarray(0, seed % 3 === 0 ? at % bytes.length : bytes.length);
        const slow = new kind(200);
        const fast = new kind(200);
        const good = riceDecodeReference(cut, 32, slow);
        expect(riceDecodeTiles(cut, [{ start: 0, length: cut.length, first: 0, count: 200 }], 32, fast)).toBe(good ? -1 : 0);
        if (good) expect(fast).toEqual(slow);
      },
    ),
    { seed: 12, numRuns: 500 },
  );
});

test('several tiles share one call, and the first damaged one is named', () => {
  const pixels = walk(Int16Array, 300, 5, 6) as Int16Array;
  const tiles = [0, 1, 2].map((t) => ({ first: 100 * t, count: 100 }));
  const { bytes, lengths } = riceEncodeTiles(pixels, tiles, 32);
  let start = 0;
  const table = tiles.map((tile, i) => ({ ...tile, start: (start += lengths[i]) - lengths[i], length: lengths[i] }));
  const out = new Int16Array(300);
  expect(riceDecodeTiles(bytes, table, 32, out)).toBe(-1);
  expect(out).toEqual(pixels);
  expect(riceDecodeTiles(bytes, [table[0], { ...table[1], length: 3 }, table[2]], 32, out)).toBe(1);
});

test('the number of threads changes neither bytes, nor pixels, nor which tile is called damaged', () => {
  const side = 768;
  const tiles = Array.from({ length: side }, (_unused, t) => ({ first: side * t, count: side }));
  for (const kind of KINDS) {
    const pixels = walk(kind, side * side, 9, 9);
    const { bytes, lengths } = riceEncodeTiles(pixels, tiles, 32);
    let start = 0;
    const table = tiles.map((tile, i) => ({ ...tile, start: (start += lengths[i]) - lengths[i], length: lengths[i] }));
    const damaged = table.map((tile, i) => (i === 700 || i === 750 ? { ...tile, length: 3 } : tile));
    for (const threads of [1, 2, 3]) {
      setKernelThreads({ threads });
      const again = riceEncodeTiles(pixels, tiles, 32);
      expect(again.lengths).toEqual(lengths);
      expect(Buffer.compare(again.bytes, bytes)).toBe(0);
      const out = new kind(side * side);
      expect(riceDecodeTiles(bytes, table, 32, out)).toBe(-1);
      expect(Buffer.compare(new Uint8Array(out.buffer), new Uint8Array(pixels.buffer))).toBe(0);
      expect(riceDecodeTiles(bytes, damaged, 32, out)).toBe(700);
    }
  }
});
