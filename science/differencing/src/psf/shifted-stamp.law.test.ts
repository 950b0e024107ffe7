import { expect, test } from 'vitest';
import { moffatAt } from '../../test/star-pair.ts';
import { shiftStampInto, shiftStampSlopesInto, type StampPsf } from './shifted-stamp.ts';

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

test('slopes are the derivatives of the moved profile by its place', () => {
  const psf = moffat(HALF, 0, 0);
  const outHalf = 7;
  const size = (2 * outHalf + 1) ** 2;
  const space = new Float64Array((2 * HALF + 1) * (2 * outHalf + 1));
  const [value, alongX, alongY] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  for (const [dx, dy] of [
    [0.31, -0.44],
    [-2.25, 9.75],
  ]) {
    shiftStampSlopesInto(psf, { dx, dy, outHalf }, { value, alongX, alongY }, space);
    const at = (x: number, y: number): Float64Array => {
      const out = new Float64Array(size);
      shiftStampInto(psf, { dx: x, dy: y, outHalf }, out, space);
      return out;
    };
    const h = 1e-3;
    expect(value).toEqual(at(dx, dy));
    const [right, left, up, down] = [at(dx + h, dy), at(dx - h, dy), at(dx, dy + h), at(dx, dy - h)];
    const worst = (slope: Float64Array, a: Float64Array, b: Float64Array): number =>
      Math.max(...slope.map((v, k) => Math.abs(v - (a[k] - b[k]) / (2 * h))));
    expect(worst(alongX, right, left)).toBeLessThan(1e-5 * moffatAt(0, 3));
    expect(worst(alongY, up, down)).toBeLessThan(1e-5 * moffatAt(0, 3));
  }
});
