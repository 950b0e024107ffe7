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
  sums.fill(0, 0, radii.length);
  areas.fill(0, 0, radii.length);
  const { data, width, height, stride } = image;
  const { x: cx, y: cy } = center;
  let widest = 0;
  for (let k = 0; k < radii.length; k++) widest = Math.max(widest, radii[k]);
  const left = Math.max(0, Math.ceil(cx - widest - 0.5));
  const right = Math.min(width - 1, Math.floor(cx + widest + 0.5));
  // Sums along a row from its left end: what lies wholly inside a circle is then one difference, however many circles there are.
  const along = new Float64Array(Math.max(0, right - left + 2));
  const rows1 = Math.min(height - 1, Math.floor(cy + widest + 0.5));
  for (let j = Math.max(0, Math.ceil(cy - widest - 0.5)); j <= rows1; j++) {
    const row = j * stride;
    let sum = 0;
    for (let i = left; i <= right; i++) {
      sum += data[row + i];
      along[i - left + 1] = sum;
    }
    const low = j - cy - 0.5;
    // The half chord at the edge nearer to the centre bounds the pixels touched, at the farther edge those wholly inside.
    const near = low > 0 ? low : low < -1 ? -low - 1 : 0;
    const far = Math.max(Math.abs(low), Math.abs(low + 1));
    for (let k = 0; k < radii.length; k++) {
      const r = radii[k];
      if (near >= r) continue;
      const outer = Math.sqrt(r * r - near * near);
      const x0 = Math.max(0, Math.ceil(cx - outer - 0.5));
      const x1 = Math.min(width - 1, Math.floor(cx + outer + 0.5));
      let full0 = x1 + 1;
      let full1 = x1;
      if (far < r) {
        const inner = Math.sqrt(r * r - far * far);
        full0 = Math.max(x0, Math.ceil(cx - inner + 0.5));
        full1 = Math.min(x1, Math.floor(cx + inner - 0.5));
        if (full1 < full0) [full0, full1] = [x1 + 1, x1];
      }
      let [partSum, partArea] = [0, 0];
      for (let i = x0; i < full0; i++) {
        const part = pixelInCircle(i - cx - 0.5, low, r);
        partSum += part * data[row + i];
        partArea += part;
      }
      for (let i = full1 + 1; i <= x1; i++) {
        const part = pixelInCircle(i - cx - 0.5, low, r);
        partSum += part * data[row + i];
        partArea += part;
      }
      if (full1 >= full0) {
        partSum += along[full1 - left + 1] - along[full0 - left];
        partArea += full1 - full0 + 1;
      }
      sums[k] += partSum;
      areas[k] += partArea;
    }
  }
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
