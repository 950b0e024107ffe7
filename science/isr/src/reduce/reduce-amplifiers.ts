import { assembleAmplifierInto } from '@almagest/instrument';
import { subtractCrosstalkInPlace } from '../crosstalk/crosstalk.ts';
import { CalibrationMismatchError, MissingCalibrationError, RawInputError } from '../errors.ts';
import { linearizeInPlace } from '../linearity/linearize.ts';
import { measureOverscan, subtractColumnLevelsInPlace, subtractRowLevelsInto } from '../overscan/overscan.ts';
import { restoreDeferredChargeInPlace } from '../transfer/serial-transfer.ts';
import type { IsrConfig } from './isr-config.ts';
import type { AmplifierStatistics, IsrCalibrations, RawAmplifierPixels, RawDetector } from './isr-data.ts';

/** Everything that happens before amplifiers are put together. */
export interface AssembledDetector {
  /** [electron], on the assembled detector. */
  readonly statistics: readonly AmplifierStatistics[];
  /** Read noise by amplifier [electron]. */
  readonly readNoises: readonly number[];
}

/**
 * Overscan, crosstalk, linearity, gain and charge transfer of every amplifier, and assembly.
 *
 * @param image - Filled: [electron] on the assembled detector.
 */
export function reduceAmplifiersInto(
  raw: RawDetector,
  calibrations: IsrCalibrations,
  config: IsrConfig,
  image: Float32Array,
): AssembledDetector {
  const { detector } = raw;
  const planes: Float32Array[] = [];
  const partial = raw.amplifiers.map((amp) => {
    const { plane, statistics } = subtractOverscan(amp, raw, config);
    planes.push(plane);
    return statistics;
  });
  if (config.crosstalk) {
    const matrix = required(calibrations.crosstalk, 'crosstalk', raw);
    subtractCrosstalkInPlace(planes, planes, matrix);
  }
  const statistics: AmplifierStatistics[] = [];
  const readNoises: number[] = [];
  for (const [k, amp] of raw.amplifiers.entries()) {
    const plane = planes[k];
    const gain = calibrations.gains?.[k] ?? amp.amplifier.gain;
    let beyondLinearity = 0;
    if (config.linearity) beyondLinearity = linearizeInPlace(plane, required(calibrations.linearity, 'linearity', raw)[k]);
    for (let i = 0; i < plane.length; i++) plane[i] *= gain;
    if (config.transfer)
      restoreDeferredChargeInPlace(plane, amp.width, amp.amplifier.rawData, required(calibrations.transfer, 'transfer', raw)[k]);
    assembleAmplifierInto({ data: plane, width: amp.width, height: amp.height }, amp.amplifier, {
      data: image,
      width: detector.width,
      height: detector.height,
    });
    const expected = calibrations.readNoises?.[k] ?? amp.amplifier.readNoise;
    readNoises.push(expected);
    statistics.push(finishedStatistics(partial[k], { gain, expected, beyondLinearity }, config));
  }
  return { statistics, readNoises };
}

/** Checks that raw, camera and calibrations agree on the amplifiers. */
export function checkAmplifiers({ detector, amplifiers }: RawDetector, calibrations: IsrCalibrations): void {
  const n = detector.amplifiers.length;
  if (amplifiers.length !== n) {
    throw new RawInputError(`detector ${detector.name} has ${n} amplifiers; the raw has ${amplifiers.length}`, {
      details: { detector: detector.name, reason: 'amplifiers' },
    });
  }
  for (const { amplifier, data, width, height } of amplifiers) {
    const { rawData } = amplifier;
    if (data.length !== width * height || rawData.x + rawData.width > width || rawData.y + rawData.height > height) {
      throw new RawInputError(
        `amplifier ${detector.name}.${amplifier.name}: a raw of ${width} x ${height} pixels does not hold its imaging pixels`,
        {
          details: { detector: detector.name, reason: 'shape' },
        },
      );
    }
  }
  const lists = [
    ['gains', calibrations.gains?.length],
    ['read noises', calibrations.readNoises?.length],
    ['saturations', calibrations.saturations?.length],
    ['suspects', calibrations.suspects?.length],
    ['linearity', calibrations.linearity?.length],
    ['transfer', calibrations.transfer?.length],
    ['crosstalk', calibrations.crosstalk?.victims],
  ] as const;
  for (const [step, length] of lists) {
    if (length !== undefined && length !== n) {
      throw new CalibrationMismatchError(`${step} of detector ${detector.name} must have ${n} amplifiers; found ${length}`, {
        details: { step, expected: String(n), found: String(length) },
      });
    }
  }
}

