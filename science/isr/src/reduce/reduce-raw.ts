import { createMaskedImage, type MaskedImage, planeBits } from '@almagest/image';
import { type CalibrationPlane, findNotFinite } from '@almagest/kernels';
import { quantile } from '@almagest/numerics';
import { fitAmplifierOffsets } from '../amplifier-offset/amplifier-offset.ts';
import { subtractScaledInPlace } from '../arithmetic/arithmetic.ts';
import { CalibrationMismatchError, NothingUsableError } from '../errors.ts';
import { fitFringes } from '../fringe/fringe.ts';
import { interpolateMaskedInPlace } from '../interpolation/interpolate.ts';
import type { IsrConfig } from './isr-config.ts';
import type { IsrCalibrations, IsrStatistics, RawDetector } from './isr-data.ts';
import { checkAmplifiers, required } from './reduce-amplifiers.ts';
import { assemblePlanes } from './assemble-planes.ts';
import { type AmplifierParts, canFuse, reduceFused, startPass } from './reduce-fused.ts';
import { type FlattenedDetector, reduceStepByStep, type Target } from './reduce-steps.ts';

/** A detector without its signature. */
export interface ReducedDetector {
  /** [electron]; planes SAT, SUSPECT, BAD, INTRP, NO_DATA and EDGE are set. */
  readonly maskedImage: MaskedImage;
  readonly statistics: IsrStatistics;
}

/** Calibration planes that are asked for one amplifier at a time, so that none of them need be in memory whole. */
export interface AmplifierPlanes {
  /**
   * The plane over the box of an amplifier; may be overwritten when the next but one is asked for.
   */
  readonly read: (amplifier: number) => Promise<CalibrationPlane>;
  /**
   * Rows y0 to y1 of the whole detector, at most {@link BAND_ROWS}; may be overwritten when the next but one are asked for. Where all
   * planes have this, it is used: files keep whole rows together.
   */
  readonly readRows?: (y0: number, y1: number) => Promise<Pick<CalibrationPlane, 'data' | 'bigEndian'>>;
  /** Multiplies the plane of an amplifier, such as the gain for a bias in ADU; default 1. */
  readonly scale?: (amplifier: number) => number;
}

