import { type Camera, type Detector, loadCamera } from '@almagest/instrument';
import {
  type DetectorSignature,
  DEFAULT_EFFECTS,
  type EffectStrengths,
  type ExposurePlan,
  fringePattern,
  loadProfile,
  makeSignature,
  type SkySource,
  prepareSurvey,
  simulateExposure,
  type SimulatedExposure,
} from '@almagest/simulation';
import { expect, test } from 'vitest';
import { MissingCalibrationError, NothingUsableError, RawInputError, CalibrationMismatchError } from '../errors.ts';
import { FULL_ISR, type IsrConfig } from './isr-config.ts';
import type { IsrCalibrations, RawDetector } from './isr-data.ts';
import { reduceRaw } from './reduce-raw.ts';

const camera: Camera = loadCamera('simcam-tiny');
/** The detector with a signature so strong that each step matters. */
const STRONG: EffectStrengths = {
  ...DEFAULT_EFFECTS,
  crosstalk: 1e-3,
  cti: 2e-6,
  biasPattern: 4,
  nonlinearity: 0.02,
  darkCurrent: 0.5,
  cosmicRays: 0,
  hotFraction: 5e-4,
  deadColumns: 2,
};
const survey = prepareSurvey(loadProfile('tiny'));
const sciencePlan = (band: string): ExposurePlan => survey.plans.find((p) => p.type === 'science' && p.band === band)!;

const quiet = (detector: Detector): Detector => ({ ...detector, amplifiers: detector.amplifiers.map((a) => ({ ...a, readNoise: 0 })) });

interface Made {
  readonly exposure: SimulatedExposure;
  readonly signature: DetectorSignature;
  readonly detector: Detector;
}

function make(
  effects: EffectStrengths,
  options: { readonly noiseless?: boolean; readonly sources?: readonly SkySource[]; readonly plan?: ExposurePlan } = {},
): Made {
  const detector = options.noiseless === true ? quiet(camera.detectors[0]) : camera.detectors[0];
  const signature = makeSignature(detector, effects, 'isr');
  const plan = options.plan ?? sciencePlan('r');
  const sky = { sources: options.sources ?? [], orbits: [], referenceMjd: 61_000 };
  const exposure = simulateExposure({
    camera,
    detector,
    plan: { ...plan, sky: plan.sky && { ...plan.sky, satelliteTrails: 0 } },
    signature,
    sky,
    times: { epochs: survey.epochs, seed: '1' },
    seed: '1',
    keepTruthPlanes: true,
  });
  return { exposure, signature, detector };
}

const rawOf = ({ exposure, detector }: Made): RawDetector => ({
  detector,
  amplifiers: exposure.raw,
  darkSec: exposure.plan.exposureSec,
  seed: 'test',
});

/** The planted signature, as perfect calibrations. */
function perfect({ signature, detector }: Made): IsrCalibrations {
  const { width, height } = detector;
  const dark = new Float32Array(width * height).fill(signature.effects.darkCurrent);
  const n = signature.amplifiers.length;
  return {
    gains: signature.amplifiers.map((a) => a.gain),
    readNoises: signature.amplifiers.map((a) => Math.max(a.readNoise, 0.5)),
    // Inverse of u (1 - beta u) to fourth order.
    linearity: signature.amplifiers.map(({ beta }) => ({
      type: 'polynomial',
      coefficients: [beta, 2 * beta ** 2, 5 * beta ** 3, 14 * beta ** 4],
    })),
    crosstalk: { victims: n, sources: n, linear: signature.crosstalk },
    transfer: signature.amplifiers.map(() => ({ inefficiency: signature.effects.cti, decayPixels: signature.effects.ctiDecay })),
    bias: signature.biasPattern,
    dark,
    flat: signature.response,
    fringes: [Float32Array.from({ length: width * height }, (_, i) => fringePattern(detector, i % width, Math.floor(i / width)))],
    brighterFatter: signature.brighterFatter,
    defects: signature.defects,
  };
}

const config: IsrConfig = { ...FULL_ISR, fringe: null, amplifierOffset: null };

