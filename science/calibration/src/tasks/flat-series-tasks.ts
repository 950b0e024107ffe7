import type { Amplifier, Linearity } from '@almagest/instrument';
import { defineTask, integerField, numberField, output, prerequisite, type Task } from '@almagest/pipeline';
import { median } from '@almagest/numerics';
import type { RawAmplifierPixels, TransferModel } from '@almagest/isr';
import { measureCovariances, type PairCovariances } from '../brighter-fatter/measure-covariances.ts';
import { solveBrighterFatterKernel, type SolvedKernel } from '../brighter-fatter/solve-kernel.ts';
import { KernelNotFoundError, TooFewFramesError } from '../errors.ts';
import { fitLinearizer, type LinearityPoint } from '../linearity/fit-linearizer.ts';
import { fitCovarianceModel } from '../photon-transfer/covariance-model.ts';
import type { FlatPairPoint } from '../photon-transfer/flat-pair.ts';
import { fitPhotonTransfer } from '../photon-transfer/photon-transfer-curve.ts';
import { fitTransfer } from '../transfer/fit-transfer.ts';
import { verifyKernel, verifyLinearizer, verifyPhotonTransfer, verifyTransfer } from '../verify/verify-products.ts';
import { DETECTOR, rawFrames, verificationOf } from './connections.ts';
import { amplifierSignal, exposureSecOf, inCommonFilter } from './raw-series.ts';

/** Every so many pixels are enough for a mean. */
const MEAN_STEP = 7;

/** Fits the linearity of every amplifier to flats of many exposure times. */
export const linearizerTask: Task = defineTask({
  name: 'linearizer',
  doc: 'Fits what makes the signal of every amplifier proportional to the light.',
  dimensions: DETECTOR,
  config: { knots: integerField({ doc: 'Knots of the spline on top of the polynomial.', default: 10, min: 3, max: 100 }) },
  connections: {
    frames: rawFrames('Flats of many levels.'),
    linearizer: output<unknown>({
      name: 'linearizer',
      storageClass: 'StructuredDataList',
      dimensions: DETECTOR,
      doc: 'Linearity of the amplifiers.',
      calibration: true,
    }),
    verification: verificationOf('linearizer'),
  },
  run: async ({ frames }, config, context) => {
    const points: LinearityPoint[][] = [];
    for await (const raw of inCommonFilter(frames))
      for (const k of raw.amplifiers.keys()) {
        const { data } = amplifierSignal(raw, k);
        (points[k] ??= []).push({ abscissa: exposureSecOf(raw), meanAdu: clippedMean(data) });
      }
    const fits = points.map((each) => fitLinearizer(each, config));
    context.metadata.metric('worstResidual', Math.max(...fits.map(({ worst }) => worst)), '');
    return { linearizer: fits.map(({ linearity }) => linearity), verification: verifyLinearizer(fits) };
  },
});

/** Mean without hot, dead and hit pixels. */
function clippedMean(data: Float32Array): number {
  const sample = data.filter((_, i) => i % MEAN_STEP === 0);
  const center = median(sample);
  const limit = 6 * 1.4826 * median(sample.map((v) => Math.abs(v - center)));
  let [sum, n] = [0, 0];
  for (const value of data)
    if (Math.abs(value - center) <= limit) {
      sum += value;
      n++;
    }
  return sum / n;
}

/** Gains, noises and turnoffs of the amplifiers in their order, as the reduction takes them, with the fits behind them. */
export interface PhotonTransferProduct {
  readonly [key: string]: unknown;
  /** [electron/ADU], [electron], [ADU] (null where no pair reaches it). */
  readonly gains: readonly number[];
  readonly readNoises: readonly number[];
  readonly turnoffs: readonly (number | null)[];
  /** Raw levels from which pixels are saturated and suspect [ADU]: where the curve turns, and the last pair before; the camera's where it does not. */
  readonly saturations: readonly number[];
  readonly suspects: readonly number[];
}

