import { FitsError } from '../errors.ts';
import { type Card, CARD_LENGTH } from '../header/card.ts';
import { BLOCK } from '../header/header.ts';
import type { Hdu } from '../hdu/hdu.ts';
import type { FitsFile } from '../hdu/open-fits.ts';
import { readImage } from '../image/image.ts';
import { readTable } from '../table/any-table.ts';
import { Checksum } from '../write/checksum.ts';

/** One finding about a file. */
export interface FitsProblem {
  /** `error` where the standard is broken or data cannot be read, `warning` where a reader may stumble. */
  readonly level: 'error' | 'warning';
  readonly hdu: number;
  readonly card: string | undefined;
  readonly message: string;
}

const PIECE = 1 << 20;

/**
 * Checks a file against the standard: mandatory cards and their order, card syntax, sizes and fill, checksums, and that all data decode.
 *
 * @returns Findings in file order; empty for a sound file. Never throws for what is in the file.
 */
export async function verifyFits(file: FitsFile): Promise<FitsProblem[]> {
  const problems: FitsProblem[] = [];
  let hdus: readonly Hdu[] = [];
  try {
    hdus = await file.hdus();
  } catch (error) {
    problems.push(fromError(error, 0));
    for await (const hdu of knownHdus(file)) problems.push(...(await verifyHdu(hdu)));
    return problems;
  }
  for (const hdu of hdus) problems.push(...(await verifyHdu(hdu)));
  const end = await file.end();
  const last = hdus.at(-1);
  if (last && end < file.source.size)
    problems.push({ level: 'warning', hdu: last.index, card: undefined, message: `${file.source.size - end} bytes follow the last HDU` });
  if (last && Math.ceil((last.dataOffset + last.dataSize) / BLOCK) * BLOCK > file.source.size)
    problems.push({ level: 'error', hdu: last.index, card: undefined, message: 'the file ends before its last block is full' });
  return problems;
}

async function* knownHdus(file: FitsFile): AsyncGenerator<Hdu> {
  try {
    for await (const hdu of file) yield hdu;
  } catch {
    return; // reported once already
  }
}

async function verifyHdu(hdu: Hdu): Promise<FitsProblem[]> {
  const problems = [...verifyCards(hdu), ...(await verifySums(hdu))];
  try {
    if (hdu.kind === 'image' || hdu.kind === 'compressed-image') await readImage(hdu, { as: 'stored' });
    else if (hdu.kind !== 'unknown') await readTable(hdu);
  } catch (error) {
    problems.push(fromError(error, hdu.index));
  }
  return problems;
}

function fromError(error: unknown, hdu: number): FitsProblem {
  if (!(error instanceof FitsError)) throw error;
  return { level: 'error', hdu: error.details?.hdu ?? hdu, card: error.details?.card, message: error.message };
}

function verifyCards({ header, index }: Hdu): FitsProblem[] {
  const problems: FitsProblem[] = [];
  const report = (level: FitsProblem['level'], card: string | undefined, message: string): void => {
    problems.push({ level, hdu: index, card, message });
  };
  const order = [index === 0 ? 'SIMPLE' : 'XTENSION', 'BITPIX', 'NAXIS'];
  const axes = header.getNumber('NAXIS') ?? 0;
  for (let n = 1; n <= axes; n++) order.push(`NAXIS${n}`);
  if (index > 0) order.push('PCOUNT', 'GCOUNT');
  order.forEach((keyword, at) => {
    if (header.cards[at]?.keyword !== keyword)
      report('error', keyword, `the card number ${at + 1} must be ${keyword}; found ${header.cards[at]?.keyword ?? 'END'}`);
  });
  if (index === 0 && header.get('SIMPLE') !== true) report('warning', 'SIMPLE', 'SIMPLE is not T: the file does not claim to conform');
  const seen = new Set<string>();
  for (const card of header) {
    verifyCard(card, report);
    if (card.kind !== 'value') continue;
    if (seen.has(card.keyword)) report('warning', card.keyword, `${card.keyword} comes more than once; the first one counts`);
    seen.add(card.keyword);
  }
  return problems;
}

function verifyCard(card: Card, report: (level: FitsProblem['level'], card: string | undefined, message: string) => void): void {
  const text = card.text ?? '';
  if (card.kind === 'malformed') report('error', card.keyword, `the value of ${card.keyword} cannot be understood: ${text.trim()}`);
  if (/[^\x20-\x7e]/.test(text)) report('error', card.keyword, 'a card holds characters other than printable ASCII');
  const name = text.slice(0, 8);
  if (!/^[A-Z0-9_-]* *$/.test(name)) report('error', card.keyword, `"${name}" is no keyword`);
  if (card.kind === 'value' && name !== 'HIERARCH' && text[9] !== ' ' && text.length === CARD_LENGTH)
    report('error', card.keyword, 'a blank must follow the equals sign');
}

async function verifySums(hdu: Hdu): Promise<FitsProblem[]> {
  const stated = hdu.header.getString('DATASUM');
  const whole = hdu.header.getString('CHECKSUM');
  if (stated === undefined && whole === undefined) return [];
  const end = Math.min(hdu.dataOffset + Math.ceil(hdu.dataSize / BLOCK) * BLOCK, hdu.source.size);
  const head = new Checksum();
  await addRange(hdu, head, hdu.headerOffset, hdu.dataOffset);
  const data = new Checksum();
  await addRange(hdu, data, hdu.dataOffset, end);
  const problems: FitsProblem[] = [];
  const warn = (card: string, message: string): void => void problems.push({ level: 'warning', hdu: hdu.index, card, message });
  if (stated?.trim() && Number(stated) !== data.value) warn('DATASUM', `the data sum to ${data.value}; DATASUM says ${stated}`);
  const sum = (head.value + data.value) % 4_294_967_295;
  if (whole?.trim() && sum !== 0) warn('CHECKSUM', 'the HDU was changed after its CHECKSUM was written');
  return problems;
}

async function addRange(hdu: Hdu, sum: Checksum, start: number, end: number): Promise<void> {
  for (let at = start; at < end; at += PIECE) sum.add(await hdu.source.read(at, Math.min(PIECE, end - at)));
}
