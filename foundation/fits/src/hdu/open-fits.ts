import { BadCardError, FitsError, NotFitsError, NotInFileError, TruncatedError } from '../errors.ts';
import { CARD_LENGTH, parseCards } from '../header/card.ts';
import { BLOCK, findEnd, Header } from '../header/header.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { decompressedSource, type DecompressOptions } from '../source/decompressed-source.ts';
import { describeData, type Hdu } from './hdu.ts';

/** Blocks that are fetched at once while looking for END: enough for most headers in one request. */
const FETCH_BLOCKS = 8;

/** An open FITS file: HDUs are found as they are asked for, and their data stay where they are until read. */
export interface FitsFile extends AsyncIterable<Hdu> {
  readonly source: ByteSource;
  /** One HDU by number, by name, or by name and version. @throws {NotInFileError} if the file lacks it. */
  hdu(selector: number | string, version?: number): Promise<Hdu>;
  /** All HDUs; reads every header. */
  hdus(): Promise<readonly Hdu[]>;
  /** Offset of the first byte that belongs to no HDU, once all headers are read. */
  end(): Promise<number>;
}

/**
 * Opens a FITS file, whole-file gzip included, which is unpacked to memory.
 *
 * Reads the first header only; later headers are read when asked for.
 *
 * @throws {NotFitsError} if the bytes do not begin as FITS.
 * @throws {TruncatedError | BadCardError} if the first header is incomplete or malformed.
 */
export async function openFits(source: ByteSource, options: DecompressOptions = {}): Promise<FitsFile> {
  const plain = await decompressedSource(source, options);
  const found: Hdu[] = [];
  let next = 0;
  let complete = false;

  async function scanOne(): Promise<Hdu | undefined> {
    if (complete) return undefined;
    const hdu = await readHdu(plain, next, found.length);
    if (hdu === undefined) {
      complete = true;
      return undefined;
    }
    found.push(hdu);
    next = hdu.dataOffset + Math.ceil(hdu.dataSize / BLOCK) * BLOCK;
    return hdu;
  }

  async function at(index: number): Promise<Hdu | undefined> {
    while (found.length <= index) if ((await scanOne()) === undefined) return undefined;
    return found[index];
  }

  await scanOne();
  return {
    source: plain,
    async hdu(selector, version) {
      if (typeof selector === 'number') {
        const hdu = Number.isInteger(selector) && selector >= 0 ? await at(selector) : undefined;
        if (hdu !== undefined) return hdu;
      } else
        for (let index = 0; ; index++) {
          const hdu = await at(index);
          if (hdu === undefined) break;
          if (hdu.name.toUpperCase() === selector.trim().toUpperCase() && (version === undefined || hdu.version === version)) return hdu;
        }
      const wanted = version === undefined ? String(selector) : `${selector},${version}`;
      throw new NotInFileError(`no HDU ${wanted}; the file has ${found.map((h) => h.name || h.index).join(', ')}`);
    },
    async hdus() {
      while ((await scanOne()) !== undefined);
      return found;
    },
    async end() {
      while ((await scanOne()) !== undefined);
      return Math.min(next, plain.size);
    },
    async *[Symbol.asyncIterator]() {
      for (let index = 0; ; index++) {
        const hdu = await at(index);
        if (hdu === undefined) return;
        yield hdu;
      }
    },
  };
}

async function readHdu(source: ByteSource, offset: number, index: number): Promise<Hdu | undefined> {
  if (index > 0 && offset >= source.size) return undefined;
  const header = await readHeader(source, offset, index);
  if (header === undefined) return undefined;
  const { header: cards, length } = header;
  try {
    return { index, ...describeData(cards), header: cards, source, headerOffset: offset, dataOffset: offset + length };
  } catch (error) {
    if (error instanceof FitsError) throw error;
    throw new BadCardError('the header cannot be understood', { hdu: index }, error);
  }
}

/** Reads one header; undefined after the last HDU, where only fill or special records follow. */
async function readHeader(source: ByteSource, offset: number, index: number): Promise<{ header: Header; length: number } | undefined> {
  let text = '';
  for (let length = 0; ;) {
    const bytes = await source.read(offset + length, Math.min(FETCH_BLOCKS * BLOCK, Math.max(0, source.size - offset - length)));
    if (length === 0) {
      const start = latin1(bytes.subarray(0, 10));
      if (index === 0 && !start.startsWith('SIMPLE  ='))
        throw new NotFitsError(`a FITS file begins with "SIMPLE  ="; found ${JSON.stringify(start)}`);
      if (index > 0 && !start.startsWith('XTENSION')) return undefined;
    }
    for (let at = 0; at < bytes.length; at += BLOCK) {
      const block = latin1(bytes.subarray(at, at + BLOCK));
      const end = findEnd(block);
      if (end === undefined) {
        text += block;
        continue;
      }
      const cards = text + block.slice(0, end);
      const used = Math.ceil(cards.trimEnd().length / CARD_LENGTH) * CARD_LENGTH;
      return { header: new Header(parseCards((text + block).slice(0, used)), index), length: length + at + BLOCK };
    }
    length += bytes.length;
    if (bytes.length < FETCH_BLOCKS * BLOCK)
      throw new TruncatedError('the file ends before the END card of a header', { hdu: index, card: 'END' });
  }
}

const decoder = new TextDecoder('latin1');

/** Bytes as characters of the same number. */
function latin1(bytes: Uint8Array): string {
  // The platform's "latin1" is windows-1252, which differs in 27 characters that no sound header has.
  const text = decoder.decode(bytes.buffer instanceof ArrayBuffer ? bytes : bytes.slice());
  return /[^\0-\u00ff]/.test(text) ? Array.from(bytes, (byte) => String.fromCharCode(byte)).join('') : text;
}
