import { BadArgumentError } from '../errors.ts';
import { CARD_LENGTH } from '../header/card.ts';
import { formatCard } from '../header/format-card.ts';
import { BLOCK, Header } from '../header/header.ts';
import { Checksum, encodeChecksum } from './checksum.ts';
import { emptyHdu } from './image-hdu.ts';
import { type OutputHdu, valueCard } from './output-hdu.ts';

/** Pieces are at least this long where the data are [byte]. */
const PIECE = 1 << 20;
/** Data up to this are kept while they are summed rather than made twice [byte]. */
const KEPT_BYTES = 1 << 26;

/**
 * Writes HDUs as a stream of byte pieces; a few pieces are in memory at a time (with checksums, up to 64 MiB of them).
 *
 * Where the first HDU is no image, an empty primary HDU is put before it.
 *
 * @throws {BadArgumentError} if an HDU's data do not have the announced length or a card cannot be written.
 */
export async function* writeFits(
  hdus: Iterable<OutputHdu> | AsyncIterable<OutputHdu>,
  options: WriteFitsOptions = {},
): AsyncGenerator<Uint8Array> {
  let first = true;
  let offset = 0;
  for await (const hdu of hdus) {
    if (first && hdu.extension !== 'IMAGE') {
      offset += yield* writeHdu(emptyHdu(), { primary: true, offset }, options);
      first = false;
    }
    offset += yield* writeHdu(hdu, { primary: first, offset }, options);
    first = false;
  }
  if (first) yield* writeHdu(emptyHdu(), { primary: true, offset }, options);
}

export interface WriteFitsOptions {
  /** Write CHECKSUM and DATASUM into every HDU; the data are then kept until they are summed, or made twice where they are large. */
  readonly checksum?: boolean;
  /** Pieces may be overwritten once the next but one is asked for: faster, for receivers that write and forget. */
  readonly reuse?: boolean;
  /**
   * For receivers that can go back, with checksums: takes bytes that replace those at an offset of the stream, after both were passed.
   * The data are then neither kept nor made twice: a header goes out with its sums at zero, and comes here when they are known.
   */
  readonly amend?: (offset: number, bytes: Uint8Array) => void;
}

/** All bytes of a FITS file; for files that fit in memory. */
export async function fitsBytes(
  hdus: Iterable<OutputHdu> | AsyncIterable<OutputHdu>,
  options: WriteFitsOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of writeFits(hdus, { ...options, reuse: false })) {
    parts.push(part);
    size += part.length;
  }
  return joined(parts, size);
}

/** Where an HDU goes. */
interface Place {
  readonly primary: boolean;
  /** In the stream [byte]. */
  readonly offset: number;
}

/** Writes one HDU and returns its length [byte]. */
async function* writeHdu(
  hdu: OutputHdu,
  { primary, offset }: Place,
  { checksum = false, reuse = false, amend }: WriteFitsOptions,
): AsyncGenerator<Uint8Array, number> {
  const header = completeHeader(hdu, primary);
  const late = checksum && amend !== undefined ? new Checksum() : undefined;
  const kept = checksum && !late && hdu.dataSize <= KEPT_BYTES ? await collect(hdu.data()) : undefined;
  if (late) setChecksums(header, 0);
  else if (checksum) setChecksums(header, await sumOf(kept ?? hdu.data({ reuse: true }), hdu));
  const head = header.toBytes();
  yield head;
  let size = 0;
  for await (const part of inLargePieces(kept ?? hdu.data({ reuse }))) {
    size += part.length;
    late?.add(part);
    yield part;
  }
  if (size !== hdu.dataSize) throw new BadArgumentError(`the data have ${size} bytes; ${hdu.dataSize} were announced`);
  const fill = fillOf(hdu);
  if (fill.length > 0) yield fill;
  if (late) {
    setChecksums(header, late.add(fill).value);
    amend?.(offset, header.toBytes());
  }
  return head.length + size + fill.length;
}

/** What fills the last block. */
function fillOf({ dataSize, fill = 0 }: OutputHdu): Uint8Array {
  return new Uint8Array((BLOCK - (dataSize % BLOCK)) % BLOCK).fill(fill);
}

async function collect(parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  return all;
}

/** Joins small pieces, since each costs its receiver a call. */
async function* inLargePieces(parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for await (const part of parts) {
    if (part.length >= PIECE && size === 0) {
      yield part;
      continue;
    }
    waiting.push(part);
    size += part.length;
    if (size < PIECE) continue;
    yield joined(waiting, size);
    waiting = [];
    size = 0;
  }
  if (size > 0) yield joined(waiting, size);
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function sumOf(parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, hdu: OutputHdu): Promise<number> {
  const sum = new Checksum();
  for await (const part of parts) sum.add(part);
  return sum.add(fillOf(hdu)).value;
}

/** Sets both cards: sums the header with CHECKSUM at zeros, and the data's sum with it. */
function setChecksums(header: Header, dataSum: number): void {
  header.set('CHECKSUM', '0'.repeat(16), 'sum of the HDU').set('DATASUM', String(dataSum), 'sum of the data');
  const sum = new Checksum().add(header.toBytes()).value + dataSum;
  header.set('CHECKSUM', encodeChecksum((sum % 4_294_967_296) + Math.floor(sum / 4_294_967_296)));
}

/** The header as it stands in the file: the mandatory cards in order, then the rest. */
function completeHeader(hdu: OutputHdu, primary: boolean): Header {
  const header = new Header();
  if (primary) header.set('SIMPLE', true, 'conforms to the FITS standard');
  else header.set('XTENSION', hdu.extension, 'kind of extension');
  header.push(...hdu.structure);
  if (!header.has('PCOUNT') && !primary) header.push(valueCard('PCOUNT', 0, 'no heap'), valueCard('GCOUNT', 1, 'one group'));
  if (primary) header.push(valueCard('EXTEND', true, 'extensions may follow'));
  const rest = hdu.header.cards.filter((card) => !header.has(card.keyword) || card.kind === 'commentary');
  // Older readers want to be told of continued strings before the first one.
  const continued = rest.some((card) => typeof card.value === 'string' && card.kind === 'value' && formatCard(card).length > CARD_LENGTH);
  if (continued && !hdu.header.has('LONGSTRN')) header.push(valueCard('LONGSTRN', 'OGIP 1.0', 'strings may be continued'));
  return header.push(...rest);
}
