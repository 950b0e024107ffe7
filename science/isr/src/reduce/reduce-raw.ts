import { createMaskedImage, type MaskedImage, planeBits } from '@almagest/image';
import { quantile } from '@almagest/numerics';
import { fitAmplifierOffsets } from '../amplifier-offset/amplifier-offset.ts';
import { subtractScaledInPlace } from '../arithmetic/arithmetic.ts';
import { CalibrationMismatchError } from '../errors.ts';
import { fitFringes } from '../fringe/fringe.ts';
import { interpolateMaskedInPlace } from '../interpolation/interpolate.ts';
import type { IsrConfig } from './isr-config.ts';
import type { IsrCalibrations, IsrStatistics, RawDetector } from './isr-data.ts';
import { checkAmplifiers, required } from './reduce-amplifiers.ts';
import { canFuse, reduceFused } from './reduce-fused.ts';
import { reduceStepByStep } from './reduce-steps.ts';

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

  const planes = { image, mask, variance };
  const blocked = bits('SAT', 'BAD', 'NO_DATA');
  const flagBits = { saturated: bits('SAT'), suspect: bits('SUSPECT'), bad: bits('BAD'), noData: bits('NO_DATA'), edge: bits('EDGE') };
  checkAmplifiers(raw, calibrations);
  const reduce = canFuse(config) ? reduceFused : reduceStepByStep;
  const { amplifiers, saturatedPixels, defectPixels, brighterFatterPasses, unusableFlatPixels } = reduce(raw, calibrations, config, {
    planes,
    bits: flagBits,
  });
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

interface PixelContext {
  readonly mask: Int32Array;
  readonly config: IsrConfig;
  readonly image: Float32Array;
  readonly blocked: number;
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
