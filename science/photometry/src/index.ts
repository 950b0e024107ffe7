export { calibrateTable } from './calibration/calibrate-table.ts';
export { type PhotoCalibData, photoCalibData, photoCalibOfData } from './calibration/photo-calib-data.ts';
export { TooFewPhotometricStarsError } from './errors.ts';
export {
  type DetectorStars,
  fitVisitZeroPoints,
  type DetectorPlace,
  photoCalibOfVisit,
  type VisitZeroPointOptions,
  type VisitZeroPoints,
} from './visit/fit-visit-zero-points.ts';
export { fitZeroPoint, type PhotometricStars, type ZeroPoint, type ZeroPointOptions } from './zero-point/fit-zero-point.ts';
