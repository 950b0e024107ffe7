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
    let i = x0;
    let left = cornerArea(i - cx - 0.5, high, r) - cornerArea(i - cx - 0.5, low, r);
    while (i <= x1) {
      if (i >= full0 && i <= full1) {
        for (; i <= full1; i++) {
          sum += data[row + i];
          area++;
        }
        if (i > x1) break;
        left = cornerArea(i - cx - 0.5, high, r) - cornerArea(i - cx - 0.5, low, r);
      }
      const right = cornerArea(i - cx + 0.5, high, r) - cornerArea(i - cx + 0.5, low, r);
      const part = right - left;
      sum += part * data[row + i];
      area += part;
      left = right;
      i++;
    }
  }
  sums[k] = sum;
  areas[k] = area;
}

/** Signed area of the circle inside the rectangle between the origin and the corner (x, y). */
function cornerArea(x: number, y: number, r: number): number {
  const a = Math.min(Math.abs(x), r);
  const b = Math.min(Math.abs(y), r);
  const sign = x < 0 === y < 0 ? 1 : -1;
  if (a * a + b * b <= r * r) return sign * a * b;
  // From 0 to the abscissa where the circle comes down to b the rectangle is full; from there to a the arc bounds it.
  const t = Math.sqrt(r * r - b * b);
  const u = Math.sqrt(r * r - a * a);
  return sign * 0.5 * (t * b + a * u + r * r * (Math.asin(a / r) - Math.asin(t / r)));
}
