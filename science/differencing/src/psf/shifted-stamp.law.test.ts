import { expect, test } from 'vitest';
import { moffatAt } from '../../test/star-pair.ts';
import { shiftStampInto, type StampPsf } from './shifted-stamp.ts';

const HALF = 14;

function moffat(half: number, dx: number, dy: number): StampPsf {
  const side = 2 * half + 1;
  return {
    half,
    values: Float64Array.from({ length: side * side }, (_, k) =>
      moffatAt(((k % side) - half - dx) ** 2 + (Math.floor(k / side) - half - dy) ** 2, 3),
    ),
  };
}

test.each([
  [0.3, -0.4],
  [0.5, 0.5],
  [-2.25, 1.75],
  [3, -4],
])('a Moffat profile of FWHM 3 moved by (%f, %f) is the profile drawn there to 3e-3 of its peak', (dx, dy) => {
  const psf = moffat(HALF, 0, 0);
  const outHalf = 8;
  const out = new Float64Array((2 * outHalf + 1) ** 2);
  shiftStampInto(psf, { dx, dy, outHalf }, out, new Float64Array((2 * HALF + 1) * (2 * outHalf + 1)));
  const truth = moffat(outHalf, dx, dy).values;
  const peak = moffatAt(0, 3);
  expect(Math.max(...Array.from(out, (v, k) => Math.abs(v - truth[k]))) / peak).toBeLessThan(3e-3);
});
