import { divideByFlatInPlace, fillVarianceInPlace, subtractInPlace, subtractScaledInPlace } from '../arithmetic/arithmetic.ts';
import { computeBrighterFatterCorrection } from '../brighter-fatter/correct.ts';
import { maskDefectsInPlace } from '../defects/mask-defects.ts';
import { NothingUsableError, RawInputError } from '../errors.ts';
import { DEFAULT_INTERPOLATION, interpolateMaskedInPlace } from '../interpolation/interpolate.ts';
import { growBitInPlace } from '../saturation/grow-mask.ts';
import { maskSaturationInPlace } from '../saturation/mask-saturation.ts';
import type { IsrConfig } from './isr-config.ts';
import type { AmplifierStatistics, IsrCalibrations, RawDetector } from './isr-data.ts';
import { reduceAmplifiersInto, required } from './reduce-amplifiers.ts';

/** The planes that a reduction fills, [height, width] of the assembled detector. */
export interface TargetPlanes {
  readonly image: Float32Array;
  readonly mask: Int32Array;
  readonly variance: Float32Array;
}

export interface FlagBits {
  readonly saturated: number;
  readonly suspect: number;
  readonly bad: number;
  readonly noData: number;
  readonly edge: number;
}

export interface Target {
  readonly planes: TargetPlanes;
  readonly bits: FlagBits;
}

/** What the steps up to the flat leave for the statistics. */
export interface FlattenedDetector {
  readonly amplifiers: readonly AmplifierStatistics[];
  readonly saturatedPixels: number;
  readonly defectPixels: number;
  readonly brighterFatterPasses: number;
  readonly unusableFlatPixels: number;
}

/** From raw pixels to flat-fielded ones, one step after the other: what every configuration can use. */
export function reduceStepByStep(
  raw: RawDetector,
  calibrations: IsrCalibrations,
  config: IsrConfig,
  { planes, bits }: Target,
): FlattenedDetector {
  const { detector } = raw;
  const { image, mask, variance } = planes;
  const { statistics: amplifiers, readNoises } = reduceAmplifiersInto(raw, calibrations, config, image);
  const saturatedPixels = config.saturation
    ? maskSaturated(raw, calibrations, { mask, config, saturated: bits.saturated, suspect: bits.suspect })
    : 0;
  const defectPixels = maskUnusable(raw, calibrations, amplifiers, { mask, config, bits });
  if (config.bias) subtractInPlace(image, required(calibrations.bias, 'bias', raw));
  if (config.dark) subtractScaledInPlace(image, required(calibrations.dark, 'dark', raw), darkTime(raw));
  const blocked = bits.saturated | bits.bad | bits.noData;
  const brighterFatterPasses = correctBrighterFatter(raw, calibrations, {
    config,
    image,
    mask,
    blocked,
    edge: bits.edge,
    suspect: bits.suspect,
  });
  const dark = config.dark ? { dark: { plane: required(calibrations.dark, 'dark', raw), sec: darkTime(raw) } } : {};
  for (const [k, { box }] of detector.amplifiers.entries())
    fillVarianceInPlace(variance, image, box, { width: detector.width, readNoise: readNoises[k], ...dark });
  const unusableFlatPixels = config.flat
    ? divideByFlatInPlace(image, variance, mask, {
        flat: required(calibrations.flat, 'flat', raw),
        bits: bits.noData,
        minimum: config.flatMinimum,
      }).unusable
    : 0;
  return { amplifiers, saturatedPixels, defectPixels, brighterFatterPasses, unusableFlatPixels };
}

/** Time by which a dark is scaled. @throws {RawInputError} where the header does not say. */
export function darkTime({ darkSec, detector }: RawDetector): number {
  if (darkSec !== null) return darkSec;
  throw new RawInputError(`the raw of detector ${detector.name} has no exposure time, which the dark needs`, {
    details: { detector: detector.name, reason: 'no dark time' },
  });
}

/** Flags bad amplifiers and the defect list. @returns Pixels of the defect list. */
export function maskUnusable(
  raw: RawDetector,
  calibrations: IsrCalibrations,
  amplifiers: readonly AmplifierStatistics[],
  { mask, config, bits }: MaskContext & { readonly bits: FlagBits },
): number {
  maskBadAmplifiers(raw, amplifiers, { mask, config, bits: bits.bad, saturated: bits.saturated });
  return config.defects && calibrations.defects ? maskDefectsInPlace(mask, raw.detector, calibrations.defects, bits.bad) : 0;
}

