import { resample, type ResamplingKernel } from '@almagest/kernels';
import { type Exposure, exposureOf } from '../exposure/exposure.ts';
import type { SkyMapping } from '../exposure/sky-mapping.ts';
import { createImage, type Image, type PixelBox } from '../pixels/image.ts';
import { planeBits, withPlanes } from '../pixels/mask.ts';
import { createMaskedImage, type MaskedImage } from '../pixels/masked-image.ts';
import { computeSkyGrid, type SkyGrid, type SkyGridOptions } from './sky-grid.ts';
import { warpPsf } from './warped-psf.ts';

export interface WarpOptions extends SkyGridOptions {
  /** Planes to fill in place of fresh ones; see {@link warpMaskedByGrid}. */
  readonly into?: MaskedImage | undefined;
  /** Default: lanczos3. */
  readonly kernel?: ResamplingKernel;
}

/** Where pixels come from or go to: a mapping to the sky and the pixels it is valid on. */
export interface SkyFrame {
  readonly wcs: SkyMapping;
  readonly box: PixelBox;
}

/**
 * Resamples an image onto another pixel grid of the sky.
 *
 * NaN where the kernel's footprint leaves the source, and around NaN pixels of it: repair or zero defects first.
 *
 * @param source - Pixels; not modified. @param sourceWcs - In the image's parent coordinates.
 * @param target - Grid of the result, which has the target box's origin.
 * @returns Fresh image.
 * @remarks On simulated stars of 0.2 arcsec pixels with Lanczos-3 fluxes keep within 1.3 mmag and places within 0.9 mas
 * (warp.recovery.test.ts). With `conserveFlux` (default) values are multiplied by the ratio of pixel areas.
 */
export function warpImage(source: Image, sourceWcs: SkyMapping, target: SkyFrame, options: WarpOptions = {}): Image {
  return warpImageByGrid(source, computeSkyGrid(target, { wcs: sourceWcs, box: source }, options), target.box, options.kernel);
}

/** Resamples an image where a grid says; the grid may serve several images of one frame. */
export function warpImageByGrid(source: Image, grid: SkyGrid, box: PixelBox, kernel: ResamplingKernel = 'lanczos3'): Image {
  const output = createImage(box.width, box.height, box);
  resample({ kernel, grid, input: source, output });
  return output;
}

/**
 * Resamples image, variance and mask; pixels without data are NaN and flagged NO_DATA.
 *
 * Variances are those of the weighted sums; neighbouring result pixels are correlated, which variances do not tell.
 * Mask bits are those of the up to four source pixels around the position: a defect grows by one pixel at most, although
 * Lanczos wings reach further at low weight.
 */
export function warpMaskedImage(source: MaskedImage, sourceWcs: SkyMapping, target: SkyFrame, options: WarpOptions = {}): MaskedImage {
  return warpMaskedByGrid(source, computeSkyGrid(target, { wcs: sourceWcs, box: source.image }, options), target.box, options);
}

/**
 * Resamples a masked image where a grid says.
 *
 * @param options.into - Planes of the box's size that are filled and returned, for loops that would otherwise allocate a new
 * set for every input; their mask must know NO_DATA.
 */
export function warpMaskedByGrid(
  source: MaskedImage,
  grid: SkyGrid,
  box: PixelBox,
  options: { readonly kernel?: ResamplingKernel | undefined; readonly into?: MaskedImage | undefined } = {},
): MaskedImage {
  const { kernel = 'lanczos3', into } = options;
  const planes = into?.mask.planes ?? withPlanes(source.mask.planes, ['NO_DATA']);
  const { image, mask, variance } = into ?? createMaskedImage(box.width, box.height, { ...box, planes });
  resample({
    kernel,
    grid,
    input: source.image,
    output: image,
    variance: { input: source.variance, output: variance },
    mask: { input: source.mask, output: mask, noDataBits: planeBits(planes, ['NO_DATA']) },
  });
  return { image, mask, variance };
}

/**
 * Warps an exposure with all that belongs to it: the PSF follows the pixels; calibration stays (fluxes are kept), unless it
 * varies over the image, which needs {@link Exposure.photoCalib} applied first.
 *
 * @param targetWcs - Kept as the result's own WCS.
 */
export function warpExposure(
  source: Exposure & { readonly wcs: NonNullable<Exposure['wcs']> },
  target: { readonly wcs: NonNullable<Exposure['wcs']>; readonly box: PixelBox },
  options: WarpOptions = {},
): Exposure {
  const maskedImage = warpMaskedImage(source.maskedImage, source.wcs, target, options);
  const psf = source.psf && warpPsf(source.psf, source.wcs, target.wcs, options.kernel);
  return exposureOf(maskedImage, { ...source, wcs: target.wcs, ...(psf ? { psf } : {}) });
}
