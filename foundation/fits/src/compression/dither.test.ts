import { expect, test } from 'vitest';
import { dequantizeInto, ditherNumbers, ditherStart, RANDOM_COUNT } from './dither.ts';
import { lineNoise, quantizeTile } from './quantize.ts';

test('the random numbers are those of the standard', () => {
  const numbers = ditherNumbers();
  expect(numbers).toHaveLength(10_000);
  expect(numbers[0]).toBe(Math.fround(16_807 / 2_147_483_647));
  expect(numbers[RANDOM_COUNT - 1]).toBe(Math.fround(1_043_618_065 / 2_147_483_647));
});

/** Sum of twelve uniform numbers: Gaussian enough, seeded. */
function noise(count: number, sigma: number): Float32Array {
  let state = 99;
  return Float32Array.from({ length: count }, () => {
    let sum = -6;
    for (let i = 0; i < 12; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      sum += state / 4_294_967_296;
    }
    return sigma * sum;
  });
}

test('noise is measured within 3 % on 20,000 pixels, on a slope too', () => {
  const pixels = noise(20_000, 5).map((value, i) => value + 0.3 * (i % 1000));
  expect(lineNoise(pixels, 1000)).toBeGreaterThan(4.85);
  expect(lineNoise(pixels, 1000)).toBeLessThan(5.15);
});

test.each([4, 2, 1, 0.5])('at level %d dither keeps the mean, and adds the noise of rounding and no more', (level) => {
  const pixels = noise(200_000, 5).map((value) => value + 1000);
  const start = ditherStart(17, 1);
  const tile = quantizeTile(pixels, 1000, { method: 'SUBTRACTIVE_DITHER_1', level, start });
  if (tile === undefined) throw new Error('not quantized');
  const back = new Float32Array(pixels.length);
  dequantizeInto(tile.numbers, { scale: tile.scale, zero: tile.zero, blank: undefined, start, keepZeros: false }, back);
  const errors = back.map((value, i) => value - pixels[i]);
  const mean = errors.reduce((sum, value) => sum + value, 0) / errors.length;
  const rms = Math.sqrt(errors.reduce((sum, value) => sum + value * value, 0) / errors.length);
  // Errors of subtractive dither are uniform over one step, whatever the pixel: sigma = step / sqrt(12).
  const expected = tile.scale / Math.sqrt(12);
  expect(Math.abs(mean)).toBeLessThan((4 * expected) / Math.sqrt(errors.length));
  expect(rms / expected).toBeGreaterThan(0.99);
  expect(rms / expected).toBeLessThan(1.01);
});

test('zeros and undefined pixels stay exactly that under SUBTRACTIVE_DITHER_2', () => {
  const pixels = noise(1000, 5).map((value, i) => (i % 10 === 0 ? 0 : i % 10 === 1 ? Number.NaN : value));
  const start = ditherStart(0, 1);
  const tile = quantizeTile(pixels, 1000, { method: 'SUBTRACTIVE_DITHER_2', level: 4, start });
  if (tile === undefined) throw new Error('not quantized');
  const back = new Float32Array(1000);
  dequantizeInto(tile.numbers, { scale: tile.scale, zero: tile.zero, blank: -2_147_483_647, start, keepZeros: true }, back);
  pixels.forEach((value, i) => {
    if (value === 0 || Number.isNaN(value)) expect(back[i]).toBe(value);
  });
});

test('what quantization would spoil is left alone', () => {
  const options = { method: 'NO_DITHER', level: 4, start: ditherStart(0, 1) } as const;
  expect(quantizeTile(new Float32Array(100).fill(7), 100, options)).toBeUndefined();
  expect(quantizeTile(noise(100, 1).fill(Infinity, 3, 4), 100, options)).toBeUndefined();
  expect(quantizeTile(noise(100, 1).fill(1e30, 3, 4), 100, options)).toBeUndefined();
});
