import { loadCamera, rawSize } from '@almagest/instrument';
import { createRandom } from '@almagest/numerics';
import {
  DEFAULT_EFFECTS,
  type EffectStrengths,
  type ExposurePlan,
  loadProfile,
  makeSignature,
  prepareSurvey,
  simulateExposure,
} from '@almagest/simulation';
import { expect, test } from 'vitest';
import { fitAmplifierOffsets } from '../amplifier-offset/amplifier-offset.ts';
import { subtractCrosstalkInPlace } from '../crosstalk/crosstalk.ts';
import { measureOverscan, MEDIAN_PER_ROW } from '../overscan/overscan.ts';
import { restoreDeferredChargeInPlace } from '../transfer/serial-transfer.ts';
import { DEFAULT_ISR, FULL_ISR } from './isr-config.ts';
import { reduceRaw } from './reduce-raw.ts';

/** Rows of the table of needed accuracies that the other tests of this room do not show. */

const camera = loadCamera('simcam-tiny');
const [detector] = camera.detectors;
const survey = prepareSurvey(loadProfile('tiny'));
const science = survey.plans.find((p) => p.type === 'science' && p.band === 'r')!;

function expose(
  effects: Partial<EffectStrengths>,
  change: Partial<ExposurePlan>,
  sources: Parameters<typeof simulateExposure>[0]['sky']['sources'] = [],
) {
  const signature = makeSignature(detector, { ...DEFAULT_EFFECTS, cosmicRays: 0, ...effects }, 'acceptance');
  const plan = { ...science, ...change };
  const exposure = simulateExposure({
    camera,
    detector,
    plan: { ...plan, sky: plan.sky && { ...plan.sky, satelliteTrails: 0 } },
    signature,
    sky: { sources, orbits: [], referenceMjd: 61_000 },
    times: { epochs: survey.epochs, seed: '1' },
    seed: '1',
    keepTruthPlanes: true,
  });
  return { signature, exposure, raw: { detector, amplifiers: exposure.raw, darkSec: plan.exposureSec, seed: '1' } };
}

test('overscan: read noise within 3 sigma of its own error, with a ramp and a bad column', () => {
  const random = createRandom('overscan');
  const [width, height, sigma] = [50, 2000, 5];
  const data = new Uint16Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data[y * width + x] = Math.round(1000 + 0.05 * y + random.normal(0, sigma) + (x === 30 ? 5000 : 0));
  const { residualStdev, rejected } = measureOverscan({ data, width, box: { x: 0, y: 0, width, height }, lines: 'rows' }, MEDIAN_PER_ROW)!;
  // A clip at 4 sigma takes 0.05 % off.
  expect(Math.abs(residualStdev / Math.hypot(sigma, Math.sqrt(1 / 12)) - 1)).toBeLessThan(3 / Math.sqrt(2 * width * height) + 0.002);
  expect(rejected).toBe(height);
});

test('saturation: nothing at the full well or the end of the converter is left unflagged, and bleeding keeps the charge', () => {
  const ra = science.pointing.ra + 3e-5;
  const mags = { u: 12, g: 12, r: 12, i: 12, z: 12, y: 12 };
  const star = { id: 1, kind: 'star' as const, ra, dec: science.pointing.dec + 2e-5, pmRa: 0, pmDec: 0, mags };
  const effects = { brighterFatter: 0, nonlinearity: 0, crosstalk: 0, cti: 0 };
  const { exposure, raw, signature } = expose(effects, {}, [star]);
  const gains = signature.amplifiers.map(({ gain }) => gain);
  // As the camera says it: where the full well lies in raw levels.
  const saturations = signature.amplifiers.map(({ gain, biasAdu }) =>
    Math.min(65_535, biasAdu + (0.99 * signature.effects.fullWell) / gain),
  );
  const { maskedImage, statistics } = reduceRaw(
    raw,
    { gains, saturations },
    { ...DEFAULT_ISR, bias: false, dark: false, flat: false, defects: false },
  );
  const flagged = 1 << maskedImage.mask.planes['SAT']!;
  let full = 0;
  for (const [i, charge] of exposure.charge!.entries()) {
    if (charge < signature.effects.fullWell * 0.999) continue;
    full++;
    expect(maskedImage.mask.data[i] & flagged).toBe(flagged);
  }
  expect(full).toBeGreaterThan(50);
  expect(statistics.saturatedPixels).toBeGreaterThanOrEqual(full);
});

