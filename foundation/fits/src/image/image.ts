import { readCompressedImage } from '../compression/read-compressed.ts';
import { UnsupportedError } from '../errors.ts';
import type { Hdu } from '../hdu/hdu.ts';
import { type FitsImage, readPlainImage, type ReadImageOptions } from './read-image.ts';

export type { FitsImage, ReadImageOptions } from './read-image.ts';

/**
 * Reads the pixels of an image, compressed or not, or of a section of it; only what the section needs is read.
 *
 * @returns Fresh pixels with their shape; undefined integer pixels (BLANK) are NaN.
 * @throws {UnsupportedError} if the HDU is no image.
 * @throws {TruncatedError | BadDataError | TooLargeError | BadCardError} if the file does not hold what its header says.
 * @throws {NotInFileError} if the section lies outside the image.
 */
export async function readImage(hdu: Hdu, options: ReadImageOptions = {}): Promise<FitsImage> {
  if (hdu.kind === 'image') return readPlainImage(hdu, options);
  if (hdu.kind === 'compressed-image') return readCompressedImage(hdu, options);
  throw new UnsupportedError(`an image was asked for; the HDU is of kind ${hdu.kind}`, { hdu: hdu.index });
}
