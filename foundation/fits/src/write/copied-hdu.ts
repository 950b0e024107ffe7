import {
  compressedImageHdu,
  type CompressedImageOptions,
  compressedSupplyHdu,
  type PixelSupply,
} from '../compression/compressed-image-hdu.ts';
import { tileLayout } from '../compression/tile-layout.ts';
import { TruncatedError, UnsupportedError } from '../errors.ts';
import type { Card } from '../header/card.ts';
import type { Header } from '../header/header.ts';
import { bitpixOf, countOf, type Hdu, shapeOf } from '../hdu/hdu.ts';
import { swapBytesInPlace } from '../image/byte-order.ts';
import { readImage } from '../image/image.ts';
import { bytesOf, makePixels, type PixelArray, storedType, viewPixels } from '../image/pixels.ts';
import type { Section } from '../image/section.ts';
import { readBytesInto } from '../source/byte-source.ts';
import { imageHdu, imageStructure, userHeader } from './image-hdu.ts';
import type { OutputHdu } from './output-hdu.ts';

const LAYOUT = /^(?:BITPIX|NAXIS\d*|PCOUNT|GCOUNT|GROUPS|TFIELDS)$/;
const PLACE = /^(?:SIMPLE|XTENSION|EXTEND|CHECKSUM|DATASUM|ZHECKSUM|ZDATASUM|LONGSTRN)$/;
const SCALING = /^(?:BSCALE|BZERO|BLANK)$/;
const TILE_CARD =
  /^(?:Z(?:IMAGE|SIMPLE|TENSION|EXTEND|BITPIX|NAXIS\d*|PCOUNT|GCOUNT|TILE\d+|CMPTYPE|NAME\d+|VAL\d+|QUANTIZ|DITHER0|BLANK|SCALE|ZERO|MASKCMP|HECKSUM|DATASUM)|T(?:TYPE|FORM|UNIT|DIM|NULL|SCAL|ZERO|DISP)\d+|TFIELDS|THEAP)$/;
const PIECE = 1 << 20;

/** An HDU of an open file as it stands, for {@link writeFits}; its bytes are streamed from the source. Checksums are left out. */
export function copiedHdu(hdu: Hdu): OutputHdu {
  const { header, dataSize, dataOffset, source, kind } = hdu;
  if (kind === 'unknown' || kind === 'groups') throw new UnsupportedError(`an HDU of kind ${kind} cannot be copied`, { hdu: hdu.index });
  return {
    extension: kind === 'image' ? 'IMAGE' : kind === 'ascii-table' ? 'TABLE' : 'BINTABLE',
    structure: header.cards.filter((card) => LAYOUT.test(card.keyword)),
    header: header.filter((card) => !LAYOUT.test(card.keyword) && !PLACE.test(card.keyword)),
    dataSize,
    fill: kind === 'ascii-table' ? 0x20 : 0,
    async *data() {
      for (let at = 0; at < dataSize; at += PIECE) {
        const want = Math.min(PIECE, dataSize - at);
        const bytes = await source.read(dataOffset + at, want);
        if (bytes.length < want) throw new TruncatedError('the file ended while its data were copied', { hdu: hdu.index });
        yield bytes;
      }
    },
  };
}

/** The cards of an image without those that describe its compression. */
export function imageHeader(hdu: Hdu): Header {
  const compressed = hdu.kind === 'compressed-image';
  return hdu.header.filter((card) => !PLACE.test(card.keyword) && !(compressed && (TILE_CARD.test(card.keyword) || isDefaultName(card))));
}

/** Compressing programs name the extension when the image has no name. */
function isDefaultName(card: Card): boolean {
  return card.keyword === 'EXTNAME' && card.value === 'COMPRESSED_IMAGE';
}

/**
 * An uncompressed copy of an image, or of a section of it with its pixel coordinates moved along.
 *
 * A whole compressed image is unpacked band by band while it is written, so that a damaged tile shows only then.
 */
export async function plainImageHdu(hdu: Hdu, section?: Section): Promise<OutputHdu> {
  if (section === undefined && hdu.kind === 'compressed-image') return unpackedHdu(hdu);
  const { data, shape } = await readImage(hdu, { as: 'stored', section });
  const header = imageHeader(hdu);
  if (section) shiftPixelCoordinates(header, section);
  return imageHdu({ data, shape, header, scaling: scalingCards(hdu.header) });
}

/** Pieces in turn where they are reused: one with the receiver, one on its way, one being made. */
const RING = 3;

