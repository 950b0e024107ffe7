import { fitPixelBasisPsf, measureAdaptiveMoments, TooFewStarsError } from '@almagest/characterization';
import { FWHM_PER_SIGMA, moffatPsf, type Psf } from '@almagest/image';
import type { DenseKernel, Plane } from '@almagest/kernels';
import type { Subtraction } from '../subtraction/subtract-images.ts';
import { withModelWings } from './model-wings.ts';
import type { StampPsf } from './shifted-stamp.ts';

/** Stars that make the model; more cost time and tell little. */
const MOST_STARS = 100;

/**
 * The PSF of the science image before any convolution, from the stars that made the kernel.
 *
 * What changed is in the science image, so that this PSF, sent the same way as the image, sets the scale of its flux.
 */
export function measureSciencePsf({ kernel, scienceBefore, sources, scienceFwhm }: Subtraction): Psf {
  const { image, skyVariance, gain } = scienceBefore;
  return measureStarsPsf({ image, skyVariance, gain, fwhm: scienceFwhm }, kernel.stars, sources);
}

/** What a PSF is measured on: an image without its background. */
export interface PsfImage {
  readonly image: Plane;
  readonly skyVariance: number;
  readonly gain: number;
  readonly fwhm: number;
}

/**
 * The PSF of an image from stars at these places.
 *
 * A Moffat profile of the measured width where fewer than three stars can be used.
 *
 * @param sources - Source number + 1 on the pixels of sources, so that neighbours are left out.
 */
export function measureStarsPsf(
  { image, skyVariance, gain, fwhm }: PsfImage,
  places: readonly { readonly x: number; readonly y: number }[],
  sources: Plane<Int32Array>,
): Psf {
  const stars = places
    .map((at) => measureAdaptiveMoments(image, at, { sigmaPixels: fwhm / FWHM_PER_SIGMA }))
    .filter(({ status }) => status === 'ok')
    .toSorted((a, b) => b.flux - a.flux)
    .slice(0, MOST_STARS);
  try {
    const { psf } = fitPixelBasisPsf(
      image,
      {
        x: Float64Array.from(stars, ({ x }) => x),
        y: Float64Array.from(stars, ({ y }) => y),
        flux: Float64Array.from(stars, ({ flux }) => flux),
        peak: Int32Array.from(stars.keys()),
        label: Int32Array.from(stars, ({ x, y }) => sources.data[Math.round(y) * sources.stride + Math.round(x)]),
        sigma: new Float64Array(stars.length).fill(Math.sqrt(skyVariance)),
        fwhmPixels: fwhm,
      },
      { gain, reserveEvery: 0, labels: sources },
    );
    return psf;
  } catch (error) {
    if (error instanceof TooFewStarsError) return moffatPsf(fwhm);
    throw error;
  }
}

/** The PSF at a place on a square of its own, with wings of a smooth profile; sum 1. */
export function stampAt(psf: Psf, at: { readonly x: number; readonly y: number }): StampPsf {
  const image = psf.computeKernelImage(at.x, at.y);
  const half = (image.width - 1) / 2;
  const values = new Float64Array(image.width * image.height);
  for (let j = 0; j < image.height; j++)
    for (let i = 0; i < image.width; i++) values[j * image.width + i] = image.data[j * image.stride + i];
  return withModelWings({ half, values }, widthOf(values, half));
}

/** Width at half of the maximum, from the area above it. */
function widthOf(values: Float64Array, half: number): number {
  const level = values[half * (2 * half + 1) + half] / 2;
  // A pixel near the level counts in part, as if the profile fell by half of the level from one pixel to the next.
  const area = values.reduce((sum, value) => sum + Math.max(0, Math.min(1, 0.5 + (value - level) / level)), 0);
  return 2 * Math.sqrt(area / Math.PI);
}

/** A PSF as it is after its image was correlated with a matching kernel; its sum becomes that of both. */
export function correlateStamp(psf: StampPsf, { width, height, values }: DenseKernel): StampPsf {
  const mirrored = { width, height, values: values.toReversed() };
  const sum = values.reduce((s, v) => s + v, 0);
  const { half, values: out } = filterStamp(psf, mirrored);
  return { half, values: out.map((v) => v * sum) };
}

/** A PSF convolved with a symmetric filter; its sum stays. */
export function filterStamp(psf: StampPsf, filter: DenseKernel): StampPsf {
  const reach = (filter.width - 1) / 2;
  const half = psf.half + reach;
  const side = 2 * half + 1;
  const inner = 2 * psf.half + 1;
  const values = new Float64Array(side * side);
  for (let v = 0; v < filter.height; v++)
    for (let u = 0; u < filter.width; u++) {
      const weight = filter.values[v * filter.width + u];
      for (let j = 0; j < inner; j++) for (let i = 0; i < inner; i++) values[(j + v) * side + i + u] += weight * psf.values[j * inner + i];
    }
  const sum = filter.values.reduce((s, v) => s + v, 0);
  return { half, values: values.map((v) => v / sum) };
}

/** The inner part of a PSF, not scaled again. */
export function cropStamp(psf: StampPsf, half: number): StampPsf {
  if (half >= psf.half) return psf;
  const [side, inner] = [2 * psf.half + 1, 2 * half + 1];
  const first = psf.half - half;
  const values = new Float64Array(inner * inner);
  for (let j = 0; j < inner; j++)
    values.set(psf.values.subarray((j + first) * side + first, (j + first) * side + first + inner), j * inner);
  return { half, values };
}
