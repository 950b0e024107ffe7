import type { DatasetRef } from '@almagest/butler';
import { fitsBytes, openFits } from '@almagest/fits';
import {
  type Exposure,
  exposureHdus,
  findImageHdu,
  intersectBoxes,
  type PixelBox,
  planeBits,
  readExposure,
  readPlace,
  withPlanes,
} from '@almagest/image';
import { DEGREE } from '@almagest/sphere';
import type { SkyWcs } from '@almagest/wcs';
import { CutoutOutsideError, CutoutTooLargeError, NoWcsError } from '../errors.ts';
import { outlineOf, shapeTest, type SkyShape } from '../models/sky-shape.ts';
import type { ImageCatalog } from '../storage/image-catalog.ts';
import { openArtifact } from '../storage/open-artifact.ts';

/** Most pixels in one cutout: 4096 x 4096, 200 MB with mask and variance. */
export const MAX_CUTOUT_PIXELS = 4096 * 4096;

/** A square of pixels about a position [deg]. */
export interface StampRequest {
  readonly ra: number;
  readonly dec: number;
  readonly sidePixels: number;
}

/**
 * Cuts a part out of an image: the smallest rectangle of pixels about the shape, with mask, variance and world coordinates.
 * Pixels outside a circle or polygon have the mask plane NO_DATA and are NaN; their variance too.
 *
 * @throws {CutoutOutsideError} if the shape misses the image. @throws {CutoutTooLargeError} @throws {NoWcsError}
 */
export async function cutOutShape(catalog: ImageCatalog, id: string, shape: SkyShape): Promise<Exposure> {
  const ref = await catalog.getRef(id);
  const inside = shapeTest(shape);
  const cut = await readPart(catalog, ref, (wcs, whole) => boxAround(wcs, whole, shape));
  const { mask } = cut.maskedImage;
  const marked = { ...cut, maskedImage: { ...cut.maskedImage, mask: { ...mask, planes: withPlanes(mask.planes, ['NO_DATA']) } } };
  if (maskOutsideInPlace(marked, inside) === 0)
    throw new CutoutOutsideError(`the shape lies outside image ${ref.id}`, { details: { id: ref.id } });
  return marked;
}

/** Cuts out a square of pixels, as much of it as the image covers. @throws as {@link cutOutShape} */
export async function cutOutStamp(catalog: ImageCatalog, id: string, { ra, dec, sidePixels }: StampRequest): Promise<Exposure> {
  const ref = await catalog.getRef(id);
  return await readPart(catalog, ref, (wcs) => {
    const { x, y } = wcs.skyToPixel(ra * DEGREE, dec * DEGREE);
    const half = (sidePixels - 1) / 2;
    return { x0: Math.round(x - half), y0: Math.round(y - half), width: sidePixels, height: sidePixels };
  });
}

/** The FITS file of an exposure, or of a part of one. */
export async function cutoutBytes(exposure: Exposure): Promise<Uint8Array> {
  return await fitsBytes(exposureHdus(exposure), { checksum: true });
}

type Choose = (wcs: SkyWcs, whole: PixelBox) => PixelBox;

async function readPart(catalog: ImageCatalog, ref: DatasetRef, choose: Choose): Promise<Exposure> {
  await using source = await openArtifact(catalog.butler, ref);
  const file = await openFits(source);
  const { box: whole, wcs } = readPlace(await findImageHdu(file));
  if (!wcs) throw new NoWcsError(`image ${ref.id} has no world coordinates`, { details: { id: ref.id } });
  const wanted = choose(wcs, whole);
  const sound = [wanted.x0, wanted.y0, wanted.width, wanted.height].every(Number.isFinite);
  const box = sound ? intersectBoxes(wanted, whole) : { x0: 0, y0: 0, width: 0, height: 0 };
  const pixels = box.width * box.height;
  if (pixels === 0) throw new CutoutOutsideError(`the position lies outside image ${ref.id}`, { details: { id: ref.id } });
  if (pixels > MAX_CUTOUT_PIXELS)
    throw new CutoutTooLargeError(`a cutout has at most ${MAX_CUTOUT_PIXELS} pixels; this would have ${pixels}`, {
      details: { pixels, limit: MAX_CUTOUT_PIXELS },
    });
  return await readExposure(file, { box });
}

/** Smallest box of whole pixels that holds the outline. */
function boxAround(wcs: SkyWcs, whole: PixelBox, shape: SkyShape): PixelBox {
  const points = outlineOf(shape).map(([ra, dec]) => wcs.skyToPixel(ra * DEGREE, dec * DEGREE));
  const seen = points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
  // Where a part of the outline has no place in the projection the shape is larger than any image.
  if (seen.length < points.length) return whole;
  const [x0, x1] = [Math.min(...seen.map((p) => p.x)), Math.max(...seen.map((p) => p.x))];
  const [y0, y1] = [Math.min(...seen.map((p) => p.y)), Math.max(...seen.map((p) => p.y))];
  const [left, bottom] = [Math.ceil(x0 - 0.5), Math.ceil(y0 - 0.5)];
  return { x0: left, y0: bottom, width: Math.floor(x1 + 0.5) - left + 1, height: Math.floor(y1 + 0.5) - bottom + 1 };
}

/** @returns Count of pixels that lie inside. */
function maskOutsideInPlace(cut: Exposure, inside: (ra: number, dec: number) => boolean): number {
  const { image, mask, variance } = cut.maskedImage;
  const bit = planeBits(mask.planes, ['NO_DATA']);
  const [x, y] = [new Float64Array(image.width), new Float64Array(image.width)];
  const [ra, dec] = [new Float64Array(image.width), new Float64Array(image.width)];
  let kept = 0;
  for (let j = 0; j < image.height; j++) {
    for (let i = 0; i < image.width; i++) [x[i], y[i]] = [image.x0 + i, image.y0 + j];
    cut.wcs!.pixelToSkyArray(x, y, ra, dec);
    for (let i = 0; i < image.width; i++) {
      if (inside((((ra[i]! / DEGREE) % 360) + 360) % 360, dec[i]! / DEGREE)) {
        kept++;
        continue;
      }
      image.data[j * image.stride + i] = Number.NaN;
      variance.data[j * variance.stride + i] = Number.NaN;
      mask.data[j * mask.stride + i]! |= bit;
    }
  }
  return kept;
}
