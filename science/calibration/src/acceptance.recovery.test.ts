import { createMaskedImage, type MaskedImage } from '@almagest/image';
import { loadCamera, rawSize } from '@almagest/instrument';
import { fillVarianceInPlace, linearizeInPlace, subtractCrosstalkInPlace, subtractScaledInPlace } from '@almagest/isr';
import { createRandom, median } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { combineBias } from './combine/calibration-frames.ts';
import { fitCrosstalk } from './crosstalk/fit-crosstalk.ts';
import { fitLinearizer } from './linearity/fit-linearizer.ts';
import { fitTransfer } from './transfer/fit-transfer.ts';

/** Rows of the table of needed accuracies that the other tests of this room do not show. */

const SIDE = 128;

function frameOf(value: (i: number) => number): MaskedImage {
  const frame = createMaskedImage(SIDE, SIDE);
  for (let i = 0; i < SIDE * SIDE; i++) frame.image.data[i] = value(i);
  return frame;
}

test('bias: recovered to 1e-5 without noise, scatter below 2 read noises with it (seed bias)', async () => {
  const random = createRandom('bias');
  const pattern = Float32Array.from({ length: SIDE * SIDE }, () => random.normal(0, 2));
  const clean = await combineBias(
    Array.from({ length: 5 }, () => frameOf((i) => pattern[i])),
    { readVariance: 36, variancePerUnit: 0 },
  );
  expect(clean.image.data.findIndex((v, i) => !(Math.abs(v - pattern[i]) < 1e-5))).toBe(-1);
  const noisy = await combineBias(
    Array.from({ length: 5 }, () => frameOf((i) => pattern[i] + random.normal(0, 6))),
    { readVariance: 36, variancePerUnit: 0 },
  );
  const square = noisy.image.data.reduce((s, v, i) => s + (v - pattern[i]) ** 2, 0) / pattern.length;
  expect(Math.sqrt(square)).toBeLessThan(2 * 6);
  // And in fact as small as five frames make it; the clipping costs little.
  expect(Math.sqrt(square) / (6 / Math.sqrt(5))).toBeLessThan(1.1);
});

test('dark: a noiseless frame less its scaled dark is zero to 1e-12 of the dark', () => {
  const random = createRandom('dark');
  // Rates and charges that single precision holds exactly: what is left is the error of the subtraction alone.
  const rate = Float32Array.from({ length: 10_000 }, () => Math.round(random.uniform(0, 4096)) / 256);
  const frame = rate.map((r) => 120 * r);
  subtractScaledInPlace(frame, rate, 120);
  expect(Math.max(...frame.map(Math.abs))).toBeLessThan(1e-12 * 120);
  const variance = new Float32Array(10_000);
  fillVarianceInPlace(
    variance,
    frame,
    { x: 0, y: 0, width: 100, height: 100 },
    { width: 100, readNoise: 5, dark: { plane: rate, sec: 120 } },
  );
  expect(variance[17]).toBe(Math.fround(25 + 120 * rate[17]));
});

test('linearity: residuals of the spline below 4e-4, their median 1.2e-4, against flats of a known curve', () => {
  const beta = 3e-7;
  const curve = (u: number): number => u * (1 - beta * u) + 6 * Math.sin(u / 6000);
  const points = Array.from({ length: 30 }, (_, k) => ({ abscissa: 0.5 * (k + 1), meanAdu: curve(2000 * (k + 1)) }));
  const { linearity, residuals, response } = fitLinearizer(points);
  expect(Math.max(...residuals.map(Math.abs))).toBeLessThan(4e-4);
  expect(median(residuals.map(Math.abs))).toBeLessThan(1.2e-4);
  const levels = Float32Array.from({ length: 200 }, (_, k) => 2500 + 280 * k);
  const data = levels.map(curve);
  linearizeInPlace(data, linearity);
  // Response at no light: twice 2000 ADU a unit, but for the wave.
  const scale = response / 4000;
  expect(Math.max(...data.map((v, k) => Math.abs(v / (scale * levels[k]) - 1)))).toBeLessThan(1e-3);
});

