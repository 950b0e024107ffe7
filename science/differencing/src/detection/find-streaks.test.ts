import { detectPeaks } from '@almagest/characterization';
import type { Plane } from '@almagest/kernels';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { findStreaks, isOnStreak } from './find-streaks.ts';

const SIDE = 400;
const SIGMA = 2;

function noise(seed: number): Plane {
  const random = createRandom(seed);
  return { data: Float32Array.from({ length: SIDE * SIDE }, () => random.normal()), width: SIDE, height: SIDE, stride: SIDE };
}

/** Adds a line of Gaussian profile from one point to another. */
function draw(map: Plane, { from, to, height }: { from: readonly number[]; to: readonly number[]; height: number }): void {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const [c, s] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  for (let k = 0; k < map.data.length; k++) {
    const [dx, dy] = [(k % SIDE) - from[0], Math.floor(k / SIDE) - from[1]];
    const along = dx * c + dy * s;
    if (along >= 0 && along <= length) map.data[k] += height * Math.exp(-((dy * c - dx * s) ** 2) / (2 * SIGMA ** 2));
  }
}

function streaksOf(map: Plane): ReturnType<typeof findStreaks> {
  return findStreaks(map, detectPeaks(map, { threshold: 5, prominence: 3 }), SIGMA);
}

test.each([1, 2, 3])('a satellite is one line from edge to edge, also where it fades (seed %i)', (seed) => {
  const map = noise(seed);
  draw(map, { from: [0, 50], to: [250, 200], height: 20 });
  draw(map, { from: [250, 200], to: [399, 289.4], height: 3 });
  const [streak, ...rest] = streaksOf(map);
  expect(rest).toEqual([]);
  expect(Math.abs(Math.tan(streak.angle) - 0.6)).toBeLessThan(0.02);
  for (const x of [5, 100, 200, 300, 380]) expect(isOnStreak(streak, { x, y: 50 + 0.6 * x })).toBe(true);
  expect(isOnStreak(streak, { x: 200, y: 195 })).toBe(false);
});

test('stars, asteroids and rows of stars are none (seed 4)', () => {
  const map = noise(4);
  for (let x = 20; x < 380; x += 40) draw(map, { from: [x, 100], to: [x + 2, 100], height: 50 });
  draw(map, { from: [200, 300], to: [225, 310], height: 30 });
  expect(streaksOf(map)).toEqual([]);
});

test('no peaks, no streaks (seed 5)', () => {
  expect(streaksOf(noise(5))).toEqual([]);
});
