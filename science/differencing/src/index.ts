export { createDecorrelationKernel } from './decorrelation/decorrelate.ts';
export { detectDifference, type DifferenceDetection } from './detection/detect-difference.ts';
export { GridMismatchError, NoOverlapError, TooFewCandidatesError } from './errors.ts';
export { type BasisFunction, chooseTerms, createGaussianBasis, type GaussianTerm, type KernelBasis } from './kernel/gaussian-basis.ts';
export { blockKernelOf, fitSpatialKernel, kernelImageAt, type SpatialFitOptions, type SpatialKernel } from './kernel/spatial-kernel.ts';
export { buildStampEquations, type StampEquations, type StampImages } from './kernel/stamp-equations.ts';
export { type SubtractInput, subtractImages, type Subtraction, type SubtractOptions } from './subtraction/subtract-images.ts';
export { buildTemplateTask, subtractTask } from './differencing-tasks.ts';
export { buildTemplate } from './template/build-template.ts';
