import {
  convolveMaskedImage,
  createKernelImage,
  fwhmOfShape,
  type Image,
  kernelReach,
  normalizeInPlace,
  pixelAt,
  type PixelBox,
  type Psf,
  type VaryingKernel,
} from '@almagest/image';
import { fftReal2d, halfSpectrumLength, inverseFftReal2d, nextFftSize } from '@almagest/kernels';
import { PsfTooWideError } from '../errors.ts';
import type { Warp } from './warp.ts';

export interface MatchOptions {
  /** Half width of the matching kernel [pixel]; default: that of the target PSF's image, 12 at most. */
  readonly halfWidth?: number;
  /** Power below which spatial frequencies are damped, as a share of the largest; default 1e-6. */
  readonly damping?: number;
}

/**
 * Quadratic Lagrange polynomials on -1, 0, 1 as Chebyshev coefficients: the kernel is exact at the three by three places
 * where it is computed and quadratic between.
 */
const LAGRANGE = [
  [0.25, -0.5, 0.25],
  [0.5, 0, -0.5],
  [0.25, 0.5, 0.25],
] as const;

/**
 * Convolves a warp so that its PSF becomes the target's.
 *
 * @throws {PsfTooWideError} if the warp's own PSF is wider than the target at the middle of the patch: sharpening would
 * amplify noise without bound.
 */
export function matchWarp(warp: Warp & { readonly psf: Psf }, target: Psf, options: MatchOptions = {}): Warp & { readonly psf: Psf } {
  const kernel = matchingKernel(warp.psf, target, warp.maskedImage.image, options);
  const maskedImage = convolveMaskedImage(warp.maskedImage, kernel);
  return { ...warp, maskedImage, psf: target };
}

/** The kernel that turns one PSF into another over a box; sum 1 everywhere. */
export function matchingKernel(from: Psf, to: Psf, box: PixelBox, options: MatchOptions = {}): VaryingKernel {
  const middle = { x: box.x0 + box.width / 2, y: box.y0 + box.height / 2 };
  const [fwhmPixels, targetPixels] = [from, to].map((psf) => fwhmOfShape(psf.computeShape(middle.x, middle.y)));
  if (!(fwhmPixels < targetPixels * 1.001))
    throw new PsfTooWideError(
      `the PSF must be narrower than the target's ${targetPixels.toFixed(2)} pixels; found ${fwhmPixels.toFixed(2)}`,
      {
        details: { fwhmPixels, targetPixels },
      },
    );
  const basis: Image[] = [];
  const fields: VaryingKernel['fields'][number][] = [];
  for (const v of [0, 1, 2])
    for (const u of [0, 1, 2]) {
      const x = box.x0 - 0.5 + (box.width * u) / 2;
      const y = box.y0 - 0.5 + (box.height * v) / 2;
      basis.push(kernelBetween(from.computeKernelImage(x, y), to.computeKernelImage(x, y), options));
      fields.push({ box, coefficients: LAGRANGE[v].map((b) => LAGRANGE[u].map((a) => a * b)) });
    }
  return { kind: 'varying', basis, fields };
}

/** Deconvolution in Fourier space, damped where the narrower PSF has no power: T conj(P) / (|P|^2 + damping). */
function kernelBetween(from: Image, to: Image, options: MatchOptions): Image {
  const half = options.halfWidth ?? Math.min(12, kernelReach({ kind: 'fixed', image: to }).halfX);
  const side = nextFftSize(Math.max(from.width, to.width, 2 * half + 1) + 8);
  const [p, t] = [from, to].map((image) => spectrumOf(image, side));
  let largest = 0;
  for (let k = 0; k < p.length; k += 2) largest = Math.max(largest, p[k] ** 2 + p[k + 1] ** 2);
  const damping = (options.damping ?? 1e-6) * largest;
  for (let k = 0; k < p.length; k += 2) {
    const power = p[k] ** 2 + p[k + 1] ** 2 + damping;
    const re = (t[k] * p[k] + t[k + 1] * p[k + 1]) / power;
    t[k + 1] = (t[k + 1] * p[k] - t[k] * p[k + 1]) / power;
    t[k] = re;
  }
  const plane = { data: new Float32Array(side * side), width: side, height: side, stride: side };
  inverseFftReal2d(t, plane);
  const kernel = createKernelImage(half);
  for (let j = -half; j <= half; j++)
    for (let i = -half; i <= half; i++)
      kernel.data[(j + half) * kernel.stride + i + half] = plane.data[((j + side) % side) * side + ((i + side) % side)];
  normalizeInPlace(kernel);
  return kernel;
}

/** Spectrum of an image whose pixel (0, 0) is the origin. */
function spectrumOf(image: Image, side: number): Float32Array {
  const plane = { data: new Float32Array(side * side), width: side, height: side, stride: side };
  for (let y = image.y0; y < image.y0 + image.height; y++)
    for (let x = image.x0; x < image.x0 + image.width; x++)
      plane.data[((y + side) % side) * side + ((x + side) % side)] = pixelAt(image, x, y) ?? 0;
  const spectrum = new Float32Array(halfSpectrumLength(side, side));
  fftReal2d(plane, spectrum);
  return spectrum;
}
