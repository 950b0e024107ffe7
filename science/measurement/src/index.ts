export { type CharacterizedImage, characterizeImage, type CharacterizeOptions } from './characterize/characterize-image.ts';
export { measureLocalBackground, type AnnulusRequest, type LocalBackground } from './annulus/local-background.ts';
export { sumInCirclesInto } from './aperture/circle-sums.ts';
export { DETECT_FLAGS, type DetectedSources, detectSources, type DetectOptions } from './catalog/detect-sources.ts';
export { estimateFwhm } from './catalog/estimate-fwhm.ts';
export { measureWindowedCentroid, type WindowedCentroid, type WindowedOptions } from './centroid/windowed.ts';
export { DuplicateColumnError, MissingColumnError } from './errors.ts';
export { type ForcedPlaces, type ForcedShape, measureForced } from './forced/measure-forced.ts';
export { flagsOf, measureSources } from './framework/measure-sources.ts';
export {
  type Detections,
  type MeasurementPlugin,
  type PluginColumn,
  type PluginFlag,
  type PluginOutput,
  type Scene,
  type SourcePart,
  type SourceView,
} from './framework/plugin.ts';
export { type KronFlux, type KronOptions, measureKronFlux } from './kron/kron.ts';
export { measurePetrosianFlux, type PetrosianFlux } from './petrosian/petrosian.ts';
export { aperturePlugin, CALIBRATION_RADIUS, SOURCE_RADII } from './plugins/apertures.ts';
export { centroidPlugin } from './plugins/centroid.ts';
export { extendednessPlugin, pixelFlagsPlugin } from './plugins/classification.ts';
export { kronPlugin } from './plugins/kron.ts';
export { psfFluxPlugin } from './plugins/psf-flux.ts';
export { shapePlugin } from './plugins/shape.ts';
export { FORCED_PLUGINS, STANDARD_PLUGINS } from './plugins/standard.ts';
export { blendednessPlugin, localBackgroundPlugin } from './plugins/surroundings.ts';
export { fitPsf, type PixelNoise, type PsfFit, type PsfFitRequest } from './psf-fit/fit-psf.ts';
export { ellipseOfMoments, type IsophotalMoments, measureIsophotal } from './shape/isophotal.ts';
export { createStamp, cutStampInto, type Stamp, type StampRequest } from './stamp/stamp.ts';
