import { BadArgumentError } from '../errors.ts';
import { BLOCK, Header } from '../header/header.ts';
import { emptyHdu } from './image-hdu.ts';
import { type OutputHdu, valueCard } from './output-hdu.ts';

/**
 * Writes HDUs as a stream of byte pieces; only one piece is in memory at a time.
 *
 * Where the first HDU is no image, an empty primary HDU is put before it.
 *
 * @throws {BadArgumentError} if an HDU's data do not have the announced length or a card cannot be written.
 */
export async function* writeFits(hdus: Iterable<OutputHdu> | AsyncIterable<OutputHdu>): AsyncGenerator<Uint8Array> {
  let first = true;
  for await (const hdu of hdus) {
    if (first && hdu.extension !== 'IMAGE') {
      yield* writeHdu(emptyHdu(), true);
      first = false;
    }
    yield* writeHdu(hdu, first);
    first = false;
  }
  if (first) yield* writeHdu(emptyHdu(), true);
}

/** All bytes of a FITS file; for files that fit in memory. */
export async function fitsBytes(hdus: Iterable<OutputHdu> | AsyncIterable<OutputHdu>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of writeFits(hdus)) {
    parts.push(part);
    size += part.length;
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function* writeHdu(hdu: OutputHdu, primary: boolean): AsyncGenerator<Uint8Array> {
  yield completeHeader(hdu, primary).toBytes();
  let size = 0;
  for await (const part of hdu.data()) {
    size += part.length;
    if (part.length > 0) yield part;
  }
  if (size !== hdu.dataSize) throw new BadArgumentError(`the data have ${size} bytes; ${hdu.dataSize} were announced`);
  if (size % BLOCK !== 0) yield new Uint8Array(BLOCK - (size % BLOCK)).fill(hdu.fill ?? 0);
}

/** The header as it stands in the file: the mandatory cards in order, then the rest. */
function completeHeader(hdu: OutputHdu, primary: boolean): Header {
  const header = new Header();
  if (primary) header.set('SIMPLE', true, 'conforms to the FITS standard');
  else header.set('XTENSION', hdu.extension, 'kind of extension');
  header.push(...hdu.structure);
  if (!header.has('PCOUNT') && !primary) header.push(valueCard('PCOUNT', 0, 'no heap'), valueCard('GCOUNT', 1, 'one group'));
  if (primary) header.push(valueCard('EXTEND', true, 'extensions may follow'));
  return header.push(...hdu.header.cards.filter((card) => !header.has(card.keyword) || card.kind === 'commentary'));
}
