import { createCubicSpline, evaluateCubicSpline } from '@almagest/numerics';
import { DEFAULT_BRIGHTER_FATTER, reduceRaw } from '@almagest/isr';
import { expect, test } from 'vitest';
import { BARE, LAMP, makeNight, pointing, rawOf, reduced } from '../test/calibration-night.ts';
import { fitCovarianceModel } from './photon-transfer/covariance-model.ts';
import { fitLinearizer } from './linearity/fit-linearizer.ts';
import { fitPhotonTransfer } from './photon-transfer/photon-transfer-curve.ts';
import { measureCovariances } from './brighter-fatter/measure-covariances.ts';
import { measureFlatPair } from './photon-transfer/flat-pair.ts';
import { solveBrighterFatterKernel } from './brighter-fatter/solve-kernel.ts';

const LEVELS = [60, 150, 400, 1000, 2500, 6000, 12_000, 20_000, 30_000, 40_000, 50_000, 60_000, 70_000, 80_000, 160_000];
const night = makeNight({ deadFraction: 0, hotFraction: 0, deadColumns: 0, crosstalk: 0, cti: 0, nonlinearity: 0.02 }, 'pairs');
const { detector, signature } = night;
const ones = { gains: [1, 1, 1, 1] };
const pairs = LEVELS.map((level, n) => {
  const [a, b] = [night.flat(2 * n, level), night.flat(2 * n + 1, level)];
  return { level, a, b, first: reduced(a, ones), second: reduced(b, ones) };
});
const box = (k: number): (typeof detector.amplifiers)[number]['box'] => detector.amplifiers[k].box;

const linearizers = detector.amplifiers.map((_, k) =>
  fitLinearizer(
    pairs.flatMap(({ level, first, second }) =>
      [first, second].map((plane) => ({
        abscissa: level / LAMP,
        meanAdu: measureFlatPair({ first: plane, second: plane, width: 512 }, box(k)).mean,
      })),
    ),
  ),
);

test('the linearizer of every amplifier is that of the planted curve within 1e-3 (seed pairs)', () => {
  for (const [k, { linearity, worst, used }] of linearizers.entries()) {
    const { beta } = signature.amplifiers[k];
    const spline = createCubicSpline(linearity.knots, linearity.values);
    expect(worst).toBeLessThan(1e-3);
    // The full well is left out.
    expect(used.filter((i) => i >= 2 * (LEVELS.length - 1))).toEqual([]);
    for (let u = 500; u < 50_000; u += 500) {
      const measured = u * (1 - beta * u);
      expect(Math.abs((measured + evaluateCubicSpline(spline, measured)) / u - 1)).toBeLessThan(1e-3);
    }
  }
});

const linear = { linearity: linearizers.map(({ linearity }) => linearity) };
const planes = pairs.slice(0, -1).map(({ level, a, b }) => ({
  level,
  first: reduced(a, { ...ones, ...linear }, { linearity: true }),
  second: reduced(b, { ...ones, ...linear }, { linearity: true }),
}));

test('gain within 1 % and read noise within 3 %, by the curve and by the full covariance model', () => {
  for (const [k, { gain, readNoise }] of signature.amplifiers.entries()) {
    const truth = Math.hypot(readNoise, gain / Math.sqrt(12));
    const curve = fitPhotonTransfer(planes.map((pair) => measureFlatPair({ ...pair, width: 512 }, box(k))));
    expect(Math.abs(curve.gain / gain - 1)).toBeLessThan(0.01);
    expect(Math.abs(curve.readNoise / truth - 1)).toBeLessThan(0.03);
    const full = fitCovarianceModel(
      planes.map((pair) => measureCovariances({ ...pair, width: 512 }, box(k), 3)),
      { lags: 3 },
    );
    expect(Math.abs(full.gain / gain - 1)).toBeLessThan(0.01);
    expect(Math.abs(full.readNoise / truth - 1)).toBeLessThan(0.03);
    // A quarter of the variance at 100,000 electrons.
    expect(Math.abs(full.a[0] / -2.5e-6 - 1)).toBeLessThan(0.15);
    expect(full.chi2PerDof).toBeLessThan(2);
  }
});

test('the turnoff is where the full well cuts the noise', () => {
  const points = pairs.map((pair) => measureFlatPair({ ...pair, width: 512 }, box(0)));
  const { turnoff } = fitPhotonTransfer(points);
  expect(turnoff).toBeGreaterThan(points[LEVELS.length - 2].mean);
  expect(turnoff).toBeLessThanOrEqual(points[LEVELS.length - 1].mean * 1.0001);
});

test('the kernel from flat pairs brings the width of a bright star back within 3e-3', () => {
  const gains = signature.amplifiers.map(({ gain }) => gain);
  const electrons = planes.flatMap(({ level, first, second }) =>
    level < 5000
      ? []
      : gains.map((gain, k) => {
          const pair = measureCovariances({ first, second, width: 512 }, box(k));
          return { ...pair, mean: pair.mean * gain, covariances: pair.covariances.map((c) => c * gain * gain) };
        }),
  );
  const solved = solveBrighterFatterKernel(electrons, { readNoise: 6 });
  const truth = signature.brighterFatter;
  expect([solved.width, solved.height]).toEqual([truth.width, truth.height]);
  const centre = (truth.height >> 1) * truth.width + (truth.width >> 1);
  expect(
    Math.abs((solved.values[centre] - solved.values[centre + 1]) / (truth.values[centre] - truth.values[centre + 1]) - 1),
  ).toBeLessThan(0.05);

  const quiet = {
    deadFraction: 0,
    hotFraction: 0,
    deadColumns: 0,
    crosstalk: 0,
    cti: 0,
    nonlinearity: 0,
    pixelResponse: 0,
    biasPattern: 0,
  };
  const at = { id: 1, kind: 'star' as const, ra: pointing().ra + 3e-5, dec: pointing().dec + 2e-5, pmRa: 0, pmDec: 0 };
  const star = { ...at, mags: { u: 17, g: 17, r: 17, i: 17, z: 17, y: 17 } };
  const [fat, thin] = [makeNight(quiet, 'star'), makeNight({ ...quiet, brighterFatter: 0 }, 'star')].map((each) =>
    each.sky(1, { sources: [star] }),
  );
  const kernel = { ...solved, values: Float32Array.from(solved.values) };
  const starGains = { gains: makeNight(quiet, 'star').signature.amplifiers.map(({ gain }) => gain) };
  const sigma = (image: Float32Array): number => {
    const { x, y } = fat.drawn[0];
    const sky = image.toSorted()[image.length >> 1];
    let [sum, square] = [0, 0];
    for (let j = Math.round(y) - 6; j <= Math.round(y) + 6; j++)
      for (let i = Math.round(x) - 6; i <= Math.round(x) + 6; i++) {
        const v = (image[j * 512 + i] - sky) * Math.exp(-((i - x) ** 2 + (j - y) ** 2) / 18);
        sum += v;
        square += v * (i - x) ** 2;
      }
    return Math.sqrt(square / sum);
  };
  const width = (exposure: typeof fat, correct: boolean): number =>
    sigma(
      reduceRaw(
        rawOf(exposure),
        { ...starGains, brighterFatter: kernel },
        { ...BARE, brighterFatter: correct ? DEFAULT_BRIGHTER_FATTER : null },
      ).maskedImage.image.data,
    );
  expect(width(fat, false) / width(thin, false) - 1).toBeGreaterThan(0.005);
  expect(Math.abs(width(fat, true) / width(thin, false) - 1)).toBeLessThan(3e-3);
});
