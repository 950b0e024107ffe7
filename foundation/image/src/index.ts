export { MaskPlanesFullError, PixelBoundsError, ShapeMismatchError, UnknownMaskPlaneError } from './errors.ts';
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
export { type Exposure, exposureOf, type MetadataValue } from './exposure/exposure.ts';
export type { SkyMapping } from './exposure/sky-mapping.ts';
export type { VisitInfo } from './exposure/visit-info.ts';
export {
  AB_ZEROPOINT_NJY,
  calibrationAt,
  type ChebyshevField,
  countsToNjy,
  evaluateField,
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
  type Shape,
} from './psf/psf.ts';
export { ellipticalGaussianPsf, gaussianPsf, moffatPsf, sigmaOfFwhm } from './psf/analytic-psfs.ts';
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
