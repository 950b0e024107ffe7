import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Butler } from '@almagest/butler';
import { calibrationAt, type Exposure, magnitudeOfNjy } from '@almagest/image';
import { openFile } from '@almagest/resources';
import { loadProfile, prepareSurvey, type Survey, simulateSurvey } from '@almagest/simulation';
import { findColumn, getColumn, readParquet, type Table } from '@almagest/table';
import type { SkyWcs } from '@almagest/wcs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { referenceOfTruth } from '../demo/reference-of-truth.ts';
import { ingestReference, REFERENCES } from './reference.ts';
import { collectionsOf, defineSurveyVisits, ingestSurvey, openOrCreate } from './repository.ts';
import { runStep } from './run-step.ts';

/** One visit of two detectors, from raw frames through a repository to detectors that their visit calibrates. */
const profile = {
  ...loadProfile('demo'),
  nights: [['r']],
  calibration: { bias: 0, darks: 0, darkSec: 60, flatBands: [], flatsPerBand: 0 },
};
const MAS = 3_600_000;
const RAD = Math.PI / 180;
let folder = '';
let butler: Butler;
let survey: Survey;
let truth: Table;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'almagest-visit-'));
  survey = prepareSurvey(profile as unknown as Parameters<typeof prepareSurvey>[0]);
  for await (const _file of simulateSurvey(survey, join(folder, 'simulated')));
  butler = await openOrCreate(join(folder, 'repo'), survey.profile.camera);
  await ingestSurvey(butler, [join(folder, 'simulated/raw')]);
  await defineSurveyVisits(butler, survey.camera.name);
  await using objects = await openFile(join(folder, 'simulated/truth/objects.parquet'));
  const epoch = 2000 + (survey.sky.referenceMjd - 51_544.5) / 365.25;
  const magnitudes = { g: 'gMag', r: 'rMag', i: 'iMag' };
  await ingestReference(butler, referenceOfTruth(await readParquet(objects), 'visit'), { epoch, pmra: 'pmRa', pmdec: 'pmDec', magnitudes });
  await using sources = await openFile(join(folder, 'simulated/truth/sources.parquet'));
  truth = await readParquet(sources);
  const { raw, calib } = collectionsOf(survey.camera.name);
  const common = { cores: 1, timestamp: 'now', where: `instrument = '${survey.camera.name}'`, strict: true };
  const isr = { bias: false, dark: false, flat: false, defects: false };
  const where = `${common.where} AND exposure.observation_type = 'science'`;
  const single = {
    name: 'single-frame',
    pipeline: 'single-frame.yaml',
    input: [raw, calib, REFERENCES],
    output: 'single',
    config: { isr },
  };
  await runStep(butler, { ...common, ...single, where });
  await runStep(butler, { ...common, name: 'visit', pipeline: 'visit.yaml', input: ['single', calib, REFERENCES], output: 'finished' });
}, 400_000);

afterAll(async () => {
  await butler.close();
  await rm(folder, { recursive: true, force: true });
});

interface Found<T = unknown> {
  readonly detector: number;
  readonly value: T;
}

async function all(type: string): Promise<Found[]> {
  const refs = await butler.queryDatasets(type, { collections: ['finished', 'single'] });
  const found: Found[] = [];
  for (const ref of refs) found.push({ detector: Number(ref.dataId.get('detector')), value: await butler.get(ref) });
  return found;
}

/** Columns of numbers, by their names. */
function columns<N extends string>(table: Table, ...names: readonly N[]): Record<N, Float64Array> {
  const read = (name: N): [N, Float64Array] => [name, Float64Array.from(getColumn(table, name).data as Float64Array, Number)];
  return Object.fromEntries(names.map(read)) as Record<N, Float64Array>;
}

