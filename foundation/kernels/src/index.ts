export { KernelArgumentError, KernelMemoryError, KernelThreadsError } from './errors.ts';
export { type ArenaOptions, KernelArena, kernelBytesInUse } from './memory/arena.ts';
export type { KernelArray, Plane } from './memory/frame.ts';
export { type KernelThreadOptions, kernelThreads, type KernelWorker, type KernelWorkerStart, setKernelThreads } from './threads/threads.ts';
export {
  type BlockKernel,
  convolveDense,
  convolveSeparable,
  convolveVarying,
  type DenseKernel,
  type EdgeRule,
} from './convolution/convolve.ts';
export { type MappingGrid, resample, type ResampleRequest } from './resampling/resample.ts';
export type { ResamplingKernel } from './resampling/weights.ts';
export { fftComplex2dInPlace, fftReal2d, halfSpectrumLength, inverseFftReal2d } from './fft/fft.ts';
export { nextFftSize } from './fft/plan.ts';
export { gunzipInto } from './codecs/inflate.ts';
export { PLIO_MAX, plioDecode, plioEncode } from './codecs/plio.ts';
export { type CodecTile, type EncodedTiles, riceDecodeRuns, riceDecodeTiles, riceEncodeRuns, riceEncodeTiles } from './codecs/rice.ts';
export { sumWords } from './codecs/word-sum.ts';
export type { RicePixels } from './codecs/rice-reference.ts';
export { type CellOptions, type CellStatistics, measureCells } from './background/cells.ts';
export { copySoundInto, divideByMeshInPlace, hasNonFinite } from './background/divide.ts';
export { evaluateSurface, subtractSurface, type SurfaceMesh } from './background/surface.ts';
export { hcompressDecode, hcompressEncode, type HcompressTile } from './codecs/hcompress.ts';
export { LABEL_PITCH, LABEL_SUMS, labelAbove, type LabelRequest, type Labels, paintLabelsInto } from './labelling/label.ts';
export { cosmicRayLaplacian, medianFilter, type MedianSize } from './filters/filters.ts';
export { combineRows, type CombinedRows, type CombineRequest } from './combine/combine.ts';
export {
  type CalibrationPlane,
  flattenAmplifier,
  type FlattenCounts,
  type FlattenedPlanes,
  type FlattenRequest,
  type RawSamples,
} from './flatten/flatten.ts';
export { findFlagged, findNotFinite } from './flags/find-flagged.ts';
export { normalizePixels, scalePixelsInPlace } from './subtraction/normalize.ts';
export { computeDifference, DIFFERENCE_BLOCK, type DifferenceCounts, type DifferenceRequest } from './subtraction/difference.ts';
export { type SeparableFunctions, type StampWorkspace, withStampWorkspace } from './subtraction/stamps.ts';
export {
  ISOPHOTAL_VALUES,
  isophotalMoments,
  type PhotometerPlaces,
  type PhotometerRequest,
  photometerSources,
  type Photometry,
  PHOTOMETRY_VALUES,
} from './photometry/photometer.ts';
