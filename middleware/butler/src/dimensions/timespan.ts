import { EMPTY_TIMESPAN, isEmptyTimespan, type Timespan } from '@almagest/time';
import { TimespanError } from '../errors.ts';

/** 1970-01-01T00:00:00 TAI: what an unbounded begin is stored as [ns]. */
export const STORED_MIN: bigint = 0n;
/** 2100-01-01T00:00:00 TAI, 47,482 days later: what an unbounded end is stored as [ns]. */
export const STORED_MAX: bigint = 47_482n * 86_400n * 1_000_000_000n;

/** Both ends as repositories store them: unbounded ends are 1970 and 2100, the empty span begins after it ends. */
export interface StoredTimespan {
  readonly begin: bigint;
  readonly end: bigint;
}

/** Span as repositories store it; ends outside 1970 to 2100 count as unbounded. */
export function storeTimespan(span: Timespan): StoredTimespan {
  if (isEmptyTimespan(span)) return { begin: STORED_MAX, end: STORED_MIN };
  const begin = span.begin === undefined || span.begin < STORED_MIN ? STORED_MIN : span.begin;
  const end = span.end === undefined || span.end > STORED_MAX ? STORED_MAX : span.end;
  return begin < end ? { begin, end } : { begin: STORED_MAX, end: STORED_MIN };
}

export function restoreTimespan(stored: StoredTimespan): Timespan {
  if (stored.begin >= stored.end) return EMPTY_TIMESPAN;
  return { begin: stored.begin <= STORED_MIN ? undefined : stored.begin, end: stored.end >= STORED_MAX ? undefined : stored.end };
}

/** Whether two spans have the same ends after storing. */
export function sameTimespan(a: Timespan, b: Timespan): boolean {
  const left = storeTimespan(a);
  const right = storeTimespan(b);
  return left.begin === right.begin && left.end === right.end;
}

/** Whether a value is a span: `begin` and `end`, each a bigint or undefined. */
export function isTimespan(value: unknown): value is Timespan {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false;
  const { begin, end } = value as { begin?: unknown; end?: unknown };
  return (typeof begin === 'bigint' || begin === undefined) && (typeof end === 'bigint' || end === undefined);
}

/** @throws {TimespanError} if the span holds no moment. */
export function requireMoment(span: Timespan): Timespan {
  if (isEmptyTimespan(span)) throw new TimespanError('expected a timespan that begins before it ends; found an empty one');
  return span;
}
