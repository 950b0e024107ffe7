import { type Image, knownPlaneBits, type MaskedImage } from '@almagest/image';

/** Images on the same pixels: before, after, and what changed. */
export interface DetectionImages {
  readonly science: MaskedImage;
  readonly template: MaskedImage;
  readonly difference: MaskedImage;
}

/** Pixels on a side of a stamp. */
export const STAMP_SIDE = 21;
/** Planes of a stamp: science, template, difference, and 1 where a pixel was repaired or cannot be used. */
export const STAMP_PLANES = 4;
/** Numbers in a stamp. */
export const STAMP_LENGTH: number = STAMP_PLANES * STAMP_SIDE * STAMP_SIDE;

const HALF = (STAMP_SIDE - 1) / 2;
const FLAGGED = ['NO_DATA', 'SAT', 'BAD', 'CR', 'INTRP', 'EDGE'];

/**
 * Cuts the stamps around a place, each pixel in units of its noise: row-major, plane after plane, shape [4, 21, 21].
 *
 * Pixels outside the image, and those without a value or a noise, are NaN; in the fourth plane they are 1.
 *
 * @param x - Place in the coordinates of the parent [pixel]. The stamp is centred on the nearest pixel.
 * @param out - Where the stamp goes; fresh unless given.
 */
export function cutStamps(
  { science, template, difference }: DetectionImages,
  x: number,
  y: number,
  out: Float32Array = new Float32Array(STAMP_LENGTH),
): Float32Array {
  const size = STAMP_SIDE * STAMP_SIDE;
  [science, template, difference].forEach(({ image, variance }, plane) =>
    cutSignificance(image, variance, { x: Math.round(x), y: Math.round(y) }, out.subarray(plane * size, (plane + 1) * size)),
  );
  const { mask } = difference;
  const flagged = knownPlaneBits(mask.planes, FLAGGED);
  for (let k = 0; k < size; k++) {
    const i = Math.round(x) - mask.x0 - HALF + (k % STAMP_SIDE);
    const j = Math.round(y) - mask.y0 - HALF + Math.floor(k / STAMP_SIDE);
    const inside = i >= 0 && j >= 0 && i < mask.width && j < mask.height;
    out[3 * size + k] = !inside || Number.isNaN(out[2 * size + k]) || (mask.data[j * mask.stride + i] & flagged) !== 0 ? 1 : 0;
  }
  return out;
}

function cutSignificance(image: Image, variance: Image, centre: { readonly x: number; readonly y: number }, out: Float32Array): void {
  for (let row = 0; row < STAMP_SIDE; row++) {
    const j = centre.y - image.y0 - HALF + row;
    for (let column = 0; column < STAMP_SIDE; column++) {
      const i = centre.x - image.x0 - HALF + column;
      const inside = i >= 0 && j >= 0 && i < image.width && j < image.height;
      const noise = inside ? Math.sqrt(variance.data[j * variance.stride + i]) : Number.NaN;
      const value = noise > 0 ? image.data[j * image.stride + i] / noise : Number.NaN;
      out[row * STAMP_SIDE + column] = Number.isFinite(value) ? value : Number.NaN;
    }
  }
}