/** The calibration of a step, or the error that it is missing. */
export function required<T>(calibration: T | undefined, step: string, { detector }: RawDetector): T {
  if (calibration !== undefined) return calibration;
  throw new MissingCalibrationError(`the step "${step}" is on and detector ${detector.name} has no calibration for it`, {
    details: { step, detector: detector.name },
  });
}

/** What the overscan alone tells of an amplifier. */
export type PartialStatistics = Omit<AmplifierStatistics, 'readNoise' | 'beyondLinearity'>;

/** Levels of the serial overscan by row of the raw, and their statistics; no levels where the subtraction is off or found no pixel. */
export function serialLevels(
  { amplifier, data, width }: RawAmplifierPixels,
  { detector }: RawDetector,
  config: IsrConfig,
): { readonly levels: Float64Array | null; readonly first: number; readonly statistics: PartialStatistics } {
  const { name, rawSerialOverscan: box } = amplifier;
  const without = { name, overscanMean: Number.NaN, overscanStdev: Number.NaN, overscanResidual: Number.NaN, bad: false };
  if (config.serialOverscan === null) return { levels: null, first: 0, statistics: without };
  if (!box) {
    throw new RawInputError(`amplifier ${detector.name}.${name} has no serial overscan; switch its subtraction off`, {
      details: { detector: detector.name, reason: 'no overscan' },
    });
  }
  const serial = measureOverscan({ data, width, box, lines: 'rows' }, config.serialOverscan);
  if (!serial) return { levels: null, first: 0, statistics: { ...without, bad: true } };
  const statistics = { name, overscanMean: serial.mean, overscanStdev: serial.stdev, overscanResidual: serial.residualStdev, bad: false };
  return { levels: serial.levels, first: box.y, statistics };
}

/** The statistics of an amplifier once its gain is known. */
export function finishedStatistics(
  partial: PartialStatistics,
  rest: { readonly gain: number; readonly expected: number; readonly beyondLinearity: number },
  config: IsrConfig,
): AmplifierStatistics {
  const readNoise = partial.overscanResidual * rest.gain;
  return {
    ...partial,
    readNoise,
    beyondLinearity: rest.beyondLinearity,
    bad: partial.bad || readNoise > config.badAmplifierNoise * rest.expected,
  };
}

function subtractOverscan(
  amp: RawAmplifierPixels,
  raw: RawDetector,
  config: IsrConfig,
): { plane: Float32Array; statistics: PartialStatistics } {
  const { amplifier, data, width } = amp;
  const plane = new Float32Array(data.length);
  const { levels, first, statistics } = serialLevels(amp, raw, config);
  if (!levels) {
    plane.set(data);
    return { plane, statistics };
  }
  subtractRowLevelsInto(data, width, { first, values: levels }, plane);
  if (config.parallelOverscan !== null && amplifier.rawParallelOverscan) {
    const parallel = measureOverscan({ data: plane, width, box: amplifier.rawParallelOverscan, lines: 'columns' }, config.parallelOverscan);
    if (parallel) subtractColumnLevelsInPlace(plane, width, { first: amplifier.rawParallelOverscan.x, values: parallel.levels });
  }
  return { plane, statistics };
}
