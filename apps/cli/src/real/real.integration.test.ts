import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataPath, haveData } from '@almagest/test-data';
import { afterAll, expect, test } from 'vitest';
import { createSurveyServer } from '../survey/server.ts';
import { surveyFolder } from '../survey/survey-folder.ts';
import { formatReal } from './format-real.ts';
import { runReal, type RealResult } from './run-real.ts';

const work = mkdtempSync(join(tmpdir(), 'almagest-real-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

async function start(name: string, frames: string, timestamp = '20260101T000000Z'): Promise<RealResult> {
  const result = await runReal(join(work, name), frames, { cores: 2, timestamp, now: new Date(0), onStep: () => undefined });
  console.log(formatReal(result, 0));
  return result;
}

/** A folder of the same name with links to every n-th frame, so that the ready survey file is found for it. */
function everyNth(set: string, frames: string, n: number): string {
  const folder = join(work, `every-${n}`, set);
  mkdirSync(join(folder, frames), { recursive: true });
  readdirSync(dataPath(set, frames))
    .toSorted()
    .filter((_, i) => i % n === 0)
    .forEach((name) => symlinkSync(dataPath(set, frames, name), join(folder, frames, name)));
  for (const name of readdirSync(dataPath(set))) if (name !== frames) symlinkSync(dataPath(set, name), join(folder, name));
  return folder;
}

test.skipIf(!haveData)(
  'HAT-P-32: 24 raw frames without calibrations or WCS give the planet: its place and the depth of its transit',
  async () => {
    const frames = everyNth('hatp32-microobs-2017', 'frames', 3);
    const result = await start('hatp32', frames);
    expect(result).toMatchObject({ frames: 24, passedOver: [], failedQuanta: 0 });
    const [planet] = result.known;
    expect(planet).toMatchObject({ name: 'HAT-P-32', images: 24, passed: true });
    // A tenth of a pixel of 5.1 arcsec.
    expect(planet!.offsetArcsec).toBeLessThan(0.7);
    const { depth, depthError, scatter } = planet!.transit!;
    expect(depthError).toBeLessThan(0.004);
    expect(Math.abs(depth - 0.0236)).toBeLessThan(2 * Math.hypot(depthError, 0.0007));
    // The frames as the data's own README measured them scatter by 0.7 %.
    expect(scatter).toBeLessThan(0.008);
    for (const { name, summary } of result.steps) expect(summary.counts.success, name).toBe(summary.total);
    expect(result.catalogs['DiaForcedSource']).toBeGreaterThan(1000);
    const again = await start('hatp32', frames, '20260101T000001Z');
    expect(again.known).toEqual(result.known);
    expect(again.steps.map(({ summary }) => summary.total)).toEqual(again.steps.map(() => 0));

    const app = await createSurveyServer(surveyFolder(join(work, 'hatp32')));
    const response = await app.inject({ url: '/api/nights' });
    expect(JSON.parse(response.body)).toMatchObject({ nights: [{ visits: 24 }] });
    await app.close();
  },
  600_000,
);

test.skipIf(!haveData)(
  'DECam, two epochs, reduced: the transient is told of at every visit where the published difference has it',
  async () => {
    const result = await start('decam', dataPath('decam-diff-2018'));
    expect(result).toMatchObject({ frames: 10, failedQuanta: 0 });
    // Matching kernels lie among the frames.
    expect(result.passedOver).toHaveLength(9);
    const [transient] = result.known;
    expect(transient).toMatchObject({ passed: true, alerts: { wanted: 'brighter', count: 5 } });
    expect(transient!.alerts!.bestSnr).toBeGreaterThan(13);
  },
  300_000,
);

test.skipIf(!haveData)(
  'M92, raw, with bias and flats: nine standard stars come out with the scatter of their published photometry',
  async () => {
    const result = await start('m92', dataPath('m92-kpno-1987'));
    expect(result).toMatchObject({ frames: 7, passedOver: [], failedQuanta: 0 });
    expect(result.calibrations.map(({ product, passed }) => [product, passed])).toEqual([
      ['bias', true],
      ['flat', true],
      ['flat', true],
    ]);
    expect(result.standards).toMatchObject([
      { band: 'V', stars: 9, passed: true },
      { band: 'B', stars: 9, passed: true },
    ]);
  },
  300_000,
);

test.skipIf(!haveData)(
  'ASI120: a series of bias, darks and flats ends with four certified products',
  async () => {
    const result = await start('asi120', dataPath('asi120-calib'));
    expect(result).toMatchObject({ frames: 26, passedOver: [], steps: [], failedQuanta: 0 });
    expect(result.calibrations.map(({ product, passed }) => [product, passed])).toEqual([
      ['bias', true],
      ['dark', true],
      ['flat', true],
      ['defects', true],
    ]);
    // Measured from the files: a level of 2300 units, 0.2 electrons each.
    const level = result.calibrations[0]!.checks.find(({ name }) => name === 'level')!;
    expect(level.value / 0.2).toBeGreaterThan(2290);
    expect(level.value / 0.2).toBeLessThan(2310);
  },
  300_000,
);

test.skipIf(!haveData)(
  'one reduced frame, plate-solved: it is measured and calibrated, and has nothing to be compared with',
  async () => {
    const result = await start('antonia', dataPath('asteroid-frames'));
    expect(result).toMatchObject({ frames: 1, passedOver: [], failedQuanta: 0, known: [] });
    expect(result.steps.map(({ name }) => name)).toEqual(['measure', 'calibrate images', 'template', 'difference', 'alert-production']);
  },
  300_000,
);

test.skipIf(!haveData)('frames of two cameras, and folders without frames, are told apart', async () => {
  const folder = join(work, 'mixed');
  mkdirSync(folder);
  writeFileSync(join(folder, 'notes.txt'), 'no frame');
  writeFileSync(join(folder, 'survey.yaml'), 'format: almagest-survey/1\ntitle: mixed\ncamera: microobs\nstate: raw\nstars: {}\n');
  await expect(start('mixed-survey', folder)).rejects.toMatchObject({ code: 'cli.no-raws' });
  const [frame = ''] = readdirSync(dataPath('hatp32-microobs-2017', 'frames'));
  symlinkSync(dataPath('m92-kpno-1987', 'raw', 'm92010_M92_V.fits'), join(folder, 'm92.fits'));
  await expect(start('mixed-survey', folder)).rejects.toMatchObject({ code: 'cli.no-raws', message: /1 of KPNO-RCA1/ });
  symlinkSync(dataPath('hatp32-microobs-2017', 'frames', frame), join(folder, frame));
  await expect(start('mixed-survey', folder)).rejects.toMatchObject({
    code: 'cli.mixed-cameras',
    details: { found: { MicroObservatory: 1, 'KPNO-RCA1': 1 } },
  });
});

test('a folder without a survey file, and a wrong one, say what is expected', async () => {
  const folder = join(work, 'bare');
  mkdirSync(folder);
  await expect(start('bare-survey', folder)).rejects.toMatchObject({ code: 'cli.bad-survey-file', message: /hatp32-microobs-2017/ });
  writeFileSync(join(folder, 'survey.yaml'), 'format: almagest-survey/1\ntitle: x\ncamera: microobs\nstate: cooked\nstars: {}\n');
  await expect(start('bare-survey', folder)).rejects.toMatchObject({ code: 'cli.bad-survey-file', message: /state/ });
});
