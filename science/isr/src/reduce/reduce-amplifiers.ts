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
  checkAmplifiers(raw, calibrations);
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
    const measured = partial[k].overscanResidual * gain;
    readNoises.push(expected);
    statistics.push({
      ...partial[k],
      readNoise: measured,
      beyondLinearity,
      bad: partial[k].bad || measured > config.badAmplifierNoise * expected,
    });
  }
  return { statistics, readNoises };
}

function checkAmplifiers({ detector, amplifiers }: RawDetector, calibrations: IsrCalibrations): void {
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

type PartialStatistics = Omit<AmplifierStatistics, 'readNoise' | 'beyondLinearity'>;

function subtractOverscan(
  { amplifier, data, width }: RawAmplifierPixels,
  raw: RawDetector,
  config: IsrConfig,
): { plane: Float32Array; statistics: PartialStatistics } {
  const plane = new Float32Array(data.length);
  const { name } = amplifier;
  const without = { name, overscanMean: Number.NaN, overscanStdev: Number.NaN, overscanResidual: Number.NaN, bad: false };
  if (config.serialOverscan === null) {
    plane.set(data);
    return { plane, statistics: without };
  }
  if (!amplifier.rawSerialOverscan) {
    throw new RawInputError(`amplifier ${raw.detector.name}.${name} has no serial overscan; switch its subtraction off`, {
      details: { detector: raw.detector.name, reason: 'no overscan' },
    });
  }
  const box = amplifier.rawSerialOverscan;
  const serial = measureOverscan({ data, width, box, lines: 'rows' }, config.serialOverscan);
  if (!serial) {
    plane.set(data);
    return { plane, statistics: { ...without, bad: true } };
  }
  subtractRowLevelsInto(data, width, { first: box.y, values: serial.levels }, plane);
  if (config.parallelOverscan !== null && amplifier.rawParallelOverscan) {
    const parallel = measureOverscan({ data: plane, width, box: amplifier.rawParallelOverscan, lines: 'columns' }, config.parallelOverscan);
    if (parallel) subtractColumnLevelsInPlace(plane, width, { first: amplifier.rawParallelOverscan.x, values: parallel.levels });
  }
  return {
    plane,
    statistics: { name, overscanMean: serial.mean, overscanStdev: serial.stdev, overscanResidual: serial.residualStdev, bad: false },
  };
}
