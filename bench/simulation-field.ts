import { loadProfile, prepareSurvey, simulateOne } from '@almagest/simulation';

/** One raw of the `field` profile with the full signature: under 10 s and 1.5 GB. */
const survey = prepareSurvey(loadProfile('field'));
const [detector] = survey.camera.detectors;
const plan = survey.plans.find((p) => p.type === 'science');
if (!detector || !plan) throw new Error('the profile has no science exposure');
survey.signatureOf(detector);
const before = process.cpuUsage();
const start = performance.now();
simulateOne(survey, plan, detector);
const seconds = (performance.now() - start) / 1000;
const used = process.cpuUsage(before);
const peakMb = process.resourceUsage().maxRSS / 1000;
console.log(
  JSON.stringify({
    bench: 'one simulated field raw, 4k x 4k, full signature',
    ours_s: seconds,
    cpu_s: (used.user + used.system) / 1e6,
    peak_mb: peakMb,
    target: '10 s and peak_mb 1500',
  }),
);
