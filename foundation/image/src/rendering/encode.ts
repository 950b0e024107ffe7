import { encode as encodeFastPng } from 'fast-png';
import jpeg from 'jpeg-js';
import type { Picture } from './render.ts';

/** PNG file of a picture. */
export function encodePng(picture: Picture): Uint8Array {
  const { width, height, channels, data } = picture;
  return encodeFastPng({ width, height, channels, depth: 8, data });
}

/** JPEG file of a picture. @param quality - 1 to 100, default 90. */
export function encodeJpeg(picture: Picture, quality: number = 90): Uint8Array {
  const { width, height, channels, data } = picture;
  const rgba = new Uint8Array(4 * width * height);
  for (let k = 0; k < width * height; k++) {
    const at = channels * k;
    rgba.set([data[at], data[at + (channels >> 1)], data[at + channels - 1], 255], 4 * k);
  }
  return Uint8Array.from(jpeg.encode({ width, height, data: rgba }, quality).data);
}
