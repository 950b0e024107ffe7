import { createMaskedImage, type MaskedImage } from '@almagest/image';
import { fitFringes, measureOverscan, MEDIAN_PER_ROW, subtractCrosstalkInPlace } from '@almagest/isr';
import { createRandom, evaluateChebyshev2D } from '@almagest/numerics';
import { fringePattern, type SkySource } from '@almagest/simulation';
import { expect, test } from 'vitest';
import { type CalibrationNight, makeNight, pointing, reduced } from '../test/calibration-night.ts';
import { fitCrosstalk } from './crosstalk/fit-crosstalk.ts';
import { findDefects } from './defects/find-defects.ts';
import { KernelNotFoundError, NoBrightPixelsError } from './errors.ts';
import { fitIllumination } from './illumination/fit-illumination.ts';
import { buildMaster, type MasterFrame } from './masters/build-master.ts';
import { combineFringeFrame, combineSkyFlat } from './sky/sky-frames.ts';
import { fitTransfer } from './transfer/fit-transfer.ts';
import { solveBrighterFatterKernel, solvePoisson } from './brighter-fatter/solve-kernel.ts';

type Exposure = ReturnType<CalibrationNight['bias']>;

const frameOf = ({ raw, plan }: Exposure): MasterFrame => ({
  name: plan.observationId,
  darkSec: plan.exposureSec,
  readAmplifier: async (k) => raw[k],
});

const starAt = (id: number, dx: number, dy: number, mag: number): SkySource => ({
  id,
  kind: 'star',
  ra: pointing().ra + dx,
  dec: pointing().dec + dy,
  pmRa: 0,
  pmDec: 0,
  mags: { u: mag, g: mag, r: mag, i: mag, z: mag, y: mag },
});

test('defects from combined dark and flat: precision and recall above 0.99 (seed defects)', async () => {
  const night = makeNight({ hotFraction: 1e-3, deadFraction: 5e-4, deadColumns: 3 }, 'defects');
  const gains = night.signature.amplifiers.map(({ gain }) => gain);
  const bias = await buildMaster(
    'bias',
    Array.from({ length: 7 }, (_, n) => frameOf(night.bias(n))),
    night.detector,
    { gains },
  );
  const dark = await buildMaster(
    'dark',
    Array.from({ length: 5 }, (_, n) => frameOf(night.dark(20 + n, 100))),
    night.detector,
    {
      gains,
      bias: bias.image,
    },
  );
  const flat = await buildMaster(
    'flat',
    Array.from({ length: 3 }, (_, n) => frameOf(night.flat(40 + n, 25_000))),
    night.detector,
    {
      gains,
      bias: bias.image,
      dark: dark.image,
    },
  );
  const found = new Set<number>();
  for (const box of findDefects({ width: 512, height: 512, dark: dark.image, flat: flat.image }))
    for (let y = box.y; y < box.y + box.height; y++) for (let x = box.x; x < box.x + box.width; x++) found.add(y * 512 + x);
  const planted = new Set<number>();
  // Slightly warm pixels, below the limit of 5 electrons a second, are not defects.
  for (const { kind, x, y, height, rate } of night.signature.defects)
    if (kind !== 'hot' || rate > 5) for (let j = y; j < y + height; j++) planted.add(j * 512 + x);
  const hits = [...found].filter((i) => planted.has(i)).length;
  expect(planted.size).toBeGreaterThan(400);
  expect(hits / found.size).toBeGreaterThan(0.99);
  expect(hits / planted.size).toBeGreaterThan(0.99);
});

const planesOf = ({ raw }: Exposure): Float32Array[] =>
  raw.map(({ amplifier, data, width }) => {
    const { levels } = measureOverscan({ data, width, box: amplifier.rawSerialOverscan!, lines: 'rows' }, MEDIAN_PER_ROW)!;
    return Float32Array.from(data, (v, i) => v - levels[Math.min(levels.length - 1, Math.floor(i / width))]);
  });

