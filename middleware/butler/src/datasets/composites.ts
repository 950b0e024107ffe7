import { type Exposure, exposureOf, type Image, type Mask, type MaskedImage, maskedImageOf, type PixelBox } from '@almagest/image';
import { StorageClassError } from '../errors.ts';

/** An object by its parts. */
export type Parts = Readonly<Record<string, unknown>>;

/** How objects of a composite storage class come apart and together again. */
export interface CompositeDelegate {
  /** Parts by component name; those that the object does not have are left out. */
  takeApart(value: unknown): Parts;
  putTogether(parts: Parts): unknown;
}

/** Plain objects whose keys are the components. */
export const PLAIN_COMPOSITE: CompositeDelegate = {
  takeApart: (value) => {
    if (typeof value !== 'object' || value === null)
      throw new StorageClassError(`a composite is an object with its components as keys; found ${typeof value}`);
    return present(value as Parts);
  },
  putTogether: (parts) => ({ ...parts }),
};

/** Masked images: three planes. */
export const MASKED_IMAGE_COMPOSITE: CompositeDelegate = {
  takeApart: (value) => {
    const { image, mask, variance } = value as MaskedImage;
    return present({ image, mask, variance });
  },
  putTogether: (parts) => planesOf(parts),
};

/** Exposures: planes, and what is known about them. A PSF that is computed from others stays out, as it does in FITS files. */
export const EXPOSURE_COMPOSITE: CompositeDelegate = {
  takeApart: (value) => {
    const { maskedImage, detectorId, detectorName, psf, ...rest } = value as Exposure;
    if (!maskedImage) throw new StorageClassError('an exposure has a maskedImage; found none');
    return present({
      ...MASKED_IMAGE_COMPOSITE.takeApart(maskedImage),
      ...rest,
      psf: psf?.description ? psf : undefined,
      detector: detectorId === undefined ? undefined : { id: detectorId, name: detectorName },
    });
  },
  putTogether: (parts) => {
    const { image: _image, mask: _mask, variance: _variance, detector, metadata, ...rest } = parts;
    const { id, name } = (detector ?? {}) as { id?: number; name?: string };
    return exposureOf(planesOf(parts), {
      ...rest,
      metadata: asMap(metadata),
      ...(id === undefined ? {} : { detectorId: id }),
      ...(name === undefined ? {} : { detectorName: name }),
    });
  },
};

/** Parts that are computed: where the pixels are. Undefined for others. */
export function derivedPart(whole: unknown, component: string): unknown {
  const { x0, y0, width, height } = ((whole as Partial<Exposure>).maskedImage?.image ??
    (whole as Partial<MaskedImage>).image ??
    whole) as PixelBox;
  if (component === 'bbox') return { x0, y0, width, height };
  if (component === 'dimensions') return { width, height };
  return component === 'xy0' ? { x: x0, y: y0 } : undefined;
}

function planesOf(parts: Parts): MaskedImage {
  for (const plane of ['image', 'mask', 'variance'])
    if (!parts[plane]) throw new StorageClassError(`an image is put together from image, mask and variance; found no ${plane}`);
  return maskedImageOf(parts['image'] as Image, parts['mask'] as Mask, parts['variance'] as Image);
}

function present(parts: Parts): Parts {
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined && part !== null));
}

function asMap(metadata: unknown): Exposure['metadata'] {
  return metadata instanceof Map ? (metadata as Exposure['metadata']) : new Map(Object.entries((metadata ?? {}) as object));
}
