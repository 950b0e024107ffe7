import { type FitsFile, type Hdu, type Header, readImage, type Section } from '@almagest/fits';
import { createWcs, NoCelestialWcsError, readWcsDefinition, type SkyWcs } from '@almagest/wcs';
import { NoImageError, PixelBoundsError } from '../errors.ts';
import type { Exposure, MetadataValue } from '../exposure/exposure.ts';
import { MAGNITUDE_ZERO_NJY, type PhotoCalib } from '../exposure/photo-calib.ts';
import { containsBox, createImage, fillImage, type Image, imageOf, type PixelBox, pixelMemory } from '../pixels/image.ts';
import { createMask, type Mask, planeBits } from '../pixels/mask.ts';
import { maskedImageOf } from '../pixels/masked-image.ts';
import { readMaskPlanes } from './mask-cards.ts';
import { readExposureParts } from './part-hdus.ts';
import { readVisitInfo, VISIT_KEYWORDS } from './visit-info-cards.ts';
import { movedWcs } from './write-exposure.ts';

export interface ReadExposureOptions {
  /** Part to read, in parent coordinates; only its bytes are read. */
  readonly box?: PixelBox;
  /** Where the image's pixels go; fresh shared memory unless told. */
  readonly allocate?: ((bytes: number) => ArrayBufferLike) | undefined;
}

/** One image of a file with its place on the sky. */
export interface PlacedImage {
  readonly image: Image;
  readonly wcs: SkyWcs | undefined;
  readonly header: Header;
}

/**
 * Reads an exposure: the extensions IMAGE, MASK and VARIANCE (older files of the LSST pipelines do not name them), or any
 * file's first two-dimensional image.
 *
 * Where there is no mask, NaN pixels get NO_DATA; where there is no variance, it is NaN.
 *
 * @throws {NoImageError} if the file holds no two-dimensional image. @throws {PixelBoundsError} if the box reaches outside.
 */
export async function readExposure(file: FitsFile, options: ReadExposureOptions = {}): Promise<Exposure> {
  const hdu = await findImageHdu(file);
  const { image, wcs } = await readPlacedImage(hdu, options);
  const primary = (await file.hdu(0)).header;
  const mask = await readMask(file, image, options);
  const variance = await readVariance(file, image, options);
  const visitInfo = readVisitInfo(primary);
  const parts = await readExposureParts(file);
  const photoCalib = parts.photoCalib ?? readPhotoCalib(primary);
  const physical = primary.getString('FILTER')?.trimEnd();
  const band = primary.getString('FILTBAND')?.trimEnd();
  const detectorId = primary.getNumber('DETECTOR');
  const detectorName = primary.getString('DETNAME')?.trimEnd();
  return {
    maskedImage: maskedImageOf(image, mask, variance),
    ...(wcs ? { wcs } : {}),
    ...parts,
    ...(photoCalib ? { photoCalib } : {}),
    ...(visitInfo ? { visitInfo } : {}),
    ...(physical !== undefined && band !== undefined ? { filter: { physical, band } } : {}),
    ...(detectorId !== undefined ? { detectorId } : {}),
    ...(detectorName !== undefined ? { detectorName } : {}),
    metadata: readMetadata(primary, [
      ...(band === undefined ? [] : ['FILTER', 'FILTBAND']),
      ...(photoCalib ? ['FLUXMAG0', 'FLUXMAG0ERR'] : []),
      'DETECTOR',
      'DETNAME',
    ]),
  };
}

/** The extension IMAGE, else the first HDU with a two-dimensional image. @throws {NoImageError} if there is none. */
export async function findImageHdu(file: FitsFile): Promise<Hdu> {
  let first: Hdu | undefined;
  for await (const hdu of file) {
    if (!isPlane(hdu)) continue;
    if (hdu.name === 'IMAGE') return hdu;
    first ??= hdu;
  }
  if (first === undefined) throw new NoImageError('the file must hold a two-dimensional image; found none');
  return first;
}

/** Reads a two-dimensional image as float32 over shared memory, with its origin and WCS in parent coordinates. */
export async function readPlacedImage(hdu: Hdu, options: ReadExposureOptions = {}): Promise<PlacedImage> {
  const { header } = hdu;
  const image = await readPlane(hdu, options);
  const [x0, y0] = originOf(header);
  return { image, wcs: readPlacedWcs(header, x0, y0), header };
}

/** Where an image lies, from its header alone; no pixel is read. */
export function readPlace(hdu: Hdu): { readonly box: PixelBox; readonly wcs: SkyWcs | undefined } {
  const box = boxOf(hdu);
  return { box, wcs: readPlacedWcs(hdu.header, box.x0, box.y0) };
}

async function readPlane(hdu: Hdu, { box, allocate = pixelMemory }: ReadExposureOptions): Promise<Image> {
  const whole = boxOf(hdu);
  const part = box ?? whole;
  const { data } = await readImage(hdu, { as: 'float32', allocate, section: sectionOf(part, whole, box !== undefined) });
  return imageOf(data as Float32Array, part.width, part.height, part);
}

