import { createImage, createMaskedImage, planeBits } from '@almagest/image';
import { expect, test } from 'vitest';
import { dropLonePixelsInPlace } from './coaddition-tasks.ts';

test('pixels of fewer inputs than asked for are missing, others stay as they are', () => {
  const coadd = createMaskedImage(3, 1);
  coadd.image.data.set([1, 2, 3]);
  coadd.variance.data.fill(4);
  const count = createImage(3, 1);
  count.data.set([0, 1, 2]);
  dropLonePixelsInPlace(coadd, count, 2);
  const noData = planeBits(coadd.mask.planes, ['NO_DATA']);
  expect(Array.from(coadd.image.data)).toEqual([Number.NaN, Number.NaN, 3]);
  expect(Array.from(coadd.variance.data)).toEqual([Number.NaN, Number.NaN, 4]);
  expect(Array.from(coadd.mask.data, (bits) => bits & noData)).toEqual([noData, noData, 0]);
});
