import {
  differRanges,
  intersectRanges,
  iterateRanges,
  type RangeSet,
  rangeSet,
  sameRanges,
  subtractRanges,
  uniteRanges,
  EMPTY_RANGES,
} from '../ranges/range-set.ts';
import { makeMoc, type Moc } from './moc.ts';

/** A coverage map in time and space: which part of the sky is covered when. */
export interface SpaceTimeMoc {
  readonly timeOrder: number;
  readonly spaceOrder: number;
  /** Disjoint in time; each with another, non-empty sky; ordered by first moment. */
  readonly entries: readonly SpaceTimeEntry[];
}

export interface SpaceTimeEntry {
  readonly time: Moc;
  readonly space: Moc;
}

/** The sky covered from one moment to the next change. */
interface Segment {
  readonly begin: bigint;
  readonly end: bigint;
  readonly space: RangeSet;
}

/** Makes a map from entries that may overlap in time; where they do, their skies are united. */
export function makeSpaceTimeMoc(
  entries: readonly SpaceTimeEntry[],
  orders?: { readonly time: number; readonly space: number },
): SpaceTimeMoc {
  const timeOrder = Math.max(orders?.time ?? 0, ...entries.map((entry) => entry.time.order));
  const spaceOrder = Math.max(orders?.space ?? 0, ...entries.map((entry) => entry.space.order));
  let level = entries.map((entry) => segmentsOf(entry));
  while (level.length > 1) {
    const next: (readonly Segment[])[] = [];
    for (let i = 0; i < level.length; i += 2)
      next.push(i + 1 < level.length ? mergeSegments(level[i], level[i + 1], uniteRanges) : level[i]);
    level = next as Segment[][];
  }
  return fromSegments(level[0] ?? [], timeOrder, spaceOrder);
}

/** What is in either map. */
export function uniteSpaceTime(a: SpaceTimeMoc, b: SpaceTimeMoc): SpaceTimeMoc {
  return combine(a, b, uniteRanges);
}

/** What is in both maps. */
export function intersectSpaceTime(a: SpaceTimeMoc, b: SpaceTimeMoc): SpaceTimeMoc {
  return combine(a, b, intersectRanges);
}

/** What is in `a` and not in `b`. */
export function subtractSpaceTime(a: SpaceTimeMoc, b: SpaceTimeMoc): SpaceTimeMoc {
  return combine(a, b, subtractRanges);
}

/** What is in exactly one of the two. */
export function differSpaceTime(a: SpaceTimeMoc, b: SpaceTimeMoc): SpaceTimeMoc {
  return combine(a, b, differRanges);
}

/** The sky covered at any moment of a time map (all moments unless given). */
export function spaceOf(moc: SpaceTimeMoc, during?: Moc): Moc {
  const chosen = moc.entries.filter((entry) => during === undefined || intersectRanges(entry.time.ranges, during.ranges).bounds.length > 0);
  return makeMoc(
    'space',
    moc.spaceOrder,
    chosen.reduce((sum, entry) => uniteRanges(sum, entry.space.ranges), EMPTY_RANGES),
  );
}

/** The moments at which some of a sky map is covered (any sky unless given). */
export function timeOf(moc: SpaceTimeMoc, over?: Moc): Moc {
  const chosen = moc.entries.filter((entry) => over === undefined || intersectRanges(entry.space.ranges, over.ranges).bounds.length > 0);
  return makeMoc(
    'time',
    moc.timeOrder,
    chosen.reduce((sum, entry) => uniteRanges(sum, entry.time.ranges), EMPTY_RANGES),
  );
}

function combine(a: SpaceTimeMoc, b: SpaceTimeMoc, operate: (p: RangeSet, q: RangeSet) => RangeSet): SpaceTimeMoc {
  const segments = mergeSegments(allSegments(a), allSegments(b), operate);
  return fromSegments(segments, Math.max(a.timeOrder, b.timeOrder), Math.max(a.spaceOrder, b.spaceOrder));
}

function segmentsOf(entry: SpaceTimeEntry): Segment[] {
  return [...iterateRanges(entry.time.ranges)].map(([begin, end]) => ({ begin, end, space: entry.space.ranges }));
}

function allSegments(moc: SpaceTimeMoc): Segment[] {
  return moc.entries.flatMap(segmentsOf).toSorted((p, q) => (p.begin < q.begin ? -1 : 1));
}

/** Cuts both lists at each other's moments and operates on the skies piece by piece. */
function mergeSegments(a: readonly Segment[], b: readonly Segment[], operate: (p: RangeSet, q: RangeSet) => RangeSet): Segment[] {
  const moments = [...new Set([...a, ...b].flatMap(({ begin, end }) => [begin, end]))].toSorted((p, q) => (p < q ? -1 : p > q ? 1 : 0));
  const merged: Segment[] = [];
  let i = 0;
  let j = 0;
  for (let k = 0; k + 1 < moments.length; k++) {
    const [begin, end] = [moments[k], moments[k + 1]];
    while (i < a.length && a[i].end <= begin) i++;
    while (j < b.length && b[j].end <= begin) j++;
    const inA = i < a.length && a[i].begin <= begin ? a[i].space : EMPTY_RANGES;
    const inB = j < b.length && b[j].begin <= begin ? b[j].space : EMPTY_RANGES;
    const space = operate(inA, inB);
    const last = merged.at(-1);
    if (space.bounds.length === 0) continue;
    if (last && last.end === begin && sameRanges(last.space, space)) merged[merged.length - 1] = { ...last, end };
    else merged.push({ begin, end, space });
  }
  return merged;
}

/** Gathers the segments of one sky into one entry. */
function fromSegments(segments: readonly Segment[], timeOrder: number, spaceOrder: number): SpaceTimeMoc {
  const bySky = new Map<string, { space: RangeSet; spans: (readonly [bigint, bigint])[] }>();
  for (const { begin, end, space } of segments) {
    const key = space.bounds.join();
    const known = bySky.get(key);
    if (known) known.spans.push([begin, end]);
    else bySky.set(key, { space, spans: [[begin, end]] });
  }
  const entries = [...bySky.values()].map(({ space, spans }) => ({
    time: makeMoc('time', timeOrder, rangeSet(spans)),
    space: makeMoc('space', spaceOrder, space),
  }));
  return { timeOrder, spaceOrder, entries };
}
