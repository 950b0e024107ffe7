import { BadCardError, TooLargeError } from '../errors.ts';
import type { Header } from '../header/header.ts';
import type { ByteSource } from '../source/byte-source.ts';

export type HduKind = 'image' | 'compressed-image' | 'table' | 'compressed-table' | 'ascii-table' | 'groups' | 'unknown';

/** One header-data unit of an open file; reading its data is a function of its own (`readImage`, `readTable`). */
export interface Hdu {
  /** 0 for the primary. */
  readonly index: number;
  readonly kind: HduKind;
  readonly header: Header;
  /** EXTNAME as it stands, "PRIMARY" for an unnamed primary, otherwise ""; look-ups ignore case. */
  readonly name: string;
  readonly version: number;
  readonly source: ByteSource;
  readonly headerOffset: number;
  readonly dataOffset: number;
  /** Length of the data as the header claims [byte], without the fill to a whole block. */
  readonly dataSize: number;
}

const BITPIX: readonly number[] = [8, 16, 32, 64, -32, -64];

/** What a header says of its data: kind and length. */
export function describeData(header: Header): { kind: HduKind; dataSize: number; name: string; version: number } {
  const kind = kindOf(header);
  const primary = header.get('XTENSION') === undefined;
  const names = header.all('EXTNAME').flatMap((card) => (typeof card.value === 'string' ? [card.value.trim()] : []));
  // Compressing programs put a name of their own before the image's.
  const name = (kind === 'compressed-image' && names[0] === 'COMPRESSED_IMAGE' ? names[1] : undefined) ?? names[0] ?? '';
  return {
    kind,
    dataSize: dataSizeOf(header, kind),
    name: name === '' && primary ? 'PRIMARY' : name,
    version: header.getNumber('EXTVER') ?? 1,
  };
}

/** BITPIX of an HDU, checked. */
export function bitpixOf(header: Header, keyword = 'BITPIX'): number {
  const value = header.requireInteger(keyword);
  if (!BITPIX.includes(value))
    throw new BadCardError(`${keyword} must be one of 8, 16, 32, 64, -32, -64; found ${value}`, { hdu: header.hdu, card: keyword });
  return value;
}

/** Axis lengths in the order of the pixels' indices (C order: the last is NAXIS1); empty where there are no data. */
export function shapeOf(header: Header, prefix = 'NAXIS'): number[] {
  const naxis = header.requireInteger(prefix, { min: 0, max: 999 });
  const shape: number[] = [];
  for (let axis = naxis; axis >= 1; axis--) shape.push(header.requireInteger(`${prefix}${axis}`, { min: 0 }));
  return shape;
}

/** Count of pixels of a shape; 0 for the empty shape, which means "no data" in FITS. */
export function countOf(shape: readonly number[]): number {
  return shape.length === 0 ? 0 : shape.reduce((product, length) => product * length, 1);
}

function kindOf(header: Header): HduKind {
  const extension = header.getString('XTENSION')?.trim();
  if (extension === undefined)
    return header.getNumber('NAXIS1') === 0 && header.getBoolean('GROUPS') === true && (header.getNumber('NAXIS') ?? 0) > 1
      ? 'groups'
      : 'image';
  if (extension === 'IMAGE' || extension === 'IUEIMAGE') return 'image';
  if (extension === 'TABLE') return 'ascii-table';
  if (extension !== 'BINTABLE' && extension !== 'A3DTABLE') return 'unknown';
  if (header.getBoolean('ZIMAGE') === true) return 'compressed-image';
  return header.getBoolean('ZTABLE') === true ? 'compressed-table' : 'table';
}

function dataSizeOf(header: Header, kind: HduKind): number {
  const bytes = Math.abs(bitpixOf(header)) / 8;
  const shape = shapeOf(header);
  if (shape.length === 0) return 0;
  const pcount = header.requireInteger('PCOUNT', { min: 0, fallback: 0 });
  const gcount = header.requireInteger('GCOUNT', { min: kind === 'groups' ? 0 : 1, fallback: 1 });
  const pixels = countOf(kind === 'groups' ? shape.slice(0, -1) : shape);
  const size = bytes * gcount * (pcount + pixels);
  if (!Number.isSafeInteger(size)) throw new TooLargeError(`the header claims ${size} bytes of data`, { hdu: header.hdu, card: 'NAXIS' });
  return size;
}