function unpackedHdu(hdu: Hdu): OutputHdu {
  const { shape, tile, bitpix } = tileLayout(hdu);
  const scaling = scalingCards(hdu.header);
  const size = Math.abs(bitpix) / 8;
  const lineBytes = shape.slice(1).reduce((product, length) => product * length, size);
  const [lines = 0] = shape;
  // Whole rows of tiles.
  const step = Math.ceil(PIECE / Math.max(1, lineBytes * (tile[0] ?? 1))) * (tile[0] ?? 1);
  return {
    extension: 'IMAGE',
    structure: imageStructure(bitpix, shape),
    header: userHeader({ header: imageHeader(hdu) }).push(...scaling),
    dataSize: shape.length === 0 ? 0 : lines * lineBytes,
    async *data(how) {
      const ring: (ArrayBufferLike | undefined)[] = [];
      for (let line = 0, turn = 0; line < lines; line += step, turn++) {
        const band = [[line, Math.min(lines, line + step)], ...shape.slice(1).map((length) => [0, length] as const)] as Section;
        const allocate = (bytes: number): ArrayBufferLike => {
          const old = how?.reuse ? ring[turn % RING] : undefined;
          return (ring[turn % RING] = old?.byteLength === bytes ? old : new ArrayBuffer(bytes));
        };
        const { data } = await readImage(hdu, { as: 'stored', section: band, allocate });
        const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        swapBytesInPlace(bytes, size);
        yield bytes;
      }
    },
  };
}

/** A tile-compressed copy of an image. */
export async function packedImageHdu(hdu: Hdu, options: Omit<CompressedImageOptions, 'data' | 'shape' | 'header'>): Promise<OutputHdu> {
  const valued = options.codec === 'PLIO_1';
  const about = {
    ...options,
    header: imageHeader(hdu),
    scaling: valued ? [] : scalingCards(hdu.header),
    primary: hdu.index === 0,
  };
  const there = hdu.dataSize > 0 && hdu.dataOffset + hdu.dataSize <= hdu.source.size;
  if (hdu.kind === 'image' && there && (options.codec ?? 'RICE_1') === 'RICE_1' && bitpixOf(hdu.header) > 0)
    return compressedSupplyHdu({ ...about, shape: shapeOf(hdu.header) }, storedSupply(hdu));
  const { data, shape } = await readImage(hdu, { as: valued ? 'physical' : 'stored' });
  return compressedImageHdu({ ...about, data, shape });
}

/** The stored pixels of an uncompressed image in parts, of which the next is read while one is used. */
function storedSupply(hdu: Hdu): PixelSupply {
  const type = storedType(bitpixOf(hdu.header));
  const length = countOf(shapeOf(hdu.header));
  const size = bytesOf(type);
  const ring: ArrayBuffer[] = [];
  let turn = 0;
  let ahead: { readonly first: number; readonly count: number; readonly ready: Promise<PixelArray> } | undefined;
  const read = (first: number, wanted: number): typeof ahead => {
    const count = Math.min(wanted, length - first);
    if (count <= 0) return undefined;
    const place = turn++ % 2;
    const old = ring[place];
    const buffer = old !== undefined && old.byteLength >= count * size ? old : (ring[place] = new ArrayBuffer(count * size));
    const bytes = new Uint8Array(buffer, 0, count * size);
    const ready = readBytesInto(hdu.source, hdu.dataOffset + first * size, bytes).then((got) => {
      if (got < bytes.length) throw new TruncatedError('the file ended while its pixels were read', { hdu: hdu.index });
      swapBytesInPlace(bytes, size);
      return viewPixels(type, buffer, 0, count);
    });
    ready.catch(() => undefined); // awaited below
    return { first, count, ready };
  };
  return {
    type,
    length,
    async part(first, count) {
      const now = ahead?.first === first && ahead.count === Math.min(count, length - first) ? ahead : read(first, count);
      const pixels = (await now?.ready) ?? makePixels(type, 0);
      ahead = read(first + count, count);
      return pixels;
    },
  };
}

function scalingCards(header: Header): Card[] {
  return header.cards.filter((card) => SCALING.test(card.keyword));
}

/** Moves CRPIX and LTV of a cut-out. */
function shiftPixelCoordinates(header: Header, section: Section): void {
  section.toReversed().forEach(([start, , step = 1], axis) => {
    for (const suffix of ['', ...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('')]) {
      const keyword = `CRPIX${axis + 1}${suffix}`;
      const value = header.getNumber(keyword);
      if (value !== undefined) header.setReal(keyword, (value - 1 - start) / step + 1);
    }
    const ltv = header.getNumber(`LTV${axis + 1}`);
    if (ltv !== undefined) header.setReal(`LTV${axis + 1}`, ltv - start);
    if (step === 1) return;
    for (const keyword of [`CDELT${axis + 1}`, ...section.map((_range, row) => `CD${row + 1}_${axis + 1}`)]) {
      const value = header.getNumber(keyword);
      if (value !== undefined) header.setReal(keyword, value * step);
    }
  });
}
