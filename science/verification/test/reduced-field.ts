import { Header } from '@almagest/fits';
import { type Exposure, exposureOf } from '@almagest/image';
import { FULL_ISR, reduceRaw } from '@almagest/isr';
import {
  type DrawnSource,
  type ExposurePlan,
  fringePattern,
  loadProfile,
  prepareSurvey,
  type Profile,
  simulateOne,
  sipCards,
  type Survey,
} from '@almagest/simulation';
import { readWcs } from '@almagest/wcs';

/** The survey of a profile, richer or poorer in stars, and with a seed of its own. */
export function surveyOf(options: {
  readonly profile?: string;
  readonly seed: string;
  readonly sky?: Partial<Profile['sky']>;
  readonly nights?: Profile['nights'];
}): Survey {
  const profile = loadProfile(options.profile ?? 'field');
  const { nights = profile.nights, seed } = options;
  return prepareSurvey({ ...profile, nights, sky: { ...profile.sky, ...options.sky } }, { seed });
}

/** Science exposures of a survey in some bands, in order of time. */
export function scienceOf(survey: Survey, bands: readonly string[]): ExposurePlan[] {
  return survey.plans.filter((plan) => plan.type === 'science' && bands.includes(plan.band));
}

/** A detector of one exposure with its whole signature planted and taken off again, and what was drawn on it. */
export interface ReducedField {
  /** With the WCS that the telescope's pointing tells, which is off by its error. */
  readonly exposure: Exposure;
  readonly drawn: readonly DrawnSource[];
  /** Magnitude of one electron, and sky per pixel [electron]. */
  readonly zeroPoint: number;
  readonly skyLevel: number;
}

export function reducedField(survey: Survey, plan: ExposurePlan): ReducedField {
  const { camera } = survey;
  const [detector] = camera.detectors;
  const { width, height } = detector;
  const signature = survey.signatureOf(detector);
  const exposure = simulateOne(survey, plan, detector);
  const { amplifiers, effects } = signature;
  const { maskedImage } = reduceRaw(
    { detector, amplifiers: exposure.raw, darkSec: plan.exposureSec, seed: 'field' },
    {
      gains: amplifiers.map((a) => a.gain),
      readNoises: amplifiers.map((a) => a.readNoise),
      linearity: amplifiers.map(({ beta }) => ({ type: 'polynomial', coefficients: [beta, 2 * beta ** 2, 5 * beta ** 3] })),
      crosstalk: { victims: amplifiers.length, sources: amplifiers.length, linear: signature.crosstalk },
      transfer: amplifiers.map(() => ({ inefficiency: effects.cti, decayPixels: effects.ctiDecay })),
      bias: signature.biasPattern,
      dark: new Float32Array(width * height).fill(effects.darkCurrent),
      flat: signature.response,
      fringes: [Float32Array.from({ length: width * height }, (_, i) => fringePattern(detector, i % width, Math.floor(i / width)))],
      brighterFatter: signature.brighterFatter,
      defects: signature.defects,
    },
    FULL_ISR,
  );
  const wcs = readWcs(Header.of(sipCards(camera, detector, plan.nominal)));
  return {
    exposure: exposureOf(maskedImage, {
      wcs,
      filter: { band: plan.band, physical: `sim_${plan.band}` },
      detectorId: detector.id,
    }),
    drawn: exposure.drawn,
    zeroPoint: exposure.zeroPoint,
    skyLevel: exposure.skyLevel,
  };
}
