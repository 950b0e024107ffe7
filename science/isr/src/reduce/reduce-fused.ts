import { type CalibrationPlane, flattenAmplifier, type Plane } from '@almagest/kernels';
import { growBitInPlace } from '../saturation/grow-mask.ts';
import type { IsrConfig } from './isr-config.ts';
import type { AmplifierStatistics, IsrCalibrations, RawDetector } from './isr-data.ts';
import { finishedStatistics, required, serialLevels } from './reduce-amplifiers.ts';
import { darkTime, type FlattenedDetector, maskUnusable, type Target } from './reduce-steps.ts';

/** Whether a configuration has only the steps that one pass can do. */
export function canFuse(config: IsrConfig): boolean {
  return !config.crosstalk && !config.linearity && !config.transfer && config.brighterFatter === null && config.parallelOverscan === null;
}

/** The calibration planes over one amplifier's box; null where the step is off. */
export interface AmplifierParts {
  readonly bias: CalibrationPlane | null;
  readonly dark: CalibrationPlane | null;
  readonly flat: CalibrationPlane | null;
  /** Multiplies the bias; default 1. */
  readonly biasScale?: number;
}

/**
 * Overscan, gain, assembly, saturation, bias, dark, variance and flat in one pass over the pixels.
 *
 * @remarks Bit-identical with `reduceStepByStep` (reduce-fused.diff.test.ts): each step rounds to single precision as there.
 */
export function reduceFused(raw: RawDetector, calibrations: IsrCalibrations, config: IsrConfig, target: Target): FlattenedDetector {
  const { width, amplifiers } = raw.detector;
  const planes = {
    bias: config.bias ? required(calibrations.bias, 'bias', raw) : null,
    dark: config.dark ? required(calibrations.dark, 'dark', raw) : null,
    flat: config.flat ? required(calibrations.flat, 'flat', raw) : null,
  };
  const pass = startPass(raw, calibrations, config, target);
  for (const [k, { box }] of amplifiers.entries()) {
    const part = (plane: Float32Array | null): Plane | null =>
      plane && { data: plane.subarray(box.y * width + box.x), width: box.width, height: box.height, stride: width };
    pass.add(k, { bias: part(planes.bias), dark: part(planes.dark), flat: part(planes.flat) });
  }
  return pass.finish();
}

/** A reduction that takes its amplifiers one at a time. */
export interface FusedPass {
  /** @param rows - Rows of the amplifier's box, as the detector lies, that the parts hold; default all. */
  add(amplifier: number, parts: AmplifierParts, rows?: readonly [first: number, last: number]): void;
  finish(): FlattenedDetector;
}

export function startPass(raw: RawDetector, calibrations: IsrCalibrations, config: IsrConfig, target: Target): FusedPass {
  const statistics: AmplifierStatistics[] = [];
  const { width } = raw.detector;
  const { planes, bits } = target;
  const darkSec = config.dark ? darkTime(raw) : 0;
  let saturatedPixels = 0;
  let unusableFlatPixels = 0;
  const known = new Map<number, ReturnType<typeof prepare>>();
  const prepare = (k: number): { levels: Float64Array | null; gain: number; expected: number; saturation: number } => {
    const amp = raw.amplifiers[k];
    const { rawData, box } = amp.amplifier;
    const serial = serialLevels(amp, raw, config);
    const gain = calibrations.gains?.[k] ?? amp.amplifier.gain;
    const expected = calibrations.readNoises?.[k] ?? amp.amplifier.readNoise;
    statistics[k] = finishedStatistics(serial.statistics, { gain, expected, beyondLinearity: 0 }, config);
    const saturation = config.saturation ? (calibrations.saturations?.[k] ?? amp.amplifier.saturation) : Number.POSITIVE_INFINITY;
    return { levels: serial.levels && rowLevels(serial.levels, rawData.y - serial.first, box.height), gain, expected, saturation };
  };
  return {
    add(k, parts, rows) {
      const amp = raw.amplifiers[k];
      const { rawData, box, flipX, flipY } = amp.amplifier;
      const [first, last] = rows ?? [0, box.height];
      const height = last - first;
      const rawFirst = flipY ? box.height - last : first;
      const found = known.get(k) ?? prepare(k);
      known.set(k, found);
      const within = <A extends Float32Array | Int32Array>(data: A): Plane<A> => ({
        data: data.subarray((box.y + first) * width + box.x) as A,
        width: box.width,
        height,
        stride: width,
      });
      const counts = flattenAmplifier(
        {
          raw: {
            data: amp.data.subarray((rawData.y + rawFirst) * amp.width + rawData.x),
            width: box.width,
            height,
            stride: amp.width,
          },
          flipX,
          flipY,
          levels: found.levels && found.levels.subarray(rawFirst, rawFirst + height),
          gain: found.gain,
          readVariance: found.expected * found.expected,
          ...parts,
          darkSec,
          flatMinimum: config.flatMinimum,
          saturationAdu: found.saturation,
          suspectAdu: config.saturation
            ? Math.min(found.saturation, calibrations.suspects?.[k] ?? amp.amplifier.suspect)
            : Number.POSITIVE_INFINITY,
          bits,
        },
        { image: within(planes.image), variance: within(planes.variance), mask: within(planes.mask) },
      );
      saturatedPixels += counts.saturated;
      unusableFlatPixels += counts.unusable;
    },
    finish() {
      if (saturatedPixels > 0) growBitInPlace(planes.mask, raw.detector, bits.saturated, config.saturationGrow);
      const defectPixels = maskUnusable(raw, calibrations, statistics, { mask: planes.mask, config, bits });
      return { amplifiers: statistics, saturatedPixels, defectPixels, brighterFatterPasses: 0, unusableFlatPixels };
    },
  };
}

/** Levels of the imaging rows; rows beyond the overscan take that of its nearest row. */
function rowLevels(levels: Float64Array, offset: number, height: number): Float64Array {
  if (offset >= 0 && offset + height <= levels.length) return levels.subarray(offset, offset + height);
  return Float64Array.from({ length: height }, (_, y) => levels[Math.min(levels.length - 1, Math.max(0, y + offset))]);
}
