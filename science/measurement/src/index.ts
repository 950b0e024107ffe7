export { sumInCirclesInto } from './aperture/circle-sums.ts';
export { DETECT_FLAGS, type DetectedSources, detectSources, type DetectOptions } from './catalog/detect-sources.ts';
export { estimateFwhm } from './catalog/estimate-fwhm.ts';
export { measureWindowedCentroid, type WindowedCentroid, type WindowedOptions } from './centroid/windowed.ts';
export { type KronFlux, type KronOptions, measureKronFlux } from './kron/kron.ts';
export { ellipseOfMoments, type IsophotalMoments, measureIsophotal } from './shape/isophotal.ts';
export { createStamp, cutStampInto, type Stamp, type StampRequest } from './stamp/stamp.ts';
