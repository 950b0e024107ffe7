import { readFileSync } from 'node:fs';
import { bytesSource } from '@almagest/fits';
import { dataPath, haveData } from '@almagest/test-data';
import { computePixelScale, readWcsFile } from '@almagest/wcs';
import { expect, test } from 'vitest';
import { createReferenceCatalogue, type FieldSources, solveField } from '../../src/index.ts';

const DEG = Math.PI / 180;
const sources = JSON.parse(readFileSync(new URL('panoptes/sources.json', import.meta.url), 'utf8')) as Record<string, FieldSources>;

test.skipIf(!haveData).each([
  // The solution in the header is good to a pixel; between the frames the field moves by a few.
  ['panoptes-dslr-bayer-solved.fits.fz', 2],
  ['panoptes-dslr-bayer-unsolved.fits', 5],
])('%s is solved blind by seventeen Hipparcos stars of unknown brightness', async (name, pixels) => {
  const solved = new Uint8Array(readFileSync(dataPath('single-raw-frames', 'panoptes-dslr-bayer-solved.fits.fz')));
  const { wcs: truth } = await readWcsFile(bytesSource(solved));
  const centre = truth.pixelToSky(349.5, 349.5);
  const scale = computePixelScale(truth, 349.5, 349.5);
  const rows = readFileSync(dataPath('refcats', 'hipparcos-main.csv'), 'utf8').trim().split('\n').slice(1).map((line) => line.split(',').map(Number));
  const [ra, dec] = [0, 1].map((column) => Float64Array.from(rows, (row) => row[column] * DEG));
  const reference = createReferenceCatalogue({ ra, dec, mag: new Float64Array(rows.length).fill(Number.NaN) }, 1991.25);
  const found = sources[name];
  const solution = solveField({ ...found, sigma: Float64Array.from(found.x, () => 0.3) }, reference, {
    width: 700,
    height: 700,
    pixelScale: scale * 1.05,
    pointing: { ...centre, radius: 5 * DEG },
    order: 1,
  });
  const at = solution.wcs.skyToPixel(centre.ra, centre.dec);
  expect(Math.hypot(at.x - 349.5, at.y - 349.5)).toBeLessThan(pixels);
  expect(computePixelScale(solution.wcs, 349.5, 349.5) / scale).toBeCloseTo(1, 2);
  expect(solution.scatterPixel).toBeLessThan(0.5);
});
