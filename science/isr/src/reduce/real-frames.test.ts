import { openFits, readImage } from '@almagest/fits';
import { type RawExposure, readRaw } from '@almagest/instrument';
import { median, SIGMA_PER_MAD } from '@almagest/numerics';
import { openFile } from '@almagest/resources';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { DEFAULT_ISR, type IsrConfig } from './isr-config.ts';
import type { IsrCalibrations, RawDetector } from './isr-data.ts';
import { reduceRaw } from './reduce-raw.ts';

const toRaw = ({ detector, amplifiers, info }: RawExposure): RawDetector => ({
  detector,
  amplifiers,
  darkSec: info.dark_time as number,
  seed: 'real',
});
const spread = (values: number[]): number => {
  const center = median(values);
  return SIGMA_PER_MAD * median(values.map((v) => Math.abs(v - center)));
};

/** What IRAF did: one overscan level a frame, bias, flat; no dark. */
const IRAF: IsrConfig = {
  ...DEFAULT_ISR,
  serialOverscan: { estimator: 'mean', fit: { kind: 'constant' }, skipNear: 14, skipFar: 2, maxDeviation: 1000, clipSigma: 1e9 },
  dark: false,
  defects: false,
  interpolation: null,
  saturation: false,
};

async function m92(name: string, calibrations: IsrCalibrations, config: IsrConfig): Promise<Float32Array> {
  const raw = await readRaw(dataPath('m92-kpno-1987/raw', name));
  return reduceRaw(toRaw(raw), { gains: [1], ...calibrations }, config).maskedImage.image.data;
}

async function m92Calibrations(flatName: string): Promise<IsrCalibrations> {
  const bias = await m92('m92001_bias.fits', {}, { ...IRAF, bias: false, flat: false });
  const flat = await m92(flatName, { bias }, { ...IRAF, flat: false });
  // IRAF's normalization is the mean of the trimmed frame, columns 1 to 318 and lines 2 to 510.
  let [sum, n] = [0, 0];
  for (let y = 1; y < 510; y++) for (let x = 0; x < 318; x++) [sum, n] = [sum + flat[y * 320 + x], n + 1];
  return { bias, flat: flat.map((v) => v / (sum / n)) };
}

test.skipIf(!haveData).each([
  ['m92010_M92_V.fits', 'm92007_flat_V.fits'],
  ['m92014_M92_B.fits', 'm92006_flat_B.fits'],
])('reduces %s as IRAF did, to a constant 0.05 ADU and a scatter of 0.001 ADU', async (name, flatName) => {
  const ours = await m92(name, await m92Calibrations(flatName), IRAF);
  await using file = await openFile(dataPath('m92-kpno-1987/iraf-ccdproc', name));
  const { data } = await readImage(await (await openFits(file)).hdu(0));
  const differences: number[] = [];
  for (let y = 0; y < 509; y++) for (let x = 0; x < 318; x++) differences.push(ours[(y + 1) * 320 + x] - Number(data[y * 318 + x]));
  expect(Math.abs(median(differences))).toBeLessThan(0.05);
  expect(spread(differences)).toBeLessThan(1e-3);
});

test.skipIf(!haveData)('the noise of a reduced ASI120 flat pair is what gain and read noise predict', async () => {
  const read = async (path: string): Promise<RawDetector> => toRaw(await readRaw(dataPath('asi120-calib', path)));
  const config: IsrConfig = {
    ...DEFAULT_ISR,
    serialOverscan: null,
    bias: false,
    dark: false,
    flat: false,
    defects: false,
    interpolation: null,
  };
  const planes = await Promise.all(
    [
      'bias/bias_01.fits.gz',
      'bias/bias_02.fits.gz',
      'flat/flat_01.fits.gz',
      'flat/flat_02.fits.gz',
      'flat/flat_03.fits.gz',
      'flat/flat_04.fits.gz',
    ].map(async (path) => reduceRaw(await read(path), { gains: [1] }, config).maskedImage.image.data),
  );
  const [b1, b2, f1, f2, f3, f4] = planes;
  const pedestal = median(Array.from({ length: 10_000 }, (_, k) => b1[k * 120]));
  // Pixels of one colour in the middle of the sensor. The lamp flickered during the rolling read-out, so that every row has a
  // brightness of its own in every frame: rows are brought to their common mean before they are subtracted.
  const sample = (a: Float32Array, b: Float32Array): { mean: number; difference: number } => {
    let [square, total, n] = [0, 0, 0];
    for (let y = 300; y < 660; y += 2) {
      const [ra, rb] = [a, b].map((plane) => Array.from({ length: 140 }, (_, k) => plane[y * 1280 + 500 + 2 * k] - pedestal));
      const [ma, mb] = [ra, rb].map((row) => row.reduce((u, v) => u + v, 0) / row.length);
      const level = (ma + mb) / 2;
      const scaled = ma > 1000 && mb > 1000;
      for (const [k, u] of ra.entries()) {
        const d = scaled ? (u * level) / ma - (rb[k] * level) / mb : u - ma - (rb[k] - mb);
        square += d * d;
        total += level;
        n++;
      }
    }
    return { mean: total / n, difference: Math.sqrt((square / n / 2) * (140 / 139)) };
  };
  const bias = sample(b1, b2);
  const first = sample(f1, f2);
  const second = sample(f3, f4);
  // Gain from the first pair, noise predicted and measured in the second.
  const gain = first.mean / (first.difference ** 2 - bias.difference ** 2);
  const predicted = Math.sqrt(second.mean / gain + bias.difference ** 2);
  expect(Math.abs(second.difference / predicted - 1)).toBeLessThan(0.05);
  expect(gain).toBeGreaterThan(0.01);
});
