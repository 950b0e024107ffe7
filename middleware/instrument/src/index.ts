export type { Amplifier, Camera, Detector, DetectorPurpose, Filter, Linearity, Optics, ReadCorner, Site } from './camera/camera.ts';
export { listCameras, loadCamera } from './camera/load-camera.ts';
export { parseCamera, type RulesReader } from './camera/parse-camera.ts';
export { recognizeCamera } from './camera/recognize.ts';
export {
  CameraFileError,
  CameraNotFoundError,
  DetectorNotFoundError,
  ExpressionSyntaxError,
  ExpressionValueError,
  HeaderFileError,
  PropertyMissingError,
  PropertyValueError,
  RawGeometryError,
  UnknownInstrumentError,
} from './errors.ts';
export { evaluateExpression, type ExpressionValue, type Scope } from './expression/evaluate-expression.ts';
export { type Expression, parseExpression } from './expression/parse-expression.ts';
export {
  type AnyPixels,
  assembleAmplifierInto,
  assembleDetector,
  disassembleAmplifierInto,
  type PixelPlane,
  rawSize,
} from './geometry/assemble.ts';
export {
  type Box,
  boxArea,
  boxContains,
  boxesOverlap,
  type FitsSection,
  formatFitsSection,
  makeBox,
  parseFitsSection,
} from './geometry/box.ts';
export {
  type FieldAngle,
  fieldToFocalPlane,
  focalPlaneToField,
  focalPlaneToPixel,
  type FocalPoint,
  getDetector,
  pixelToFocalPlane,
} from './geometry/focal-plane.ts';
export { nominalWcsCards, type PointingDeg, pointingOf } from './geometry/nominal-wcs.ts';
export { type CardValue, headerFromEntries, type HeaderRecord, mergeHeaders, parseHeaderText } from './header/header-record.ts';
export { type FileHeaders, headerFromFits, readHeaders } from './header/read-headers.ts';
export {
  checkPropertyValue,
  fromJulianPair,
  isTaiTime,
  type ObservationInfo,
  observationInfoFromJson,
  observationInfoToJson,
  type PropertyValue,
  type TaiTime,
  toJulianPair,
} from './properties/observation-info.ts';
export {
  isPropertyName,
  PROPERTIES,
  PROPERTY_NAMES,
  type PropertyDefinition,
  type PropertyKind,
  type PropertyName,
} from './properties/properties.ts';
export {
  detectorFromExtensions,
  detectorFromHeader,
  type OpenRaw,
  openRaw,
  type PixelsFor,
  type RawAmplifier,
  type RawExposure,
  type RawOptions,
  type RawPixelArray,
  readRaw,
} from './raw/read-raw.ts';
export { type CorrectionRule, extendRules, type PropertyRule, type TranslationRules } from './translation/rules.ts';
export {
  correctHeader,
  holdsDetector,
  matchesHeader,
  translateHeader,
  type TranslateOptions,
  type Translation,
  type TranslationProblem,
} from './translation/translate.ts';
export { type FileTranslation, shippedCameras, translateFile, type TranslateFileOptions } from './translation/translate-file.ts';
export {
  formatIndex,
  formatSidecar,
  indexPath,
  parseIndex,
  parseSidecar,
  readIndex,
  readSidecar,
  type SidecarEntry,
  sidecarPath,
  writeIndex,
  writeSidecar,
} from './sidecar/sidecar.ts';
export { type ParsedYaml, parseYaml } from './yaml/parse-yaml.ts';