function residuals(made: Made, truth: SimulatedExposure): { median: number; rms: number; worst: number } {
  const { maskedImage } = reduceRaw(rawOf(made), perfect(made), config);
  const { response, effects } = made.signature;
  const dark = effects.darkCurrent * truth.plan.exposureSec;
  const values: number[] = [];
  const { data } = maskedImage.image;
  const border = 10;
  for (const [i, flag] of maskedImage.mask.data.entries()) {
    const x = i % 512;
    const y = Math.floor(i / 512);
    if (flag !== 0 || x < border || y < border || x >= 512 - border || y >= 512 - border) continue;
    values.push(data[i] - (truth.charge![i] - dark) / response[i]);
  }
  values.sort((a, b) => a - b);
  const median = values[values.length >> 1];
  return {
    median,
    rms: Math.sqrt(values.reduce((a, v) => a + (v - median) ** 2, 0) / values.length),
    worst: Math.max(-values[0], values.at(-1) ?? 0),
  };
}

test('a flat sky comes back within 5 electrons rms and 0.5 electrons in the median, every effect planted', () => {
  const made = make(STRONG, { noiseless: true });
  // The same photons, without the effect that moves charge between pixels.
  const truth = make({ ...STRONG, brighterFatter: 0 }, { noiseless: true }).exposure;
  const { median, rms, worst } = residuals(made, truth);
  expect(Math.abs(median)).toBeLessThan(0.5);
  expect(rms).toBeLessThan(1.5);
  expect(worst).toBeLessThan(35);
});

test('a flat sky with a saturated star that bleeds: what is not flagged stays within 7 electrons rms', () => {
  const plan = sciencePlan('r');
  const star = { id: 1, kind: 'star' as const, ra: plan.pointing.ra, dec: plan.pointing.dec, pmRa: 0, pmDec: 0 };
  const mags = { u: 13, g: 13, r: 13, i: 13, z: 13, y: 13 };
  const made = make(STRONG, { noiseless: true, sources: [{ ...star, mags }] });
  const { median, rms } = residuals(made, made.exposure);
  expect(Math.max(...made.exposure.charge!)).toBeGreaterThan(0.95 * made.signature.effects.fullWell);
  expect(Math.abs(median)).toBeLessThan(0.5);
  expect(rms).toBeLessThan(7);
});

test('the same holds under bright flat light, where linearity and brighter-fatter matter', () => {
  const plan: ExposurePlan = { ...sciencePlan('r'), type: 'flat', sky: null, level: 50_000, exposureSec: 20 };
  const made = make(STRONG, { noiseless: true, plan });
  const truth = make({ ...STRONG, brighterFatter: 0 }, { noiseless: true, plan }).exposure;
  const { median, rms } = residuals(made, truth);
  // 1e-3 of linearity would be 50 electrons.
  expect(Math.abs(median) / 50_000).toBeLessThan(1e-4);
  expect(rms).toBeLessThan(15);
});

test('the overscan tells the read noise within 3 %', () => {
  const made = make({ ...DEFAULT_EFFECTS, cosmicRays: 0 });
  const { statistics } = reduceRaw(rawOf(made), perfect(made), { ...config, transfer: true });
  for (const [k, amp] of statistics.amplifiers.entries()) {
    const truth = Math.hypot(made.signature.amplifiers[k].readNoise, made.signature.amplifiers[k].gain / Math.sqrt(12));
    expect(Math.abs(amp.readNoise / truth - 1)).toBeLessThan(0.03);
  }
});

test('the variance plane is that of the noise', () => {
  const made = make({ ...DEFAULT_EFFECTS, cosmicRays: 0, brighterFatter: 0 });
  const { maskedImage, statistics } = reduceRaw(rawOf(made), perfect(made), { ...config, brighterFatter: null });
  const { variance, mask } = maskedImage;
  let [sum, n] = [0, 0];
  for (const [i, v] of variance.data.entries()) if (mask.data[i] === 0) [sum, n] = [sum + v, n + 1];
  // Gradients and vignetted corners add to the scatter; within 5 % as the issue asks.
  expect(Math.abs(statistics.scatter / Math.sqrt(sum / n) - 1)).toBeLessThan(0.05);
});

const STAR: SkySource = { id: 1, kind: 'star', ra: 0, dec: 0, pmRa: 0, pmDec: 0, mags: { u: 17, g: 17, r: 17, i: 17, z: 17, y: 17 } };

