import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Butler } from '@almagest/butler';
import { loadCamera } from '@almagest/instrument';
import { loadProfile, prepareSurvey, simulateSurvey } from '@almagest/simulation';
import { expect, test } from 'vitest';
import { calibrate } from '../survey/calibrate.ts';
import { isrSwitches, withSwitches } from '../survey/isr-switches.ts';
import { runStep } from '../survey/run-step.ts';
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
    expect(verdicts.filter(({ passed }) => !passed)).toEqual([]);
    const [ref] = await datasetsOf(butler, 'ptc', ['SimCam-tiny/calib']);
    const ptc = (await butler.get(ref!)) as { gains: number[]; readNoises: number[]; saturations: number[]; suspects: number[] };
    const signature = survey.signatureOf(survey.camera.detectors[0]!);
    const truth = signature.amplifiers;
    for (const [k, { gain, readNoise }] of truth.entries()) {
      expect(Math.abs(ptc.gains[k]! / gain - 1)).toBeLessThan(0.01);
      expect(Math.abs(ptc.readNoises[k]! / Math.hypot(readNoise, gain / Math.sqrt(12)) - 1)).toBeLessThan(0.03);
      // The full well in raw levels, as the reduction takes it from the curve.
      const full = survey.camera.detectors[0]!.amplifiers[k]!.saturation;
      const planted = Math.min(full, truth[k]!.biasAdu + signature.effects.fullWell / gain);
      expect(Math.abs(ptc.saturations[k]! / planted - 1)).toBeLessThan(0.03);
      expect(ptc.suspects[k]!).toBeLessThanOrEqual(ptc.saturations[k]!);
    }
    const [matrix] = await datasetsOf(butler, 'crosstalk', ['SimCam-tiny/calib']);
    const { linear, linearErrors } = (await butler.get(matrix!)) as { linear: number[]; linearErrors: number[] };
    const worst = Math.max(...linear.map((value, i) => Math.abs(value - signature.crosstalk[i]!) - 4 * linearErrors[i]!));
    expect(worst).toBeLessThan(1e-6);
    // Everything that passed is used from now on.
    const switches = await isrSwitches(butler, 'SimCam-tiny');
    expect(switches.map(({ step, on }) => [step, on])).toEqual([
      ['linearity', true],
      ['crosstalk', true],
      ['transfer', true],
      ['brighterFatter', true],
    ]);
    const { run, summary } = await runStep(butler, {
      name: 'isr',
      pipeline: 'single-frame.yaml',
      tasks: 'isr',
      input: ['SimCam-tiny/raw/all', 'SimCam-tiny/calib'],
      output: 'SimCam-tiny/reduced',
      where: "instrument = 'SimCam-tiny' AND exposure.observation_type = 'science'",
      cores: 1,
      timestamp: '20260315T000000Z',
      config: withSwitches(switches),
    });
    expect(summary.counts).toMatchObject({ success: 6, failed: 0 });
    expect(await butler.get('isr_config', {}, { collections: [run] })).toMatchObject({
      linearity: true,
      crosstalk: true,
      transfer: true,
      brighterFatter: true,
    });
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
