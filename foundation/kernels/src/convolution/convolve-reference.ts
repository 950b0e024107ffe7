import type { Plane } from '../memory/frame.ts';
import { type BlockKernel, checkBlockKernel, type EdgeRule, type VaryingOptions } from './convolve.ts';

/**
 * The definition of convolveSeparable in plain TypeScript, rounding to float32 after every product and every sum in the
 * same order as the kernel, so that the two agree to the bit.
 */
export function convolveSeparableReference(
  input: Plane,
  kernels: { readonly x: Float32Array; readonly y: Float32Array; readonly edge?: EdgeRule },
  output: Plane,
): void {
  const { width, height } = input;
  const hx = kernels.x.length >> 1;
  const hy = kernels.y.length >> 1;
  const edge = kernels.edge ?? 'nearest';
  const rows = new Float32Array(width * (height + 2 * hy));
  for (let y = -hy; y < height + hy; y++)
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = 0; k < kernels.x.length; k++) sum = Math.fround(sum + Math.fround(kernels.x[k] * pixel(input, x + k - hx, y, edge)));
      rows[(y + hy) * width + x] = edge === 'zero' && (y < 0 || y >= height) ? 0 : sum;
    }
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = 0; k < kernels.y.length; k++) sum = Math.fround(sum + Math.fround(kernels.y[k] * rows[(y + k) * width + x]));
      output.data[y * output.stride + x] = sum;
    }
}

/** The definition of convolveVarying in plain TypeScript; agrees with it to the bit. */
export function convolveVaryingReference(input: Plane, kernel: BlockKernel, output: Plane, options: VaryingOptions = {}): void {
  const { block, kw, kh, blocksX } = checkBlockKernel(input, kernel);
  const edge = options.edge ?? 'nearest';
  const nBasis = kernel.basis.length;
  const combined = new Float32Array(kw * kh);
  for (let y = 0; y < input.height; y++)
    for (let x = 0; x < input.width; x++) {
      const start = (Math.floor(y / block) * blocksX + Math.floor(x / block)) * nBasis;
      if (x % block === 0)
        for (let k = 0; k < combined.length; k++) {
          let weight = 0;
          for (let n = 0; n < nBasis; n++)
            weight = Math.fround(weight + Math.fround(kernel.coefficients[start + n] * kernel.basis[n].values[k]));
          combined[k] = options.square ? weight * weight : weight;
        }
      let sum = 0;
      for (let k = 0; k < combined.length; k++) {
        const value = pixel(input, x + (k % kw) - (kw >> 1), y + Math.floor(k / kw) - (kh >> 1), edge);
        sum = Math.fround(sum + Math.fround(combined[k] * value));
      }
      output.data[y * output.stride + x] = sum;
    }
}

function pixel(plane: Plane, x: number, y: number, edge: EdgeRule): number {
  if (edge === 'zero' && (x < 0 || y < 0 || x >= plane.width || y >= plane.height)) return 0;
  const i = Math.min(Math.max(x, 0), plane.width - 1);
  const j = Math.min(Math.max(y, 0), plane.height - 1);
  return plane.data[j * plane.stride + i];
}
