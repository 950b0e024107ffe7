import { MocFormatError } from '../errors.ts';
import { rangeSet } from '../ranges/range-set.ts';
import { makeMoc, type Moc, type MocAxis, type MocCell, mocCells, mocFromCells } from './moc.ts';
import { makeSpaceTimeMoc, type SpaceTimeMoc } from './space-time-moc.ts';

const BLOCK = 2880;
const CARD = 80;
/** Marks a time bound in the interleaved list of a space-time map. */
const TIME_FLAG = 1n << 63n;

export interface MocFitsOptions {
  /** 'range' (MOC 2.0) unless told; 'nuniq' also opens in readers of MOC 1, space only. */
  readonly ordering?: 'range' | 'nuniq';
}

/** Writes a map as a FITS file: an empty primary HDU and a binary table of one column of 64-bit integers. */
export function encodeMocFits(moc: Moc | SpaceTimeMoc, options: MocFitsOptions = {}): Uint8Array {
  if ('entries' in moc) return fitsFile(spaceTimeCards(moc), 'INTERLEAVED_SETS_OF_FLAGGED_RANGES', interleave(moc));
  if (options.ordering === 'nuniq') {
    if (moc.axis !== 'space') throw mocFitsError('ORDERING', 'NUNIQ is for space maps; write ranges');
    const uniq = BigUint64Array.from(mocCells(moc), ({ order, index }) => (4n << BigInt(2 * order)) + index).toSorted();
    const cards = [
      card('PIXTYPE', 'HEALPIX'),
      card('ORDERING', 'NUNIQ'),
      card('COORDSYS', 'C'),
      card('MOCORDER', moc.order),
      card('MOCORD_S', moc.order),
    ];
    return fitsFile([card('MOCVERS', '2.0'), card('MOCDIM', 'SPACE'), ...cards], 'UNIQ', uniq);
  }
  const own =
    moc.axis === 'space' ? [card('COORDSYS', 'C'), card('MOCORD_S', moc.order)] : [card('TIMESYS', 'TCB'), card('MOCORD_T', moc.order)];
  return fitsFile(
    [card('MOCVERS', '2.0'), card('MOCDIM', moc.axis === 'space' ? 'SPACE' : 'TIME'), card('ORDERING', 'RANGE'), ...own],
    'RANGE',
    moc.ranges.bounds,
  );
}

/**
 * Reads a map from the bytes of a FITS file: NUNIQ and RANGE orderings of MOC 1.0 to 2.0, in space, time, or both.
 *
 * @throws {MocFormatError} for other files, truncated ones, and values that no map holds.
 */
export function decodeMocFits(bytes: Uint8Array): Moc | SpaceTimeMoc {
  const { cards, dataStart } = findTable(bytes);
  const rows = readRows(bytes, cards, dataStart);
  const ordering = text(cards, 'ORDERING');
  const dimension = text(cards, 'MOCDIM') || 'SPACE';
  if (ordering === 'NUNIQ' || (ordering === '' && text(cards, 'TTYPE1') === 'UNIQ')) return fromUniq(rows, cards);
  if (ordering !== 'RANGE') throw mocFitsError('ORDERING', `expected NUNIQ or RANGE; found "${ordering}"`);
  if (dimension === 'TIME.SPACE') return deinterleave(rows, cards);
  if (dimension !== 'SPACE' && dimension !== 'TIME')
    throw mocFitsError('MOCDIM', `expected SPACE, TIME or TIME.SPACE; found "${dimension}"`);
  const axis = dimension === 'SPACE' ? 'space' : 'time';
  return makeMoc(axis, orderOf(cards, axis), pairs(rows));
}

function fromUniq(rows: BigUint64Array, cards: ReadonlyMap<string, string>): Moc {
  const cells: MocCell[] = [];
  for (const uniq of rows) {
    // Four bits and two an order: 4 * 4^order <= uniq < 16 * 4^order.
    const order = Math.floor((uniq.toString(2).length - 3) / 2);
    if (uniq < 4n) throw mocFitsError('UNIQ', `expected at least 4; found ${uniq}`);
    cells.push({ order, index: uniq - (4n << BigInt(2 * order)) });
  }
  return mocFromCells('space', cells, orderOf(cards, 'space'));
}

