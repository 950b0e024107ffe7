import { makeBox } from '@almagest/instrument';
import { loadCamera } from '@almagest/instrument';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import {
  type CrosstalkMatrix,
  divideByFlatInPlace,
  fitAmplifierOffsets,
  fitLevelsInPlace,
  growBitInPlace,
  interpolateMaskedInPlace,
  linearizeInPlace,
  maskBrightStarsInPlace,
  maskDefectsInPlace,
  measureOverscan,
  MEDIAN_PER_ROW,
  restoreDeferredChargeInPlace,
  subtractCrosstalkInPlace,
} from './index.ts';

const random = createRandom('isr steps');

test('the median of whole numbers does not jump by 1 ADU', () => {
  const data = new Uint16Array(60 * 400);
  for (let y = 0; y < 400; y++) for (let x = 0; x < 60; x++) data[y * 60 + x] = Math.round(1000.3 + random.normal(0, 2));
  const { levels, residualStdev } = measureOverscan({ data, width: 60, box: makeBox(10, 0, 50, 400), lines: 'rows' }, MEDIAN_PER_ROW)!;
  const mean = levels.reduce((a, b) => a + b, 0) / 400;
  expect(Math.abs(mean - 1000.3)).toBeLessThan(0.05);
  expect(Math.abs(residualStdev / Math.hypot(2, 1 / Math.sqrt(12)) - 1)).toBeLessThan(0.02);
});

test('medians by counting are those by sorting (seed counting)', () => {
  const wild = createRandom('counting');
  for (const width of [9, 10, 47]) {
    const data = new Uint16Array(width * 300);
    for (let i = 0; i < data.length; i++) data[i] = 500 + Math.round(wild.normal(0, i % 7 === 0 ? 40 : 1.5));
    const request = { width, box: makeBox(0, 0, width, 300), lines: 'rows' as const };
    const counted = measureOverscan({ data, ...request }, { ...MEDIAN_PER_ROW, skipNear: 0 })!;
    for (let y = 0; y < 300; y++) {
      const row = [...data.subarray(y * width, (y + 1) * width)].toSorted((a, b) => a - b);
      const n = row.length;
      const middle = (row[(n - 1) >> 1] + row[n >> 1]) / 2;
      const bin = Math.round(middle);
      const at = row.filter((v) => v === bin).length;
      const expected = at === 0 ? middle : bin - 0.5 + (n / 2 - row.filter((v) => v < bin).length) / at;
      expect(counted.levels[y]).toBeCloseTo(expected, 9);
    }
  }
});

test('a ramp and a hot column of the overscan do not disturb its levels', () => {
  const data = new Float32Array(40 * 100);
  for (let y = 0; y < 100; y++) for (let x = 0; x < 40; x++) data[y * 40 + x] = 500 + 0.7 * y + (x === 20 ? 5000 : 0);
  for (const estimator of ['median', 'mean'] as const) {
    const { levels, rejected } = measureOverscan(
      { data, width: 40, box: makeBox(0, 0, 40, 100), lines: 'rows' },
      { ...MEDIAN_PER_ROW, estimator },
    )!;
    expect(rejected).toBe(100);
    for (const [y, level] of levels.entries()) expect(level).toBeCloseTo(500 + 0.7 * y, 3);
  }
  const columns = measureOverscan({ data, width: 40, box: makeBox(0, 0, 10, 100), lines: 'columns' }, { ...MEDIAN_PER_ROW, skipNear: 0 })!;
  expect(columns.levels.length).toBe(10);
  expect(columns.levels[3]).toBeCloseTo(500 + 0.7 * 49.5, 3);
});

test.each([
  ['polynomial', { kind: 'polynomial', order: 3 }],
  ['spline', { kind: 'spline', knots: 20 }],
] as const)('a %s through levels follows a smooth drift and fills lines that have none', (_, fit) => {
  const truth = (k: number): number => 1000 + 5 * Math.sin(k / 150) + 0.01 * k;
  const levels = Float64Array.from({ length: 400 }, (__, k) => (k > 100 && k < 110 ? Number.NaN : truth(k) + random.normal(0, 0.2)));
  expect(fitLevelsInPlace(levels, fit)).toBe(true);
  for (const k of [5, 105, 200, 395]) expect(Math.abs(levels[k] - truth(k))).toBeLessThan(0.25);
});

