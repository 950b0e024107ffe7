import { readFile } from 'node:fs/promises';
import { createMask, type Exposure, exposureOf, imageOf, maskedImageOf, njyOfMagnitude } from '@almagest/image';
import { createRandom } from '@almagest/numerics';
import { readPipelineDocument, resolvePipeline, runTask } from '@almagest/pipeline';
import { getColumn, makeColumn, makeTable, type Table } from '@almagest/table';
import { createWcs, type SkyWcs } from '@almagest/wcs';
import { expect, test } from 'vitest';
import { modelPsf } from '../../test/model-psf.ts';
import { calibrateImageTask, characterizeImageTask, visitTablesTask } from './index.ts';

const SIDE = 1200;
const ZERO = 30;
const SCALE = 0.2 / 3600;

interface Field {
  readonly exposure: Exposure;
  readonly reference: Table;
  readonly truth: readonly { readonly x: number; readonly y: number; readonly mag: number; readonly ra: number; readonly dec: number }[];
}

function wcsAt(ra: number, dec: number, rotation: number): SkyWcs {
  const [c, s] = [Math.cos(rotation) * SCALE, Math.sin(rotation) * SCALE];
  return createWcs({ crpix: [SIDE / 2, SIDE / 2], cd: [-c, s, s, c], projection: 'TAN', crval: [ra, dec], frame: { system: 'ICRS' } });
}

/** Stars on a sloping sky; the exposure's WCS is off by 20 arcsec and half a degree. */
function simulate(seed: number): Field {
  const random = createRandom(seed);
  const wcs = wcsAt(150, -30, 0.2);
  const psf = modelPsf(3.6, 24);
  const expected = new Float64Array(SIDE * SIDE).map((_, k) => 800 + 0.05 * (k % SIDE));
  const truth = Array.from({ length: 500 }, () => {
    const [x, y] = [random.uniform(20, SIDE - 20), random.uniform(20, SIDE - 20)];
    const { ra, dec } = wcs.pixelToSky(x, y);
    return { x, y, mag: random.uniform(17, 22), ra: (ra * 180) / Math.PI, dec: (dec * 180) / Math.PI };
  });
  for (const { x, y, mag } of truth) {
    const image = psf.computeImage(x, y);
    const flux = 10 ** (0.4 * (ZERO - mag));
    for (let j = 0; j < image.height; j++)
      for (let i = 0; i < image.width; i++) {
        const [u, v] = [image.x0 + i, image.y0 + j];
        if (u >= 0 && v >= 0 && u < SIDE && v < SIDE) expected[v * SIDE + u] += flux * image.data[j * image.stride + i];
      }
  }
  const data = new Float32Array(SIDE * SIDE);
  random.fillNormal(data, 0, 1);
  for (let k = 0; k < data.length; k++) data[k] = expected[k] + data[k] * Math.sqrt(expected[k]);
  const variance = imageOf(Float32Array.from(expected), SIDE, SIDE);
  const column = (name: string, values: readonly number[]): Table['columns'][number] =>
    makeColumn({ name, datatype: 'float64', data: Float64Array.from(values) });
  return {
    exposure: exposureOf(maskedImageOf(imageOf(data, SIDE, SIDE), createMask(SIDE, SIDE), variance), {
      wcs: wcsAt(150 + 20 / 3600, -30, 0.2 + 0.008),
      filter: { band: 'r', physical: 'r_01' },
      detectorId: 3,
      visitInfo: {
        midpointTaiNs: 1_800_000_000_000_000_000n,
        exposureSec: 30,
        boresightRa: 2.6,
        boresightDec: -0.5,
        boresightAltitude: 1.2,
        boresightAirmass: 1.07,
      },
    }),
    reference: makeTable([
      column(
        'ra',
        truth.map((star) => star.ra),
      ),
      column(
        'dec',
        truth.map((star) => star.dec),
      ),
      column(
        'r',
        truth.map((star) => star.mag + random.normal(0, 0.002)),
      ),
    ]),
    truth,
  };
}

