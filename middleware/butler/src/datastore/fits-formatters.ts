import { type ByteSource, emptyHdu, fitsBytes, Header, imageHdu, openFits, type OutputHdu } from '@almagest/fits';
import {
  contiguous,
  createImage,
  type Exposure,
  exposureHdus,
  exposureOf,
  findImageHdu,
  type Image,
  type Mask,
  type MaskedImage,
  maskedImageOf,
  partHdus,
  type PixelBox,
  placeCards,
  type Psf,
  readExposure,
  readExposureParts,
  readPlace,
  readPlacedImage,
} from '@almagest/image';
import { fitsTableHdu, readFitsTable, type Table } from '@almagest/table';
import { ReadParameterError, StorageClassError } from '../errors.ts';
import type { Formatter, ReadContext, WriteContext } from './formatter.ts';

/** Exposures as FITS with IMAGE, MASK and VARIANCE extensions; components and boxes read only what they need. */
export const FITS_EXPOSURE_FORMATTER: Formatter = {
  name: 'lsst.obs.base.formatters.fitsExposure.FitsExposureFormatter',
  extension: () => '.fits',
  encode: async (value, context) => {
    const exposure = value as Partial<Exposure> | null;
    if (!exposure?.maskedImage || !(exposure.metadata instanceof Map))
      throw wrongValue('an exposure with maskedImage and metadata', context);
    return await encode(exposureHdus(exposure as Exposure), context);
  },
  decode: async (source, context) => await readExposurePart(source, context),
};

/** Masked images: the same layout without the metadata. */
export const FITS_MASKED_IMAGE_FORMATTER: Formatter = {
  name: 'lsst.obs.base.formatters.fitsExposure.FitsMaskedImageFormatter',
  extension: () => '.fits',
  encode: async (value, context) => {
    const masked = value as Partial<MaskedImage> | null;
    if (!masked?.image || !masked.mask || !masked.variance) throw wrongValue('a masked image with image, mask and variance', context);
    return await encode(exposureHdus(exposureOf(masked as MaskedImage)), context);
  },
  decode: async (source, context) => {
    const whole = await readExposurePart(source, context);
    return context.component === undefined ? (whole as Exposure).maskedImage : whole;
  },
};

/** Single images. */
export const FITS_IMAGE_FORMATTER: Formatter = {
  name: 'lsst.obs.base.formatters.fitsExposure.FitsImageFormatter',
  extension: () => '.fits',
  encode: async (value, context) => {
    const image = value as Partial<Image> | null;
    if (!image || typeof image.width !== 'number' || !ArrayBuffer.isView(image.data))
      throw wrongValue('an image with data, width and height', context);
    const { data, width, height } = contiguous(image as Image);
    const plane = imageHdu({
      data: data.subarray(0, width * height),
      shape: [height, width],
      header: placeCards(image as Image, undefined),
      name: 'IMAGE',
    });
    return await encode([emptyHdu(), plane], context);
  },
  decode: async (source, context) => {
    const file = await openFits(source);
    return (await readPlacedImage(await findImageHdu(file), boxOption(context))).image;
  },
};

/** Single masks. */
export const FITS_MASK_FORMATTER: Formatter = {
  name: 'lsst.obs.base.formatters.fitsExposure.FitsMaskFormatter',
  extension: () => '.fits',
  encode: async (value, context) => {
    const mask = value as Partial<Mask> | null;
    if (!mask?.planes || typeof mask.width !== 'number') throw wrongValue('a mask with data, width, height and planes', context);
    const blank = createImage(mask.width, mask.height!, mask as Mask);
    const [, , plane] = exposureHdus(exposureOf(maskedImageOf(blank, mask as Mask, blank)));
    return await encode([emptyHdu(), plane!], context);
  },
  decode: async (source, context) => {
    const { maskedImage } = await readExposure(await openFits(source), boxOption(context));
    return maskedImage.mask;
  },
};

/** PSF models, laid out as in the files of exposures. */
export const FITS_PSF_FORMATTER: Formatter = {
  name: 'almagest.image.FitsPsfFormatter',
  extension: () => '.fits',
  encode: async (value, context) => {
    const psf = value as Partial<Psf> | null;
    if (!psf?.description) throw wrongValue('a PSF with a description', context);
    return await encode([emptyHdu(), ...partHdus({ psf: psf as Psf })], context);
  },
  decode: async (source) => (await readExposureParts(await openFits(source))).psf ?? null,
};

/** Tables as the first FITS binary table; images of calibrations as the first image. */
export const FITS_GENERIC_FORMATTER: Formatter = {
  name: 'lsst.obs.base.formatters.fitsGeneric.FitsGenericFormatter',
  extension: () => '.fits',
  encode: async (value, context) => {
    const table = value as Partial<Table> | null;
    if (!Array.isArray(table?.columns)) throw wrongValue('a table with columns', context);
    return await encode([emptyHdu(), fitsTableHdu(table as Table)], context);
  },
  decode: async (source) => await readFitsTable(source),
};

