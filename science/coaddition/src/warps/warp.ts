import {
  countMasked,
  type Exposure,
  fwhmOfShape,
  knownPlaneBits,
  type MaskedImage,
  medianInPlace,
  type PixelBox,
  type Psf,
  warpExposure,
  type WarpOptions,
} from '@almagest/image';
import type { SkyWcs } from '@almagest/wcs';

/** One input on the pixels of a patch. */
export interface Warp {
  /** Names the input in reports, such as visit and detector. */
  readonly id: string;
  readonly maskedImage: MaskedImage;
  readonly psf?: Psf | undefined;
  /** Relative weight in a mean, one number an input: see {@link inverseVarianceWeight}. */
  readonly weight: number;
}

/** The pixels of a patch and their place on the sky. */
export interface PatchFrame {
  readonly wcs: SkyWcs;
  readonly box: PixelBox;
}

/** Pixels that a typical variance is taken of. */
const SAMPLE = 100_000;

/** Planes whose pixels carry no light that a coadd can use. */
export const UNUSABLE_PLANES: readonly string[] = ['NO_DATA', 'BAD', 'SAT', 'CR', 'SUSPECT'];

/**
 * Warps a calibrated exposure onto a patch.
 *
 * @returns undefined where the exposure does not touch the patch or leaves no usable pixel.
 * @remarks Lanczos-3 unless told otherwise; the warp's PSF includes its smearing.
 */
export function makeWarp(
  id: string,
  exposure: Exposure & { readonly wcs: SkyWcs },
  patch: PatchFrame,
  options: WarpOptions = {},
): Warp | undefined {
  const warped = warpExposure(exposure, patch, options);
  const weight = inverseVarianceWeight(warped.maskedImage);
  return weight > 0 ? { id, maskedImage: warped.maskedImage, psf: warped.psf, weight } : undefined;
}

/**
 * 1 / median variance of the usable pixels, of a sample of about 100 000; 0 where there is none.
 *
 * One number for the whole input, so that weights do not follow the light of sources and the coadd's PSF is that of a
 * weighted sum.
 */
export function inverseVarianceWeight({ variance, mask }: MaskedImage): number {
  const bad = knownPlaneBits(mask.planes, UNUSABLE_PLANES);
  const step = Math.max(1, Math.floor(Math.sqrt((variance.width * variance.height) / SAMPLE)));
  const values: number[] = [];
  // Where a coarse sample meets no usable pixel, a small usable corner may still be there.
  for (let stride = step; values.length === 0 && stride >= 1; stride = stride === 1 ? 0 : Math.max(1, stride >> 2))
    for (let j = stride >> 1; j < variance.height; j += stride)
      for (let i = stride >> 1; i < variance.width; i += stride) {
        const value = variance.data[j * variance.stride + i];
        if ((mask.data[j * mask.stride + i] & bad) === 0 && value > 0 && value < Number.POSITIVE_INFINITY) values.push(value);
      }
  return values.length > 0 ? 1 / medianInPlace(Float64Array.from(values)) : 0;
}

/** Share of the warp's pixels that are usable. */
export function usableShare({ mask }: MaskedImage): number {
  return 1 - countMasked(mask, knownPlaneBits(mask.planes, UNUSABLE_PLANES)) / (mask.width * mask.height);
}

/** FWHM of a PSF at the middle of a box [pixel]; NaN without PSF. */
export function fwhmAtMiddle(psf: Psf | undefined, box: PixelBox): number {
  if (psf === undefined) return Number.NaN;
  return fwhmOfShape(psf.computeShape(box.x0 + box.width / 2, box.y0 + box.height / 2));
}