interface MaskContext {
  readonly mask: Int32Array;
  readonly config: IsrConfig;
}

function maskSaturated(
  raw: RawDetector,
  calibrations: IsrCalibrations,
  { mask, config, saturated, suspect }: MaskContext & { readonly saturated: number; readonly suspect: number },
): number {
  let count = 0;
  for (const [k, amp] of raw.amplifiers.entries()) {
    const saturation = calibrations.saturations?.[k] ?? amp.amplifier.saturation;
    count += maskSaturationInPlace(amp, mask, {
      width: raw.detector.width,
      saturation,
      suspect: Math.min(saturation, calibrations.suspects?.[k] ?? amp.amplifier.suspect),
      saturatedBits: saturated,
      suspectBits: suspect,
    });
  }
  if (count > 0) growBitInPlace(mask, raw.detector, saturated, config.saturationGrow);
  return count;
}

function maskBadAmplifiers(
  raw: RawDetector,
  statistics: readonly AmplifierStatistics[],
  { mask, config, bits, saturated }: MaskContext & { readonly bits: number; readonly saturated: number },
): void {
  let bad = 0;
  for (const [k, { box, name }] of raw.detector.amplifiers.entries()) {
    if (!statistics[k].bad && !wholly(mask, raw.detector.width, box, saturated)) continue;
    if (config.badAmplifier === 'stop')
      throw new NothingUsableError(`amplifier ${raw.detector.name}.${name} is bad`, { details: { detector: raw.detector.name } });
    maskDefectsInPlace(mask, raw.detector, [box], bits);
    bad++;
  }
  if (bad === raw.amplifiers.length)
    throw new NothingUsableError(`every amplifier of detector ${raw.detector.name} is bad or saturated`, {
      details: { detector: raw.detector.name },
    });
}

function wholly(
  mask: Int32Array,
  width: number,
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  bits: number,
): boolean {
  for (let y = box.y; y < box.y + box.height; y++)
    for (let x = box.x; x < box.x + box.width; x++) if ((mask[y * width + x] & bits) === 0) return false;
  return true;
}

interface PixelContext extends MaskContext {
  readonly image: Float32Array;
  readonly blocked: number;
}

function correctBrighterFatter(
  raw: RawDetector,
  calibrations: IsrCalibrations,
  { config, image, mask, blocked, edge, suspect }: PixelContext & { readonly edge: number; readonly suspect: number },
): number {
  if (config.brighterFatter === null) return 0;
  const kernel = required(calibrations.brighterFatter, 'brighter-fatter', raw);
  const { width, height } = raw.detector;
  const clean = Float32Array.from(image);
  interpolateMaskedInPlace(clean, mask, { width, height, bits: blocked, fallback: 0 }, config.interpolation ?? DEFAULT_INTERPOLATION);
  const { correction, statistics } = computeBrighterFatterCorrection(clean, raw.detector, kernel, config.brighterFatter);
  for (let i = 0; i < image.length; i++) if ((mask[i] & blocked) === 0) image[i] += correction[i];
  const border = (kernel.width - 1) / 2;
  const boxes = [
    { x: 0, y: 0, width, height: border },
    { x: 0, y: height - border, width, height: border },
    { x: 0, y: 0, width: border, height },
    { x: width - border, y: 0, width: border, height },
  ];
  maskDefectsInPlace(mask, raw.detector, boxes, edge);
  suspectNeighboursInPlace(mask, raw.detector, { blocked, suspect, radius: config.brighterFatterGrow });
  return statistics.passes;
}

/** Flags the neighbours of pixels whose charge is not known: it may have pushed theirs by more or less than was corrected. */
function suspectNeighboursInPlace(
  mask: Int32Array,
  shape: { readonly width: number; readonly height: number },
  { blocked, suspect, radius }: { readonly blocked: number; readonly suspect: number; readonly radius: number },
): void {
  const near = mask.map((flags) => (flags & blocked ? 1 : 0));
  growBitInPlace(near, shape, 1, radius);
  for (let i = 0; i < mask.length; i++) if (near[i] && (mask[i] & blocked) === 0) mask[i] |= suspect;
}
