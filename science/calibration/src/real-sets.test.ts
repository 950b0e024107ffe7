import { type OpenRaw, openRaw, readRaw } from '@almagest/instrument';
import { DEFAULT_ISR, type IsrConfig, type RawDetector, reduceRaw } from '@almagest/isr';
import { computeClippedStatistics, median } from '@almagest/numerics';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { buildMaster, type MasterFrame } from './masters/build-master.ts';

const darkSecOf = ({ info }: Pick<OpenRaw, 'info'>): number | null =>
  typeof info.dark_time === 'number' ? info.dark_time : typeof info.exposure_time === 'number' ? info.exposure_time : null;

async function frames(paths: readonly string[]): Promise<{ raws: OpenRaw[]; frames: MasterFrame[] }> {
  const raws = await Promise.all(paths.map(async (path) => openRaw(path)));
  return { raws, frames: raws.map((raw, k) => ({ name: paths[k], darkSec: darkSecOf(raw), readAmplifier: raw.readAmplifier })) };
}

/** Standard deviation without what lies 4 sigma out; not by quantiles, since these numbers come in steps of nearly their noise. */
function spread(values: readonly number[]): number {
  const { sigma } = computeClippedStatistics(values, { sigma: 4 });
  return sigma;
}

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Noise of single pixels from differences of neighbours `step` apart, which smooth light does not touch; of those that `use` accepts. */
function pixelNoise(image: Float32Array, width: number, box: Area, step: number, use: (i: number) => boolean = () => true): number {
  const differences: number[] = [];
  for (let y = box.y; y < box.y + box.height; y++)
    for (let x = box.x; x + step < box.x + box.width; x += 2 * step) {
      const i = y * width + x;
      if (use(i) && use(i + step)) differences.push(image[i] - image[i + step]);
    }
  return spread(differences) / Math.SQRT2;
}

/** Whether the mean of 9 x 9 pixels lies within the noise of the lowest tenth of such means: no star near by. */
function blankSky(image: Float32Array, width: number, box: Area): (i: number) => boolean {
  const meanAt = (i: number): number => {
    let sum = 0;
    for (let j = -4; j <= 4; j++) for (let k = -4; k <= 4; k++) sum += image[i + j * width + k];
    return sum / 81;
  };
  const means = new Map<number, number>();
  for (let y = box.y; y < box.y + box.height; y++)
    for (let x = box.x; x < box.x + box.width; x++) means.set(y * width + x, meanAt(y * width + x));
  const sorted = [...means.values()].toSorted((a, b) => a - b);
  const [low, sky] = [sorted[Math.floor(0.05 * sorted.length)], sorted[Math.floor(0.3 * sorted.length)]];
  return (i) => (means.get(i) ?? low - 1) >= low && (means.get(i) ?? Number.POSITIVE_INFINITY) <= sky;
}

const BARE: IsrConfig = { ...DEFAULT_ISR, bias: false, dark: false, flat: false, defects: false, interpolation: null };

test.skipIf(!haveData).each([
  ['m92010_M92_V.fits', 'm92007_flat_V.fits'],
  ['m92015_M92_B.fits', 'm92006_flat_B.fits'],
])(
  'KPNO M92: %s is reduced with bias and flat, its background as noisy as gain and read noise predict within 5 %%',
  async (name, flatName) => {
    const path = (file: string): string => dataPath('m92-kpno-1987/raw', file);
    // Bias and flats of this set are means of 25 and 5 frames already.
    const made = await frames([path('m92001_bias.fits'), path(flatName)]);
    const { detector } = made.raws[0];
    const [bias] = [await buildMaster('bias', made.frames.slice(0, 1), detector)];
    const flat = await buildMaster('flat', made.frames.slice(1), detector, { bias: bias.image });
    const raw = await readRaw(path(name));
    const detectorRaw: RawDetector = { detector, amplifiers: raw.amplifiers, darkSec: darkSecOf(raw), seed: 'm92' };
    const config = { ...BARE, bias: true, flat: true };
    const { maskedImage, statistics } = reduceRaw(detectorRaw, { bias: bias.image, flat: flat.image }, config);
    const image = maskedImage.image.data;
    const area = { x: 10, y: 20, width: 300, height: 470 };
    const noise = pixelNoise(image, detector.width, area, 1, blankSky(image, detector.width, area));
    // Read noise from neighbours in the overscan, that of the bias that was taken off, and the photons of the sky.
    const [{ data, width, amplifier }] = raw.amplifiers;
    let [square, n] = [0, 0];
    for (let y = 2; y < 510; y++)
      for (let x = 322; x + 1 < 351; x += 2, n++) square += (data[y * width + x] - data[y * width + x + 1]) ** 2;
    const readNoise = amplifier.gain * Math.sqrt(square / n / 2);
    const biasNoise = pixelNoise(bias.image, detector.width, area, 1);
    const predicted = Math.hypot(Math.sqrt(statistics.median), readNoise, biasNoise);
    expect(Math.abs(noise / predicted - 1)).toBeLessThan(0.05);
  },
);