/** Measures gain, read noise and turnoff of the amplifiers, and the brighter-fatter kernel, from pairs of flats at many levels. */
export const photonTransferTask: Task = defineTask({
  name: 'photonTransfer',
  doc: 'Fits photon transfer curves and the brighter-fatter kernel to pairs of flats.',
  dimensions: DETECTOR,
  config: {
    maxLag: integerField({ doc: 'Farthest lag of the covariances [pixel].', default: 8, min: 1, max: 30 }),
    modelLags: integerField({ doc: 'Lags of the full covariance model, that of 0 included.', default: 3, min: 1, max: 8 }),
    kernelMinLevel: numberField({ doc: 'Pairs with less signal do not tell of the kernel [electron].', default: 5000, min: 0 }),
  },
  connections: {
    frames: rawFrames('Flats, pairs of equal exposure time.'),
    linearizer: prerequisite<unknown>({
      name: 'linearizer',
      storageClass: 'StructuredDataList',
      dimensions: DETECTOR,
      doc: 'Linearity of the amplifiers.',
      calibration: true,
      optional: true,
    }),
    ptc: output<PhotonTransferProduct>({
      name: 'ptc',
      storageClass: 'StructuredDataDict',
      dimensions: DETECTOR,
      doc: 'Gain, read noise and turnoff of the amplifiers.',
      calibration: true,
    }),
    ptcVerification: verificationOf('ptc'),
    bfk: output<SolvedKernel | undefined>({
      name: 'bfk',
      storageClass: 'StructuredDataDict',
      dimensions: DETECTOR,
      doc: 'Brighter-fatter kernel [1/electron].',
      calibration: true,
      optional: true,
    }),
    bfkVerification: output<Record<string, unknown> | undefined>({
      name: 'bfkVerification',
      storageClass: 'StructuredDataDict',
      dimensions: DETECTOR,
      doc: 'Statistics of the kernel against their limits, and a plot.',
      optional: true,
    }),
  },
  run: async ({ frames, linearizer: known }, config, context) => {
    const linearizer = known as readonly Linearity[] | undefined;
    const pairs: PairCovariances[][] = [];
    const rawLevels: number[][] = [];
    const waiting = new Map<number, readonly Float32Array[]>();
    let nominal: Nominal[] = [];
    for await (const raw of inCommonFilter(frames)) {
      nominal = raw.amplifiers.map(({ amplifier }) => amplifier);
      const signals = raw.amplifiers.map((_, k) => amplifierSignal(raw, k, linearizer?.[k]));
      const seconds = exposureSecOf(raw);
      const other = waiting.get(seconds);
      if (!other) {
        waiting.set(
          seconds,
          signals.map(({ data }) => data),
        );
        continue;
      }
      waiting.delete(seconds);
      for (const [k, { data, width, height }] of signals.entries()) {
        (rawLevels[k] ??= []).push(rawLevelOf(raw.amplifiers[k]));
        (pairs[k] ??= []).push(measureCovariances({ first: other[k], second: data, width }, { x: 0, y: 0, width, height }, config.maxLag));
      }
    }
    if (pairs.length === 0)
      throw new TooFewFramesError('expected pairs of flats of equal exposure time; found none', { details: { found: 0, needed: 4 } });
    const amplifiers = pairs.map((each) => fitAmplifier(each, config.modelLags));
    const ptc = {
      gains: amplifiers.map(({ curve }) => curve.gain),
      readNoises: amplifiers.map(({ curve }) => curve.readNoise),
      turnoffs: amplifiers.map(({ curve }) => (Number.isFinite(curve.turnoff) ? curve.turnoff : null)),
      ...fullLevels(amplifiers, rawLevels, nominal),
      a00: amplifiers.map(({ curve }) => curve.a00),
      models: amplifiers.map(({ model }) => model ?? null),
      points: amplifiers.map(({ points }) => points),
    };
    context.metadata.metric('gain', median(ptc.gains), 'electron/ADU');
    context.metadata.metric('readNoise', median(ptc.readNoises), 'electron');
    const kernel = kernelOf(pairs, ptc, config.kernelMinLevel);
    if (!kernel) context.metadata.warn('the covariances do not show the brighter-fatter effect: no kernel was made');
    return {
      ptc,
      ptcVerification: verifyPhotonTransfer(amplifiers, nominal),
      bfk: kernel,
      bfkVerification: kernel && { ...verifyKernel(kernel) },
    };
  },
});

type Nominal = Pick<Amplifier, 'gain' | 'readNoise' | 'saturation' | 'suspect'>;

/** Median of the imaging pixels of a raw [ADU]. */
function rawLevelOf({ data, width, amplifier }: RawAmplifierPixels): number {
  const { x, y, width: w, height: h } = amplifier.rawData;
  return median(
    Float64Array.from({ length: Math.floor((w * h) / MEAN_STEP) }, (_, k) => {
      const i = k * MEAN_STEP;
      return data[(y + Math.floor(i / w)) * width + x + (i % w)];
    }),
  );
}

/** A little below the level at which the curve has turned: pixels there scatter about it. */
const TURNED = 0.99;
/** Where pairs are few, levels below this part of the full one are not suspected for want of a pair. */
const SUSPECT = 0.8;

