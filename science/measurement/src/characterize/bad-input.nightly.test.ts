import type { Exposure } from '@almagest/image';
import { createRandom } from '@almagest/numerics';
import { getColumn, type Table } from '@almagest/table';
import { expect, test } from 'vitest';
import { addStars, exposureOfLight } from '../../test/light.ts';
import { type CharacterizedImage, characterizeImage } from './characterize-image.ts';

function run(exposure: Exposure, options: { maxSources?: number } = {}): { result: CharacterizedImage; seconds: number } {
  const start = performance.now();
  const result = characterizeImage(exposure, { cosmicRays: true, ...options });
  return { result, seconds: (performance.now() - start) / 1000 };
}

function flagged(table: Table, name: string): number {
  return Array.from(getColumn(table, name).data as Uint8Array).reduce((sum, flag) => sum + flag, 0);
}

test('a nebula with filaments over the whole frame ends in a catalogue, in bounded time', { timeout: 300_000 }, () => {
  const side = 1500;
  const random = createRandom(1);
  const light = new Float64Array(side * side);
  const waves = Array.from({ length: 40 }, () => [random.uniform(-0.2, 0.2), random.uniform(-0.2, 0.2), random.uniform(0, 6.3)] as const);
  for (let k = 0; k < light.length; k++)
    light[k] = 3000 * Math.exp(waves.reduce((sum, [a, b, c]) => sum + 0.3 * Math.sin(a * (k % side) + b * Math.floor(k / side) + c), 0));
  addStars(light, side, 300, random);
  const { result, seconds } = run(exposureOfLight(light, side, random));
  expect(result.sources.nrows).toBeGreaterThan(100);
  expect(Number.isFinite(result.background.medianLevel)).toBe(true);
  expect(seconds).toBeLessThan(200);
});

test('a trailed frame ends in a catalogue whose sources are extended or have a PSF of trails', { timeout: 300_000 }, () => {
  const side = 1500;
  const random = createRandom(2);
  const light = new Float64Array(side * side);
  addStars(light, side, 400, random, { trail: 30 });
  const { result, seconds } = run(exposureOfLight(light, side, random));
  expect(result.sources.nrows).toBeGreaterThan(50);
  expect(seconds).toBeLessThan(100);
  const [xx, yy] = ['ixx', 'iyy'].map((name) => getColumn(result.sources, name).data as Float64Array);
  const stretched = Array.from(xx).filter((value, i) => value > 4 * yy[i]).length;
  expect(stretched + flagged(result.sources, 'shape_flag')).toBeGreaterThan(0.3 * result.sources.nrows);
});

test('stars as dense as half a million on a detector: bounded time and memory, cut to the most significant', { timeout: 600_000 }, () => {
  const side = 1024;
  const random = createRandom(3);
  const light = new Float64Array(side * side);
  addStars(light, side, 31_250, random);
  const exposure = exposureOfLight(light, side, random);
  const { result, seconds } = run(exposure, { maxSources: 2000 });
  const children = getColumn(result.sources, 'deblend_nChild').data as Int32Array;
  expect(children.filter((count) => count === 0)).toHaveLength(2000);
  expect(seconds).toBeLessThan(120);
  expect(process.memoryUsage().rss).toBeLessThan(3e9);
});
