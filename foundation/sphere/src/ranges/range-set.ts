import { SphereRangeError } from '../errors.ts';

/**
 * A set of unsigned 64-bit integers as half-open ranges.
 *
 * `bounds` holds begin, end, begin, end ... strictly ascending, so that ranges neither overlap nor touch.
 * An end of 2^64 is not representable; no pixelization here comes near it.
 */
export interface RangeSet {
  readonly bounds: BigUint64Array;
}

export const EMPTY_RANGES: RangeSet = { bounds: new BigUint64Array(0) };

/** Makes a set from ranges in any order, overlapping or not; empty ones are dropped. */
export function rangeSet(ranges: Iterable<readonly [bigint, bigint]>): RangeSet {
  const sorted = [...ranges].filter(([begin, end]) => {
    if (begin < 0n || end > 0xffff_ffff_ffff_ffffn)
      throw new SphereRangeError(`ranges must lie within 0 and 2^64; found [${begin}, ${end})`, { details: { value: `${begin}, ${end}` } });
    return begin < end;
  });
  sorted.sort((p, q) => (p[0] < q[0] ? -1 : p[0] > q[0] ? 1 : 0));
  const builder = new RangeBuilder();
  for (const [begin, end] of sorted) builder.add(begin, end);
  return builder.build();
}

/** Collects ranges that come in ascending order of their begin and joins those that touch. */
export class RangeBuilder {
  #bounds: BigUint64Array = new BigUint64Array(32);
  #length = 0;

  add(begin: bigint, end: bigint): void {
    const last = this.#length - 1;
    if (last >= 0 && begin <= this.#bounds[last]) {
      if (end > this.#bounds[last]) this.#bounds[last] = end;
      return;
    }
    if (this.#length + 2 > this.#bounds.length) {
      const grown = new BigUint64Array(2 * this.#bounds.length);
      grown.set(this.#bounds);
      this.#bounds = grown;
    }
    this.#bounds[this.#length++] = begin;
    this.#bounds[this.#length++] = end;
  }

  build(): RangeSet {
    return { bounds: this.#bounds.slice(0, this.#length) };
  }
}

/** Number of ranges in the set. */
export function rangeCount(set: RangeSet): number {
  return set.bounds.length / 2;
}

/** Number of integers in the set. */
export function rangeCardinality(set: RangeSet): bigint {
  let sum = 0n;
  for (let i = 0; i < set.bounds.length; i += 2) sum += set.bounds[i + 1] - set.bounds[i];
  return sum;
}

/** The ranges one by one. */
export function* iterateRanges(set: RangeSet): Generator<readonly [bigint, bigint]> {
  for (let i = 0; i < set.bounds.length; i += 2) yield [set.bounds[i], set.bounds[i + 1]];
}

/** Says whether the set holds an integer; logarithmic. */
export function rangesHave(set: RangeSet, value: bigint): boolean {
  let low = 0;
  let high = set.bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (set.bounds[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return (low & 1) === 1;
}

/** Says whether two sets hold the same integers. */
export function sameRanges(a: RangeSet, b: RangeSet): boolean {
  return a.bounds.length === b.bounds.length && a.bounds.every((value, i) => value === b.bounds[i]);
}

/** What is in either set. */
export function uniteRanges(a: RangeSet, b: RangeSet): RangeSet {
  return combine(a, b, (inA, inB) => inA || inB);
}

/** What is in both sets. */
export function intersectRanges(a: RangeSet, b: RangeSet): RangeSet {
  return combine(a, b, (inA, inB) => inA && inB);
}

/** What is in `a` and not in `b`. */
export function subtractRanges(a: RangeSet, b: RangeSet): RangeSet {
  return combine(a, b, (inA, inB) => inA && !inB);
}

/** What is in exactly one of the two. */
export function differRanges(a: RangeSet, b: RangeSet): RangeSet {
  return combine(a, b, (inA, inB) => inA !== inB);
}

/** Unites many sets pairwise, so that the cost stays n log n. */
export function uniteAllRanges(sets: readonly RangeSet[]): RangeSet {
  if (sets.length === 0) return EMPTY_RANGES;
  let level = [...sets];
  while (level.length > 1) {
    const next: RangeSet[] = [];
    for (let i = 0; i < level.length; i += 2) next.push(i + 1 < level.length ? uniteRanges(level[i], level[i + 1]) : level[i]);
    level = next;
  }
  return level[0];
}

/** Says whether every integer of `inner` is in `outer`. */
export function rangesContain(outer: RangeSet, inner: RangeSet): boolean {
  return subtractRanges(inner, outer).bounds.length === 0;
}

/** Says whether two sets share an integer. */
export function rangesIntersect(a: RangeSet, b: RangeSet): boolean {
  return intersectRanges(a, b).bounds.length > 0;
}

/** Widens every range to multiples of 2^bits and, with `shift`, divides by it: the cells that the set touches at a coarser level. */
export function coarsenRanges(set: RangeSet, bits: number): RangeSet {
  const shift = BigInt(bits);
  const round = (1n << shift) - 1n;
  const builder = new RangeBuilder();
  for (const [begin, end] of iterateRanges(set)) builder.add(begin >> shift, (end + round) >> shift);
  return builder.build();
}

/** Multiplies every bound by 2^bits: the same cells at a finer level. */
export function refineRanges(set: RangeSet, bits: number): RangeSet {
  const shift = BigInt(bits);
  return { bounds: set.bounds.map((value) => value << shift) };
}

/** Joins ranges between which fewer than `gap` integers are missing. */
export function closeGaps(set: RangeSet, gap: bigint): RangeSet {
  const builder = new RangeBuilder();
  let open: [bigint, bigint] | undefined;
  for (const [begin, end] of iterateRanges(set)) {
    if (open && begin - open[1] < gap) open[1] = end;
    else {
      if (open) builder.add(...open);
      open = [begin, end];
    }
  }
  if (open) builder.add(...open);
  return builder.build();
}

/** Merges two ascending lists of bounds; a bound is kept where the predicate changes its value. */
function combine(a: RangeSet, b: RangeSet, keep: (inA: boolean, inB: boolean) => boolean): RangeSet {
  const [p, q] = [a.bounds, b.bounds];
  const out = new BigUint64Array(p.length + q.length);
  let length = 0;
  let inside = false;
  let i = 0;
  let j = 0;
  while (i < p.length || j < q.length) {
    const fromP = j >= q.length || (i < p.length && p[i] <= q[j]);
    const value = fromP ? p[i] : q[j];
    if (i < p.length && p[i] === value) i++;
    if (j < q.length && q[j] === value) j++;
    const now = keep((i & 1) === 1, (j & 1) === 1);
    if (now !== inside) {
      out[length++] = value;
      inside = now;
    }
  }
  return { bounds: out.slice(0, length) };
}
