import {
  computeSignificance,
  createMatchedFilter,
  detectPeaks,
  fitPixelBasisPsf,
  type PeakList,
  selectStars,
} from '@almagest/characterization';
import { createMask, type Psf } from '@almagest/image';
import type { Plane } from '@almagest/kernels';
import { createRandom } from '@almagest/numerics';
import { getColumn, type Table } from '@almagest/table';
import { expect, test } from 'vitest';
import { modelPsf } from '../../test/model-psf.ts';
import { measureForced } from '../forced/measure-forced.ts';
import { STANDARD_PLUGINS } from '../plugins/standard.ts';
import { flagsOf, measureSources } from './measure-sources.ts';
import type { MeasurementPlugin, Scene } from './plugin.ts';

const SIDE = 1400;
const SKY = 400;
const FWHM = 3.5;

interface Truth {
  readonly x: number;
  readonly y: number;
  readonly flux: number;
}

function simulate(seed: number): { image: Plane; truth: Truth[]; psf: Psf } {
  const random = createRandom(seed);
  const psf = modelPsf(FWHM, 24);
  const expected = new Float64Array(SIDE * SIDE);
  const truth: Truth[] = [];
  for (let y = 40; y < SIDE - 40; y += 55)
    for (let x = 40; x < SIDE - 40; x += 55) {
      const star = { x: x + random.uniform(0, 5), y: y + random.uniform(0, 5), flux: 10 ** random.uniform(3.7, 5.5) };
      truth.push(star);
      const image = psf.computeImage(star.x, star.y);
      for (let j = 0; j < image.height; j++)
        for (let i = 0; i < image.width; i++)
          expected[(image.y0 + j) * SIDE + image.x0 + i] += star.flux * image.data[j * image.stride + i];
    }
  const data = new Float32Array(SIDE * SIDE);
  random.fillNormal(data, 0, 1);
  for (let k = 0; k < data.length; k++) data[k] = expected[k] + data[k] * Math.sqrt(SKY + expected[k]);
  return { image: { data, width: SIDE, height: SIDE, stride: SIDE }, truth, psf };
}

function sceneOf(image: Plane, psf: Psf, detections: Scene['detections']): Scene {
  return { image, psf, detections, fwhmPixels: FWHM, gain: 1, badBits: -1, skyVarianceAt: () => SKY, skyLevelAt: () => 0 };
}

function detect(image: Plane): PeakList {
  const noise = { columns: 1, rows: 1, cellWidth: image.width, cellHeight: image.height, values: Float64Array.of(Math.sqrt(SKY)) };
  const map = { ...image, data: new Float32Array(image.data.length) };
  computeSignificance(image, { filter: createMatchedFilter(FWHM), noise }, map);
  return detectPeaks(map, { threshold: 5, prominence: 2, contrast: 1e-3 });
}

function numbers(table: Table, name: string): Float64Array {
  return Float64Array.from(getColumn(table, name).data as Float64Array);
}

function spread(values: readonly number[]): { mean: number; rms: number } {
  const mean = values.reduce((s, v) => s + v, 0) / values.length;
  return { mean, rms: Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / values.length) };
}

test('from pixels to Source columns with a PSF fitted on the way: fluxes and positions with true errors (seed 41)', () => {
  const { image, truth } = simulate(41);
  const peaks = detect(image);
  const stars = selectStars(image, peaks, { noise: Math.sqrt(SKY), fwhmPixels: FWHM });
  const { psf } = fitPixelBasisPsf(image, stars, { gain: 1, labels: peaks.segmentation });
  const table = measureSources(sceneOf(image, psf, peaks), STANDARD_PLUGINS);
  const [x, y, flux, fluxErr, xErr] = ['x', 'y', 'psfFlux', 'psfFluxErr', 'xErr'].map((name) => numbers(table, name));
  const [calib, extendedness] = [numbers(table, 'calibFlux'), numbers(table, 'extendedness')];
  const pulls: { flux: number[]; x: number[]; ratio: number[]; aperture: number[] } = { flux: [], x: [], ratio: [], aperture: [] };
  let extended = 0;
  for (const star of truth) {
    let best = -1;
    for (let i = 0; i < x.length; i++) if (Math.hypot(x[i] - star.x, y[i] - star.y) < 1) best = i;
    expect(best).toBeGreaterThanOrEqual(0);
    pulls.flux.push((flux[best] - star.flux) / fluxErr[best]);
    pulls.x.push((x[best] - star.x) / xErr[best]);
    if (star.flux > 20_000) pulls.ratio.push(flux[best] / star.flux);
    if (star.flux > 20_000) pulls.aperture.push(calib[best] / flux[best]);
    if (extendedness[best] > 0) extended++;
  }
  expect(Math.abs(spread(pulls.ratio).mean - 1)).toBeLessThan(0.005);
  expect(spread(pulls.flux).rms).toBeLessThan(1.1);
  expect(spread(pulls.flux).rms).toBeGreaterThan(0.9);
  expect(spread(pulls.x).rms).toBeLessThan(1.1);
  expect(spread(pulls.x).rms).toBeGreaterThan(0.9);
  expect(spread(pulls.aperture).rms).toBeLessThan(0.01);
  expect(extended / truth.length).toBeLessThan(0.01);
});