test('an overscan without a usable pixel is said so', () => {
  expect(measureOverscan({ data: new Uint16Array(100), width: 10, box: makeBox(8, 0, 2, 10), lines: 'rows' }, MEDIAN_PER_ROW)).toBeNull();
  expect(fitLevelsInPlace(new Float64Array(3).fill(Number.NaN), { kind: 'none' })).toBe(false);
});

test('linear and quadratic crosstalk are subtracted from the observed planes', () => {
  const signals = [0, 1, 2].map((k) => Float32Array.from({ length: 100_000 }, (_, i) => (i % (k + 7) === 0 ? 50_000 : 100)));
  const matrix: CrosstalkMatrix = {
    victims: 3,
    sources: 3,
    linear: Float64Array.of(0, 1e-4, -2e-4, 3e-4, 0, 1e-4, 0, 2e-4, 0),
    quadratic: Float64Array.of(0, 1e-9, 0, 0, 0, 0, 2e-9, 0, 0),
  };
  const observed = signals.map((own, v) =>
    own.map(
      (value, i) => value + signals.reduce((sum, s, k) => sum + s[i] * (matrix.linear[v * 3 + k] + matrix.quadratic![v * 3 + k] * s[i]), 0),
    ),
  );
  subtractCrosstalkInPlace(observed, observed, matrix);
  for (const [v, plane] of observed.entries())
    for (let i = 0; i < plane.length; i += 997) expect(Math.abs(plane[i] - signals[v][i])).toBeLessThan(0.02);
});

test.each([
  ['polynomial', { type: 'polynomial', coefficients: [2e-7, 1e-13] }],
  ['polynomial of third order', { type: 'polynomial', coefficients: [2e-7, 0, 1e-18] }],
  ['spline', { type: 'spline', knots: [0, 10_000, 20_000, 40_000, 60_000], values: [0, 20, 80, 320, 720] }],
  ['lookup', { type: 'lookup', table: Array.from({ length: 65_536 }, (_, u) => 2e-7 * u * u) }],
] as const)('linearity by %s adds what it should within 1e-3', (_, linearity) => {
  const data = Float32Array.of(-5, 0, 15_000, 35_000, 55_000);
  linearizeInPlace(data, linearity as never);
  for (const [k, u] of [0, 15_000, 35_000, 55_000].entries())
    expect(Math.abs(data[k + 1] - u - 2e-7 * u * u)).toBeLessThan(1e-3 * u + 1e-6);
  expect(linearizeInPlace(Float32Array.of(70_000), { type: 'lookup', table: [0, 1] })).toBe(1);
});

test('deferred charge goes back where it came from', () => {
  const box = makeBox(4, 0, 100, 1);
  const truth = Float32Array.from({ length: 120 }, (_, x) => (x >= 4 && x < 104 ? 10_000 + (x === 50 ? 80_000 : 0) : 0));
  const data = Float32Array.from(truth);
  const release = 1 - Math.exp(-1 / 2);
  let trapped = 0;
  for (let x = 4; x < 120; x++) {
    const lost = 1e-5 * Math.min(x, 104) * data[x];
    const released = trapped * release;
    trapped += lost - released;
    data[x] += released - lost;
  }
  expect(data[104]).toBeGreaterThan(2);
  restoreDeferredChargeInPlace(data, 120, box, { inefficiency: 1e-5, decayPixels: 2 });
  for (const [x, value] of data.entries()) expect(Math.abs(value - truth[x])).toBeLessThan(0.02);
});

test('a flat that is zero or NaN leaves the pixel alone and flags it', () => {
  const image = Float32Array.of(4, 5, 6);
  const variance = Float32Array.of(4, 4, 4);
  const mask = new Int32Array(3);
  expect(divideByFlatInPlace(image, variance, mask, { flat: Float32Array.of(2, 0, Number.NaN), bits: 8 })).toEqual({ unusable: 2 });
  expect([...image, ...variance, ...mask]).toEqual([2, 5, 6, 1, 4, 4, 0, 8, 8]);
});

