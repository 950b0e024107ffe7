import { createImage } from '@almagest/image';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { measurePedestal } from './measure-pedestal.ts';

test('the mean light about stars is found beside labelled neighbours; few stars tell none (seed 12)', () => {
  const random = createRandom(12);
  const image = createImage(600, 600);
  random.fillNormal(image.data, 0.3, 10);
  const labels = { ...image, data: new Int32Array(600 * 600) };
  const stars = Array.from({ length: 100 }, (_, k) => ({ i0: 60 + 50 * (k % 10), j0: 60 + 50 * Math.floor(k / 10), sigma: 10 }));
  for (const { i0, j0 } of stars)
    for (let n = -3; n <= 3; n++) {
      // A bright neighbour on the ring, and the star itself inside.
      image.data[(j0 + n) * 600 + i0 + 20] = 25;
      labels.data[(j0 + n) * 600 + i0 + 20] = 7;
      image.data[(j0 + n) * 600 + i0] = 5000;
    }
  // A hundred rings of 1300 pixels: an error of 0.03 of a mean, a quarter more of a median.
  expect(Math.abs(measurePedestal({ image, labels }, stars, 16) - 0.3)).toBeLessThan(0.12);
  expect(measurePedestal({ image, labels }, stars.slice(0, 10), 16)).toBe(0);
});
