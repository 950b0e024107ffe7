import { ShapeMismatchError } from '../errors.ts';
import { copyImage, createImage, type Image, type PixelBox, subImage } from './image.ts';
import { createMask, type Mask, type MaskPlanes, subMask } from './mask.ts';

/** Pixels with their flags and their variance [image unit squared]; three planes of one shape and origin. */
export interface MaskedImage {
  readonly image: Image;
  readonly mask: Mask;
  readonly variance: Image;
}

/** Makes a masked image of zeros. */
export function createMaskedImage(
  width: number,
  height: number,
  options: { readonly x0?: number; readonly y0?: number; readonly planes?: MaskPlanes } = {},
): MaskedImage {
  return {
    image: createImage(width, height, options),
    mask: createMask(width, height, options),
    variance: createImage(width, height, options),
  };
}

/**
 * Joins three planes; adopts them.
 *
 * @throws {ShapeMismatchError} if their shapes differ.
 */
export function maskedImageOf(image: Image, mask: Mask, variance: Image): MaskedImage {
  requireSameShape(image, mask, 'mask');
  requireSameShape(image, variance, 'variance');
  return { image, mask, variance };
}

/** Views a part of all three planes without copying. */
export function subMaskedImage(masked: MaskedImage, box: PixelBox): MaskedImage {
  return { image: subImage(masked.image, box), mask: subMask(masked.mask, box), variance: subImage(masked.variance, box) };
}

/** Copies all three planes. */
export function copyMaskedImage(masked: MaskedImage): MaskedImage {
  return {
    image: copyImage(masked.image),
    mask: { ...copyImage(masked.mask), planes: masked.mask.planes },
    variance: copyImage(masked.variance),
  };
}

/** @throws {ShapeMismatchError} if two planes differ in width or height. */
export function requireSameShape(expected: PixelBox, found: PixelBox, what: string): void {
  if (expected.width !== found.width || expected.height !== found.height)
    throw new ShapeMismatchError(
      `${what} must be ${expected.width} x ${expected.height} pixels like its image; found ${found.width} x ${found.height}`,
      { details: { expected: [expected.height, expected.width], found: [found.height, found.width] } },
    );
}