test('masks grow by squares and stay inside', () => {
  const mask = new Int32Array(25);
  mask[0] = 2;
  mask[12] = 2 | 4;
  growBitInPlace(mask, { width: 5, height: 5 }, 2, 1);
  expect([...mask].map((v) => v & 2)).toEqual([2, 2, 0, 0, 0, 2, 2, 2, 2, 0, 0, 2, 2, 2, 0, 0, 2, 2, 2, 0, 0, 0, 0, 0, 0]);
  expect([...mask].filter((v) => v & 4).length).toBe(1);
  expect(maskDefectsInPlace(mask, { width: 5, height: 5 }, [makeBox(3, 3, 10, 10)], 8)).toBe(4);
});

test('halos of bright stars and ghosts about the axis are flagged', () => {
  const mask = new Int32Array(200 * 200);
  const shape = { width: 200, height: 200 };
  const count = maskBrightStarsInPlace(
    mask,
    shape,
    [{ x: 150, y: 100, magnitude: 8 }],
    { bits: 1, axis: { x: 100, y: 100 }, ghosts: [{ magnification: -1, innerRadius: 5, outerRadius: 20 }] },
    { referenceMag: 10, radius: 10, radiusPerMag: 5, ghostMag: 9 },
  );
  expect(count).toBeGreaterThan(1500);
  expect([mask[100 * 200 + 150], mask[100 * 200 + 50], mask[100 * 200 + 60]]).toEqual([1, 0, 1]);
});

/** Flux of a star on a flat background, all pixels. */
function starFlux(image: Float32Array, sky: number): number {
  return image.reduce((sum, v) => sum + v - sky, 0);
}

test.each([0, 0.25, 0.5])('a star with a masked column through its core (offset %s) keeps its flux within 1 %', (offset) => {
  const side = 41;
  const draw = (): Float32Array =>
    Float32Array.from(
      { length: side * side },
      (_, i) => 100 + 5000 * Math.exp(-(((i % side) - 20 - offset) ** 2 + (Math.floor(i / side) - 20) ** 2) / (2 * (4 / 2.3548) ** 2)),
    );
  const whole = draw();
  const image = draw();
  const mask = new Int32Array(side * side);
  for (let y = 0; y < side; y++) {
    mask[y * side + 20] = 1;
    image[y * side + 20] = 1e6;
  }
  expect(interpolateMaskedInPlace(image, mask, { width: side, height: side, bits: 1, fallback: 0 })).toBe(side);
  expect(Math.abs(starFlux(image, 100) / starFlux(whole, 100) - 1)).toBeLessThan(0.01);
});

test('an image that is masked everywhere gets the fallback, a flat one stays flat', () => {
  const image = new Float32Array(36).fill(7);
  interpolateMaskedInPlace(image, new Int32Array(36).fill(1), { width: 6, height: 6, bits: 1, fallback: 3 });
  expect(image.every((v) => v === 3)).toBe(true);
  const flat = new Float32Array(400).fill(55);
  const mask = Int32Array.from({ length: 400 }, (_, i) => (random.uniform() < 0.3 || i < 3 ? 1 : 0));
  interpolateMaskedInPlace(flat, mask, { width: 20, height: 20, bits: 1, fallback: 0 });
  for (const value of flat) expect(value).toBeCloseTo(55, 3);
});

test('pedestals are found within twice the noise that so short boundaries leave (0.3 electrons)', () => {
  const [detector] = loadCamera('simcam-tiny').detectors;
  const planted = [1, -2, 2, -1];
  const image = Float32Array.from({ length: 512 * 512 }, () => 700 + random.normal(0, 26));
  for (const [k, { box }] of detector.amplifiers.entries())
    for (let y = box.y; y < box.y + box.height; y++)
      for (let x = box.x; x < box.x + box.width; x++) image[y * 512 + x] += planted[k] + 0.001 * x;
  const { pedestals, interfaces } = fitAmplifierOffsets({
    image,
    mask: new Int32Array(512 * 512),
    badBits: 1,
    width: 512,
    amplifiers: detector.amplifiers,
  });
  expect(interfaces.length).toBe(4);
  for (const [k, value] of pedestals.entries()) expect(Math.abs(value - planted[k])).toBeLessThan(0.6);
});
