import { expect, test } from 'vitest';
import {
  convolveImage,
  convolveMaskedImage,
  createImage,
  createKernelImage,
  createMaskedImage,
  fillImage,
  gaussianKernel,
  kernelImageAt,
  kernelSumAt,
  type Kernel,
  pixelAt,
  planeBits,
  type VaryingKernel,
} from '../index.ts';

function lopsided(): Kernel {
  const image = createKernelImage(1);
  image.data.set([0, 0, 0, 0, 1, 2, 0, 0, 0]);
  return { kind: 'fixed', image };
}

test('a point becomes the kernel, not its mirror image, in parent coordinates', () => {
  const image = createImage(9, 9, { x0: 100, y0: 50 });
  image.data[4 * 9 + 4] = 1;
  const out = convolveImage(image, lopsided());
  expect([pixelAt(out, 103, 54), pixelAt(out, 104, 54), pixelAt(out, 105, 54)]).toEqual([0, 1, 2]);
});

test('fixed, separable and varying forms of one kernel agree', () => {
  const image = createImage(70, 50);
  image.data.forEach((_, k) => (image.data[k] = Math.sin(k * 1.3)));
  const separable = gaussianKernel(1.5);
  const fixed: Kernel = { kind: 'fixed', image: kernelImageAt(separable, 0, 0) };
  const box = { x0: 0, y0: 0, width: 70, height: 50 };
  const varying: VaryingKernel = { kind: 'varying', basis: [kernelImageAt(separable, 0, 0)], fields: [{ box, coefficients: [[1]] }] };
  const [a, b, c] = [separable, fixed, varying].map((kernel) => convolveImage(image, kernel));
  a.data.forEach((value, k) => {
    expect(Math.abs(b.data[k] - value)).toBeLessThan(1e-6);
    expect(c.data[k]).toBe(b.data[k]);
  });
  expect(kernelSumAt(separable, 0, 0)).toBeCloseTo(1, 6);
});

test('a kernel that varies linearly over the image changes the flux linearly', () => {
  const image = createImage(256, 64);
  fillImage(image, 1);
  const delta = createKernelImage(1);
  delta.data[4] = 1;
  const kernel: VaryingKernel = { kind: 'varying', basis: [delta], fields: [{ box: image, coefficients: [[2, 1]] }] };
  const out = convolveImage(image, kernel);
  // Held constant in blocks of 32, so off by at most half a block of the slope 2 / 256.
  for (let x = 0; x < 256; x++) expect(Math.abs(out.data[x] - (1 + (2 * (x + 0.5)) / 256))).toBeLessThan(16 / 128 + 1e-6);
});

test('variance uses the squared kernel, masks spread, the border is EDGE', () => {
  const masked = createMaskedImage(21, 21);
  fillImage(masked.variance, 4);
  masked.mask.data[10 * 21 + 10] = planeBits(masked.mask.planes, ['SAT']);
  const out = convolveMaskedImage(masked, lopsided());
  expect(out.variance.data[10 * 21 + 10]).toBe(4 * (1 + 4));
  const sat = planeBits(out.mask.planes, ['SAT']);
  expect(out.mask.data.filter((bits) => bits & sat)).toHaveLength(9);
  const edge = planeBits(out.mask.planes, ['EDGE']);
  expect(out.mask.data.filter((bits) => bits & edge)).toHaveLength(21 * 21 - 19 * 19);
});
