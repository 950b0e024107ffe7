// Simulate one exposure whose truth is known, remove the signature with the planted calibrations, and look at what is left.
import { FULL_ISR, reduceRaw } from '@almagest/isr';
import { loadProfile, prepareSurvey, simulateOne } from '@almagest/simulation';

const survey = prepareSurvey(loadProfile('tiny'));
const [detector] = survey.camera.detectors;
const plan = survey.plans.find((p) => p.type === 'science' && p.band === 'r');
if (!detector || !plan) throw new Error('the profile has no r exposure');

const exposure = simulateOne(survey, plan, detector);
const { amplifiers, biasPattern, response, crosstalk, brighterFatter, defects, effects } = survey.signatureOf(detector);
const n = amplifiers.length;

const { maskedImage, statistics } = reduceRaw(
  { detector, amplifiers: exposure.raw, darkSec: plan.exposureSec, seed: 'example' },
  {
    gains: amplifiers.map((a) => a.gain),
    readNoises: amplifiers.map((a) => a.readNoise),
    linearity: amplifiers.map(({ beta }) => ({ type: 'polynomial', coefficients: [beta, 2 * beta ** 2, 5 * beta ** 3] })),
    crosstalk: { victims: n, sources: n, linear: crosstalk },
    transfer: amplifiers.map(() => ({ inefficiency: effects.cti, decayPixels: effects.ctiDecay })),
    bias: biasPattern,
    dark: new Float32Array(biasPattern.length).fill(effects.darkCurrent),
    flat: response,
    brighterFatter,
    defects,
  },
  { ...FULL_ISR, fringe: null },
);

console.log(`sky planted ${exposure.skyLevel.toFixed(1)} e, found ${statistics.median.toFixed(1)} e`);
for (const { name, readNoise } of statistics.amplifiers) console.log(`${name}: read noise ${readNoise.toFixed(2)} e from the overscan`);
console.log(
  `${statistics.saturatedPixels} saturated, ${statistics.defectPixels} bad, ${statistics.interpolatedPixels} interpolated of ${maskedImage.image.data.length}`,
);
