import { getDetector, loadCamera, makeBox } from '@almagest/instrument';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { DEFAULT_EFFECTS } from '../profile/profile-schema.ts';
import { bleedInPlace } from './bleed.ts';
import { pushBoundariesInPlace } from './brighter-fatter.ts';
import { drawCosmicRays } from './cosmic-rays.ts';
import { readOut } from './read-out.ts';
import { brighterFatterKernel, makeSignature } from './signature.ts';

const sum = (data: Float32Array): number => data.reduce((a, b) => a + b, 0);

test('the brighter-fatter effect conserves charge and widens a star', () => {
  const side = 65;
  const charge = Float32Array.from(
    { length: side * side },
    (_, i) => 500 + 60_000 * Math.exp(-(((i % side) - 32) ** 2 + (Math.floor(i / side) - 32) ** 2) / 8),
  );
  const before = Float32Array.from(charge);
  pushBoundariesInPlace(charge, { width: side, height: side }, brighterFatterKernel(0.25));
  expect(sum(charge) / sum(before)).toBeCloseTo(1, 6);
  const loss = 1 - charge[32 * side + 32] / before[32 * side + 32];
  expect(loss).toBeGreaterThan(0.01);
  expect(loss).toBeLessThan(0.1);
});

test('photon noise falls short of Poisson by the planted fraction', () => {
  const side = 256;
  const level = 40_000;
  const random = createRandom('bf noise');
  const charge = Float32Array.from({ length: side * side }, () => random.poisson(level));
  pushBoundariesInPlace(charge, { width: side, height: side }, brighterFatterKernel(0.25));
  const inner: number[] = [];
  for (let y = 10; y < side - 10; y++) for (let x = 10; x < side - 10; x++) inner.push(charge[y * side + x]);
  const mean = inner.reduce((a, b) => a + b, 0) / inner.length;
  const variance = inner.reduce((a, b) => a + (b - mean) ** 2, 0) / inner.length;
  // 0.25 at 100,000 electrons is 0.1 at 40,000; second order takes a little back.
  expect(1 - variance / level).toBeGreaterThan(0.08);
  expect(1 - variance / level).toBeLessThan(0.11);
});

test('bleeding conserves charge away from the edges and stops at the full well', () => {
  const charge = new Float32Array(5 * 101).fill(10);
  charge[50 * 5 + 2] = 2_000_000;
  charge[51 * 5 + 2] = 300_000;
  const before = sum(charge);
  bleedInPlace(charge, 5, makeBox(0, 0, 5, 101), 100_000);
  expect(sum(charge)).toBeCloseTo(before, -1);
  expect(Math.max(...charge)).toBeLessThanOrEqual(100_000);
  expect(charge[50 * 5 + 1]).toBe(10);
});

test('a flat read-out without effects gives bias plus light over gain, and overscan at the bias', () => {
  const detector = getDetector(loadCamera('simcam-tiny'), 0);
  const none = { ...DEFAULT_EFFECTS, biasPattern: 0, biasDrift: 0, nonlinearity: 0, crosstalk: 0, cti: 0 };
  const signature = makeSignature(detector, none, 'x');
  const raws = readOut(new Float32Array(512 * 512).fill(20_000), detector, signature, createRandom('read'));
  for (const [k, { data, width }] of raws.entries()) {
    const { biasAdu, gain, readNoise } = signature.amplifiers[k];
    const at = (x: number): number[] => Array.from({ length: 256 }, (_, y) => data[y * width + x]);
    const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    expect(Math.abs(mean(at(100)) - biasAdu - 20_000 / gain)).toBeLessThan((5 * readNoise) / gain / 16);
    expect(Math.abs(mean(at(280)) - biasAdu)).toBeLessThan((5 * readNoise) / gain / 16);
  }
});

test('charge-transfer inefficiency moves charge into the overscan and loses none', () => {
  const detector = getDetector(loadCamera('simcam-tiny'), 0);
  const only = {
    ...DEFAULT_EFFECTS,
    gainScatter: 0,
    biasAdu: 500,
    biasScatterAdu: 0,
    biasPattern: 0,
    biasDrift: 0,
    nonlinearity: 0,
    crosstalk: 0,
    cti: 1e-5,
  };
  const signature = makeSignature(detector, only, 'x');
  const quiet = { ...signature, amplifiers: signature.amplifiers.map((a) => ({ ...a, gain: 1, readNoise: 0 })) };
  const [raw] = readOut(new Float32Array(512 * 512).fill(50_000), detector, quiet, createRandom('read'));
  const row = Array.from(raw.data.subarray(100 * raw.width, 101 * raw.width), (v) => v - 500);
  const deferred = row[8 + 256] + row[8 + 257] + row[8 + 258];
  expect(deferred).toBeGreaterThan(100);
  expect(Math.abs(row.reduce((a, b) => a + b, 0) - 256 * 50_000)).toBeLessThan(20);
});

test('cosmic rays are as many as asked, and leave charge', () => {
  const hits = drawCosmicRays({ width: 1000, height: 1000 }, 400, createRandom('cr'));
  expect(Math.abs(hits.count - 400)).toBeLessThan(100);
  expect(hits.indices.length).toBeGreaterThan(hits.count);
  expect(Math.min(...hits.electrons)).toBeGreaterThan(0);
});