/** Second moment along x of a bright star, in a window. */
function width2(image: Float32Array, at: { readonly x: number; readonly y: number }, sky: number): number {
  let [sum, sxx] = [0, 0];
  for (let y = Math.round(at.y) - 6; y <= Math.round(at.y) + 6; y++) {
    for (let x = Math.round(at.x) - 6; x <= Math.round(at.x) + 6; x++) {
      const w = Math.exp(-((x - at.x) ** 2 + (y - at.y) ** 2) / 18);
      const v = (image[y * 512 + x] - sky) * w;
      sum += v;
      sxx += v * (x - at.x) ** 2;
    }
  }
  return Math.sqrt(sxx / sum);
}

test('the width of a bright star comes back within 3e-3 of that without the brighter-fatter effect', () => {
  const plan = sciencePlan('r');
  const star = { ...STAR, ra: plan.pointing.ra + 3e-5, dec: plan.pointing.dec + 2e-5 };
  const effects = { ...DEFAULT_EFFECTS, cosmicRays: 0, deadColumns: 0, deadFraction: 0, hotFraction: 0, pixelResponse: 0 };
  const fat = make(effects, { noiseless: true, sources: [star] });
  const thin = make({ ...effects, brighterFatter: 0 }, { noiseless: true, sources: [star] });
  const at = fat.exposure.drawn[0];
  const corrected = reduceRaw(rawOf(fat), perfect(fat), config);
  const uncorrected = reduceRaw(rawOf(fat), perfect(fat), { ...config, brighterFatter: null });
  const reference = reduceRaw(rawOf(thin), perfect(thin), { ...config, brighterFatter: null });
  const measure = (r: typeof corrected): number => width2(r.maskedImage.image.data, at, r.statistics.median);
  expect(measure(uncorrected) / measure(reference) - 1).toBeGreaterThan(0.005);
  expect(Math.abs(measure(corrected) / measure(reference) - 1)).toBeLessThan(3e-3);
});

test('crosstalk ghosts of a saturated star vanish below 3 sigma over a PSF', () => {
  const plan = sciencePlan('r');
  const star = { ...STAR, mags: { ...STAR.mags, r: 14 }, ra: plan.pointing.ra + 1.2e-4, dec: plan.pointing.dec + 1.1e-4 };
  const made = make({ ...DEFAULT_EFFECTS, crosstalk: 2e-3, cosmicRays: 0 }, { sources: [star] });
  const on = reduceRaw(rawOf(made), perfect(made), config);
  const off = reduceRaw(rawOf(made), perfect(made), { ...config, crosstalk: false });
  const { x, y } = made.exposure.drawn[0];
  // Amplifiers are 256 x 256 and read along +x; the upper row is read from the top, so that its ghosts are mirrored.
  const ghost = { x: Math.round(x) % 256, y: Math.round(y) >= 256 ? 511 - Math.round(y) : Math.round(y) };
  const excess = (r: typeof on): number => {
    let [sum, variance] = [0, 0];
    for (let j = ghost.y - 3; j <= ghost.y + 3; j++) {
      for (let i = ghost.x - 3; i <= ghost.x + 3; i++) {
        sum += r.maskedImage.image.data[j * 512 + i] - r.statistics.median;
        variance += r.maskedImage.variance.data[j * 512 + i];
      }
    }
    return sum / Math.sqrt(variance);
  };
  expect(Math.abs(excess(off))).toBeGreaterThan(10);
  expect(Math.abs(excess(on))).toBeLessThan(3);
});

test('fringes go to below 1 % of their amplitude', () => {
  const plan: ExposurePlan = { ...sciencePlan('r'), band: 'y', sky: { ...sciencePlan('r').sky!, skyMag: 18.6 } };
  // Three times the band's fringes, so that noise on so small a detector stays below the limit.
  const made = make({ ...DEFAULT_EFFECTS, fringe: 3, cosmicRays: 0 }, { plan });
  const { statistics } = reduceRaw(rawOf(made), perfect(made), { ...config, fringe: FULL_ISR.fringe });
  const planted = 0.5 * 3 * 0.04 * made.exposure.skyLevel;
  expect(Math.abs(statistics.fringeAmplitudes[0] / planted - 1)).toBeLessThan(0.01);
});

