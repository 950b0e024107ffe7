import { type Detector, openRaw, type RawExposure, readRaw } from '@almagest/instrument';
import { DEFAULT_ISR, type IsrConfig, reduceRaw } from '@almagest/isr';
import { computeClippedStatistics } from '@almagest/numerics';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { buildMaster, type Master, type MasterFrame, type MasterKind, type MasterOptions } from './masters/build-master.ts';

const path = (file: string): string => dataPath('asi120-calib', `${file}.fits.gz`);

const numbers = (kind: string, count: number): string[] => Array.from({ length: count }, (_, k) => `${kind}/${kind}_0${k + 1}`);

async function master(kind: MasterKind, names: readonly string[], detector: Detector, options: MasterOptions): Promise<Master> {
  await using stack = new AsyncDisposableStack();
  const frames: MasterFrame[] = [];
  for (const name of names) {
    const { info, readAmplifier } = stack.use(await openRaw(path(name)));
    frames.push({ name, darkSec: typeof info.exposure_time === 'number' ? info.exposure_time : null, readAmplifier });
  }
  return buildMaster(kind, frames, detector, options);
}

/**
 * Rows above this are left out: in the first frame of each pair the last rows were exposed for 2.5 s only, whatever the header says
 * (1.2 counts where the others have 5 to 50), so that half of the darks are wrong there.
 */
const ROWS = 740;
const WIDTH = 1280;
/** [s] */
const TIMES = [10, 30, 50, 70, 100];

interface Camera {
  readonly detector: Detector;
  /** [electron/count], [electron] */
  readonly gain: number;
  readonly readNoise: number;
}

/** Gain from two flats and read noise from two biases. Each colour has its own white balance: the mean of the four is used. */
async function measureCamera(): Promise<Camera> {
  const [b1, b2, f1, f2] = await Promise.all(
    ['bias/bias_01', 'bias/bias_02', 'flat/flat_01', 'flat/flat_02'].map(async (n) => readRaw(path(n))),
  );
  const area = (raw: RawExposure, x0: number, y: number): Float64Array =>
    Float64Array.from({ length: 140 }, (_, k) => raw.amplifiers[0].data[y * WIDTH + x0 + 2 * k]);
  const spread = (values: readonly number[]): number => computeClippedStatistics(values, { sigma: 5 }).sigma;
  const read: number[] = [];
  const inverse: number[] = [];
  for (const x of [500, 501])
    for (const y0 of [300, 301]) {
      const differences: number[] = [];
      let [light, count] = [0, 0];
      for (let y = y0; y < y0 + 360; y += 2) {
        const [bias, other, first, second] = [b1, b2, f1, f2].map((raw) => area(raw, x, y));
        for (let k = 0; k + 1 < 140; k += 2) read.push(bias[k] - other[k] - bias[k + 1] + other[k + 1]);
        const [a, b] = [first.map((v, k) => v - bias[k]), second.map((v, k) => v - bias[k])];
        // Rows are brought together: the lamp flickered while they were read.
        const ratio = a.reduce((s, v) => s + v, 0) / b.reduce((s, v) => s + v, 0);
        for (let k = 0; k < 140; k++) differences.push((a[k] - ratio * b[k]) / Math.sqrt(1 + ratio * ratio));
        for (const v of a) [light, count] = [light + v, count + 1];
      }
      inverse.push((spread(differences) ** 2 - spread(read) ** 2 / 4) / (light / count));
    }
  const gain = 4 / inverse.reduce((a, b) => a + b, 0);
  return { detector: b1.detector, gain, readNoise: (gain * spread(read)) / 2 };
}

/** Scatter of differences of neighbours two pixels apart (one colour), each in units of its predicted noise. */
function pullOfNeighbours(image: Float32Array, variance: (i: number) => number): number {
  const pulls: number[] = [];
  for (let y = 0; y < ROWS; y += 3)
    for (let x = 0; x + 2 < WIDTH; x += 4) {
      const i = y * WIDTH + x + (y % 2);
      if (i % WIDTH < WIDTH - 2) pulls.push((image[i] - image[i + 2]) / Math.sqrt(variance(i) + variance(i + 2)));
    }
  // Beyond 5 sigma lie pixels whose dark current jumps.
  return computeClippedStatistics(pulls, { sigma: 5 }).sigma;
}

test.skipIf(!haveData)(
  'ASI120: dark frames less a dark of other times are as noisy as gain, read noise and dark charge predict within 5 %',
  async () => {
    const { detector, gain, readNoise } = await measureCamera();
    const options = { gains: [gain], readNoises: [readNoise], overscan: null };
    const bias = await master('bias', numbers('bias', 6), detector, options);
    const config: IsrConfig = {
      ...DEFAULT_ISR,
      serialOverscan: null,
      bias: true,
      dark: true,
      flat: false,
      defects: false,
      interpolation: null,
    };
    for (const time of TIMES) {
      const others = TIMES.filter((t) => t !== time).flatMap((t) => [`dark/dark_${t}s_01`, `dark/dark_${t}s_02`]);
      const dark = await master('dark', others, detector, { ...options, bias: bias.image });
      const { amplifiers } = await readRaw(path(`dark/dark_${time}s_02`));
      const { maskedImage } = reduceRaw(
        { detector, amplifiers, darkSec: time, seed: 'asi' },
        { gains: [gain], readNoises: [readNoise], bias: bias.image, dark: dark.image },
        config,
      );
      const [frame, ofBias, ofDark] = [maskedImage.variance.data, bias.variance!, dark.variance!];
      const pull = pullOfNeighbours(maskedImage.image.data, (i) => frame[i] + ofBias[i] + time * time * ofDark[i]);
      expect(Math.abs(pull - 1), `${time} s: ${pull}`).toBeLessThan(0.05);
    }
  },
);
