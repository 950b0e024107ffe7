import type { SkyWcs } from '@almagest/wcs';
import { intersectBoxes, type PixelBox } from '../pixels/image.ts';
import { type MaskedImage, subMaskedImage } from '../pixels/masked-image.ts';
import type { Psf } from '../psf/psf.ts';
import type { ChebyshevField, PhotoCalib } from './photo-calib.ts';
import type { VisitInfo } from './visit-info.ts';

/** A value of an exposure's free metadata, as a FITS header holds it. */
export type MetadataValue = string | number | bigint | boolean;

/** Aperture corrections by the name of the flux, with the error of each. */
export type ApertureCorrections = ReadonlyMap<string, { readonly field: ChebyshevField; readonly error: number }>;

/** A masked image with what is known about it. */
export interface Exposure {
  readonly maskedImage: MaskedImage;
  readonly wcs?: SkyWcs;
  readonly psf?: Psf;
  readonly photoCalib?: PhotoCalib;
  /** What fluxes of each kind are multiplied by to be those of the calibration aperture. */
  readonly apCorrMap?: ApertureCorrections;
  /** Corners of the part of the image that light reaches, in parent coordinates; absent where that is all of it. */
  readonly validPolygon?: readonly { readonly x: number; readonly y: number }[];
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

/** Views a part of an exposure without copying pixels; coordinates are the parent's, so WCS and PSF stay as they are. */
export function subExposure(exposure: Exposure, box: PixelBox): Exposure {
  return { ...exposure, maskedImage: subMaskedImage(exposure.maskedImage, box) };
}

/**
 * Cuts out a square about a point of the sky, as much of it as the exposure covers; a view, nothing is copied.
 *
 * @param center - Right ascension and declination [rad]. @param sidePixels - Side of the square.
 * @returns undefined where the exposure has no WCS or the square misses it.
 */
export function cutOut(
  exposure: Exposure,
  center: { readonly ra: number; readonly dec: number },
  sidePixels: number,
): Exposure | undefined {
  const at = exposure.wcs?.skyToPixel(center.ra, center.dec);
  if (at === undefined || !Number.isFinite(at.x) || !Number.isFinite(at.y)) return undefined;
  const half = (sidePixels - 1) / 2;
  const wanted = { x0: Math.round(at.x - half), y0: Math.round(at.y - half), width: sidePixels, height: sidePixels };
  const box = intersectBoxes(wanted, exposure.maskedImage.image);
  return box.width === 0 || box.height === 0 ? undefined : subExposure(exposure, box);
}
