import type { Plane } from '@almagest/kernels';

/**
 * Sums pixels inside concentric circles, each pixel by the exact area of it inside.
 *
 * @param image - Without NaN. @param center - In array indices; the circles are cut at the edges of the image.
 * @param radii - [pixel]. @param sums - Overwritten, one entry a radius. @param areas - Likewise, the area inside circle and image.
 * @remarks The areas equal pi r^2 to 1e-10 inside the image (circle-sums.test.ts).
 */
export function sumInCirclesInto(
  image: Plane,
  center: { readonly x: number; readonly y: number },
  radii: readonly number[],
  sums: Float64Array,
  areas: Float64Array,
): void {
  for (let k = 0; k < radii.length; k++) sumInCircle(image, center.x, center.y, radii[k], k, sums, areas);
}

// prettier-ignore
function sumInCircle({ data, width, height, stride }: Plane, cx: number, cy: number, r: number, k: number, sums: Float64Array, areas: Float64Array): void {
  let sum = 0;
  let area = 0;
  const rows1 = Math.min(height - 1, Math.floor(cy + r + 0.5));
  for (let j = Math.max(0, Math.ceil(cy - r - 0.5)); j <= rows1; j++) {
    const low = j - cy - 0.5;
    const high = low + 1;
    // The half chord at the edge nearer to the centre bounds the pixels touched, at the farther edge those wholly inside.
    const near = low > 0 ? low : high < 0 ? -high : 0;
    const far = Math.max(Math.abs(low), Math.abs(high));
    const outer = Math.sqrt(Math.max(0, r * r - near * near));
    const inner = far < r ? Math.sqrt(r * r - far * far) : -1;
    const x0 = Math.max(0, Math.ceil(cx - outer - 0.5));
    const x1 = Math.min(width - 1, Math.floor(cx + outer + 0.5));
    const full0 = inner < 0 ? x1 + 1 : Math.max(x0, Math.ceil(cx - inner + 0.5));
    const full1 = inner < 0 ? x1 : Math.min(x1, Math.floor(cx + inner - 0.5));
    const row = j * stride;
    for (let i = x0; i <= x1; i++) {
      const part = i >= full0 && i <= full1 ? 1 : pixelInCircle(i - cx - 0.5, low, r);
      sum += part * data[row + i];
      area += part;
    }
  }
  sums[k] = sum;
  areas[k] = area;
}

/** Area of a circle about the origin inside the pixel whose lower corner is (e0, low). */
function pixelInCircle(e0: number, low: number, r: number): number {
  const high = low + 1;
  if (low >= 0) return halfCell(e0, low, high, r);
  if (high <= 0) return halfCell(e0, -high, -low, r);
  return halfCell(e0, 0, -low, r) + halfCell(e0, 0, high, r);
}

function halfCell(e0: number, l: number, h: number, r: number): number {
  const e1 = e0 + 1;
  if (e0 >= 0) return quadrantCell(e0, e1, l, h, r);
  if (e1 <= 0) return quadrantCell(-e1, -e0, l, h, r);
  return quadrantCell(0, -e0, l, h, r) + quadrantCell(0, e1, l, h, r);
}

/** Area of the circle inside [xa, xb] x [l, h], all positive: a rectangle, a trapezium and the segment over its chord. */
function quadrantCell(xa: number, xb: number, l: number, h: number, r: number): number {
  const rr = r * r;
  if (xa * xa + l * l >= rr) return 0;
  if (xb * xb + h * h <= rr) return (xb - xa) * (h - l);
  const top = h < r ? Math.sqrt(rr - h * h) : 0;
  const x1 = Math.min(xb, Math.max(xa, top));
  const x2 = Math.max(x1, Math.min(xb, Math.sqrt(rr - l * l)));
  const y1 = Math.sqrt(Math.max(0, rr - x1 * x1));
  const y2 = Math.sqrt(Math.max(0, rr - x2 * x2));
  const dx = x2 - x1;
  const half = (0.5 * Math.sqrt(dx * dx + (y1 - y2) * (y1 - y2))) / r;
  return (x1 - xa) * (h - l) + dx * (0.5 * (y1 + y2) - l) + rr * segment(half);
}

/** asin(s) - s sqrt(1 - s^2): the segment of the unit circle over a chord of half length s. */
function segment(s: number): number {
  const q = s * s;
  if (q > 0.06) return Math.asin(Math.min(1, s)) - s * Math.sqrt(Math.max(0, 1 - q));
  // Twice the integral of s^2 (1 - s^2)^(-1/2), term by term; what is left out is below 1e-14.
  let sum = 0;
  for (let k = SEGMENT.length - 1; k >= 0; k--) sum = sum * q + SEGMENT[k];
  return s * q * sum;
}

/** 2 C(2k, k) / 4^k / (2k + 3). */
const SEGMENT: readonly number[] = [2 / 3, 0.2, 0.75 / 7, 0.625 / 9, 0.546875 / 11, 0.4921875 / 13, 0.451171875 / 15, 0.4189453125 / 17];
