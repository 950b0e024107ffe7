import { loadCamera, rawSize } from '@almagest/instrument';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { FrameShapeError, TooFewFramesError, UnscalableFrameError } from '../errors.ts';
import { buildMaster, type MasterFrame } from './build-master.ts';

const [plain] = loadCamera('simcam-tiny').detectors;
const detector = {
  ...plain,
  amplifiers: plain.amplifiers.map((amp, k) => ({ ...amp, gain: 1.5, readNoise: 6, saturation: 50_000, flipX: k % 2 === 1, flipY: k > 1 })),
};
const size = rawSize(detector.amplifiers);

/** Light [electron] over a bias level that drifts from row to row. */
function frame(name: string, light: (i: number) => number, darkSec: number | null = 0): MasterFrame {
  const random = createRandom(name);
  const raws = detector.amplifiers.map((amplifier) => {
    const data = new Uint16Array(size.width * size.height);
    const { rawData, box, flipX, flipY } = amplifier;
    for (let y = 0; y < size.height; y++) {
      const level = 1000 + random.normal(0, 5);
      for (let x = 0; x < size.width; x++) data[y * size.width + x] = Math.round(level + random.normal(0, 4));
      if (y < rawData.y || y >= rawData.y + rawData.height) continue;
      for (let x = 0; x < rawData.width; x++) {
        const row = box.y + (flipY ? rawData.height - 1 - (y - rawData.y) : y - rawData.y);
        const column = box.x + (flipX ? rawData.width - 1 - x : x);
        data[y * size.width + rawData.x + x] += Math.round(light(row * 512 + column) / 1.5);
      }
    }
    return { amplifier, data, ...size };
  });
  return { name, darkSec, readAmplifier: async (k) => raws[k] };
}

const rms = (values: Float32Array, truth: (i: number) => number): number =>
  Math.sqrt(values.reduce((sum, v, i) => sum + (v - truth(i)) ** 2, 0) / values.length);

test('bias, dark and flat come back to where they were planted, whatever the flips, with the error of a mean', async () => {
  const pattern = (i: number): number => 6 + (i % 5);
  const bias = await buildMaster(
    'bias',
    [0, 1, 2, 3, 4].map((n) => frame(`b${n}`, pattern)),
    detector,
  );
  expect(rms(bias.image, pattern)).toBeLessThan((1.15 * 1.5 * Math.hypot(4, 0.4)) / Math.sqrt(5));
  const dark = await buildMaster(
    'dark',
    [100, 200, 300].map((sec) => frame(`d${sec}`, (i) => pattern(i) + 0.5 * sec, sec)),
    detector,
    { bias: bias.image },
  );
  expect(rms(dark.image, () => 0.5)).toBeLessThan(0.04);
  const response = (i: number): number => 1 + 0.1 * Math.sin(i / 3000);
  const flat = await buildMaster(
    'flat',
    [20_000, 30_000, 25_000].map((level) =>
      frame(`f${level}`, (i) => pattern(i) + 0.5 * 5 + (i === 777 ? 90_000 : level * response(i)), 5),
    ),
    detector,
    { bias: bias.image, dark: dark.image },
  );
  // Read noise alone, since no photon noise was planted.
  const ratio = flat.image.map((v, i) => (i === 777 ? 1 : v / response(i)));
  const level = ratio.reduce((a, b) => a + b, 0) / ratio.length;
  expect(rms(ratio, () => level)).toBeLessThan(5e-4);
  expect([flat.missing, flat.image[777]]).toEqual([1, Number.NaN]);
  expect(flat.variance![5]).toBeGreaterThan(0);
});

test('strips of any size give the same bits', async () => {
  const frames = [0, 1, 2, 3].map((n) => frame(`s${n}`, (i) => 10_000 + (i % 100), 3));
  const whole = await buildMaster('flat', frames, detector);
  const strips = await buildMaster('flat', frames, detector, { memoryBytes: 4 * 256 * 9 * 17 });
  expect(strips.image).toEqual(whole.image);
  expect(strips.variance).toEqual(whole.variance);
});

test('too few frames, darks without time, flats without light and frames of another shape are refused by name', async () => {
  const one = frame('one', () => 0, null);
  await expect(buildMaster('bias', [], detector)).rejects.toThrow(TooFewFramesError);
  await expect(buildMaster('bias', [one], detector, { minFrames: 3 })).rejects.toThrow('at least 3 frames for a bias; found 1');
  await expect(buildMaster('dark', [one], detector)).rejects.toThrow(UnscalableFrameError);
  await expect(buildMaster('flat', [frame('black', () => 0)], detector)).rejects.toThrow('the level of black');
  const small: MasterFrame = {
    ...one,
    name: 'small',
    readAmplifier: async (k) => ({ amplifier: detector.amplifiers[k], data: new Uint16Array(100), width: 10, height: 10 }),
  };
  await expect(buildMaster('bias', [one, small], detector)).rejects.toThrow(FrameShapeError);
});

/** Raws without any noise, as real numbers. */
function noiseless(light: (i: number) => number, darkSec: number): MasterFrame {
  const raws = detector.amplifiers.map((amplifier) => {
    const data = new Float32Array(size.width * size.height).fill(1000);
    const { rawData, box, flipX, flipY } = amplifier;
    for (let y = 0; y < rawData.height; y++)
      for (let x = 0; x < rawData.width; x++) {
        const [row, column] = [box.y + (flipY ? rawData.height - 1 - y : y), box.x + (flipX ? rawData.width - 1 - x : x)];
        data[(rawData.y + y) * size.width + rawData.x + x] += light(row * 512 + column) / 1.5;
      }
    return { amplifier, data, ...size };
  });
  return { name: 'noiseless', darkSec, readAmplifier: async (k) => raws[k] };
}

test('without noise: bias to 1e-3 electrons and dark to 1e-4 electrons/s, which is float32 of the raw, flat to 1e-4', async () => {
  const pattern = (i: number): number => 6 + (i % 5);
  const rate = (i: number): number => 0.5 + (i % 7) / 10;
  const response = (i: number): number => 1 + 0.1 * Math.sin(i / 3000);
  const bias = await buildMaster('bias', [noiseless(pattern, 0), noiseless(pattern, 0), noiseless(pattern, 0)], detector);
  expect(bias.image.findIndex((v, i) => !(Math.abs(v - pattern(i)) < 1e-3))).toBe(-1);
  const darks = [30, 60, 90].map((sec) => noiseless((i) => pattern(i) + rate(i) * sec, sec));
  const dark = await buildMaster('dark', darks, detector, { bias: bias.image });
  expect(dark.image.findIndex((v, i) => !(Math.abs(v - rate(i)) < 1e-4))).toBe(-1);
  const flats = [20_000, 30_000].map((level) => noiseless((i) => pattern(i) + 5 * rate(i) + level * response(i), 5));
  const flat = await buildMaster('flat', flats, detector, { bias: bias.image, dark: dark.image });
  const level = flat.image[0] / response(0);
  expect(flat.image.findIndex((v, i) => !(Math.abs(v / response(i) / level - 1) < 1e-4))).toBe(-1);
});
