import { createMaskedImage, type Exposure, exposureOf, moffatPsf } from '@almagest/image';
import { createRandom } from '@almagest/numerics';
import { runTask } from '@almagest/pipeline';
import { getColumn, type Table } from '@almagest/table';
import { createWcs } from '@almagest/wcs';
import { expect, test } from 'vitest';
import { MetricOptionError } from '../errors.ts';
import { parseMetricsReport } from '../report/metrics-report.ts';
import { recoverInjected } from './injection-recovery.ts';
import { recoverInjectedTask } from './index.ts';

const SIDE = 720;
const SKY = 400;

/** An empty sky of 400 electrons, already subtracted; one electron is 20 nJy. */
function emptyExposure(): Exposure {
  const maskedImage = createMaskedImage(SIDE, SIDE);
  const { data } = maskedImage.image;
  createRandom(7).fillNormal(data as Float32Array<ArrayBuffer>, 0, Math.sqrt(SKY));
  maskedImage.variance.data.fill(SKY);
  return exposureOf(maskedImage, {
    psf: moffatPsf(4, { beta: 3.5, halfWidth: 25 }),
    photoCalib: { calibrationMean: 20, calibrationErr: 0 },
    filter: { band: 'r', physical: 'r_01' },
    wcs: createWcs({
      crpix: [SIDE / 2, SIDE / 2],
      cd: [-0.2 / 3600, 0, 0, 0.2 / 3600],
      projection: 'TAN',
      crval: [150, 2],
      frame: { system: 'ICRS' },
    }),
  });
}

const OPTIONS = { spacingPixels: 45, magRange: [15.5, 25.5], radiusArcsec: 0.6, magTolerance: 1, threshold: 5, seed: 3 } as const;

test('stars put into noise are found down to the threshold, with their fluxes (seeds 3, 7)', () => {
  const exposure = emptyExposure();
  const before = exposure.maskedImage.image.data.slice(0, 1000);
  const { comparison, completenessBySnr, measurements } = recoverInjected(exposure, OPTIONS);
  expect(exposure.maskedImage.image.data.slice(0, 1000)).toEqual(before);
  const value = (name: string): number => measurements.find((each) => each.name === name)?.value ?? Number.NaN;
  expect(completenessBySnr.filter(({ low, total }) => low >= 7 && total > 0).every(({ fraction }) => fraction > 0.9)).toBe(true);
  expect(value('completeness50Snr')).toBeGreaterThan(4.3);
  expect(value('completeness50Snr')).toBeLessThan(5.7);
  // S/N 180 and more, ten stars each: medians are good to 0.3 %; the PSF model, of the same stars, to a few parts in a thousand.
  const bright = comparison.accuracyByMag.filter(({ low, flux }) => low < 16.5 && flux.count > 0);
  expect(bright.length).toBe(2);
  for (const { flux } of bright) expect(Math.abs(flux.median)).toBeLessThan(0.01);
  expect(comparison.accuracy.pulls.flux.width).toBeGreaterThan(0.8);
  expect(comparison.accuracy.pulls.flux.width).toBeLessThan(1.4);
  expect(measurements.some(({ name }) => name === 'purity')).toBe(false);
});

test('the task gives a report and a table of the stars', async () => {
  const { spacingPixels, radiusArcsec, magTolerance, threshold } = OPTIONS;
  const { outputs } = await runTask(recoverInjectedTask, {
    inputs: { exposure: emptyExposure() },
    config: { spacingPixels, radiusArcsec, magTolerance, threshold, bright: 15.5, faint: 25.5 },
    dataId: { instrument: 'Test', visit: 7, detector: 3 },
  });
  const report = parseMetricsReport(JSON.parse(JSON.stringify(outputs['metrics'])));
  const completeness = report.metrics.find(({ name }) => name === 'completeness')?.value ?? Number.NaN;
  const found = Array.from(getColumn(outputs['stars'] as Table, 'found').data as Uint8Array);
  expect(completeness).toBeCloseTo((100 * found.reduce((a, b) => a + b, 0)) / found.length, 9);
});

test('stars that do not fit into the image are refused', () => {
  expect(() => recoverInjected(emptyExposure(), { ...OPTIONS, spacingPixels: 2000 })).toThrow(MetricOptionError);
});
