export { airmassAt, type Air, type Horizontal, horizontalOf, refraction, refractivity } from './atmosphere/refraction.ts';
export { bleedInPlace } from './detector/bleed.ts';
export { pushBoundariesInPlace } from './detector/brighter-fatter.ts';
export { type CosmicRayHits, drawCosmicRays } from './detector/cosmic-rays.ts';
export { addFringesInPlace, exposeDetector, type ExposedDetector, fringePattern, type Light } from './detector/expose.ts';
export { type RawAmplifier, readOut } from './detector/read-out.ts';
export {
  type AmplifierTruth,
  brighterFatterKernel,
  type Defect,
  type DefectKind,
  type DetectorSignature,
  makeSignature,
} from './detector/signature.ts';
export { InjectionError, ProfileError, ProfileNotFoundError } from './errors.ts';
export { type ApparentSource, apparentSky, type SkyTimes } from './observation/apparent-sky.ts';
export type { ExposurePlan, ExposureType, ObservingConditions } from './observation/exposure-plan.ts';
export { planSurvey } from './observation/plan-survey.ts';
export {
  differentialRefraction,
  type DrawnSource,
  psfAtPixel,
  type RenderedSky,
  renderSky,
  type RenderInput,
  zeroPointOf,
} from './observation/render-sky.ts';
export { midpointMjd, type SimulatedExposure, simulateExposure, type SimulateInput } from './observation/simulate-exposure.ts';
export { addGalaxyInPlace, type GalaxyOnPixels } from './optics/draw-galaxy.ts';
export { addGaussianInPlace, type GaussianBlob } from './optics/draw-gaussian.ts';
export { type DetectorMapping, makeMapping, type Pointing, sipCards, skyToTangent, tangentToSky } from './optics/pointing.ts';
export { addStarInPlace, drawPsf, effectiveAreaOfPsf, peakOfPsf, psfAt, type PsfComponents, type PsfField } from './optics/psf-model.ts';
export { type GaussianMixture, sersicB, sersicMixture } from './optics/sersic-mixture.ts';
export { listProfiles, loadProfile, parseProfile } from './profile/load-profile.ts';
export type { CalibrationPlan, EffectStrengths, Profile } from './profile/profile.ts';
export { DEFAULT_EFFECTS } from './profile/profile-schema.ts';
export { rawBytes, rawFileName } from './raw/write-raw.ts';
export { type AsteroidView, earthPosition, propagate, viewAsteroid } from './sky/asteroids.ts';
export { type Band, BAND_PROPERTIES, type BandProperties, BANDS, isBand, type Magnitudes } from './sky/bands.ts';
export { CLASS_RECIPES, dampedRandomWalk, outburstFlux, periodicChange } from './sky/light-curves.ts';
export { makeSky } from './sky/make-sky.ts';
export type {
  Orbit,
  Outburst,
  SersicShape,
  SkyModel,
  SkyRequest,
  SkySource,
  SourceKind,
  Variability,
  VariableClass,
} from './sky/sky-model.ts';
export { prepareSurvey, simulateOne, simulateSurvey, type Survey, type WrittenFile } from './survey/simulate-survey.ts';
export {
  amplifierTable,
  cosmicRayTable,
  defectTable,
  exposureTable,
  objectTable,
  orbitTable,
  type PlantedSignature,
  sourceTable,
} from './truth/truth-tables.ts';
export { INJECTED_PLANES, type InjectedSource, type InjectionOptions, type InjectionTruth, injectSources } from './injection/inject.ts';
export { injectionSources, injectionTable, injectionTask } from './injection/injection-task.ts';
