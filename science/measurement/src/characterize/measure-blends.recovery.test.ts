import { computeSignificance, createMatchedFilter, detectPeaks } from '@almagest/characterization';
import type { Plane } from '@almagest/kernels';
import { createRandom } from '@almagest/numerics';
import { getColumn } from '@almagest/table';
import { expect, test } from 'vitest';
import { modelPsf } from '../../test/model-psf.ts';
import { STANDARD_PLUGINS } from '../plugins/standard.ts';
import { sourceIdOf, sourceTable } from '../tasks/source-table.ts';
import { measureWithBlends } from './measure-blends.ts';

const SIDE = 900;
const SKY = 400;
const FWHM = 3.6;
const psf = modelPsf(FWHM, 24);

function draw(stars: readonly (readonly [number, number, number])[], seed: number): Plane {
  const expected = new Float64Array(SIDE * SIDE);
  for (const [x, y, flux] of stars) {
    const star = psf.computeImage(x, y);
    for (let j = 0; j < star.height; j++)
      for (let i = 0; i < star.width; i++) expected[(star.y0 + j) * SIDE + star.x0 + i] += flux * star.data[j * star.stride + i];
  }
  const data = new Float32Array(SIDE * SIDE);
  createRandom(seed).fillNormal(data, 0, 1);
  for (let k = 0; k < data.length; k++) data[k] = expected[k] + data[k] * Math.sqrt(SKY + expected[k]);
  return { data, width: SIDE, height: SIDE, stride: SIDE };
}

test('sources of a blend are measured by their own light, and the blend as a row that they point to (seed 51)', () => {
  const random = createRandom(51);
  const pairs = Array.from({ length: 200 }, (_, k) => {
    const [x, y] = [45 + 60 * (k % 14) + random.uniform(), 45 + 57 * Math.floor(k / 14) + random.uniform()];
    const [angle, apart] = [random.uniform(0, 6.28), 2.2 * FWHM];
    return [
      [x, y, 60_000],
      [x + apart * Math.cos(angle), y + apart * Math.sin(angle), 20_000],
    ] as const;
  });
  const image = draw(pairs.flat(), 51);
  const before = image.data.slice();
  const noise = { columns: 1, rows: 1, cellWidth: SIDE, cellHeight: SIDE, values: Float64Array.of(Math.sqrt(SKY)) };
  const map = { ...image, data: new Float32Array(image.data.length) };
  computeSignificance(image, { filter: createMatchedFilter(FWHM), noise }, map);
  const peaks = detectPeaks(map, { threshold: 5, contrast: 1e-3, prominence: 2 });
  const labels = peaks.segmentation.data.slice();
  const scene = { image, psf, fwhmPixels: FWHM, gain: 1, badBits: -1, skyVarianceAt: () => SKY, skyLevelAt: () => 0 };
  const table = measureWithBlends(scene, peaks, STANDARD_PLUGINS);
  // Image and labels are as they were.
  expect(image.data).toEqual(before);
  expect(peaks.segmentation.data).toEqual(labels);
  const [x, y, flux, err] = ['x', 'y', 'psfFlux', 'psfFluxErr'].map((name) => getColumn(table, name).data as Float64Array);
  const parent = getColumn(table, 'deblend_parent').data as Int32Array;
  const children = getColumn(table, 'deblend_nChild').data as Int32Array;
  const ratios: number[][] = [[], []];
  const pulls: number[] = [];
  for (const pair of pairs)
    pair.forEach(([px, py, truth], which) => {
      const row = x.findIndex((value, i) => children[i] === 0 && Math.hypot(value - px, y[i] - py) < 1);
      expect(row).toBeGreaterThanOrEqual(0);
      expect(children[parent[row]]).toBe(2);
      ratios[which].push(flux[row] / truth);
      pulls.push((flux[row] - truth) / err[row]);
    });
  const mean = (values: readonly number[]): number => values.reduce((s, v) => s + v, 0) / values.length;
  expect(Math.abs(mean(ratios[0]) - 1)).toBeLessThan(0.005);
  expect(Math.abs(mean(ratios[1]) - 1)).toBeLessThan(0.01);
  expect(Math.sqrt(mean(pulls.map((pull) => pull * pull)))).toBeLessThan(1.5);
  const source = sourceTable(table, { visit: 7n, detector: 3, band: 'r', physicalFilter: 'r_01' });
  const ids = getColumn(source, 'sourceId').data as BigInt64Array;
  const parents = getColumn(source, 'parentSourceId');
  for (let i = 0; i < table.nrows; i++)
    if (parent[i] < 0) expect(parents.nulls?.[i]).toBe(1);
    else expect([parents.nulls?.[i], parents.data[i]]).toEqual([0, ids[parent[i]]]);
  expect(ids[0]).toBe(sourceIdOf(7n, 3, 0));
});
