import { createImage } from '../pixels/image.ts';
import type { MaskedImage } from '../pixels/masked-image.ts';
import { evaluateFieldRowInto, type PhotoCalib } from './photo-calib.ts';

/**
 * Pixels in nanojansky: every one times the calibration at its place, its variance times the square.
 *
 * @param masked - Pixels in counts; not modified, its mask is the result's.
 * @returns Fresh image and variance.
 */
export function calibratePixels({ image, mask, variance }: MaskedImage, { calibrationMean, scaling }: PhotoCalib): MaskedImage {
  const { width, height } = image;
  const [outImage, outVariance] = [createImage(width, height, image), createImage(width, height, image)];
  const factors = new Float64Array(width).fill(calibrationMean);
  for (let y = 0; y < height; y++) {
    if (scaling) {
      evaluateFieldRowInto(scaling, image.y0 + y, image.x0, factors);
      for (let x = 0; x < width; x++) factors[x] *= calibrationMean;
    }
    const [a, b, to] = [y * image.stride, y * variance.stride, y * outImage.stride];
    for (let x = 0; x < width; x++) {
      const factor = factors[x];
      outImage.data[to + x] = factor * image.data[a + x];
      outVariance.data[to + x] = factor * factor * variance.data[b + x];
    }
  }
  return { image: outImage, mask, variance: outVariance };
}