/** Reads a raw frame, a file of this machine, into standard form. */
export type RawReader = (path: string, options: { readonly detector?: number | string; readonly instrument?: string }) => Promise<unknown>;

/**
 * Raw frames as they come from a camera. Read as RawExposure they come in standard form, pixels by amplifier, where
 * there is a `readRaw`; otherwise as an open FITS file in memory.
 */
export const fitsRawFormatter = (readRaw?: RawReader): Formatter => ({
  name: FITS_EXPOSURE_FORMATTER.name,
  extension: () => '.fits',
  encode: async (value, context) => {
    if (value instanceof Uint8Array) return value;
    return await FITS_EXPOSURE_FORMATTER.encode(value, context);
  },
  decode: async (source, context) => {
    if (context.component === 'metadata') return headerMap((await (await openFits(source)).hdu(0)).header);
    if (context.component !== undefined) return await readExposurePart(source, context);
    const { detector, instrument } = context.dataId;
    if (context.storageClass === 'RawExposure' && context.localPath !== undefined && readRaw)
      return await readRaw(context.localPath, {
        ...(detector === undefined ? {} : { detector }),
        ...(typeof instrument === 'string' ? { instrument } : {}),
      });
    // The bytes are taken whole, because the artifact is closed when the read ends.
    const bytes = await source.read(0, source.size);
    return await openFits({ size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) });
  },
});

async function readExposurePart(source: ByteSource, context: ReadContext): Promise<unknown> {
  const file = await openFits(source);
  const { component } = context;
  switch (component) {
    case undefined:
      return await readExposure(file, boxOption(context));
    case 'image':
      return (await readPlacedImage(await findImageHdu(file), boxOption(context))).image;
    case 'variance': {
      const hdus = await file.hdus();
      const plane = hdus.find((hdu) => hdu.name === 'VARIANCE');
      return plane
        ? (await readPlacedImage(plane, boxOption(context))).image
        : (await readExposure(file, boxOption(context))).maskedImage.variance;
    }
    case 'mask':
      return (await readExposure(file, boxOption(context))).maskedImage.mask;
    case 'wcs':
      return readPlace(await findImageHdu(file)).wcs ?? null;
    case 'bbox':
      return readPlace(await findImageHdu(file)).box;
    case 'dimensions': {
      const { width, height } = readPlace(await findImageHdu(file)).box;
      return { width, height };
    }
    case 'xy0': {
      const { x0, y0 } = readPlace(await findImageHdu(file)).box;
      return { x: x0, y: y0 };
    }
    default:
      return await readCheaply(source, component);
  }
}

/** Parts that live in the headers: one corner pixel is read with them. */
async function readCheaply(source: ByteSource, component: string): Promise<unknown> {
  const file = await openFits(source);
  const { box } = readPlace(await findImageHdu(file));
  const exposure = await readExposure(file, { box: { ...box, width: Math.min(1, box.width), height: Math.min(1, box.height) } });
  const parts: Readonly<Record<string, unknown>> = {
    metadata: exposure.metadata,
    visitInfo: exposure.visitInfo,
    photoCalib: exposure.photoCalib,
    filter: exposure.filter,
    detector: exposure.detectorId === undefined ? undefined : { id: exposure.detectorId, name: exposure.detectorName },
    psf: exposure.psf,
    apCorrMap: exposure.apCorrMap,
    validPolygon: exposure.validPolygon,
  };
  return parts[component] ?? null;
}

function boxOption(context: ReadContext): { readonly box?: PixelBox } {
  const { bbox, origin } = context.parameters as { bbox?: Partial<PixelBox>; origin?: unknown };
  if (origin !== undefined && origin !== 'PARENT')
    throw new ReadParameterError(`boxes are in PARENT coordinates; found origin ${JSON.stringify(origin)}`);
  if (bbox === undefined) return {};
  const { x0, y0, width, height } = bbox;
  if ([x0, y0, width, height].every((value) => Number.isInteger(value))) return { box: bbox as PixelBox };
  throw new ReadParameterError(`bbox is { x0, y0, width, height } in whole pixels; found ${JSON.stringify(bbox)}`);
}

/** Bytes of a file whose primary header says which dataset it is. */
async function encode(hdus: readonly OutputHdu[], context: WriteContext): Promise<Uint8Array> {
  const [primary, ...rest] = hdus;
  if (!primary) throw wrongValue('something to write', context);
  const header = new Header(primary.header.cards);
  for (const [key, value] of Object.entries(context.provenance ?? {})) header.set(key.replaceAll('.', ' '), value);
  return await fitsBytes([{ ...primary, header }, ...rest], { checksum: true });
}

function headerMap(header: Header): ReadonlyMap<string, unknown> {
  return new Map(header.cards.filter((card) => card.kind === 'value').map((card) => [card.keyword, card.value]));
}

function wrongValue(expected: string, context: WriteContext): StorageClassError {
  return new StorageClassError(`storage class ${context.storageClass} takes ${expected}`);
}
