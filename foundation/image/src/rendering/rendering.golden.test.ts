import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { computeZscale, imageOf, renderLupton } from '../index.ts';

const expected = JSON.parse(readFileSync(new URL('../../test/golden/rendering/expected.json', import.meta.url), 'utf8')) as {
  zscale: [number, number];
  lupton: number[];
};

/** The generator of make.py. */
function pixels(n: number, a: number, b: number): Float32Array {
  let state = 12345n;
  return Float32Array.from({ length: n }, () => {
    state = (state * 1103515245n + 12345n) % 2147483648n;
    return a + (b * Number(state >> 8n)) / 8388608;
  });
}

test('zscale limits are those of astropy within 1 % of the range', () => {
  const sorted = pixels(10_000, 100, 20).toSorted();
  const sky = imageOf(new Float32Array(10_000), 100, 100);
  for (let j = 0; j < 100; j++)
    for (let i = 0; i < 100; i++) sky.data[j * 100 + i] = sorted[i * 100 + 99 - j] + (j % 9 === 0 && i % 7 === 0 ? 3000 : 0);
  const { black, white } = computeZscale(sky, { samples: 10_000 });
  const range = expected.zscale[1] - expected.zscale[0];
  expect(Math.abs(black - expected.zscale[0])).toBeLessThan(0.01 * range);
  expect(Math.abs(white - expected.zscale[1])).toBeLessThan(0.01 * range);
});

test('Lupton colours are those of astropy within one level', () => {
  const [red, green, blue] = [pixels(400, -1, 40), pixels(400, 0, 25), pixels(400, 2, 12)].map((data) => imageOf(data, 20, 20));
  const { data } = renderLupton(red, green, blue, { minimum: 1, stretch: 5, q: 8 });
  expected.lupton.forEach((value, k) => expect(Math.abs(data[k] - value), `value ${k}`).toBeLessThanOrEqual(1));
});
