import { readFile } from 'node:fs/promises';
import { evaluateBackground, measureBackground } from '@almagest/characterization';
import { openFits } from '@almagest/fits';
import { findImageHdu, type Image, readPlacedImage } from '@almagest/image';
import { openFile } from '@almagest/resources';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { detectSources, measureKronFlux, measureWindowedCentroid, sumInCirclesInto } from '../../src/index.ts';

const FOLDER = 'detection-sextractor-golden';

async function readImage(name: string): Promise<Image> {
  await using source = await openFile(dataPath(`${FOLDER}/${name}`));
  return (await readPlacedImage(await findImageHdu(await openFits(source)))).image;
}

/** A row of the catalogue; places counted from zero, errors as it gives them. */
interface Row {
  readonly x: number;
  readonly y: number;
  readonly xWin: number;
  readonly yWin: number;
  /** Second moments over the isophote [pixel^2]. */
  readonly xx: number;
  readonly yy: number;
  readonly xy: number;
  /** Error of the place, both coordinates together [pixel]. */
  readonly placeErr: number;
  readonly flux: number;
  readonly fluxErr: number;
  readonly kronRadius: number;
  readonly fluxAuto: number;
  readonly fluxAutoErr: number;
  /** Radius that holds half of the light [pixel]. */
  readonly halfLight: number;
  readonly flags: number;
}

async function readCatalogue(): Promise<Row[]> {
  const text = await readFile(dataPath(`${FOLDER}/image.cat`), 'utf8');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const cells = line.trim().split(/\s+/).map(Number);
      const [, x, y, xWin, yWin, xx, yy, xy, xErr2, yErr2] = cells;
      const [flux, fluxErr, kronRadius, fluxAuto, fluxAutoErr, , halfLight] = cells.slice(12);
      // FITS counts pixels from one.
      const places = { x: x - 1, y: y - 1, xWin: xWin - 1, yWin: yWin - 1, placeErr: Math.sqrt(xErr2 + yErr2) };
      return { ...places, xx, yy, xy, flux, fluxErr, kronRadius, fluxAuto, fluxAutoErr, halfLight, flags: cells.at(-1)! };
    });
}

/** Rows without a flag, ten pixels and more from the edge. */
async function soundRows(least: number): Promise<Row[]> {
  const inside = (value: number): boolean => value > 10 && value < 245;
  return (await readCatalogue()).filter((row) => row.flags === 0 && row.flux > least * row.fluxErr && inside(row.x) && inside(row.y));
}

/** The image without SExtractor's own sky. */
async function readClean(): Promise<Image> {
  const [image, sky] = await Promise.all(['image.fits', 'back.fits'].map(readImage));
  return { ...image, data: image.data.map((value, k) => value - sky.data[k]) };
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

test.skipIf(!haveData)('aperture sums at its places and on its sky are those of the catalogue within a tenth of their errors', async () => {
  const clean = await readClean();
  const rows = await soundRows(5);
  expect(rows.length).toBeGreaterThan(40);
  const [sums, areas] = [new Float64Array(1), new Float64Array(1)];
  for (const row of rows) {
    sumInCirclesInto(clean, row, [5], sums, areas);
    expect(Math.abs(sums[0] - row.flux) / row.fluxErr).toBeLessThan(0.1);
  }
});

test.skipIf(!haveData)('windowed places are those of the catalogue within a twentieth of their errors', async () => {
  const clean = await readClean();
  const rows = await soundRows(5);
  const pulls = rows.map((row) => {
    // The window's FWHM is the diameter that holds half of the light.
    const found = measureWindowedCentroid(clean, row, { sigmaPixels: (2 * row.halfLight) / 2.3548, skyVariance: 1, gain: 0 });
    return Math.hypot(found.x - row.xWin, found.y - row.yWin) / row.placeErr;
  });
  // The others are blends that the catalogue kept whole: the window walks to one of their stars or the other.
  expect(pulls.filter((pull) => pull < 0.05).length / rows.length).toBeGreaterThan(0.85);
});

test.skipIf(!haveData)('Kron fluxes in its ellipses are those of the catalogue within their errors', async () => {
  const clean = await readClean();
  const pulls: number[] = [];
  for (const row of await soundRows(5)) {
    const [middle, half] = [(row.xx + row.yy) / 2, Math.hypot((row.xx - row.yy) / 2, row.xy)];
    const shape = { a: Math.sqrt(middle + half), b: Math.sqrt(middle - half), theta: Math.atan2(2 * row.xy, row.xx - row.yy) / 2 };
    const { flux, radius } = measureKronFlux(clean, { ...row, ...shape }, { factor: 2.5, minimum: 0 });
    // Where light of a neighbour lies in the first moment, the radii are of different things: it leaves out pixels of other sources.
    if (Math.abs(radius / row.kronRadius - 1) < 0.05) pulls.push(Math.abs(flux - row.fluxAuto) / row.fluxAutoErr);
  }
  expect(pulls.length).toBeGreaterThan(10);
  expect(pulls.filter((pull) => pull < 1).length / pulls.length).toBeGreaterThan(0.9);
});

test.skipIf(!haveData)('what it finds at S/N 10 is found', async () => {
  const image = await readImage('image.fits');
  const sources = detectSources(image, { threshold: 4, cellPixels: 64 });
  const [x, y] = [sources.columns['x'], sources.columns['y']];
  const rows = await soundRows(10);
  expect(rows.length).toBeGreaterThan(10);
  const isFound = (row: Row): boolean => Array.from(x).some((value, i) => Math.hypot(value - row.x, y[i] - row.y) < 2);
  expect(rows.filter(isFound).length / rows.length).toBeGreaterThan(0.95);
});