test('crosstalk is found within 4 sigma of the planted coefficients, and takes ghosts below 3 sigma of a PSF (seed crosstalk)', () => {
  const night = makeNight({ crosstalk: 1e-3, cti: 0, nonlinearity: 0, deadColumns: 0 }, 'crosstalk');
  const random = createRandom('crosstalk stars');
  const exposures = Array.from({ length: 6 }, (_, n) =>
    night.sky(n, {
      sources: Array.from({ length: 20 }, (__, k) => starAt(k, random.uniform(-2.3e-4, 2.3e-4), random.uniform(-2.3e-4, 2.3e-4), 15.5)),
    }),
  );
  const width = exposures[0].raw[0].width;
  const fit = fitCrosstalk(exposures.map((exposure) => ({ planes: planesOf(exposure), width })));
  for (let i = 0; i < 16; i++) {
    if (i % 5 === 0) continue;
    const deviation = fit.linear[i] - night.signature.crosstalk[i];
    expect(Math.abs(deviation)).toBeLessThan(Math.max(4 * fit.linearErrors[i], 1e-5));
    expect(fit.linearErrors[i]).toBeLessThan(1e-4);
  }
  // A star of another exposure, seen in the next amplifier.
  const other = night.sky(99, { sources: [starAt(1, -1.2e-4, -1.1e-4, 15)] });
  const planes = planesOf(other);
  const { x, y } = other.drawn[0];
  const source = night.detector.amplifiers.findIndex(
    ({ box }) => x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height,
  );
  const { box, rawData, flipX, flipY } = night.detector.amplifiers[source];
  const victim = (source + 1) % 4;
  const at = {
    x: rawData.x + (flipX ? box.width - 1 - (Math.round(x) - box.x) : Math.round(x) - box.x),
    y: rawData.y + (flipY ? box.height - 1 - (Math.round(y) - box.y) : Math.round(y) - box.y),
  };
  const excess = (): number => {
    let [sum, n] = [0, 0];
    const ring: number[] = [];
    for (let j = -12; j <= 12; j++)
      for (let i = -12; i <= 12; i++) {
        const v = planes[victim][(at.y + j) * width + at.x + i];
        if (Math.abs(i) <= 2 && Math.abs(j) <= 2) [sum, n] = [sum + v, n + 1];
        else if (Math.abs(i) > 8 || Math.abs(j) > 8) ring.push(v);
      }
    const mean = ring.reduce((a, b) => a + b, 0) / ring.length;
    const sigma = Math.sqrt(ring.reduce((a, b) => a + (b - mean) ** 2, 0) / ring.length);
    return (sum - n * mean) / (sigma * Math.sqrt(n));
  };
  const before = Math.abs(excess());
  subtractCrosstalkInPlace(planes, planes, { victims: 4, sources: 4, linear: Float64Array.from(fit.linear) });
  expect(before).toBeGreaterThan(5);
  expect(Math.abs(excess())).toBeLessThan(3);
  expect(() => fitCrosstalk([{ planes: [new Float32Array(10), new Float32Array(10)], width: 10 }])).toThrow(NoBrightPixelsError);
});

test('charge transfer: inefficiency within 5 %, decay within 10 %, from what trails into the overscan (seed cti)', () => {
  const night = makeNight({ cti: 4e-6, ctiDecay: 1.5, crosstalk: 0 }, 'cti');
  const flats = [0, 1, 2, 3, 4, 5].map((n) => night.flat(n, 60_000));
  for (const k of night.detector.amplifiers.keys()) {
    const fit = fitTransfer(flats.map(({ raw }) => raw[k]));
    expect(Math.abs(fit.inefficiency / 4e-6 - 1)).toBeLessThan(0.05);
    expect(Math.abs(fit.decayPixels / 1.5 - 1)).toBeLessThan(0.1);
  }
  expect(() => fitTransfer([night.bias(0).raw[0]])).toThrow(NoBrightPixelsError);
});

function masked(data: Float32Array): MaskedImage {
  const out = createMaskedImage(512, 512);
  out.image.data.set(data);
  return out;
}

test('a sky flat has the response, a fringe frame the fringes, although stars stand before them (seed sky)', async () => {
  const night = makeNight(
    { fringe: 3, deadColumns: 0, deadFraction: 0, hotFraction: 0, crosstalk: 0, brighterFatter: 0, nonlinearity: 0 },
    'sky',
  );
  const gains = { gains: night.signature.amplifiers.map(({ gain }) => gain) };
  const random = createRandom('sky stars');
  const stars = (n: number): SkySource[] =>
    Array.from({ length: 40 }, (_, k) =>
      starAt(100 * n + k, random.uniform(-2.5e-4, 2.5e-4), random.uniform(-2.5e-4, 2.5e-4), random.uniform(17, 23)),
    );
  const calibrated = (exposure: Exposure, flat: boolean): MaskedImage =>
    masked(
      reduced(
        exposure,
        {
          ...gains,
          bias: night.signature.biasPattern,
          dark: new Float32Array(512 * 512).fill(night.signature.effects.darkCurrent),
          flat: night.signature.response,
        },
        { bias: true, dark: true, flat },
      ),
    );
  const fringed = await combineFringeFrame(
    Array.from({ length: 8 }, (_, n) => calibrated(night.sky(n, { band: 'y', skyMag: 17.6, sources: stars(n) }), true)),
  );
  const pattern = Float32Array.from({ length: 512 * 512 }, (_, i) => fringePattern(night.detector, i % 512, Math.floor(i / 512)));
  const fit = fitFringes({
    ...fringed.image,
    image: fringed.image.data,
    mask: fringed.mask.data,
    badBits: -1,
    frames: [pattern],
    seed: 's',
  })!;
  // Half of the band's 4 %, three times as strong.
  expect(Math.abs(fit.amplitudes[0] / 0.06 - 1)).toBeLessThan(0.03);
  // Fitted to an exposure of its own, the frame takes the fringes off below 1 %.
  const target = calibrated(night.sky(77, { band: 'y', skyMag: 17.6, sources: stars(77) }), true);
  const request = { ...target.image, image: target.image.data, mask: target.mask.data, badBits: -1, seed: 's' };
  const own = fitFringes({ ...request, frames: [fringed.image.data] })!;
  const cleaned = target.image.data.map((v, i) => v - own.amplitudes[0] * fringed.image.data[i]);
  const before = fitFringes({ ...request, frames: [pattern] })!.amplitudes[0];
  const after = fitFringes({ ...request, image: cleaned, frames: [pattern] })!.amplitudes[0];
  expect(Math.abs(after / before)).toBeLessThan(0.01);

  const even = makeNight(
    { fringe: 0, deadColumns: 0, deadFraction: 0, hotFraction: 0, crosstalk: 0, brighterFatter: 0, nonlinearity: 0 },
    'sky',
  );
  const flat = await combineSkyFlat(Array.from({ length: 6 }, (_, n) => calibrated(even.sky(n, { skyMag: 17, sources: stars(n) }), false)));
  const { response } = even.signature;
  const ratios = Float64Array.from(response, (r, i) => flat.image.data[i] / r);
  const level = ratios.reduce((a, b) => a + b, 0) / ratios.length;
  // Each exposure has a gradient of its own, which the median leaves in part.
  let worst = 0;
  for (let cy = 0; cy < 8; cy++)
    for (let cx = 0; cx < 8; cx++) {
      let sum = 0;
      for (let j = 0; j < 64; j++) for (let i = 0; i < 64; i++) sum += ratios[(cy * 64 + j) * 512 + cx * 64 + i];
      worst = Math.max(worst, Math.abs(sum / 4096 / level - 1));
    }
  expect(worst).toBeLessThan(0.01);
});

