import { decode } from 'fast-png';
import jpeg from 'jpeg-js';
import { expect, test } from 'vitest';
import { computeQuantileLimits, computeZscale, encodeJpeg, encodePng, imageOf, renderGray, renderLupton, shrinkImage } from '../index.ts';

test('the last row is at the top, NaN is black, limits clip', () => {
  const image = imageOf(Float32Array.of(0, 5, 10, 20, Number.NaN, -5), 3, 2);
  const picture = renderGray(image, { limits: { black: 0, white: 10 }, stretch: 'linear' });
  expect([...picture.data]).toEqual([255, 0, 0, 0, 128, 255]);
});

test('PNG and JPEG decode to what was drawn', () => {
  const picture = renderGray(
    imageOf(
      Float32Array.from({ length: 64 }, (_, k) => k),
      8,
      8,
    ),
    { stretch: 'linear' },
  );
  const png = decode(encodePng(picture));
  expect([png.width, png.height, png.channels]).toEqual([8, 8, 1]);
  expect([...png.data]).toEqual([...picture.data]);
  const back = jpeg.decode(encodeJpeg(picture, 95), { useTArray: true });
  picture.data.forEach((value, k) => expect(Math.abs(back.data[4 * k + 1] - value)).toBeLessThan(20));
});

test('Lupton colours do not depend on brightness, and saturate to their hue', () => {
  const at = (r: number, g: number, b: number): number[] => {
    const [red, green, blue] = [r, g, b].map((value) => imageOf(Float32Array.of(value), 1, 1));
    return [...renderLupton(red, green, blue).data];
  };
  const [faint, bright] = [at(2, 1, 0.5), at(2000, 1000, 500)];
  expect(bright[0]).toBe(255);
  expect(bright[1] / bright[0]).toBeCloseTo(0.5, 2);
  expect(faint[1] / faint[0]).toBeCloseTo(0.5, 1);
  expect(at(-1, -2, Number.NaN)).toEqual([0, 0, 0]);
});

test('zscale finds the sky of a ramp with outliers; constant and empty images are defined', () => {
  const data = Float32Array.from({ length: 10_000 }, (_, k) => (k % 100 === 3 ? 1e5 : 100 + (k % 97) * 0.1));
  const { black, white } = computeZscale(imageOf(data, 100, 100));
  expect(black).toBeGreaterThanOrEqual(100);
  expect(white).toBeLessThan(130);
  expect(computeZscale(imageOf(new Float32Array(100).fill(5), 10, 10))).toEqual({ black: 5, white: 5 });
  expect(computeZscale(imageOf(new Float32Array(4).fill(Number.NaN), 2, 2)).black).toBeNaN();
  expect(renderGray(imageOf(new Float32Array(4).fill(5), 2, 2)).data[0]).toBe(0);
  const { black: low, white: high } = computeQuantileLimits(imageOf(data, 100, 100), 0.05, 0.95);
  expect(low).toBeLessThan(high);
});

test('shrinking averages blocks and leaves NaN out', () => {
  const image = imageOf(Float32Array.of(1, 3, 5, Number.NaN, 7, 9), 3, 2);
  expect([...shrinkImage(image, 2).data]).toEqual([(1 + 3 + 7) / 3, 7].map(Math.fround));
});