test('every detector has the WCS of its visit in its header: bright stars stand within 10 mas of the truth', async () => {
  const images = (await all('final_visit_image')) as Found<Exposure>[];
  expect(images.map(({ detector }) => detector).toSorted((a, b) => a - b)).toEqual([0, 1]);
  const { detector: of, ra, dec, x, y, mag } = columns(truth, 'detector', 'ra', 'dec', 'x', 'y', 'mag');
  for (const { detector, value } of images) {
    expect((value.wcs as SkyWcs).definition).toBeDefined();
    const misses: number[] = [];
    for (let i = 0; i < truth.nrows; i++) {
      if (of[i] !== detector || !(mag[i]! < 20)) continue;
      const sky = (value.wcs as SkyWcs).pixelToSky(x[i]!, y[i]!);
      misses.push(Math.hypot((sky.ra / RAD - ra[i]!) * Math.cos(dec[i]! * RAD), sky.dec / RAD - dec[i]!) * MAS);
    }
    // What is left is mostly refraction by colour, which the truth has at the pixel and the sky has not.
    expect(misses.toSorted((a, b) => a - b)[misses.length >> 1]).toBeLessThan(10);
  }
});

test('sources of both detectors have places and fluxes on one scale', async () => {
  const tables = (await all('final_source')) as Found<Table>[];
  expect(tables).toHaveLength(2);
  const { detector: of, ra, dec, mag } = columns(truth, 'detector', 'ra', 'dec', 'mag');
  const kinds = getColumn(truth, 'kind').data as readonly string[];
  const levels: number[] = [];
  for (const { detector, value } of tables) {
    const { ra: a, dec: d, psfFlux: flux, psfFluxErr: fluxErr } = columns(value, 'ra', 'dec', 'psfFlux', 'psfFluxErr');
    expect(getColumn(value, 'psfFlux').unit).toBe('nJy');
    expect(findColumn(value, 'calib_astrometry_used')).toBeDefined();
    const ratios: number[] = [];
    for (let i = 0; i < truth.nrows; i++) {
      if (of[i] !== detector || kinds[i] !== 'star' || !(mag[i]! > 17.5 && mag[i]! < 20.5)) continue;
      const k = a.findIndex((value_, j) => Math.hypot((value_ - ra[i]!) * Math.cos(dec[i]! * RAD), d[j]! - dec[i]!) * 3600 < 0.3);
      if (k >= 0 && flux[k]! > 50 * fluxErr[k]!) ratios.push(magnitudeOfNjy(flux[k]!) - mag[i]!);
    }
    expect(ratios.length).toBeGreaterThan(8);
    levels.push(ratios.toSorted((p, q) => p - q)[ratios.length >> 1]!);
  }
  expect(Math.abs(levels[0]! - levels[1]!)).toBeLessThan(0.01);
  expect(Math.abs(levels[0]! + levels[1]!) / 2).toBeLessThan(0.01);
});

test('the sky of the visit takes the place of that of each detector, and calibrations follow one surface', async () => {
  const [before, after] = [(await all('icExp')) as Found<Exposure>[], (await all('final_visit_image')) as Found<Exposure>[]];
  const summaries = (await all('finalSummary')) as Found<Record<string, number>>[];
  for (const { detector, value } of after) {
    const own = before.find((each) => each.detector === detector)!.value;
    const changes = Array.from({ length: 400 }, (_, k) => 2570 * k).map(
      (at) => value.maskedImage.image.data[at]! - own.maskedImage.image.data[at]!,
    );
    const sky = summaries.find((each) => each.detector === detector)!.value['skyBg']!;
    // Flats were left off: what is left of the response and the amplifiers' gains goes into a detector's own sky and not into the visit's.
    expect(Math.max(...changes.map(Math.abs))).toBeLessThan(0.05 * sky);
    expect(Math.max(...changes) - Math.min(...changes)).toBeGreaterThan(0);
  }
  const [left, right] = after.toSorted((a, b) => a.detector - b.detector).map(({ value }) => value.photoCalib!);
  const edge = [calibrationAt(left!, 1023, 500), calibrationAt(right!, 0, 500)] as const;
  expect(Math.abs(2.5 * Math.log10(edge[0] / edge[1]))).toBeLessThan(0.02);
  const refs = await butler.queryDatasets('final_visit_detector_table', { collections: ['finished'] });
  expect(refs).toHaveLength(1);
  expect(((await butler.get(refs[0]!)) as Table).nrows).toBe(2);
});