function pairs(rows: BigUint64Array): ReturnType<typeof rangeSet> {
  if (rows.length % 2 !== 0) throw mocFitsError('NAXIS2', `ranges need an even number of rows; found ${rows.length}`);
  return rangeSet(Array.from({ length: rows.length / 2 }, (_, i) => [rows[2 * i], rows[2 * i + 1]] as const));
}

function interleave(moc: SpaceTimeMoc): BigUint64Array {
  return BigUint64Array.from(
    moc.entries.flatMap(({ time, space }) => [...Array.from(time.ranges.bounds, (bound) => bound | TIME_FLAG), ...space.ranges.bounds]),
  );
}

function deinterleave(rows: BigUint64Array, cards: ReadonlyMap<string, string>): SpaceTimeMoc {
  const orders = { time: orderOf(cards, 'time'), space: orderOf(cards, 'space') };
  const entries: { time: Moc; space: Moc }[] = [];
  for (let at = 0; at < rows.length;) {
    const timeStart = at;
    while (at < rows.length && rows[at] >= TIME_FLAG) at++;
    const spaceStart = at;
    while (at < rows.length && rows[at] < TIME_FLAG) at++;
    if (spaceStart === timeStart) throw mocFitsError(`row ${at}`, 'expected time bounds (negative) before space bounds');
    const time = rows.slice(timeStart, spaceStart).map((bound) => bound ^ TIME_FLAG);
    entries.push({
      time: makeMoc('time', orders.time, pairs(time)),
      space: makeMoc('space', orders.space, pairs(rows.slice(spaceStart, at))),
    });
  }
  return makeSpaceTimeMoc(entries, orders);
}

function orderOf(cards: ReadonlyMap<string, string>, axis: MocAxis): number {
  const keys = axis === 'space' ? ['MOCORD_S', 'MOCORDER', 'HPXMOC'] : ['MOCORD_T', 'TORDER', 'MOCORDER'];
  for (const key of keys) {
    const value = cards.get(key);
    if (value !== undefined && /^\d+$/.test(value)) return Number(value);
  }
  throw mocFitsError(keys[0], 'the order of the map is missing');
}

/** The first binary table: its cards (strings without quotes) and where its data begin. */
function findTable(bytes: Uint8Array): { cards: ReadonlyMap<string, string>; dataStart: number } {
  for (let at = 0, hdu = 0; at < bytes.length && hdu < 100; hdu++) {
    const cards = new Map<string, string>();
    let end = -1;
    for (let card = at; card + CARD <= bytes.length && end < 0; card += CARD) {
      const line = String.fromCharCode(...bytes.subarray(card, card + CARD));
      if (line.startsWith('END     ')) end = card + CARD;
      else if (line.slice(8, 10) === '= ') cards.set(line.slice(0, 8).trimEnd(), cardValue(line.slice(10)));
    }
    if (end < 0) throw mocFitsError(`HDU ${hdu}`, 'the header has no END card');
    const dataStart = at + Math.ceil((end - at) / BLOCK) * BLOCK;
    if (cards.get('XTENSION') === 'BINTABLE') return { cards, dataStart };
    if (hdu === 0 && !cards.has('SIMPLE')) throw mocFitsError('HDU 0', 'expected a FITS file, which begins with SIMPLE');
    const axes = Array.from({ length: whole(cards, 'NAXIS') }, (_, i) => whole(cards, `NAXIS${i + 1}`));
    const size = axes.length === 0 ? 0 : (axes.reduce((p, n) => p * n, 1) * Math.abs(Number(cards.get('BITPIX') ?? 8))) / 8;
    at = dataStart + Math.ceil(size / BLOCK) * BLOCK;
  }
  throw mocFitsError('file', 'expected a binary table extension; found none');
}

