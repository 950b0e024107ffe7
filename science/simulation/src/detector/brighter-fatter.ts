import { convolveDense, type DenseKernel } from '@almagest/kernels';

/**
 * Moves charge across pixel boundaries as the charge gathered so far pushes them: stars grow, noise falls below Poisson's.
 *
 * Each boundary carries the mean charge of its two pixels times the gradient of phi = K * Q across it, half of it for the
 * mean over the exposure; what leaves one pixel enters its neighbour.
 *
 * @param charge - [electron], row-major [height, width]; changed in place.
 * @param kernel - K as the correction uses it [1/electron].
 * @see Coulton et al. (2018), AJ 155, 258, eq. 20, of which this is the inverse to first order.
 */
export function pushBoundariesInPlace(
  charge: Float32Array,
  shape: { readonly width: number; readonly height: number },
  kernel: DenseKernel,
): void {
  const { width, height } = shape;
  if (kernel.values.every((v) => v === 0)) return;
  const phi = new Float32Array(charge.length);
  convolveDense({ data: charge, width, height, stride: width }, kernel, { data: phi, width, height, stride: width });
  let above: Float32Array = new Float32Array(width);
  for (let y = 0; y < height; y++) {
    const base = y * width;
    // Flux upwards through the boundary between this row and the next, and to the right, before this row changes.
    const up = new Float32Array(width);
    if (y < height - 1) {
      for (let x = 0; x < width; x++) {
        const i = base + x;
        up[x] = 0.25 * (charge[i] + charge[i + width]) * (phi[i + width] - phi[i]);
      }
    }
    let left = 0;
    for (let x = 0; x < width; x++) {
      const i = base + x;
      const right = x < width - 1 ? 0.25 * (charge[i] + charge[i + 1]) * (phi[i + 1] - phi[i]) : 0;
      const flow = left - right + above[x] - up[x];
      left = right;
      charge[i] += flow;
    }
    above = up;
  }
}
