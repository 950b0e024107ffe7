import { createImage, type Image } from '../pixels/image.ts';
import type { PixelBasisModel } from './pixel-basis-psf.ts';

/** Second moments [pixel^2] of a profile about its centre. */
export interface Shape {
  readonly xx: number;
  readonly yy: number;
  readonly xy: number;
}

/**
 * The image of a point source, depending on position (parent pixel coordinates).
 *
 * Implementations are plain objects of functions over plain data; a call allocates and returns a fresh image.
 */
export interface Psf {
  /** The PSF centred on the middle pixel of an odd-sided image with sum 1; x0 = -(width - 1) / 2, so pixel (0, 0) is the centre. */
  computeKernelImage(x: number, y: number): Image;
  /** A source of flux 1 at exactly (x, y): fractions of a pixel are honoured, x0 and y0 place it in the parent. */
  computeImage(x: number, y: number): Image;
  /** Second moments [pixel^2], adaptive Gaussian weights; NaN where they do not converge. */
  computeShape(x: number, y: number): Shape;
  /** Fraction of the flux inside a circle about the centre. */
  computeApertureFlux(radiusPixels: number, x: number, y: number): number;
  /** Mean position of the stars that made the model; where to evaluate it when one answer must serve all. */
  readonly averagePosition: { readonly x: number; readonly y: number };
  /** What the PSF is made from, so that files can keep it; absent for one that is computed from others, as a coadd's is. */
  readonly description?: PsfDescription;
}

/** A PSF as plain data; `psfOf` makes it a PSF again. */
export type PsfDescription =
  | { readonly kind: 'pixel-basis'; readonly model: PixelBasisModel }
  | { readonly kind: 'gaussian'; readonly shape: Shape; readonly halfWidth: number }
  | { readonly kind: 'moffat'; readonly fwhmPixels: number; readonly beta: number; readonly halfWidth: number };

/** Effective radius of a shape [pixel]: (xx yy - xy^2)^(1/4); a Gaussian's sigma. */
export function determinantRadius(shape: Shape): number {
  return Math.max(0, shape.xx * shape.yy - shape.xy * shape.xy) ** 0.25;
}

/** FWHM / sigma of a Gaussian, 2 sqrt(2 ln 2). */
export const FWHM_PER_SIGMA: number = 2 * Math.sqrt(2 * Math.LN2);

/** Full width at half maximum [pixel] of a Gaussian with this shape. */
export function fwhmOfShape(shape: Shape): number {
  return determinantRadius(shape) * FWHM_PER_SIGMA;
}

/**
 * Effective number of pixels of a PSF with sum 1: 1 / sum(p^2) [pixel].
 *
 * The variance of a PSF flux on background noise is that of one pixel times this area.
 */
export function effectiveArea(kernelImage: Image): number {
  let squares = 0;
  for (let j = 0; j < kernelImage.height; j++)
    for (let i = 0; i < kernelImage.width; i++) squares += kernelImage.data[j * kernelImage.stride + i] ** 2;
  return 1 / squares;
}

/** An empty odd-sided image whose middle pixel is (0, 0). */
export function createKernelImage(halfWidth: number): Image {
  const side = 2 * halfWidth + 1;
  return createImage(side, side, { x0: -halfWidth, y0: -halfWidth });
}

/** Scales an image to sum 1, in place. */
export function normalizeInPlace(image: Image): void {
  let sum = 0;
  for (let j = 0; j < image.height; j++) for (let i = 0; i < image.width; i++) sum += image.data[j * image.stride + i];
  for (let j = 0; j < image.height; j++) for (let i = 0; i < image.width; i++) image.data[j * image.stride + i] /= sum;
}
