import { createMaskedImage, type MaskedImage, planeBits } from '@almagest/image';
import { quantile } from '@almagest/numerics';
import { fitAmplifierOffsets } from '../amplifier-offset/amplifier-offset.ts';
import { divideByFlatInPlace, fillVarianceInPlace, subtractInPlace, subtractScaledInPlace } from '../arithmetic/arithmetic.ts';
import { computeBrighterFatterCorrection } from '../brighter-fatter/correct.ts';
import { maskDefectsInPlace } from '../defects/mask-defects.ts';
import { CalibrationMismatchError, NothingUsableError, RawInputError } from '../errors.ts';
import { fitFringes } from '../fringe/fringe.ts';
import { DEFAULT_INTERPOLATION, interpolateMaskedInPlace } from '../interpolation/interpolate.ts';
import { growBitInPlace } from '../saturation/grow-mask.ts';
import { maskSaturationInPlace } from '../saturation/mask-saturation.ts';
import type { IsrConfig } from './isr-config.ts';
import type { AmplifierStatistics, IsrCalibrations, IsrStatistics, RawDetector } from './isr-data.ts';
import { reduceAmplifiersInto, required } from './reduce-amplifiers.ts';

/** A detector without its signature. */
export interface ReducedDetector {
  /** [electron]; planes SAT, SUSPECT, BAD, INTRP, NO_DATA and EDGE are set. */
  readonly maskedImage: MaskedImage;
  readonly statistics: IsrStatistics;
}

/**
 * Removes the instrument's signature from one detector.
 *
 * Order: serial and parallel overscan, saturation mask, crosstalk, linearity, gain, charge transfer, assembly, bias, dark,
 * brighter-fatter, defects, variance, flat, fringes, amplifier offsets, interpolation.
 *
 * @throws {MissingCalibrationError} if a step that is on has no calibration. {@link CalibrationMismatchError} if one has the wrong shape.
 * @throws {RawInputError} if the raw cannot be used. {@link NothingUsableError} if all its amplifiers are bad.
 */
export function reduceRaw(raw: RawDetector, calibrations: IsrCalibrations, config: IsrConfig): ReducedDetector {
  const { detector } = raw;
  const { width, height } = detector;
  checkPlanes(raw, calibrations);
  const maskedImage = createMaskedImage(width, height);
  const image = maskedImage.image.data;
  const mask = maskedImage.mask.data;
  const variance = maskedImage.variance.data;
  const bits = (...names: string[]): number => planeBits(maskedImage.mask.planes, names);

  const { statistics: amplifiers, readNoises } = reduceAmplifiersInto(raw, calibrations, config, image);
  const saturatedPixels = config.saturation
    ? maskSaturated(raw, calibrations, { mask, config, saturated: bits('SAT'), suspect: bits('SUSPECT') })
    : 0;
  maskBadAmplifiers(raw, amplifiers, { mask, config, bits: bits('BAD'), saturated: bits('SAT') });
  const defectPixels = config.defects && calibrations.defects ? maskDefectsInPlace(mask, detector, calibrations.defects, bits('BAD')) : 0;

  if (config.bias) subtractInPlace(image, required(calibrations.bias, 'bias', raw));
  if (config.dark) {
    if (raw.darkSec === null)
      throw new RawInputError(`the raw of detector ${detector.name} has no exposure time, which the dark needs`, {
        details: { detector: detector.name, reason: 'no dark time' },
      });
    subtractScaledInPlace(image, required(calibrations.dark, 'dark', raw), raw.darkSec);
  }
  const blocked = bits('SAT', 'BAD', 'NO_DATA');
  const brighterFatterPasses = correctBrighterFatter(raw, calibrations, {
    config,
    image,
    mask,
    blocked,
    edge: bits('EDGE'),
    grown: [bits('SAT'), bits('BAD'), bits('NO_DATA')],
  });
  for (const [k, { box }] of detector.amplifiers.entries()) fillVarianceInPlace(variance, image, box, { width, readNoise: readNoises[k] });
  const unusableFlatPixels = config.flat
    ? divideByFlatInPlace(image, variance, mask, { flat: required(calibrations.flat, 'flat', raw), bits: bits('NO_DATA') }).unusable
    : 0;
  const fringeAmplitudes = subtractFringes(raw, calibrations, { config, image, mask, blocked });
  const pedestals = subtractPedestals(raw, { config, image, mask, blocked });
  const { median, scatter } = sampleStatistics(image, mask, blocked);
  let interpolatedPixels = 0;
  if (config.interpolation) {
    interpolatedPixels = interpolateMaskedInPlace(image, mask, { width, height, bits: blocked, fallback: median }, config.interpolation);
    const interpolated = bits('INTRP');
    for (let i = 0; i < mask.length; i++) if (mask[i] & blocked) mask[i] |= interpolated;
  }
  return {
    maskedImage,
    statistics: {
      amplifiers,
      saturatedPixels,
      defectPixels,
      unusableFlatPixels,
      interpolatedPixels,
      fringeAmplitudes,
      brighterFatterPasses,
      pedestals,
      median,
      scatter,
    },
  };
}

