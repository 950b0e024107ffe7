import { createMaskedImage } from '@almagest/image';
import { loadCamera, rawSize } from '@almagest/instrument';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { MissingCalibrationError } from '../errors.ts';
import { MEDIAN_PER_ROW } from '../overscan/overscan.ts';
import { DEFAULT_ISR } from './isr-config.ts';
import { reduceFused } from './reduce-fused.ts';
import { type AmplifierPlanes, reduceRaw, reduceRawByAmplifier } from './reduce-raw.ts';
import { reduceStepByStep, type Target } from './reduce-steps.ts';

test.each([
  ['all steps', {}, [false, false]],
  ['flipped amplifiers', {}, [true, true]],
  ['no flat', { flat: false }, [true, false]],
  ['no overscan, no dark', { serialOverscan: null, dark: false }, [false, true]],
  ['no saturation', { saturation: false }, [false, false]],
])('one pass gives the same bits as one step after the other: %s', (_, changes, [flipX, flipY]) => {
  const [plain] = loadCamera('simcam-tiny').detectors;
  const detector = { ...plain, amplifiers: plain.amplifiers.map((a) => ({ ...a, flipX, flipY })) };
  const random = createRandom('fused');
  const size = rawSize(detector.amplifiers);
  const amplifiers = detector.amplifiers.map((amplifier) => ({
    amplifier,
    ...size,
    data: Uint16Array.from({ length: size.width * size.height }, () => (random.uniform() < 0.001 ? 64_000 : 1000 + 500 * random.uniform())),
  }));
  const plane = (mean: number, sigma: number): Float32Array =>
    Float32Array.from({ length: 512 * 512 }, () => (random.uniform() < 0.001 ? 0 : random.normal(mean, sigma)));
  const raw = { detector, amplifiers, darkSec: 33, seed: 's' };
  const calibrations = {
    bias: plane(0, 3),
    dark: plane(0.1, 0.05),
    flat: plane(1, 0.02),
    gains: [1.51, 1.62, 1.43, 1.7],
    defects: [{ x: 5, y: 6, width: 1, height: 100 }],
  };
  const target = (): Target => ({
    planes: { image: new Float32Array(512 * 512), mask: new Int32Array(512 * 512), variance: new Float32Array(512 * 512) },
    bits: { bad: 1, saturated: 2, suspect: 4, noData: 8, edge: 16 },
  });
  const [one, many] = [target(), target()];
  // The overscan is as wild as the rest, which must not make the amplifiers bad.
  const config = { ...DEFAULT_ISR, badAmplifierNoise: 1e6, ...changes };
  expect(reduceFused(raw, calibrations, config, one)).toEqual(reduceStepByStep(raw, calibrations, config, many));
  expect(one.planes.image).toEqual(many.planes.image);
  expect(one.planes.variance).toEqual(many.planes.variance);
  expect(one.planes.mask).toEqual(many.planes.mask);
});

test.each([
  ['in one pass', {}],
  ['step by step', { parallelOverscan: MEDIAN_PER_ROW }],
])('calibrations that are read amplifier by amplifier give the same bits: %s', async (_, changes) => {
  const [plain] = loadCamera('simcam-tiny').detectors;
  const detector = { ...plain, amplifiers: plain.amplifiers.map((a, k) => ({ ...a, flipX: k % 2 === 1, flipY: k > 1 })) };
  const random = createRandom('by amplifier');
  const size = rawSize(detector.amplifiers);
  const amplifiers = detector.amplifiers.map((amplifier) => ({
    amplifier,
    ...size,
    data: Uint16Array.from({ length: size.width * size.height }, () => (random.uniform() < 0.001 ? 64_000 : 1000 + 4 * random.normal())),
  }));
  const plane = (mean: number): Float32Array => Float32Array.from({ length: 512 * 512 }, () => random.normal(mean, 0.01));
  const planes = { bias: plane(0), dark: plane(0.1), flat: plane(1) };
  const read = (data: Float32Array): AmplifierPlanes => ({
    read: async (k) => {
      const { x, y, width, height } = detector.amplifiers[k].box;
      return { data: data.subarray(y * 512 + x), width, height, stride: 512 };
    },
  });
  const raw = { detector, amplifiers, darkSec: 33, seed: 's' };
  const config = { ...DEFAULT_ISR, defects: false, ...changes };
  const whole = reduceRaw(raw, planes, config);
  const parts = await reduceRawByAmplifier(raw, {}, { bias: read(planes.bias), dark: read(planes.dark), flat: read(planes.flat) }, config, {
    target: createMaskedImage(512, 512),
  });
  expect(parts.statistics).toEqual(whole.statistics);
  for (const name of ['image', 'mask', 'variance'] as const) expect(parts.maskedImage[name].data).toEqual(whole.maskedImage[name].data);
  const rows = (data: Float32Array): AmplifierPlanes => ({
    ...read(data),
    readRows: async (y0, y1) => ({ data: data.slice(y0 * 512, y1 * 512) }),
  });
  const bands = await reduceRawByAmplifier(raw, {}, { bias: rows(planes.bias), dark: rows(planes.dark), flat: rows(planes.flat) }, config);
  // As files of one extension an amplifier have them: in the order of the read-out, big-endian.
  const stored = (data: Float32Array): AmplifierPlanes => ({
    read: async (k) => {
      const { box, flipX, flipY } = detector.amplifiers[k];
      const { width, height } = box;
      const view = new DataView(new ArrayBuffer(4 * width * height));
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          const [column, row] = [box.x + (flipX ? width - 1 - x : x), box.y + (flipY ? height - 1 - y : y)];
          view.setFloat32(4 * (y * width + x), data[row * 512 + column]);
        }
      return { data: new Float32Array(view.buffer), width, height, stride: width, flipX, flipY, bigEndian: true };
    },
  });
  const files = await reduceRawByAmplifier(
    raw,
    {},
    { bias: stored(planes.bias), dark: stored(planes.dark), flat: stored(planes.flat) },
    config,
  );
  for (const name of ['image', 'mask', 'variance'] as const) expect(files.maskedImage[name].data).toEqual(whole.maskedImage[name].data);
  expect(bands.statistics).toEqual(whole.statistics);
  for (const name of ['image', 'mask', 'variance'] as const) expect(bands.maskedImage[name].data).toEqual(whole.maskedImage[name].data);
  await expect(reduceRawByAmplifier(raw, {}, { bias: read(planes.bias) }, config)).rejects.toThrow(MissingCalibrationError);
  await expect(reduceRawByAmplifier(raw, planes, {}, config, { target: createMaskedImage(5, 5) })).rejects.toThrow('the target');
});