test.skipIf(!haveData)(
  'ASI120: bias, dark and flat are built; a reduced dark and flat have the noise that gain and read noise predict within 5 %',
  async () => {
    const path = (file: string): string => dataPath('asi120-calib', file);
    const [biases, darks, flats] = await Promise.all([
      frames([1, 2, 3, 4, 5, 6].map((n) => path(`bias/bias_0${n}.fits.gz`))),
      frames(['10s_01', '10s_02', '30s_01', '30s_02'].map((n) => path(`dark/dark_${n}.fits.gz`))),
      frames([1, 2, 3, 4, 5].map((n) => path(`flat/flat_0${n}.fits.gz`))),
    ]);
    const { detector } = biases.raws[0];
    const { width } = detector;
    const ones = { gains: [1] };
    const options = { ...ones, overscan: null };
    const bias = await buildMaster('bias', biases.frames, detector, options);
    const dark = await buildMaster('dark', darks.frames, detector, { ...options, bias: bias.image });
    // The lamp flickered during the rolling read-out, so that rows of one frame are brighter than of another: no outliers.
    const flat = await buildMaster('flat', flats.frames, detector, { ...options, bias: bias.image, dark: dark.image, clipSigma: 30 });
    expect(Math.abs(median(bias.image) - 2300)).toBeLessThan(20);
    expect(median(dark.image)).toBeGreaterThan(4);
    expect(median(dark.image)).toBeLessThan(12);
    const config = { ...BARE, serialOverscan: null };
    const reduce = async (file: string, steps: Partial<IsrConfig>): Promise<Float32Array> => {
      const raw = await readRaw(path(file));
      const detectorRaw = { detector, amplifiers: raw.amplifiers, darkSec: darkSecOf(raw), seed: 'asi' };
      return reduceRaw(detectorRaw, { ...ones, bias: bias.image, dark: dark.image, flat: flat.image }, { ...config, ...steps }).maskedImage
        .image.data;
    };
    // Read noise from two frames that the bias was not made of twice: the difference of biases.
    const middle = { x: 500, y: 300, width: 280, height: 360 };
    const [b1, b2] = [await reduce('bias/bias_01.fits.gz', {}), await reduce('bias/bias_02.fits.gz', {})];
    const readNoise =
      pixelNoise(
        b1.map((v, i) => v - b2[i]),
        width,
        middle,
        2,
      ) / Math.SQRT2;
    // Gain from one pair of flats, pixels of one colour, rows brought together (the lamp flickered during the rolling read-out).
    const level = (image: Float32Array): number =>
      median(Float32Array.from({ length: 140 * 180 }, (_, k) => image[(300 + 2 * Math.floor(k / 140)) * width + 500 + 2 * (k % 140)]));
    const [f1, f2] = [await reduce('flat/flat_01.fits.gz', { bias: true }), await reduce('flat/flat_02.fits.gz', { bias: true })];
    const pairNoise =
      (pixelNoise(
        f1.map((v, i) => v / (f2[i] || 1)),
        width,
        middle,
        2,
      ) *
        level(f2)) /
      Math.SQRT2;
    const gain = level(f1) / (pairNoise ** 2 - readNoise ** 2);
    // The sixth flat, of which the flat was not made, reduced: its photons, and those that five flats left in theirs.
    const reduced = await reduce('flat/flat_06.fits.gz', { bias: true, dark: true, flat: true });
    const noise = pixelNoise(reduced, width, middle, 2);
    const value = level(reduced);
    const response = level(flat.image);
    const photons = value * response;
    const predicted = (Math.sqrt(photons / gain + readNoise ** 2) / response) * Math.sqrt(1 + 1 / 5);
    expect(Math.abs(noise / predicted - 1)).toBeLessThan(0.05);
    // A bias frame less the mean of the five others: read noise and the sixth part that they left.
    const five = await buildMaster('bias', biases.frames.slice(0, 5), detector, options);
    const raw = await readRaw(path('bias/bias_06.fits.gz'));
    const sixth = reduceRaw(
      { detector, amplifiers: raw.amplifiers, darkSec: 0, seed: 'asi' },
      { ...ones, bias: five.image },
      { ...config, bias: true },
    );
    const left = pixelNoise(sixth.maskedImage.image.data, width, middle, 2);
    expect(Math.abs(left / (readNoise * Math.sqrt(1 + 1 / 5)) - 1)).toBeLessThan(0.05);
  },
);
