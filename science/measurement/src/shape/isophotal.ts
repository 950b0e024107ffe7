import type { Plane } from '@almagest/kernels';

/** Moments over the pixels of a detection, weighted by their light. */
export interface IsophotalMoments {
  readonly flux: number;
  readonly x: number;
  readonly y: number;
  readonly xx: number;
  readonly yy: number;
  readonly xy: number;
  readonly peak: number;
}

/**
 * First and second moments over given pixels [pixel, pixel^2]; a source of one pixel has the moments of that pixel, 1/12.
 *
 * @param pixels - Indices y * stride + x. Pixels that are not positive or NaN have no weight.
 * @see Bertin and Arnouts 1996, section 4; singular matrices are regularized by 1/12 as there
 */
export function measureIsophotal(image: Plane, pixels: Int32Array, from: number, to: number): IsophotalMoments {
  const { data, stride } = image;
  let [flux, peak, sx, sy] = [0, Number.NEGATIVE_INFINITY, 0, 0];
  for (let k = from; k < to; k++) {
    const p = pixels[k];
    const value = data[p];
    if (!(value > 0)) continue;
    const x = p % stride;
    flux += value;
    sx += value * x;
    sy += (value * (p - x)) / stride;
    if (value > peak) peak = value;
  }
  const x = sx / flux;
  const y = sy / flux;
  let [xx, yy, xy] = [0, 0, 0];
  for (let k = from; k < to; k++) {
    const p = pixels[k];
    const value = data[p];
    if (!(value > 0)) continue;
    const dx = (p % stride) - x;
    const dy = Math.floor(p / stride) - y;
    xx += value * dx * dx;
    yy += value * dy * dy;
    xy += value * dx * dy;
  }
  xx /= flux;
  yy /= flux;
  xy /= flux;
  if (xx * yy - xy * xy < 0.00694) {
    xx += 1 / 12;
    yy += 1 / 12;
  }
  return { flux, x, y, xx, yy, xy, peak };
}

/** An ellipse with the second moments given: axes are standard deviations [pixel], theta from x towards y [rad]. */
export function ellipseOfMoments(xx: number, yy: number, xy: number): { a: number; b: number; theta: number } {
  const half = (xx + yy) / 2;
  const root = Math.hypot((xx - yy) / 2, xy);
  return { a: Math.sqrt(Math.max(0, half + root)), b: Math.sqrt(Math.max(0, half - root)), theta: 0.5 * Math.atan2(2 * xy, xx - yy) };
}
