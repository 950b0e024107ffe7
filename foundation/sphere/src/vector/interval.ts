import { TWO_PI, wrapTwoPi } from './lon-lat.ts';

/** A closed interval of numbers; empty where a > b or either is NaN. */
export interface Interval {
  readonly a: number;
  readonly b: number;
}

export const EMPTY_INTERVAL: Interval = { a: 1, b: 0 };

/** Says whether no value is in the interval; NaN bounds make it empty. */
export function isEmptyInterval(i: Interval): boolean {
  return !(i.a <= i.b);
}

/** Says whether a value is in the interval, ends included. */
export function intervalHas(i: Interval, value: number): boolean {
  return value >= i.a && value <= i.b;
}

/** Says whether every value of `inner` is in `outer`. */
export function intervalContains(outer: Interval, inner: Interval): boolean {
  return isEmptyInterval(inner) || (inner.a >= outer.a && inner.b <= outer.b);
}

/** Says whether two intervals share a value. */
export function intervalsIntersect(i: Interval, j: Interval): boolean {
  return !isEmptyInterval(i) && !isEmptyInterval(j) && i.a <= j.b && j.a <= i.b;
}

/** What two intervals share. */
export function intersectIntervals(i: Interval, j: Interval): Interval {
  return intervalsIntersect(i, j) ? { a: Math.max(i.a, j.a), b: Math.min(i.b, j.b) } : EMPTY_INTERVAL;
}

/** Smallest interval that holds both. */
export function hullOfIntervals(i: Interval, j: Interval): Interval {
  if (isEmptyInterval(i)) return j;
  return isEmptyInterval(j) ? i : { a: Math.min(i.a, j.a), b: Math.max(i.b, j.b) };
}

/**
 * A closed interval of longitudes, going east from a to b, both in 0 to 2 pi.
 * It wraps where a > b, is full as [0, 2 pi], and empty where a is NaN (sphgeom's convention).
 */
export interface LonInterval {
  readonly a: number;
  readonly b: number;
}

export const FULL_LON: LonInterval = { a: 0, b: TWO_PI };
export const EMPTY_LON: LonInterval = { a: NaN, b: NaN };

/** Makes an interval from two longitudes; a turn or more (b - a >= 2 pi) is full, as in sphgeom. */
export function lonInterval(a: number, b: number): LonInterval {
  if (Number.isNaN(a) || Number.isNaN(b)) return EMPTY_LON;
  if (a <= b && b - a >= TWO_PI) return FULL_LON;
  return { a: wrapTwoPi(a), b: wrapTwoPi(b) };
}

/** Says whether no longitude is in the interval. */
export function isEmptyLon(i: LonInterval): boolean {
  return Number.isNaN(i.a) || Number.isNaN(i.b);
}

/** Says whether every longitude is in the interval. */
export function isFullLon(i: LonInterval): boolean {
  return i.a === 0 && i.b === TWO_PI;
}

/** Angle from a east to b [rad], 0 to 2 pi. */
export function lonWidth(i: LonInterval): number {
  return i.a <= i.b ? i.b - i.a : TWO_PI - (i.a - i.b);
}

/** Says whether a longitude [rad, any turn] is in the interval. */
export function lonHas(i: LonInterval, lon: number): boolean {
  const l = wrapTwoPi(lon);
  return i.a <= i.b ? l >= i.a && l <= i.b : l >= i.a || l <= i.b;
}

/** Middle longitude. */
export function lonCenter(i: LonInterval): number {
  return wrapTwoPi(i.a + lonWidth(i) / 2);
}

/** Says whether every longitude of `inner` is in `outer`; by comparisons alone, so exact. */
export function lonContains(outer: LonInterval, inner: LonInterval): boolean {
  if (isEmptyLon(inner) || isFullLon(outer)) return true;
  if (isEmptyLon(outer) || isFullLon(inner)) return false;
  if (outer.a === inner.a && outer.b === inner.b) return true;
  if (!lonHas(outer, inner.a) || !lonHas(outer, inner.b)) return false;
  // With both ends inside, the inner one sticks out only where it runs across the whole gap of the outer one.
  return !(lonHas(inner, outer.a) && lonHas(inner, outer.b));
}

/** Says whether two intervals share a longitude. */
export function lonsIntersect(i: LonInterval, j: LonInterval): boolean {
  if (isEmptyLon(i) || isEmptyLon(j)) return false;
  return isFullLon(i) || isFullLon(j) || lonHas(i, j.a) || lonHas(j, i.a);
}