export interface ReduceOptions {
  /** Zeroed planes of the detector's size that are filled and become the result; fresh ones without it. */
  readonly target?: MaskedImage;
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
export function reduceRaw(
  raw: RawDetector,
  calibrations: IsrCalibrations,
  config: IsrConfig,
  options: ReduceOptions = {},
): ReducedDetector {
  checkPlanes(raw, calibrations);
  checkAmplifiers(raw, calibrations);
  const maskedImage = targetOf(raw, options);
  const reduce = canFuse(config) ? reduceFused : reduceStepByStep;
  return finishReduction(raw, calibrations, {
    config,
    maskedImage,
    flattened: reduce(raw, calibrations, config, targetPlanes(maskedImage)),
  });
}

/**
 * As {@link reduceRaw} with bias, dark and flat that are read amplifier by amplifier: needs less memory where they come from files.
 *
 * @param planes - Take the place of those in `calibrations`.
 * @remarks Identical to the bit with `reduceRaw` (reduce-fused.diff.test.ts).
 */
export async function reduceRawByAmplifier(
  raw: RawDetector,
  calibrations: IsrCalibrations,
  planes: { readonly bias?: AmplifierPlanes; readonly dark?: AmplifierPlanes; readonly flat?: AmplifierPlanes },
  config: IsrConfig,
  options: ReduceOptions = {},
): Promise<ReducedDetector> {
  if (!canFuse(config)) {
    const whole: { bias?: Float32Array; dark?: Float32Array; flat?: Float32Array } = {};
    for (const [step, plane] of Object.entries(planes)) whole[step as 'bias'] = await assemblePlanes(raw.detector, plane);
    return reduceRaw(raw, { ...calibrations, ...whole }, config, options);
  }
  checkPlanes(raw, calibrations);
  checkAmplifiers(raw, calibrations);
  const maskedImage = targetOf(raw, options);
  const pass = startPass(raw, calibrations, config, targetPlanes(maskedImage));
  const wanted = STEPS.filter((step) => config[step]).map((step) => [step, required(planes[step], step, raw)] as const);
  const byRows = wanted.every(([, plane]) => plane.readRows !== undefined);
  for await (const { k, parts, rows } of byRows ? partsByRows(raw, wanted) : partsByAmplifier(raw, wanted))
    pass.add(k, { ...parts, biasScale: planes.bias?.scale?.(k) ?? 1 }, rows);
  return finishReduction(raw, calibrations, { config, maskedImage, flattened: pass.finish() });
}

const STEPS = ['bias', 'dark', 'flat'] as const;
/** Most rows that are asked for together. */
export const BAND_ROWS = 128;

type WantedPlanes = readonly (readonly [step: (typeof STEPS)[number], plane: AmplifierPlanes])[];

interface PartsOfAmplifier {
  readonly k: number;
  readonly parts: AmplifierParts;
  readonly rows?: readonly [number, number];
}

const NO_PARTS: AmplifierParts = { bias: null, dark: null, flat: null };

/** The next amplifier is read while this one is reduced. */
async function* partsByAmplifier({ amplifiers }: RawDetector, wanted: WantedPlanes): AsyncGenerator<PartsOfAmplifier> {
  const read = async (k: number): Promise<AmplifierParts> => ({
    ...NO_PARTS,
    ...Object.fromEntries(await Promise.all(wanted.map(async ([step, plane]) => [step, await plane.read(k)] as const))),
  });
  let ahead = read(0);
  for (const k of amplifiers.keys()) {
    const parts = await ahead;
    if (k + 1 < amplifiers.length) ahead = read(k + 1);
    ahead.catch(() => undefined); // awaited in the next turn
    yield { k, parts };
  }
}

/** Band by band of rows, the amplifiers that each touches; the next band is read while this one is reduced. */
async function* partsByRows({ detector }: RawDetector, wanted: WantedPlanes): AsyncGenerator<PartsOfAmplifier> {
  const { width, height, amplifiers } = detector;
  const read = async (y0: number): Promise<readonly (readonly [string, Pick<CalibrationPlane, 'data' | 'bigEndian'> | undefined])[]> =>
    Promise.all(wanted.map(async ([step, plane]) => [step, await plane.readRows?.(y0, Math.min(height, y0 + BAND_ROWS))] as const));
  let ahead = read(0);
  for (let y0 = 0; y0 < height; y0 += BAND_ROWS) {
    const bands = await ahead;
    const y1 = Math.min(height, y0 + BAND_ROWS);
    if (y1 < height) ahead = read(y1);
    ahead.catch(() => undefined); // awaited in the next turn
    for (const [k, { box }] of amplifiers.entries()) {
      const [first, last] = [Math.max(y0, box.y), Math.min(y1, box.y + box.height)];
      if (first >= last) continue;
      const part = (band: (typeof bands)[number][1]): CalibrationPlane | null =>
        band
          ? { ...band, data: band.data.subarray((first - y0) * width + box.x), width: box.width, height: last - first, stride: width }
          : null;
      const parts = { ...NO_PARTS, ...Object.fromEntries(bands.map(([step, band]) => [step, part(band)])) };
      yield { k, parts, rows: [first - box.y, last - box.y] };
    }
  }
}

function targetOf({ detector }: RawDetector, { target }: ReduceOptions): MaskedImage {
  if (!target) return createMaskedImage(detector.width, detector.height);
  const { image } = target;
  if (image.width === detector.width && image.height === detector.height && image.stride === detector.width) return target;
  throw new CalibrationMismatchError(
    `the target of detector ${detector.name} must have ${detector.width} x ${detector.height} pixels without gaps; found ${image.width} x ${image.height}`,
    { details: { step: 'target', expected: String(detector.width), found: String(image.width) } },
  );
}

function targetPlanes({ image, mask, variance }: MaskedImage): Target {
  const bits = (name: string): number => planeBits(mask.planes, [name]);
  return {
    planes: { image: image.data, mask: mask.data, variance: variance.data },
    bits: { saturated: bits('SAT'), suspect: bits('SUSPECT'), bad: bits('BAD'), noData: bits('NO_DATA'), edge: bits('EDGE') },
  };
}

/** The steps after the flat, which look at the whole detector. */
function finishReduction(
  raw: RawDetector,
  calibrations: IsrCalibrations,
  { config, maskedImage, flattened }: { config: IsrConfig; maskedImage: MaskedImage; flattened: FlattenedDetector },
): ReducedDetector {
  const { width, height } = raw.detector;
  const [image, mask] = [maskedImage.image.data, maskedImage.mask.data];
  const bits = (...names: string[]): number => planeBits(maskedImage.mask.planes, names);
  const blocked = bits('SAT', 'BAD', 'NO_DATA');
  // What a calibration could not give a value for is no data, whatever the calibration.
  const undefinedPixels = findNotFinite(image);
  for (const i of undefinedPixels) mask[i] |= bits('NO_DATA');
  const fringeAmplitudes = subtractFringes(raw, calibrations, { config, image, mask, blocked });
  const pedestals = subtractPedestals(raw, { config, image, mask, blocked });
  const { median, scatter } = sampleStatistics(image, mask, blocked);
  if (Number.isNaN(median))
    throw new NothingUsableError(
      `no pixel of detector ${raw.detector.name} is left: ${flattened.saturatedPixels} are saturated, ${flattened.unusableFlatPixels} have no usable flat, ${undefinedPixels.length} have no value in a calibration`,
      { details: { detector: raw.detector.name } },
    );
  const interpolatedPixels = config.interpolation
    ? interpolateMaskedInPlace(image, mask, { width, height, bits: blocked, fallback: median, flag: bits('INTRP') }, config.interpolation)
    : 0;
  return {
    maskedImage,
    statistics: { ...flattened, undefinedPixels: undefinedPixels.length, interpolatedPixels, fringeAmplitudes, pedestals, median, scatter },
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

/** Median and half the 16 to 84 percentile range of about 50,000 good pixels; NaN where there is none. */
function sampleStatistics(image: Float32Array, mask: Int32Array, blocked: number): { median: number; scatter: number } {
  const step = Math.max(1, Math.floor(image.length / 50_000)) | 1;
  const values = new Float64Array(Math.ceil(image.length / step));
  let n = 0;
  for (let i = 0; i < image.length; i += step) if ((mask[i] & blocked) === 0) values[n++] = image[i];
  // Where few pixels are good, all of them are looked at.
  if (n < 100 && step > 1) {
    n = 0;
    for (let i = 0; i < image.length && n < values.length; i++) if ((mask[i] & blocked) === 0) values[n++] = image[i];
  }
  const used = values.subarray(0, n);
  return { median: quantile(used, 0.5), scatter: (quantile(used, 0.841_344_746) - quantile(used, 0.158_655_254)) / 2 };
}
