import { encodeJpeg, type Image, imageOf, type Picture, renderGray, renderLupton, type Stretch } from '@almagest/image';
import { encodeTransparentPng } from './encode-png.ts';

/** How pixel values become brightness and colour. */
export type Paint =
  | { readonly kind: 'gray'; readonly black: number; readonly white: number; readonly stretch: Stretch }
  | {
      readonly kind: 'colour';
      /** By band, red first: the value that is black, and what others are multiplied with. Of two bands green is the mean. */
      readonly minimum: readonly number[];
      readonly scale: readonly number[];
      /** Linear range of the stretch and its softening. @see Lupton et al. 2004 */
      readonly stretch: number;
      readonly q: number;
    };

export type PictureFormat = 'png' | 'jpeg';

/** A picture as a file; in PNG what was not observed is transparent, in JPEG black. */
export function paintPicture(planes: readonly Image[], paint: Paint, format: PictureFormat): Uint8Array {
  const picture = paint.kind === 'gray' ? renderGray(planes[0]!, paint) : renderColour(planes, paint);
  return format === 'jpeg' ? encodeJpeg(picture) : encodeTransparentPng(picture, opacityOf(planes));
}

/** A band that has no value where others have one takes their mean. */
function renderColour(planes: readonly Image[], paint: Paint & { kind: 'colour' }): Picture {
  const [first] = planes;
  const { width, height } = first!;
  const scaled = planes.map((plane, band) => scaledPixels(plane.data, paint.minimum[band]!, paint.scale[band]!));
  fillGapsInPlace(scaled);
  const [red, blue] = [scaled[0]!, scaled.at(-1)!];
  const green = scaled.length > 2 ? scaled[1]! : red.map((value, k) => (value + blue[k]!) / 2);
  const image = (data: Float32Array): Image => imageOf(data, width, height);
  return renderLupton(image(red), image(green), image(blue), { stretch: paint.stretch, q: paint.q });
}

function scaledPixels(data: Float32Array, minimum: number, scale: number): Float32Array {
  const scaled = new Float32Array(data.length);
  for (let k = 0; k < data.length; k++) scaled[k] = (data[k]! - minimum) * scale;
  return scaled;
}

function fillGapsInPlace(bands: readonly Float32Array[]): void {
  const { length } = bands[0]!;
  for (let k = 0; k < length; k++) {
    let [sum, count] = [0, 0];
    for (const data of bands) if (data[k] === data[k]) [sum, count] = [sum + data[k]!, count + 1];
    if (count > 0 && count < bands.length) for (const data of bands) if (data[k] !== data[k]) data[k] = sum / count;
  }
}

/** 255 where any band has a value, rows from the top. */
function opacityOf(planes: readonly Image[]): Uint8Array {
  const { width, height } = planes[0]!;
  const opacity = new Uint8Array(width * height);
  for (let j = 0; j < height; j++)
    for (let i = 0; i < width; i++)
      if (planes.some(({ data, stride }) => !Number.isNaN(data[j * stride + i]!))) opacity[(height - 1 - j) * width + i] = 255;
  return opacity;
}
