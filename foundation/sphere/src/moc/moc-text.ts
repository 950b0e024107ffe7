import { MocFormatError } from '../errors.ts';
import { type Moc, MOC_AXES, type MocAxis, type MocCell, mocCells, mocFromCells } from './moc.ts';
import { type SpaceTimeMoc, makeSpaceTimeMoc } from './space-time-moc.ts';

/** Writes the ASCII form, such as "3/3 10 5/16-18 29/" (MOC 2.0, section 4.3.2); the finest order is always named. */
export function formatMoc(moc: Moc): string {
  return [...cellsByOrder(moc)].map(([order, indices]) => `${order}/${joinRuns(indices)}`).join(' ');
}

/** Reads the ASCII form; an axis letter may precede (s or t) and must match. */
export function parseMoc(text: string, axis: MocAxis = 'space'): Moc {
  const body = text.trim();
  const letter = axis === 'space' ? 's' : 't';
  return parsePart(body.startsWith(letter) ? body.slice(1) : body, axis);
}

/** Writes the JSON form: orders to lists of indices. Indices beyond 2^53 are written exactly, as the standard has them: plain integers. */
export function formatMocJson(moc: Moc): string {
  return `{${[...cellsByOrder(moc)].map(([order, indices]) => `"${order}":[${indices.join(',')}]`).join(',')}}`;
}

/** Reads the JSON form with every digit of large indices. */
export function parseMocJson(text: string, axis: MocAxis = 'space'): Moc {
  // The grammar is small enough to be read with exact integers, which JSON.parse would round.
  const body = text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?([{}[\]:,]) ?/g, '$1')
    .trim();
  if (!/^\{(?:"\d+":\[[\d,]*\](?:,(?="))?)*\}$/.test(body)) throw mocError('JSON', 'expected an object of orders to lists of indices');
  const cells: MocCell[] = [];
  let finest = 0;
  for (const [, order, list] of body.matchAll(/"(\d+)":\[([\d,]*)\]/g)) {
    finest = Math.max(finest, readOrder(order, axis));
    for (const index of list === '' ? [] : list.split(',')) cells.push({ order: Number(order), index: readIndex(index) });
  }
  return mocFromCells(axis, cells, finest);
}

/** Writes the ASCII form of a space-time map: "t61/1-5 s29/3 t61/8 s29/4". */
export function formatSpaceTimeMoc(moc: SpaceTimeMoc): string {
  const parts = moc.entries.map(({ time, space }) => `t${formatMoc(time)} s${formatMoc(space)}`);
  return [...parts, `t${moc.timeOrder}/ s${moc.spaceOrder}/`].join(' ');
}

/** Reads the ASCII form of a space-time map. */
export function parseSpaceTimeMoc(text: string): SpaceTimeMoc {
  const parts = text.trim().split(/(?=[ts]\d)/);
  const entries: { time: Moc; space: Moc }[] = [];
  for (let i = 0; i < parts.length; i += 2) {
    const [time, space = ''] = parts.slice(i, i + 2);
    if (!time.startsWith('t') || !space.startsWith('s'))
      throw mocError(time.slice(0, 20), 'expected a time part t... followed by a space part s...');
    entries.push({ time: parsePart(time.slice(1), 'time'), space: parsePart(space.slice(1), 'space') });
  }
  return makeSpaceTimeMoc(entries);
}

function parsePart(text: string, axis: MocAxis): Moc {
  const cells: MocCell[] = [];
  let order = -1;
  let finest = 0;
  for (const token of text.split(/[\s,]+/)) {
    if (token === '') continue;
    const match = /^(?:(\d+)\/)?(?:(\d+)(?:-(\d+))?)?$/.exec(token);
    if (!match) throw mocError(token.slice(0, 40), 'expected order/index, index or index-index');
    if (match[1] !== undefined) order = readOrder(match[1], axis);
    finest = Math.max(finest, order);
    if (match[2] === undefined) continue;
    if (order < 0) throw mocError(token, 'an index comes before the first order');
    addRun(cells, order, readIndex(match[2]), readIndex(match[3] ?? match[2]), axis);
  }
  return mocFromCells(axis, cells, finest);
}

/** A run a-b is cut into the fewest cells, so that a short text cannot ask for endless memory. */
function addRun(cells: MocCell[], order: number, first: bigint, last: bigint, axis: MocAxis): void {
  const { bits, roots } = MOC_AXES[axis];
  const count = roots << BigInt(bits * order);
  if (last < first || last >= count) throw mocError(`${order}/${first}-${last}`, `indices must ascend and lie below ${count}`);
  let at = first;
  while (at <= last) {
    let up = 0;
    while (up < order && at % (1n << BigInt(bits * (up + 1))) === 0n && at + (1n << BigInt(bits * (up + 1))) - 1n <= last) up++;
    cells.push({ order: order - up, index: at >> BigInt(bits * up) });
    at += 1n << BigInt(bits * up);
  }
}

function cellsByOrder(moc: Moc): Map<number, bigint[]> {
  const found = new Map<number, bigint[]>();
  for (const { order, index } of mocCells(moc)) {
    const list = found.get(order);
    if (list) list.push(index);
    else found.set(order, [index]);
  }
  if (!found.has(moc.order)) found.set(moc.order, []);
  return new Map([...found].toSorted(([p], [q]) => p - q));
}

function joinRuns(indices: readonly bigint[]): string {
  const runs: string[] = [];
  for (let i = 0; i < indices.length; i++) {
    let last = i;
    while (last + 1 < indices.length && indices[last + 1] === indices[last] + 1n) last++;
    runs.push(last === i ? String(indices[i]) : `${indices[i]}-${indices[last]}`);
    i = last;
  }
  return runs.join(' ');
}

function readOrder(text: string, axis: MocAxis): number {
  const order = Number(text);
  if (order > MOC_AXES[axis].maxOrder) throw mocError(text, `orders go to ${MOC_AXES[axis].maxOrder} in ${axis}`);
  return order;
}

function readIndex(text: string): bigint {
  if (!/^\d{1,20}$/.test(text)) throw mocError(text.slice(0, 40), 'expected an index of at most 20 digits');
  return BigInt(text);
}

function mocError(where: string, why: string): MocFormatError {
  return new MocFormatError(`MOC text at "${where}": ${why}`, { details: { where } });
}
