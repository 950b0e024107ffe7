import { type ChebyshevField, evaluateField } from '../exposure/photo-calib.ts';
import { type Image, pixelAt } from '../pixels/image.ts';
import { createKernelImage } from '../psf/psf.ts';

/** One kernel for the whole image: an odd-sided image whose pixel (0, 0) is its centre. */
export interface FixedKernel {
  readonly kind: 'fixed';
  readonly image: Image;
}

/** The product of two profiles of odd length, the same everywhere. */
export interface SeparableKernel {
  readonly kind: 'separable';
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** The sum of basis images, each times a smooth function of position [parent pixels]. */
export interface VaryingKernel {
  readonly kind: 'varying';
  readonly basis: readonly Image[];
  readonly fields: readonly ChebyshevField[];
}

/** What images are convolved with: out(x, y) = sum over (u, v) of kernel(u, v) in(x - u, y - v). */
export type Kernel = FixedKernel | SeparableKernel | VaryingKernel;

/** A round Gaussian of sum 1, separable, sampled at pixel centres. */
export function gaussianKernel(sigmaPixels: number, halfWidth: number = Math.max(1, Math.ceil(4 * sigmaPixels))): SeparableKernel {
  const profile = Float64Array.from({ length: 2 * halfWidth + 1 }, (_, k) => Math.exp(-0.5 * ((k - halfWidth) / sigmaPixels) ** 2));
  const sum = profile.reduce((a, b) => a + b, 0);
  const x = Float32Array.from(profile, (value) => value / sum);
  return { kind: 'separable', x, y: x };
}

/** The kernel at a position as an image centred on pixel (0, 0). */
export function kernelImageAt(kernel: Kernel, x: number, y: number): Image {
  const { halfX, halfY } = kernelReach(kernel);
  const out = createKernelImage(Math.max(halfX, halfY));
  const weights = kernel.kind === 'varying' ? kernel.fields.map((field) => evaluateField(field, x, y)) : [];
  for (let j = 0; j < out.height; j++)
    for (let i = 0; i < out.width; i++) {
      const u = out.x0 + i;
      const v = out.y0 + j;
      let value: number;
      if (kernel.kind === 'separable') value = (kernel.x[u + halfX] ?? 0) * (kernel.y[v + halfY] ?? 0);
      else if (kernel.kind === 'fixed') value = pixelAt(kernel.image, u, v) ?? 0;
      else value = kernel.basis.reduce((sum, image, n) => sum + weights[n] * (pixelAt(image, u, v) ?? 0), 0);
      out.data[j * out.stride + i] = value;
    }
  return out;
}

/** How far a kernel reaches from its centre [pixel]. */
export function kernelReach(kernel: Kernel): { readonly halfX: number; readonly halfY: number } {
  if (kernel.kind === 'separable') return { halfX: kernel.x.length >> 1, halfY: kernel.y.length >> 1 };
  const images = kernel.kind === 'fixed' ? [kernel.image] : kernel.basis;
  return {
    halfX: Math.max(...images.map((image) => Math.max(-image.x0, image.x0 + image.width - 1))),
    halfY: Math.max(...images.map((image) => Math.max(-image.y0, image.y0 + image.height - 1))),
  };
}

/** Sum of the kernel at a position: what a convolution multiplies fluxes by. */
export function kernelSumAt(kernel: Kernel, x: number, y: number): number {
  return kernelImageAt(kernel, x, y).data.reduce((a, b) => a + b, 0);
}
