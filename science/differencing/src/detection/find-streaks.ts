import type { PeakList } from '@almagest/characterization';
import type { Plane } from '@almagest/kernels';
import { sumMoments } from './sum-moments.ts';

/** A straight line of light across a good part of the image, as satellites draw it. */
export interface Streak {
  /** A point of the line [pixel], its direction [rad], and where it begins and ends along it, from that point [pixel]. */
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  readonly from: number;
  readonly to: number;
  /** Half of its width [pixel]. */
  readonly half: number;
}

/** A streak is at least this long, in pixels and in sigma of the PSF, and this many times longer than wide (standard deviations). */
const LEAST_LENGTH = 50;
const LEAST_SIGMAS = 25;
const LEAST_ELONGATION = 2.5;
/** The length of a uniform line per standard deviation along it. */
const ROOT_12 = Math.sqrt(12);
/** A piece has this part of that length at least and its line three times it. */
const PIECE_PART = 0.4;
const LENGTHS_OF_PIECES = 3;
const LEAST_PIECE_PIXELS = 60;
/** Pieces of the line that are judged together [pixel], and their least mean significance. */
const PIECE = 32;
const LEAST_MEAN = 1;
/** Pieces without light that a streak may have, one after the other: at stars and where it is faint. */
const MOST_MISSES = 4;

/**
 * Finds streaks among groups of pixels above the threshold, and follows each along its line.
 *
 * Asteroids move by less during an exposure: 50 pixels of 0.2 arcsec in 30 s are 8 degrees a day.
 */
export function findStreaks(map: Plane, list: PeakList, sigmaPixels: number): Streak[] {
  const streaks: Streak[] = [];
  const least = Math.max(LEAST_LENGTH, LEAST_SIGMAS * sigmaPixels);
  const add = (from: number, end: number, longEnough: (axes: Axes, streak: Streak) => boolean): void => {
    const axes = axesOf(list.pixels.subarray(list.offsets[from], list.offsets[end]), map.stride);
    if (axes.long < LEAST_ELONGATION * Math.max(axes.wide, 0.5)) return;
    const half = 2.5 * sigmaPixels + 2 * Math.min(axes.wide, sigmaPixels);
    const streak = { ...axes, half, from: -follow(map, axes, -1), to: follow(map, axes, 1) };
    if (longEnough(axes, streak)) streaks.push(streak);
  };
  for (let first = 0; first < list.count;) {
    let end = first + 1;
    while (end < list.count && list.group[end] === list.group[first]) end++;
    add(first, end, ({ long }) => long * ROOT_12 >= least);
    first = end;
  }
  // Where streaks cross or break up, their pieces lie on lines that go on.
  for (let i = 0; i < list.count; i++)
    if (
      list.offsets[i + 1] - list.offsets[i] >= LEAST_PIECE_PIXELS &&
      !streaks.some((each) => isOnStreak(each, { x: list.x[i], y: list.y[i] }))
    )
      add(i, i + 1, ({ long }, { from, to }) => long * ROOT_12 >= PIECE_PART * least && to - from >= LENGTHS_OF_PIECES * least);
  return streaks;
}

/** Whether a place lies on a streak. */
export function isOnStreak({ x, y, angle, from, to, half }: Streak, at: { readonly x: number; readonly y: number }): boolean {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const along = (at.x - x) * c + (at.y - y) * s;
  return along >= from && along <= to && Math.abs((at.y - y) * c - (at.x - x) * s) <= half;
}

interface Axes {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  /** Standard deviations along and across [pixel]. */
  readonly long: number;
  readonly wide: number;
}

/** How far the line is bright in one direction [pixel]. */
function follow({ data, width, height, stride }: Plane, { x, y, angle, long }: Axes, direction: 1 | -1): number {
  const [c, s] = [direction * Math.cos(angle), direction * Math.sin(angle)];
  let reached = long * Math.sqrt(3);
  let misses = 0;
  for (let start = reached; misses < MOST_MISSES; start += PIECE) {
    let [sum, count] = [0, 0];
    for (let t = start; t < start + PIECE; t++) {
      const [i, j] = [Math.round(x + t * c), Math.round(y + t * s)];
      if (i < 0 || j < 0 || i >= width || j >= height) continue;
      sum += data[j * stride + i];
      count++;
    }
    if (count === 0) break;
    misses = sum < LEAST_MEAN * count ? misses + 1 : 0;
    if (misses === 0) reached = start + PIECE;
  }
  return reached;
}

/** Middle, direction and standard deviations of pixels, each counted alike. */
function axesOf(pixels: Int32Array, stride: number): Axes {
  const { x, y, xx, yy, xy } = sumMoments(pixels, stride);
  const middle = (xx + yy) / (2 * pixels.length);
  const spread = Math.hypot((xx - yy) / 2, xy) / pixels.length;
  return {
    x,
    y,
    angle: 0.5 * Math.atan2(2 * xy, xx - yy),
    long: Math.sqrt(middle + spread),
    wide: Math.sqrt(Math.max(0, middle - spread)),
  };
}
