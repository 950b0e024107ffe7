import type { SkyWcs } from '@almagest/wcs';
import type { MaskedImage } from '../pixels/masked-image.ts';
import type { Psf } from '../psf/psf.ts';
import type { PhotoCalib } from './photo-calib.ts';
import type { VisitInfo } from './visit-info.ts';

/** A value of an exposure's free metadata, as a FITS header holds it. */
export type MetadataValue = string | number | bigint | boolean;

/** A masked image with what is known about it. */
export interface Exposure {
  readonly maskedImage: MaskedImage;
  readonly wcs?: SkyWcs;
  readonly psf?: Psf;
  readonly photoCalib?: PhotoCalib;
  readonly visitInfo?: VisitInfo;
  /** Band and physical filter. */
  readonly filter?: { readonly band: string; readonly physical: string };
  readonly detectorId?: number;
  readonly detectorName?: string;
  readonly metadata: ReadonlyMap<string, MetadataValue>;
}

/** An exposure of a masked image about which nothing else is known, yet. */
export function exposureOf(maskedImage: MaskedImage, parts: Partial<Exposure> = {}): Exposure {
  return { metadata: new Map(), ...parts, maskedImage };
}
