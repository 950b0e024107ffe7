import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesSource, openFits } from '@almagest/fits';
import { translateFile } from '@almagest/instrument';
import { openFile } from '@almagest/resources';
import { getColumn, readParquet, type Table } from '@almagest/table';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ProfileError, ProfileNotFoundError } from '../errors.ts';
import { listProfiles, loadProfile, parseProfile } from '../profile/load-profile.ts';
import { prepareSurvey, simulateOne, simulateSurvey } from './simulate-survey.ts';

let folder = '';
const files: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'almagest-simulate-'));
  const whole = prepareSurvey(loadProfile('tiny'));
  const plans = [whole.plans[0], ...whole.plans.filter((p) => p.type === 'science').slice(0, 2)];
  for await (const file of simulateSurvey({ ...whole, plans }, folder)) files.push(file.path);
});
afterAll(() => rm(folder, { recursive: true }));

const sha = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex').slice(0, 16);

test('the same seed gives the same bytes, exposures in any order; another seed gives others', async () => {
  const raw = files.find((f) => f.includes('science')) ?? '';
  const bytes = await readFile(join(folder, raw));
  const survey = prepareSurvey(loadProfile('tiny'));
  const plan = survey.plans.find((p) => p.type === 'science');
  const [detector] = survey.camera.detectors;
  const again = simulateOne(survey, plan!, detector);
  const other = simulateOne(prepareSurvey(loadProfile('tiny'), { seed: '2' }), plan!, detector);
  const pixels = (e: typeof again): string => sha(new Uint8Array(e.raw[0].data.buffer));
  expect(pixels(other)).not.toBe(pixels(again));
  await using source = await openFile(join(folder, raw));
  const fits = await openFits(source);
  expect((await fits.hdus()).map((h) => h.name)).toEqual(['PRIMARY', 'C00', 'C01', 'C10', 'C11']);
  // Pinned on x86-64: the digest is that of every other machine.
  expect(sha(bytes)).toBe('23ed536d77ea4458');
});

test('raw headers translate to all that ingest needs', async () => {
  const raw = files.find((f) => f.includes('science')) ?? '';
  const [translation] = await translateFile(join(folder, raw));
  expect(translation?.problems).toEqual([]);
  expect(translation?.info).toMatchObject({
    instrument: 'SimCam-tiny',
    observation_type: 'science',
    detector_num: 0,
    exposure_time: 30,
    has_simulated_content: true,
    can_see_sky: true,
    boresight_rotation_coord: 'sky',
  });
  expect(Math.abs((translation!.info.tracking_radec as number[])[0] - 150.1)).toBeLessThan(0.01);
  expect(translation?.info.boresight_airmass).toBeGreaterThan(1);
});

test('truth tables hold the sky, the exposures and what was drawn', async () => {
  const read = async (name: string): Promise<Table> => readParquet(bytesSource(await readFile(join(folder, 'truth', `${name}.parquet`))));
  const objects = await read('objects');
  const kinds = new Set(getColumn(objects, 'kind').data as string[]);
  expect([...kinds].toSorted()).toEqual(['agn', 'galaxy', 'star', 'transient', 'variable']);
  const sources = await read('sources');
  expect(sources.nrows).toBeGreaterThan(200);
  expect(getColumn(sources, 'ra').unit).toBe('deg');
  expect((await read('exposures')).nrows).toBe(3);
  expect((await read('amplifiers')).nrows).toBe(4);
  expect((await read('defects')).nrows).toBeGreaterThan(10);
});

test('drawn stars lie where the truth says and have its flux', () => {
  const survey = prepareSurvey(loadProfile('tiny'));
  const plan = survey.plans.find((p) => p.type === 'science' && p.band === 'r')!;
  const exposure = simulateOne(survey, plan, survey.camera.detectors[0], true);
  const light = exposure.light!;
  const bright = exposure.drawn.filter(
    (d) => d.source.kind === 'star' && d.flux > 3e4 && d.flux < 3e6 && d.x > 40 && d.y > 40 && d.x < 470 && d.y < 470,
  );
  expect(bright.length).toBeGreaterThan(2);
  for (const star of bright) {
    const half = 8;
    let [sum, sx] = [0, 0];
    for (let y = Math.round(star.y) - half; y <= Math.round(star.y) + half; y++) {
      for (let x = Math.round(star.x) - half; x <= Math.round(star.x) + half; x++) {
        const v = light[y * 512 + x] - exposure.skyLevel;
        sum += v;
        sx += v * (x - star.x);
      }
    }
    const neighbours = exposure.drawn.filter(
      (d) => d !== star && Math.hypot(d.x - star.x, d.y - star.y) < 30 && d.flux > 0.005 * star.flux,
    );
    if (neighbours.length > 0) continue;
    expect(sum / star.flux).toBeGreaterThan(0.93);
    expect(sum / star.flux).toBeLessThan(1.05);
    expect(Math.abs(sx / sum)).toBeLessThan(0.15);
  }
});

test('profiles load, and mistakes are named', () => {
  expect(listProfiles()).toEqual(['calibration', 'camera', 'demo', 'field', 'field-calibration', 'tiny']);
  for (const name of listProfiles()) expect(loadProfile(name).name).toBe(name);
  expect(() => loadProfile('huge')).toThrow(ProfileNotFoundError);
  expect(() => parseProfile('name: x\ncamera: y\nnights: [[q]]\n')).toThrow(ProfileError);
  expect(() => parseProfile('a: [')).toThrow(ProfileError);
});

test('a night visits every pointing in every band, one after the other', () => {
  const profile = loadProfile('tiny');
  const survey = prepareSurvey({
    ...profile,
    nights: [['g', 'r']],
    visitGapSec: 60,
    field: {
      ...profile.field,
      offsetsArcmin: [
        [0, 0],
        [3, 0],
        [0, -3],
      ],
    },
  });
  const visits = survey.plans.filter((p) => p.type === 'science');
  expect(visits.map((p) => p.band).join('')).toBe('gggrrr');
  for (const [k, plan] of visits.slice(1).entries()) expect(Number(plan.beginTaiNs - visits[k].beginTaiNs) / 1e9).toBeGreaterThan(37.9);
  expect((visits[1].nominal.ra - visits[0].nominal.ra) * (180 / Math.PI) * 60).toBeCloseTo(3, 0);
  expect((visits[2].nominal.dec - visits[0].nominal.dec) * (180 / Math.PI) * 60).toBeCloseTo(-3, 0);
});
