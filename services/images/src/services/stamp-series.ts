import { emptyHdu, fitsBytes, Header, imageHdu, type OutputHdu } from '@almagest/fits';
import { convexHull, lonLatDeg, regionHas, unitFromLonLat } from '@almagest/sphere';
import { createWcs, writeWcs } from '@almagest/wcs';
import { CutoutOutsideError, CutoutTooLargeError } from '../errors.ts';
import { type ImageRecord, titleOf } from '../models/image-record.ts';
import type { ImageCatalog } from '../storage/image-catalog.ts';
import { cutOutStamp, MAX_CUTOUT_PIXELS } from './cutout.ts';

export interface StampSeriesRequest {
  readonly ra: number;
  readonly dec: number;
  /** Side of a stamp [pixel]. */
  readonly size: number;
  readonly type: string;
  readonly band?: string | undefined;
  readonly limit: number;
}

/** Stamps read at a time: each reads its own file, and little of it. */
const READERS = 8;

/**
 * One position over all epochs: a FITS file with an image extension for each image that has the position, oldest first.
 *
 * @throws {CutoutOutsideError} if there is none. @throws {CutoutTooLargeError}
 */
export async function stampSeries(catalog: ImageCatalog, request: StampSeriesRequest): Promise<Uint8Array> {
  const { ra, dec, size, type, band, limit } = request;
  const at = unitFromLonLat(lonLatDeg(ra, dec));
  const images = (await catalog.list())
    .filter((image) => image.type === type && (band === undefined || image.band === band) && image.footprint.length > 0)
    .filter(({ footprint }) => regionHas(convexHull(footprint.map(([lon, lat]) => unitFromLonLat(lonLatDeg(lon, lat)))), at))
    .toSorted((a, b) => (a.beginMjdTai ?? 0) - (b.beginMjdTai ?? 0))
    .slice(0, limit);
  const pixels = images.length * size * size;
  if (pixels > MAX_CUTOUT_PIXELS)
    throw new CutoutTooLargeError(`a series has at most ${MAX_CUTOUT_PIXELS} pixels; this would have ${pixels}`, {
      details: { pixels, limit: MAX_CUTOUT_PIXELS },
    });
  const stamps = Array.from<OutputHdu | undefined>({ length: images.length });
  const left = images.entries();
  await Promise.all(
    Array.from({ length: READERS }, async () => {
      for (const [n, image] of left) stamps[n] = await readStamp(catalog, image, { ra, dec, sidePixels: size });
    }),
  );
  const hdus = stamps.filter((stamp) => stamp !== undefined);
  if (hdus.length === 0)
    throw new CutoutOutsideError(`no image of type ${type.slice(0, 60)} has the position`, { details: { id: type.slice(0, 60) } });
  return await fitsBytes(
    [emptyHdu(Header.of({ RA: [ra, '[deg] position of the stamps'], DEC: [dec, '[deg]'], NSTAMPS: hdus.length })), ...hdus],
    {
      checksum: true,
    },
  );
}

async function readStamp(
  catalog: ImageCatalog,
  image: ImageRecord,
  place: { readonly ra: number; readonly dec: number; readonly sidePixels: number },
): Promise<OutputHdu | undefined> {
  try {
    const { maskedImage, wcs } = await cutOutStamp(catalog, image.id, place);
    const { data, width, height, stride, x0, y0 } = maskedImage.image;
    const pixels = new Float32Array(width * height);
    for (let j = 0; j < height; j++) pixels.set(data.subarray(j * stride, j * stride + width), j * width);
    const header = new Header();
    if (wcs?.definition) {
      const { crpix } = wcs.definition;
      writeWcs(createWcs({ ...wcs.definition, crpix: [crpix[0] - x0, crpix[1] - y0] }), header);
    }
    header.set('IMAGEID', image.id).set('TITLE', titleOf(image).slice(0, 60));
    if (image.band !== undefined) header.set('FILTBAND', image.band);
    if (image.beginMjdTai !== undefined) header.set('MJD-BEG', image.beginMjdTai).set('TIMESYS', 'TAI');
    if (image.exposureSec !== undefined) header.set('EXPTIME', image.exposureSec);
    return imageHdu({ data: pixels, shape: [height, width], header, name: 'STAMP' });
  } catch (error) {
    if (error instanceof CutoutOutsideError) return undefined;
    throw error;
  }
}