test('from a detector to Source rows: places, fluxes and their errors (seed 81)', async () => {
  const { exposure, reference, truth } = simulate(81);
  const dataId = { instrument: 'Test', visit: 42, detector: 3 };
  const first = await runTask(characterizeImageTask, { inputs: { exposure }, dataId });
  const { characterized, sources, summary } = first.outputs as { characterized: Exposure; sources: Table; summary: Record<string, number> };
  expect(Math.abs(summary['skyBg'] / 830 - 1)).toBeLessThan(0.01);
  const second = await runTask(calibrateImageTask, {
    inputs: { exposure: characterized, measured: sources, psfSummary: summary, reference: [reference] },
    dataId,
  });
  const out = second.outputs as {
    calexp: Exposure;
    sources: Table;
    photoCalib: { calibrationMean: number };
    summary: Record<string, number>;
  };
  const table = out.sources;
  expect(getColumn(table, 'sourceId').datatype).toBe('int64');
  expect(getColumn(table, 'psfFlux').unit).toBe('nJy');
  expect(table.columns).toHaveLength(120);
  // Instrumental fluxes stay counts, as their unit says.
  const [counted, calibrated, level] = ['apFlux_12_0_instFlux', 'ap12Flux', 'localBackground_instFlux'].map((name) =>
    getColumn(table, name),
  );
  expect([counted.unit, level.unit, calibrated.unit]).toEqual(['count', 'count', 'nJy']);
  const ratios = Array.from({ length: table.nrows }, (_, i) => Number(calibrated.data[i]) / Number(counted.data[i])).filter(
    Number.isFinite,
  );
  // Counts to nanojansky by the zero point of the whole frame.
  for (const ratio of ratios) expect(2.5 * Math.log10(ratio * 30) + out.summary['zeroPoint']).toBeCloseTo(31.4, 1);
  expect(Math.abs(out.summary['zeroPoint'] + 2.5 * Math.log10(30) - ZERO)).toBeLessThan(0.01);
  expect(out.summary['astromOffsetStd']).toBeLessThan(0.02);
  const [ra, dec, flux, fluxErr, decErr] = ['ra', 'dec', 'psfFlux', 'psfFluxErr', 'decErr'].map(
    (name) => getColumn(table, name).data as Float64Array,
  );
  const bright = truth.filter(
    (star) => star.mag < 20 && truth.every((other) => other === star || Math.hypot(other.x - star.x, other.y - star.y) > 25),
  );
  const offsets: number[] = [];
  const magnitudes: number[] = [];
  for (const star of bright) {
    const k = ra.findIndex(
      (value, i) => Math.hypot((value - star.ra) * Math.cos(star.dec * (Math.PI / 180)), dec[i] - star.dec) < 1 / 3600,
    );
    expect(k).toBeGreaterThanOrEqual(0);
    offsets.push((dec[k] - star.dec) / decErr[k]);
    magnitudes.push((flux[k] - njyOfMagnitude(star.mag)) / fluxErr[k]);
  }
  const rms = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
  // The zero point and the WCS are common to all, and small beside the noise of single stars.
  expect(rms(offsets)).toBeGreaterThan(0.85);
  expect(rms(offsets)).toBeLessThan(1.15);
  expect(rms(magnitudes)).toBeGreaterThan(0.8);
  expect(rms(magnitudes)).toBeLessThan(1.25);
  const center = out.calexp.wcs!.pixelToSky(600, 600);
  expect(
    Math.hypot(
      (center.ra - wcsAt(150, -30, 0.2).pixelToSky(600, 600).ra) * Math.cos(0.52),
      center.dec - wcsAt(150, -30, 0.2).pixelToSky(600, 600).dec,
    ) * 206_264_806,
  ).toBeLessThan(3);
});

