import { emptyHdu, Header, imageHdu, type OutputHdu } from '@almagest/fits';
import { formatWcs, type SkyWcs, type WcsDefinition } from '@almagest/wcs';
import { UnwritableWcsError } from '../errors.ts';
import type { Exposure } from '../exposure/exposure.ts';
import { MAGNITUDE_ZERO_NJY } from '../exposure/photo-calib.ts';
import { contiguous, type Image, type PixelBox } from '../pixels/image.ts';
import { maskCards } from './mask-cards.ts';
import { partHdus } from './part-hdus.ts';
import { visitInfoCards } from './visit-info-cards.ts';

/**
 * HDUs of an exposure in the layout of the LSST pipelines' masked images: an empty primary HDU with the metadata, then
 * IMAGE (float32), MASK (int32, planes as MP_ cards) and VARIANCE (float32), each with the WCS and the origin of its pixels.
 *
 * After them come PSF, PHOTOCALIB, APCORR and VALIDPOLY (part-hdus.ts), where the exposure has such parts. A PSF that is computed
 * from others, as a coadd's, is not kept. Write the HDUs with `writeFits`; what the file keeps comes back from
 * {@link readExposure} identically.
 *
 * @throws {UnwritableWcsError} for a WCS without cards; {NotWritableError} of the wcs room for one with lookup tables.
 */
export function exposureHdus(exposure: Exposure): OutputHdu[] {
  const { image, mask, variance } = exposure.maskedImage;
  const primary = new Header();
  for (const [keyword, value] of exposure.metadata) primary.set(keyword, value);
  if (exposure.visitInfo) primary.push(...visitInfoCards(exposure.visitInfo).cards);
  if (exposure.filter) {
    primary.set('FILTER', exposure.filter.physical, 'physical filter');
    primary.set('FILTBAND', exposure.filter.band, 'band');
  }
  if (exposure.detectorId !== undefined) primary.set('DETECTOR', exposure.detectorId, 'detector number');
  if (exposure.detectorName !== undefined) primary.set('DETNAME', exposure.detectorName, 'detector name');
  if (exposure.photoCalib) {
    const { calibrationMean, calibrationErr } = exposure.photoCalib;
    primary.set('FLUXMAG0', MAGNITUDE_ZERO_NJY / calibrationMean, '[count] flux of AB magnitude 0');
    primary.set('FLUXMAG0ERR', (MAGNITUDE_ZERO_NJY / calibrationMean ** 2) * calibrationErr, '[count] error of FLUXMAG0');
  }
  const place = placeCards(image, exposure.wcs);
  return [
    emptyHdu(primary),
    planeHdu('IMAGE', image, place),
    planeHdu('MASK', mask, new Header([...maskCards(mask.planes).cards, ...place.cards])),
    planeHdu('VARIANCE', variance, place),
    ...partHdus(exposure),
  ];
}

function planeHdu(name: string, plane: Image | Image<Int32Array>, cards: Header): OutputHdu {
  const { data, width, height } = contiguous<Float32Array | Int32Array>(plane);
  return imageHdu({ name, data: data.subarray(0, width * height), shape: [height, width], header: cards });
}

/**
 * WCS cards for the pixels as they stand in the file, and the origin in both usual forms: LTV, and an alternate linear WCS
 * "A" that gives parent coordinates.
 */
export function placeCards(box: PixelBox, wcs: SkyWcs | undefined): Header {
  const header = new Header();
  if (wcs) {
    if (wcs.definition === undefined)
      throw new UnwritableWcsError('a composed WCS cannot be written as cards; fit a TAN-SIP to it and write that');
    for (const { keyword, value, comment } of formatWcs(movedWcs(wcs.definition, -box.x0, -box.y0))) {
      if (typeof value === 'number' && !Number.isInteger(value)) header.setReal(keyword, value, comment);
      else header.set(keyword, value, comment);
    }
  }
  header.set('LTV1', -box.x0, 'parent x = x - 1 - LTV1').set('LTV2', -box.y0, 'parent y = y - 1 - LTV2');
  header.set('CTYPE1A', 'LINEAR').set('CTYPE2A', 'LINEAR').set('CUNIT1A', 'PIXEL').set('CUNIT2A', 'PIXEL');
  header.set('CRPIX1A', 1).set('CRPIX2A', 1).set('CRVAL1A', box.x0, 'parent x of the first pixel');
  return header.set('CRVAL2A', box.y0, 'parent y of the first pixel').set('CD1_1A', 1).set('CD2_2A', 1);
}

/** The same WCS for pixels whose coordinates are larger by (dx, dy). */
export function movedWcs(definition: WcsDefinition, dx: number, dy: number): WcsDefinition {
  if (dx === 0 && dy === 0) return definition;
  return { ...definition, crpix: [definition.crpix[0] + dx, definition.crpix[1] + dy] };
}
