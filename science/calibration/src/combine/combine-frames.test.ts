import { createMaskedImage, type MaskedImage, planeBits } from '@almagest/image';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { findDefects } from '../defects/find-defects.ts';
import { combineBias, combineDark, combineFlat } from './calibration-frames.ts';
import { combineFrames, rowFrameOf } from './combine-frames.ts';

const width = 64;
const height = 50;

function frame(seed: string, value: (k: number) => number, sigma: number): MaskedImage {
  const random = createRandom(seed);
  const image = createMaskedImage(width, height);
  for (let k = 0; k < image.image.data.length; k++) image.image.data[k] = value(k) + random.normal(0, sigma);
  return image;
}

test('a bias comes back with its structure, without cosmic rays, and with the error of a mean', async () => {
  const structure = (k: number): number => 5 * Math.sin(k / 7);
  const frames = Array.from({ length: 9 }, (_, n) => frame(`bias-${n}`, structure, 6));
  for (const [n, each] of frames.entries()) each.image.data[100 + n * 17] += 3000;
  const bias = await combineBias(frames, { readVariance: 36, variancePerUnit: 0 });
  const residuals = Array.from(bias.image.data, (v, k) => v - structure(k));
  const rms = Math.sqrt(residuals.reduce((s, r) => s + r * r, 0) / residuals.length);
  expect(rms / (6 / 3)).toBeGreaterThan(0.95);
  expect(rms / (6 / 3)).toBeLessThan(1.08);
  for (let n = 0; n < 9; n++) expect(Math.abs(residuals[100 + n * 17])).toBeLessThan(10);
  const predicted = bias.variance.data.reduce((s, v) => s + v, 0) / bias.variance.data.length;
  expect(predicted / rms ** 2).toBeGreaterThan(0.85);
  expect(predicted / rms ** 2).toBeLessThan(1.15);
});

test('strips of any size give the same result', async () => {
  const frames = Array.from({ length: 5 }, (_, n) => rowFrameOf(frame(`s-${n}`, () => 10, 1)));
  const whole = await combineFrames(frames);
  const strips = await combineFrames(frames, { memoryBytes: 4 * width * 8 * 3 });
  expect(strips.image.data).toEqual(whole.image.data);
});

test('darks of different lengths give one rate, flats of different levels one response of mean 1', async () => {
  const seconds = [10, 60, 300];
  const dark = await combineDark(
    seconds.map((s, n) => frame(`d-${n}`, () => 0.2 * s, 0.01)),
    seconds,
    { readVariance: 1, variancePerUnit: 1 },
  );
  expect(dark.image.data[5]).toBeCloseTo(0.2, 2);
  await expect(combineDark([frame('z', () => 1, 1)], [0], { readVariance: 1, variancePerUnit: 1 })).rejects.toThrow('dark time above 0 s');
  const response = (k: number): number => 1 + 0.2 * Math.sin((k % width) / 10);
  const flat = await combineFlat(
    [1e4, 3e4, 2e4].map((level, n) => frame(`f-${n}`, (k) => level * response(k), 20)),
    { readVariance: 400, variancePerUnit: 1 },
  );
  const mean = flat.image.data.reduce((s, v) => s + v, 0) / flat.image.data.length;
  expect(mean).toBeCloseTo(1, 3);
  expect(flat.image.data[10] / flat.image.data[30]).toBeCloseTo(response(10) / response(30), 2);
  await expect(combineFlat([frame('n', () => 0, 0)], { readVariance: 1, variancePerUnit: 1 })).rejects.toThrow('a flat needs light');
});

test('masked pixels are left out, and where all are masked there is no data', async () => {
  const frames = Array.from({ length: 3 }, (_, n) => frame(`m-${n}`, () => 10, 0));
  const sat = planeBits(frames[0].mask.planes, ['SAT']);
  frames[0].image.data[7] = 9999;
  frames[0].mask.data[7] = sat;
  for (const each of frames) each.mask.data[8] = sat;
  const bias = await combineBias(frames, { readVariance: 1, variancePerUnit: 0 });
  expect(bias.image.data[7]).toBe(10);
  expect(bias.image.data[8]).toBeNaN();
  expect(bias.mask.data[8] & planeBits(bias.mask.planes, ['NO_DATA'])).not.toBe(0);
});

test('hot and dead pixels and a bad column are found, and nothing else (seed defects)', () => {
  const random = createRandom('defects');
  const [w, h] = [200, 200];
  const dark = Float32Array.from({ length: w * h }, () => random.normal(0.1, 0.02));
  const flat = Float32Array.from({ length: w * h }, (_, k) => (1 + 0.1 * Math.sin((k % w) / 40)) * random.normal(1, 0.005));
  const planted = new Set<number>();
  for (let n = 0; n < 60; n++) {
    const k = random.integer(w * h);
    planted.add(k);
    if (n % 2 === 0) dark[k] = 20;
    else flat[k] = 0.3;
  }
  for (let y = 40; y < 160; y++) {
    planted.add(y * w + 77);
    if (y % 3 !== 0) flat[y * w + 77] = 0.1;
  }
  const found = new Set<number>();
  for (const box of findDefects({ width: w, height: h, dark, flat }))
    for (let y = box.y; y < box.y + box.height; y++) found.add(y * w + box.x);
  const hits = [...planted].filter((k) => found.has(k)).length;
  expect(hits / planted.size).toBeGreaterThan(0.98);
  expect(hits / found.size).toBeGreaterThan(0.98);
});

test('frames of different sizes, and too few of them, are refused', async () => {
  const small = { width: 3, height: 3, readRows: () => new Float32Array(9) };
  const large = { width: 4, height: 3, readRows: () => new Float32Array(12) };
  await expect(combineFrames([small, large])).rejects.toThrow('must all be 3 x 3');
  await expect(combineFrames([small], { minFrames: 3 })).rejects.toThrow('at least 3 frames');
});
