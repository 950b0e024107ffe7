import { type BlockKernel, convolveSeparable, convolveVarying, type DenseKernel, type EdgeRule } from '@almagest/kernels';
import { evaluateField } from '../exposure/photo-calib.ts';
import { createImage, type Image, pixelAt, pixelMemory } from '../pixels/image.ts';
import { knownPlaneBits, type Mask } from '../pixels/mask.ts';
import type { MaskedImage } from '../pixels/masked-image.ts';
import { type Kernel, kernelReach } from './kernel.ts';

export interface ConvolveOptions {
  /** What lies outside the image: its nearest pixel (default) or zero. */
  readonly edge?: EdgeRule;
}

/** Side of the blocks within which a varying kernel is held constant [pixel]. */
const BLOCK = 32;

/**
 * Convolves an image; fresh result of the same box.
 *
 * A varying kernel is evaluated at the centres of 32-pixel blocks. NaN spreads over the kernel's reach.
 */
export function convolveImage(image: Image, kernel: Kernel, options: ConvolveOptions = {}): Image {
  const out = createImage(image.width, image.height, image);
  applyInto(image, kernel, out, { ...options, square: false });
  return out;
}

/**
 * Convolves a masked image: the variance with the squared kernel; mask bits spread over the kernel's rectangle; the border
 * that the kernel looks beyond is flagged EDGE.
 *
 * The result's variances are right pixel by pixel; neighbours are correlated, which they do not tell.
 */
export function convolveMaskedImage(masked: MaskedImage, kernel: Kernel, options: ConvolveOptions = {}): MaskedImage {
  const image = convolveImage(masked.image, kernel, options);
  const variance = createImage(image.width, image.height, image);
  applyInto(masked.variance, kernel, variance, { ...options, square: true });
  const mask = spreadMask(masked.mask, kernelReach(kernel));
  return { image, mask, variance };
}

interface ApplyOptions extends ConvolveOptions {
  readonly square: boolean;
}

function applyInto(image: Image, kernel: Kernel, out: Image, { square, edge = 'nearest' }: ApplyOptions): void {
  if (kernel.kind === 'separable') {
    // The kernels correlate: the mirrored kernel makes it a convolution.
    const [x, y] = [kernel.x, kernel.y].map((taps) => taps.toReversed().map((value) => (square ? value * value : value)));
    convolveSeparable(image, { x, y, edge }, out);
    return;
  }
  const images = kernel.kind === 'fixed' ? [kernel.image] : kernel.basis;
  const { halfX, halfY } = kernelReach(kernel);
  const basis = images.map((each) => mirrored(each, halfX, halfY));
  const blocks: BlockKernel = { basis, coefficients: coefficientsOf(image, kernel), block: BLOCK };
  convolveVarying(image, blocks, out, { edge, square });
}

function coefficientsOf(image: Image, kernel: Exclude<Kernel, { kind: 'separable' }>): Float32Array {
  const columns = Math.ceil(image.width / BLOCK);
  const rows = Math.ceil(image.height / BLOCK);
  if (kernel.kind === 'fixed') return new Float32Array(columns * rows).fill(1);
  const out = new Float32Array(columns * rows * kernel.fields.length);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const x = image.x0 + Math.min(image.width - 1, c * BLOCK + (BLOCK - 1) / 2);
      const y = image.y0 + Math.min(image.height - 1, r * BLOCK + (BLOCK - 1) / 2);
      kernel.fields.forEach((field, n) => (out[(r * columns + c) * kernel.fields.length + n] = evaluateField(field, x, y)));
    }
  return out;
}

function mirrored(image: Image, halfX: number, halfY: number): DenseKernel {
  const width = 2 * halfX + 1;
  const height = 2 * halfY + 1;
  const values = Float32Array.from({ length: width * height }, (_, k) => {
    return pixelAt(image, halfX - (k % width), halfY - Math.floor(k / width)) ?? 0;
  });
  return { width, height, values };
}

/** Each pixel's bits on all pixels of the rectangle about it, and EDGE on the border. */
export function spreadMask(mask: Mask, { halfX, halfY }: { readonly halfX: number; readonly halfY: number }): Mask {
  const { width, height, stride } = mask;
  const data = new Int32Array(pixelMemory(4 * width * height));
  const row = new Int32Array(width);
  for (let y = 0; y < height; y++) {
    if (!spreadRowInto(mask.data.subarray(y * stride, y * stride + width), halfX, row)) continue;
    for (let v = Math.max(0, y - halfY); v <= Math.min(height - 1, y + halfY); v++)
      for (let x = 0; x < width; x++) if (row[x] !== 0) data[v * width + x] |= row[x];
  }
  const edge = knownPlaneBits(mask.planes, ['EDGE']);
  for (let y = 0; y < height; y++) {
    const inside = y >= halfY && y < height - halfY;
    for (let x = 0; x < width; x++) if (!inside || x < halfX || x >= width - halfX) data[y * width + x] |= edge;
  }
  return { x0: mask.x0, y0: mask.y0, width, height, stride: width, data, planes: mask.planes };
}

/** True if any bit is set in the row. */
function spreadRowInto(bits: Int32Array, half: number, out: Int32Array): boolean {
  out.fill(0);
  let found = false;
  for (let x = 0; x < bits.length; x++) {
    if (bits[x] === 0) continue;
    found = true;
    for (let u = Math.max(0, x - half); u <= Math.min(bits.length - 1, x + half); u++) out[u] |= bits[x];
  }
  return found;
}