async function readMask(file: FitsFile, image: Image, options: ReadExposureOptions): Promise<Mask> {
  const hdu = await findNamed(file, 'MASK');
  if (hdu === undefined || !isPlane(hdu)) {
    const mask = createMask(image.width, image.height, image);
    const noData = planeBits(mask.planes, ['NO_DATA']);
    for (let k = 0; k < mask.data.length; k++) if (Number.isNaN(image.data[k])) mask.data[k] = noData;
    return mask;
  }
  const whole = boxOf(hdu);
  const part = options.box ?? whole;
  const { data } = await readImage(hdu, { section: sectionOf(part, whole, options.box !== undefined), allocate: pixelMemory });
  const bits = data instanceof Int32Array ? data : Int32Array.from(data, Number);
  return { ...imageOf(bits, part.width, part.height, part), planes: readMaskPlanes(hdu.header) };
}

async function readVariance(file: FitsFile, image: Image, options: ReadExposureOptions): Promise<Image> {
  const hdu = await findNamed(file, 'VARIANCE');
  if (hdu !== undefined && isPlane(hdu)) return readPlane(hdu, options.box ? { box: options.box } : {});
  const variance = createImage(image.width, image.height, image);
  fillImage(variance, Number.NaN);
  return variance;
}

/**
 * The plane of this name: by EXTNAME, by EXTTYPE, or, in files whose extensions have neither, by its place after the
 * image: the mask has MP_ cards, the variance follows the mask.
 */
async function findNamed(file: FitsFile, name: 'MASK' | 'VARIANCE'): Promise<Hdu | undefined> {
  const hdus = (await file.hdus()).filter(isPlane);
  const named = hdus.find((hdu) => hdu.name === name || hdu.header.getString('EXTTYPE')?.trim() === name);
  if (named !== undefined) return named;
  const mask = hdus.findIndex(({ header }) => header.cards.some(({ keyword }) => keyword.startsWith('MP_')));
  const place = name === 'MASK' ? mask : mask + 1;
  return mask === 1 && hdus[place]?.name === '' ? hdus[place] : undefined;
}

function isPlane(hdu: Hdu): boolean {
  if (hdu.kind !== 'image' && hdu.kind !== 'compressed-image') return false;
  const { width, height } = sizeOf(hdu);
  return width > 0 && height > 0;
}

function sizeOf({ kind, header }: Hdu): { width: number; height: number } {
  const z = kind === 'compressed-image' ? 'Z' : '';
  if (header.getNumber(`${z}NAXIS`) !== 2) return { width: 0, height: 0 };
  return { width: header.getNumber(`${z}NAXIS1`) ?? 0, height: header.getNumber(`${z}NAXIS2`) ?? 0 };
}

function boxOf(hdu: Hdu): PixelBox {
  const [x0, y0] = originOf(hdu.header);
  return { x0, y0, ...sizeOf(hdu) };
}

/** Origin by LTV, else by the linear WCS "A", else 0; fractions (binned or resampled images) are no origin. */
function originOf(header: Header): readonly [number, number] {
  const [x0, y0] = [1, 2].map((axis) => {
    const offset = header.getNumber(`LTV${axis}`);
    if (offset !== undefined) return 0 - offset;
    const linear = header.getString(`CTYPE${axis}A`)?.trim() === 'LINEAR';
    return linear ? (header.getNumber(`CRVAL${axis}A`) ?? 0) - ((header.getNumber(`CRPIX${axis}A`) ?? 1) - 1) : 0;
  });
  return Number.isInteger(x0) && Number.isInteger(y0) ? [x0, y0] : [0, 0];
}

function sectionOf(part: PixelBox, whole: PixelBox, asked: boolean): Section | undefined {
  if (!asked) return undefined;
  if (!containsBox(whole, part))
    throw new PixelBoundsError(
      `box must lie inside ${whole.width} x ${whole.height} at (${whole.x0}, ${whole.y0}); found ${part.width} x ${part.height} at (${part.x0}, ${part.y0})`,
      { details: { x0: part.x0, y0: part.y0, width: part.width, height: part.height } },
    );
  const x = part.x0 - whole.x0;
  const y = part.y0 - whole.y0;
  return [
    [y, y + part.height],
    [x, x + part.width],
  ];
}

function readPlacedWcs(header: Header, x0: number, y0: number): SkyWcs | undefined {
  try {
    return createWcs(movedWcs(readWcsDefinition(header), x0, y0));
  } catch (error) {
    if (error instanceof NoCelestialWcsError) return undefined;
    throw error;
  }
}

function readPhotoCalib(header: Header): PhotoCalib | undefined {
  const zero = header.getNumber('FLUXMAG0');
  if (zero === undefined || !(zero > 0)) return undefined;
  const calibrationMean = MAGNITUDE_ZERO_NJY / zero;
  return { calibrationMean, calibrationErr: ((header.getNumber('FLUXMAG0ERR') ?? 0) / zero) * calibrationMean };
}

const STRUCTURE = /^(SIMPLE|XTENSION|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|EXTNAME|EXTVER|BSCALE|BZERO|BLANK|CHECKSUM|DATASUM|END|)$/;

function readMetadata(header: Header, others: readonly string[]): Map<string, MetadataValue> {
  const metadata = new Map<string, MetadataValue>();
  for (const { keyword, value, kind } of header.cards) {
    if (kind !== 'value' || STRUCTURE.test(keyword) || VISIT_KEYWORDS.has(keyword) || others.includes(keyword)) continue;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
      metadata.set(keyword, value);
  }
  return metadata;
}