test('a step without its calibration, a calibration of another shape and a raw without time are refused by name', () => {
  const made = make(DEFAULT_EFFECTS);
  const calibrations = perfect(made);
  const { bias: _, ...withoutBias } = calibrations;
  expect(() => reduceRaw(rawOf(made), withoutBias, config)).toThrow(MissingCalibrationError);
  expect(() => reduceRaw(rawOf(made), withoutBias, config)).toThrow(/bias.*S00/);
  expect(() => reduceRaw(rawOf(made), { ...calibrations, flat: new Float32Array(9) }, config)).toThrow(CalibrationMismatchError);
  expect(() => reduceRaw(rawOf(made), { ...calibrations, gains: [1] }, config)).toThrow(CalibrationMismatchError);
  expect(() => reduceRaw({ ...rawOf(made), darkSec: null }, calibrations, config)).toThrow(RawInputError);
  expect(() => reduceRaw({ ...rawOf(made), amplifiers: made.exposure.raw.slice(1) }, calibrations, config)).toThrow(RawInputError);
});

test('an amplifier that is all saturated is masked and the rest goes on, or stops the reduction, as configured', () => {
  const made = make(DEFAULT_EFFECTS);
  const raw = rawOf(made);
  const saturated = raw.amplifiers.map((a, k) => (k === 1 ? { ...a, data: new Uint16Array(a.data.length).fill(65_535) } : a));
  const { maskedImage } = reduceRaw({ ...raw, amplifiers: saturated }, perfect(made), { ...config, brighterFatter: null });
  const { data } = maskedImage.mask;
  expect(data[100 * 512 + 300] & 1).toBe(1);
  expect(maskedImage.image.data.every((v) => Number.isFinite(v))).toBe(true);
  expect(() => reduceRaw({ ...raw, amplifiers: saturated }, perfect(made), { ...config, badAmplifier: 'stop' })).toThrow(
    NothingUsableError,
  );
  const all = raw.amplifiers.map((a) => ({ ...a, data: new Uint16Array(a.data.length).fill(65_535) }));
  expect(() => reduceRaw({ ...raw, amplifiers: all }, perfect(made), config)).toThrow(NothingUsableError);
});

test('a calibration without values, or a flat of zeros, never leaves a silent NaN', () => {
  const made = make(DEFAULT_EFFECTS);
  const perfectOnes = perfect(made);
  const holes = (plane: Float32Array): Float32Array => plane.map((v, i) => (i % 1001 === 0 ? Number.NaN : v));
  const plain = { ...config, brighterFatter: null, interpolation: null };
  for (const step of ['bias', 'dark', 'flat'] as const) {
    const { maskedImage } = reduceRaw(rawOf(made), { ...perfectOnes, [step]: holes(perfectOnes[step]!) }, plain);
    const noData = 1 << maskedImage.mask.planes['NO_DATA']!;
    const silent = maskedImage.image.data.findIndex((value, i) =>
      i % 1001 === 0 ? (maskedImage.mask.data[i] & noData) === 0 : !Number.isFinite(value),
    );
    expect(silent).toBe(-1);
    const filled = reduceRaw(
      rawOf(made),
      { ...perfectOnes, [step]: holes(perfectOnes[step]!) },
      { ...plain, interpolation: config.interpolation },
    );
    expect(filled.maskedImage.image.data.every((v) => Number.isFinite(v))).toBe(true);
  }
  const zero = perfectOnes.flat!.map(() => 0);
  for (const each of [plain, { ...plain, crosstalk: false, linearity: false, transfer: false }])
    expect(() => reduceRaw(rawOf(made), { ...perfectOnes, flat: zero }, each)).toThrow(/no pixel of detector S00 is left.*no usable flat/);
  // One dark amplifier is masked and the rest goes on.
  const half = perfectOnes.flat!.map((v, i) => (i % 512 < 256 && i < 256 * 512 ? 0 : v));
  const { maskedImage, statistics } = reduceRaw(rawOf(made), { ...perfectOnes, flat: half }, plain);
  expect(statistics.unusableFlatPixels).toBeGreaterThanOrEqual(256 * 256);
  expect(maskedImage.image.data.every((v) => Number.isFinite(v))).toBe(true);
});
