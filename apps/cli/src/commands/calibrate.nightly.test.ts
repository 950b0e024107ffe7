import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Butler } from '@almagest/butler';
import { loadCamera } from '@almagest/instrument';
import { loadProfile, prepareSurvey, simulateSurvey } from '@almagest/simulation';
import { expect, test } from 'vitest';
import { calibrate } from '../survey/calibrate.ts';
import { datasetsOf, ingestSurvey, registerCamera } from '../survey/repository.ts';

test('a calibration night gives every product, verified and certified, with gain and noise as planted', { timeout: 600_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'almagest-calibrate-'));
  try {
    const survey = prepareSurvey(loadProfile('calibration'));
    for await (const _ of simulateSurvey(survey, join(folder, 'night'))) continue;
    await using butler = await Butler.create(join(folder, 'repo'));
    await registerCamera(butler, 'simcam-tiny');
    await ingestSurvey(butler, [join(folder, 'night/raw')], { camera: loadCamera('simcam-tiny') });
    const plots = join(folder, 'plots');
    const verdicts = await calibrate(butler, {
      instrument: 'SimCam-tiny',
      cores: 1,
      timestamp: '20260315T000000Z',
      fromScience: true,
      plots,
    });
    const made = new Set(verdicts.map(({ product }) => product));
    for (const product of [
      'bias',
      'dark',
      'linearizer',
      'ptc',
      'bfk',
      'cti',
      'flat',
      'defects',
      'skyFlat',
      'illumination',
      'crosstalk',
      'fringe',
    ])
      expect(made).toContain(product);
    // The stars of this field are too few and faint to tell of crosstalk, which the verdict says; it is not certified.
    expect(verdicts.filter(({ passed }) => !passed).map(({ product }) => product)).toEqual(['crosstalk']);
    expect(await datasetsOf(butler, 'crosstalk', ['SimCam-tiny/calib'])).toEqual([]);
    const [ref] = await datasetsOf(butler, 'ptc', ['SimCam-tiny/calib']);
    const ptc = (await butler.get(ref!)) as { gains: number[]; readNoises: number[] };
    const truth = survey.signatureOf(survey.camera.detectors[0]!).amplifiers;
    for (const [k, { gain, readNoise }] of truth.entries()) {
      expect(Math.abs(ptc.gains[k]! / gain - 1)).toBeLessThan(0.01);
      expect(Math.abs(ptc.readNoises[k]! / Math.hypot(readNoise, gain / Math.sqrt(12)) - 1)).toBeLessThan(0.03);
    }
    const files = await readdir(plots);
    expect(files.length).toBe(verdicts.length);
    for (const file of files) expect(await readFile(join(plots, file), 'utf8')).toMatch(/^<svg [^]*<\/svg>\n$/);
    // What is certified is kept.
    const again = await calibrate(butler, { instrument: 'SimCam-tiny', cores: 1, timestamp: '20260316T000000Z' });
    expect(again).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
