import { readFile } from 'node:fs/promises';
import { evaluateBackground, measureBackground } from '@almagest/characterization';
import { openFits } from '@almagest/fits';
import { findImageHdu, type Image, readPlacedImage } from '@almagest/image';
import { openFile } from '@almagest/resources';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { detectSources, measureWindowedCentroid, sumInCirclesInto } from '../../src/index.ts';

const FOLDER = 'detection-sextractor-golden';

async function readImage(name: string): Promise<Image> {
  await using source = await openFile(dataPath(`${FOLDER}/${name}`));
  return (await readPlacedImage(await findImageHdu(await openFits(source)))).image;
}

interface Row {
  readonly x: number;
  readonly y: number;
  readonly xWin: number;
  readonly yWin: number;
  readonly flux: number;
  readonly fluxErr: number;
  readonly flags: number;
}

async function readCatalogue(): Promise<Row[]> {
  const text = await readFile(dataPath(`${FOLDER}/image.cat`), 'utf8');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const cells = line.trim().split(/\s+/).map(Number);
      // FITS counts pixels from one.
      return { x: cells[1] - 1, y: cells[2] - 1, xWin: cells[3] - 1, yWin: cells[4] - 1, flux: cells[12], fluxErr: cells[13], flags: cells.at(-1)! };
    });
}

test.skipIf(!haveData)('the sky of a real image is SExtractor\'s within the error of a cell', async () => {
  const [image, theirs, rms] = await Promise.all(['image.fits', 'back.fits', 'rms.fits'].map(readImage));
  const background = measureBackground(image, { cellPixels: 64 });
  const ours = { ...image, data: new Float32Array(image.data.length) };
  evaluateBackground(background, ours);
  let [worst, sum] = [0, 0];
  for (let k = 0; k < ours.data.length; k++) {
    const difference = Math.abs(ours.data[k] - theirs.data[k]) / rms.data[k];
    worst = Math.max(worst, difference);
    sum += difference;
  }
  // The mode of a cell of 64 x 64 pixels has itself an error of 0.05 of a pixel's noise.
  expect(sum / ours.data.length).toBeLessThan(0.07);
  expect(worst).toBeLessThan(0.3);
  // Clipping at 3 sigma takes 1.3 % of the noise of a Gaussian, which SExtractor does not give back.
  const theirNoise = rms.data.toSorted()[rms.data.length >> 1];
  expect(Math.abs((0.9866 * background.medianNoise) / theirNoise - 1)).toBeLessThan(0.03);
});

test.skipIf(!haveData)('aperture sums at its places and on its sky are SExtractor\'s within what its five subpixels leave', async () => {
  const [image, sky] = await Promise.all(['image.fits', 'back.fits'].map(readImage));
  const clean = { ...image, data: image.data.map((value, k) => value - sky.data[k]) };
  const rows = (await readCatalogue()).filter((row) => row.flags === 0 && Math.min(row.x, row.y, image.width - 1 - row.x, image.height - 1 - row.y) > 6);
  expect(rows.length).toBeGreaterThan(30);
  const [sums, areas] = [new Float64Array(1), new Float64Array(1)];
  for (const row of rows) {
    sumInCirclesInto(clean, row, [5], sums, areas);
    // A pixel at the rim counts in steps of a twenty-fifth there, exactly here.
    expect(Math.abs(sums[0] - row.flux)).toBeLessThan(0.003 * Math.abs(row.flux) + 0.03 * row.fluxErr);
  }
});

test.skipIf(!haveData)('what SExtractor finds at S/N 10 is found, at its windowed places', async () => {
  const image = await readImage('image.fits');
  const sources = detectSources(image, { threshold: 4, cellPixels: 64 });
  const [x, y] = [sources.columns['x'], sources.columns['y']];
  const rows = (await readCatalogue()).filter((row) => row.flags === 0 && row.flux > 10 * row.fluxErr && row.x > 8 && row.y > 8 && row.x < 247 && row.y < 247);
  expect(rows.length).toBeGreaterThan(10);
  const offsets = rows.map((row) => {
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < sources.count; i++) best = Math.min(best, Math.hypot(x[i] - row.x, y[i] - row.y));
    return best;
  });
  expect(offsets.filter((offset) => offset < 2).length / rows.length).toBeGreaterThan(0.95);
  const sky = await readImage('back.fits');
  const clean = { ...image, data: image.data.map((value, k) => value - sky.data[k]) };
  let near = 0;
  for (const row of rows) {
    const found = measureWindowedCentroid(clean, row, { sigmaPixels: 1.3, skyVariance: 1, gain: 0 });
    if (Math.hypot(found.x - row.xWin, found.y - row.yWin) < 0.1) near++;
  }
  // SExtractor's window has the size of each object's half-light radius, ours that of a star.
  expect(near / rows.length).toBeGreaterThan(0.6);
});
