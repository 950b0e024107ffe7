import type { ChebyshevField, PhotoCalib } from '@almagest/image';

/** A photometric calibration as plain data, for a dataset of structured data. */
export interface PhotoCalibData {
  readonly [key: string]: unknown;
  readonly calibrationMean: number;
  readonly calibrationErr: number;
  readonly scaling?: ChebyshevField;
}

/** A calibration as plain data for a dataset. */
export function photoCalibData(calib: PhotoCalib): PhotoCalibData {
  const { calibrationMean, calibrationErr, scaling } = calib;
  return { calibrationMean, calibrationErr, ...(scaling ? { scaling } : {}) };
}

/** A calibration from the plain data of a dataset. */
export function photoCalibOfData(data: PhotoCalibData): PhotoCalib {
  const { calibrationMean, calibrationErr, scaling } = data;
  return { calibrationMean, calibrationErr, ...(scaling ? { scaling } : {}) };
}
