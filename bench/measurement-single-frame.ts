/**
 * A raw 4k x 4k detector with every effect planted, taken to a calibrated Source table in one process: reduction, sky, PSF, sources,
 * WCS, zero point. Prints the seconds of each step and the peak memory; the requirement is 15 s and 3 GB on two cores.
 */
import { performance } from 'node:perf_hooks';
import { createReferenceCatalogue } from '@almagest/astrometry';
import { Header } from '@almagest/fits';
import { exposureOf } from '@almagest/image';
import { DEFAULT_ISR, reduceRaw } from '@almagest/isr';
import { characterizeImage } from '@almagest/measurement';
import { calibrateImage, sourceTable } from '@almagest/measurement/tasks';
import { loadProfile, prepareSurvey, simulateOne, sipCards } from '@almagest/simulation';
import { readWcs } from '@almagest/wcs';

const survey = prepareSurvey(loadProfile('field'));
const [detector] = survey.camera.detectors;
const plan = survey.plans.find((p) => p.type === 'science' && p.band === 'r')!;
const signature = survey.signatureOf(detector!);
const { raw, drawn } = simulateOne(survey, plan, detector!);
const stars = drawn.filter(({ source }) => source.kind === 'star' && source.mag < 21.5).map(({ source }) => source);
const reference = createReferenceCatalogue({
  ra: Float64Array.from(stars, ({ ra }) => ra),
  dec: Float64Array.from(stars, ({ dec }) => dec),
  mag: Float64Array.from(stars, ({ mag }) => mag),
});
const wcs = readWcs(Header.of(sipCards(survey.camera, detector!, plan.nominal)));

for (let run = 0; run < 2; run++) {
  const [cpu, times] = [process.cpuUsage(), [performance.now()]];
  const { maskedImage } = reduceRaw(
    { detector: detector!, amplifiers: raw, darkSec: plan.exposureSec, seed: 'bench' },
    {
      gains: signature.amplifiers.map((a) => a.gain),
      readNoises: signature.amplifiers.map((a) => a.readNoise),
      bias: signature.biasPattern,
      dark: new Float32Array(detector!.width * detector!.height).fill(signature.effects.darkCurrent),
      flat: signature.response,
      defects: signature.defects,
    },
    DEFAULT_ISR,
  );
  times.push(performance.now());
  const result = characterizeImage(exposureOf(maskedImage, { wcs }), { cosmicRays: true });
  times.push(performance.now());
  const { sources } = calibrateImage(result.exposure, result.sources, reference);
  const table = sourceTable(sources, { visit: 1n, detector: 0, band: 'r', physicalFilter: 'r' });
  times.push(performance.now());
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (from: number, to: number): number => Number(((times[to]! - times[from]!) / 1000).toFixed(2));
  console.log(
    JSON.stringify({
      bench: 'measurement-single-frame',
      run: run === 0 ? 'first' : 'warm',
      ours_s: seconds(0, 3),
      cpu_s: Number(((user + system) / 1e6).toFixed(2)),
      isr_s: seconds(0, 1),
      characterize_s: seconds(1, 2),
      calibrate_s: seconds(2, 3),
      sources: table.nrows,
      peak_GB: Number((process.resourceUsage().maxRSS / 1e6).toFixed(2)),
      target: '15 s and peak_GB 3',
    }),
  );
}