test('an uneven illumination of 3 % comes back to 2 mmag from dithered stars (seed illumination)', () => {
  const random = createRandom('illumination');
  const planted = (x: number, y: number): number => 0.03 * Math.sin(x / 200) * Math.cos(y / 250) + 0.01 * (x / 512 - 0.5);
  const stars = Array.from({ length: 300 }, () => ({
    x: random.uniform(-150, 660),
    y: random.uniform(-150, 660),
    mag: random.uniform(15, 19),
  }));
  const observations = Array.from({ length: 12 }, (_, exposure) => {
    const [dx, dy, zero] = [random.uniform(-150, 150), random.uniform(-150, 150), random.normal(0, 0.05)];
    return stars.flatMap((s, star) => {
      // Half of the exposures are rotated by a quarter: pointings alone leave a gradient open where zero points are free.
      const [x, y] = exposure % 2 === 0 ? [s.x + dx, s.y + dy] : [511 - s.y + dx, s.x + dy];
      if (x < 0 || y < 0 || x > 511 || y > 511) return [];
      const outlier = random.uniform() < 0.02 ? 0.5 : 0;
      return [{ star, exposure, x, y, magErr: 0.005, mag: s.mag + zero + planted(x, y) + random.normal(0, 0.005) + outlier }];
    });
  }).flat();
  const { surface, residual } = fitIllumination(observations, { width: 512, height: 512, order: 4, zeroPointSigma: 0.1 });
  const differences: number[] = [];
  for (let y = 20; y < 500; y += 20)
    for (let x = 20; x < 500; x += 20) differences.push(evaluateChebyshev2D(surface, x, y) - planted(x, y));
  const mean = differences.reduce((a, b) => a + b, 0) / differences.length;
  const rms = Math.sqrt(differences.reduce((a, d) => a + (d - mean) ** 2, 0) / differences.length);
  expect(rms).toBeLessThan(0.002);
  expect(residual).toBeLessThan(0.007);
});

test('a known kernel comes back to 1e-5 from exact covariances, and noise is not taken for one', () => {
  const side = 9;
  const value = (x: number, y: number): number =>
    Math.abs(x) < side && Math.abs(y) < side ? -1e-6 * Math.exp(-(x * x + 1.3 * y * y) / 9) : 0;
  const laplacian = (x: number, y: number): number =>
    value(x - 1, y) + value(x + 1, y) + value(x, y - 1) + value(x, y + 1) - 4 * value(x, y);
  const quarter = Array.from({ length: side * side }, (_, i) => -laplacian(i % side, Math.floor(i / side)));
  const { values } = solvePoisson(quarter, side);
  for (const [i, v] of values.entries()) expect(Math.abs(v - value((i % 17) - 8, Math.floor(i / 17) - 8))).toBeLessThan(1e-11);
  const flatNoise = [1e4, 3e4, 5e4].map((mean) => ({
    mean,
    covariances: Array.from({ length: 81 }, (_, i) => (i === 0 ? mean : 0)),
    maxLag: 8,
    pixels: 1e5,
  }));
  expect(() => solveBrighterFatterKernel(flatNoise)).toThrow(KernelNotFoundError);
});
