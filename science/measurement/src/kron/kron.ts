import type { Plane } from '@almagest/kernels';

export interface KronOptions {
  /** Multiple of the first-moment radius; 2.5 keeps about 94 % of the light. */
  readonly factor: number;
  /** Least radius, in units of the ellipse's axes. */
  readonly minimum: number;
}

/** A flux inside an elliptical aperture scaled to the source's own light. */
export interface KronFlux {
  readonly flux: number;
  /** Area of the aperture [pixel^2]. */
  readonly area: number;
  /** Radius of the aperture in units of the axes. */
  readonly radius: number;
  /** True where the aperture reaches over the edge of the stamp. */
  readonly truncated: boolean;
}

/** The first moment is taken inside this multiple of the axes. */
const MOMENT_REACH = 6;

/**
 * Kron flux: the light inside an ellipse of the source's shape whose size is `factor` times its first radial moment.
 *
 * @param image - Background-subtracted, without NaN. @param ellipse - Centre in array indices, axes as standard deviations [pixel].
 * @remarks The area is that of the ellipse within 0.5 % for axes of a pixel and more (kron.test.ts).
 * @see Kron 1980, ApJS 43, 305; as SExtractor's FLUX_AUTO
 */
export function measureKronFlux(
  image: Plane,
  ellipse: { readonly x: number; readonly y: number; readonly a: number; readonly b: number; readonly theta: number },
  { factor, minimum }: KronOptions,
): KronFlux {
  const { x, y, a, b, theta } = ellipse;
  const [c, s] = [Math.cos(theta), Math.sin(theta)];
  // r^2 = cxx dx^2 + cyy dy^2 + cxy dx dy is 1 on the ellipse of one standard deviation.
  const cxx = (c * c) / (a * a) + (s * s) / (b * b);
  const cyy = (s * s) / (a * a) + (c * c) / (b * b);
  const cxy = 2 * c * s * (1 / (a * a) - 1 / (b * b));
  const [first, sum] = sumInside(image, { x, y, cxx, cyy, cxy, reach: MOMENT_REACH }, true);
  const moment = sum > 0 && first > 0 ? first / sum : 0;
  const radius = Math.max(minimum, factor * Math.min(MOMENT_REACH, moment));
  const [area, flux] = sumInside(image, { x, y, cxx, cyy, cxy, reach: radius }, false);
  const reachX = radius * Math.hypot(a * c, b * s);
  const reachY = radius * Math.hypot(a * s, b * c);
  const truncated = x - reachX < -0.5 || y - reachY < -0.5 || x + reachX > image.width - 0.5 || y + reachY > image.height - 0.5;
  return { flux, area, radius, truncated };
}

interface Ellipse {
  readonly x: number;
  readonly y: number;
  readonly cxx: number;
  readonly cyy: number;
  readonly cxy: number;
  /** In units of the axes. */
  readonly reach: number;
}

/** Sum of the pixels inside, and before it the sum of r times pixel (weighted) or the area. */
function sumInside(image: Plane, ellipse: Ellipse, weighted: boolean): [number, number] {
  const { x, y, cxx, cyy, cxy, reach } = ellipse;
  const { data, width, height, stride } = image;
  const determinant = cxx * cyy - (cxy * cxy) / 4;
  const reachX = reach * Math.sqrt(cyy / determinant);
  const reachY = reach * Math.sqrt(cxx / determinant);
  // The largest change of r across half a pixel; squares are compared, so that most pixels need no root.
  const margin = Math.sqrt(Math.max(cxx, cyy)) * Math.SQRT1_2 + 1e-9;
  const inner = Math.max(0, reach - margin) ** 2;
  const outer = (reach + margin) ** 2;
  let [sum, other] = [0, 0];
  for (let j = Math.max(0, Math.ceil(y - reachY - 0.5)); j <= Math.min(height - 1, Math.floor(y + reachY + 0.5)); j++) {
    const dy = j - y;
    const [byy, bxy] = [cyy * dy * dy, cxy * dy];
    for (let i = Math.max(0, Math.ceil(x - reachX - 0.5)); i <= Math.min(width - 1, Math.floor(x + reachX + 0.5)); i++) {
      const dx = i - x;
      const r2 = cxx * dx * dx + bxy * dx + byy;
      if (r2 > outer) continue;
      const part = weighted || r2 < inner ? 1 : partInside(dx, dy, ellipse);
      const value = part * data[j * stride + i];
      sum += value;
      other += weighted ? value * Math.sqrt(r2) : part;
    }
  }
  return [other, sum];
}

/** Part of a pixel inside, from the distance of its centre to the boundary along the gradient of r. */
function partInside(dx: number, dy: number, { cxx, cyy, cxy, reach }: Ellipse): number {
  const gx = cxx * dx + 0.5 * cxy * dy;
  const gy = cyy * dy + 0.5 * cxy * dx;
  const r2 = gx * dx + gy * dy;
  const slope = Math.hypot(gx, gy);
  if (slope === 0) return 1;
  const distance = (0.5 * (reach * reach - r2)) / slope;
  return distance > 0.5 ? 1 : distance < -0.5 ? 0 : distance + 0.5;
}
