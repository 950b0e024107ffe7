import { createMask, type Exposure, exposureOf, imageOf, maskedImageOf } from '@almagest/image';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { characterizeImage } from './characterize-image.ts';

const SIDE = 1400;

function exposure(seed: number, light: (x: number, y: number) => number): Exposure {
  const data = new Float32Array(SIDE * SIDE);
  createRandom(seed).fillNormal(data, 0, 1);
  for (let k = 0; k < data.length; k++) {
    const expected = 900 + light(k % SIDE, Math.floor(k / SIDE));
    data[k] = expected + data[k] * Math.sqrt(expected);
  }
  return exposureOf(maskedImageOf(imageOf(data, SIDE, SIDE), createMask(SIDE, SIDE), imageOf(data.slice(), SIDE, SIDE)));
}

test('a galaxy of 10 arcsec half-light radius (50 pixels) keeps more than 99 % of its light under the sky (seed 95)', () => {
  const flux = 4e6;
  const scale = 50 / 1.6783;
  const profile = (x: number, y: number): number =>
    (flux / (2 * Math.PI * scale * scale)) * Math.exp(-Math.hypot(x - 700, y - 700) / scale);
  const { exposure: out } = characterizeImage(exposure(95, profile));
  const { image } = out.maskedImage;
  // What the sky took: truth minus what is left, within five half-light radii, where noise adds 0.4 % of the flux.
  let [kept, area] = [0, 0];
  let truth = 0;
  for (let y = 450; y <= 950; y++)
    for (let x = 450; x <= 950; x++)
      if (Math.hypot(x - 700, y - 700) < 250) {
        kept += image.data[y * SIDE + x];
        truth += profile(x, y);
        area++;
      }
  expect(area).toBeGreaterThan(190_000);
  expect(kept / truth).toBeGreaterThan(0.99);
  expect(kept / truth).toBeLessThan(1.01);
});
