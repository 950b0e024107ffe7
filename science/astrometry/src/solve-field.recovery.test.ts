import { expect, test } from 'vitest';
import { type SimulatedField, simulateField, worstErrorPixel } from '../test/simulated-field.ts';
import { solveField } from './solve-field.ts';

const guided = ({ sources, reference, size, initialWcs }: SimulatedField) =>
  solveField(sources, reference, { width: size, height: size, initialWcs });
const blind = ({ sources, reference, size, pixelScale }: SimulatedField, error: number) =>
  solveField(sources, reference, { width: size, height: size, pixelScale: pixelScale * (1 + error) });

/** The distortion of the simulated fields bends them by several pixels; a plain TAN through few stars is off by that. */
const TRUE_PIXELS = 20;

test.each([20, 50, 200, 1000])(
  'fields of %d stars are solved with a pointing off by 2 arcmin and 2 degrees, and blind with a wrong scale',
  (stars) => {
    for (let k = 0; k < 6; k++) {
      const field = simulateField({ seed: `recovery ${stars} ${k}`, stars, knownDistortion: true, mirrored: k % 4 === 3 });
      expect(worstErrorPixel(field.truth, guided(field).wcs, field.size)).toBeLessThan(2);
      expect(worstErrorPixel(field.truth, blind(field, k % 2 ? 0.09 : -0.09).wcs, field.size)).toBeLessThan(TRUE_PIXELS);
    }
  },
);

test('half of the sources false and half of the stars missing from the catalogue do not hide the field', () => {
  for (let k = 0; k < 5; k++) {
    const field = simulateField({ seed: `dirty ${k}`, stars: 300, missing: 0.5, spurious: 0.5, colour: 0.6 });
    expect(worstErrorPixel(field.truth, guided(field).wcs, field.size)).toBeLessThan(1);
  }
});

test('bright stars fit to a few milliarcseconds and the stated scatter is the true one', () => {
  const field = simulateField({ seed: 'bright', stars: 2000, noise: [0.01, 0.01] });
  const { wcs, scatterArcsec, used, dx } = guided(field);
  expect(scatterArcsec * 1000).toBeGreaterThan(1.9);
  expect(scatterArcsec * 1000).toBeLessThan(2.1);
  expect(worstErrorPixel(field.truth, wcs, field.size) * 0.2).toBeLessThan(0.002);
  expect(used.length).toBe(dx.length);
});

test('a crowded field of 20,000 sources is solved in bounded time', () => {
  const field = simulateField({ seed: 'crowded', stars: 20_000 });
  expect(worstErrorPixel(field.truth, blind(field, 0.03).wcs, field.size)).toBeLessThan(0.2);
});

test('the stars of another field never give a solution', () => {
  for (const stars of [20, 100, 1000])
    for (let k = 0; k < 3; k++) {
      const here = simulateField({ seed: `false ${stars} ${k}`, stars });
      const there = simulateField({ seed: `other ${stars} ${k}`, stars });
      expect(() => blind({ ...here, reference: there.reference }, 0)).toThrow(expect.objectContaining({ code: 'astrometry.not-solved' }));
      expect(() => guided({ ...here, reference: there.reference, initialWcs: there.initialWcs })).toThrow(
        expect.objectContaining({ code: 'astrometry.not-solved' }),
      );
    }
});

test.each<[string, (field: SimulatedField) => unknown, string]>([
  [
    'a wrong plate scale',
    (f) => solveField(f.sources, f.reference, { width: f.size, height: f.size, pixelScale: f.pixelScale * 1.5 }),
    'astrometry.not-solved',
  ],
  [
    'no reference stars',
    (f) =>
      solveField(f.sources, simulateField({ seed: 'far', stars: 50 }).reference, {
        width: f.size,
        height: f.size,
        initialWcs: f.initialWcs,
      }),
    'astrometry.too-few-stars',
  ],
  [
    'two sources',
    (f) => solveField({ x: [1, 2], y: [1, 2], flux: [1, 2] }, f.reference, { width: 9, height: 9, pixelScale: 1e-6 }),
    'astrometry.too-few-stars',
  ],
  [
    'sources that are all NaN',
    (f) =>
      solveField({ x: new Float64Array(50).fill(Number.NaN), y: new Float64Array(50), flux: new Float64Array(50) }, f.reference, {
        width: 9,
        height: 9,
        pixelScale: 1e-6,
      }),
    'astrometry.too-few-stars',
  ],
  [
    'columns of different lengths',
    (f) => solveField({ x: [1], y: [], flux: [1] }, f.reference, { width: 9, height: 9, pixelScale: 1e-6 }),
    'astrometry.bad-input',
  ],
  ['neither scale nor WCS', (f) => solveField(f.sources, f.reference, { width: 9, height: 9 }), 'astrometry.bad-input'],
  [
    'all sources in one place',
    (f) =>
      solveField({ x: new Float64Array(50).fill(7), y: new Float64Array(50).fill(7), flux: new Float64Array(50).fill(1) }, f.reference, {
        width: 4096,
        height: 4096,
        pixelScale: f.pixelScale,
      }),
    'astrometry.not-solved',
  ],
])('%s ends in a coded error', (_, solve, code) => {
  expect(() => solve(simulateField({ seed: 'errors', stars: 60 }))).toThrow(expect.objectContaining({ code }));
});

test('the same input gives the same solution, bit for bit', () => {
  const field = simulateField({ seed: 'same', stars: 100 });
  expect(guided(field).wcs.definition).toEqual(guided(field).wcs.definition);
});