test('forced fluxes at the true places, in circles and ellipses, off the image too', () => {
  const { image, truth, psf } = simulate(42);
  const places = [...truth.slice(0, 60), { x: -50, y: 20, flux: 0 }, { x: Number.NaN, y: 3, flux: 0 }];
  const fill = (value: number): Float64Array => new Float64Array(places.length).fill(value);
  const { detections: _, ...scene } = sceneOf(image, psf, { count: 0, x: new Float64Array(0), y: new Float64Array(0) });
  const table = measureForced(scene, {
    x: Float64Array.from(places, (place) => place.x),
    y: Float64Array.from(places, (place) => place.y),
    shapes: { a: fill(12), b: fill(12), theta: fill(0.3) },
  });
  const pull = spread(
    Array.from({ length: 60 }, (_u, i) => (numbers(table, 'psfFlux')[i] - places[i].flux) / numbers(table, 'psfFluxErr')[i]),
  );
  expect(Math.abs(pull.mean)).toBeLessThan(0.5);
  expect(pull.rms).toBeLessThan(1.3);
  for (let i = 0; i < 60; i++) expect(numbers(table, 'ellipseFlux')[i]).toBeCloseTo(numbers(table, 'ap12Flux')[i], 0);
  for (const i of [60, 61]) {
    expect(numbers(table, 'psfFlux')[i]).toBeNaN();
    expect(getColumn(table, 'psfFlux_flag').data[i]).toBe(1);
    expect(getColumn(table, 'ellipseFlux_flag').data[i]).toBe(1);
  }
});

test('a frame of NaN, masked pixels and an empty list end in flags', () => {
  const image = { data: new Float32Array(100 * 100).fill(Number.NaN), width: 100, height: 100, stride: 100 };
  const mask = createMask(100, 100);
  mask.data.fill(1);
  const one = { count: 1, x: Float64Array.of(50), y: Float64Array.of(50) };
  const scene = { ...sceneOf(image, modelPsf(FWHM), one), mask };
  const table = measureSources(scene, STANDARD_PLUGINS);
  for (const flag of ['centroid_flag', 'psfFlux_flag', 'shape_flag', 'pixelFlags_bad', 'localBackground_flag'])
    expect([flag, getColumn(table, flag).data[0]]).toEqual([flag, 1]);
  expect(
    measureSources({ ...scene, detections: { count: 0, x: new Float64Array(0), y: new Float64Array(0) } }, STANDARD_PLUGINS).nrows,
  ).toBe(0);
});

test('flags are in one registry, and two plugins cannot share a column', () => {
  expect(flagsOf(STANDARD_PLUGINS).get('psfFlux_flag')?.description).toContain('not to be trusted');
  const twice: MeasurementPlugin[] = [STANDARD_PLUGINS[0], STANDARD_PLUGINS[0]];
  expect(() => flagsOf(twice)).toThrow(expect.objectContaining({ code: 'measurement.duplicate-column' }));
  const scene = sceneOf({ data: new Float32Array(4), width: 2, height: 2, stride: 2 }, modelPsf(FWHM), {
    count: 0,
    x: new Float64Array(0),
    y: new Float64Array(0),
  });
  expect(() => measureSources(scene, [STANDARD_PLUGINS[1]])).toThrow(expect.objectContaining({ code: 'measurement.missing-column' }));
});
