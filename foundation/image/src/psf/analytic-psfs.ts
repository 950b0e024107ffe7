import type { Image } from '../pixels/image.ts';
import { createKernelImage, FWHM_PER_SIGMA, normalizeInPlace, type Psf, type PsfDescription, type Shape } from './psf.ts';
import { pixelBasisPsf } from './pixel-basis-psf.ts';
import { computeAdaptiveShape } from './shape.ts';

/** A radial profile about (0, 0): density at squared radius r2 [pixel^2], any scale. */
type Profile = (dx: number, dy: number) => number;

/**
 * A Gaussian PSF, the same everywhere, integrated over pixels by a 5-point rule in each direction.
 *
 * @param sigmaPixels - Standard deviation of the profile before the pixel smears it.
 */
export function gaussianPsf(sigmaPixels: number, options: { readonly halfWidth?: number } = {}): Psf {
  const variance = sigmaPixels * sigmaPixels;
  return ellipticalGaussianPsf({ xx: variance, yy: variance, xy: 0 }, options);
}

/**
 * A Moffat PSF, the same everywhere: (1 + (r / a)^2)^-beta (Moffat 1969, A&A 3, 455).
 *
 * @param fwhmPixels - Full width at half maximum before the pixel smears it.
 * @param options.beta - Default 4.765, that of Kolmogorov turbulence (Trujillo et al. 2001, MNRAS 328, 977).
 */
export function moffatPsf(fwhmPixels: number, options: { readonly beta?: number; readonly halfWidth?: number } = {}): Psf {
  const beta = options.beta ?? 4.765;
  const a2 = (fwhmPixels / 2) ** 2 / (2 ** (1 / beta) - 1);
  const halfWidth = options.halfWidth ?? Math.max(5, Math.ceil(4 * fwhmPixels));
  return profilePsf((dx, dy) => (1 + (dx * dx + dy * dy) / a2) ** -beta, { kind: 'moffat', fwhmPixels, beta, halfWidth });
}

/** A Gaussian PSF with the given second moments [pixel^2], the same everywhere. */
export function ellipticalGaussianPsf(shape: Shape, options: { readonly halfWidth?: number } = {}): Psf {
  const determinant = shape.xx * shape.yy - shape.xy * shape.xy;
  const a = -0.5 * (shape.yy / determinant);
  const b = shape.xy / determinant;
  const c = -0.5 * (shape.xx / determinant);
  const halfWidth = options.halfWidth ?? Math.max(3, Math.ceil(5 * Math.sqrt(Math.max(shape.xx, shape.yy))));
  return profilePsf((dx, dy) => Math.exp(a * dx * dx + b * dx * dy + c * dy * dy), { kind: 'gaussian', shape, halfWidth });
}

/** Sigma of the Gaussian with this full width at half maximum. */
export function sigmaOfFwhm(fwhm: number): number {
  return fwhm / FWHM_PER_SIGMA;
}

/** The PSF that a description tells of. */
export function psfOf(description: PsfDescription): Psf {
  switch (description.kind) {
    case 'pixel-basis':
      return pixelBasisPsf(description.model);
    case 'gaussian':
      return ellipticalGaussianPsf(description.shape, description);
    case 'moffat':
      return moffatPsf(description.fwhmPixels, description);
  }
}

function profilePsf(profile: Profile, description: Exclude<PsfDescription, { kind: 'pixel-basis' }>): Psf {
  const { halfWidth } = description;
  const centred = render(profile, halfWidth, 0, 0);
  const shape = computeAdaptiveShape(centred, { x: 0, y: 0 });
  return {
    description,
    averagePosition: { x: 0, y: 0 },
    computeKernelImage: () => render(profile, halfWidth, 0, 0),
    computeImage: (x, y) => render(profile, halfWidth, x, y),
    computeShape: () => shape,
    computeApertureFlux: (radius) => sumInCircle(profile, radius) / sumInCircle(profile, halfWidth),
  };
}

/** Five-point Gauss-Legendre nodes and weights on [-1/2, 1/2] (Abramowitz and Stegun, table 25.4). */
const NODES = [-0.453_089_922_969_332, -0.269_234_655_052_841_6, 0, 0.269_234_655_052_841_6, 0.453_089_922_969_332];
const WEIGHTS = [
  0.118_463_442_528_094_5, 0.239_314_335_249_683_2, 0.284_444_444_444_444_4, 0.239_314_335_249_683_2, 0.118_463_442_528_094_5,
];

/** The profile centred on (x, y), integrated over pixels, sum 1. */
function render(profile: Profile, halfWidth: number, x: number, y: number): Image {
  const image = createKernelImage(halfWidth);
  const x0 = Math.round(x) - halfWidth;
  const y0 = Math.round(y) - halfWidth;
  for (let j = 0; j < image.height; j++)
    for (let i = 0; i < image.width; i++) {
      let sum = 0;
      for (let v = 0; v < 5; v++)
        for (let u = 0; u < 5; u++) sum += WEIGHTS[u] * WEIGHTS[v] * profile(x0 + i + NODES[u] - x, y0 + j + NODES[v] - y);
      image.data[j * image.stride + i] = sum;
    }
  normalizeInPlace(image);
  return { ...image, x0, y0 };
}

/** Flux of a round profile inside a radius, by Simpson's rule over the radius, averaged over 16 directions for the others. */
function sumInCircle(profile: Profile, radius: number): number {
  const steps = 512;
  let sum = 0;
  for (let s = 1; s <= steps; s++) {
    const r = (radius * s) / steps;
    let ring = 0;
    for (let k = 0; k < 16; k++) ring += profile(r * Math.cos((Math.PI * k) / 8), r * Math.sin((Math.PI * k) / 8));
    sum += (s === steps ? 1 : s % 2 === 1 ? 4 : 2) * r * (ring / 16);
  }
  return (sum * 2 * Math.PI * radius) / (3 * steps);
}
