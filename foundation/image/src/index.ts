export {
  ExposurePartError,
  MaskPlanesError,
  MaskPlanesFullError,
  NoImageError,
  PixelBoundsError,
  ShapeMismatchError,
  UnknownMaskPlaneError,
  UnwritableWcsError,
} from './errors.ts';
export {
  containsBox,
  contiguous,
  copyImage,
  copyPixelsInto,
  createImage,
  createIntImage,
  fillImage,
  type Image,
  imageOf,
  intersectBoxes,
  type PixelArray,
  pixelAt,
  type PixelBox,
  subImage,
} from './pixels/image.ts';
export {
  countMasked,
  createMask,
  DEFAULT_MASK_PLANES,
  knownPlaneBits,
  type Mask,
  type MaskPlanes,
  mergePlanes,
  planeBits,
  planeNames,
  subMask,
  translateBitsInPlace,
  withPlanes,
} from './pixels/mask.ts';
export {
  copyMaskedImage,
  createMaskedImage,
  type MaskedImage,
  maskedImageOf,
  requireSameShape,
  subMaskedImage,
} from './pixels/masked-image.ts';
export { type ApertureCorrections, cutOut, type Exposure, exposureOf, type MetadataValue, subExposure } from './exposure/exposure.ts';
export { calibratePixels } from './exposure/calibrate-pixels.ts';
export type { SkyMapping } from './exposure/sky-mapping.ts';
export type { VisitInfo } from './exposure/visit-info.ts';
export {
  AB_ZEROPOINT_NJY,
  calibrationAt,
  type ChebyshevField,
  countsToNjy,
  evaluateField,
  evaluateFieldRowInto,
  MAGNITUDE_ZERO_NJY,
  magnitudeOfNjy,
  njyOfMagnitude,
  type PhotoCalib,
} from './exposure/photo-calib.ts';
export {
  createKernelImage,
  determinantRadius,
  effectiveArea,
  FWHM_PER_SIGMA,
  fwhmOfShape,
  normalizeInPlace,
  type Psf,
  type PsfDescription,
  type Shape,
} from './psf/psf.ts';
export { ellipticalGaussianPsf, gaussianPsf, moffatPsf, psfOf, sigmaOfFwhm } from './psf/analytic-psfs.ts';
export {
  computeModelTermsInto,
  createModelSpace,
  type ModelSpace,
  modelTermCount,
  nativeHalfWidth,
  type PixelBasisModel,
  pixelBasisPsf,
  renderModelInto,
} from './psf/pixel-basis-psf.ts';
export { computeAdaptiveShape } from './psf/shape.ts';
export { medianInPlace, quantileInPlace, selectInPlace } from './statistics/quantiles.ts';
export {
  type ClippedStatistics,
  computeClippedStatistics,
  computeClippedStatisticsOfValues,
  computeMaskedStatistics,
  computeMedian,
  computeMedianAndSigma,
  computeStatistics,
  type PixelStatistics,
  SIGMA_PER_IQR,
  SIGMA_PER_MAD,
  type StatisticsOptions,
  usablePixels,
} from './statistics/statistics.ts';
export { type ApertureOptions, type ApertureSum, sumInCircle, sumInEllipse } from './psf/aperture.ts';
export { computeGrid, computeSkyGrid, type SkyGrid, type SkyGridOptions } from './warping/sky-grid.ts';
export {
  type SkyFrame,
  warpExposure,
  warpImage,
  warpImageByGrid,
  warpMaskedByGrid,
  warpMaskedImage,
  type WarpOptions,
} from './warping/warp.ts';
export { warpPsf } from './warping/warped-psf.ts';
export {
  findImageHdu,
  type PlacedImage,
  readExposure,
  type ReadExposureOptions,
  readPlace,
  readPlacedImage,
} from './files/read-exposure.ts';
export { type ExposureParts, partHdus, readExposureParts } from './files/part-hdus.ts';
export { exposureHdus, movedWcs, placeCards } from './files/write-exposure.ts';
export { computeQuantileLimits, computeZscale, type DisplayLimits, type ZscaleOptions } from './rendering/limits.ts';
export {
  type LuptonOptions,
  type Picture,
  renderGray,
  renderLupton,
  type RenderOptions,
  shrinkImage,
  type Stretch,
} from './rendering/render.ts';
export { encodeJpeg, encodePng } from './rendering/encode.ts';
export {
  type FixedKernel,
  gaussianKernel,
  type Kernel,
  kernelImageAt,
  kernelReach,
  kernelSumAt,
  type SeparableKernel,
  type VaryingKernel,
} from './convolution/kernel.ts';
export { convolveImage, convolveMaskedImage, type ConvolveOptions, spreadMask } from './convolution/convolve.ts';
export {
  type Background,
  type BackgroundOptions,
  evaluateBackground,
  evaluateNoise,
  evaluateNoiseVarianceInto,
  type LevelEstimator,
  measureBackground,
  subtractBackgroundInPlace,
} from './background/background.ts';
