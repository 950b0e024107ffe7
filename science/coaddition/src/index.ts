export { type CompareOptions, compareEpochs, type EpochArtifacts, mostRareEpochs } from './artifacts/compare-epochs.ts';
export { type AccumulatorOptions, type Coadd, CoaddAccumulator, combineWarps } from './combine/accumulator.ts';
export { type ClippedMeanOptions, computeClippedMean } from './combine/clipped-mean.ts';
export { coaddPsf, type PsfInput } from './combine/coadd-psf.ts';
export { measureNoiseCorrelation, measureVarianceScale, type NoiseCorrelation, scaleVarianceInPlace } from './combine/noise-correlation.ts';
export { NoInputsError, PsfTooWideError, WarpMismatchError } from './errors.ts';
export { type InputQuality, selectInputs, type SelectionRules } from './selection/select-inputs.ts';
export { type MatchOptions, matchingKernel, matchWarp } from './warps/match-psf.ts';
export { fwhmAtMiddle, inverseVarianceWeight, makeWarp, type PatchFrame, UNUSABLE_PLANES, usableShare, type Warp } from './warps/warp.ts';
