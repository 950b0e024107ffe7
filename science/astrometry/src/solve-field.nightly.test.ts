import { expect, test } from 'vitest';
import { simulateField, worstErrorPixel } from '../test/simulated-field.ts';
import { solveField } from './solve-field.ts';

test.each([20, 50, 200, 1000, 5000, 50_000])('99 % of fields of %d stars are solved, guided and blind, and none falsely', (stars) => {
  const trials = stars > 2000 ? 10 : 200;
  let solved = 0;
  let wrong = 0;
  for (let k = 0; k < trials; k++) {
    const field = simulateField({ seed: `nightly ${stars} ${k}`, stars, knownDistortion: true, mirrored: k % 5 === 0 });
    const { sources, reference, size, initialWcs, pixelScale } = field;
    for (const options of [{ initialWcs }, { pixelScale: pixelScale * (k % 2 ? 1.09 : 0.92) }]) {
      try {
        const error = worstErrorPixel(field.truth, solveField(sources, reference, { width: size, height: size, ...options }).wcs, size);
        if (error < 20) solved++;
        else wrong++;
      } catch (error) {
        expect(error).toMatchObject({ code: 'astrometry.not-solved' });
      }
    }
  }
  expect(wrong).toBe(0);
  expect(solved / (2 * trials)).toBeGreaterThanOrEqual(0.99);
});
