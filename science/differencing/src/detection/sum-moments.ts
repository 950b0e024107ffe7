/** Middle of pixels [pixel], and the sums of squares and products of their distances from it [pixel^2], each pixel counted alike. */
export interface PixelMoments {
  readonly x: number;
  readonly y: number;
  readonly xx: number;
  readonly yy: number;
  readonly xy: number;
}

/** Moments of the pixels at the given array indices of an image; NaN for none. */
export function sumMoments(pixels: Int32Array, stride: number): PixelMoments {
  let [x, y, xx, yy, xy] = [0, 0, 0, 0, 0];
  for (const k of pixels) {
    x += k % stride;
    y += Math.floor(k / stride);
  }
  x /= pixels.length;
  y /= pixels.length;
  for (const k of pixels) {
    const [dx, dy] = [(k % stride) - x, Math.floor(k / stride) - y];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return { x, y, xx, yy, xy };
}