test('the Visit and CcdVisit tables have the columns of the schema, filled from the detectors', async () => {
  const { exposure, reference } = simulate(83);
  const dataId = { instrument: 'Test', visit: 42, detector: 3 };
  const first = await runTask(characterizeImageTask, { inputs: { exposure }, dataId });
  const { characterized, sources, summary } = first.outputs as { characterized: Exposure; sources: Table; summary: object };
  const second = await runTask(calibrateImageTask, {
    inputs: { exposure: characterized, measured: sources, psfSummary: summary, reference: [reference] },
    dataId,
  });
  // As JSON keeps it: what is not a number becomes null.
  const kept = JSON.parse(JSON.stringify(second.outputs['summary'])) as object;
  const deferred = (detector: number): object => ({ dataId: { ...dataId, detector }, get: () => Promise.resolve(kept) });
  const { outputs } = await runTask(visitTablesTask, { inputs: { summaries: [deferred(4), deferred(3)] }, dataId });
  const [visits, detectors] = [outputs['visits'] as Table, outputs['detectors'] as Table];
  expect([visits.nrows, detectors.nrows]).toEqual([1, 2]);
  const value = (table: Table, name: string): unknown => getColumn(table, name).data[0];
  expect([value(visits, 'visit'), value(visits, 'band'), value(detectors, 'visitId'), value(detectors, 'detector')]).toEqual([
    42n,
    'r',
    42n,
    3n,
  ]);
  expect(value(visits, 'expMidpt')).toBe('2027-01-15T08:00:00.000000');
  expect(value(visits, 'airmass')).toBe(1.07);
  expect(value(detectors, 'ccdVisitId')).toBe(42_003n);
  expect(Math.abs((value(detectors, 'ra') as number) - 150)).toBeLessThan(0.001);
  expect(Math.abs((value(detectors, 'pixelScale') as number) - 0.2)).toBeLessThan(1e-4);
  expect(Math.abs((value(detectors, 'seeing') as number) - 0.2 * 3.6)).toBeLessThan(0.1);
  expect(value(detectors, 'nPsfStar')).toBeGreaterThan(50);
  // Five sigma of the sky under a PSF of 3.6 pixels at 30 mag for an electron.
  const area = 4 * Math.PI * (3.6 / 2.355) ** 2;
  expect(Math.abs((value(detectors, 'magLim') as number) - (30 - 2.5 * Math.log10(5 * Math.sqrt(area * 830))))).toBeLessThan(0.3);
  for (const name of ['llcra', 'urcdec', 'effTime', 'maxDistToNearestPsf', 'psfApFluxDelta', 'skyRotation', 'psfStarDeltaSizeScatter'])
    expect([name, Number.isFinite(value(detectors, name))]).toEqual([name, true]);
});

test('an empty frame gives no sources and a warning, a frame of NaN a coded failure, no reference stars another', async () => {
  const random = createRandom(82);
  const data = new Float32Array(400 * 400);
  random.fillNormal(data, 500, 10);
  const frame = (pixels: Float32Array): Exposure =>
    exposureOf(maskedImageOf(imageOf(pixels, 400, 400), createMask(400, 400), imageOf(new Float32Array(160_000).fill(100), 400, 400)));
  const empty = await runTask(characterizeImageTask, { inputs: { exposure: frame(data) }, config: { threshold: 6 } });
  expect((empty.outputs['sources'] as Table).nrows).toBe(0);
  expect(JSON.stringify(empty.metadata)).toContain('too few stars');
  await expect(
    runTask(characterizeImageTask, { inputs: { exposure: frame(new Float32Array(160_000).fill(Number.NaN)) } }),
  ).rejects.toMatchObject({
    code: 'characterization.no-background',
  });
  await expect(
    runTask(calibrateImageTask, { inputs: { exposure: frame(data), measured: empty.outputs['sources'], psfSummary: {}, reference: [] } }),
  ).rejects.toThrow('no reference stars');
});

test('the pipeline of single frames resolves', async () => {
  const path = new URL('../../../../pipelines/single-frame.yaml', import.meta.url);
  expect(await readFile(path, 'utf8')).toContain('calibrateImage');
  const document = readPipelineDocument(path.pathname);
  const pipeline = await resolvePipeline(document);
  expect([...pipeline.tasks.keys()]).toEqual(['isr', 'characterizeImage', 'calibrateImage', 'makeVisitTables']);
});

test('the pipeline of whole visits resolves', async () => {
  const pipeline = await resolvePipeline(readPipelineDocument(new URL('../../../../pipelines/visit.yaml', import.meta.url).pathname));
  expect([...pipeline.tasks.keys()].toSorted()).toEqual(['calibrateVisit', 'finishDetector', 'fitVisitSky', 'makeFinalVisitTables']);
});