test('crosstalk: a full matrix of 16 amplifiers with terms of 1e-4 is found, and ghosts go below 3 sigma over a PSF (seed matrix)', () => {
  const random = createRandom('matrix');
  const n = 16;
  const truth = Array.from({ length: n * n }, (_, i) => (i % n === Math.floor(i / n) ? 0 : random.normal(1e-4, 3e-5)));
  const exposures = Array.from({ length: 2 }, () => {
    const signals = Array.from({ length: n }, () => {
      const plane = new Float32Array(SIDE * SIDE);
      for (let spot = 0; spot < 3; spot++) {
        const [cx, cy] = [random.uniform(12, SIDE - 12), random.uniform(12, SIDE - 12)];
        for (let y = Math.ceil(cy - 6); y < cy + 6; y++)
          for (let x = Math.ceil(cx - 6); x < cx + 6; x++) if (Math.hypot(x - cx, y - cy) < 6) plane[y * SIDE + x] = 40_000;
      }
      return plane;
    });
    const planes = signals.map((own, victim) => {
      const out = own.map((v) => v + random.normal(0, 4));
      for (const [source, signal] of signals.entries()) {
        const c = truth[victim * n + source];
        for (let i = 0; i < out.length; i++) if (signal[i] > 0) out[i] += c * signal[i];
      }
      return out;
    });
    return { signals, planes, width: SIDE };
  });
  const { linear, linearErrors } = fitCrosstalk(exposures, { minSignificance: 0 });
  expect(linear.findIndex((v, i) => Math.abs(v - truth[i]) > 4.5 * linearErrors[i] + 1e-9)).toBe(-1);
  // The ghost of a source of 40,000 ADU in every victim, over the area of a PSF of FWHM 4, after the correction.
  const area = Math.PI * 2 ** 2 * 2;
  const { signals, planes } = exposures[0];
  const corrected = planes.map((plane) => plane.slice());
  subtractCrosstalkInPlace(corrected, planes, { victims: n, sources: n, linear: Float64Array.from(linear) });
  for (let victim = 0; victim < n; victim++)
    for (const [source, signal] of signals.entries()) {
      let [sum, count] = [0, 0];
      for (let i = 0; i < signal.length; i++)
        if (signal[i] > 0 && signals.every((other, k) => k === source || other[i] === 0))
          [sum, count] = [sum + corrected[victim][i], count + 1];
      if (source !== victim && count > 20)
        expect(Math.abs(sum / count) * area).toBeLessThan(3 * 4 * Math.sqrt(area) + (3 * 4 * area) / Math.sqrt(count));
    }
});

test('charge transfer: inefficiency to 1e-3 and decay to 4 decimals from noiseless trails', () => {
  const [{ amplifiers }] = loadCamera('simcam-tiny').detectors;
  const { width, height } = rawSize(amplifiers);
  const [amplifier] = amplifiers;
  const { rawData } = amplifier;
  for (const [inefficiency, decayPixels] of [
    [2e-6, 1.5],
    [5e-6, 2.2],
  ] as const) {
    const data = new Float32Array(width * height);
    const release = 1 - Math.exp(-1 / decayPixels);
    for (let y = 0; y < height; y++) {
      let trapped = 0;
      for (let x = rawData.x; x < width; x++) {
        const charge = x < rawData.x + rawData.width ? 30_000 : 0;
        const lost = inefficiency * Math.min(x, rawData.x + rawData.width) * charge;
        const released = trapped * release;
        trapped += lost - released;
        data[y * width + x] = charge + released - lost;
      }
    }
    const fit = fitTransfer([{ amplifier, data, width, height }]);
    expect(Math.abs(fit.inefficiency / inefficiency - 1)).toBeLessThan(1e-3);
    expect(Math.abs(fit.decayPixels - decayPixels)).toBeLessThan(1e-4);
  }
});
