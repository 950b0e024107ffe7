import type { Background } from '@almagest/characterization';
import { type Image, knownPlaneBits, type Mask, planeBits } from '@almagest/image';
import { DEFAULT_INTERPOLATION, findCosmicRaysBySharpness, gaussianRatios, interpolateMaskedInPlace } from '@almagest/isr';

/** What cosmic rays are told from stars by. */
export interface RepairRequest {
  /** Sky included [electron]; hit pixels are replaced. */
  readonly image: Image;
  /** Planes CR and INTRP are set where a pixel was hit. */
  readonly mask: Mask;
  readonly background: Background;
  /** Width of stars [pixel]. */
  readonly fwhmPixels: number;
  /** Pixels that are neither searched nor used. */
  readonly badBits: number;
}

/**
 * Finds cosmic rays, which are sharper than any star, and fills their pixels from the neighbours.
 *
 * @returns Number of pixels that were hit.
 */
export function repairCosmicRaysInPlace({ image, mask, background, fwhmPixels, badBits }: RepairRequest): number {
  const { width, height } = image;
  const sky = Math.max(0, background.medianLevel);
  const { pixels } = findCosmicRaysBySharpness({
    image: image.data,
    width,
    height,
    mask: mask.data,
    badBits,
    sky,
    // What the noise has over that of the sky's photons.
    readNoise: Math.sqrt(Math.max(1, background.medianNoise ** 2 - sky)),
    psf: gaussianRatios(fwhmPixels),
  });
  const hit = planeBits(mask.planes, ['CR']);
  const marks = hit | knownPlaneBits(mask.planes, ['INTRP']);
  for (const pixel of pixels) mask.data[pixel] |= marks;
  interpolateMaskedInPlace(image.data, mask.data, { width, height, bits: hit, fallback: sky }, { ...DEFAULT_INTERPOLATION, fwhmPixels });
  return pixels.length;
}