function checkPlanes({ detector }: RawDetector, { bias, dark, flat, fringes = [] }: IsrCalibrations): void {
  const wanted = detector.width * detector.height;
  const planes = [['bias', bias], ['dark', dark], ['flat', flat], ...fringes.map((f) => ['fringe', f] as const)] as const;
  for (const [step, plane] of planes) {
    if (plane && plane.length !== wanted) {
      throw new CalibrationMismatchError(
        `the ${step} of detector ${detector.name} must have ${detector.width} x ${detector.height} pixels; found ${plane.length} in all`,
        {
          details: { step, expected: String(wanted), found: String(plane.length) },
        },
      );
    }
  }
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
      suspect: Math.min(saturation, amp.amplifier.suspect),
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
  { config, image, mask, blocked, edge, grown }: PixelContext & { readonly edge: number; readonly grown: readonly number[] },
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
  for (const bit of grown) growBitInPlace(mask, raw.detector, bit, config.brighterFatterGrow);
  return statistics.passes;
}

function subtractFringes(raw: RawDetector, calibrations: IsrCalibrations, { config, image, mask, blocked }: PixelContext): number[] {
  if (config.fringe === null) return [];
  const frames = required(calibrations.fringes, 'fringe', raw);
  const { width, height } = raw.detector;
  const fit = fitFringes({ image, mask, badBits: blocked, width, height, frames, seed: raw.seed }, config.fringe);
  if (!fit) return [];
  for (const [k, frame] of frames.entries()) subtractScaledInPlace(image, frame, fit.amplitudes[k]);
  return [...fit.amplitudes];
}

function subtractPedestals(raw: RawDetector, { config, image, mask, blocked }: PixelContext): number[] {
  if (config.amplifierOffset === null || raw.amplifiers.length < 2) return [];
  const { width, amplifiers } = raw.detector;
  const { pedestals } = fitAmplifierOffsets({ image, mask, badBits: blocked, width, amplifiers }, config.amplifierOffset);
  for (const [k, { box }] of amplifiers.entries()) {
    for (let y = box.y; y < box.y + box.height; y++)
      for (let i = y * width + box.x; i < y * width + box.x + box.width; i++) image[i] -= pedestals[k];
  }
  return [...pedestals];
}

/** Median and half the 16 to 84 percentile range of about 50,000 good pixels. */
function sampleStatistics(image: Float32Array, mask: Int32Array, blocked: number): { median: number; scatter: number } {
  const step = Math.max(1, Math.floor(image.length / 50_000)) | 1;
  const values: number[] = [];
  for (let i = 0; i < image.length; i += step) if ((mask[i] & blocked) === 0) values.push(image[i]);
  return { median: quantile(values, 0.5), scatter: (quantile(values, 0.841_344_746) - quantile(values, 0.158_655_254)) / 2 };
}