test('brighter-fatter: the noise of a bright flat comes back to Poisson within 3 sigma', () => {
  const effects = {
    pixelResponse: 0,
    largeScaleResponse: 0,
    vignetting: 0,
    biasPattern: 0,
    deadColumns: 0,
    deadFraction: 0,
    hotFraction: 0,
  };
  const quiet = { ...effects, nonlinearity: 0, crosstalk: 0, cti: 0 };
  const { raw, signature } = expose(quiet, { type: 'flat', sky: null, level: 50_000, exposureSec: 20 });
  const calibrations = { gains: signature.amplifiers.map(({ gain }) => gain), brighterFatter: signature.brighterFatter };
  const bare = { ...DEFAULT_ISR, bias: false, dark: false, flat: false, defects: false, saturation: false, interpolation: null };
  const variance = (config: typeof bare): number => {
    const { data } = reduceRaw(raw, calibrations, config).maskedImage.image;
    let [sum, n] = [0, 0];
    // Neighbours two rows apart: overscan levels and smooth light cancel; their own covariance is taken off by distance.
    for (let y = 20; y < 490; y++) for (let x = 20; x < 490; x++, n++) sum += (data[y * 512 + x] - data[(y + 8) * 512 + x + 8]) ** 2 / 2;
    return sum / n;
  };
  const readNoise = signature.amplifiers.reduce((s, a) => s + a.readNoise ** 2 + a.gain ** 2 / 12, 0) / 4;
  const before = (variance(bare) - readNoise) / 50_000;
  const after = (variance({ ...bare, brighterFatter: FULL_ISR.brighterFatter }) - readNoise) / 50_000;
  expect(before).toBeLessThan(0.92);
  // 220,000 pixels, each in two differences; row levels of the overscan add 0.1 %.
  expect(Math.abs(after - 1)).toBeLessThan(3 * Math.sqrt(3 / 470 ** 2) + 0.003);
});

test('charge transfer: a restored bias is as even as one without trails, its columns within 0.15 electrons', () => {
  const random = createRandom('cti');
  const box = { x: 4, y: 0, width: 100, height: 400 };
  const width = 120;
  const data = new Float32Array(width * 400);
  const release = 1 - Math.exp(-1 / 1.5);
  for (let y = 0; y < 400; y++) {
    let trapped = 0;
    for (let x = 4; x < width; x++) {
      const charge = x < 104 ? 20_000 + random.normal(0, 6) : 0;
      const lost = 5e-6 * Math.min(x, 104) * charge;
      const released = trapped * release;
      trapped += lost - released;
      data[y * width + x] = charge + released - lost;
    }
  }
  expect(data[104]).toBeGreaterThan(3);
  restoreDeferredChargeInPlace(data, width, box, { inefficiency: 5e-6, decayPixels: 1.5 });
  for (let x = 104; x < width; x++) {
    let sum = 0;
    for (let y = 0; y < 400; y++) sum += data[y * width + x];
    expect(Math.abs(sum / 400)).toBeLessThan(0.15);
  }
});

test('amplifier offsets of 2 electrons come back to 0.15, twice the noise that boundaries of 2000 pixels leave', () => {
  const random = createRandom('offsets');
  const boxes = [0, 1].map((k) => ({ x: 200 * k, y: 0, width: 200, height: 2000 }));
  const amplifiers = boxes.map((box, k) => ({ ...detector.amplifiers[k], box }));
  const image = new Float32Array(400 * 2000);
  random.fillNormal(image, 700, 26);
  for (let y = 0; y < 2000; y++) for (let x = 0; x < 400; x++) image[y * 400 + x] += (x < 200 ? -2 : 2) + 1e-3 * y;
  const { pedestals } = fitAmplifierOffsets({ image, mask: new Int32Array(image.length), badBits: 1, width: 400, amplifiers });
  expect(Math.abs(pedestals[0] + 2)).toBeLessThan(0.15);
  expect(Math.abs(pedestals[1] - 2)).toBeLessThan(0.15);
});

test('crosstalk from another detector is taken off like that within one', () => {
  const random = createRandom('across');
  const source = Float32Array.from({ length: 10_000 }, (_, i) => (i % 97 === 0 ? 40_000 : 100));
  const clean = Float32Array.from({ length: 10_000 }, () => random.normal(500, 5));
  const victim = clean.map((v, i) => v + 3e-4 * source[i] + 1e-9 * source[i] ** 2);
  const matrix = { victims: 1, sources: 1, linear: Float64Array.of(3e-4), quadratic: Float64Array.of(1e-9) };
  subtractCrosstalkInPlace([victim], [source], matrix);
  expect(victim.findIndex((v, i) => !(Math.abs(v - clean[i]) < 1e-3))).toBe(-1);
});

test('every step on and off leaves its statistics in the metadata', () => {
  const { raw } = expose({}, {});
  expect(rawSize(detector.amplifiers).width).toBeGreaterThan(256);
  const { statistics } = reduceRaw(raw, {}, { ...DEFAULT_ISR, bias: false, dark: false, flat: false, defects: false });
  for (const amplifier of statistics.amplifiers)
    for (const name of ['overscanMean', 'overscanStdev', 'overscanResidual', 'readNoise'] as const)
      expect(amplifier[name]).toBeGreaterThan(0);
  for (const name of [
    'saturatedPixels',
    'defectPixels',
    'unusableFlatPixels',
    'undefinedPixels',
    'interpolatedPixels',
    'brighterFatterPasses',
  ] as const)
    expect(statistics[name]).toBeGreaterThanOrEqual(0);
});
