import { loadCamera, type Detector } from '@almagest/instrument';
import { DEFAULT_ISR, type IsrCalibrations, type IsrConfig, type RawDetector, reduceRaw } from '@almagest/isr';
import {
  DEFAULT_EFFECTS,
  type DetectorSignature,
  type EffectStrengths,
  type ExposurePlan,
  loadProfile,
  makeSignature,
  prepareSurvey,
  simulateExposure,
  type SimulatedExposure,
  type SkySource,
} from '@almagest/simulation';

/** Light of the flat lamp of the simulated night [electron/s]. */
export const LAMP = 2500;

/** A small detector whose signature is known, and exposures of it. */
export interface CalibrationNight {
  readonly detector: Detector;
  readonly signature: DetectorSignature;
  bias(n: number): SimulatedExposure;
  dark(n: number, seconds: number): SimulatedExposure;
  flat(n: number, level: number): SimulatedExposure;
  sky(n: number, options: { readonly sources?: readonly SkySource[]; readonly band?: string; readonly skyMag?: number }): SimulatedExposure;
}

const survey = prepareSurvey(loadProfile('tiny'));

export function makeNight(effects: Partial<EffectStrengths>, seed: string): CalibrationNight {
  const camera = loadCamera('simcam-tiny');
  const [detector] = camera.detectors;
  const signature = makeSignature(detector, { ...DEFAULT_EFFECTS, cosmicRays: 0, ...effects }, seed);
  const science = survey.plans.find((p) => p.type === 'science' && p.band === 'r')!;
  const take = (n: number, change: Partial<ExposurePlan>, sources: readonly SkySource[] = []): SimulatedExposure => {
    const plan = { ...science, exposureId: science.exposureId + n, ...change };
    return simulateExposure({
      camera,
      detector,
      plan: { ...plan, sky: plan.sky && { ...plan.sky, satelliteTrails: 0 } },
      signature,
      sky: { sources, orbits: [], referenceMjd: 61_000 },
      times: { epochs: survey.epochs, seed },
      seed: `${seed}/${n}`,
    });
  };
  return {
    detector,
    signature,
    bias: (n) => take(n, { type: 'bias', sky: null, exposureSec: 0 }),
    dark: (n, seconds) => take(n, { type: 'dark', sky: null, exposureSec: seconds }),
    flat: (n, level) => take(n, { type: 'flat', sky: null, level, exposureSec: level / LAMP }),
    sky: (n, { sources = [], band = 'r', skyMag }) =>
      take(n, { band: band as ExposurePlan['band'], sky: { ...science.sky!, ...(skyMag === undefined ? {} : { skyMag }) } }, sources),
  };
}

/** The pointing of its sky exposures [rad]. */
export function pointing(): { readonly ra: number; readonly dec: number } {
  return survey.plans.find((p) => p.type === 'science' && p.band === 'r')!.pointing;
}

export function rawOf({ detector, raw, plan }: SimulatedExposure): RawDetector {
  return { detector, amplifiers: raw, darkSec: plan.exposureSec, seed: 'night' };
}

/** Only the overscan taken off, unless more is asked for; in ADU where the gains are 1. */
export const BARE: IsrConfig = {
  ...DEFAULT_ISR,
  saturation: false,
  bias: false,
  dark: false,
  flat: false,
  defects: false,
  interpolation: null,
};

export function reduced(exposure: SimulatedExposure, calibrations: IsrCalibrations = {}, config: Partial<IsrConfig> = {}): Float32Array {
  return reduceRaw(rawOf(exposure), calibrations, { ...BARE, ...config }).maskedImage.image.data;
}
