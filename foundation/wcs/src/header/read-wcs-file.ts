import { type ByteSource, FitsError, type FitsFile, type Hdu, type Header, headerFromText, openFits, readImage } from '@almagest/fits';
import type { LookupTable } from '../distortion/lookup.ts';
import { NoCelestialWcsError } from '../errors.ts';
import type { SkyWcs } from '../model/sky-wcs.ts';
import { isTableWcs, readTableWcs } from './read-table-wcs.ts';
import { readWcs } from './read-wcs.ts';

export interface ReadWcsFileOptions {
  /** Number or name of the HDU; the first with a celestial WCS when absent. */
  readonly hdu?: number | string;
  readonly alternate?: string;
}

export interface WcsOfFile {
  readonly wcs: SkyWcs;
  readonly header: Header;
  /** HDU number; undefined for a bare header. */
  readonly hdu: number | undefined;
}

/** Longest text that is taken for a bare header [byte]. */
const MAX_HEADER_TEXT = 4_000_000;

/**
 * Reads the celestial WCS of a FITS file (compressed ones included) or of a bare header in text, with the lookup tables it refers to.
 *
 * @throws {NoCelestialWcsError} when no HDU, or not the chosen one, has a celestial WCS.
 * @throws what {@link readWcs} throws for the chosen HDU, and FitsError for a file that is neither FITS nor header text.
 */
export async function readWcsFile(source: ByteSource, options: ReadWcsFileOptions = {}): Promise<WcsOfFile> {
  const file = await openFits(source).catch((error: unknown) => {
    if (error instanceof FitsError && source.size <= MAX_HEADER_TEXT) return { notFits: error };
    throw error;
  });
  if ('notFits' in file) return readBareHeader(source, options, file.notFits);
  const { hdu: wanted } = options;
  if (wanted !== undefined) return readHdu(file, await file.hdu(wanted), options);
  let first: unknown;
  for await (const hdu of file) {
    try {
      return await readHdu(file, hdu, options);
    } catch (error) {
      // An image without a sky is passed over; a broken WCS counts only when no other HDU has one.
      if (!(first instanceof Error) || first instanceof NoCelestialWcsError) first = error;
    }
  }
  throw first;
}

async function readBareHeader(source: ByteSource, options: ReadWcsFileOptions, notFits: FitsError): Promise<WcsOfFile> {
  const text = new TextDecoder('latin1').decode(await source.read(0, source.size));
  // Text of cards is printable; anything else is a damaged FITS file, whose own error says more.
  if (!/^[\t\n\r\x20-\x7e]*$/.test(text) || !/CTYPE1/.test(text)) throw notFits;
  const header = headerFromText(text);
  return { wcs: readWcs(header, pick(options)), header, hdu: undefined };
}

async function readHdu(file: FitsFile, hdu: Hdu, options: ReadWcsFileOptions): Promise<WcsOfFile> {
  const { header } = hdu;
  if (isTableWcs(header, options.alternate)) return { wcs: await readTableWcs(header, file, options.alternate), header, hdu: hdu.index };
  const tables = needsTables(header) ? await readTables(file) : new Map<string, LookupTable>();
  const wcs = readWcs(header, { ...pick(options), findTable: (extname, extver) => tables.get(`${extname},${extver}`) });
  return { wcs, header, hdu: hdu.index };
}

function pick({ alternate }: ReadWcsFileOptions): { alternate?: string } {
  return alternate === undefined ? {} : { alternate };
}

function needsTables(header: Header): boolean {
  return ['CPDIS1', 'CPDIS2', 'D2IMDIS1', 'D2IMDIS2'].some((keyword) => header.has(keyword));
}

async function readTables(file: FitsFile): Promise<Map<string, LookupTable>> {
  const tables = new Map<string, LookupTable>();
  for await (const hdu of file) {
    if (hdu.name !== 'WCSDVARR' && hdu.name !== 'D2IMARR') continue;
    const { header } = hdu;
    const { data } = await readImage(hdu);
    const pair = (keyword: string, fallback: number): [number, number] => [
      header.getNumber(`${keyword}1`) ?? fallback,
      header.getNumber(`${keyword}2`) ?? fallback,
    ];
    const [width, height] = pair('NAXIS', 1);
    const values = Float64Array.from({ length: data.length }, (_, k) => Number(data[k]));
    tables.set(`${hdu.name},${hdu.version}`, {
      width,
      height,
      data: values,
      crpix: pair('CRPIX', 0),
      crval: pair('CRVAL', 0),
      cdelt: pair('CDELT', 1),
    });
  }
  return tables;
}
