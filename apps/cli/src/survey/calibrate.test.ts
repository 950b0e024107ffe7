import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Butler } from '@almagest/butler';
import { loadCamera } from '@almagest/instrument';
import { loadProfile, prepareSurvey, rawBytes, simulateOne } from '@almagest/simulation';
import { taiNsFromIso } from '@almagest/time';
import { expect, test } from 'vitest';
import { calibrate } from './calibrate.ts';
import { datasetsOf, ingestSurvey, registerCamera } from './repository.ts';

test(
  'products are verified and certified for their time; outside of it the next step says what is missing, and where',
  { timeout: 60_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'almagest-calibrate-'));
    try {
      const survey = prepareSurvey(loadProfile('tiny'));
      const detector = survey.camera.detectors[0]!;
      const plans = (['bias', 'dark'] as const).flatMap((type) => survey.plans.filter((plan) => plan.type === type).slice(0, 3));
      await mkdir(join(folder, 'raw'));
      for (const plan of plans)
        await writeFile(join(folder, 'raw', `${plan.observationId}.fits`), rawBytes(survey.camera, simulateOne(survey, plan, detector)));
      await using butler = await Butler.create(join(folder, 'repo'));
      await registerCamera(butler, 'simcam-tiny');
      await ingestSurvey(butler, [join(folder, 'raw')], { camera: loadCamera('simcam-tiny') });
      const at = (text: string): bigint => taiNsFromIso(text, { scale: 'tai' });
      const base = { instrument: 'SimCam-tiny', cores: 1 };
      const past = { begin: at('2020-01-01T00:00:00'), end: at('2020-02-01T00:00:00') };
      // The bias is certified for another year, so that the darks of this night find none.
      await expect(calibrate(butler, { ...base, timestamp: '20260315T000000Z', validity: past })).rejects.toThrow(
        /bias.*detector S00 has no calibration for it/,
      );
      await butler.registry.decertify('SimCam-tiny/calib', 'bias');
      const verdicts = await calibrate(butler, { ...base, timestamp: '20260316T000000Z' });
      expect(verdicts.map(({ product, passed }) => [product, passed])).toEqual([
        ['bias', true],
        ['dark', true],
        ['defects', true],
      ]);
      expect(verdicts[0]!.checks.map(({ name }) => name)).toContain('scatter over that of averaged read noise');
      expect((await datasetsOf(butler, 'dark', ['SimCam-tiny/calib'])).length).toBe(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
