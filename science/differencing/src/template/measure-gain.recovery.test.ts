import { createMaskedImage, planeBits } from '@almagest/image';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { measureGain } from './measure-gain.ts';

const SIDE = 256;
const SKY = 36;

/** Stars of peak 4000 on noise, with the variance of a coadd; at the left edge it has half of its inputs. */
function coadd(gain: number, seed: number): ReturnType<typeof createMaskedImage> {
  const out = createMaskedImage(SIDE, SIDE);
  const random = createRandom(seed);
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) {
      const r2 = ((x % 128) - 64) ** 2 + ((y % 128) - 64) ** 2;
      const light = 4000 * Math.exp(-r2 / (2 * 2.2 ** 2));
      const k = y * SIDE + x;
      out.variance.data[k] = (x < 6 ? 2 : 1) * (SKY + (gain > 0 ? light / gain : 0));
      out.image.data[k] = light + Math.sqrt(out.variance.data[k]) * random.normal();
    }
  return out;
}

test.each([0.5, 5, 20])('the gain of a coadd comes from its variance plane, to 5 % (gain %d, seed 1)', (gain) => {
  expect(Math.abs(measureGain(coadd(gain, 1)) / gain - 1)).toBeLessThan(0.05);
});

test('a variance that does not follow the light, or no light, tells no gain', () => {
  expect(measureGain(coadd(0, 2))).toBe(0);
  const empty = createMaskedImage(64, 64);
  empty.variance.data.fill(1);
  expect(measureGain(empty)).toBe(0);
  const masked = coadd(5, 3);
  masked.mask.data.fill(planeBits(masked.mask.planes, ['BAD']));
  expect(measureGain(masked)).toBe(0);
});
