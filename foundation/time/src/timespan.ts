import { TimespanError } from './errors.ts';
import type { TaiNs } from './tai.ts';

/**
 * A half-open span of time [begin, end). Undefined means unbounded on that side.
 * A span whose begin equals its end holds no moment; {@link EMPTY_TIMESPAN} is the canonical one.
 */
export interface Timespan {
  readonly begin: TaiNs | undefined;
  readonly end: TaiNs | undefined;
}

export const EMPTY_TIMESPAN: Timespan = { begin: 0n, end: 0n };
export const ALL_TIME: Timespan = { begin: undefined, end: undefined };

/** Makes a span. Throws {@link TimespanError} if begin lies after end. */
export function makeTimespan(begin: TaiNs | undefined, end: TaiNs | undefined): Timespan {
  if (begin !== undefined && end !== undefined && begin > end)
    throw new TimespanError(`a timespan must not end before it begins; found [${begin}, ${end}) ns TAI`, {
      details: { begin: String(begin), end: String(end) },
    });
  return begin !== undefined && begin === end ? EMPTY_TIMESPAN : { begin, end };
}

/** Says whether no moment is in the timespan. */
export function isEmptyTimespan(span: Timespan): boolean {
  return span.begin !== undefined && span.end !== undefined && span.begin >= span.end;
}

/** Says whether a moment lies inside. */
export function timespanHas(span: Timespan, taiNs: TaiNs): boolean {
  return (span.begin === undefined || span.begin <= taiNs) && (span.end === undefined || taiNs < span.end);
}

/** Says whether every moment of `inner` lies in `outer`; the empty span lies in all. */
export function timespanContains(outer: Timespan, inner: Timespan): boolean {
  if (isEmptyTimespan(inner)) return true;
  return compareBegin(outer, inner) <= 0 && compareEnd(outer, inner) >= 0;
}

/** Says whether the two share a moment. */
export function timespansOverlap(a: Timespan, b: Timespan): boolean {
  return !isEmptyTimespan(intersectTimespans(a, b));
}

/** What two timespans share. */
export function intersectTimespans(a: Timespan, b: Timespan): Timespan {
  if (isEmptyTimespan(a) || isEmptyTimespan(b)) return EMPTY_TIMESPAN;
  const { begin } = compareBegin(a, b) >= 0 ? a : b;
  const { end } = compareEnd(a, b) <= 0 ? a : b;
  return begin !== undefined && end !== undefined && begin >= end ? EMPTY_TIMESPAN : { begin, end };
}

/** Gives what of `a` lies outside `b`: no, one or two spans, in time order. */
export function subtractTimespan(a: Timespan, b: Timespan): readonly Timespan[] {
  const overlap = intersectTimespans(a, b);
  if (isEmptyTimespan(a)) return [];
  if (isEmptyTimespan(overlap)) return [a];
  const parts: Timespan[] = [];
  if (compareBegin(a, overlap) < 0) parts.push({ begin: a.begin, end: overlap.begin });
  if (compareEnd(a, overlap) > 0) parts.push({ begin: overlap.end, end: a.end });
  return parts;
}

function compareBegin(a: Timespan, b: Timespan): number {
  if (a.begin === b.begin) return 0;
  if (a.begin === undefined) return -1;
  return b.begin === undefined || a.begin > b.begin ? 1 : -1;
}

function compareEnd(a: Timespan, b: Timespan): number {
  if (a.end === b.end) return 0;
  if (a.end === undefined) return 1;
  return b.end === undefined || a.end < b.end ? -1 : 1;
}
