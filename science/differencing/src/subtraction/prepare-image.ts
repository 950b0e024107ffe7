import { type Background, measureBackground, subtractBackground } from '@almagest/characterization';
import type { Plane } from '@almagest/kernels';
import { estimateFwhm } from '@almagest/measurement';
import { measureSkyNoise } from './sky-noise.ts';
import { GridMismatchError, NoOverlapError, SaturatedImageError } from '../errors.ts';

/** One of the two images. */
export interface SubtractInput {
  /** Not modified; NaN where there is no data. */
  readonly image: Plane;
  /** Electrons per unit of the image, for the noise of sources; 0 where it is not known. */
  readonly gain: number;
  /** Level at which pixels are saturated; Infinity for none. */
  readonly saturation: number;
  /** Width of a star [pixel]; measured when absent. */
  readonly fwhmPixels?: number;
}

/** An image ready to be matched. */
export interface PreparedImage {
  /** Without its background; NaN where there is no data. */
  readonly clean: Plane;
  readonly background: Background;
  readonly fwhm: number;
  /** Saturation above the background. */
  readonly limit: number;
  /** Variance of a pixel of sky, and electrons per unit (0: unknown). */
  readonly skyVariance: number;
  readonly gain: number;
}

/** Least part of the image that both must cover. */
const LEAST_OVERLAP = 0.02;
const FALLBACK_FWHM = 3;

/**
 * Checks that two images share enough of one grid to be subtracted.
 *
 * @throws {GridMismatchError | NoOverlapError | SaturatedImageError}
 */
export function checkPair(science: SubtractInput, template: SubtractInput): void {
  checkGrid(science.image, template.image);
  const { width, height } = science.image;
  // Every fourth row of a large image tells the parts to a percent.
  const step = height > 1024 ? 4 : 1;
  let [shared, usable, size] = [0, 0, 0];
  for (let y = 0; y < height; y += step) {
    const [a, b] = [y * science.image.stride, y * template.image.stride];
    size += width;
    for (let x = 0; x < width; x++) {
      const [s, t] = [science.image.data[a + x], template.image.data[b + x]];
      const sum = s + t;
      if (sum - sum !== 0) continue;
      shared++;
      if (s < science.saturation && t < template.saturation) usable++;
    }
  }
  size = Math.max(1, size);
  const fraction = shared / size;
  if (fraction < LEAST_OVERLAP)
    throw new NoOverlapError(
      `science image and template must share at least ${LEAST_OVERLAP * 100} % of the image; they share ${(fraction * 100).toFixed(2)} %`,
      { details: { fraction } },
    );
  if (usable / size < LEAST_OVERLAP)
    throw new SaturatedImageError(
      `at least ${LEAST_OVERLAP * 100} % of the pixels must be below saturation (${science.saturation} and ${template.saturation}); found ${((100 * usable) / size).toFixed(2)} %`,
      { details: { fraction: usable / size } },
    );
}

function checkGrid(science: Plane, template: Plane): void {
  if (science.width === template.width && science.height === template.height) return;
  const details = { science: [science.width, science.height], template: [template.width, template.height] };
  throw new GridMismatchError(
    `science image and template must lie on one grid; found ${details.science.join(' x ')} and ${details.template.join(' x ')} pixels: resample the template first`,
    { details },
  );
}

/** Takes the background off and measures noise and the width of stars. */
export function prepareImage(
  { image, gain, saturation, fwhmPixels }: SubtractInput,
  { cellPixels, makePlane }: { readonly cellPixels: number; readonly makePlane: () => Plane },
): PreparedImage {
  const clean = makePlane();
  for (let y = 0; y < image.height; y++)
    clean.data.set(image.data.subarray(y * image.stride, y * image.stride + image.width), y * clean.stride);
  const background = measureBackground(clean, { cellPixels });
  subtractBackground(clean, background, clean);
  const limit = saturation - background.medianLevel;
  const fwhm = fwhmPixels ?? estimateFwhm(clean, background.noise, background.medianNoise, limit) ?? FALLBACK_FWHM;
  const noise = measureSkyNoise(clean, 'lower');
  return { clean, background, fwhm, limit, gain, skyVariance: (noise > 0 ? noise : background.medianNoise) ** 2 };
}

/** Variance of a pixel with this much light of sources. */
export function varianceAt({ skyVariance, gain }: Pick<PreparedImage, 'skyVariance' | 'gain'>, light: number): number {
  return skyVariance + (gain > 0 && light > 0 ? light / gain : 0);
}
