import { Header } from '@almagest/fits';
import { createMaskedImage, type Exposure, exposureOf, planeBits } from '@almagest/image';
import { runTask } from '@almagest/pipeline';
import { cellAt, getColumn, type Table } from '@almagest/table';
import { readWcs } from '@almagest/wcs';
import { expect, test } from 'vitest';
import { makeImage, quietPlaces, scatterStars, type Star } from '../test/star-pair.ts';
import { buildTemplateTask, subtractTask } from './differencing-tasks.ts';
import { createReliabilityModel } from './reliability/reliability-model.ts';

const SIDE = 384;
const ORIGIN = { x0: 1000, y0: 500 };
const stars = scatterStars(SIDE, 60, 81, { faintest: 5000 });
const places = quietPlaces(SIDE, stars, 82, 60);
const fresh = places.slice(0, 4).map((at): Star => ({ ...at, flux: 12_000 }));
const lost = places.slice(4, 6).map((at): Star => ({ ...at, flux: 12_000 }));

const wcs = readWcs(
  Header.of({
    NAXIS: 2,
    NAXIS1: 2000,
    NAXIS2: 2000,
    CTYPE1: 'RA---TAN',
    CTYPE2: 'DEC--TAN',
    CRVAL1: 150,
    CRVAL2: 2,
    CRPIX1: 1200,
    CRPIX2: 700,
    CD1_1: -0.2 / 3600,
    CD1_2: 0,
    CD2_1: 0,
    CD2_2: 0.2 / 3600,
  }),
);

function exposure(list: readonly Star[], fwhm: number, seed: number): Exposure {
  const masked = createMaskedImage(SIDE, SIDE, ORIGIN);
  masked.image.data.set(makeImage([...stars, ...list], { side: SIDE, fwhm, noise: 25, seed }).data);
  masked.variance.data.fill(625);
  return exposureOf(masked, { wcs });
}

test('dia_detections: places on the sky, fluxes of either sign, flags of the mask and a reliability for each', async () => {
  const science = exposure(fresh, 4, 83);
  const { mask } = science.maskedImage;
  const struck = fresh[3];
  mask.data[Math.round(struck.y) * mask.stride + Math.round(struck.x)] |= planeBits(mask.planes, ['CR', 'INTRP']);
  // A pixel of no response beside another, filled from its neighbours: it costs no area.
  mask.data[Math.round(fresh[0].y + 3) * mask.stride + Math.round(fresh[0].x + 5)] |= planeBits(mask.planes, ['BAD', 'NO_DATA', 'INTRP']);
  const template = exposure(lost, 3.4, 84);
  const { outputs, metadata } = await runTask(subtractTask, { inputs: { science, template } });
  const table = outputs['detections'] as Table;
  const column = (name: string): readonly unknown[] => Array.from({ length: table.nrows }, (_, row) => cellAt(getColumn(table, name), row));
  const numbers = (name: string): readonly number[] => column(name).map(Number);
  const [x, y, flux, score] = ['x', 'y', 'psfFlux', 'reliability'].map(numbers);
  expect(score).toHaveLength(table.nrows);
  expect(score.every((value) => value >= 0 && value <= 1)).toBe(true);
  // The column of the alert database holds seven characters.
  const version = createReliabilityModel().version;
  expect(version).toMatch(/^[0-9a-f]{7}$/);
  expect(new Set(column('reliabilityVersion'))).toEqual(new Set([version]));
  const rowOf = (star: Star): number => x.findIndex((_, row) => Math.hypot(x[row] - star.x - ORIGIN.x0, y[row] - star.y - ORIGIN.y0) < 1);
  for (const star of [...fresh, ...lost]) {
    const row = rowOf(star);
    expect(row).toBeGreaterThanOrEqual(0);
    const negative = lost.includes(star);
    expect(column('isNegative')[row]).toBe(negative);
    expect(Math.abs(flux[row] / (negative ? -star.flux : star.flux) - 1)).toBeLessThan(0.2);
    const sky = wcs.pixelToSky(star.x + ORIGIN.x0, star.y + ORIGIN.y0);
    expect(Math.abs(numbers('ra')[row] - (sky.ra * 180) / Math.PI) * 3600).toBeLessThan(0.1);
    expect(Math.abs(numbers('dec')[row] - (sky.dec * 180) / Math.PI) * 3600).toBeLessThan(0.1);
    expect(numbers('decErr')[row] * 3600).toBeLessThan(0.05);
    expect(column('pixelFlags_crCenter')[row]).toBe(star === struck);
  }
  // What is planted in the images' own manner is believed more than the network's published cut asks.
  expect(Math.min(...fresh.slice(0, 3).map((star) => score[rowOf(star)]))).toBeGreaterThan(0.5);
  expect(metadata).toBeDefined();
  const difference = outputs['difference'] as Exposure;
  expect(difference.maskedImage.image.data.every(Number.isFinite)).toBe(true);
  expect([difference.maskedImage.image.x0, difference.maskedImage.image.width]).toEqual([ORIGIN.x0, SIDE]);
});

test('a detector without a template under it has no work', async () => {
  const science = exposure([], 4, 85);
  const run = runTask(buildTemplateTask, { inputs: { science, patches: [] } });
  await expect(run).rejects.toThrow(/covers 0\.0 %/);
});
