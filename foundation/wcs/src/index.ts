export { type CelestialFrame, type CelestialSystem, frameToIcrsInPlace, icrsToFrameInPlace } from './celestial/frames.ts';
export { toIcrsWcs } from './celestial/icrs-wcs.ts';
export { type IrafDistortion, type IrafSurface } from './distortion/iraf-surface.ts';
export { type LookupTable } from './distortion/lookup.ts';
export { type SipDistortion, type SipPolynomial } from './distortion/sip.ts';
export { type TpvDistortion } from './distortion/tpv.ts';
export {
  BadTransformError,
  BadWcsCardError,
  MissingDistortionTableError,
  NoCelestialWcsError,
  NoNativePoleError,
  NotWritableError,
  SingularWcsError,
  UnknownFrameError,
  UnsupportedProjectionError,
} from './errors.ts';
export { computeBoundingCircle, computeFootprint, type FootprintOptions } from './geometry/footprint.ts';
export { computeLocalMatrix, computePixelArea, computePixelScale, hasSkyParity, type LocalMatrix } from './geometry/local.ts';
export { approximateTanSip, solveTanSip, type TanSipProblem } from './geometry/tan-sip.ts';
export { type HeaderLike, type WritableHeader } from './header/header-like.ts';
export { type FindTable } from './header/read-distortion.ts';
export { readWcsFile, type ReadWcsFileOptions, type WcsOfFile } from './header/read-wcs-file.ts';
export { readWcs, readWcsDefinition, type ReadWcsOptions } from './header/read-wcs.ts';
export { formatWcs, type WcsCard, writeWcs } from './header/write-wcs.ts';
export { createWcs } from './model/create-wcs.ts';
export { type WcsDefinition } from './model/definition.ts';
export { type PixelPoint, type SkyPoint, type SkyWcs } from './model/sky-wcs.ts';
export { createProjection, PROJECTION_CODES, type ProjectionParameters } from './projection/create-projection.ts';
export { type Projection } from './projection/projection.ts';
export { createTransform, skyWcsFromTransform, type Transform } from './transform/transform.ts';
export {
  type AffineSpec,
  type BoresightSpec,
  type InverseSpec,
  parseTransform,
  type PolynomialSpec,
  type RadialSpec,
  type SequenceSpec,
  type TransformSpec,
  type WcsSpec,
} from './transform/transform-spec.ts';