function readRows(bytes: Uint8Array, cards: ReadonlyMap<string, string>, dataStart: number): BigUint64Array {
  const form = /^1?([IJK])$/.exec(text(cards, 'TFORM1').trim());
  const [rowBytes, count] = [whole(cards, 'NAXIS1'), whole(cards, 'NAXIS2')];
  if (!form) throw mocFitsError('TFORM1', `expected one integer a row (I, J or K); found "${text(cards, 'TFORM1')}"`);
  const width = { I: 2, J: 4, K: 8 }[form[1] as 'I' | 'J' | 'K'];
  if (rowBytes < width) throw mocFitsError('NAXIS1', `expected at least ${width} bytes; found ${rowBytes}`);
  if (dataStart + rowBytes * count > bytes.length) throw mocFitsError('NAXIS2', `the file ends before its ${count} rows do`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows = new BigUint64Array(count);
  for (let i = 0; i < count; i++) {
    const at = dataStart + i * rowBytes;
    if (width === 8) rows[i] = view.getBigUint64(at);
    else rows[i] = BigInt(width === 4 ? view.getUint32(at) : view.getUint16(at));
  }
  return rows;
}

function fitsFile(own: readonly string[], column: string, values: BigUint64Array): Uint8Array {
  const primary = [card('SIMPLE', true), card('BITPIX', 8), card('NAXIS', 0), card('EXTEND', true)];
  const table = [
    card('XTENSION', 'BINTABLE'),
    card('BITPIX', 8),
    card('NAXIS', 2),
    card('NAXIS1', 8),
    card('NAXIS2', values.length),
    card('PCOUNT', 0),
    card('GCOUNT', 1),
    card('TFIELDS', 1),
    card('TTYPE1', column),
    card('TFORM1', '1K'),
    ...own,
    card('MOCTOOL', 'almagest'),
  ];
  const headers = [primary, table]
    .map((cards) => `${cards.join('')}${'END'.padEnd(CARD)}`)
    .map((header) => header.padEnd(Math.ceil(header.length / BLOCK) * BLOCK));
  const start = headers[0].length + headers[1].length;
  const bytes = new Uint8Array(start + Math.ceil((8 * values.length) / BLOCK) * BLOCK);
  new TextEncoder().encodeInto(headers.join(''), bytes);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setBigUint64(start + 8 * i, value);
  return bytes;
}

function spaceTimeCards(moc: SpaceTimeMoc): string[] {
  return [
    card('MOCVERS', '2.0'),
    card('MOCDIM', 'TIME.SPACE'),
    card('ORDERING', 'RANGE'),
    card('COORDSYS', 'C'),
    card('TIMESYS', 'TCB'),
    card('MOCORD_T', moc.timeOrder),
    card('MOCORD_S', moc.spaceOrder),
  ];
}

function card(key: string, value: string | number | boolean): string {
  const shown =
    typeof value === 'string' ? `'${value.padEnd(8)}'` : typeof value === 'boolean' ? 'T'.padStart(20) : String(value).padStart(20);
  return `${key.padEnd(8)}= ${shown}`.padEnd(CARD);
}

function cardValue(field: string): string {
  const quoted = /^\s*'((?:[^']|'')*)'/.exec(field);
  return quoted ? quoted[1].trimEnd() : field.split('/')[0].trim();
}

function text(cards: ReadonlyMap<string, string>, key: string): string {
  return cards.get(key) ?? '';
}

function whole(cards: ReadonlyMap<string, string>, key: string): number {
  const value = Number(cards.get(key) ?? Number.NaN);
  if (!Number.isInteger(value) || value < 0 || value > 2 ** 48)
    throw mocFitsError(key, `expected a count; found "${cards.get(key) ?? 'nothing'}"`);
  return value;
}

function mocFitsError(where: string, why: string): MocFormatError {
  return new MocFormatError(`MOC FITS, ${where}: ${why}`, { details: { where } });
}
