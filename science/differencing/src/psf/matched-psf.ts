import { fitPixelBasisPsf, measureAdaptiveMoments, TooFewStarsError } from '@almagest/characterization';
import { FWHM_PER_SIGMA, moffatPsf, type Psf } from '@almagest/image';
import type { DenseKernel } from '@almagest/kernels';
import type { Subtraction } from '../subtraction/subtract-images.ts';
import type { StampPsf } from './shifted-stamp.ts';

/** Stars that make the model; more cost time and tell little. */
const MOST_STARS = 100;

/**
 * The PSF that both matched images have: that of the image that was not convolved, from the stars that made the kernel.
 *
 * A Moffat profile of the measured width where fewer than three stars can be used.
 */
export function measureMatchedPsf(subtraction: Subtraction): Psf {
  const { kernel, convolved, science, template, sources } = subtraction;
  const fwhmPixels = convolved === 'template' ? subtraction.scienceFwhm : subtraction.templateFwhm;
  const { image, scale, skyVariance, gain } = convolved === 'template' ? science : template;
  const sigmaPixels = fwhmPixels / FWHM_PER_SIGMA;
  const stars = kernel.stars
    .map((at) => measureAdaptiveMoments(image, at, { sigmaPixels }))
    .filter(({ status }) => status === 'ok')
    .toSorted((a, b) => b.flux - a.flux)
    .slice(0, MOST_STARS);
  const sigma = Math.sqrt(skyVariance) / scale;
  const numbers = Int32Array.from(stars.keys());
  try {
    const { psf } = fitPixelBasisPsf(
      image,
      {
        x: Float64Array.from(stars, ({ x }) => x),
        y: Float64Array.from(stars, ({ y }) => y),
        flux: Float64Array.from(stars, ({ flux }) => flux),
        peak: numbers,
        label: Int32Array.from(stars, ({ x, y }) => sources.data[Math.round(y) * sources.stride + Math.round(x)]),
        sigma: new Float64Array(stars.length).fill(sigma),
        fwhmPixels,
      },
      { gain: gain * scale, reserveEvery: 0, labels: sources },
    );
    return psf;
  } catch (error) {
    if (error instanceof TooFewStarsError) return moffatPsf(fwhmPixels);
    throw error;
  }
}

/** The PSF at a place on a square of its own, sum 1. */
export function stampAt(psf: Psf, at: { readonly x: number; readonly y: number }): StampPsf {
  const image = psf.computeKernelImage(at.x, at.y);
  const half = (image.width - 1) / 2;
  const values = new Float64Array(image.width * image.height);
  for (let j = 0; j < image.height; j++)
    for (let i = 0; i < image.width; i++) values[j * image.width + i] = image.data[j * image.stride + i];
  return normalized(withoutPedestal({ half, values }));
}

/** Beyond this part of its square a PSF is taken to have no light, so that errors of the stars' sky do not add to its sum. */
const DARK = 0.85;

function withoutPedestal({ half, values }: StampPsf): StampPsf {
  const side = 2 * half + 1;
  const radius = (k: number): number => Math.hypot((k % side) - half, Math.floor(k / side) - half);
  let [sum, count] = [0, 0];
  for (let k = 0; k < values.length; k++) {
    const r = radius(k);
    if (r < DARK * half || r > half) continue;
    sum += values[k];
    count++;
  }
  return { half, values: values.map((v, k) => (radius(k) > half ? 0 : v - sum / count)) };
}

/** A PSF convolved with a filter, scaled to sum 1. */
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
  return normalized({ half, values });
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

function normalized({ half, values }: StampPsf): StampPsf {
  const sum = values.reduce((s, v) => s + v, 0);
  return { half, values: values.map((v) => v / sum) };
}
