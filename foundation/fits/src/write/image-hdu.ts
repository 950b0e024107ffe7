import { BadArgumentError } from '../errors.ts';
import type { Card } from '../header/card.ts';
import { Header, isStructural } from '../header/header.ts';
import { swapBytesInPlace } from '../image/byte-order.ts';
import { flipSignInPlace, makePixels, type PixelArray, pixelTypeOf, storageOf, storedType, viewPixels } from '../image/pixels.ts';
import { checkShape } from '../image/read-image.ts';
import { type OutputHdu, valueCard } from './output-hdu.ts';

export interface ImageHduOptions {
  /** Pixels; their type decides BITPIX, and unsigned types are stored by the standard's BZERO convention. Not modified. */
  readonly data: PixelArray;
  /** C order, the last axis is NAXIS1; `[]` for a header without data. */
  readonly shape: readonly number[];
  /** Further cards; those that describe the layout are made anew and dropped from here. */
  readonly header?: Header;
  readonly name?: string;
  readonly version?: number;
  /** BSCALE, BZERO and BLANK cards to write as they are, for pixels that are stored numbers already. */
  readonly scaling?: readonly Card[];
  /** The pixels may be overwritten while they are written, once, which spares a copy; without `store`, and not with checksums. */
  readonly consume?: boolean;
  /** Store as integers of this smaller type, which the pixels must fit; not with `store`. */
  readonly narrow?: 'int16' | 'uint8';
  /** Store scaled integers instead of the array's own type: physical = bzero + bscale * stored. */
  readonly store?: { readonly bitpix: 8 | 16 | 32; readonly bscale: number; readonly bzero: number; readonly blank?: number };
}

/** Bytes converted a step. */
const CHUNK = 1 << 20;

/** Describes an image for {@link writeFits}; pixels are converted piece by piece while written. */
export function imageHdu(options: ImageHduOptions): OutputHdu {
  const { data, shape, store } = options;
  checkShape(shape, data.length);
  const { bitpix, bzero } = store ?? storageOf(options.narrow ?? pixelTypeOf(data));
  const header = userHeader(options);
  if (store || bzero !== 0) header.set('BSCALE', store?.bscale ?? 1).set('BZERO', bzero);
  for (const card of options.scaling ?? []) header.push(card);
  if (store?.blank !== undefined) header.set('BLANK', store.blank);
  return {
    extension: 'IMAGE',
    structure: imageStructure(bitpix, shape),
    header,
    dataSize: (data.length * Math.abs(bitpix)) / 8,
    data: (how) => encodePixels(data, options, how?.reuse ?? false),
  };
}

/** A primary HDU with a header only. */
export function emptyHdu(header: Header = new Header()): OutputHdu {
  return imageHdu({ data: new Uint8Array(0), shape: [], header });
}

/** BITPIX, NAXIS and the axes. */
export function imageStructure(bitpix: number, shape: readonly number[]): OutputHdu['structure'] {
  return [
    valueCard('BITPIX', bitpix, 'bits per pixel'),
    valueCard('NAXIS', shape.length, 'number of axes'),
    ...shape.toReversed().map((length, axis) => valueCard(`NAXIS${axis + 1}`, length)),
  ];
}

/** The caller's cards without layout ones, with the name in front. */
export function userHeader({
  header,
  name,
  version,
}: {
  readonly header?: Header;
  readonly name?: string;
  readonly version?: number;
}): Header {
  const named = new Header();
  const oldName = header?.card('EXTNAME');
  const oldVersion = header?.card('EXTVER');
  if (name !== undefined) named.set('EXTNAME', name, 'name of this extension');
  else if (oldName) named.push(oldName);
  if (version !== undefined) named.set('EXTVER', version);
  else if (oldVersion) named.push(oldVersion);
  const inherit = header?.card('INHERIT');
  if (inherit) named.push(inherit);
  return named.push(...(header?.cards.filter((card) => !isStructural(card.keyword)) ?? []));
}

/** Pieces in turn where they are reused: one with the receiver, one on its way, one being made. */
const RING = 3;

function* encodePixels(data: PixelArray, { store, narrow, consume = false }: ImageHduOptions, reuse: boolean): Generator<Uint8Array> {
  const type = narrow ?? pixelTypeOf(data);
  const { bitpix, bzero } = storageOf(type);
  const step = CHUNK / (narrow === undefined ? data.BYTES_PER_ELEMENT : Math.abs(bitpix) / 8);
  const ring: PixelArray[] = [];
  for (let start = 0, turn = 0; start < data.length; start += step, turn++) {
    const part = data.subarray(start, start + step);
    let out: PixelArray;
    if (store) out = quantize(part, store);
    else if (consume && narrow === undefined) {
      out = part;
      if (bzero !== 0) flipSignInPlace(out);
    } else {
      const used = reuse && part.length === step ? ring[turn % RING] : undefined;
      out = used ?? makePixels(type, part.length);
      if (reuse && part.length === step) ring[turn % RING] = out;
      out.set(part as never);
      if (bzero !== 0) flipSignInPlace(out);
    }
    const bytes = viewPixels('uint8', out.buffer, out.byteOffset, out.byteLength) as Uint8Array;
    swapBytesInPlace(bytes, Math.abs(store?.bitpix ?? bitpix) / 8);
    yield bytes;
  }
}

function quantize(part: PixelArray, { bitpix, bscale, bzero, blank }: NonNullable<ImageHduOptions['store']>): PixelArray {
  const out = makePixels(storedType(bitpix), part.length);
  const [min, max] = bitpix === 8 ? [0, 255] : [-(2 ** (bitpix - 1)), 2 ** (bitpix - 1) - 1];
  for (let i = 0; i < part.length; i++) {
    const value = Number(part[i]);
    if (Number.isNaN(value)) {
      if (blank === undefined)
        throw new BadArgumentError('an undefined pixel cannot be stored as an integer without `blank`', { card: 'BLANK' });
      out[i] = blank;
      continue;
    }
    const stored = Math.round((value - bzero) / bscale);
    if (stored < min || stored > max)
      throw new BadArgumentError(`the value ${value} does not fit BITPIX ${bitpix} with BSCALE ${bscale} and BZERO ${bzero}`, {
        card: 'BSCALE',
      });
    out[i] = stored;
  }
  return out;
}
