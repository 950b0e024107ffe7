/** A smooth map of the plane to itself, with its derivatives: the shape of every distortion. */
export interface PlaneMap {
  /** Writes the image of (x, y) to out[0..1]. */
  apply(x: number, y: number, out: Float64Array): void;
  /** Writes the image to out[0..1] and the matrix du/dx, du/dy, dv/dx, dv/dy to out[2..5]. */
  applyWithJacobian(x: number, y: number, out: Float64Array): void;
}

/**
 * Inverts a plane map by Newton's method from a starting point.
 *
 * @param out - Receives the point at out[0..1] and is scratch to out[5]; length 6 or more.
 * @param tolerance - Largest miss of the image that counts as solved.
 * @returns false (and NaN) when the steps do not settle: the target lies where the map folds over.
 */
export function invertPlaneMap(
  map: PlaneMap,
  target: { readonly u: number; readonly v: number },
  start: { readonly x: number; readonly y: number },
  tolerance: number,
  out: Float64Array,
): boolean {
  let { x, y } = start;
  const { u, v } = target;
  let bestMiss = Number.POSITIVE_INFINITY;
  let stepX = 0;
  let stepY = 0;
  for (let i = 0; i < 50; i++) {
    map.applyWithJacobian(x, y, out);
    const du = u - out[0];
    const dv = v - out[1];
    const miss = Math.abs(du) + Math.abs(dv);
    if (miss <= tolerance) {
      // One last half-free step: the Jacobian is at hand and brings the point to rounding.
      const det = out[2] * out[5] - out[3] * out[4];
      out[0] = x + (out[5] * du - out[3] * dv) / det;
      out[1] = y + (out[2] * dv - out[4] * du) / det;
      return Number.isFinite(out[0] + out[1]);
    }
    if (!(miss < bestMiss) && i > 0) {
      // Overshot: go back half of the step.
      stepX /= 2;
      stepY /= 2;
      if (!(Math.abs(stepX) + Math.abs(stepY) > 1e-12)) break;
      x -= stepX;
      y -= stepY;
      continue;
    }
    bestMiss = miss;
    const det = out[2] * out[5] - out[3] * out[4];
    stepX = (out[5] * du - out[3] * dv) / det;
    stepY = (out[2] * dv - out[4] * du) / det;
    if (!Number.isFinite(stepX + stepY)) break;
    x += stepX;
    y += stepY;
  }
  out[0] = Number.NaN;
  out[1] = Number.NaN;
  return false;
}
