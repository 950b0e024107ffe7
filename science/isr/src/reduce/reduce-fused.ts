import { growBitInPlace } from '../saturation/grow-mask.ts';
import type { IsrConfig } from './isr-config.ts';
import type { AmplifierStatistics, IsrCalibrations, RawAmplifierPixels, RawDetector } from './isr-data.ts';
import { finishedStatistics, required, serialLevels } from './reduce-amplifiers.ts';
import { darkTime, type FlattenedDetector, maskUnusable, type Target } from './reduce-steps.ts';

/** Whether a configuration has only the steps that one pass can do. */
export function canFuse(config: IsrConfig): boolean {
  return !config.crosstalk && !config.linearity && !config.transfer && config.brighterFatter === null && config.parallelOverscan === null;
}

/**
 * Overscan, gain, assembly, saturation, bias, dark, variance and flat in one pass over the pixels.
 *
 * @remarks Bit-identical with `reduceStepByStep` (reduce-fused.diff.test.ts): each step rounds to single precision as there.
 */
export function reduceFused(raw: RawDetector, calibrations: IsrCalibrations, config: IsrConfig, target: Target): FlattenedDetector {
  const steps: Steps = {
    bias: config.bias ? required(calibrations.bias, 'bias', raw) : null,
    dark: config.dark ? required(calibrations.dark, 'dark', raw) : null,
    darkSec: config.dark ? darkTime(raw) : 0,
    flat: config.flat ? required(calibrations.flat, 'flat', raw) : null,
    flatMinimum: config.flatMinimum,
  };
  const amplifiers: AmplifierStatistics[] = [];
  let saturatedPixels = 0;
  let unusableFlatPixels = 0;
  for (const [k, amp] of raw.amplifiers.entries()) {
    const { levels, first, statistics } = serialLevels(amp, raw, config);
    const gain = calibrations.gains?.[k] ?? amp.amplifier.gain;
    const expected = calibrations.readNoises?.[k] ?? amp.amplifier.readNoise;
    amplifiers.push(finishedStatistics(statistics, { gain, expected, beyondLinearity: 0 }, config));
    const saturation = config.saturation ? (calibrations.saturations?.[k] ?? amp.amplifier.saturation) : Number.POSITIVE_INFINITY;
    const suspect = config.saturation ? Math.min(saturation, amp.amplifier.suspect) : Number.POSITIVE_INFINITY;
    const counts = flattenAmplifier(amp, {
      target,
      steps,
      width: raw.detector.width,
      levels,
      first,
      gain,
      floor: expected * expected,
      saturation,
      suspect,
    });
    saturatedPixels += counts.saturated;
    unusableFlatPixels += counts.unusable;
  }
  const { mask } = target.planes;
  if (saturatedPixels > 0) growBitInPlace(mask, raw.detector, target.bits.saturated, config.saturationGrow);
  const defectPixels = maskUnusable(raw, calibrations, amplifiers, { mask, config, bits: target.bits });
  return { amplifiers, saturatedPixels, defectPixels, brighterFatterPasses: 0, unusableFlatPixels };
}

interface Steps {
  readonly bias: Float32Array | null;
  readonly dark: Float32Array | null;
  readonly darkSec: number;
  readonly flat: Float32Array | null;
  readonly flatMinimum: number;
}

interface AmplifierPass {
  readonly target: Target;
  readonly steps: Steps;
  readonly width: number;
  readonly levels: Float64Array | null;
  readonly first: number;
  readonly gain: number;
  readonly floor: number;
  readonly saturation: number;
  readonly suspect: number;
}

function flattenAmplifier(
  { amplifier, data, width: rawWidth }: RawAmplifierPixels,
  pass: AmplifierPass,
): { saturated: number; unusable: number } {
  const { rawData, box, flipX, flipY } = amplifier;
  let saturated = 0;
  let unusable = 0;
  const row = new Float32Array(box.width);
  for (let y = 0; y < box.height; y++) {
    const source = (rawData.y + y) * rawWidth + rawData.x;
    const start = (box.y + (flipY ? box.height - 1 - y : y)) * pass.width + box.x;
    saturated += readRow({ data, source, row, start, flipX }, pass, levelOf(pass, rawData.y + y));
    unusable += flattenRow(row, start, pass);
  }
  return { saturated, unusable };
}

function levelOf({ levels, first }: AmplifierPass, y: number): number {
  return levels ? levels[Math.min(levels.length - 1, Math.max(0, y - first))] : 0;
}

interface RowRead {
  readonly data: RawAmplifierPixels['data'];
  readonly source: number;
  readonly row: Float32Array;
  readonly start: number;
  readonly flipX: boolean;
}

/** Level and gain, flips, saturation flags. @returns Saturated pixels. */
function readRow(
  { data, source, row, start, flipX }: RowRead,
  { target, gain, saturation, suspect }: AmplifierPass,
  level: number,
): number {
  const n = row.length;
  const last = n - 1;
  let highest = Number.NEGATIVE_INFINITY;
  if (flipX) {
    for (let x = 0; x < n; x++) {
      const value = data[source + x];
      if (value > highest) highest = value;
      row[last - x] = Math.fround(value - level) * gain;
    }
  } else {
    for (let x = 0; x < n; x++) {
      const value = data[source + x];
      if (value > highest) highest = value;
      row[x] = Math.fround(value - level) * gain;
    }
  }
  if (highest < suspect) return 0;
  const { mask } = target.planes;
  let count = 0;
  for (let x = 0; x < n; x++) {
    const value = data[source + x];
    if (value < suspect) continue;
    const i = start + (flipX ? last - x : x);
    if (value >= saturation) {
      mask[i] |= target.bits.saturated;
      count++;
    } else mask[i] |= target.bits.suspect;
  }
  return count;
}

/** Bias, dark, variance and flat of one row, written to the planes. @returns Pixels without a usable flat. */
function flattenRow(row: Float32Array, start: number, { target, steps, floor }: AmplifierPass): number {
  const { image, variance, mask } = target.planes;
  const { bias, dark, darkSec, flat, flatMinimum } = steps;
  const n = row.length;
  if (bias) for (let x = 0; x < n; x++) row[x] -= bias[start + x];
  if (dark) for (let x = 0; x < n; x++) row[x] -= darkSec * dark[start + x];
  if (!flat) {
    for (let x = 0; x < n; x++) {
      const value = row[x];
      image[start + x] = value;
      variance[start + x] = value > 0 ? value + floor : floor;
    }
    return 0;
  }
  let unusable = 0;
  for (let x = 0; x < n; x++) {
    const i = start + x;
    const value = row[x];
    const noise = Math.fround(value > 0 ? value + floor : floor);
    const f = flat[i];
    if (f > flatMinimum) {
      const inverse = 1 / f;
      image[i] = value * inverse;
      variance[i] = noise * (inverse * inverse);
    } else {
      image[i] = value;
      variance[i] = noise;
      mask[i] |= target.bits.noData;
      unusable++;
    }
  }
  return unusable;
}
