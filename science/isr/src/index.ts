export {
  type AmplifierOffsetOptions,
  type AmplifierOffsets,
  DEFAULT_AMPLIFIER_OFFSET,
  fitAmplifierOffsets,
  type OffsetRequest,
} from './amplifier-offset/amplifier-offset.ts';
export {
  divideByFlatInPlace,
  fillVarianceInPlace,
  type FlatStatistics,
  subtractInPlace,
  subtractScaledInPlace,
} from './arithmetic/arithmetic.ts';
export {
  type BrighterFatterOptions,
  type BrighterFatterStatistics,
  computeBrighterFatterCorrection,
  DEFAULT_BRIGHTER_FATTER,
} from './brighter-fatter/correct.ts';
export {
  type CosmicRayRequest,
  type CosmicRayResult,
  DEFAULT_LAPLACIAN,
  findCosmicRaysByLaplacian,
  type LaplacianOptions,
} from './cosmic-ray/laplacian.ts';
export {
  DEFAULT_SHARPNESS,
  findCosmicRaysBySharpness,
  gaussianRatios,
  type PsfRatios,
  type SharpnessOptions,
} from './cosmic-ray/sharpness.ts';
export { type CrosstalkMatrix, subtractCrosstalkInPlace } from './crosstalk/crosstalk.ts';
export { maskDefectsInPlace } from './defects/mask-defects.ts';
export { CalibrationMismatchError, MissingCalibrationError, NothingUsableError, RawInputError } from './errors.ts';
export { DEFAULT_FRINGE, fitFringes, type FringeFit, type FringeOptions, type FringeRequest } from './fringe/fringe.ts';
export { DEFAULT_INTERPOLATION, interpolateMaskedInPlace, type InterpolationOptions } from './interpolation/interpolate.ts';
export { linearizeInPlace } from './linearity/linearize.ts';
export { fitLevelsInPlace, type LevelFit } from './overscan/fit-levels.ts';
export {
  measureOverscan,
  MEDIAN_PER_ROW,
  type OverscanLevels,
  type OverscanOptions,
  type OverscanRequest,
  type RawPixels,
  subtractColumnLevelsInPlace,
  subtractRowLevelsInto,
} from './overscan/overscan.ts';
export { DEFAULT_ISR, FULL_ISR, type IsrConfig } from './reduce/isr-config.ts';
export type { AmplifierStatistics, IsrCalibrations, IsrStatistics, RawAmplifierPixels, RawDetector } from './reduce/isr-data.ts';
export { type AssembledDetector, reduceAmplifiersInto } from './reduce/reduce-amplifiers.ts';
export {
  type AmplifierPlanes,
  BAND_ROWS,
  reduceRaw,
  reduceRawByAmplifier,
  type ReducedDetector,
  type ReduceOptions,
} from './reduce/reduce-raw.ts';
export {
  type BrightStar,
  DEFAULT_STAR_MASK,
  type Ghost,
  maskBrightStarsInPlace,
  type StarMaskOptions,
} from './saturation/bright-star-mask.ts';
export { growBitInPlace } from './saturation/grow-mask.ts';
export { maskSaturationInPlace } from './saturation/mask-saturation.ts';
export { restoreDeferredChargeInPlace, type TransferModel } from './transfer/serial-transfer.ts';
export { type AmplifierCalibration, isrTask, type KernelData, visitInfoOf } from './isr-task.ts';
