import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Exposure, exposureOf, imageOf, maskedImageOf, createMask, createImage } from '@almagest/image';
import { readRaw } from '@almagest/instrument';
import { runTask } from '@almagest/pipeline';
import { loadProfile, prepareSurvey, rawBytes, simulateOne } from '@almagest/simulation';
import { expect, test } from 'vitest';
import { MissingCalibrationError } from './errors.ts';
import { isrTask } from './isr-task.ts';

test('a simulated raw goes through the task, from the file to an exposure with its visit', async () => {
  const survey = prepareSurvey(loadProfile('tiny'));
  const [detector] = survey.camera.detectors;
  const plan = survey.plans.find((p) => p.type === 'science' && p.band === 'r')!;
  const folder = await mkdtemp(join(tmpdir(), 'almagest-isr-task-'));
  try {
    const path = join(folder, 'raw.fits');
    await writeFile(path, rawBytes(survey.camera, simulateOne(survey, plan, detector)));
    const raw = await readRaw(path);
    const signature = survey.signatureOf(detector);
    const frame = (data: Float32Array): Exposure =>
      exposureOf(maskedImageOf(imageOf(data, 512, 512), createMask(512, 512), createImage(512, 512)));
    const { gains, readNoises } = {
      gains: signature.amplifiers.map((a) => a.gain),
      readNoises: signature.amplifiers.map((a) => a.readNoise),
    };
    const inputs = {
      raw,
      biasFrame: frame(signature.biasPattern),
      darkFrame: frame(new Float32Array(512 * 512).fill(signature.effects.darkCurrent)),
      flatFrame: frame(signature.response),
      ptc: { gains, readNoises },
      bfKernel: { ...signature.brighterFatter, values: [...signature.brighterFatter.values] },
      crosstalkMatrix: { linear: [...signature.crosstalk] },
      defectList: { boxes: signature.defects },
    };
    const { outputs, metadata } = await runTask(isrTask, {
      inputs,
      config: { crosstalk: true, brighterFatter: true },
      dataId: { instrument: 'SimCam-tiny', exposure: plan.exposureId, detector: 0 },
    });
    const exposure = outputs['exposure'] as Exposure;
    expect(exposure.filter).toEqual({ band: 'r', physical: 'sim_r' });
    expect(exposure.detectorName).toBe('S00');
    const center = exposure.wcs!.pixelToSky(255.5, 255.5);
    expect(Math.hypot((center.ra - plan.pointing.ra) * Math.cos(center.dec), center.dec - plan.pointing.dec) * 206_265).toBeLessThan(10);
    expect(exposure.visitInfo?.visitId).toBe(BigInt(plan.exposureId));
    expect(exposure.visitInfo?.boresightAirmass).toBeCloseTo(plan.sky!.airmass, 3);
    expect(exposure.maskedImage.image.data.every((v) => Number.isFinite(v))).toBe(true);
    expect(JSON.stringify(metadata)).toContain('brighterFatterPasses');
    await expect(runTask(isrTask, { inputs: { raw } })).rejects.toThrow(MissingCalibrationError);
    const wrong = { ...inputs, flatFrame: { ...inputs.flatFrame, detectorName: 'S77' } };
    await expect(runTask(isrTask, { inputs: wrong })).rejects.toThrow(/flat for detector S00 of exposure \d+ is of detector S77/);
    const timeless = { ...raw, info: { ...raw.info, exposure_time: null, dark_time: null } };
    await expect(runTask(isrTask, { inputs: { ...inputs, raw: timeless } })).rejects.toThrow('S00 has no exposure time');
  } finally {
    await rm(folder, { recursive: true });
  }
});
