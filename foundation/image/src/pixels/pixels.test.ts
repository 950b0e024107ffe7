import { expect, test } from 'vitest';
import {
  copyPixelsInto,
  countMasked,
  createImage,
  createMask,
  createMaskedImage,
  DEFAULT_MASK_PLANES,
  fillImage,
  imageOf,
  intersectBoxes,
  mergePlanes,
  pixelAt,
  PixelBoundsError,
  planeBits,
  planeNames,
  subImage,
  subMaskedImage,
  translateBitsInPlace,
  UnknownMaskPlaneError,
  withPlanes,
} from '../index.ts';

test('a view of a view writes to the image and keeps parent coordinates', () => {
  const image = createImage(8, 6, { x0: 100, y0: 200 });
  const view = subImage(subImage(image, { x0: 102, y0: 201, width: 5, height: 4 }), { x0: 103, y0: 202, width: 2, height: 2 });
  fillImage(view, 7);
  expect(image.data.filter((value) => value === 7)).toHaveLength(4);
  expect(pixelAt(image, 104, 203)).toBe(7);
  expect(pixelAt(image, 105, 203)).toBe(0);
  expect(pixelAt(image, 99, 203)).toBeUndefined();
  expect(view.data.buffer).toBe(image.data.buffer);
});

test('a view down to the last pixel and an empty view are allowed', () => {
  const image = imageOf(Float32Array.of(1, 2, 3, 4, 5, 6), 3, 2);
  expect([...subImage(image, { x0: 2, y0: 0, width: 1, height: 2 }).data]).toEqual([3, 4, 5, 6].slice(0, 4));
  expect(subImage(image, { x0: 3, y0: 2, width: 0, height: 0 }).data).toHaveLength(0);
});

test('a box outside, a negative size and a short array are refused', () => {
  const image = createImage(4, 4);
  expect(() => subImage(image, { x0: 1, y0: 1, width: 4, height: 1 })).toThrow(PixelBoundsError);
  expect(() => createImage(-1, 4)).toThrow(PixelBoundsError);
  expect(() => createImage(2 ** 16, 2 ** 16)).toThrow(PixelBoundsError);
  expect(() => imageOf(new Float32Array(3), 2, 2)).toThrow(PixelBoundsError);
});

test('pixels are copied between images by parent coordinates', () => {
  const target = createImage(4, 4);
  const source = createImage(4, 4, { x0: 2, y0: -1 });
  fillImage(source, 3);
  copyPixelsInto(target, source);
  expect([...target.data]).toEqual([0, 0, 3, 3, 0, 0, 3, 3, 0, 0, 3, 3, 0, 0, 0, 0]);
  expect(intersectBoxes(target, { x0: 4, y0: 0, width: 2, height: 2 })).toMatchObject({ width: 0, height: 0 });
});

test('mask planes are found by name, added at free bits and merged', () => {
  expect(planeBits(DEFAULT_MASK_PLANES, ['SAT', 'NO_DATA'])).toBe(0b1_0000_0010);
  expect(() => planeBits(DEFAULT_MASK_PLANES, ['sat'])).toThrow(UnknownMaskPlaneError);
  expect(() => planeBits(DEFAULT_MASK_PLANES, ['toString'])).toThrow(UnknownMaskPlaneError);
  const planes = withPlanes(DEFAULT_MASK_PLANES, ['STREAK', 'SAT']);
  expect(planes['STREAK']).toBe(9);
  expect(mergePlanes({ A: 0 }, { B: 0 })).toEqual({ A: 0, B: 1 });
  expect(planeNames(planes, 0b10_0000_0010)).toEqual(['SAT', 'STREAK']);
});

test('mask bits written under other bit numbers are translated by name', () => {
  const data = Int32Array.of(0, 1, 2, 3, 4);
  translateBitsInPlace(data, { A: 0, B: 1, C: 2 }, { A: 1, B: 0 });
  expect([...data]).toEqual([0, 2, 1, 3, 0]);
});

test('a masked view shares all three planes', () => {
  const masked = createMaskedImage(5, 5);
  const view = subMaskedImage(masked, { x0: 1, y0: 1, width: 2, height: 3 });
  fillImage(view.mask, planeBits(view.mask.planes, ['CR']));
  expect(countMasked(masked.mask, 8)).toBe(6);
  expect(createMask(2, 2).planes).toBe(DEFAULT_MASK_PLANES);
});
