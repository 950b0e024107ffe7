import type { Image } from '../pixels/image.ts';
import { requireSameShape } from '../pixels/masked-image.ts';

export interface ApertureOptions {
  /** Pixels with any of `badBits` are left out of sum and area. */
  readonly mask?: Image<Int32Array> | undefined;
  /** Default: every bit. */
  readonly badBits?: number;
  readonly variance?: Image | undefined;
}

/** Sums over an aperture in which every pixel counts by the exact part of it inside. */
export interface ApertureSum {
  readonly sum: number;
  /** Sum of variances times squared parts; NaN without variance. */
  readonly variance: number;
  /** Area of the usable pixels inside the aperture [pixel^2]. */
  readonly area: number;
  /** Area of the aperture that is masked, NaN or off the image [pixel^2]. */
  readonly lostArea: number;
}

/** Sum inside a circle [parent pixel coordinates]; see {@link sumInEllipse}. */
export function sumInCircle(
  image: Image,
  center: { readonly x: number; readonly y: number },
  radius: number,
  options: ApertureOptions = {},
): ApertureSum {
  return sumInEllipse(image, { ...center, a: radius, b: radius, theta: 0 }, options);
}

/**
 * Sum inside an ellipse, with the exact area of overlap of each pixel.
 *
 * @param ellipse.a - Semi-major axis, ellipse.b - semi-minor axis [pixel]; ellipse.theta - angle from x towards y [rad].
 * @returns NaN sums never: pixels that are NaN count as lost.
 * @remarks The areas are exact to float64 rounding: their sum equals pi a b within 1e-12 (aperture.test.ts).
 */
export function sumInEllipse(
  image: Image,
  ellipse: { readonly x: number; readonly y: number; readonly a: number; readonly b: number; readonly theta: number },
  options: ApertureOptions = {},
): ApertureSum {
  const { mask, variance, badBits = -1 } = options;
  if (mask) requireSameShape(image, mask, 'mask');
  if (variance) requireSameShape(image, variance, 'variance');
  const { a, b, theta } = ellipse;
  const result = { sum: 0, variance: variance ? 0 : Number.NaN, area: 0 };
  const total = Math.PI * a * b;
  if (!(total > 0 && total < Number.POSITIVE_INFINITY)) return { ...result, lostArea: Number.isNaN(total) ? Number.NaN : 0 };
  const c = Math.cos(theta);
  const s = Math.sin(theta);
  const halfX = Math.hypot(a * c, b * s) + 0.5;
  const halfY = Math.hypot(a * s, b * c) + 0.5;
  const cx = ellipse.x - image.x0;
  const cy = ellipse.y - image.y0;
  // The map that turns the ellipse into the unit circle.
  const [m00, m01, m10, m11] = [c / a, s / a, -s / b, c / b];
  const reach = 0.5 * Math.max(Math.hypot(Math.abs(m00) + Math.abs(m01), Math.abs(m10) + Math.abs(m11)), 0);
  for (let j = Math.max(0, Math.ceil(cy - halfY)); j <= Math.min(image.height - 1, Math.floor(cy + halfY)); j++)
    for (let i = Math.max(0, Math.ceil(cx - halfX)); i <= Math.min(image.width - 1, Math.floor(cx + halfX)); i++) {
      const u = m00 * (i - cx) + m01 * (j - cy);
      const v = m10 * (i - cx) + m11 * (j - cy);
      const r = Math.hypot(u, v);
      if (r >= 1 + reach) continue;
      const part = r + reach <= 1 ? 1 : overlap(u, v, [m00, m01, m10, m11]) * a * b;
      if (part <= 0) continue;
      const value = image.data[j * image.stride + i];
      if (Number.isNaN(value) || (mask && (mask.data[j * mask.stride + i] & badBits) !== 0)) continue;
      result.sum += part * value;
      result.area += part;
      if (variance) result.variance += part * part * variance.data[j * variance.stride + i];
    }
  return { ...result, lostArea: Math.max(0, total - result.area) };
}

type Matrix = readonly [number, number, number, number];

/** Area of the unit circle inside the image of a pixel about (u, v), a parallelogram. */
function overlap(u: number, v: number, [m00, m01, m10, m11]: Matrix): number {
  let area = 0;
  for (let k = 0; k < 4; k++) {
    const [x0, y0] = CORNERS[k];
    const [x1, y1] = CORNERS[k + 1];
    area += wedge(u + m00 * x0 + m01 * y0, v + m10 * x0 + m11 * y0, u + m00 * x1 + m01 * y1, v + m10 * x1 + m11 * y1);
  }
  return Math.abs(area);
}

const CORNERS = [
  [-0.5, -0.5],
  [0.5, -0.5],
  [0.5, 0.5],
  [-0.5, 0.5],
  [-0.5, -0.5],
] as const;

/**
 * Signed area of the unit circle inside the triangle from the origin over the edge (x0, y0)-(x1, y1): a triangle where the
 * edge is inside the circle, a sector where it is outside. Summed over a polygon's edges this is the area of their overlap.
 */
function wedge(x0: number, y0: number, x1: number, y1: number): number {
  const dx = x1 - x0;
  const dy = y1 - y0;
  const a = dx * dx + dy * dy;
  const b = x0 * dx + y0 * dy;
  const discriminant = b * b - a * (x0 * x0 + y0 * y0 - 1);
  if (discriminant <= 0) return sector(x0, y0, x1, y1);
  const root = Math.sqrt(discriminant);
  const t0 = (-b - root) / a;
  const t1 = (-b + root) / a;
  if (t1 <= 0 || t0 >= 1) return sector(x0, y0, x1, y1);
  const [ax, ay] = t0 > 0 ? [x0 + t0 * dx, y0 + t0 * dy] : [x0, y0];
  const [bx, by] = t1 < 1 ? [x0 + t1 * dx, y0 + t1 * dy] : [x1, y1];
  return (t0 > 0 ? sector(x0, y0, ax, ay) : 0) + (ax * by - ay * bx) / 2 + (t1 < 1 ? sector(bx, by, x1, y1) : 0);
}

function sector(x0: number, y0: number, x1: number, y1: number): number {
  return Math.atan2(x0 * y1 - y0 * x1, x0 * x1 + y0 * y1) / 2;
}