/** Where pixels are saturated and suspect, in raw levels: never above what the camera's file says. */
function fullLevels(
  amplifiers: readonly FittedAmplifier[],
  rawLevels: readonly (readonly number[])[],
  nominal: readonly Nominal[],
): Pick<PhotonTransferProduct, 'saturations' | 'suspects'> {
  const levels = amplifiers.map(({ curve, points }, k) => {
    const { saturation, suspect } = nominal[k];
    const turned = rawLevels[k].filter((_, i) => points[i].mean >= curve.turnoff);
    const linear = rawLevels[k].filter((_, i) => points[i].mean < curve.turnoff);
    if (turned.length === 0 || linear.length === 0) return { saturation, suspect };
    const full = Math.min(saturation, TURNED * Math.min(...turned));
    return { saturation: full, suspect: Math.min(full, suspect, Math.max(SUSPECT * full, ...linear)) };
  });
  return { saturations: levels.map((level) => level.saturation), suspects: levels.map((level) => level.suspect) };
}

type FittedAmplifier = {
  readonly curve: ReturnType<typeof fitPhotonTransfer>;
  readonly points: readonly FlatPairPoint[];
  readonly model: ReturnType<typeof fitCovarianceModel> | undefined;
};

function fitAmplifier(pairs: readonly PairCovariances[], lags: number): FittedAmplifier {
  const points = pairs.map(({ mean, covariances, maxLag, pixels }) => ({
    mean,
    variance: covariances[0],
    covariance10: covariances[1],
    covariance01: covariances[maxLag + 1],
    pixels,
  }));
  const curve = fitPhotonTransfer(points);
  const below = curve.used.map((i) => pairs[i]);
  // The full model has more parameters than a short series can tell.
  const enough = below.length >= 6 && lags <= pairs[0].maxLag + 1;
  return { curve, points, model: enough ? fitCovarianceModel(below, { lags }) : undefined };
}

function kernelOf(
  pairs: readonly (readonly PairCovariances[])[],
  { gains, readNoises, turnoffs }: PhotonTransferProduct,
  minLevel: number,
): SolvedKernel | undefined {
  const electrons = pairs.flatMap((each, k) =>
    each
      .filter(({ mean }) => mean * gains[k] >= minLevel && mean < (turnoffs[k] ?? Number.POSITIVE_INFINITY))
      .map((pair) => ({ ...pair, mean: pair.mean * gains[k], covariances: pair.covariances.map((c) => c * gains[k] ** 2) })),
  );
  try {
    return solveBrighterFatterKernel(electrons, { readNoise: median(readNoises) });
  } catch (error) {
    if (error instanceof KernelNotFoundError || error instanceof TooFewFramesError) return undefined;
    throw error;
  }
}

/** Measures the serial charge-transfer inefficiency of the amplifiers from what trails into the overscan of flats. */
export const transferTask: Task = defineTask({
  name: 'transfer',
  doc: 'Fits the serial charge-transfer inefficiency of every amplifier.',
  dimensions: DETECTOR,
  config: { maxFrames: integerField({ doc: 'Most flats that are used, the brightest below saturation first.', default: 8, min: 1 }) },
  connections: {
    frames: rawFrames('Flats.'),
    cti: output<unknown>({
      name: 'cti',
      storageClass: 'StructuredDataList',
      dimensions: DETECTOR,
      doc: 'Serial transfer of the amplifiers.',
      calibration: true,
    }),
    verification: verificationOf('cti'),
  },
  run: async ({ frames }, config, context) => {
    const flats: { readonly level: number; readonly amplifiers: readonly RawAmplifierPixels[] }[] = [];
    for await (const raw of inCommonFilter(frames)) {
      const level = median(raw.amplifiers.map(({ amplifier, data }) => median(data.subarray(0, 20_000)) / amplifier.saturation));
      if (level < 0.8) flats.push({ level, amplifiers: raw.amplifiers });
      flats.sort((a, b) => b.level - a.level);
      flats.length = Math.min(flats.length, config.maxFrames);
    }
    const [first] = flats;
    if (!first) throw new TooFewFramesError('expected flats below saturation; found none', { details: { found: 0, needed: 1 } });
    const fits = first.amplifiers.map((_, k) => fitTransfer(flats.map(({ amplifiers }) => amplifiers[k])));
    context.metadata.metric('inefficiency', median(fits.map(({ inefficiency }) => inefficiency)), 'per transfer');
    return {
      cti: fits.map(({ inefficiency, decayPixels }): TransferModel => ({ inefficiency: Math.max(0, inefficiency), decayPixels })),
      verification: verifyTransfer(fits),
    };
  },
});
