export {
  associateVisit,
  type Association,
  type AssociationInput,
  type AssociationSettings,
  DEFAULT_ASSOCIATION,
  type KnownMovingObjects,
} from './association/associate-visit.ts';
export {
  meanPosition,
  OBJECT_BANDS,
  type ObjectDetections,
  type ObjectForced,
  objectRows,
  type ObjectVersion,
} from './association/object-rows.ts';
export { ColumnLengthError, IdOverflowError, TooManyNewObjectsError } from './errors.ts';
export { computeFluxFeatures, computeStetsonJ, type FluxFeatures } from './features/flux-features.ts';
export { type LightCurve, usablePoints } from './features/light-curve.ts';
export { FORCED_BAD_PLANES, type ForcedFluxes, measureForcedFluxes, type PixelPositions } from './forced/forced-fluxes.ts';
export { diaIds, type DiaIdParts, packDiaId, unpackDiaId } from './ids/dia-ids.ts';
export { DEFAULT_MATCHING, matchPositions, type MatchSettings, type SkyPositions } from './matching/match-positions.ts';
export {
  computePeriodogram,
  findPeriod,
  type FrequencyGrid,
  type Period,
  type PeriodogramOptions,
  type PeriodSearch,
} from './periods/periodogram.ts';
export { findRotationPeriod } from './periods/rotation-period.ts';
