export {
  type ApertureCorrection,
  type ApertureCorrectionStars,
  fitApertureCorrection,
} from './aperture-correction/fit-aperture-correction.ts';
export { meshValueAt } from './background/mesh-value.ts';
export { type Background, type BackgroundOptions, evaluateBackground, measureBackground, subtractBackground } from './background/mesh.ts';
export { detectPeaks, type PeakList, type PeakOptions } from './detection/detect-peaks.ts';
export {
  computeSignificance,
  createMatchedFilter,
  type MatchedFilter,
  type SignificanceMap,
  type SignificanceOptions,
} from './detection/significance.ts';
export { NoBackgroundError, TooFewStarsError } from './errors.ts';
export { fitPixelBasisPsf, type PixelBasisFit, type PixelBasisOptions, type PsfStarResult } from './psf/fit-pixel-basis.ts';
export { fitGaussianMixture, fitMoffat, type GaussianMixtureFit, type MoffatFit } from './psf/fit-profile.ts';
export { computeRhoStatistics, type RhoSample, type RhoStatistics } from './psf/rho-statistics.ts';
export { type AdaptiveMoments, type AdaptiveMomentsOptions, measureAdaptiveMoments } from './shape/adaptive-moments.ts';
export { halfSampleMode } from './stars/half-sample-mode.ts';
export { selectStars, type StarCandidates, type StarSelectionOptions } from './stars/select-stars.ts';
export { type DetectorSky, fitFocalPlaneSky, type FocalPlaneSky, type FocalPlaneSkyOptions } from './background/focal-plane-sky.ts';
export { fitChebyshevBackground, subtractField } from './background/chebyshev.ts';
export { detectBoth, type EmptySky, measureEmptySky, type SignedPeaks } from './detection/detect-both.ts';
export {
  type Bounds,
  type Footprint,
  footprintArea,
  footprintsOf,
  growFootprints,
  markFootprintsInPlace,
  markGrownFootprintsInPlace,
} from './detection/footprint.ts';
